"""Say which numbers moved between two runs, by how much, and whether seeds alone move them so."""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from alsnb.book.unpack import as_frame, read_notebook, unpack
from alsnb.checks import BadInput, name_of, refuse, refuse_by_system

COLUMNS = ["where", "a", "b", "difference", "seed_sd", "verdict"]

WITHIN_SEED_SDS = 2 * np.sqrt(2)
"""Two runs with different seeds differ by less than this many seed-to-seed standard deviations
in about 19 of 20 cases: each of the two strays on its own."""


@dataclass
class Outcome:
    """The numbers of one run: ``values`` by key, ``tables`` by name, and their spreads."""

    values: dict[str, object]
    tables: dict[str, pd.DataFrame]
    value_spread: dict[str, float]
    table_spread: dict[str, pd.DataFrame]


def read_outcome(path: Path) -> Outcome:
    """Read a run's folder, or one executed notebook; anything else is refused."""
    path = Path(path)
    try:
        return _read_outcome(path)
    except BadInput:
        raise
    except OSError as error:
        expected = "a run or a notebook that can be read"
        raise refuse_by_system(name_of(path), error, expected=expected) from error
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise refuse(
            name_of(path),
            expected="the files of a run, or a notebook, as they were written",
            found=f"something else ({type(error).__name__}: {error})",
            remedy="Make the run again.",
        ) from error


def _read_outcome(path: Path) -> Outcome:
    if path.suffix == ".ipynb" and path.is_file():
        shown = unpack(read_notebook(path))
        values = {name: fact["raw"] for name, fact in shown.values.items()}
        spread = {n: f["spread"] for n, f in shown.values.items() if f["spread"] is not None}
        return Outcome(values, _frames(shown.tables), spread, _frames(shown.spreads))
    if not (path / "manifest.json").is_file():
        raise refuse(
            name_of(path),
            expected="a run's folder with its manifest.json, or an executed notebook",
            found="neither" if path.exists() else "nothing there",
            remedy="Make a run with 'alsnb run --out runs/NAME'.",
        )
    spread = json.loads((path / "spread.json").read_text(encoding="utf-8"))
    tables = {
        file.stem: file.read_text(encoding="utf-8")
        for file in sorted((path / "tables").glob("*.csv"))
    }
    values = json.loads((path / "values.json").read_text(encoding="utf-8"))
    return Outcome(values, _frames(tables), spread["values"], _frames(spread["tables"]))


def _frames(texts: dict[str, str]) -> dict[str, pd.DataFrame]:
    return {name: as_frame(text) for name, text in texts.items()}


def compare(a: Outcome, b: Outcome) -> pd.DataFrame:
    """Return a row for every number that differs between two runs; none if all digits agree.

    ``where`` (a key, or table, row and column), the values in ``a`` and ``b``, their
    ``difference`` (b minus a), the seed-to-seed standard deviation ``seed_sd`` recorded in
    either run, and a ``verdict``.
    """
    rows = []
    for key in sorted({*a.values, *b.values}):
        spread = a.value_spread.get(key, b.value_spread.get(key, np.nan))
        rows += _moved(key, a.values.get(key), b.values.get(key), spread)
    for name in sorted({*a.tables, *b.tables}):
        rows += _compare_tables(name, a, b)
    return pd.DataFrame(rows, columns=COLUMNS)


def _compare_tables(name: str, a: Outcome, b: Outcome) -> list[list]:
    if name not in a.tables or name not in b.tables:
        present = [f"{len(o.tables[name])} rows" if name in o.tables else None for o in (a, b)]
        return _moved(name, *present, np.nan)
    words = _words(a.tables[name]) | _words(b.tables[name])
    left, right = _by_label(a.tables[name], words), _by_label(b.tables[name], words)
    spread = a.table_spread.get(name, b.table_spread.get(name))
    spread = pd.DataFrame() if spread is None else _by_label(spread, words)
    rows = []
    for row in left.index.union(right.index, sort=False):
        if row not in left.index or row not in right.index:
            present = ["a row" if row in frame.index else None for frame in (left, right)]
            rows += _moved(f"{name}[{row}]", *present, np.nan)
            continue
        for column in left.columns.union(right.columns, sort=False):
            cells = [_cell(frame, row, column) for frame in (left, right)]
            known = _cell(spread, row, column)
            rows += _moved(f"{name}[{row}, {column}]", *cells, np.nan if known is None else known)
    return rows


def _words(frame: pd.DataFrame) -> set[str]:
    """Return the columns that hold words; without rows there is nothing to tell them by."""
    filled = frame.columns if len(frame) else ()
    return {column for column in filled if not pd.api.types.is_numeric_dtype(frame[column])}


def _by_label(frame: pd.DataFrame, words: set[str]) -> pd.DataFrame:
    """Return the frame with its rows named by their words, numbered where these repeat."""
    named = [column for column in frame.columns if column in words]
    names, seen = [], Counter()
    for cells in frame[named].itertuples(index=False):
        label = ", ".join(map(str, cells)) or "row"
        seen[label] += 1
        names.append(f"{label} #{seen[label]}" if seen[label] > 1 else label)
    return frame.drop(columns=named).set_axis(pd.Index(names, dtype=object), axis=0)


def _cell(frame: pd.DataFrame, row: str, column: str) -> object:
    if row not in frame.index or column not in frame.columns:
        return None
    return frame.at[row, column]


def _moved(where: str, a: object, b: object, spread: float) -> list[list]:
    if a is None and b is None:
        return []
    if a is None or b is None:
        return [[where, a, b, np.nan, np.nan, "only in B" if a is None else "only in A"]]
    if a == b or (pd.isna(a) and pd.isna(b)):
        return []
    if not (_is_number(a) and _is_number(b)):
        return [[where, a, b, np.nan, np.nan, "differs"]]
    difference = b - a
    return [[where, a, b, difference, spread, _verdict(difference, spread)]]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


def _verdict(difference: float, spread: float) -> str:
    if pd.isna(spread):
        return "no seed-to-seed spread recorded"
    within = abs(difference) <= WITHIN_SEED_SDS * spread
    return "within the seed-to-seed spread" if within else "beyond the seed-to-seed spread"
