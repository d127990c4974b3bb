"""What a damage is, how it is listed, and the small changes that damages are made of."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from alsnb.synthetic.damage.small_release import small_release, write

ALSFRS, LABS, VITALS = "PROACT_ALSFRS.csv", "PROACT_LABS.csv", "PROACT_VITALSIGNS.csv"
FVC, DEMOGRAPHICS, DEATH = "PROACT_FVC.csv", "PROACT_DEMOGRAPHICS.csv", "PROACT_DEATHDATA.csv"

Files = dict[str, str | bytes]


@dataclass(frozen=True, kw_only=True)
class Damage:
    """A damaged release.

    Attributes
    ----------
    name : str
        What is damaged.
    make : callable
        Writes the release into a folder and returns the path to check.
    refused : str
        Words of the refusal; empty if the release can be read.
    told : str
        Words of the report of ``alsnb check``, if it can be read.
    plain : bool
        Whether the files are text that the csv module reads, so that cells can be counted.
    """

    name: str
    make: Callable[[Path], Path]
    refused: str = ""
    told: str = ""
    plain: bool = True

    @property
    def word(self) -> str:
        """The name as one word for a command line."""
        return "-".join(re.findall(r"[\w.=]+", self.name))

    @property
    def outcome(self) -> str:
        """What a good reader does with it, and the words in which ours says so."""
        if self.refused:
            return f"is refused: '... {self.refused} ...'"
        return f"is read, and the report says '... {self.told} ...'"


DAMAGES: list[Damage] = []


def add(name: str, change: Callable, *, told: str = "", refused: str = "", **more: object) -> None:
    """Add a damage of the texts of the files."""

    def make(folder: Path) -> Path:
        return write(folder / "release", change(dict(small_release(**more.get("release", {})))))

    plain = bool(more.get("plain", True))
    DAMAGES.append(Damage(name=name, make=make, told=told, refused=refused, plain=plain))


def add_path(name: str, make: Callable[[Path], Path], *, told: str = "", refused: str = "") -> None:
    """Add a damage of the way in which a release lies on disk."""
    DAMAGES.append(Damage(name=name, make=make, told=told, refused=refused, plain=False))


def in_file(file: str, change: Callable[[str], str | bytes]) -> Callable[[Files], Files]:
    """Change the text of one file."""
    return lambda files: files | {file: change(files[file])}


def everywhere(change: Callable[[str], str | bytes]) -> Callable[[Files], Files]:
    """Change the text of every file."""
    return lambda files: {name: change(text) for name, text in files.items()}


def without(file: str) -> Callable[[Files], Files]:
    """Leave a file out."""
    return lambda files: {name: text for name, text in files.items() if name != file}


def rows_of(text: str) -> list[list[str]]:
    """Return the cells of a text without quotes, by row."""
    return [line.split(",") for line in text.splitlines()]


def joined(rows: list[list[str]], separator: str = ",") -> str:
    """Return cells as text."""
    return "\n".join(separator.join(row) for row in rows) + "\n"


def column(name: str, change: Callable[[str, int], str]) -> Callable[[str], str]:
    """Change the cells of a column; the change gets the cell and the number of its row."""

    def change_text(text: str) -> str:
        header, *rows = rows_of(text)
        place = header.index(name)
        for number, row in enumerate(rows):
            row[place] = change(row[place], number)
        return joined([header, *rows])

    return change_text


def drop_column(name: str) -> Callable[[str], str]:
    """Leave a column out."""

    def change_text(text: str) -> str:
        rows = rows_of(text)
        place = rows[0].index(name)
        return joined([row[:place] + row[place + 1 :] for row in rows])

    return change_text


def line(number: int, change: Callable[[str], str]) -> Callable[[str], str]:
    """Change one line."""

    def change_text(text: str) -> str:
        lines = text.splitlines()
        lines[number] = change(lines[number])
        return "\n".join(lines) + "\n"

    return change_text


def every(count: int, new: Callable[[str], str]) -> Callable[[str, int], str]:
    """Change the cells of every so many rows, the first row among them."""
    return lambda cell, number: new(cell) if number % count == 0 else cell


def set_cells(name: str, value: str, count: int = 7) -> Callable[[str], str]:
    """Give cells of a column another content, in every so many rows."""
    return column(name, every(count, lambda cell: value))
