"""Say what a file of a connectome holds, and what is wrong with it."""

from dataclasses import dataclass

import numpy as np

from alsnb.checks import BadInput

MOST_REGIONS = 2_000
"""No parcellation read here is finer."""


class Unreadable(Exception):
    """What is wrong with the file of one subject.

    Parameters
    ----------
    rule : str
        What kind of problem it is.
    expected, found : str
        The two halves of the sentence.
    remedy : str
        What to do.
    """

    def __init__(self, rule: str, expected: str, found: str, remedy: str = "") -> None:
        super().__init__(found)
        self.rule, self.expected, self.found, self.remedy = rule, expected, found, remedy


@dataclass(frozen=True)
class Matrix:
    """A square matrix as it stands in a file, and its labels if they stand there too."""

    weights: np.ndarray
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Edges:
    """A list of edges as it stands in a file: two ends, as numbers or names, and weights."""

    ends: list[tuple[str, str]] | np.ndarray
    weights: np.ndarray


def check_square(shape: tuple[int, ...]) -> None:
    """Refuse a shape that is not that of a matrix of regions by regions."""
    size = " x ".join(map(str, shape)) or "a single number"
    if len(shape) != 2 or shape[0] != shape[1] or shape[0] < 2:
        raise Unreadable("not square", "a square matrix, a row and a column per region", size)
    if shape[0] > MOST_REGIONS:
        raise Unreadable("not square", f"at most {MOST_REGIONS:,} regions", size)


def unreadable_because(error: BadInput, expected: str) -> Unreadable:
    """Return what makes a file unusable, as what is wrong with the file of one subject."""
    found = str(error).partition("found ")[2].partition(". ")[0] or str(error)
    return Unreadable("cannot be read", expected, found)
