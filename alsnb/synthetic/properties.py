"""What the real files look like: headers, order, types, spellings, and which defects they have.

The facts stand in ``properties.yaml``, each with the releases it holds for, its source and a
confidence. The twin writes its files after them, and a test holds the files against them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd
import yaml

from alsnb.tables.proact.schema import RELEASES, Table, normalise, tables_of

CONFIDENCE = {
    "A": "printed on the real files, or two programs agree",
    "B": "one program that cannot have run otherwise",
    "C": "inferred, or ours",
}
"""What the letters of confidence mean."""


@dataclass(frozen=True, kw_only=True)
class FileColumn:
    """One column of a file as a release has it.

    Attributes
    ----------
    name : str
        Header, as this release spells it.
    dtype : {"int64", "float64", "text"}
        What pandas takes it for when it reads the file.
    values : tuple
        All spellings or numbers, where they are few; empty elsewhere.
    filled, rare : bool
        Whether any row has a value; whether fewer than fifty of a whole release have one.
    confidence, source : str
        How sure that is, and who printed it.
    """

    name: str
    dtype: str
    values: tuple[object, ...] = ()
    filled: bool = True
    rare: bool = False
    confidence: str
    source: str


def file_columns(table: str, release: str) -> tuple[FileColumn, ...]:
    """Return the columns of a table's file in a release, in their order there."""
    lines = _of_release(_facts()["columns"][table], release)
    return tuple(FileColumn(**{**_cited(line), "values": _values(line)}) for line in lines)


def header_of(table: Table, release: str) -> list[str]:
    """Return the headers of a table in a release, in order, as it spells them."""
    return [column.name for column in file_columns(table.name, release)]


def names_in_order(table: Table, release: str) -> list[str]:
    """Return the columns of the schema in the order of a release."""
    own = {column.key: column.name for column in table.columns}
    return [own[normalise(name)] for name in header_of(table, release)]


def subjects_of(release: str) -> int:
    """Return how many subjects a release has."""
    return _of_release(_facts()["subjects"], release)[0]["value"]


def most_cases(table: str, kind: str, release: str) -> int | None:
    """Return how many cases of a defect a release has at most: 0 if none, None if any number."""
    lines = [x for x in _facts()["defects"] if (x["table"], x["kind"]) == (table, kind)]
    here = _of_release(lines, release)
    if not here:
        return 0 if lines else None
    return here[0].get("most")


def describe_properties() -> pd.DataFrame:
    """Return every property of the files: release, table, column, property, value, its source."""
    rows = [
        (release, table, c.name, what, value, c.confidence, c.source)
        for release in RELEASES
        for table in tables_of(release)
        for place, c in enumerate(file_columns(table, release), start=1)
        for what, value in (
            ("place", place),
            ("dtype", c.dtype),
            ("filled", c.filled),
            ("values", " | ".join(map(str, c.values))),
        )
        if what != "values" or c.values
    ]
    names = ["release", "table", "column", "property", "value", "confidence", "source"]
    return pd.DataFrame(rows, columns=names)


def describe_absent() -> pd.DataFrame:
    """Return what older files hold and these releases do not: table, what, where seen, source."""
    return pd.DataFrame([_cited(line) for line in _facts()["absent"]])


def _of_release(lines: Sequence[dict], release: str) -> list[dict]:
    return [line for line in lines if release in line.get("releases", RELEASES)]


def _cited(line: dict) -> dict:
    """Return a line with its source in full."""
    kept = {name: value for name, value in line.items() if name != "releases"}
    return kept | {"source": _facts()["sources"][line["source"]]}


def _values(line: dict) -> tuple[object, ...]:
    return tuple(line.get("values", ()))


@cache
def _facts() -> dict:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")
    return yaml.load(text, Loader=loader)
