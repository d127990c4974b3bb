"""Columns of equal length without an index, on which each step of the cleaning costs little.

Numbers are arrays of float64, texts are categoricals, and nothing is aligned.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

Values = np.ndarray | pd.Categorical


class Columns:
    """Columns by name.

    Parameters
    ----------
    values : mapping of str to ndarray or Categorical
        At least one column; all of one length. They are not copied and never written to.
    """

    def __init__(self, values: Mapping[str, Values]) -> None:
        self._values = dict(values)

    def __len__(self) -> int:
        return len(next(iter(self._values.values())))

    def __getitem__(self, name: str) -> Values:
        return self._values[name]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(self._values)

    def assign(self, **values: Values) -> "Columns":
        """Return the columns with some added or replaced."""
        return Columns(self._values | values)

    def take(self, rows: np.ndarray) -> "Columns":
        """Return some of the rows."""
        return Columns({name: values.take(rows) for name, values in self._values.items()})

    def matrix(self, names: Iterable[str]) -> np.ndarray:
        """Return columns of numbers as an array of shape (n_names, n_rows)."""
        return np.stack([self._values[name] for name in names])

    def count(self, names: Iterable[str]) -> np.ndarray:
        """Return how many of some columns have a value, row by row."""
        return sum((~is_missing(self._values[name])).astype(np.int64) for name in names)

    def to_frame(self, names: Sequence[str], rows: np.ndarray) -> pd.DataFrame:
        """Return some columns and rows as a frame."""
        return pd.DataFrame({name: self._values[name].take(rows) for name in names}, copy=False)


def columns_of(raw: pd.DataFrame, names: Mapping[str, str] | None = None) -> Columns:
    """Return the columns of a raw table, rows in the order of the file, on which ties are decided.

    Parameters
    ----------
    raw : DataFrame
        The table as read.
    names : mapping of str to str, optional
        Column of the raw table by the name it shall have; all under their own if not given.
        ``subject_id`` and ``row`` always come along.
    """
    chosen = {name: name for name in raw} if names is None else names
    chosen = {"subject_id": "subject_id", "row": "row"} | dict(chosen)
    columns = Columns({name: _plain(raw[column]) for name, column in chosen.items()})
    row = columns["row"]
    return columns if (row[1:] >= row[:-1]).all() else columns.take(np.argsort(row, kind="stable"))


def _plain(column: pd.Series) -> Values:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.array
    return column.to_numpy()


def is_missing(values: Values) -> np.ndarray:
    """Return where a column has no value."""
    if isinstance(values, pd.Categorical):
        return values.codes < 0
    return np.isnan(values)


def fill(values: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return numbers, those that are missing taken from other ones."""
    return np.where(np.isnan(values), others, values)


def codes_of(values: Values) -> np.ndarray:
    """Return numbers that are the same where values are, all missing ones the same."""
    if isinstance(values, pd.Categorical):
        return values.codes.astype(float)
    numbers = values + 0.0  # there are two zeros
    numbers[np.isnan(numbers)] = np.nan  # and many that are no number
    return numbers


def in_order(subject: np.ndarray, day: np.ndarray | None = None) -> np.ndarray:
    """Return the places of rows ordered by subject and day, ties as they stand."""
    ahead = subject[1:] > subject[:-1]
    same = subject[1:] == subject[:-1]
    if day is None:
        sorted_already = (ahead | same).all()
        return np.arange(len(subject)) if sorted_already else np.argsort(subject, kind="stable")
    if (ahead | (same & (day[1:] >= day[:-1]))).all():
        return np.arange(len(subject))
    return np.lexsort((day, subject))


def twins_of(columns: Columns, key: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows that share their key with others, and the number of each one's group.

    Parameters
    ----------
    columns : Columns
        The table.
    key : sequence of str
        ``subject_id``, or ``subject_id`` and ``day``.

    Returns
    -------
    rows : ndarray of int
        Their places, group by group, in each as they stand.
    group : ndarray of int
        Ascending.
    """
    order = in_order(*(columns[name] for name in key))
    again = np.ones(max(len(order) - 1, 0), bool)
    for name in key:
        values = columns[name][order]
        again &= values[1:] == values[:-1]
    is_later, has_later = np.append(False, again), np.append(again, False)
    group = np.cumsum(~is_later[: len(order)])
    several = (is_later | has_later)[: len(order)]
    return order[several], group[several]


def starts_of(group: np.ndarray) -> np.ndarray:
    """Return where in ascending numbers of groups each group starts."""
    return np.flatnonzero(np.append(True, group[1:] != group[:-1])[: len(group)])


def first_values(values: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return the first number that is not missing in each group, given where groups start."""
    if not len(starts):
        return values[:0]
    place = np.where(np.isnan(values), len(values), np.arange(len(values)))
    return np.append(values, np.nan)[np.minimum.reduceat(place, starts)]


def is_copy(
    columns: Columns, key: Sequence[str], names: Sequence[str], *, wide: Columns | None = None
) -> np.ndarray:
    """Return which rows have the key and all these columns of an earlier row.

    The columns may stand in a wider table, where each row has its ``place``.
    """
    rows, group = twins_of(columns, key)
    copies = np.zeros(len(columns), bool)
    if len(rows):
        beside, at = (columns, rows) if wide is None else (wide, columns["place"][rows])
        cells = [group, *(codes_of(beside[name].take(at)) for name in names)]
        wide = np.ascontiguousarray(np.stack(cells, axis=1).astype(float))
        whole = wide.view(np.dtype((np.void, wide.itemsize * wide.shape[1]))).ravel()
        _, first = np.unique(whole, return_index=True)
        copies[np.delete(rows, first)] = True
    return copies


def is_repeat(columns: Columns, key: Sequence[str], prefer: np.ndarray) -> np.ndarray:
    """Return which rows share their key with a preferred row, or an equal one further up."""
    rows, group = twins_of(columns, key)
    order = np.lexsort((-np.asarray(prefer, float)[rows], group))
    repeats = np.zeros(len(columns), bool)
    repeats[np.delete(rows[order], starts_of(group))] = True
    return repeats


def within(values: np.ndarray, low: float | None, high: float | None) -> np.ndarray:
    """Return the values, missing where they lie outside a range."""
    below = -np.inf if low is None else low
    above = np.inf if high is None else high
    outside = (values < below) | (values > above)
    return np.where(outside, np.nan, values) if outside.any() else values


def finish(columns: Columns, names: Sequence[str]) -> pd.DataFrame:
    """Return some columns as a frame, ordered by subject and day."""
    key = [name for name in ("subject_id", "day") if name in names]
    return columns.to_frame(names, in_order(*(columns[name] for name in key)))
