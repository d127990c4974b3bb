"""Show what the cleaning did to a release, rule by rule, and what each of its switches decides."""

from dataclasses import replace

import numpy as np
import pandas as pd

from alsnb.cleaning.release import CLEAN_BY_SUBJECT, CLEAN_OVER_TIME, CleanTables, describe_rules
from alsnb.cleaning.settings import DEFAULTS, CleaningSettings
from alsnb.cohort import Cohort, select_cohort
from alsnb.commands.check import compare_with_expected
from alsnb.disclosure import SMALLEST_COUNT
from alsnb.lessons.cleaning.cleaning_truth import NOT_VALUES, Case
from alsnb.report.tables import signed
from alsnb.study.proact import Study
from alsnb.tables.proact.reading import RawTables
from alsnb.tables.proact.schema import tables

ROUNDED_TO = 10
"""Rows of patients' tables are shown to this, so that no small difference can be worked out."""

SWITCHES = (
    ("screening_visits", False, ("alsfrs",)),
    ("both_cuttings", "5b", ("alsfrs",)),
    ("both_cuttings", "higher", ("alsfrs",)),
    ("respiratory_from", "mean", ("alsfrs",)),
    ("recompute_totals", False, ("alsfrs",)),
    ("conflicting_days", "first", ("alsfrs", "vitals")),
    ("truncate_after_death", False, tuple(CLEAN_OVER_TIME)),
    ("trials", "mean", ("fvc", "svc")),
    ("trials", "first", ("fvc", "svc")),
    ("litres_from_percent", False, ("fvc", "svc")),
    ("unlabelled_units", False, ("vitals", "labs")),
    ("pounds_above", 160.0, ("vitals",)),
    ("fill_pressure_from_posture", False, ("vitals",)),
    ("rescale_blood_cells", False, ("labs",)),
    ("unitless_white_cells", "rescale", ("labs",)),
    ("censored_results", "drop", ("labs",)),
    ("age_from_birth_day", False, ("demographics",)),
    ("several_onsets", "first", ("history",)),
    ("onset_after_diagnosis", "swap", ("history",)),
)
"""Every setting of the cleaning with its other values, and the tables it concerns."""

READING = {
    "broken line": "it has not as many cells as the header, so none can be trusted",
    "footer or no subject": "a remark of the database, or a row that belongs to nobody",
    "test not used": "no feature is made of it",
}
"""Reasons of the rules that are applied while reading."""

COHORT = ("n_patients", "more_or_fewer", "slope_mean", "slope_sd", "slopes_moved")
"""What is said of a cohort beside another: patients, how many more than there, mean and SD of the
slope in points per month, and patients of both whose slope is not the same."""


# --- the audit ---------------------------------------------------------------------------


def balance_rows(study: Study) -> pd.DataFrame:
    """Return the account of the rows of every table that is cleaned.

    Returns
    -------
    DataFrame
        ``table``, ``in_file`` (counted while reading), ``left_out`` (all that the audit
        names), ``clean`` (counted in the clean table) and ``unexplained``, which is
        ``in_file - left_out - clean``. Of patients' tables the first three are rounded.
    """
    audit = study.clean.audit
    left_out = (audit["rows_before"] - audit["rows_after"]).groupby(audit["table"]).sum()
    in_file = study.counts.set_index("table")["rows"]
    rows = []
    for table in audit["table"].unique():
        n, out, clean = in_file[table], left_out[table], len(study.clean.frames[table])
        rows.append([table, n, out, clean, n - out - clean])
    frame = pd.DataFrame(rows, columns=["table", "in_file", "left_out", "clean", "unexplained"])
    if not study.source.is_real:
        return frame
    counts = ["in_file", "left_out", "clean"]
    return frame.assign(**(frame[counts] / ROUNDED_TO).round().astype("int64") * ROUNDED_TO)


