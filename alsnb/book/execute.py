"""Execute chapters in parallel, each at most once, and say how far it is."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

from filelock import Timeout

from alsnb.book.chapters import Chapter, check_parameters, execution, read_chapter
from alsnb.book.places import hide_place
from alsnb.book.unpack import read_notebook
from alsnb.compute.progress import PROGRESS_VARIABLE
from alsnb.compute.store import Entry, being_made, facts_in, lock_of, told_of_store, unfinished
from alsnb.settings import CORES_VARIABLE, ONE_THREAD, n_cores, store_folder, top_folder

SECONDS_BETWEEN_LOOKS = 0.2

TIMES_AS_LONG = {"smoke": 0.35, "book": 1.0, "full": 2.4}
"""How long all chapters take by profile, the book's being one: for a first guess."""


class ChapterFailed(RuntimeError):
    """A chapter that did not run through; the message names it, the cell and the error."""


@dataclass
class Job:
    """One chapter (its file) to be executed with the parameters that differ from its defaults."""

    path: Path
    given: dict = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.chapter: Chapter = read_chapter(self.path)
        self.given = {k: v for k, v in self.given.items() if v is not None}
        check_parameters(self.chapter, self.given)
        self.entry: Entry = execution(self.chapter, self.given)

    def notebook(self):
        """Return the executed notebook."""
        return read_notebook(self.entry.folder / "notebook.ipynb")

    def record(self) -> dict:
        """Return seconds and peak memory of the execution."""
        return json.loads((self.entry.folder / "record.json").read_text(encoding="utf-8"))

    def expected_seconds(self) -> float:
        """Return about how long it takes: as last time, or as header and profile say."""
        earlier = (store_folder() / self.entry.kind).glob(f"{self.chapter.name}-*/entry.json")
        facts = [facts_in(p.parent) for p in sorted(earlier, key=lambda p: p.stat().st_mtime)]
        seconds = [f["seconds"] for f in facts if f.get("given") == hide_place(self.given)]
        if seconds:
            return seconds[-1]
        as_long = TIMES_AS_LONG.get(self.given.get("profile", "book"), 1)
        return 60 * self.chapter.minutes * as_long


def execute(
    jobs: Sequence[Job], *, n_jobs: int | None = None, say: Callable[[str], None] | None = None
) -> list[Job]:
    """Execute every job whose result is not in the store yet, and return those jobs.

    They start in their order, ``n_jobs`` at once, by default as many as there are cores; ``say``
    is given each new progress line, by default :func:`say_on_terminal`. If a chapter raised an
    error or wrote to the error stream, :class:`ChapterFailed` says so when all others are done.
    """
    waiting = [job for job in jobs if not job.entry.exists()]
    executed, failures = list(waiting), []
    crew = _Crew(waiting, say or say_on_terminal, n_jobs or n_cores())
    try:
        with told_of_store():
            while crew.waiting or crew.running:
                failures += crew.work()
                crew.tell()
                time.sleep(SECONDS_BETWEEN_LOOKS if crew.running or crew.waiting else 0)
    finally:
        crew.stop()
    if failures:
        raise ChapterFailed("\n\n".join(failures))
    return executed


class _Execution:
    """A chapter that is being executed by a worker process."""

    def __init__(self, job: Job, n_cores: int) -> None:
        self.job, self.n_cores, self.began = job, n_cores, time.time()
        self.stack = ExitStack()
        # to wait here while holding the locks of other chapters could be to wait for ever
        self.stack.enter_context(lock_of(job.entry).acquire(timeout=0))
        self.folder = self.stack.enter_context(unfinished())
        self.process = None if job.entry.exists() else self._start()

    def _start(self) -> subprocess.Popen:
        facts = {
            "chapter": str(self.job.path.resolve()),
            "parameters": self.job.given,
            "folder": str(self.folder),
        }
        (self.folder / "job.json").write_text(json.dumps(facts), encoding="utf-8")
        log = self.stack.enter_context((self.folder / "log.txt").open("w", encoding="utf-8"))
        return subprocess.Popen(
            [sys.executable, "-m", "alsnb.book.worker", str(self.folder / "job.json")],
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=top_folder(),
            env=os.environ
            | {PROGRESS_VARIABLE: str(self.folder / "progress.txt")}
            | {CORES_VARIABLE: str(self.n_cores)}
            | ONE_THREAD,
        )

    def finished(self) -> bool:
        """Return whether the worker has ended, however it did."""
        return self.process is None or self.process.poll() is not None

    def doing(self) -> str:
        """Return what the chapter last said it computes."""
        progress = self.folder / "progress.txt"
        return progress.read_text(encoding="utf-8") if progress.exists() else "starting"

    def settle(self) -> list[str]:
        """Move the result into the store; return what went wrong, if anything."""
        with self.stack:
            if self.process is None:
                return []
            if self.process.returncode != 0:
                return [f"Chapter '{self.job.chapter.name}' failed. {self._reason()}"]
            seconds = time.time() - self.began
            given = hide_place(self.job.given)
            with being_made(self.job.entry, given=given, seconds=seconds) as workshop:
                for name in ("notebook.ipynb", "record.json"):
                    (workshop / name).write_bytes((self.folder / name).read_bytes())
            return []

    def _reason(self) -> str:
        for name in ("failure.txt", "log.txt"):
            file = self.folder / name
            text = file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""
            if text.strip():
                return text
        return f"Its process ended with status {self.process.returncode} and said nothing."

    def stop(self) -> None:
        """End the worker and leave nothing of it."""
        with self.stack:
            if self.process and self.process.poll() is None:
                self.process.terminate()
                self.process.wait()


