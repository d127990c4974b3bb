"""Read the tables of a release: every cell as text first, then coerced with a log of failures."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd
import pyarrow as pa

from alsnb.checks import BadInput, check_one_of
from alsnb.compute.progress import report
from alsnb.report.cards import card
from alsnb.tables.proact import schema
from alsnb.tables.proact.coercion import FAILURES
from alsnb.tables.proact.costs import NOTHING, cost_of_table
from alsnb.tables.proact.framing import Log, count_table, make_frame, split_table
from alsnb.tables.proact.origin import digest_of, source_of
from alsnb.tables.proact.release import Release, find_release
from alsnb.tables.proact.window import begin_reading
from alsnb.tables.source import Source

AUDIT = ("table", "rule", "rows_before", "rows_after", "values_changed", "patients_touched")
"""Columns of the account of rows; the cleaning continues it."""

COUNTS = ("table", "file", "rows", "subjects", "used")
"""Columns of the list of tables."""

FIRST = ("death", "alsfrs")
"""Tables on which it depends which laboratory results are wanted."""

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
    with ReleaseBeingRead(path, tables=tables) as reading:
        return reading.finished


class ReleaseBeingRead:
    """A release whose tables are read in threads; whoever asks for one waits for it.

    Stands in for :class:`RawTables` where tables are used one by one, while the largest is still
    being read. To be used in a ``with`` statement.

    Parameters
    ----------
    path, tables
        As of :func:`read_release`.
    labs_later : bool
        Whether laboratory results wait until :meth:`keep_labs` says which are wanted.
    """

    def __init__(
        self, path: str | Path, *, tables: Iterable[str] | None = None, labs_later: bool = False
    ) -> None:
        chosen = None if tables is None else _checked_choice(tables)
        self.release = find_release(path)
        self._is_whole = chosen is None
        self._labs_later = labs_later
        wanted = {name for name in self.release.files if chosen is None or name in chosen}
        logs = {name: Log(schema.tables()[name], self.release.files[name]) for name in wanted}
        self._logs = {name: logs[name] for name in schema.tables() if name in logs}
        self._made: dict[str, pd.DataFrame] = {}
        self._labs: Callable[[], pd.DataFrame] | None = None
        used = [name for name in self._logs if self._is_used(name)]
        self.frames: Mapping[str, pd.DataFrame] = FramesOnDemand(used, self._frame)

    def __enter__(self) -> "ReleaseBeingRead":
        self._threads = ThreadPoolExecutor(2)
        self._contents = _contents(self.release, self._logs)
        self._tables: dict[str, Future] = {}
        self._digests: dict[str, Future] = {}
        for name in self._in_order():
            if name != "labs" or not self._labs_later:
                self._begin(name)
        if not self._labs_later:
            self._begin_rest()
        return self

    def _in_order(self) -> list[str]:
        """Return the used tables in the order of reading.

        The largest keeps one thread busy, while the other goes from those that decide which
        laboratory results are wanted to others, from small to large.
        """
        sizes = {name: self._contents[name].size for name in self.frames if name in self._contents}
        others = sizes.keys() - {"labs"} if self._labs_later else sizes
        largest = max(others, key=sizes.get, default=None)
        return sorted(sizes, key=lambda name: (name != largest, name not in FIRST, sizes[name]))

    def _begin(self, name: str) -> None:
        content = self._contents[name]
        self._tables[name] = self._threads.submit(_read_table, content, self._logs[name])

    def _begin_rest(self) -> None:
        """Begin what nobody waits for but :attr:`finished`: digests, and tables only counted."""
        for name in sorted(self._contents, key=lambda name: -self._contents[name].size):
            if not self._is_used(name) and name not in self._tables:
                self._begin(name)
            if self._is_used(name) and name not in self._digests:
                self._digests[name] = self._threads.submit(digest_of, self._contents[name])

    def __exit__(self, *error: object) -> None:
        self._threads.shutdown(cancel_futures=True)

    @cached_property
    def finished(self) -> RawTables:
        """All tables, after waiting for those that nobody has asked for."""
        frames = dict(self.frames)
        self._begin_rest()
        wait(self._tables.values())
        in_order = list(self._logs.values())
        notes = [(table, note, NOTHING) for table, note in self.release.remarks]
        notes += _missing(self.release) if self._is_whole else []
        notes += _all_of(in_order, "notes")
        digests = {name: digest.result() for name, digest in self._digests.items()}
        return RawTables(
            release=self.release,
            source=source_of(self.release, digests, notes, _all_of(in_order, "subjects")),
            frames=frames,
            audit=_frame(_all_of(in_order, "audit"), AUDIT, AUDIT[2:]),
            failures=_frame(_all_of(in_order, "failures"), FAILURES, ["cells"]),
            counts=_frame(_all_of(in_order, "counts"), COUNTS, ["rows", "subjects"]),
            notes=_frame(notes, NOTES, []),
        )

    def _is_used(self, name: str) -> bool:
        return self._logs[name].table.used

    def keep_labs(self, window: pd.DataFrame) -> None:
        """Leave laboratory results of other days out, before anybody asks for them.

        The window is indexed by ``subject_id`` and has the days ``first`` and ``last``, both
        included; a subject who is not there has no day.
        """
        if "labs" in self._contents:
            content, file = self._contents["labs"], self.release.files["labs"]
            # if the whole table is already being read, that is left alone and its log with it
            log = self._logs["labs"] = Log(schema.tables()["labs"], file)
            self._labs = begin_reading(content, log, window, self._threads)
        if self._labs_later:
            self._begin_rest()

    def _frame(self, name: str) -> pd.DataFrame:
        if name not in self._made:
            log = self._logs[name]
            report(f"reading {log.file}")
            in_window = name == "labs" and self._labs is not None
            if not in_window and name not in self._tables:
                self._begin(name)
            self._made[name] = self._labs() if in_window else self._tables[name].result()
        return self._made[name]


class FramesOnDemand(Mapping):
    """Frames of tables by name; asking for one makes it, or waits until it is there."""

    def __init__(self, names: Iterable[str], get: Callable[[str], pd.DataFrame]) -> None:
        self._names = list(names)
        self._get = get

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self._names:
            raise KeyError(name)
        return self._get(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _read_table(content: pa.Buffer, log: Log) -> pd.DataFrame | None:
    """Return the frame of a used table; of another write down rows and subjects only."""
    try:
        part = split_table(content, log.table, log.file)
    except BadInput as error:
        _note_if_unused(log, error)
        return None
    if log.table.used:
        return make_frame(*part, log)
    count_table(*part, log)
    return None


def _contents(release: Release, logs: dict[str, Log]) -> dict[str, pa.Buffer]:
    contents = {}
    for name in schema.tables():
        if name in logs:
            try:
                contents[name] = release.content(name)
            except BadInput as error:
                _note_if_unused(logs[name], error)
    return contents


def _note_if_unused(log: Log, error: BadInput) -> None:
    """Raise what is wrong with a file, unless its table is only counted."""
    if log.table.used:
        raise error
    log.note(f"the table cannot be counted ({error})")


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
