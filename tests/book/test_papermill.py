import sys

import jupytext
import nbformat
import pytest
from click.testing import CliRunner
from papermill.cli import papermill
from small_project import write_project

from alsnb.book.unpack import read_notebook, unpack

# the reader switches this off, and pytest switches it on again
pytestmark = pytest.mark.filterwarnings("ignore:The specified file:UserWarning")

VALID = [
    "profile: str = 'book' (how much is computed: smoke, book or full)",
    "seed: int = 1 (seed of the draws)",
    "rate: float = 0.5 (a number)",
]


def typed(project, monkeypatch, *words, where=None):
    """Run papermill within this process, which saves its start."""
    monkeypatch.chdir(where or project.top)
    # papermill looks whether its input is a pipe when it is imported
    monkeypatch.setattr("papermill.cli.INPUT_PIPED", False)
    return CliRunner().invoke(papermill, list(words))


# --- as typed on a command line ----------------------------------------------------------


@pytest.fixture(scope="module")
def by_hand(once):
    """What papermill said and left behind, started by hand and from Python."""
    return once("papermill", _by_hand)


def _by_hand(folder):
    project = write_project(folder)
    words = ["-p", "seed", "3", "-p", "profile", "smoke"]
    works = project.run("papermill", "book/01-first.md", "out.ipynb", *words)
    wrong = project.run("papermill", "book/01-first.md", "wrong.ipynb", "-p", "sed", "3")
    program = (
        "import papermill\n"
        "papermill.execute_notebook('book/01-first.md', 'api.ipynb', parameters={'sed': 3})"
    )
    from_python = project.run(sys.executable, "-c", program)
    said = {"works": works, "wrong": wrong, "from_python": from_python}
    return {name: [ran.returncode, ran.stdout] for name, ran in said.items()}


@pytest.mark.book
def test_a_chapter_runs_as_typed_and_the_output_holds_its_values(by_hand):
    folder, said = by_hand
    assert said["works"][0] == 0, said["works"][1]
    shown = unpack(read_notebook(folder / "out.ipynb"))
    assert shown.values["doubled"] == {"raw": 6, "text": "6.0", "spread": 0.5}
    assert shown.tables["toy"].startswith("model,x,n\na|b,0.333")
    assert shown.tables["toy"].splitlines()[2].startswith("mean,3.0,")
    assert shown.figures["line"]["alt"] == "A line up to 3."


@pytest.mark.book
def test_a_mistyped_name_ends_with_an_error_the_valid_names_and_no_output(by_hand):
    folder, (status, said) = by_hand[0], by_hand[1]["wrong"]
    assert status == 2
    assert "Chapter '01-first'" in said
    assert "found 'sed'" in said
    for parameter in VALID:
        assert parameter in said
    assert "Traceback" not in said
    assert not (folder / "wrong.ipynb").exists()


@pytest.mark.book
def test_a_mistyped_name_given_from_python_is_refused_in_the_kernel(by_hand):
    folder, (status, said) = by_hand[0], by_hand[1]["from_python"]
    assert status != 0
    assert "BadInput: Chapter '01-first': expected parameters among" in said
    assert "found 'sed'" in said
    assert unpack(read_notebook(folder / "api.ipynb")).values == {}


