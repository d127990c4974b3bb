"""Hold the columns of a table that was split: codes into different texts, or plain numbers."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

LARGEST = 1e12
"""No number in a release is near this size; a larger one is not a value."""


@dataclass(frozen=True)
class Cells:
    """One column: ``texts[codes[i]]`` is the cell of record ``i``."""

    codes: np.ndarray
    texts: list[str]

    def take(self, rows: np.ndarray) -> "Cells":
        """Return the cells of some records; texts that only others hold may remain."""
        return Cells(self.codes.take(rows), self.texts)

    def spread(self, values: np.ndarray) -> np.ndarray:
        """Return the value of each cell, given those of the texts; not to be written to."""
        return pc.take(pa.array(values), pa.array(self.codes)).to_numpy()

    def is_like(self, other: "Cells") -> bool:
        """Whether another column of as many records holds the same texts."""
        if not len(self.codes):
            return True
        texts = [pd.Index(cells.texts, dtype="str").take(cells.codes) for cells in (self, other)]
        return bool((texts[0] == texts[1]).all())

    def without_quotes(self) -> "Cells":
        """Return the cells without the quotes around them."""
        return Cells(self.codes, [text.strip(' "').replace('""', '"') for text in self.texts])

    def compact(self) -> "Cells":
        """Return the same cells with only the texts that occur in them."""
        used = np.bincount(self.codes, minlength=len(self.texts)) > 0
        if used.all():
            return self
        fresh = (np.cumsum(used) - 1).astype(np.int32)
        texts = [text for text, keep in zip(self.texts, used, strict=True) if keep]
        return Cells(fresh[self.codes], texts)


@dataclass(frozen=True)
class Numbers:
    """One column of numbers that are all written plainly; NaN where none is written."""

    values: np.ndarray

    def take(self, rows: np.ndarray) -> "Numbers":
        """Return the numbers of some records."""
        return Numbers(self.values.take(rows))

    def compact(self) -> "Numbers":
        """Return the same numbers."""
        return self


@dataclass(frozen=True, kw_only=True)
class Records:
    """The records of a table.

    Parameters
    ----------
    columns : dict of int to Cells or Numbers
        Columns by their place in the file.
    row : ndarray of int32
        Number of each record in the file; the first after the header is 1.
    lines : int
        Number of records in the file, broken ones included.
    left_out : ndarray of int
        Numbers of the records that have too many or too few cells.
    notes : tuple of str
        Sentences on what was repaired.
    footers : int
        Number of the records left out that have no subject where one should be.
    """

    columns: dict[int, Cells | Numbers]
    row: np.ndarray
    lines: int
    left_out: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    notes: tuple[str, ...] = ()
    footers: int = 0

    @property
    def broken(self) -> int:
        """Number of lines that have too many or too few cells, those of footers included."""
        return self.lines - len(self.row)


def columns_of(table: pa.Table, places: Iterable[int]) -> dict[int, Cells | Numbers]:
    """Return the columns of a table that was split."""
    table = table.unify_dictionaries()
    return {place: _cells(table.column(str(place))) for place in places}


def _cells(column: pa.ChunkedArray) -> Cells | Numbers:
    if pa.types.is_floating(column.type):
        return Numbers(column.to_numpy())
    chunks = column.chunks
    if not chunks:
        return Cells(np.zeros(0, dtype=np.int32), [])
    codes = np.concatenate([chunk.indices.to_numpy(zero_copy_only=False) for chunk in chunks])
    return Cells(codes, chunks[0].dictionary.to_pylist())
