import base64

import nbformat
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot
from nbformat import v4

from alsnb.book import page as page_module
from alsnb.book.chapters import book_chapters, read_chapter
from alsnb.book.page import NOT_ABOUT_PATIENTS, RECORD, Page
from alsnb.book.unpack import Shown, as_frame, noise, read_notebook, unpack, write_files
from alsnb.checks import BadInput
from alsnb.tables.source import Source

CHAPTER = next(
    path.stem
    for path in book_chapters()
    if {"profile", "seed"} <= set(read_chapter(path).parameters)
)


@pytest.fixture
def outputs(monkeypatch):
    """What was displayed, as outputs of a notebook."""
    shown = []

    def display(bundle, *, raw, metadata):
        assert raw
        shown.append(v4.new_output("display_data", bundle, metadata=metadata))

    monkeypatch.setattr(page_module, "display", display)
    return shown


@pytest.fixture
def page(outputs):
    return Page({}, CHAPTER)


def notebook(outputs, tmp_path):
    """The notebook that holds the outputs, written and read again."""
    path = tmp_path / "executed.ipynb"
    nbformat.write(v4.new_notebook(cells=[v4.new_code_cell("1", outputs=outputs)]), path)
    return read_notebook(path)


def source(kind):
    return Source(name="toy", kind=kind, title=f"A {kind} table", n_patients=3, sha256="0" * 64)


# --- parameters --------------------------------------------------------------------------


def started_with(cell):
    return {"In": ["", "seed: int = 1", cell, "page = ..."]}


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("# Parameters\nsed = 3\n", "found 'sed'"),
        ('# Parameters\nseed = "abc"\n', "found 'abc' of type str"),
        ("# Parameters\nseed = True\n", "found True of type bool"),
    ],
)
def test_a_notebook_started_with_what_the_chapter_does_not_declare_is_refused(cell, found):
    with pytest.raises(BadInput, match=found):
        Page(started_with(cell), CHAPTER)


def test_a_notebook_started_with_what_the_chapter_declares_is_not_refused(outputs):
    Page(started_with('# Parameters\nseed = -3\nprofile = "smoke"\n'), CHAPTER)
    Page(started_with("sed = 3"), CHAPTER)  # a reader's own cell
    assert outputs == []


# --- what is shown -----------------------------------------------------------------------


def test_numbers_are_kept_exactly_and_quoted_rounded(page, outputs, tmp_path):
    page.note("r", np.float64(1 / 3), ".2f", spread=0.01)
    page.note("n", np.int64(8635), ",")
    page.note("best", "forest")
    page.note("undefined", float("nan"))
    values = unpack(notebook(outputs, tmp_path)).values
    assert values["r"] == {"raw": 1 / 3, "text": "0.33", "spread": 0.01}
    assert values["n"] == {"raw": 8635, "text": "8,635", "spread": None}
    assert values["best"]["raw"] == "forest"
    assert np.isnan(values["undefined"]["raw"])
    assert outputs[0].data == {RECORD + "text/plain": "'0.33'"}
    assert outputs[0].metadata["scrapbook"] == {"name": "r", "mime_prefix": RECORD}


FRAME = pd.DataFrame({"model": ["a|b", "mean, <b>", 'quo"te'], "x": [1 / 3, np.nan, 1e-300]})


def test_tables_are_kept_exactly_whatever_is_shown(page, outputs, tmp_path):
    shown = pd.DataFrame({"Model": ["A"], "x": ["0.33 (0.2 to 0.4)"]})
    page.table("scores", FRAME, shown=shown, spread=FRAME.assign(x=0.1))
    unpacked = unpack(notebook(outputs, tmp_path))
    pd.testing.assert_frame_equal(as_frame(unpacked.tables["scores"]), FRAME, check_exact=True)
    assert as_frame(unpacked.spreads["scores"])["x"].tolist() == [0.1] * 3
    assert "0.33 (0.2 to 0.4)" in outputs[0].data["text/html"]
    assert "0.33 \\(0.2 to 0.4\\)" in outputs[0].data["text/markdown"]


def test_cells_are_shown_and_not_interpreted(page, outputs):
    page.table("scores", FRAME)
    assert "a\\|b" in outputs[0].data["text/markdown"]
    assert "<b>" not in outputs[0].data["text/html"]


def drawn():
    _, axes = pyplot.subplots()
    axes.plot([0, 1])
    return axes


def test_figures_are_kept_as_svg_and_png_with_their_words(page, outputs, tmp_path):
    open_before = pyplot.get_fignums()
    page.figure("line", drawn(), "A line.")
    assert pyplot.get_fignums() == open_before
    figure = unpack(notebook(outputs, tmp_path)).figures["line"]
    assert b"<svg" in figure["svg"]
    assert figure["png"].startswith(b"\x89PNG")
    assert figure["alt"] == "A line."
    assert base64.b64decode(outputs[0].data["image/png"]) == figure["png"]


def test_the_same_figure_is_the_same_bytes(page, outputs):
    page.figure("one", drawn(), "A line.")
    page.figure("two", drawn(), "A line.")
    assert outputs[0].data == outputs[1].data


@pytest.mark.parametrize("kind", ["stand-in", "simulated", "real", "user"])
def test_nothing_that_is_not_about_patients_looks_as_if_it_were(page, outputs, tmp_path, kind):
    page.figure("before", drawn(), "A line.")
    page.built_on(source(kind))
    page.figure("line", drawn(), "A line.")
    page.note("r", 0.25, ".2f")
    shown = unpack(notebook(outputs, tmp_path))
    assert [fact["kind"] for fact in shown.sources] == [kind]
    about_patients = kind in ("real", "user")
    warned = "Nothing on this page is a result about patients" in outputs[1].data["text/markdown"]
    assert warned is not about_patients
    assert (shown.figures["line"]["png"] == shown.figures["before"]["png"]) is about_patients
    quoted = outputs[3].data[RECORD + "text/plain"]
    assert quoted == repr(NOT_ABOUT_PATIENTS if kind == "stand-in" else "0.25")
    assert shown.values["r"]["raw"] == 0.25


