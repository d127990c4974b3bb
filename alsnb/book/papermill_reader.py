"""Let ``papermill book/NN-name.md out.ipynb -p seed 3`` work as typed, however the path is written.

Papermill reads JSON only, and passes a mistyped parameter on with a log line and exit
status 0. This reader, which papermill asks about every local path, reads a chapter's Markdown, or
the notebook that jupytext made of it, and refuses what the chapter does not declare before
anything runs.
"""

import base64
import warnings
from pathlib import Path

import click
import nbformat
import yaml

from alsnb.checks import BadInput

# Papermill wonders about every path that does not end in .ipynb; ours are meant to.
warnings.filterwarnings("ignore", message=r"The specified file \(.*\.md\)")

# Papermill imports this module while it is itself being imported, so what needs papermill
# (its local handler, and our chapters) is imported when first used, or below all else.


class ChapterReader:
    """The handler papermill asks to read and write files of this machine."""

    @classmethod
    def read(cls, path: str) -> str:
        """Return a chapter as the JSON of a notebook, and any other notebook as it is."""
        if path.endswith(".md"):
            return nbformat.writes(_read_markdown(Path(path)))
        if path.endswith(".ipynb") and not Path(path).is_file():
            raise click.UsageError(f"There is no notebook '{path}'.")
        text = _local().read(path)
        return _complete(text, Path(path).stem) if path.endswith(".ipynb") else text

    @classmethod
    def listdir(cls, path: str) -> list[str]:
        """Return the names in a folder."""
        return _local().listdir(path)

    @classmethod
    def write(cls, buffer: str, path: str) -> None:
        """Write a notebook as papermill does elsewhere, but never over a chapter."""
        if path.endswith(".md"):
            raise click.UsageError(f"'{path}' is a chapter; name the output 'something.ipynb'.")
        _local().write(buffer, path)

    @classmethod
    def pretty_path(cls, path: str) -> str:
        """Return the path as papermill shows it."""
        return path


def _local() -> object:
    from papermill.iorw import LocalHandler

    return LocalHandler()


def _read_markdown(file: Path) -> nbformat.NotebookNode:
    """Return the notebook of a chapter, or refuse a page that is none."""
    from alsnb.book.chapters import is_chapter, read_chapter

    if not file.is_file():
        raise click.UsageError(f"There is no chapter '{file}'.")
    if not is_chapter(file):
        raise click.UsageError(f"'{file}' is not a chapter: there is no code to execute.")
    chapter = read_chapter(file)
    _check_command_line(chapter)
    _hide_places_in_what_is_written()
    return chapter.notebook


def _complete(text: str, name: str) -> str:
    """Return a notebook, with what papermill asks for if jupytext made it of a chapter."""
    from alsnb.book.chapters import as_chapter

    try:
        notebook = nbformat.reads(text, as_version=4)
    except (ValueError, KeyError, AttributeError):
        raise click.UsageError(f"'{name}.ipynb' is not a notebook.") from None
    if "alsnb" not in notebook.metadata or "kernelspec" not in notebook.metadata:
        return text
    _check_command_line(as_chapter(notebook, name))
    _hide_places_in_what_is_written()
    return nbformat.writes(notebook)


class QuietWriter:
    """Do all that papermill's own handlers do, but write no place of a reader's data."""

    def write(self, buffer: str, path: str) -> None:
        """Write a notebook in which no place of a reader's data stands."""
        from alsnb.book.places import hide_places

        quiet = hide_places(nbformat.reads(buffer, as_version=4))
        self._other(path).write(nbformat.writes(quiet), path)

    def read(self, path: str) -> str:
        """Return the JSON of a notebook."""
        return self._other(path).read(path)

    def listdir(self, path: str) -> list[str]:
        """Return the names in a folder."""
        return self._other(path).listdir(path)

    def pretty_path(self, path: str) -> str:
        """Return the path as papermill shows it."""
        return self._other(path).pretty_path(path)

    def cwd(self, new_path: str) -> str:
        """Change the folder that local paths start from."""
        return self._other("local").cwd(new_path)

    def _other(self, path: str) -> object:
        """Return the handler that papermill would have taken."""
        from papermill.iorw import papermill_io

        others = [pair for pair in papermill_io._handlers if pair[1] is not self]
        fitting = [handler for scheme, handler in others if path.startswith(scheme)]
        return (fitting or [handler for scheme, handler in others if scheme == "local"])[0]


def _hide_places_in_what_is_written() -> None:
    """Let all that papermill writes from here on go through :class:`QuietWriter`."""
    from papermill.iorw import papermill_io

    if not any(isinstance(handler, QuietWriter) for _, handler in papermill_io._handlers):
        papermill_io.register("", QuietWriter())


def _check_command_line(chapter: object) -> None:
    """Refuse what was typed behind ``-p`` and its siblings, if papermill was started by hand."""
    context = click.get_current_context(silent=True)
    if context is None or context.info_name is None:
        return
    from alsnb.book.chapters import check_parameters

    try:
        check_parameters(chapter, _typed(context.params))
    except BadInput as error:
        raise click.UsageError(str(error)) from None


def _typed(options: dict) -> dict[str, object]:
    """Return the parameters as papermill will write them into the notebook."""
    from papermill.cli import _resolve_type

    given: dict[str, object] = {}
    for text in options.get("parameters_base64") or ():
        given |= yaml.safe_load(base64.b64decode(text)) or {}
    for file in options.get("parameters_file") or ():
        given |= yaml.safe_load(Path(file).read_text(encoding="utf-8")) or {}
    for text in options.get("parameters_yaml") or ():
        given |= yaml.safe_load(text) or {}
    given |= {name: _resolve_type(text) for name, text in options.get("parameters") or ()}
    return given | dict(options.get("parameters_raw") or ())


def _be_asked_about_every_path() -> None:
    """Have papermill ask this reader last, after the readers of addresses.

    Papermill knows a reader by the beginning of a path alone, and that of a chapter may be
    ``book/``, ``./``, ``/`` or the chapter's name.
    """
    from papermill.iorw import papermill_io

    papermill_io._handlers.append(("", ChapterReader))


_be_asked_about_every_path()
