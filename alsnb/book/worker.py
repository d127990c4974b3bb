"""Execute one chapter, in a process of its own: ``python -m alsnb.book.worker JOB.json``.

A process of its own keeps a chapter that dies from taking the others with it, and lets the
operating system account for the chapter's memory.
"""

import json
import os
import resource
import sys
import threading
import time
from pathlib import Path

import nbformat
import papermill
from nbclient.exceptions import DeadKernelError

from alsnb.book.chapters import read_chapter
from alsnb.book.places import hide_places
from alsnb.book.unpack import noise
from alsnb.checks import place_of, refuse_by_system
from alsnb.compute.files import write_atomically
from alsnb.settings import top_folder

KILOBYTES = 1 if sys.platform.startswith("linux") else 1 / 1024
"""What the operating system counts the largest memory in, in kilobytes."""


def main(job_file: str) -> int:
    """Execute the chapter that a job file describes and write notebook and record beside it."""
    os.umask(0o077)  # whatever a chapter writes on its way is nobody else's business
    threading.Thread(target=_end_with, args=[os.getppid()], daemon=True).start()
    job = json.loads(Path(job_file).read_text(encoding="utf-8"))
    folder = Path(job["folder"])
    chapter = read_chapter(Path(job["chapter"]))
    began = time.time()
    try:
        executed = papermill.execute_notebook(
            chapter.notebook,
            str(folder / "notebook.ipynb"),
            parameters=job["parameters"],
            kernel_name="python3",
            cwd=str(top_folder()),
            progress_bar=False,
            request_save_on_cell_execute=False,
        )
    except papermill.PapermillExecutionError as error:
        write_atomically(folder / "failure.txt", _failure(error))
        return 1
    said = noise(executed)
    if said:
        write_atomically(folder / "failure.txt", said)
        return 1
    quiet = hide_places(_quiet(executed), job["parameters"])
    write_atomically(folder / "notebook.ipynb", nbformat.writes(quiet))
    write_atomically(folder / "record.json", json.dumps(_record(began)))
    return 0


def _end_with(parent: int) -> None:
    """End this process when the executor that started it is gone, however it ended."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def _failure(error: papermill.PapermillExecutionError) -> str:
    trace = "\n".join(error.traceback[-3:])
    what = f"cell {error.exec_count}: {error.ename}: {error.evalue}"
    return f"{what}\n\nIn the cell\n{error.source}\n\n{trace}"


def _record(began: float) -> dict:
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * KILOBYTES
    return {"seconds": round(time.time() - began, 1), "peak_memory_mb": round(largest / 1024)}


def _quiet(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return the notebook without times of day and paths, so that equal runs are equal files."""
    notebook.metadata.pop("papermill", None)
    for cell in notebook.cells:
        for key in ("papermill", "execution"):
            cell.metadata.pop(key, None)
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number:03d}"
    return notebook


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1]))
    except OSError as error:
        sys.exit(str(refuse_by_system(place_of(error), error, expected="to be read or written")))
    except DeadKernelError:
        sys.exit("Its process was ended by the system, most often because memory ran out.")
