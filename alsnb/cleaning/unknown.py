"""Find what cleaning does not know: words of answers, labels of units, results of laboratories.

A text is named only if so many subjects wrote it that it cannot be one's own, and only of columns
that hold a few expected words, never of those for free text.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
import pandas as pd

from alsnb.cleaning import labels
from alsnb.cleaning.small_tables import ARMS, LEVELS, YES_NO, levels_of
from alsnb.cleaning.subjects import ETHNICITIES, SEXES, SITE_PREFIX, SITE_TEXTS
from alsnb.tables.proact.naming import name_commonest
from alsnb.tables.proact.reading import RawTables

SAY_NOTHING = (
    *("unknown", "unk", "not known", "not done", "not reported", "not recorded", "not available"),
    *("not applicable", "missing", "refused"),
)
"""Words, in lower case, by which somebody wrote down that nothing is known."""

UNKNOWN = ("table", "column", "filled", "unknown", "named", "ways")
"""Columns of the list: cells of a ``column`` (its key) that are ``filled`` with words, those with
an ``unknown`` one, the commonest of these, and the ``ways`` to write it."""


@dataclass(frozen=True)
class Closed:
    """A column that holds a few expected words.

    Attributes
    ----------
    table, column : str
        The table, and the key of the column.
    are_known : callable
        Returns which of several texts are known.
    ways : tuple of str
        How to write them.
    """

    table: str
    column: str
    are_known: Callable[[Sequence[object]], list[bool]]
    ways: tuple[str, ...]


def _among(texts: Sequence[object], *, words: Iterable[str], prefix: str = "") -> list[bool]:
    plain = (str(text).lower().strip().removeprefix(prefix).strip() for text in texts)
    return [text in words for text in plain]


def _units(texts: Sequence[object], *, known: dict[str, tuple[str, ...]]) -> list[bool]:
    return [unit != labels.UNKNOWN for unit in labels.units_of(texts, known)]


def _words(table: str, column: str, words: dict[str, float], prefix: str = "") -> Closed:
    return Closed(table, column, partial(_among, words=words, prefix=prefix), tuple(words))


def _label(table: str, column: str, known: dict[str, tuple[str, ...]]) -> Closed:
    return Closed(table, column, partial(_units, known=known), tuple(known))


@cache
def closed_columns() -> tuple[Closed, ...]:
    """Return the columns whose texts the cleaning looks up in a list."""
    vitals = {
        "height": labels.HEIGHT,
        "weight": labels.WEIGHT,
        "blood_pressure_diastolic": labels.PRESSURE,
        "blood_pressure_systolic": labels.PRESSURE,
        "temperature": labels.TEMPERATURE,
        "pulse": labels.PER_MINUTE,
        "respiratory_rate": labels.PER_MINUTE,
    }
    return (
        _label("fvc", "forced_vital_capacity_units", labels.VOLUME),
        _label("svc", "slow_vital_capacity_units", labels.VOLUME),
        *(_label("vitals", f"{name}_units", known) for name, known in vitals.items()),
        _words("demographics", "sex", SEXES),
        _words("demographics", "ethnicity", ETHNICITIES),
        _words("history", "site_of_onset", SITE_TEXTS, SITE_PREFIX),
        _words("riluzole", "subject_used_riluzole", YES_NO),
        _words("treatment", "study_arm", ARMS),
        _words("death", "subject_died", YES_NO),
        Closed("el_escorial", "el_escorial", _are_levels, LEVELS),
    )


def _are_levels(texts: Sequence[object]) -> list[bool]:
    return [not np.isnan(place) for place in levels_of(texts)]


def says_something(texts: pd.Categorical) -> np.ndarray:
    """Return which cells hold a text that is more than a word for nothing."""
    found = [str(text).lower().strip() not in SAY_NOTHING for text in texts.categories]
    return np.array([*found, False])[texts.codes]


def find_unknown(raw: RawTables) -> pd.DataFrame:
    """Return the columns with words or labels that the cleaning does not know.

    Parameters
    ----------
    raw : RawTables
        The tables as read.

    Returns
    -------
    DataFrame
        Columns :data:`UNKNOWN`; a row for each such column. Laboratory results, which are
        understood by test, are not among them.
    """
    rows = []
    for closed in closed_columns():
        frame = raw.frames.get(closed.table)
        if frame is not None and len(frame):
            texts = frame[closed.column].array
            known = np.array([*closed.are_known(texts.categories), True], bool)
            told = says_something(texts)
            strange = told & ~known[texts.codes]
            if strange.any():
                subject = frame["subject_id"].to_numpy()[strange]
                named = name_commonest(texts.codes[strange], texts.categories, subject)
                counts = (int(told.sum()), int(strange.sum()))
                rows.append((closed.table, closed.column, *counts, named, ", ".join(closed.ways)))
    return pd.DataFrame(rows, columns=list(UNKNOWN))
