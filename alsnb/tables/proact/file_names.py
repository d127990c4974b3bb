"""Tell which table a file holds by its name, and which one it may be meant to hold."""

import difflib
import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from alsnb.tables.proact import schema
from alsnb.tables.proact.places import is_inside

ENDINGS = (".csv", ".txt", ".tsv", ".csv.gz", ".xlsx", ".xls")
"""Endings of a file that may be a table, in the order of preference."""

SPREADSHEETS = (".xlsx", ".xls")
"""Endings of files that are recognized to be refused."""

PREFIX = re.compile(r"^((?:\d{4}[-_]?\d{2}[-_]?\d{2}|all[-_]forms|pro-?act|f)[-_ ]+)+")

DOCUMENTS = (".pdf", ".doc", ".docx", ".html", ".htm", ".md", ".png", ".jpg", ".py", ".r", ".json")
"""Endings of files that are not meant to be a table, whatever their names."""

ALIKE = 0.85
"""Two names are nearly the same if so many of their letters agree."""


def by_table(names: Iterable[str]) -> dict[str, list[str]]:
    """Return the files of each table that is recognized, in the order of the schema."""
    known = _known_names()
    found: dict[str, list[str]] = {}
    for name in names:
        table = known.get(_bare(name))
        if table and is_inside(name):
            found.setdefault(table, []).append(name)
    return {table: found[table] for table in schema.tables() if table in found}


def ending_of(name: str) -> str:
    """Return the ending by which a file may be a table, in lower case; empty if it has none."""
    lower = name.lower()
    return next((e for e in sorted(ENDINGS, key=len)[::-1] if lower.endswith(e)), "")


def nearly_named(name: str) -> str:
    """Return the table that a file seems to be meant for, though it is not named like it.

    Such are copies (``PROACT_LABS (1).csv``), marks (``PROACT_LABS_new.csv``), slips of the
    keyboard and other endings (``PROACT_LABS.dat``).
    """
    path = PurePosixPath(name)
    if path.suffix.lower() in DOCUMENTS:
        return ""
    lower = path.name.lower()
    bare = _squashed(lower.removesuffix(ending_of(lower) or path.suffix.lower()))
    known = _known_names()
    for text in sorted(known, key=len, reverse=True):
        if bare.startswith(text) or bare.endswith(text) or sorted(bare) == sorted(text):
            return known[text]
    alike = difflib.get_close_matches(bare, known, n=1, cutoff=ALIKE)
    return known[alike[0]] if alike else ""


def _known_names() -> dict[str, str]:
    known = {
        _bare(file): name
        for name, table in schema.tables().items()
        for file in table.files.values()
    }
    # a table may also go by the name it has in this library, as in one readme's F_PROACT_VITALS
    return {name.replace("_", ""): name for name in schema.tables()} | known


def _bare(name: str) -> str:
    """Return a file's name without folder, ending, prefix, case and separators."""
    lower = PurePosixPath(name).name.lower()
    ending = ending_of(lower)
    return _squashed(lower.removesuffix(ending)) if ending else ""


def _squashed(lower: str) -> str:
    return re.sub(r"[^a-z0-9]", "", PREFIX.sub("", lower))
