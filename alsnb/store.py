"""Compute nothing twice: results kept by the code, the data and the settings they came from.

An entry is a folder that appears in one step, complete, under a name that contains its key.
The key digests everything the result depends on, so an entry is never out of date: when
something changes the key changes, and the old entry is simply no longer asked for.
"""

import ast
import dataclasses
import functools
import hashlib
import inspect
import json
import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
from filelock import FileLock

from alsnb.settings import environment_digest, store_folder

PACKAGE = Path(__file__).resolve().parent


# --- digests -----------------------------------------------------------------------------


def digest(value: object) -> str:
    """Return the SHA-256 of a value's content.

    Parameters
    ----------
    value
        A frame, series or array (its cells and labels), a dataclass, or any nesting of
        dictionaries, lists, tuples, strings, numbers and None.

    Raises
    ------
    TypeError
        If the value has no content that could be digested, such as a function.
    """
    if isinstance(value, pd.DataFrame | pd.Series):
        hashes = pd.util.hash_pandas_object(value).to_numpy()
        labels = list(value.columns) if isinstance(value, pd.DataFrame) else [value.name]
        return digest([hashes, [str(label) for label in labels]])
    if isinstance(value, np.ndarray):
        content = np.ascontiguousarray(value).tobytes()
        return hashlib.sha256(f"{value.dtype}{value.shape}".encode() + content).hexdigest()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
        return digest([type(value).__qualname__, fields])
    if isinstance(value, dict):
        return digest([[str(name), digest(value[name])] for name in sorted(value, key=str)])
    if isinstance(value, list | tuple):
        return digest("[" + ",".join(digest(item) for item in value) + "]")
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, str | int | float | bool | Path):
        return hashlib.sha256(f"{type(value).__name__}:{value}".encode()).hexdigest()
    raise TypeError(f"a {type(value).__name__} cannot be part of a stored result's key")


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def code_digest(*modules: str) -> str:
    """Return a digest of modules of ``alsnb`` and of all they import from it.

    Comments, layout and docstrings do not count; data files beside a module do.

    Parameters
    ----------
    *modules : str
        Dotted names, such as ``"alsnb.evaluation.scores"``.
    """
    paths = sorted(_reachable(modules))
    return digest([[path.name, _module_digest(path)] for path in paths])


def _reachable(modules: tuple[str, ...]) -> set[Path]:
    """Return the files of the modules and of everything they import from the package."""
    reached: set[Path] = set()
    waiting = [path for module in modules for path in _module_files(module)]
    while waiting:
        path = waiting.pop()
        if path not in reached:
            reached.add(path)
            found = imported_modules(path.read_text()) if path.suffix == ".py" else ()
            waiting += [file for module in found for file in _module_files(module)]
    return reached


def imported_modules(source: str) -> set[str]:
    """Return the modules of ``alsnb`` that a piece of Python imports, at any depth of nesting."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in found if name.split(".")[0] == PACKAGE.name}


def _module_files(module: str) -> list[Path]:
    """Return a module's own file, the packages above it, and data files that lie beside it."""
    parts = module.split(".")[1:]
    packages = [PACKAGE.joinpath(*parts[:depth]) for depth in range(len(parts) + 1)]
    files = [folder / "__init__.py" for folder in packages]
    files.append(PACKAGE.joinpath(*parts).with_suffix(".py") if parts else files[0])
    found = [file for file in files if file.is_file()]
    return found + _data_beside(found[-1])


def _data_beside(path: Path) -> list[Path]:
    return sorted(path.parent.glob("*.txt"))


@functools.lru_cache(maxsize=512)
def _parsed(path: Path, _modified: int) -> str:
    if path.suffix != ".py":
        return file_digest(path)
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and _is_text(body[0]):
            node.body = body[1:]
    return digest(ast.dump(tree))


def _is_text(statement: ast.AST) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _module_digest(path: Path) -> str:
    return _parsed(path, path.stat().st_mtime_ns)


