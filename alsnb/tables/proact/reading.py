"""Read the tables of a release: every cell as text first, then coerced with a log of failures."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from alsnb.checks import BadInput, check_one_of
from alsnb.compute.progress import report
from alsnb.report.cards import card
from alsnb.tables.proact import schema
from alsnb.tables.proact.agreement import remarks_on_ends, remarks_on_subjects
from alsnb.tables.proact.coercion import FAILURES
from alsnb.tables.proact.costs import NOTHING, cost_of_table
from alsnb.tables.proact.day_units import remarks_on_days
from alsnb.tables.proact.ends import remarks_on_line_ends
from alsnb.tables.proact.framing import count_table, make_frame, split_table
from alsnb.tables.proact.log import Log
from alsnb.tables.proact.origin import digest_of, source_of
from alsnb.tables.proact.release import Release, find_release
from alsnb.tables.proact.subjects import merged
from alsnb.tables.source import Source

AUDIT = ("table", "rule", "rows_before", "rows_after", "values_changed", "patients_touched")
"""Columns of the account of rows; the cleaning continues it."""

COUNTS = ("table", "file", "rows", "subjects", "used")
"""Columns of the list of tables."""

NOTES = ("table", "note", "costs")
"""Columns of the list of remarks; ``costs`` says what is lost downstream."""


@dataclass(frozen=True, kw_only=True)
class RawTables:
    """What was read from a release.

    Parameters
    ----------
    release : Release
        Where it was found.
    source : Source
        Where it came from, and the digest of its content.
    frames : dict of str to DataFrame
        The used tables that the release has.
    audit : DataFrame
        Rows that reading left out, by table and rule.
    failures : DataFrame
        Cells that could not be coerced: table, file, column, problem, cells, commonest text.
    counts : DataFrame
        Every table found: table, file, rows, subjects, whether it is used.
    notes : DataFrame
        Remarks: table, note, and what they cost downstream.
    names : dict of int to str
        Identifiers that are not whole numbers, by the number that stands for them in
        ``subject_id`` (:mod:`alsnb.tables.proact.subjects`); they are never to be shown.
    unread : dict of (str, str) to int array
        Places of the rows whose cell in a column, named by table and key, could not be read.
    """

    release: Release
    source: Source
    frames: dict[str, pd.DataFrame]
    audit: pd.DataFrame
    failures: pd.DataFrame
    counts: pd.DataFrame
    notes: pd.DataFrame
    names: dict[int, str] = field(default_factory=dict)
    unread: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)

    def __repr__(self) -> str:
        sizes = ", ".join(f"{name} {len(frame):,}" for name, frame in self.frames.items())
        return f"RawTables(release {self.release.name}: {sizes})"

    def _repr_html_(self) -> str:
        rows = {f"Rows of {name}": len(frame) for name, frame in self.frames.items()}
        facts = {"Data": self.source.title, "Release": self.release.name} | rows
        return card("Tables as read", facts | {"See": ".notes for remarks, .audit, .failures"})


def read_release(path: str | Path, *, tables: Iterable[str] | None = None) -> RawTables:
    """Read a release from a folder or a zip.

    Parameters
    ----------
    path : str or Path
        Folder or zip of a PRO-ACT download, or of a simulated one.
    tables : iterable of str, optional
        Names of the used tables to read; all of them if not given. With a choice, tables
        that are only counted are left out.

    Returns
    -------
    RawTables
        Frames whose columns are those of the schema, with the number of each record in its
        file as ``row``; days in days from the trial's baseline.

    Raises
    ------
    BadInput
        If no release is recognized, the ALSFRS table is missing or holds no day, or a file
        is no table.
    """
    chosen = None if tables is None else _checked_choice(tables)
    release = find_release(path)
    logs = {
        name: Log(table, release.files[name])
        for name, table in schema.tables().items()
        if name in release.files and (chosen is None or name in chosen)
    }
    used = [name for name, log in logs.items() if log.table.used]
    sizes = {name: release.size(name) for name in logs}
    in_order = sorted(logs, key=lambda name: (name not in used, -sizes[name]))
    # the largest table keeps one thread busy, all others the second
    with ThreadPoolExecutor(2) as threads:
        tasks = {name: threads.submit(_read_table, release, logs[name]) for name in in_order}
        frames, digests = {}, {}
        for name in used:
            report(f"reading {logs[name].file}")
            frames[name], digests[name] = tasks[name].result()
        for name in set(logs) - set(used):
            tasks[name].result()
    return _joined(release, logs, frames, digests, is_whole=chosen is None)


def _joined(
    release: Release,
    logs: dict[str, Log],
    frames: dict[str, pd.DataFrame],
    digests: dict[str, str],
    *,
    is_whole: bool,
) -> RawTables:
    """Return the frames with all that was written down while they were read."""
    in_order = list(logs.values())
    notes = [(table, note, NOTHING) for table, note in release.remarks]
    notes += _missing(release) if is_whole else []
    notes += _all_of(in_order, "notes")
    subjects = {log.table.name: log.subjects[0] for log in in_order if log.subjects}
    notes += remarks_on_subjects(subjects) + remarks_on_ends(frames) + remarks_on_days(frames)
    notes += remarks_on_line_ends(
        {name: end for log in in_order for name, end in log.has_end.items()}
    )
    return RawTables(
        release=release,
        source=source_of(release, digests, notes, _all_of(in_order, "subjects")),
        frames=frames,
        audit=_frame(_all_of(in_order, "audit"), AUDIT, AUDIT[2:]),
        failures=_frame(_all_of(in_order, "failures"), FAILURES, ["cells"]),
        counts=_frame(_all_of(in_order, "counts"), COUNTS, ["rows", "subjects"]),
        notes=_frame(notes, NOTES, []),
        names=merged([log.names for log in in_order]),
        unread={column: rows for log in in_order for column, rows in log.unread.items()},
    )


def _read_table(release: Release, log: Log) -> tuple[pd.DataFrame, str] | None:
    """Return frame and digest of a used table; of another write down rows and subjects only."""
    name = log.table.name
    if log.table.used:
        content = release.content(name)
        return make_frame(*split_table(content, log.table, log.file), log), digest_of(content)
    try:
        count_table(release.pieces(name), release.size(name), log)
    except BadInput as error:
        log.note(f"the table cannot be counted ({error})")
    return None


def _all_of(logs: list[Log], part: str) -> list:
    """Return what several logs hold of a kind, in their order."""
    return [entry for log in logs for entry in getattr(log, part)]


def _frame(entries: list, columns: Iterable[str], counts: Iterable[str]) -> pd.DataFrame:
    """Return a frame whose counts are whole numbers, even if it has no row."""
    return pd.DataFrame(entries, columns=list(columns)).astype(dict.fromkeys(counts, "int64"))


def _missing(release: Release) -> list[tuple]:
    """Return a note on each used table that the release should have and does not."""
    return [
        (name, "the table is missing", cost_of_table(name))
        for name, table in schema.tables_of(release.name).items()
        if table.used and name not in release.files
    ]


def _checked_choice(tables: Iterable[str]) -> set[str]:
    used = [name for name, table in schema.tables().items() if table.used]
    tables = set(tables)
    for name in tables:
        check_one_of(name, used, "read_release(tables=...)")
    return tables
