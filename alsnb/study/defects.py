"""Hold the cleaning against the truth: which injected defects were put right, and what it cost.

The twin writes down every defect with its place and what would have been right there. Undoing
all of them gives the tables as they should have been; cleaned by the same rules, these are what
the cleaned tables are compared with. A real download has no such list.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from alsnb.cleaning.release import CleanTables, clean_release
from alsnb.study.input import Input
from alsnb.study.proact import Study
from alsnb.synthetic.mess_tables import defects_of
from alsnb.tables.proact.reading import RawTables, read_release
from alsnb.tables.proact.schema import lab_tests, normalise, tables

PUT_RIGHT, SET_ASIDE, WRONG = "put_right", "set_aside", "wrong"
VERDICTS = (PUT_RIGHT, SET_ASIDE, WRONG)
"""What can become of a defect: the right value is back; it is missing, or marked as a limit, so
that nobody is misled; or a wrong one stands in the clean table."""

ROUNDING = 0.005
"""Relative difference up to which a measurement counts as the same: units round differently."""

OVER_TIME = ("alsfrs", "fvc", "svc", "vitals", "labs")
MEASURED = ("fvc", "svc", "vitals", "labs")
NOT_VALUES = ("row", "gastrostomy", "censored")
"""Columns that say how a value was had rather than what it is."""

RECORD = ["table", "row", "kind", "added"]
"""What is known of every defective record."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A release before and after cleaning, and, if it is simulated, as it should have been.

    Attributes
    ----------
    raw : RawTables
        As read.
    clean : CleanTables
        As cleaned.
    right : CleanTables or None
        Cleaned after every defect was undone; None for a real download.
    defects : DataFrame
        One row per defective record of a table that is cleaned: ``table``, ``row``, ``kind``,
        ``added`` (whether the whole record is one too many) and the key of the record that
        should have come of it, ``subject_id``, ``day`` and ``measure``. Empty for a real download.
    n_unread : int
        Defective records in tables and of tests that nothing here reads.
    """

    raw: RawTables
    clean: CleanTables
    right: CleanTables | None
    defects: pd.DataFrame
    n_unread: int

    def __repr__(self) -> str:
        known = "no truth known" if self.right is None else f"{len(self.defects):,} defects"
        return f"Case({self.clean.source.name}, {known})"


def open_case(files: Input, study: Study) -> Case:
    """Return the release that a study was made from, with the truth behind it if there is one."""
    raw = read_release(files.release)
    known = {"right": None, "defects": pd.DataFrame(columns=RECORD), "n_unread": 0}
    if files.truth is not None:
        cells = read_defects(files.truth, raw)
        undone = undo_defects(raw, cells)
        records = _records(cells, raw, undone)
        n_unread = len(cells.drop_duplicates(["file", "row"])) - len(records)
        known = {"right": clean_release(undone), "defects": records, "n_unread": n_unread}
    return Case(raw=raw, clean=study.clean, **known)


def read_defects(truth: Path, raw: RawTables) -> pd.DataFrame:
    """Return the list of injected defects, one row per cell.

    Returns
    -------
    DataFrame
        ``file``, ``row``, ``column`` (its key in the frames), ``kind``, ``written``, ``right``
        (texts, empty for a blank), ``table`` and ``added``.
    """
    cells = pd.read_csv(truth / "defects.csv", dtype="str", keep_default_na=False)
    table_of = {file: table for table, file in raw.release.files.items()}
    cells = cells.assign(
        row=cells["row"].astype("int64"),
        column=cells["column"].map(normalise),
        table=cells["file"].map(table_of),
    )
    added = {(t, d.kind) for t in cells["table"].unique() for d in defects_of(t) if d.copies}
    kinds = pd.MultiIndex.from_frame(cells[["table", "kind"]])
    is_added = kinds.isin(list(added)) if added else np.zeros(len(cells), bool)
    return cells.assign(added=is_added | (cells["kind"] == "footer"))


def undo_defects(raw: RawTables, cells: pd.DataFrame) -> RawTables:
    """Return the tables with every right value back in its place and no record too many."""
    by_table = dict(list(cells.groupby("table")))
    frames = {
        table: _undone(frame, by_table[table]) if table in by_table else frame
        for table, frame in raw.frames.items()
    }
    return replace(raw, frames=frames, unread={})


def _undone(frame: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    place = pd.Index(frame["row"]).get_indexer(cells["row"])
    there = place >= 0
    changed = cells[there & ~cells["added"]].assign(place=place[there & ~cells["added"]])
    columns = {
        name: _replaced(frame[name], found["place"].to_numpy(), found["right"])
        for name, found in changed.groupby("column")
    }
    gone = np.zeros(len(frame), bool)
    gone[place[there & cells["added"]]] = True
    return frame.assign(**columns)[~gone].reset_index(drop=True)


def _replaced(column: pd.Series, place: np.ndarray, texts: pd.Series) -> pd.Series:
    """Put texts, or the numbers they say, into some places of a column."""
    if not isinstance(column.dtype, pd.CategoricalDtype):
        values = column.to_numpy(copy=True)
        values[place] = pd.to_numeric(texts.where(texts != "")).to_numpy()
        return pd.Series(values, index=column.index)
    known = column.cat.categories
    new = pd.Index(texts[(texts != "") & ~texts.isin(known)].unique(), dtype=known.dtype)
    words = known.append(new)
    codes = column.cat.codes.to_numpy(dtype="int32", copy=True)
    codes[place] = words.get_indexer(texts.where(texts != ""))
    return pd.Series(pd.Categorical.from_codes(codes, words), index=column.index)


def _records(cells: pd.DataFrame, raw: RawTables, undone: RawTables) -> pd.DataFrame:
    """Return one row per defective record that was read, with the key of the right one."""
    parts = []
    records = cells.drop_duplicates(["table", "row"])[RECORD]
    for table, found in records.groupby("table"):
        if table not in raw.frames:
            continue
        for added, frame in ((True, raw.frames[table]), (False, undone.frames[table])):
            rows = found[found["added"] == added]
            place = pd.Index(frame["row"]).get_indexer(rows["row"])
            key = _keys_of_raw(frame.iloc[place[place >= 0]], table)
            parts.append(rows[place >= 0].reset_index(drop=True).join(key))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=RECORD)


def _keys_of_raw(rows: pd.DataFrame, table: str) -> pd.DataFrame:
    key = {"subject_id": rows["subject_id"].to_numpy()}
    if table in OVER_TIME:
        key["day"] = rows[normalise(tables()[table].day)].to_numpy()
    if table == "labs":
        key["measure"] = _number_of_test(rows["measure"])
    return pd.DataFrame(key)


def _number_of_test(measures: pd.Series) -> np.ndarray:
    """Return the place of each test in the catalogue."""
    place = pd.Index(list(lab_tests())).get_indexer(measures.cat.categories)
    return place[measures.cat.codes.to_numpy()].astype("int16")


# --- verdicts ----------------------------------------------------------------------------


def judge_defects(case: Case) -> pd.DataFrame:
    """Return counts of defective records by what became of them; empty if no truth is known.

    One is put right if the clean record is the one that there would be without it, in all its
    values, and set aside if of these some are missing or marked as a limit of detection.

    Returns
    -------
    DataFrame
        ``table``, ``kind``, ``defects`` and :data:`VERDICTS`.
    """
    columns = ["table", "kind", "defects", *VERDICTS]
    if case.defects.empty:
        return pd.DataFrame(columns=columns)
    parts = []
    for table, rows in case.defects.groupby("table"):
        rows = rows.reset_index(drop=True)
        counted = pd.crosstab(rows["kind"], _verdicts(table, rows, case))
        counted = counted.reindex(columns=list(VERDICTS), fill_value=0).rename_axis(columns=None)
        parts.append(counted.assign(defects=counted.sum(axis=1), table=table).reset_index())
    return pd.concat(parts, ignore_index=True)[columns]


def _verdicts(table: str, rows: pd.DataFrame, case: Case) -> np.ndarray:
    clean, right = (_with_key(c.frames[table], table) for c in (case.clean, case.right))
    keys = _keys(table)
    found, wanted = (rows[keys].merge(frame, on=keys, how="left") for frame in (clean, right))
    differs, lost = _compare(found, wanted, _values(clean), table)
    extra = found["row"].notna().to_numpy() & wanted["row"].isna().to_numpy()
    wrong = differs.any(axis=1) | extra | _strayed(rows, clean, keys)
    marked = np.zeros(len(rows), bool)
    if table == "labs":
        marked = (found["censored"] == True).to_numpy()  # noqa: E712  missing without a record
    aside = marked | (~wrong & lost.any(axis=1))
    return np.select([aside, wrong], [SET_ASIDE, WRONG], PUT_RIGHT)


def _keys(table: str) -> list[str]:
    over_time = ["day"] if table in OVER_TIME else []
    return ["subject_id", *over_time, *(["measure"] if table == "labs" else [])]


def _with_key(frame: pd.DataFrame, table: str) -> pd.DataFrame:
    return frame.assign(measure=_number_of_test(frame["measure"])) if table == "labs" else frame


def _values(frame: pd.DataFrame) -> list[str]:
    return [n for n in frame if n not in ("subject_id", "day", "measure", *NOT_VALUES)]


def _strayed(rows: pd.DataFrame, clean: pd.DataFrame, keys: list[str]) -> np.ndarray:
    """Return of which defects the record lives on under another key, such as a wrong day."""
    place = pd.Index(clean["row"]).get_indexer(rows["row"])
    kept = clean[keys].to_numpy(float)[place]
    return (place >= 0) & (kept != rows[keys].to_numpy(float)).any(axis=1)


def _compare(
    found: pd.DataFrame, wanted: pd.DataFrame, values: list[str], table: str
) -> tuple[np.ndarray, np.ndarray]:
    """Return which values differ and which are lost, one column per value."""
    tolerance = ROUNDING if table in MEASURED else 1e-9
    differs = np.zeros((len(found), len(values)), bool)
    lost = differs.copy()
    for at, name in enumerate(values):
        here, there = found[name].notna().to_numpy(), wanted[name].notna().to_numpy()
        lost[:, at] = there & ~here
        if pd.api.types.is_numeric_dtype(found[name]):
            old, new = wanted[name].to_numpy(float), found[name].to_numpy(float)
            same = np.abs(new - old) <= tolerance * np.maximum(np.abs(old), 1e-9)
        else:
            same = (found[name].astype(object) == wanted[name].astype(object)).to_numpy()
        differs[:, at] = here & there & ~same
    return differs, lost


def judge_rest(case: Case) -> pd.DataFrame:
    """Return what became of the values in records without a defect; empty if no truth is known.

    Returns
    -------
    DataFrame
        ``table``; ``values`` that were right; how many of them are the ``same`` after
        cleaning, ``changed`` or ``lost``; and ``invented``, records that should not be there.
    """
    columns = ["table", "values", "same", "changed", "lost", "invented"]
    if case.right is None:
        return pd.DataFrame(columns=columns)
    by_table = dict(list(case.defects.groupby("table")))
    rows = []
    for table in case.raw.frames:
        keys = _keys(table)
        clean, right = (_with_key(c.frames[table], table) for c in (case.clean, case.right))
        if table in by_table:
            clean, right = (_without(frame, by_table[table], keys) for frame in (clean, right))
        values = _values(right)
        both = right.merge(clean, on=keys, how="left", suffixes=("", "_found"))
        found = both[[f"{name}_found" for name in values]].set_axis(values, axis=1)
        differs, lost = _compare(found, both, values, table)
        n, n_changed, n_lost = int(right[values].notna().sum().sum()), differs.sum(), lost.sum()
        invented = len(clean) - int(both["row_found"].notna().sum())
        rows.append([table, n, n - n_changed - n_lost, n_changed, n_lost, invented])
    return pd.DataFrame(rows, columns=columns)


def _without(frame: pd.DataFrame, defects: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return the records that no defect belongs to, by key and by place."""
    keyed = pd.MultiIndex.from_frame(frame[keys])
    spoiled = pd.MultiIndex.from_frame(defects[keys].astype(frame[keys].dtypes))
    return frame[~(frame["row"].isin(defects["row"]) | keyed.isin(spoiled))]
