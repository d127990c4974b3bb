"""Read a chapter: its code, the parameters a reader may alter, and the data it is built on."""

import ast
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import jupytext
import yaml
from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode

from alsnb.checks import check_one_of, listed, refuse
from alsnb.compute.digests import file_digest, imported_modules
from alsnb.compute.store import Entry, entry_of
from alsnb.effort import PROFILES
from alsnb.imaging.folder import find_imaging
from alsnb.imaging.mice import find_mice
from alsnb.outcomes import RULES, SCALES
from alsnb.settings import top_folder
from alsnb.tables.dream import find_dream
from alsnb.tables.proact.folder import find_proact
from alsnb.tables.proact.schema import RELEASES

FINDERS: dict[str, Callable[[Mapping], Path | None]] = {
    "dream2012": lambda parameters: find_dream(str(parameters.get("dream_file", ""))),
    "proact": lambda parameters: find_proact(str(parameters.get("data_dir", ""))),
    "imaging": lambda parameters: find_imaging(str(parameters.get("imaging_dir", ""))),
    "mice": lambda parameters: find_mice(str(parameters.get("imaging_dir", ""))),
}
"""How to find the file or folder behind each data set a chapter may name in its header."""

TYPES = {"int": int, "float": float, "str": str, "bool": bool}
"""The types a parameter may have, by the word that declares them."""

CHOICES: dict[str, Sequence[str]] = {
    "profile": PROFILES,
    "release": RELEASES,
    "rule": RULES,
    "scale": tuple(SCALES),
}
"""The values of parameters that have few, by the names they have in every chapter."""


@dataclass(frozen=True)
class Parameter:
    """A setting of a chapter that a reader may alter: ``name: type = default  # help``."""

    name: str
    type: str
    default: object
    help: str

    def __str__(self) -> str:
        return f"{self.name}: {self.type} = {self.default!r} ({self.help})"


@dataclass(frozen=True)
class Chapter:
    """A page of the book that computes.

    ``name`` is the file's without its ending, such as ``"10-dream"``; ``notebook`` has no outputs;
    ``parameters`` are what the cell of that tag declares; ``data`` are the data sets named in the
    header (``alsnb: {data: [...]}``); ``minutes`` is about how long it takes on two cores the first
    time, for the progress line.
    """

    name: str
    notebook: NotebookNode
    parameters: dict[str, Parameter]
    data: tuple[str, ...]
    minutes: float

    def code(self) -> list[str]:
        """Return the source of every code cell, in order."""
        return [cell.source for cell in self.notebook.cells if cell.cell_type == "code"]


def read_chapter(path: Path) -> Chapter:
    """Read a chapter from its MyST Markdown file."""
    return as_chapter(jupytext.read(path, fmt="md:myst"), Path(path).stem)


def as_chapter(notebook: NotebookNode, name: str) -> Chapter:
    """Return a chapter that was read as a notebook, which is completed in place."""
    notebook.metadata.kernelspec["language"] = "python"  # papermill asks for it
    for cell in notebook.cells:
        cell.metadata.setdefault("tags", [])
    header = notebook.metadata.get("alsnb", {})
    return Chapter(
        name=name,
        notebook=notebook,
        parameters={parameter.name: parameter for parameter in _declared(notebook)},
        data=tuple(header.get("data", ())),
        minutes=float(header.get("minutes", 0.5)),
    )


def _declared(notebook: NotebookNode) -> list[Parameter]:
    """Return what the cell tagged ``parameters`` declares."""
    sources = [c.source for c in notebook.cells if "parameters" in c.metadata["tags"]]
    found = []
    for statement in ast.parse("\n".join(sources)).body:
        line = "\n".join(sources).splitlines()[statement.end_lineno - 1].encode()
        explanation = line[statement.end_col_offset :].decode().lstrip(" #")
        default = ast.literal_eval(statement.value)
        found.append(Parameter(statement.target.id, statement.annotation.id, default, explanation))
    return found


def is_chapter(path: Path) -> bool:
    """Return whether a page computes: it is Markdown whose header names a kernel."""
    if path.suffix != ".md" or not path.is_file():
        return False
    head, _, _ = path.read_text(encoding="utf-8").removeprefix("---\n").partition("\n---\n")
    return path.read_text(encoding="utf-8").startswith("---\n") and "\nkernelspec:" in f"\n{head}"


def book_chapters() -> list[Path]:
    """Return the files of all chapters, in the order of the contents; refuse without a checkout."""
    if not (top_folder() / "_toc.yml").is_file():
        raise refuse(
            "The book",
            expected="a checkout of the project, where its chapters are",
            found="the installed library alone",
            remedy="Clone the project and install it from there with 'make env'.",
        )
    contents = yaml.safe_load((top_folder() / "_toc.yml").read_text(encoding="utf-8"))
    pages = [top_folder() / "book" / f"{name}.md" for name in _pages(contents)]
    return [path for path in pages if is_chapter(path)]


def _pages(contents: object) -> list[str]:
    if isinstance(contents, list):
        return [name for item in contents for name in _pages(item)]
    if not isinstance(contents, dict):
        return []
    own = [contents[key] for key in ("root", "file") if key in contents]
    nested = [contents[key] for key in ("parts", "chapters", "sections") if key in contents]
    return own + _pages(nested)


