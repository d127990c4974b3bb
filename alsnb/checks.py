"""Say in one sentence what is wrong with an input; every such sentence is worded here."""

from collections.abc import Iterable

import pandas as pd


class BadInput(ValueError):
    """An input that cannot be used.

    The message names the place (file, column, row), what was expected, what was found
    and what to do about it.
    """


def refuse(where: str, *, expected: str, found: str, remedy: str) -> BadInput:
    """Return the error that names the place, the expectation, the finding and the remedy."""
    return BadInput(f"{where}: expected {expected}; found {found}. {remedy}")


def listed(names: Iterable[object], most: int = 5) -> str:
    """Return the first few names in quotes, and how many more there are."""
    names = [f"'{name}'" for name in names]
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def check_columns(frame: pd.DataFrame, columns: Iterable[str], where: str) -> None:
    """Raise :class:`BadInput` if a column is missing from the frame."""
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise refuse(
            where,
            expected=f"the columns {listed(columns, most=12)}",
            found=f"none named {listed(missing)} among {listed(frame.columns, most=12)}",
            remedy="Rename the columns or pass another table.",
        )


def check_one_of(value: object, allowed: Iterable[object], where: str) -> None:
    """Raise :class:`BadInput` if a setting is not one of the values it can take."""
    allowed = list(allowed)
    if value not in allowed:
        raise refuse(
            where,
            expected=f"one of {listed(allowed, most=20)}",
            found=repr(value),
            remedy="Choose one of these.",
        )
