"""Read the tables of a release: every cell as text first, then coerced with a log of failures."""

import hashlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa

from alsnb.checks import BadInput, check_one_of
from alsnb.progress import report
from alsnb.tables.proact import schema
from alsnb.tables.proact.coercion import FAILURES
from alsnb.tables.proact.costs import NOTHING, cost_of_table
from alsnb.tables.proact.framing import (
    Log,
    count_table,
    make_frame,
    merged,
    split_table,
)
from alsnb.tables.proact.release import Release, find_release
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
    """

    release: Release
    source: Source
    frames: dict[str, pd.DataFrame]
    audit: pd.DataFrame
    failures: pd.DataFrame
    counts: pd.DataFrame
    notes: pd.DataFrame


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
    wanted = {name for name in release.files if chosen is None or name in chosen}
    frames, digests, logs = _read_files(release, wanted)
    remarks = [(table, note, NOTHING) for table, note in release.remarks]
    known = Log(notes=remarks + (_missing(release) if chosen is None else []))
    in_order = [name for name in schema.tables() if name in logs]
    log = merged([known, *(logs[name] for name in in_order)])
    return RawTables(
        release=release,
        source=_source(release, digests, log),
        frames={name: frames[name] for name in in_order if name in frames},
        audit=_typed(pd.DataFrame(log.audit, columns=list(AUDIT)), AUDIT[2:]),
        failures=_typed(pd.DataFrame(log.failures, columns=list(FAILURES)), ["cells"]),
        counts=_typed(pd.DataFrame(log.counts, columns=list(COUNTS)), ["rows", "subjects"]),
        notes=pd.DataFrame(log.notes, columns=list(NOTES)),
    )


def _read_files(
    release: Release, wanted: set[str]
) -> tuple[dict[str, pd.DataFrame], dict[str, str], dict[str, Log]]:
    """Return the frames, the digests of the files and what was found, by table.

    One thread splits a file, the largest first, while another makes the frame of the one
    before and a third digests its bytes; most of that work lets the others run.
    """
    contents = {name: release.content(name) for name in wanted}
    largest_first = sorted(wanted, key=lambda name: (-contents[name].size, name))
    tables, files = schema.tables(), release.files
    frames: dict[str, pd.DataFrame] = {}
    logs = {name: Log() for name in wanted}
    with ThreadPoolExecutor(1) as splitter, ThreadPoolExecutor(1) as digester:
        parts = {
            name: splitter.submit(split_table, contents[name], tables[name], files[name])
            for name in largest_first
        }
        digests = {
            name: digester.submit(_digest, contents[name])
            for name in largest_first
            if tables[name].used
        }
        for name in largest_first:
            report(f"reading {files[name]}")
            make = make_frame if tables[name].used else count_table
            try:
                frame = make(*parts.pop(name).result(), tables[name], files[name], logs[name])
            except BadInput as error:
                if tables[name].used:
                    raise
                note = f"the table cannot be counted ({error})"
                logs[name].notes.append((name, note, NOTHING))
                continue
            if frame is not None:
                frames[name] = frame
        return frames, {name: digest.result() for name, digest in digests.items()}, logs


def _typed(frame: pd.DataFrame, counts: Iterable[str]) -> pd.DataFrame:
    """Return a frame whose counts are whole numbers, even if it has no row."""
    return frame.astype(dict.fromkeys(counts, "int64"))


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


def _digest(content: pa.Buffer) -> str:
    return hashlib.sha256(content).hexdigest()


def _source(release: Release, digests: dict[str, str], log: Log) -> Source:
    """Return where the tables came from; the digest is the same for a folder and its zip."""
    parts = "".join(f"{name}:{digests[name]}\n" for name in sorted(digests))
    behind = "simulated: no patient behind any row"
    return Source(
        name=f"proact{release.name.lower()}",
        kind="simulated" if release.simulated else "user",
        title=f"PRO-ACT, release {release.name}, "
        + (behind if release.simulated else "the reader's own download"),
        n_patients=log.n_patients(),
        sha256=hashlib.sha256(parts.encode()).hexdigest(),
        citations=("proact",),
        file_name=release.path.name,
        notes=tuple(f"{table}: {note}" if table else note for table, note, _ in log.notes),
    )
