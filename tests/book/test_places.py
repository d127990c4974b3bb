"""Where a reader keeps patients stands in nothing that is written, however it was given."""

import json
import os
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner
from papermill.cli import papermill
from small_project import HEADER, write_project

from alsnb.book.places import HIDDEN, hide_place, hide_places

pytestmark = pytest.mark.filterwarnings("ignore:The specified file:UserWarning")

NAME = "trial-of-anna"

CHAPTER = (
    HEADER
    + """\
# First

```{code-cell}
:tags: [parameters]
data_dir: str = ""  # a folder
dream_file: str = ""  # a file
seed: int = 1  # a number
```

```{code-cell}
import os
from pathlib import Path
from alsnb.book.page import Page
from alsnb.tables.proact.folder import find_proact
page = Page(globals(), "01-first")
found = find_proact(data_dir)
print(found, found.absolute(), found.resolve(), found.absolute().as_uri(), [str(found)])
page.note("where", str(found.resolve()))
found
```
"""
)


@pytest.fixture(scope="module")
def project(once):
    """A project with a chapter that tells all it knows, and a folder of patients beside it."""

    def make(folder):
        project = write_project(folder / "project")
        (project.top / "book" / "01-first.md").write_text(CHAPTER, encoding="utf-8")
        (project.top / "book" / "02-second.md").unlink()
        contents = project.top / "_toc.yml"
        text = contents.read_text(encoding="utf-8").replace("  - file: 02-second\n", "")
        contents.write_text(text, encoding="utf-8")
        (folder / NAME).mkdir()
        (folder / "link").symlink_to(NAME)
        return {"top": str(project.top)}

    from small_project import Project

    folder, facts = once("places", make)
    return folder, Project(Path(facts["top"]))


def ways(folder):
    """Return the words of a command line and the environment, by the way the place is given."""
    whole = folder / NAME
    return {
        "absolute": (str(whole), {}),
        "relative": (os.path.relpath(whole, folder / "project"), {}),
        "with a slash behind": (f"{whole}{os.sep}", {}),
        "not straight": (f"{folder}/project/../{NAME}", {}),
        "home": (f"~/{NAME}", {"HOME": str(folder)}),
        "link": (str(folder / "link"), {}),
        "variable": ("", {"ALSNB_PROACT": str(whole)}),
    }


@pytest.mark.book
@pytest.mark.parametrize("way", ways(Path("/")))
def test_a_run_says_nowhere_where_its_data_lie(project, way, tmp_path):
    folder, small = project
    place, surroundings = ways(folder)[way]
    words = ["-p", "data_dir", place] if place else []
    environment = small.surroundings()["env"] | surroundings
    environment["ALSNB_STORE"] = str(tmp_path / "store")
    program = "from alsnb.cli import main; main()"
    said = small.run(
        *[os.sys.executable, "-c", program, "run", *words, "--out", str(tmp_path / "run")],
        env=environment,
    )
    assert said.returncode == 0, said.stdout
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".lock"]
    assert {"manifest.json", "01-first.ipynb", "entry.json"} <= {path.name for path in files}
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert NAME not in text, path.name
        assert "/link" not in text, path.name
    facts = json.loads((tmp_path / "run" / "manifest.json").read_text(encoding="utf-8"))
    assert facts["chapters"]["01-first"]["parameters"]["data_dir"] == (HIDDEN if place else "")
    again = nbformat.read(tmp_path / "run" / "notebooks" / "01-first.ipynb", as_version=4)
    assert HIDDEN in json.dumps(again), "the chapter told where it was, or this proves nothing"


@pytest.mark.parametrize("way", ["absolute", "relative", "home", "link"])
def test_papermill_by_hand_writes_it_nowhere(project, way, tmp_path, monkeypatch):
    folder, small = project
    place, surroundings = ways(folder)[way]
    monkeypatch.chdir(small.top)
    monkeypatch.setattr("papermill.cli.INPUT_PIPED", False)
    for name, value in surroundings.items():
        monkeypatch.setenv(name, value)
    out = tmp_path / "out.ipynb"
    words = ["book/01-first.md", str(out), "--prepare-only", "-p", "data_dir", place]
    said = CliRunner().invoke(papermill, words)
    assert said.exit_code == 0, said.output
    text = out.read_text(encoding="utf-8")
    assert NAME not in text
    assert str(folder / "link") not in text
    assert f"data_dir = {HIDDEN!r}\n" in json.loads(text)["cells"][2]["source"]


def a_notebook(value, *outputs):
    cell = nbformat.v4.new_code_cell(f"# Parameters\nseed = 3\ndata_dir = {value!r}\n")
    cell.metadata["tags"] = ["injected-parameters"]
    return nbformat.v4.new_notebook(
        cells=[cell, nbformat.v4.new_code_cell("1", outputs=list(outputs))],
        metadata={"papermill": {"parameters": {"data_dir": value, "seed": 3}}},
    )


@pytest.mark.parametrize(
    "value", ['/home/a b/O\'Neil & "Söhne"', "/x/yonder", "ALL", "~/ALL", "../up", "C:\\als\\data"]
)
def test_the_forms_in_which_a_program_prints_a_place_are_hidden(value):
    path = Path(value).expanduser()
    error = nbformat.v4.new_output("error", ename="BadInput", evalue=path.name, traceback=[value])
    notebook = hide_places(a_notebook(value, error))
    text = nbformat.writes(notebook)
    assert value not in text.replace("\\\\", "\\")
    assert json.dumps(path.name)[1:-1] not in text
    assert notebook.cells[0].source == f"# Parameters\nseed = 3\ndata_dir = {HIDDEN!r}\n"
    assert notebook.metadata.papermill.parameters == {"data_dir": HIDDEN, "seed": 3}


def test_a_folder_that_is_called_like_a_word_does_not_blot_out_the_word():
    table = nbformat.v4.new_output("display_data", data={"text/plain": "data on 5 patients"})
    notebook = hide_places(a_notebook("data", table))
    assert notebook.cells[1].outputs[0].data["text/plain"] == "data on 5 patients"
    assert "data_dir = 'data'" not in nbformat.writes(notebook)


def test_parameters_that_name_no_place_stay():
    given = {"seed": 3, "data_dir": "", "dream_file": "mine.txt"}
    assert hide_place(given) == {"seed": 3, "data_dir": "", "dream_file": HIDDEN}