@dataclass
class _Crew:
    """Who waits, who runs and who is done, and the line that says so."""

    waiting: list[Job]
    say: Callable[[str], None]
    size: int
    running: list[_Execution] = field(default_factory=list)
    done: list[Job] = field(default_factory=list)

    def work(self) -> list[str]:
        """Settle what has ended, start what there is room for; return what went wrong."""
        failures = []
        for ended in [running for running in self.running if running.finished()]:
            self.running.remove(ended)
            failures += ended.settle()
            self.done.append(ended.job)
        for job in self.waiting[:]:
            # a chapter that another process executes is looked at again later
            with suppress(Timeout):
                if len(self.running) < self.size:
                    self.running.append(_Execution(job, self._share()))
                    self.waiting.remove(job)
        return failures

    def _share(self) -> int:
        """Return how many cores the next chapter gets: one each, if there are as many chapters."""
        at_once = min(self.size, len(self.waiting) + len(self.running))
        return max(n_cores() // at_once, 1)

    def stop(self) -> None:
        """End what still runs, after an interruption."""
        for running in self.running:
            running.stop()

    def tell(self) -> None:
        """Say what runs and about how long the rest takes."""
        now = time.time()
        total = len(self.waiting) + len(self.running) + len(self.done)
        doing = ", ".join(
            f"{r.job.chapter.name} ({r.doing()}, {now - r.began:.0f} s)" for r in self.running
        )
        if self.waiting and not self.running:
            doing = "waiting for a chapter that another process executes"
        rest = _about(self._seconds_left(now)) if self.running or self.waiting else "done"
        self.say(
            f"chapters {len(self.done)}/{total}" + (f" | {doing}" if doing else "") + f" | {rest}"
        )

    def _seconds_left(self, now: float) -> float:
        running = [max(r.job.expected_seconds() - (now - r.began), 1) for r in self.running]
        waiting = [job.expected_seconds() for job in self.waiting]
        return max([*running, *waiting, (sum(running) + sum(waiting)) / n_cores()])


def _about(seconds: float) -> str:
    return f"about {seconds / 60:.0f} min left" if seconds > 90 else f"about {seconds:.0f} s left"


def _line_writer() -> Callable[[str], None]:
    last = {"line": "", "time": 0.0}

    def say(line: str) -> None:
        now, terminal = time.time(), sys.stdout.isatty()
        head = line.split("|")[0]
        due = now - last["time"] > (1 if terminal else 30) or head != last["line"]
        if not due:
            return
        last.update(line=head, time=now)
        end = "\n" if not terminal or line.endswith("done") else ""
        sys.stdout.write((f"\r\033[K{line}" if terminal else line) + end)
        sys.stdout.flush()

    return say


say_on_terminal = _line_writer()
"""Write a progress line: over itself on a terminal, now and then a new one in a log."""


def jobs_for(paths: Sequence[Path], given: Mapping[str, object] | None = None) -> list[Job]:
    """Return one job per chapter, each with those of the parameters that it declares.

    A parameter that no chapter declares, or of another type, is refused.
    """
    given = dict(given or {})
    jobs, used = [], set()
    for path in paths:
        own = {name: given[name] for name in read_chapter(path).parameters if name in given}
        used |= set(own)
        jobs.append(Job(path, own))
    if set(given) - used:
        check_parameters(read_chapter(paths[0]), {n: given[n] for n in given if n not in used})
    return jobs
