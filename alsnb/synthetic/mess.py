"""Spoil tidy tables the way the real ones are spoiled, and write down what was done where.

A defect is declared once, as a :class:`Defect`: which rows can have it and what their cells then
hold. How often it happens is a parameter. No row gets two defects, so every one of them can be
told apart from the others, and put right.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

DEFECTS = ("row", "column", "kind", "written", "right")
"""Columns of the list of defects; ``row`` counts records, the first after the header is 1."""

Cells = Mapping[str, object]
"""New contents of the chosen rows, by column: one array each, or one value for all. Of copies the
first column is listed among the defects, and must not be blank."""


@dataclass(frozen=True)
class Defect:
    """One way for rows of a table to be wrong.

    ``kind`` is its name, that of the rule that finds it where there is one. ``eligible`` takes
    the tidy table and returns for every row whether it can have the defect, ``change`` takes the
    chosen rows and a generator and returns the cells that change. With ``copies`` the changed
    rows are written behind the right ones instead of in their place.
    """

    kind: str
    eligible: Callable[[pd.DataFrame], np.ndarray]
    change: Callable[[pd.DataFrame, np.random.Generator], Cells]
    copies: bool = False

    def parameter(self, table: str) -> str:
        """Return the name of the parameter that holds the share of rows with the defect."""
        return f"mess_{table}_{re.sub(r'[^a-z0-9]+', '_', self.kind.lower())}"


def everywhere(frame: pd.DataFrame) -> np.ndarray:
    """Return that every row can have a defect."""
    return np.ones(len(frame), bool)


def filled(*columns: str) -> Callable[[pd.DataFrame], np.ndarray]:
    """Return a function that finds the rows in which all these columns are filled."""
    return lambda frame: frame[list(columns)].notna().all(axis=1).to_numpy()


def blank(*columns: str) -> Callable[[pd.DataFrame, np.random.Generator], Cells]:
    """Return a function that leaves these columns blank."""
    return lambda chosen, rng: dict.fromkeys(columns)


def exact_copy() -> Defect:
    """Return the defect that a row is there twice."""
    return Defect("exact copy", everywhere, lambda chosen, rng: {}, copies=True)


def spoil(
    tidy: pd.DataFrame,
    columns: Sequence[str],
    defects: Sequence[Defect],
    counts: Sequence[int],
    *,
    seed: np.random.Generator,
) -> tuple[pa.Table, pd.DataFrame]:
    """Return the cells of a table as text, with defects, and the list of these.

    Parameters
    ----------
    tidy : DataFrame
        The table without defects; columns that are not written help to choose rows.
    columns : sequence of str
        The columns to write.
    defects, counts : sequences of Defect and of int
        What goes wrong, in this order, and in how many rows, as far as so many are eligible.
    seed : Generator
        Chooses the rows.

    Returns
    -------
    cells : pyarrow.Table
        Text; a cell without a value is null.
    defects : DataFrame
        :data:`DEFECTS`, one row per spoiled cell, or per added row.
    """
    free = np.ones(len(tidy), bool)
    changes, copies = [_no_change()], [_no_change()]
    for defect, count in zip(defects, counts, strict=True):
        able = np.flatnonzero(defect.eligible(tidy) & free) if count else []
        if len(able):
            rows = np.sort(seed.choice(able, min(count, len(able)), replace=False))
            free[rows] = False
            chosen = tidy.iloc[rows]
            change = _as_changes(chosen, rows, defect, defect.change(chosen, seed))
            (copies if defect.copies else changes).append(change)
    cells = {name: to_text(tidy[name]) for name in columns}
    return _placed(cells, pd.concat(changes), pd.concat(copies))


def how_many(rows: int, share: float, parameters: Mapping) -> int:
    """Return how many of a table's rows have a defect with this share, at least a few."""
    share = share * parameters["mess_factor"]
    return max(round(rows * share), parameters["mess_floor"]) if share > 0 else 0


def to_text(values: pd.Series) -> pa.Array:
    """Return a column as text, the shortest that gives the number back; null without a value."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        names = pa.array(values.cat.categories.astype(str).tolist(), pa.string())
        codes = values.cat.codes.to_numpy()
        return names.take(pa.array(codes, mask=codes < 0))
    found = pa.array(values, from_pandas=True)
    found = found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
    return found.cast(pa.string())


def _no_change() -> pd.DataFrame:
    texts = dict.fromkeys(["column", "kind", "written", "right"], "str")
    types = {"at": "int64", **texts, "listed": bool}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in types.items()})


def _as_changes(
    chosen: pd.DataFrame, rows: np.ndarray, defect: Defect, cells: Cells
) -> pd.DataFrame:
    """Return one row per cell that a defect changes; at least one per row for copies."""
    cells = cells or {"subject_id": chosen["subject_id"].to_numpy()}
    changes = []
    for name, new in cells.items():
        right = to_text(chosen[name]).to_pandas() if not defect.copies else None
        change = {
            "at": rows,
            "column": name,
            "kind": defect.kind,
            "written": to_text(pd.Series(new, index=range(len(rows)))).to_pandas(),
            "right": pd.Series(right, index=range(len(rows)), dtype="str"),
            # Of an added row one cell is listed: the whole row should not exist.
            "listed": not (defect.copies and changes),
        }
        changes.append(pd.DataFrame(change))
    every = pd.concat(changes, ignore_index=True)
    same = every["written"].fillna("") == every["right"].fillna("")
    return every if defect.copies else every[~same]


def _placed(
    cells: dict[str, pa.Array], changes: pd.DataFrame, copies: pd.DataFrame
) -> tuple[pa.Table, pd.DataFrame]:
    """Put changed cells in, copies behind their originals, and number the records."""
    n = len(next(iter(cells.values())))
    behind = np.unique(copies["at"].to_numpy())
    order = np.argsort(np.concatenate([np.arange(n), behind + 0.5]), kind="stable")
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(1, len(order) + 1)
    copies = copies.assign(index=n + np.searchsorted(behind, copies["at"]))
    every = pd.concat([changes.assign(index=changes["at"]), copies], ignore_index=True)
    of_column = dict(iter(every.groupby("column")))
    rows, written = pa.array(np.concatenate([np.arange(n), behind])), {}
    for name, column in cells.items():
        column = column.take(rows) if len(behind) else column
        column = _replaced(column, of_column[name]) if name in of_column else column
        written[name] = column.take(pa.array(order)) if len(behind) else column
    every["row"] = place[every["index"].to_numpy()]
    listed = every[every["listed"]].sort_values(["row", "column"], kind="stable")
    return pa.table(written), listed[list(DEFECTS)].fillna("").reset_index(drop=True)


def _replaced(column: pa.Array, changes: pd.DataFrame) -> pa.Array:
    """Put changed cells into a column."""
    changes = changes.sort_values("index")
    mask = np.zeros(len(column), bool)
    mask[changes["index"].to_numpy()] = True
    return pc.replace_with_mask(column, pa.array(mask), to_text(changes["written"]))
