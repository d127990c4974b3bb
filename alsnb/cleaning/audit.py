"""Account for every row and value on the way from a raw table to a clean one.

Rows leave a table and values change in it only through an :class:`Audit`, which knows how many
rows there should be and refuses a table that has lost any by another way.
"""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pandas as pd

from alsnb.checks import refuse
from alsnb.cleaning.columns import Columns

T = TypeVar("T", Columns, pd.DataFrame)

AUDIT = ("table", "rule", "rows_before", "rows_after", "values_changed", "patients_touched")
"""Columns of an audit: one row per table and rule, in the order of application."""


@dataclass(frozen=True)
class Rule:
    """One rule of the cleaning.

    Attributes
    ----------
    table, name : str
        The table it belongs to, and what it is called there.
    reason : str
        One sentence on what it does and why.
    seen : str
        What was counted in a release, in words; empty if nothing is published.
    expected : float, optional
        Share of the table's rows in which it was seen.
    """

    table: str
    name: str
    reason: str
    seen: str = ""
    expected: float | None = None


def make_rules(table: str, rules: dict[str, tuple]) -> tuple[Rule, ...]:
    """Make the rules of a table from their reasons, what was seen, and the share of rows."""
    return tuple(Rule(table, name, *facts) for name, facts in rules.items())


class Audit:
    """The account of one table.

    Parameters
    ----------
    rules : tuple of Rule
        The rules of the table. Each is applied once, in this order.
    n_rows : int
        Rows of the raw table.
    """

    def __init__(self, rules: tuple[Rule, ...], n_rows: int) -> None:
        self._waiting = [rule.name for rule in rules]
        self._table = rules[0].table
        self._n_rows = n_rows
        self._entries: list[tuple] = []

    def drop(self, frame: T, where: object, rule: str) -> T:
        """Return the table without the rows where a mask holds, and account for them."""
        self._check(frame)
        where = np.asarray(where, bool)
        subjects = np.asarray(frame["subject_id"])[where]
        self.enter(rule, dropped=len(subjects), patients=len(pd.unique(subjects)))
        return frame.take(np.flatnonzero(~where)) if len(subjects) else frame

    def change(self, frame: T, columns: dict[str, object], rule: str) -> T:
        """Return the table with new values in some of its columns, and count what differs."""
        self._check(frame)
        touched, n_values, changed = np.zeros(len(frame), bool), 0, {}
        for name, new in columns.items():
            differs = _differs(frame[name], new)
            if differs.any():
                changed[name] = new
                touched |= differs
                n_values += int(differs.sum())
        patients = len(pd.unique(np.asarray(frame["subject_id"])[touched]))
        self.enter(rule, values=n_values, patients=patients)
        return frame.assign(**changed) if changed else frame

    def enter(self, rule: str, *, dropped: int = 0, values: int = 0, patients: int = 0) -> None:
        """Enter a rule that was applied elsewhere."""
        if self._waiting[:1] != [rule]:
            raise _out_of_account(self._table, f"the rule {self._waiting[:1]}", f"'{rule}'")
        self._waiting.pop(0)
        before = self._n_rows
        self._n_rows -= dropped
        self._entries.append((self._table, rule, before, self._n_rows, values, patients))

    def close(self, frame: Columns | pd.DataFrame) -> pd.DataFrame:
        """Return the account, after a last check that the frame has the rows it says."""
        self._check(frame)
        if self._waiting:
            raise _out_of_account(self._table, "no rule left", f"'{self._waiting[0]}'")
        return make_audit(self._entries)

    def _check(self, frame: Columns | pd.DataFrame) -> None:
        if len(frame) != self._n_rows:
            raise _out_of_account(self._table, f"{self._n_rows:,} rows", f"{len(frame):,}")


def make_audit(entries: list[tuple] | None = None) -> pd.DataFrame:
    """Make an audit frame of tuples in the order of :data:`AUDIT`."""
    columns = zip(*entries, strict=True) if entries else [()] * len(AUDIT)
    kinds = ["str", "str", *["int64"] * (len(AUDIT) - 2)]
    return pd.DataFrame(
        {
            name: pd.Series(list(values), dtype=kind)
            for name, values, kind in zip(AUDIT, columns, kinds, strict=True)
        }
    )


def _differs(old: object, new: object) -> np.ndarray:
    """Return where two columns of numbers, or of texts of one list, differ; missing is the same."""
    if old is new:
        return np.zeros(len(old), bool)
    old, new = (
        column.codes if isinstance(column, pd.Categorical) else np.asarray(column, float)
        for column in (old, new)
    )
    return (old != new) & ((old == old) | (new == new))


def _out_of_account(table: str, expected: str, found: str) -> Exception:
    return refuse(
        f"audit of the table {table}",
        expected=expected,
        found=found,
        remedy="Drop and change through the audit only, each rule once and in order.",
    )
