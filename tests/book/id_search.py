"""Search what a run shows for subjects, for rows of their tables and for small counts."""

import html
import json
import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import pandas as pd

SHORTEST_ROW = 4
"""So many neighboring cells of a row are taken to come from it, if one of them is words."""

SHORTEST_NUMBERS = 6
"""So many if all are numbers; fewer small ones stand side by side on any axis."""

LARGEST_SMALL = 4
"""Counts from one to this may point to a person."""

_WORD = re.compile(r"[A-Za-z]+|\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\d,])|\d+(?:\.\d+)?")
_WRITINGS_OF_A_NUMBER = (
    r"(?<![\w.])(\d+)(?:\.0*)?(?![\w]|\.\d)",
    r"(?<![\w.,])(\d{1,3}(?:,\d{3})+)(?:\.0*)?(?!\w|,\d|\.\d)",
    r"(?<![\w.])(\d\.\d+e\+?\d+)(?!\w)",
)


def texts_of(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield every text in the files of a run, with the place it stands in.

    Of a notebook each string by itself, as a reader of the page meets it; pictures, which are
    there as SVG as well, are left out.
    """
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.suffix in (".ipynb", ".json"):
            yield from ((name, text) for text in _strings(json.loads(path.read_text())))
        elif path.is_file() and path.suffix != ".png":
            yield name, _without_outlines(path.read_text())


def _strings(part: object) -> Iterator[str]:
    if isinstance(part, str):
        yield _without_outlines(part)
    elif isinstance(part, dict):
        for key, value in part.items():
            yield str(key)
            yield from () if key == "image/png" else _strings(value)
    elif isinstance(part, list):
        for value in part:
            yield from _strings(value)
    elif part is not None:
        yield str(part)


def _without_outlines(text: str) -> str:
    """Return text without the shapes of an SVG, which are no text to anybody."""
    return re.sub(r'\b(?:d|points)="[^"]*"', "", text) if "<svg" in text else text


def find_ids(text: str, ids: frozenset[int | str]) -> set[int | str]:
    """Return which identifiers stand in a text: whole numbers in any writing, texts as words."""
    found = {name for name in ids if isinstance(name, str) and _holds_word(text, name)}
    for pattern in _WRITINGS_OF_A_NUMBER:
        for match in re.finditer(pattern, text):
            digits = match[1].replace(",", "")
            # a float has too few digits for the longest numbers
            value = int(digits) if digits.isdigit() else float(digits)
            if value == int(value) and int(value) in ids:
                found.add(int(value))
    return found


def _holds_word(text: str, word: str) -> bool:
    """Whether a text, or what its marks of HTML and JSON stand for, holds a word by itself."""
    pattern = rf"(?<!\w){re.escape(word)}(?!\w)"
    return any(word in t and re.search(pattern, t) for t in (text, html.unescape(text)))


class Rows:
    """The rows of raw tables, prepared to be found in texts.

    Of each row every run of neighboring filled cells, the subject left out, that holds the
    day of the visit and at least three different contents.
    """

    def __init__(self) -> None:
        self.runs: dict[int, set[tuple[str, ...]]] = {}

    def add(self, frame: pd.DataFrame, day: str) -> None:
        """Add the rows of a table whose cells are text."""
        columns = [name for name in frame if name != "subject_id"]
        for cells in zip(*(frame[name] for name in columns), strict=True):
            filled = [(name, cell) for name, cell in zip(columns, cells, strict=True) if cell]
            place = next((at for at, (name, _) in enumerate(filled) if name == day), None)
            if place is not None:
                self._add_runs([cell for _, cell in filled], place)

    def _add_runs(self, cells: list[str], place: int) -> None:
        all_numbers = not any(re.search("[A-Za-z]", cell) for cell in cells)
        length = SHORTEST_NUMBERS if all_numbers else SHORTEST_ROW
        first = max(0, place - length + 1)
        for start in range(first, min(place, len(cells) - length) + 1):
            run = cells[start : start + length]
            words = _words(" ".join(run))
            if len(set(run)) >= SHORTEST_ROW - 1 and _says_something(words):
                self.runs.setdefault(len(words), set()).add(words)

    def find(self, text: str) -> int:
        """Return how many runs of cells stand in a text."""
        words = _words(text)
        return sum(
            words[at : at + length] in runs
            for length, runs in self.runs.items()
            for at in range(len(words) - length + 1)
        )


def _says_something(words: tuple[str, ...]) -> bool:
    """Return whether words hold two numbers at least, and are no more than the steps of an axis."""
    numbers = [float(word) for word in words if word[0].isdigit()]
    steps = {round(b - a, 9) for a, b in pairwise(numbers)}
    return len(numbers) >= 2 and not (len(numbers) == len(words) and steps <= {-1.0, 1.0})


def _words(text: str) -> tuple[str, ...]:
    """Return words in lower case and numbers in their shortest writing, without mark-up."""
    # the letters of an SVG stand in its comments
    text = re.sub(r"</?[A-Za-z][^<>]*>", " ", text.replace("<!--", " ").replace("-->", " "))
    found = (match[0].replace(",", "").lower() for match in _WORD.finditer(text))
    return tuple(f"{float(word):g}" if word[0].isdigit() else word for word in found)


def small_counts(frame: pd.DataFrame, besides: Iterable[str] = ()) -> list[str]:
    """Return the columns of whole numbers in which one to four stands, and what gives one away.

    Parameters
    ----------
    frame : DataFrame
        A table as it is shown.
    besides : iterable of str
        Columns of whole numbers that count nobody.

    Returns
    -------
    list of str
        Names of columns, or ``"a - b"`` if a small count is the difference of two of them,
        ``"steps of a"`` if it is that of two rows.
    """
    numbers = {}
    for name in frame.columns.difference(list(besides), sort=False):
        cells = frame[name].dropna().astype(str).str.replace(",", "")
        values = pd.to_numeric(cells, errors="coerce").reindex(frame.index)
        is_number_or_held = values[cells.index].notna() | cells.str.contains("fewer than|^$")
        if is_number_or_held.all() and (values.dropna() % 1 == 0).all():
            numbers[name] = values
    found = [name for name, values in numbers.items() if _is_small(values).any()]
    pairs = [("rows_before", "rows_after"), ("subjects", "remaining")]
    for one, other in pairs:
        if one in numbers and other in numbers and _is_small(numbers[one] - numbers[other]).any():
            found.append(f"{one} - {other}")
    if "remaining" in numbers and _is_small(-numbers["remaining"].diff()).any():
        found.append("steps of remaining")
    return found


def _is_small(values: pd.Series) -> pd.Series:
    return values.between(1, LARGEST_SMALL)