# --- the same within this process --------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["-p", "sed", "3"], "found 'sed'"),
        (["-p", "seed", "abc"], "found 'abc' of type str"),
        (["-p", "seed", "1.5"], "found 1.5 of type float"),
        (["-p", "seed", "None"], "found None of type NoneType"),
        (["-p", "seed", "True"], "found True of type bool"),
        (["-p", "strict", "true"], "found 'true' of type str"),
        (["-p", "word", "3"], "found 3 of type int"),
        (["-r", "seed", "3"], "found '3' of type str"),
        (["-p", "profile", "nonsense"], "found 'nonsense'"),
        (["-y", "{sed: 3}"], "found 'sed'"),
        (["-b", "e3NlZDogM30="], "found 'sed'"),
        (["-f", "settings.yaml"], "found 'sed'"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_runs(project, monkeypatch, words, found):
    (project.top / "settings.yaml").write_text("sed: 3\n")
    said = typed(project, monkeypatch, "book/01-first.md", "out.ipynb", *words)
    assert said.exit_code == 2, said.output
    assert found in said.output
    for parameter in VALID if "nonsense" not in words else ["'smoke', 'book', 'full'"]:
        assert parameter in said.output
    assert not (project.top / "out.ipynb").exists()
    assert project.executed() == []


@pytest.mark.parametrize(
    "words",
    [
        ["-p", "seed", "3", "-p", "rate", "2", "-p", "strict", "True"],
        ["-r", "word", "3"],
        ["-y", "{seed: 3, rate: 0.1}"],
        ["-y", "seed: x", "-p", "seed", "3"],
        [],
    ],
)
def test_what_fits_is_written_into_the_notebook(project, monkeypatch, words):
    words = ["book/01-first.md", "out.ipynb", "--prepare-only", *words]
    said = typed(project, monkeypatch, *words)
    assert said.exit_code == 0, said.output
    assert (project.top / "out.ipynb").exists()
    assert project.executed() == []


def test_help_explains_the_parameters(project, monkeypatch):
    said = typed(project, monkeypatch, "--help-notebook", "book/01-first.md")
    assert said.exit_code == 0
    for word in ("seed: int", "(default 1)", "seed of the draws", "rate: float", "a number"):
        assert word in said.output


@pytest.mark.parametrize("output", ["book/02-second.md", "book/new.md"])
def test_a_chapter_is_never_written_over(project, monkeypatch, output):
    before = (project.top / "book" / "02-second.md").read_text()
    said = typed(project, monkeypatch, "book/01-first.md", output, "--prepare-only")
    assert said.exit_code == 2
    assert f"'{output}' is a chapter; name the output 'something.ipynb'" in said.output
    assert (project.top / "book" / "02-second.md").read_text() == before
    assert not (project.top / "book" / "new.md").exists()
    assert project.executed() == []


def test_a_page_that_computes_nothing_is_refused(project, monkeypatch):
    said = typed(project, monkeypatch, "book/index.md", "out.ipynb")
    assert said.exit_code == 2
    assert "'book/index.md' is not a chapter" in said.output


# --- however the path is written ----------------------------------------------------------


@pytest.mark.parametrize(
    ("folder", "path"),
    [
        ("", "book/01-first.md"),
        ("", "./book/01-first.md"),
        ("", "book/../book//01-first.md"),
        ("", "{top}/book/01-first.md"),
        ("book", "01-first.md"),
        ("book", "./01-first.md"),
        ("alsnb", "../book/01-first.md"),
        ("..", "{name}/book/01-first.md"),
        ("", "made.ipynb"),
        ("", "{top}/made.ipynb"),
    ],
)
def test_a_chapter_is_read_and_checked_however_its_path_is_written(
    project, monkeypatch, folder, path
):
    made = jupytext.read(project.top / "book" / "01-first.md")
    jupytext.write(made, project.top / "made.ipynb")
    path = path.format(top=project.top, name=project.top.name)
    out = str(project.top / "out.ipynb")
    where = project.top / folder
    good = typed(project, monkeypatch, path, out, "-p", "seed", "3", "--prepare-only", where=where)
    assert good.exit_code == 0, good.output
    cells = read_notebook(project.top / "out.ipynb").cells
    assert sum(cell.source == "# Parameters\nseed = 3\n" for cell in cells) == 1
    for name, value in (("profile", "nonsense"), ("sed", "3")):
        wrong = typed(project, monkeypatch, path, "wrong.ipynb", "-p", name, value, where=where)
        assert wrong.exit_code == 2, wrong.output
        assert "nothing was run" in wrong.output
        assert not (where / "wrong.ipynb").exists()


def test_what_is_not_there_is_said(project, monkeypatch):
    for path, said in (
        ("book/none.md", "There is no chapter 'book/none.md'."),
        ("none.ipynb", "There is no notebook 'none.ipynb'."),
        ("broken.ipynb", "'broken.ipynb' is not a notebook."),
    ):
        (project.top / "broken.ipynb").write_text("no JSON")
        told = typed(project, monkeypatch, path, "out.ipynb")
        assert told.exit_code == 2, told.output
        assert said in told.output


def test_a_notebook_of_another_project_is_read_as_ever(project, monkeypatch):
    other = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1")])
    other.metadata.kernelspec = {"name": "python3", "language": "python", "display_name": "x"}
    nbformat.write(other, project.top / "other.ipynb")
    words = ["other.ipynb", "out.ipynb", "-p", "anything", "3", "--prepare-only"]
    assert typed(project, monkeypatch, *words).exit_code == 0


def test_notebooks_below_book_are_read_as_ever(project, monkeypatch):
    words = ["book/01-first.md", "book/copy.ipynb", "--prepare-only"]
    assert typed(project, monkeypatch, *words).exit_code == 0
    words = ["book/copy.ipynb", "out.ipynb", "--prepare-only"]
    assert typed(project, monkeypatch, *words).exit_code == 0
    assert (project.top / "out.ipynb").exists()