@pytest.mark.parametrize("kind", ["simulated", "user"])
def test_the_label_names_what_is_recorded_of_nobody(page, outputs, kind):
    page.built_on(source(kind), ["Day of onset", "Laboratory tests"])
    page.built_on(source(kind), ())
    told = "*Recorded of nobody here:* Day of onset, Laboratory tests. What rests on that"
    assert told in outputs[0].data["text/markdown"]
    assert "Recorded of nobody" not in outputs[1].data["text/markdown"]


# --- taking it out again -----------------------------------------------------------------


def test_tables_and_figures_are_written_as_they_were_shown(page, outputs, tmp_path):
    page.table("scores", FRAME)
    page.figure("line", drawn(), "A line.")
    shown = unpack(notebook(outputs, tmp_path))
    write_files(shown, tmp_path / "run")
    written = {path.name: path.read_bytes() for path in (tmp_path / "run").rglob("*.*")}
    assert sorted(written) == ["line.png", "line.svg", "scores.csv"]
    assert written["scores.csv"].decode() == FRAME.to_csv(index=False)
    assert written["line.svg"] == shown.figures["line"]["svg"]


def test_other_outputs_are_left_alone(tmp_path):
    others = [
        v4.new_output("stream", name="stdout", text="hello"),
        v4.new_output("execute_result", {"text/plain": "2"}, execution_count=1),
        v4.new_output("error", ename="KeyError", evalue="'r'", traceback=[]),
    ]
    shown = unpack(notebook(others, tmp_path))
    assert shown == Shown()


def test_noise_is_what_cells_wrote_to_the_error_stream_and_nothing_else():
    cells = [
        v4.new_markdown_cell("words"),
        v4.new_code_cell("fine", outputs=[v4.new_output("stream", name="stdout", text="hello")]),
        v4.new_code_cell("warn()", outputs=[v4.new_output("stream", name="stderr", text="oh")]),
    ]
    cells[2].execution_count = 7
    assert noise(v4.new_notebook(cells=cells[:2])) == ""
    said = noise(v4.new_notebook(cells=cells))
    assert said.startswith("cell 7 wrote to the error stream:\noh")
    assert "warn()" in said
    assert "hello" not in said


# --- what is not shown of patients ---------------------------------------------------------

GROUPS = pd.DataFrame(
    {
        "group": ["bulbar", "both 2"],
        "n_patients": [90, 3],
        "mean": [0.5, 1 / 3],
        "published_mean": [0.4, 0.25],
        "bound": [1.0, 2.0],
    }
)


@pytest.mark.parametrize("kind", ["real", "user"])
def test_nothing_that_rests_on_a_few_patients_is_in_a_table(page, outputs, tmp_path, kind):
    page.built_on(source(kind))
    words = pd.DataFrame(
        {"Group": GROUPS["group"], "Patients": ["90", "3"], "Mean": ["0.50", "0.33"]}
    )
    told = {"counts": ["n_patients", "Patients"], "besides": ["bound"]}
    page.table("groups", GROUPS, shown=words, spread=GROUPS[["mean"]], **told)
    shown = unpack(notebook(outputs, tmp_path))
    frame = as_frame(shown.tables["groups"])
    assert frame["n_patients"].tolist() == ["90", "fewer than 5"]
    assert np.isnan(frame["mean"][1])
    assert frame["mean"][0] == 0.5
    assert frame["published_mean"].tolist() == [0.4, 0.25]
    assert frame["bound"].tolist() == [1.0, 2.0]
    assert as_frame(shown.spreads["groups"])["mean"].isna().tolist() == [False, True]
    for form in ("text/html", "text/markdown", "text/plain"):
        assert "0.33" not in outputs[-1].data[form]
        assert "both 2" in outputs[-1].data[form]


@pytest.mark.parametrize("kind", ["simulated", "stand-in", None])
def test_where_nobody_stands_behind_the_page_everything_is_told(page, outputs, tmp_path, kind):
    if kind:
        page.built_on(source(kind))
    page.table("groups", GROUPS, counts=["n_patients"])
    frame = as_frame(unpack(notebook(outputs, tmp_path)).tables["groups"])
    pd.testing.assert_frame_equal(frame, GROUPS)
    assert page.disclose(GROUPS, ["n_patients"], rows="parts", whole=[91]) is GROUPS


def test_what_is_drawn_goes_through_the_same_gate(page, outputs):
    page.built_on(source("user"))
    held = page.disclose(GROUPS, ["n_patients"], ["n_patients", "mean"])
    assert held["mean"].isna().tolist() == [False, True]
    assert page.disclose(GROUPS, ["n_patients"], whole=[93])["n_patients"].isna().all()


@pytest.mark.parametrize(("kind", "told"), [("user", ""), ("real", ""), ("simulated", "mine")])
def test_the_name_of_a_readers_folder_is_not_in_the_notebook(page, outputs, tmp_path, kind, told):
    facts = {"name": "toy", "kind": kind, "title": "A table", "n_patients": 3, "sha256": "0" * 64}
    page.built_on(Source(**facts, file_name="mine"))
    (own,) = unpack(notebook(outputs, tmp_path)).sources
    assert own["file_name"] == told
