"""Put executed chapters together as a run: a folder that says what was computed and from what."""

import hashlib
import importlib.metadata
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from alsnb import __version__
from alsnb.book.chapters import settled
from alsnb.book.execute import Job
from alsnb.book.places import hide_place
from alsnb.book.unpack import Shown, unpack, write_files
from alsnb.checks import name_of, refuse, told_of
from alsnb.compute.digests import file_digest
from alsnb.compute.files import folder_being_made, write_atomically
from alsnb.settings import environment_digest, n_cores, top_folder

PACKAGES = (
    "tensorflow",
    "keras",
    "scikit-learn",
    "numpy",
    "scipy",
    "pandas",
    "stochtree",
    "lifelines",
    "shap",
    "seaborn",
    "matplotlib",
    "papermill",
    "jupyter-book",
    "myst-nb",
    "jupytext",
)
"""The packages whose versions a manifest names; the lock file, whose digest it holds, has all."""


def assemble(jobs: Sequence[Job], out: Path) -> Path:
    """Write the folder of a run from executed chapters that are in the store.

    The folder appears in one step when it is complete and takes the place of an earlier one
    of the same name. It holds ``manifest.json``, ``notebooks/``, ``tables/*.csv``,
    ``figures/*.svg`` and ``*.png``, ``values.json`` and ``spread.json``. Refused if something else
    than an earlier run lies there, or two chapters show different things under one name.
    """
    with told_of(name_of(out), expected="a folder that can be written"):
        return _assemble(jobs, out)


def _assemble(jobs: Sequence[Job], out: Path) -> Path:
    check_is_free(out)
    with folder_being_made(out.resolve(), check=check_is_free) as unfinished:
        shown = [_write_chapter(job, unfinished) for job in jobs]
        _check_names(jobs, shown)
        values = {name: fact for chapter in shown for name, fact in chapter.values.items()}
        raw = {name: fact["raw"] for name, fact in values.items()}
        write_atomically(unfinished / "values.json", _json(raw))
        spread = {name: f["spread"] for name, f in values.items() if f["spread"] is not None}
        spreads = {name: text for chapter in shown for name, text in chapter.spreads.items()}
        write_atomically(unfinished / "spread.json", _json({"values": spread, "tables": spreads}))
        write_atomically(unfinished / "manifest.json", _json(_manifest(jobs, shown, unfinished)))
    return out


def check_is_free(out: Path) -> None:
    """Raise :class:`alsnb.checks.BadInput` if writing a run there would destroy other files."""
    is_run = all((out / f"{name}.json").is_file() for name in ("manifest", "values", "spread"))
    if out.exists() and not is_run and not (out.is_dir() and not any(out.iterdir())):
        raise refuse(
            name_of(out),
            expected="a new folder, or that of an earlier run, which is replaced",
            found="other files",
            remedy="Name another folder with --out; nothing was touched.",
        )


def _check_names(jobs: Sequence[Job], shown: Sequence[Shown]) -> None:
    """Refuse two chapters that show something under the same name: one would be lost."""
    owner: dict[tuple[str, str], str] = {}
    for job, chapter in zip(jobs, shown, strict=True):
        for kind in ("values", "tables", "figures"):
            for name in getattr(chapter, kind):
                first = owner.setdefault((kind, name), job.entry.key)
                if first != job.entry.key:
                    raise refuse(
                        f"Chapter '{job.chapter.name}'",
                        expected=f"names for its {kind} that no other chapter uses",
                        found=f"'{name}', which another chapter shows too",
                        remedy="Rename one of them.",
                    )


def _write_chapter(job: Job, folder: Path) -> Shown:
    notebooks = folder / "notebooks"
    notebooks.mkdir(parents=True, exist_ok=True)
    stored = job.entry.folder / "notebook.ipynb"
    write_atomically(notebooks / f"{job.chapter.name}.ipynb", stored.read_bytes())
    shown = unpack(job.notebook())
    write_files(shown, folder)
    return shown


def _manifest(jobs: Sequence[Job], shown: Sequence[Shown], folder: Path) -> dict:
    chapters = {
        job.chapter.name: _chapter_facts(job, s) for job, s in zip(jobs, shown, strict=True)
    }
    files = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    return {
        "run": run_identity(jobs),
        "alsnb": __version__,
        "commit": commit(),
        "written": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "python": sys.version.split()[0],
        "packages": {name: importlib.metadata.version(name) for name in PACKAGES},
        "environment": environment_digest(),
        "cores": n_cores(),
        "data": {fact["name"]: fact for s in shown for fact in s.sources},
        "chapters": chapters,
        "files": {name: file_digest(folder / name) for name in files},
    }


def _chapter_facts(job: Job, shown: Shown) -> dict:
    parameters = settled(job.chapter, job.given)
    seeds = {name: value for name, value in parameters.items() if "seed" in name}
    return {
        "key": job.entry.key,
        "parameters": hide_place(parameters),
        "seeds": seeds,
        **job.record(),
        "data": [source["name"] for source in shown.sources],
        "values": sorted(shown.values),
        "tables": sorted(shown.tables),
        "figures": {name: figure["alt"] for name, figure in sorted(shown.figures.items())},
    }


def run_identity(jobs: Sequence[Job]) -> str:
    """Return ten characters that name what was computed, from which code, data and settings."""
    return hashlib.sha256("".join(job.entry.key for job in jobs).encode()).hexdigest()[:10]


def commit() -> str:
    """Return the commit the project is at, with ``+changes`` if files differ from it."""
    try:
        head = _git("rev-parse", "--short=12", "HEAD")
        return head + ("+changes" if _git("status", "--porcelain") else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _git(*words: str) -> str:
    command = ["git", "-C", str(top_folder()), *words]
    return subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", check=True
    ).stdout.strip()


def _json(facts: dict) -> str:
    return json.dumps(facts, indent=1, sort_keys=True, ensure_ascii=False)
