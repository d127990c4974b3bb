"""Keep the place of a reader's data out of notebooks, and of all that is made from them.

Where somebody keeps patients, and what the folder is called, is nobody else's business.
"""

import ast
import html
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from nbformat import NotebookNode

from alsnb.tables import dream
from alsnb.tables.proact import folder

PLACES = {"data_dir": folder.VARIABLE, "dream_file": dream.VARIABLE}
"""The parameters of chapters that name a place, and the variables that do so in their stead."""

HIDDEN = "[a place that is not written down]"
"""What is written where a place would stand."""

INJECTED = "injected-parameters"
"""Papermill's tag of the cell that it adds."""


def hide_place(given: Mapping[str, object]) -> dict[str, object]:
    """Return parameters without the places among them; an empty one says that none was given."""
    return {n: HIDDEN if n in PLACES and value else value for n, value in given.items()}


def hide_places(notebook: NotebookNode, given: Mapping[str, object] | None = None) -> NotebookNode:
    """Return a notebook, the same object, in which the places of a reader's data are hidden.

    Parameters
    ----------
    notebook : NotebookNode
        Executed or not. Places are those that papermill wrote into it, those ``given`` and those
        that the environment names, in every form in which a program may print them.
    given : mapping, optional
        The chapter's parameters.
    """
    injected = [c for c in notebook.cells if INJECTED in c.metadata.get("tags", ())]
    values = [value for cell in injected for value in _places_in(cell.source)]
    values += [(given or {}).get(name) for name in PLACES]
    values += [os.environ.get(variable) for variable in PLACES.values()]
    known = {value for value in values if isinstance(value, str) and value}
    for cell in injected:
        cell.source = _without_places(cell.source)
    noted = notebook.metadata.get("papermill", {})
    for key in ("parameters", "environment_variables"):
        noted[key] = hide_place(noted.get(key, {})) if key in noted else {}
    whole = _either({form for value in known for form in _forms(value)})
    names = _either({Path(value).expanduser().absolute().name for value in known} - {""})
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            # a name may be a common word, so it is only looked for where it may be meant
            is_remark = output["output_type"] in ("error", "stream")
            _replace(output, [whole, names] if is_remark else [whole])
        if cell not in injected:
            cell.source = _hidden(cell.source, [whole])
    return notebook


def _places_in(source: str) -> Iterator[object]:
    """Yield the values that papermill's cell gives to parameters that name a place."""
    for statement in _assignments(source):
        if statement.targets[0].id in PLACES:
            yield ast.literal_eval(statement.value)


def _without_places(source: str) -> str:
    lines = source.splitlines(keepends=True)
    for statement in reversed(_assignments(source)):
        name = statement.targets[0].id
        if name in PLACES and ast.literal_eval(statement.value):
            end = "\n" if lines[statement.end_lineno - 1].endswith("\n") else ""
            first, last = statement.lineno - 1, statement.end_lineno
            lines[first:last] = [f"{name} = {HIDDEN!r}{end}"]
    return "".join(lines)


def _assignments(source: str) -> list[ast.Assign]:
    return [line for line in ast.parse(source).body if isinstance(line, ast.Assign)]


def _forms(value: str) -> Iterator[str]:
    """Yield a place as programs print it: as typed, whole, without links, quoted or as a link."""
    path = Path(value).expanduser()
    whole = {value, str(path), str(path.absolute()), os.path.abspath(path), str(path.resolve())}
    for form in whole:
        if len(Path(form).parts) > 1:  # a bare name may be any word
            yield from (form, html.escape(form), repr(form)[1:-1])
            yield from (Path(form).absolute().as_uri(), form.replace("\\", "\\\\"))


def _either(words: set[str]) -> re.Pattern | None:
    """Return a pattern of whole words and paths, the longest first; None if there are none."""
    if not words:
        return None
    longest_first = "|".join(re.escape(w) for w in sorted(words, key=lambda w: (-len(w), w)))
    return re.compile(rf"(?<![\w-])(?:{longest_first})(?![\w-])")


def _hidden(text: str, patterns: list[re.Pattern | None]) -> str:
    for pattern in patterns:
        text = pattern.sub(HIDDEN, text) if pattern else text
    return text


def _replace(part: dict | list, patterns: list[re.Pattern | None]) -> None:
    """Hide places in all strings of an output, keys aside."""
    for key, value in part.items() if isinstance(part, dict) else enumerate(part):
        if isinstance(value, str):
            part[key] = value if key == "image/png" else _hidden(value, patterns)
        elif isinstance(value, dict | list):
            _replace(value, patterns)
