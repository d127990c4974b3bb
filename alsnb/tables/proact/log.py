"""Hold what is written down while one table is read."""

from dataclasses import dataclass, field

import numpy as np

from alsnb.tables.proact import schema
from alsnb.tables.proact.costs import NOTHING


@dataclass(frozen=True)
class Log:
    """What is written down while a table is read: rows of the frames of ``RawTables``.

    Parameters
    ----------
    table : schema.Table
        The table.
    file : str
        Name of its file, for refusals and notes.
    """

    table: schema.Table
    file: str
    audit: list[tuple] = field(default_factory=list)
    failures: list[dict] = field(default_factory=list)
    counts: list[tuple] = field(default_factory=list)
    notes: list[tuple] = field(default_factory=list)
    subjects: list[np.ndarray] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)
    unread: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)
    has_end: dict[str, bool] = field(default_factory=dict)

    def leave_out(self, rule: str, before: int, after: int, patients: int = 0) -> None:
        """Account for the rows that a rule leaves out."""
        self.audit.append((self.table.name, rule, before, after, 0, patients))

    def note(self, text: str, costs: str = NOTHING) -> None:
        """Write down a remark and what it costs downstream."""
        self.notes.append((self.table.name, text, costs))

    def count(self, lines: int, subject: np.ndarray) -> None:
        """Write down the rows of the file and the subjects its different texts stand for."""
        known = subject[subject >= 0]
        subjects = np.unique(known)
        entry = (self.table.name, self.file, lines, len(subjects), self.table.used)
        self.counts.append(entry)
        if self.table.used:
            self.subjects.append(subjects)
            if more := len(known) - len(subjects):
                self.note(f"{more:,} subjects are written in more than one way, as with a '.0'")