def list_rules(study: Study, case: Case) -> pd.DataFrame:
    """Return what every rule touched, beside what is expected of a real release.

    Returns
    -------
    DataFrame
        ``table``, ``rule``, ``reason``, ``rows`` left out, ``values`` changed, ``patients``
        touched, ``expected`` rows or values in a real release of this size (NaN if nothing is
        published), ``order`` (how the count compares), ``without_defects``: rows and values
        that the rule touches where every defect was undone; NaN if no truth is known.
    """
    rules = compare_with_expected(study.clean.audit)
    rules = rules.merge(describe_rules()[["table", "rule", "reason"]], how="left")
    rules["reason"] = rules["reason"].fillna(rules["rule"].map(READING)).fillna("")
    rules["without_defects"] = np.nan
    if case.right is not None:
        audit = case.right.audit
        touched = audit["rows_before"] - audit["rows_after"] + audit["values_changed"]
        touched = touched.to_numpy(float)
        index = pd.MultiIndex.from_frame(audit[["table", "rule"]])
        keys = pd.MultiIndex.from_frame(rules[["table", "rule"]])
        rules["without_defects"] = pd.Series(touched, index=index).reindex(keys).to_numpy()
    columns = ["table", "rule", "reason", "rows", "values", "patients"]
    return rules[[*columns, "expected", "order", "without_defects"]]


def busiest_rules(rules: pd.DataFrame, without: str, per_table: int = 4) -> pd.DataFrame:
    """Return of all tables but one the rules that touched most, in the order of application."""
    others = rules[(rules["table"] != without) & (rules["rule"] != "test not used")]
    touched = others[["rows", "values"]].max(axis=1)
    rank = touched.groupby(others["table"]).rank(method="first", ascending=False)
    return others[(rank <= per_table) & (touched > 0)]


def show_rules(rules: pd.DataFrame) -> pd.DataFrame:
    """Return the rules as a page shows them: whole numbers, and nothing where none is known."""
    words = {
        name: [f"{round(value):,}" if pd.notna(value) else "" for value in rules[name]]
        for name in ("expected", "without_defects")
    }
    shown = rules.assign(**words, order=rules["order"].replace("not known", ""))
    return shown.rename(columns={"without_defects": "without defects", "order": "compared"})


def found_and_expected(rules: pd.DataFrame) -> pd.DataFrame:
    """Return the rules of which both counts are known and large enough to be shown.

    Returns
    -------
    DataFrame
        ``label``, ``found``, ``expected`` and ``order``, both counts at least five.
    """
    found = rules[["rows", "values"]].max(axis=1)
    enough = (found >= SMALLEST_COUNT) & (rules["patients"] >= SMALLEST_COUNT)
    both = enough & (rules["expected"] >= SMALLEST_COUNT)
    label = rules["table"] + ": " + rules["rule"]
    frame = rules.assign(label=label, found=found)[["label", "found", "expected", "order"]]
    return frame[both].reset_index(drop=True)


# --- switches ----------------------------------------------------------------------------


def effects_of_switches(case: Case, cohort: Cohort) -> pd.DataFrame:
    """Return what every switch of the cleaning changes, one at a time.

    Returns
    -------
    DataFrame
        ``switch``, ``value`` instead of the default, ``tables`` it concerns,
        ``values_changed`` in them, and the columns :data:`COHORT`.
    """
    rows = [_as_it_is(cohort)]
    for name, value, concerned in SWITCHES:
        there = tuple(table for table in concerned if table in case.raw.frames)
        other = reclean(case.raw, case.clean, replace(DEFAULTS, **{name: value}), there)
        changed = sum(count_changes(case.clean.frames[t], other.frames[t]) for t in there)
        is_same = "alsfrs" not in there
        now = cohort if is_same else select_cohort(other, cohort.settings)
        row = {"switch": name, "value": str(value), "tables": ", ".join(there)}
        rows.append(row | {"values_changed": changed} | compare_cohorts(now, cohort))
    return pd.DataFrame(rows)


def _as_it_is(cohort: Cohort) -> dict[str, object]:
    row = {"switch": "all at their defaults", "value": "", "tables": "", "values_changed": 0}
    return row | compare_cohorts(cohort, cohort)


def reclean(
    raw: RawTables, clean: CleanTables, settings: CleaningSettings, concerned: tuple[str, ...]
) -> CleanTables:
    """Return clean tables of which some were cleaned anew with other settings.

    The audit is left as it was.
    """
    frames = dict(clean.frames)
    for table in concerned:
        if table in CLEAN_BY_SUBJECT:
            frames[table], _ = CLEAN_BY_SUBJECT[table](raw.frames[table], settings)
        else:
            make = CLEAN_OVER_TIME[table]
            frames[table], _ = make(raw.frames[table], settings, clean.frames["death"])
    return replace(clean, frames=frames)


