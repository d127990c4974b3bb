"""Let ``papermill book/NN-name.md out.ipynb -p seed 3`` work as typed.

Papermill reads JSON only, and passes a mistyped parameter on with a log line and exit
status 0. This reader, registered for paths that begin with ``book/``, reads the chapter's
Markdown and refuses what the chapter does not declare before anything runs.
"""

import base64
import warnings
from pathlib import Path

import click
import nbformat
import yaml

from alsnb.checks import BadInput

# Papermill wonders about every path that does not end in .ipynb; ours are meant to.
warnings.filterwarnings("ignore", message=r"The specified file \(book/.*\.md\)")

# Papermill imports this module while it is itself being imported, so what needs papermill
# (its local handler, and our chapters) is imported when first used.


class ChapterReader:
    """The handler papermill asks to read and write paths below ``book/``."""

    @classmethod
    def read(cls, path: str) -> str:
        """Return the chapter as the JSON of a notebook."""
        if not path.endswith(".md"):
            return _local().read(path)
        from alsnb.book.chapters import is_chapter, read_chapter

        if not is_chapter(Path(path)):
            raise click.UsageError(f"'{path}' is not a chapter: there is no code to execute.")
        chapter = read_chapter(Path(path))
        _check_command_line(chapter)
        return nbformat.writes(chapter.notebook)

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
