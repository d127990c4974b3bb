"""Tell whether two values, or two states of the library's code, are the same.

The keys of :mod:`alsnb.compute.store` are made of these digests.
"""

import ast
import dataclasses
import functools
import hashlib
from pathlib import Path

import numpy as np
import pandas as pd

PACKAGE = Path(__file__).resolve().parent.parent

SPEAKERS = ("refuse", "report", "BadInput")
"""Calls whose arguments are words for people; a result does not depend on them."""

DATA_ENDINGS = (".csv", ".json", ".txt", ".yaml")
"""Files with these endings that lie beside a module are part of what it computes."""


def digest(value: object) -> str:
    """Return the SHA-256 of a value's content.

    That is a frame, series or array (its cells, their types and labels), a dataclass, or any
    nesting of dictionaries, lists, tuples, strings, numbers and None. What has no content that
    could be digested, such as a function or a path, is a TypeError: pass what the file holds.
    """
    if isinstance(value, pd.DataFrame):
        columns = [_cells(value.iloc[:, place]) for place in range(value.shape[1])]
        return digest(["frame", _cells(value.index), list(value.columns), columns])
    if isinstance(value, pd.Series):
        return digest(["series", _cells(value.index), value.name, _cells(value)])
    if isinstance(value, np.ndarray) and value.dtype.hasobject:
        return digest(["objects", list(value.shape), value.ravel().tolist()])
    if isinstance(value, np.ndarray):
        content = np.ascontiguousarray(value).tobytes()
        return hashlib.sha256(f"{value.dtype}{value.shape}".encode() + content).hexdigest()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
        return digest([type(value).__qualname__, fields])
    if isinstance(value, dict):
        return digest_of_items({name: digest(item) for name, item in value.items()})
    if isinstance(value, list | tuple):
        return digest("[" + ",".join(digest(item) for item in value) + "]")
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, str | int | float | bool):
        return hashlib.sha256(f"{type(value).__name__}:{value}".encode()).hexdigest()
    raise TypeError(f"a {type(value).__name__} cannot be part of a stored result's key")


def digest_of_items(digests: dict[str, str]) -> str:
    """Return the digest of a dictionary from the digests of its items."""
    return digest(["dict", sorted([digest(name), seen] for name, seen in digests.items())])


def _cells(values: pd.Series | pd.Index) -> str:
    """Return a digest of cells and of what pandas takes them for."""
    hashes = pd.util.hash_pandas_object(values, index=False).to_numpy()
    kinds: list = [str(values.dtype)]
    if values.dtype == object and values.ndim == 1:
        # pandas hashes cells of mixed types as their text, in which 1 and "1" are the same
        kinds += [type(cell).__name__ for cell in values]
    if isinstance(values.dtype, pd.CategoricalDtype):
        kinds += [list(values.dtype.categories), values.dtype.ordered]
    return digest([hashes, getattr(values, "names", None) and list(values.names), kinds])


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def code_digest(*modules: str) -> str:
    """Return a digest of modules of ``alsnb`` (dotted names) and of all they import from it.

    Comments, layout, docstrings and the words of refusals and of progress do not count, nor
    does the list of public names. Data files beside a module do: one of the module's name
    belongs to that module, one of no module's name to all in its folder. A module that is not of
    ``alsnb`` is a ValueError: nothing would notice that it changed.
    """
    for module in modules:
        if module.split(".")[0] != PACKAGE.name:
            raise ValueError(f"'{module}' is outside {PACKAGE.name}; changes in it go unnoticed")
    paths = sorted(_reachable(modules))
    return digest([[path.name, _parsed(path, path.stat().st_mtime_ns)] for path in paths])


def _reachable(modules: tuple[str, ...]) -> set[Path]:
    """Return the files of the modules and of everything they import from the package."""
    reached: set[Path] = set()
    asked, waiting = set(modules), list(modules)
    while waiting:
        files = [path for path in _module_files(waiting.pop()) if path not in reached]
        reached.update(files)
        sources = [path for path in files if path.suffix == ".py"]
        found = {name for path in sources for name in _imported(path, path.stat().st_mtime_ns)}
        waiting += found - asked
        asked |= found
    return reached


def imported_modules(source: str) -> set[str]:
    """Return the modules of ``alsnb`` that a piece of Python imports, at any depth of nesting.

    A public name that is used as ``alsnb.NAME`` stands for the module that it is loaded from.
    """
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == PACKAGE.name:
            found |= {_public_names(PACKAGE).get(node.attr, PACKAGE.name)}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in found if name.split(".")[0] == PACKAGE.name}


@functools.cache
def _public_names(package: Path) -> dict[str, str]:
    """Return the module behind each public name, as the package's own file lists them."""
    for statement in ast.parse((package / "__init__.py").read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.Assign) and statement.targets[0].id == "_NAMES":
            return ast.literal_eval(statement.value)
    return {}


def _module_files(module: str) -> list[Path]:
    """Return a module's own file, the packages above it, and the data files that are its own."""
    parts = module.split(".")[1:]
    # the package's own __init__ lists what is public; a new name there changes no result
    packages = [PACKAGE.joinpath(*parts[:depth]) for depth in range(1, len(parts) + 1)]
    files = [folder / "__init__.py" for folder in packages]
    files += [PACKAGE.joinpath(*parts).with_suffix(".py")] if parts else []
    found = [file for file in files if file.is_file()]
    return found + _data_beside(found[-1]) if found else []


def _data_beside(path: Path) -> list[Path]:
    """Return the data files of a module: those of its name, and those of no module's name."""
    found = sorted(file for file in path.parent.iterdir() if file.suffix in DATA_ENDINGS)
    return [
        file for file in found if file.stem == path.stem or not file.with_suffix(".py").is_file()
    ]


@functools.lru_cache(maxsize=2048)
def _imported(path: Path, _modified: int) -> set[str]:
    return imported_modules(path.read_text(encoding="utf-8"))


@functools.lru_cache(maxsize=2048)
def _parsed(path: Path, _modified: int) -> str:
    if path.suffix != ".py":
        return file_digest(path)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [statement for statement in body if not _is_text(statement)]
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in SPEAKERS:
            node.args, node.keywords = [], []
    return digest(ast.dump(tree))


def _is_text(statement: ast.AST) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )
