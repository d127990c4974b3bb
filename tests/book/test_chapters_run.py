"""The book's own chapters run end to end, on few resamples, and hold what they promise."""

import json
import os
import re

import pandas as pd
import pytest
from click.testing import CliRunner

from alsnb.book.chapters import execution, find_chapter, read_chapter
from alsnb.book.unpack import as_frame, read_notebook, unpack
from alsnb.cli import commands
from alsnb.lessons.dream.study import TITLES
from alsnb.settings import top_folder

pytestmark = pytest.mark.book

METRICS = {"mse", "rmsd", "pcc", "r2", "calibration_slope"}
REAL = top_folder().parent / "shared" / "data" / "dream2012" / "casi_als.csv.gz"


@pytest.fixture(scope="module")
def run(once):
    """Return the folder of a smoke run of two chapters, one of them on the stand-in."""

    def make(folder):
        environment = {"ALSNB_DREAM2012": "", "ALSNB_STORE": str(folder / "store")}
        words = ["run", "01-scores", "10-dream", "--profile", "smoke", "--out", str(folder / "run")]
        words += ["-p", "seed", "3"]
        result = CliRunner().invoke(commands, words, env=environment, catch_exceptions=False)
        return {"status": result.exit_code}

    folder, facts = once("chapters", make)
    assert facts["status"] == 0
    return folder / "run"


def test_scores_have_the_columns_that_others_read(run):
    scores = pd.read_csv(run / "tables" / "dream_scores.csv")
    assert list(scores.columns) == ["model", "metric", "estimate", "low", "high", "n_patients"]
    assert set(scores["metric"]) == METRICS
    assert set(scores["model"]) == set(TITLES)
    assert (scores["n_patients"] == 625).all()
    known = scores.dropna()
    assert (known["low"] <= known["estimate"]).all()
    assert (known["estimate"] <= known["high"]).all()
    assert (run / "tables" / "dream_differences.csv").is_file()


def test_a_page_on_the_stand_in_says_so_and_quotes_no_score(run):
    notebook = read_notebook(run / "notebooks" / "10-dream.ipynb")
    text = json.dumps(notebook)
    assert "Nothing on this page is a result about patients" in text
    quoted = [
        output["data"]["application/papermill.record/text/plain"]
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if "application/papermill.record/text/plain" in output.get("data", {})
    ]
    assert len(quoted) > 20
    assert not [words for words in quoted if re.search(r"\d", words)]
    facts = json.loads((run / "manifest.json").read_text())
    assert {source["kind"] for source in facts["data"].values()} == {"stand-in"}


def test_no_count_below_five_is_shown(run):
    shown = unpack(read_notebook(run / "notebooks" / "10-dream.ipynb"))
    for text in shown.tables.values():
        frame = as_frame(text)
        for column in frame.columns.intersection(["n_patients"]):
            assert (frame[column] >= 5).all()
    patients = shown.tables["dream_patients"]
    assert not re.search(r"(?<![\d.,])[1-4] \(\d", patients)


def test_every_figure_has_words_of_its_own(run):
    manifest = json.loads((run / "manifest.json").read_text())
    words = [alt for facts in manifest["chapters"].values() for alt in facts["figures"].values()]
    assert len(words) >= 6
    assert len(set(words)) == len(words)
    assert all(re.search(r"\d", alt) for alt in words)


def test_the_book_as_it_was_built_reaches_what_was_asked_on_real_patients(monkeypatch):
    file = os.environ.get("ALSNB_DREAM2012") or str(REAL)
    if not os.path.isfile(file):
        pytest.skip("the DREAM 2012 table is not here: 'alsnb fetch dream2012' brings it")
    monkeypatch.setenv("ALSNB_DREAM2012", file)
    monkeypatch.delenv("ALSNB_STORE")
    entry = execution(read_chapter(find_chapter("10-dream")), {})
    if not entry.exists():
        pytest.skip("the chapter has not been executed on the real table yet: run 'make book'")
    scores = as_frame(unpack(read_notebook(entry.folder / "notebook.ipynb")).tables["dream_scores"])
    by_model = scores.pivot_table(index="model", columns="metric", values="estimate")
    mse = by_model["mse"]
    assert mse["mean"] == pytest.approx(0.3204, abs=5e-5)
    assert 0.254 <= mse["forest"] <= 0.264
    assert 0.255 <= mse["boosting"] <= 0.268
    assert 0.255 <= mse["lasso"] <= 0.263
    assert 0.254 <= mse["bart"] <= 0.266
    # one network; a mean of ten reached 0.2585
    assert mse["ffnn"] <= 0.265
    # reached here: 0.2553 and 0.4551; another processor rounds the networks' training otherwise
    assert mse["stack"] <= 0.257
    assert by_model.loc["stack", "pcc"] >= 0.45
