"""Run the cells of a chapter within this process, as its kernel would, without the kernel's start.

The code cells are the chapter's own, in their order, the parameters are written into the notebook
as papermill writes them, and what the cells show is kept as an executed notebook keeps it.
"""

import contextlib
import io
from collections.abc import Mapping
from pathlib import Path

import nbformat.v4 as nbf
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from nbformat import NotebookNode
from traitlets.config import Config

from alsnb.book.chapters import read_chapter


class CellFailed(AssertionError):
    """A cell that raised or wrote to the error stream."""


def run_chapter(path: Path, given: Mapping[str, object]) -> NotebookNode:
    """Run a chapter and return it executed; a cell that fails or is not quiet is an error."""
    notebook = read_chapter(path).notebook
    with _shell() as shell:
        for cell in (cell for cell in notebook.cells if cell.cell_type == "code"):
            cell["outputs"] = _run(shell, path.stem, cell.source)
            if "parameters" in cell.metadata["tags"]:
                words = [f"{name} = {value!r}" for name, value in given.items()]
                _run(shell, path.stem, "\n".join(["# Parameters", *words]))
    return notebook


@contextlib.contextmanager
def _shell():
    """Give a shell of its own, whose last one is put away, as ``display`` asks for the only one."""
    before = InteractiveShell._instance
    config = Config()
    config.HistoryManager.enabled = False
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance(config=config, colors="nocolor")
    shell.display_pub = CapturingDisplayPublisher(parent=shell)
    shell.showtraceback = lambda *args, **kwargs: None
    try:
        yield shell
    finally:
        InteractiveShell.clear_instance()
        InteractiveShell._instance = before


def _run(shell: InteractiveShell, chapter: str, source: str) -> list:
    shell.display_pub.outputs.clear()
    said = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(said):
        result = shell.run_cell(source, store_history=True)
    error = result.error_before_exec or result.error_in_exec
    if error is not None:
        raise CellFailed(f"{chapter}: {type(error).__name__}: {error}\nin\n{source}") from error
    if said.getvalue():
        raise CellFailed(f"{chapter} wrote to the error stream: {said.getvalue()}\nin\n{source}")
    return [
        nbf.new_output("display_data", data=shown["data"], metadata=shown["metadata"])
        for shown in shell.display_pub.outputs
    ]