def find_chapter(name: str) -> Path:
    """Return a chapter's file.

    Parameters
    ----------
    name : str
        Its name (``"05-features"``), a beginning that no other chapter has (``"05"``), or the path
        of its file, from the working folder or from the project's top folder.

    Raises
    ------
    BadInput
        If no chapter or more than one has that name, or the path is that of another file.
    """
    paths = book_chapters()
    given = Path(name)
    if given.name != name or given.is_file():
        return _chapter_at(given, paths)
    wanted = name.removesuffix(".md")
    found = [path for path in paths if path.stem == wanted] or [
        path for path in paths if wanted and path.stem.startswith(wanted)
    ]
    if len(found) != 1:
        fits = f"the beginning of {len(found)} of them" if found else "the beginning of none"
        raise refuse(
            "Chapter",
            expected=f"the name, or the beginning of it, of one of {_names(paths)}",
            found=f"'{name}', {fits}",
            remedy="Give the whole name.",
        )
    return found[0]


def _chapter_at(given: Path, paths: list[Path]) -> Path:
    """Return the chapter whose file a path names, with or without its ending."""
    file = given if given.suffix == ".md" else given.with_name(f"{given.name}.md")
    here = [(folder / file).resolve() for folder in (Path.cwd(), top_folder())]
    for place in here:
        if place.exists():
            match = [path for path in paths if path.resolve() == place]
            if match:
                return match[0]
            break
    raise refuse(
        "Chapter",
        expected=f"a chapter of the book, one of {_names(paths)}",
        found=f"the path of '{given.name}', which is another file or none",
        remedy="Give the name of a chapter alone; to run a copy of one, use papermill.",
    )


def _names(paths: list[Path]) -> str:
    return listed([path.stem for path in paths], most=30)


def check_parameters(chapter: Chapter, given: Mapping[str, object]) -> None:
    """Raise :class:`alsnb.checks.BadInput` for a parameter the chapter does not have.

    A value of another type than the declared one is refused too; a whole number stands for
    a decimal one, nothing else stands for anything else.
    """
    valid = "; ".join(str(parameter) for parameter in chapter.parameters.values())
    for name, value in given.items():
        if name not in chapter.parameters:
            raise refuse(
                f"Chapter '{chapter.name}'",
                expected=f"parameters among [{valid}]",
                found=f"'{name}'",
                remedy="Correct the name; nothing was run.",
            )
        declared = chapter.parameters[name].type
        if not _fits(value, TYPES[declared]):
            raise refuse(
                f"Chapter '{chapter.name}', parameter '{name}'",
                expected=f"a value of type {declared}; its parameters are [{valid}]",
                found=f"{value!r} of type {type(value).__name__}",
                remedy="Correct the value; nothing was run.",
            )
        if value not in CHOICES.get(name, [value]):
            raise refuse(
                f"Chapter '{chapter.name}', parameter '{name}'",
                expected=f"one of {listed(CHOICES[name])}",
                found=f"{value!r}",
                remedy="Correct the value; nothing was run.",
            )


def _fits(value: object, declared: type) -> bool:
    return type(value) is declared or (declared is float and type(value) is int)


def read_value(text: str, declared: str) -> object:
    """Return the text of a command line as a value of the declared type.

    A text that is no such value is returned as it is, for :func:`check_parameters` to refuse.
    """
    words = {"true": True, "false": False}
    try:
        return words[text.lower()] if declared == "bool" else TYPES[declared](text)
    except (ValueError, KeyError):
        return text


def settled(chapter: Chapter, given: Mapping[str, object]) -> dict[str, object]:
    """Return every parameter's value: the given one, or the chapter's default."""
    return {name: p.default for name, p in chapter.parameters.items()} | dict(given)


def execution(chapter: Chapter, given: Mapping[str, object]) -> Entry:
    """Return the entry of the store that holds this chapter, executed with these parameters.

    Its key covers the chapter's code, the parts of ``alsnb`` it imports, its parameters, its
    data and the environment. Prose, captions, tags and alternative texts are not part of it.
    """
    parameters = settled(chapter, given)
    modules = {m for source in chapter.code() for m in _imported(source, chapter.name)}
    for name in chapter.data:
        check_one_of(name, FINDERS, f"Chapter '{chapter.name}', data in its header")
    data = {name: _data_digest(FINDERS[name](parameters)) for name in chapter.data}
    inputs = {"code": chapter.code(), "parameters": parameters, "data": data}
    return entry_of("chapters", chapter.name, sorted(modules), inputs)


def _imported(source: str, chapter: str) -> set[str]:
    """Return the modules of ``alsnb`` that a cell imports, whatever it says to IPython besides."""
    try:
        return imported_modules(TransformerManager().transform_cell(source))
    except SyntaxError as error:
        raise refuse(
            f"Chapter '{chapter}', line {error.lineno} of a cell",
            expected="Python",
            found=f"'{(error.text or '').strip()}' ({error.msg})",
            remedy="Correct the cell; nothing was run.",
        ) from None


def _data_digest(path: Path | None) -> object:
    if path is None:
        return "no file"
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    return [
        [file.name, _file_digest_of(file, file.stat().st_mtime_ns, file.stat().st_size)]
        for file in files
    ]


@functools.lru_cache(maxsize=64)
def _file_digest_of(path: Path, _modified: int, _size: int) -> str:
    return file_digest(path)
