"""What the releases of PRO-ACT look like, as data: files, columns, units and plausible ranges.

The facts stand in ``schema.yaml`` beside this module. The reader, the cleaning and the simulated
twin all take them from here, so a column has one name and a measure one range.
"""

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import yaml

RELEASES = ("2016", "2022", "F")
"""The releases that can be read and simulated, oldest first."""

FOLDERS = {
    "2016": "2016_01_04_ALL_FORMS_CSV",
    "2022": "2022_07_29_PROACT_ALL_FORMS",
    "F": "PROACT_ALL_FORMS",
}
"""The name of the folder, or zip, that a release is downloaded as."""

MISSING_MARKERS = ("", "-", ".", "na", "nan", "n/a", "null", "none")
"""Texts that stand for no value, compared in lower case without blanks around them."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    name : str
        Header in the 2022 release; other releases may write it in another case.
    kind : str
        ``"id"``, ``"day"``, ``"number"``, ``"text"`` or ``"flag"`` (1 or blank).
    unit : str
        Unit the cleaned value is in; empty if it has none.
    low, high : float, optional
        Plausible range of the cleaned value, both ends included.
    values : tuple of str
        Texts that are expected, if they are few.
    """

    name: str
    kind: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    values: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The name as the frames of the library write it."""
        return normalise(self.name)


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table: ``files`` by release, what a row is, the column of its day, all columns.

    Without a *necessary* table there is no cohort; a table that is not *used* is only counted.
    """

    name: str
    files: dict[str, str]
    row: str
    day: str
    necessary: bool
    used: bool
    columns: tuple[Column, ...]

    def column(self, key: str) -> Column:
        """Return a column by its normalised name."""
        return next(column for column in self.columns if column.key == key)


@dataclass(frozen=True, kw_only=True)
class LabTest:
    """One laboratory test.

    Attributes
    ----------
    name : str
        Name in the 2022 release, compared without regard to case; ``aliases`` are others.
    measure : str
        The name its features carry, such as ``"urea_nitrogen"``.
    unit : str
        Unit that every result is converted to.
    quartiles : tuple of float
        Quartiles of the patients' medians; clinical reference values if ``basis`` is "ours".
    low, high : float, optional
        Plausible range after conversion, both ends included.
    factors : dict of str to float or None
        Factor to ``unit`` by label in lower case; None where a result cannot be converted.
    grades : bool
        Whether results are words or dipstick grades rather than numbers.
    """

    name: str
    measure: str
    unit: str
    aliases: tuple[str, ...] = ()
    quartiles: tuple[float, ...] = ()
    basis: str = "printed"
    low: float | None = None
    high: float | None = None
    factors: dict[str, float | None] = field(default_factory=dict)
    grades: bool = False


def normalise(header: str) -> str:
    """Return a header in lower case, its blanks, brackets, dots and dashes as one underscore."""
    return re.sub(r"[^a-z0-9]+", "_", header.strip().lower()).strip("_")


@cache
def tables() -> dict[str, Table]:
    """Return every table of PRO-ACT by its name in this library, such as ``"alsfrs"``."""
    return {
        name: Table(name=name, **facts | {"columns": tuple(map(_column, facts["columns"]))})
        for name, facts in _facts()["tables"].items()
    }


@cache
def lab_tests() -> dict[str, LabTest]:
    """Return every laboratory test that is used, by its measure."""
    tests = [LabTest(**_tuples(facts)) for facts in _facts()["labs"]]
    return {test.measure: test for test in tests}


def tables_of(release: str) -> dict[str, Table]:
    """Return the tables that a release has."""
    return {name: table for name, table in tables().items() if release in table.files}


def _column(facts: dict) -> Column:
    return Column(**_tuples(facts))


def _tuples(facts: dict) -> dict:
    return {name: tuple(v) if isinstance(v, list) else v for name, v in facts.items()}


@cache
def _facts() -> dict:
    # the parser in C is six times as fast, and nearly always there
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"), Loader=loader)
