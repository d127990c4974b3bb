"""Hold the values that a release's rows could give beside those that cleaning kept.

Values are compared by subject and day, facts by subject: a copy, a merged row or a converted unit
loses nothing, whatever rule made it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from alsnb.cleaning.labels import PERCENT, UNKNOWN, VOLUME, rows_in
from alsnb.cleaning.release import CleanTables
from alsnb.cleaning.small_tables import YES_NO
from alsnb.cleaning.unknown import says_something
from alsnb.cleaning.words import look_up
from alsnb.features.catalogue import Measure, measures
from alsnb.features.static import FACTS
from alsnb.tables.proact.reading import RawTables
from alsnb.tables.proact.schema import normalise, tables

DAYS = {name: normalise(tables()[name].day) for name in ("alsfrs", "fvc", "svc", "vitals")}
"""Column of the day in the raw tables with visits; laboratory results are counted by test."""

VALUES_OF_FACTS = {
    "onset_delta": "onset_day",
    "diagnosis_delta": "diagnosis_day",
    "el_escorial": "level",
}
"""Column of the clean table that holds a fact, where it has another name."""

LARGEST_LITRES = 20.0
"""A larger number in a column of litres is counted with the percentages."""

_OF_CAPACITY: dict[str, tuple[str, ...]] = {
    "day impossible": (),
    "after death": (),
    "unit says percent": ("litres",),
    "litres are percent": ("litres",),
    "litres' unit unknown": ("litres",),
    "litres impossible": ("litres",),
    "percent impossible": ("percent",),
}

RULES: dict[str, dict[str, tuple[str, ...]]] = {
    "alsfrs": {
        "day impossible": (),
        "after death": (),
        "before the baseline": (),
        "item outside 0 to 4": (),
        "stored total out of range": ("total", "total_revised"),
        "neither a total nor all items": (),
    },
    "vitals": {
        "day impossible": (),
        "after death": (),
        "weight's unit unknown": ("weight", "bmi"),
        "pressure impossible": ("systolic", "diastolic"),
        "pulse impossible": ("pulse",),
        "respiratory rate impossible": ("respiratory_rate",),
        "temperature impossible": ("temperature",),
        "weight impossible": ("weight", "bmi"),
        "height impossible": ("height", "bmi"),
    },
    "fvc": _OF_CAPACITY,
    "svc": _OF_CAPACITY,
    "demographics": {"age impossible": ("age",), "sex not readable": ("male",)},
    "history": {
        "onset not before the baseline": ("onset_day",),
        "diagnosis after the baseline": ("diagnosis_day",),
        "onset later than diagnosis": ("diagnosis_day",),
    },
    "death": {"answer missing": (), "day beside a No": (), "day impossible": ()},
    **{table: {"answer missing": ()} for table in ("riluzole", "treatment", "el_escorial")},
}
"""Rules that take values away, with the columns of the clean table concerned; none for all."""


@dataclass(frozen=True, kw_only=True)
class Value:
    """What became of the values of one feature.

    Attributes
    ----------
    table, name, costs : str
        Its table, its name, and the features it costs.
    keys : tuple of str
        Columns of the raw table that it is made from, its day and labels of units among them.
    given, lost : int
        Values by subject and day that the rows could give, and those of them that are gone.
    patients : tuple of int
        Patients who lost all of theirs, and those who have one.
    column : str
        The column of the clean table.
    """

    table: str
    name: str
    costs: str
    keys: tuple[str, ...]
    given: int
    lost: int
    patients: tuple[int, int]
    column: str


@dataclass(frozen=True)
class _Source:
    """Where a feature comes from: columns of the raw table, and that of the clean one."""

    table: str
    name: str
    columns: tuple[str, ...]
    value: str
    costs: str


def count_values(raw: RawTables, clean: CleanTables) -> Iterator[Value]:
    """Yield what became of the values of each feature that has its rows in the release."""
    for table, sources in _sources().items():
        frame = raw.frames.get(table)
        if frame is None or frame.empty:
            continue
        places = _Places(raw, clean, table)
        for source in sources:
            given = _is_given(raw, frame, source)
            if given.any():
                known = clean.frames[table][source.value].notna().to_numpy()
                lost, n_given, patients = places.compare(given, known)
                yield Value(
                    table=table,
                    name=source.name,
                    costs=source.costs,
                    keys=(*source.columns, *filter(None, [DAYS.get(table)])),
                    given=n_given,
                    lost=lost,
                    patients=patients,
                    column=source.value,
                )


def _sources() -> dict[str, list[_Source]]:
    """Return what features are made from, by table."""
    found: dict[str, list[_Source]] = {table: [] for table in RULES}
    for measure in measures("ALSFRS-R"):
        if measure.table != "labs" and measure.name != "bmi":
            found[measure.table].append(_of_measure(measure))
    for fact in FACTS:
        name = "site of onset" if fact.name.startswith("site_") else fact.name
        keys = tuple(map(normalise, fact.columns))
        value = "site" if name != fact.name else VALUES_OF_FACTS.get(name, name)
        costs = "site_limb, site_bulbar, site_both, site_other" if name != fact.name else name
        source = _Source(fact.table, name, keys, value, costs)
        if source not in found.setdefault(fact.table, []):
            found[fact.table].append(source)
    costs = "no feature; visits after a death cannot be told, and no one's survival is known"
    keys = ("death_days", "subject_died")
    found["death"] = [_Source("death", "day of death", keys, "death_day", costs)]
    return found


def _of_measure(measure: Measure) -> _Source:
    keys = tuple(map(normalise, measure.columns))
    units = {"fvc": "forced_vital_capacity_units", "svc": "slow_vital_capacity_units"}
    if measure.value == "litres":
        keys += (units[measure.table],)
    costs = {"weight": "weight, bmi", "fvc": "fvc, and fvc_percent where litres give it"}
    costs = costs.get(measure.name, measure.name)
    return _Source(measure.table, measure.name, keys, measure.value, costs)


# --- what is written ---------------------------------------------------------------------


def _is_given(raw: RawTables, frame: pd.DataFrame, source: _Source) -> np.ndarray:
    """Return the rows in which a value of a feature is written, whether or not it was read."""

    def written(key: str) -> np.ndarray:
        return _is_written(raw, frame, source.table, key)

    keys = [key for key in source.columns if not key.endswith("units")]
    if source.table == "death":
        lives = look_up(frame["subject_died"].array, YES_NO) == 0
        return written(keys[0]) & ~lives
    if source.value in ("total", "total_revised"):
        stored, *items = keys
        return written(stored) | _all_items(written, items)
    given = np.logical_or.reduce([written(key) for key in keys])
    if source.value == "litres":
        unit = frame[source.columns[-1]].array
        percent, strange = (rows_in(unit, VOLUME, name) for name in (PERCENT, UNKNOWN))
        large = np.logical_or.reduce([frame[key].to_numpy() > LARGEST_LITRES for key in keys])
        return given & ~percent & (~large | strange)
    return given


def _all_items(written: object, items: list[str]) -> np.ndarray:
    """Return the rows with all items; cutting and breathing are asked in two ways each."""
    pairs = (
        ("q5a_cutting_without_gastrostomy", "q5b_cutting_with_gastrostomy"),
        ("q10_respiratory", "r_1_dyspnea"),
    )
    there = {key: written(key) for key in items}
    for first, second in pairs:
        if first in there and second in there:
            there[first] = there[first] | there.pop(second)
    return np.logical_and.reduce(list(there.values()))


def _is_written(raw: RawTables, frame: pd.DataFrame, table: str, key: str) -> np.ndarray:
    """Return the rows with something in a column; a tick of 0 says nothing."""
    column = frame[key]
    if isinstance(column.dtype, pd.CategoricalDtype):
        return says_something(column.array)
    values = column.to_numpy()
    is_flag = tables()[table].column(key).kind == "flag"
    there = ~np.isnan(values) & ~((values == 0) & is_flag)
    there[raw.unread.get((table, key), [])] = True
    return there


# --- what is kept ------------------------------------------------------------------------


class _Places:
    """Where the rows of a raw and a clean table stand among its subjects and days.

    Parameters
    ----------
    raw, clean : RawTables and CleanTables
        The release.
    table : str
        The table; without a day every subject has one place.
    """

    def __init__(self, raw: RawTables, clean: CleanTables, table: str) -> None:
        before, after = raw.frames[table], clean.frames[table]
        self._n_before = len(before)
        self._subject = _codes(before["subject_id"], after["subject_id"])
        self._place, self._is_placed = self._subject, np.ones(len(before), bool)
        if table in DAYS:
            day = _codes(before[DAYS[table]], after["day"])
            key = self._subject.astype(np.int64) * (day.max(initial=0) + 1) + day
            self._place = _codes(pd.Series(key[: len(before)]), pd.Series(key[len(before) :]))
            unread = raw.unread.get((table, DAYS[table]), [])
            self._is_placed = before[DAYS[table]].notna().to_numpy().copy()
            self._is_placed[unread] = True
            # a day that could not be read is one of its own, which nothing clean stands on
            self._place[unread] = self._place.max(initial=0) + 1 + np.arange(len(unread))

    def compare(self, given: np.ndarray, known: np.ndarray) -> tuple[int, int, tuple[int, int]]:
        """Return how many values are lost and given, and of how many patients likewise."""
        given = given & self._is_placed
        counts = [
            _lost_and_given(of[: self._n_before][given], of[self._n_before :][known])
            for of in (self._place, self._subject)
        ]
        return *counts[0], counts[1]


def _codes(before: pd.Series, after: pd.Series) -> np.ndarray:
    """Return a number for each different value of two columns, one behind the other."""
    both = np.concatenate([before.to_numpy(), after.to_numpy()])
    return pa.array(both).dictionary_encode().indices.to_numpy().copy()


def _lost_and_given(before: np.ndarray, after: np.ndarray) -> tuple[int, int]:
    n_places = max(before.max(initial=-1), after.max(initial=-1)) + 1
    given, known = np.zeros((2, n_places), bool)
    given[before], known[after] = True, True
    return int((given & ~known).sum()), int(given.sum())


def rules_of(value: Value, audit: pd.DataFrame) -> list[tuple[str, int]]:
    """Return the rules that took values of a feature away, most first, with what they touched."""
    lines = audit[audit["table"] == value.table].set_index("rule")
    found = []
    for rule, columns in RULES.get(value.table, {}).items():
        if rule in lines.index and (not columns or value.column in columns):
            line = lines.loc[rule]
            touched = line["rows_before"] - line["rows_after"] + line["values_changed"]
            found += [(rule, int(touched))] if touched else []
    return sorted(found, key=lambda entry: -entry[1])