# --- entries -----------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Entry:
    """One stored result: its kind, its name, its key and the folder that holds its files."""

    kind: str
    name: str
    key: str

    @property
    def folder(self) -> Path:
        """The folder of the entry; it exists only when the entry is complete."""
        return store_folder() / self.kind / f"{self.name}-{self.key[:16]}"

    def exists(self) -> bool:
        """Return whether the result is there."""
        return (self.folder / "entry.json").is_file()

    def facts(self) -> dict:
        """Return what was written down when the result was stored."""
        return json.loads((self.folder / "entry.json").read_text())


@contextmanager
def being_made(entry: Entry, **facts: object) -> Iterator[Path]:
    """Give a folder to write the entry's files into; move it into place when all went well.

    Parameters
    ----------
    entry : Entry
        The entry to make. If another process made it meanwhile, theirs is kept.
    **facts
        What to write down beside the files, for :func:`entries`.
    """
    workshop = store_folder() / "unfinished" / uuid.uuid4().hex
    workshop.mkdir(parents=True)
    began = time.time()
    try:
        yield workshop
        made = {"name": entry.name, "key": entry.key, "seconds": round(time.time() - began, 3)}
        write_atomically(workshop / "entry.json", json.dumps(made | facts, indent=1))
        entry.folder.parent.mkdir(parents=True, exist_ok=True)
        if entry.folder.exists() and not entry.exists():
            shutil.rmtree(entry.folder)
        if not entry.folder.exists():
            workshop.rename(entry.folder)
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def lock_of(entry: Entry) -> FileLock:
    """Return the lock that keeps two processes from computing the same entry at once."""
    folder = store_folder() / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    return FileLock(folder / f"{entry.key[:32]}.lock")


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a file so that it is either the old one or the new one, whenever the power fails."""
    content = content.encode() if isinstance(content, str) else content
    unfinished = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    with unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def entries() -> pd.DataFrame:
    """Return what the store holds: kind, name, key, seconds it took, megabytes, and age in days."""
    columns = ["kind", "name", "key", "seconds", "megabytes", "days_old"]
    rows = []
    for facts_file in sorted(store_folder().glob("*/*/entry.json")):
        facts = json.loads(facts_file.read_text())
        size = sum(file.stat().st_size for file in facts_file.parent.rglob("*") if file.is_file())
        age = (time.time() - facts_file.stat().st_mtime) / 86_400
        kind = facts_file.parent.parent.name
        rows.append([kind, facts["name"], facts["key"][:16], facts["seconds"], size / 1e6, age])
    return pd.DataFrame(rows, columns=columns)


def empty() -> int:
    """Remove all that is stored and return how many entries there were."""
    count = len(entries())
    shutil.rmtree(store_folder(), ignore_errors=True)
    return count


# --- stored functions --------------------------------------------------------------------


def stored(function: Callable | None = None, *, regardless_of: tuple[str, ...] = ()) -> Callable:
    """Make a function that returns a frame look its result up before computing it.

    The key covers the function's module with all it imports from ``alsnb``, every argument's
    content, and the environment.

    Parameters
    ----------
    function : callable
        A function whose result is a DataFrame and depends on its arguments alone.
    regardless_of : tuple of str
        Arguments that cannot change the result, such as how many processes share the work.
    """
    if function is None:
        return functools.partial(stored, regardless_of=regardless_of)
    signature = inspect.signature(function)

    @functools.wraps(function)
    def look_up_or_compute(*args: object, **kwargs: object) -> pd.DataFrame:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        inputs = {name: v for name, v in bound.arguments.items() if name not in regardless_of}
        entry = entry_of("results", function.__name__, [function.__module__], inputs)
        return _recall(entry, lambda: function(*args, **kwargs))

    return look_up_or_compute


def entry_of(kind: str, name: str, modules: list[str], inputs: object) -> Entry:
    """Return the entry of a result: the one place where it is decided what is out of date."""
    return Entry(
        kind, name, digest([name, code_digest(*modules), digest(inputs), environment_digest()])
    )


def _recall(entry: Entry, compute: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    path = entry.folder / "frame.parquet"
    if not entry.exists():
        with lock_of(entry):
            if not entry.exists():
                with being_made(entry) as workshop:
                    compute().to_parquet(workshop / "frame.parquet")
    return pd.read_parquet(path)
