"""Chapters keep the book's rules: they call and show, and every number of ours is glued."""

import inspect
import re
import statistics
import subprocess

import pytest
import yaml

from alsnb.book.chapters import book_chapters, read_chapter
from alsnb.effort import EFFORTS
from alsnb.ranking import make_ranking_forest
from alsnb.settings import top_folder

TOP = top_folder()
CHAPTERS = book_chapters()
CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(.*?)^```\s*$", re.S | re.M)
DECIMAL = re.compile(r"(?<![\w./{`-])\d+\.\d+(?![\w.}])")
HEADINGS = [
    "Question",
    "What the paper",
    "Result",
    "What could go wrong",
    "Exercises",
    "Takeaways",
    "Change it",
    "References",
]

every_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)


def cells(text: str) -> list[list[str]]:
    """Return the code lines of each cell."""
    found = [
        [line for line in cell.splitlines() if line.strip() and not line.startswith((":", "#"))]
        for cell in CELL.findall(text)
    ]
    return [cell for cell in found if cell]


def typed_decimals(text: str) -> list[str]:
    """Return the lines of prose in which a decimal number is typed by hand."""
    prose = CELL.sub("", text.split("---\n", 2)[2])
    prose = re.sub(r"^```\n.*?^```$", "", prose, flags=re.S | re.M)
    quoted = ("glue", "cite", "$", "%")
    return [
        line
        for line in prose.splitlines()
        if DECIMAL.search(line) and not any(mark in line for mark in quoted)
    ]


def test_there_are_chapters():
    assert len(CHAPTERS) >= 2


@every_chapter
def test_cells_are_short_and_define_nothing(path):
    lines = [cell.splitlines() for cell in shown_cells(path.read_text())]
    sizes = sorted(sum(bool(line.split("#")[0].strip()) for line in cell) for cell in lines)
    assert statistics.median(sizes) <= 5
    assert sizes[-1] <= 25
    for cell in cells(path.read_text()):
        assert not [line for line in cell if re.match(r"\s*(def|class)\s", line)]


LEFT_OUT = ("remove-cell", "remove-input", "hide-input", "hide-cell")


def shown_cells(text: str) -> list[str]:
    """Return the code of the cells that a reader sees at once, those of solutions too."""
    found = []
    for body in CELL.findall(text):
        tags = re.match(r":tags: \[(.*?)\]", body)
        if not tags or not any(tag in tags.group(1) for tag in LEFT_OUT):
            found.append(re.sub(r"^:[^\n]*\n", "", body, flags=re.M))
    return found


@every_chapter
def test_what_is_shown_of_the_code_computes_and_fits_the_page(path):
    for code in shown_cells(path.read_text()):
        assert "page." not in code, "the laying-out of tables and figures is left out"
        assert "Page(" not in code, "set-up is folded"
        kinds = {line.split()[0] for line in code.splitlines() if line.strip()}
        assert not kinds <= {"import", "from"}, "imports are folded"
        assert [line for line in code.splitlines() if len(line) > 80] == []


@every_chapter
def test_no_decimal_is_typed_into_prose(path):
    assert typed_decimals(path.read_text()) == []


def test_the_numbers_of_trees_in_prose_are_those_of_the_code():
    texts = {path.stem: path.read_text() for path in book_chapters()}
    n_ranking = inspect.signature(make_ranking_forest).parameters["n_trees"].default
    assert f"the forest grows {n_ranking} trees" in texts["20-pipeline"]
    words = {200: "two hundred"}[EFFORTS["book"].n_trees]
    assert f"a **random forest** of {words} trees" in texts["21-baselines"]
    assert EFFORTS["full"].n_trees == EFFORTS["book"].n_trees > EFFORTS["smoke"].n_trees


def test_the_search_for_typed_decimals_finds_one():
    text = "---\nheader\n---\nThe error is 0.259 here.\n```{code-cell}\nx = 0.1\n```\n"
    assert typed_decimals(text) == ["The error is 0.259 here."]


@every_chapter
def test_headings_are_there_in_their_order(path):
    found = re.findall(r"^## (.*)$", path.read_text(), re.M)
    places = [
        next((i for i, text in enumerate(found) if text.startswith(wanted)), None)
        for wanted in HEADINGS
    ]
    assert None not in places, dict(zip(HEADINGS, places, strict=True))
    assert places == sorted(places)


@every_chapter
def test_every_figure_and_table_shown_is_made_and_referred_to(path):
    text = path.read_text()
    for kind, name in re.findall(r"```\{glue:(figure|md)\} (\S+)", text):
        call = "page.figure" if kind == "figure" else "page.table"
        assert re.search(rf'{re.escape(call)}\(\s*"{name}"', text), name
    for name in re.findall(r"^:name: (fig-\S+)", text, re.M):
        assert f"{{numref}}`{name}`" in text, name


@every_chapter
def test_solutions_are_folded_and_executed(path):
    text = path.read_text()
    exercises = re.findall(r"\{exercise-start\}\n:label: (\S+)", text)
    solutions = re.findall(
        r"\{solution-start\} (\S+)\n:class: dropdown\n(.*?)\{solution-end\}", text, re.S
    )
    assert exercises == [label for label, _ in solutions]
    assert exercises
    assert all("{code-cell}" in body for _, body in solutions)


@every_chapter
def test_the_line_that_alters_the_chapter_names_its_parameters(path):
    text = path.read_text()
    line = next(line for line in text.splitlines() if line.startswith("papermill book/"))
    assert f"book/{path.name}" in line
    names = re.findall(r"-p (\S+) ", line)
    assert names
    assert set(names) <= set(read_chapter(path).parameters)


def test_headers_are_identical():
    heads = [path.read_text().split("alsnb:")[0] for path in CHAPTERS]
    assert len(set(heads)) == 1


def test_link_to_the_contents_is_the_contents():
    # where links cannot be made, git writes the target's name into a plain file
    assert (TOP / "book" / "_toc.yml").read_text() == (TOP / "_toc.yml").read_text(), (
        "book/_toc.yml must be a link to ../_toc.yml, or a copy of it; "
        "this checkout has made something else of the link"
    )


def test_every_page_is_in_the_contents():
    text = (TOP / "_toc.yml").read_text()
    named = set(re.findall(r"(?:file|root): (\S+)", text))
    assert named == {page.stem for page in (TOP / "book").glob("*.md")}
    assert yaml.safe_load(text)["format"] == "jb-book"


def test_no_data_file_is_tracked_and_no_machine_is_named():
    try:
        listed = subprocess.run(
            ["git", "-C", str(TOP), "ls-files"], capture_output=True, text=True, check=True
        ).stdout.split()
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout, so there is no list of tracked files")
    data = (".csv", ".parquet", ".npz", ".npy", ".pkl", ".rds", ".gz", ".zip", ".xlsx", ".ipynb")
    # means and shares over people, in none of which a person stands
    aggregates = {f"alsnb/synthetic/imaging/{n}.csv" for n in ("edges", "regions", "volumes")}
    assert [name for name in listed if name.endswith(data) and name not in aggregates] == []
    assert (TOP / "book" / "_toc.yml").exists()