def count_changes(old: pd.DataFrame, new: pd.DataFrame) -> int:
    """Return how many values of a clean table are others, gone or new, by key and column."""
    keys = [name for name in ("subject_id", "day", "measure") if name in old]
    values = old.columns.difference([*keys, *NOT_VALUES])
    if len(old) == len(new) and old[keys].equals(new[keys]):
        return sum(int(_differs(old[name], new[name]).sum()) for name in values)
    n_changed = 0
    for name in values:
        marks = []
        for frame in (old, new):
            known = frame.loc[frame[name].notna(), [*keys, name]]
            marks.append(pd.util.hash_pandas_object(known, index=False).to_numpy())
        n_both = len(np.intersect1d(*marks, assume_unique=True))
        n_changed += max(len(marks[0]), len(marks[1])) - n_both
    return n_changed


def _differs(old: pd.Series, new: pd.Series) -> np.ndarray:
    if isinstance(old.dtype, pd.CategoricalDtype):
        old, new = old.astype(object), new.astype(object)
    return (old.ne(new) & ~(old.isna() & new.isna())).to_numpy(bool)


def compare_cohorts(cohort: Cohort, reference: Cohort) -> dict[str, float]:
    """Return the columns :data:`COHORT` of a cohort beside the one it might have been."""
    slope, other = cohort.patients["slope"], reference.patients["slope"]
    both = slope.index.intersection(other.index)
    moved = np.abs(slope[both] - other[both]) > 1e-9
    values = (len(slope), len(slope) - len(other), slope.mean(), slope.std(), int(moved.sum()))
    return dict(zip(COHORT, values, strict=True))


def show_effects(effects: pd.DataFrame, *, is_real: bool) -> pd.DataFrame:
    """Return effects on the cohort as a page shows them.

    Parameters
    ----------
    effects : DataFrame
        With the columns :data:`COHORT`.
    is_real : bool
        Whether patients stand behind the numbers: counts are then rounded, so that none of
        fewer than five can be worked out from two of them.
    """
    counts = ("n_patients", "slopes_moved", "values_changed")
    columns = {
        name: [show_count(n, is_real=is_real) for n in effects[name]]
        for name in counts
        if name in effects
    }
    change = [show_count(n, is_real=is_real, sign="+") for n in effects["more_or_fewer"]]
    for name in ("slope_mean", "slope_sd"):
        columns[name] = [signed(value, 3 if is_real else 4) for value in effects[name]]
    return effects.assign(**columns, more_or_fewer=change)


def show_count(n: int, *, is_real: bool, sign: str = "") -> str:
    """Return a count in words; one of patients is rounded, and withheld if it is small."""
    if is_real and 0 < abs(n) < SMALLEST_COUNT:
        return f"fewer than {SMALLEST_COUNT}"
    n = int(np.sign(n) * np.floor(abs(n) / ROUNDED_TO + 0.5) * ROUNDED_TO) if is_real else int(n)
    return f"{n:{sign},}".replace("-", "\N{MINUS SIGN}") if n else "0"


def spell_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose columns are named in words."""
    return frame.rename(columns=lambda name: name.replace("_", " "))


def most_moved(effects: pd.DataFrame, *, is_real: bool) -> str:
    """Return in words which switch moves most slopes, and by how much the spread goes with it."""
    others = effects.iloc[1:]
    if not len(others) or others["slopes_moved"].max() < SMALLEST_COUNT:
        return "no switch moves the slopes of five patients or more"
    top, first = others.loc[others["slopes_moved"].idxmax()], effects.iloc[0]
    moved, n = (
        show_count(count, is_real=is_real) for count in (top["slopes_moved"], first["n_patients"])
    )
    return (
        f"the setting {top['switch']} = {top['value']} moves most slopes, {moved} of {n}, and "
        f"takes their standard deviation from {first['slope_sd']:.3f} to {top['slope_sd']:.3f}"
    )


def is_complete() -> bool:
    """Return whether :data:`SWITCHES` holds every setting, and the tables are known ones."""
    named = {name for name, _, _ in SWITCHES}
    known = {table for _, _, concerned in SWITCHES for table in concerned} <= set(tables())
    return known and named == set(CleaningSettings.__dataclass_fields__)
