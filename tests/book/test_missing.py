"""Whatever a release lacks, every chapter is built on it, or says in a sentence what is left out.

Each case is one small release without a table, or with columns emptied, on which the cells of the
chapters run in this process. Things are taken away together only if the lack of one does not keep
a chapter from looking for the other. Networks keep their initial weights: what a gap changes for
them is what they are given, and training takes longer than all the rest.
"""

import importlib
import pkgutil
import re
import shutil
from copy import copy
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from in_process import run_chapter

from alsnb import lessons
from alsnb.book import page
from alsnb.book.chapters import book_chapters, read_chapter
from alsnb.book.unpack import unpack
from alsnb.checks import BadInput
from alsnb.cli import commands
from alsnb.commands.check import check_release
from alsnb.models.batches import check_inputs
from alsnb.models.training import Trainer, Training
from alsnb.models.weights import draw_weights
from alsnb.synthetic.draw import draw_world
from alsnb.synthetic.write import write_release
from alsnb.tables.proact.release import find_release
from alsnb.tables.proact.schema import normalise, tables

pytestmark = [pytest.mark.book, pytest.mark.slow]

N_PATIENTS = 300

CHAPTERS = {path.stem: path for path in book_chapters() if "proact" in read_chapter(path).data}
"""All chapters that read PRO-ACT; the table of DREAM 2012 is accepted whole or not at all."""

BY_COLUMN = ("00-question", "02-data", "03-cleaning", "04-cohort", "05-features")
"""Chapters that look at tables and their columns; the others see features, of all tables alike."""

ON_DEATHS = ("02-data", "03-cleaning", "04-cohort", "31-survival")

OPTIONAL = [name for name, table in tables().items() if table.used and not table.necessary]

TOTALS = ("ALSFRS_Total", "ALSFRS_R_Total")

N_DEALT = 6


def deal_columns():
    """Return by place which columns are emptied together, of each table every sixth.

    Days are not among them, without which nothing is left of a table, and totals, which stand in
    for answers and are stood in for by them.
    """
    dealt = {place: {} for place in range(N_DEALT)}
    for name in ["alsfrs", *OPTIONAL]:
        table = tables()[name]
        kept = {"subject_id", table.day, *TOTALS}
        columns = [column.name for column in table.columns if column.name not in kept]
        for number, column in enumerate(columns):
            dealt[number % N_DEALT][name, column] = ""
    return dealt


def days_and_totals():
    """Return the columns that the dealt ones leave."""
    days = {(name, tables()[name].day): "" for name in OPTIONAL if name != "death"}
    return days | {("alsfrs", total): "" for total in TOTALS}


ON_COLUMNS = {0: ("23-cnn", "31-survival")}
"""More chapters where an answer, and whether somebody died, are among the emptied columns."""

CASES = {
    "nothing": ([], {}, ("00-question", "02-data", "20-pipeline", "28-imputation", "31-survival")),
    "history": (["history"], {}, CHAPTERS),
    "all but questionnaires": (OPTIONAL, {}, CHAPTERS),
    "all but questionnaires, history and FVC": (
        [name for name in OPTIONAL if name not in ("history", "fvc")],
        {},
        ("20-pipeline", "26-explaining", "27-fewer-features", "28-imputation", "32-leakage"),
    ),
    "deaths": (["death"], {}, ON_DEATHS),
    "day of death": ([], {("death", "Death_Days"): ""}, ON_DEATHS),
    "all deaths on one day": ([], {("death", "Death_Days"): "400"}, ON_DEATHS),
    "FVC": (["fvc"], {}, (*BY_COLUMN, "20-pipeline", "27-fewer-features", "28-imputation")),
    "vital signs": (["vitals"], {}, BY_COLUMN),
    "laboratory": (["labs"], {}, BY_COLUMN),
    "demographics": (["demographics", "svc", "treatment"], {}, BY_COLUMN),
    "small tables": (["riluzole", "family", "el_escorial"], {}, BY_COLUMN),
    "days and totals": ([], days_and_totals(), BY_COLUMN),
    "day of onset": ([], {("history", "Onset_Delta"): ""}, ("00-question", "02-data", "30-fast")),
} | {
    f"columns {place}": ([], written, (*BY_COLUMN, *ON_COLUMNS.get(place, ())))
    for place, written in deal_columns().items()
}
"""By what is missing: tables left out, texts written into columns, and the chapters to run."""

TOLD = {
    "history": {
        "00-question": "Nothing is drawn: the site of onset is known of too few patients.",
        "02-data": "because what they need is missing: Onset before time zero, median, days",
        "20-pipeline": "no two values of it: Onset delta",
        "21-baselines": "There are no halves here",
        "28-imputation": "There is nothing to compare: The complete cases",
    },
    "deaths": {"31-survival": "Slope against time to death: too few deaths to be drawn."},
    "all deaths on one day": {"02-data": "because what they need is missing"},
    "days and totals": {"03-cleaning": "leaves no patient here: the stored total"},
    "vital signs": {"03-cleaning": "nothing can be said of the weight"},
    "FVC": {"28-imputation": "Here there are not two groups to compare"},
}
"""By case and chapter, a sentence that says what is missing; words that no whole release gives."""

LACKING = {
    "history": ["Day of onset", "Site of onset", "Day of diagnosis"],
    "deaths": ["Vital status", "Day of death"],
    "FVC": ["Forced vital capacity"],
    "laboratory": ["Laboratory tests"],
    "day of onset": ["Day of onset"],
    "day of death": ["Day of death"],
    "small tables": ["Riluzole", "El Escorial"],
}
"""By case, what the label of every page names."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A small release with everything, mess included."""
    folder = tmp_path_factory.mktemp("whole") / "release"
    write_release(draw_world(N_PATIENTS, seed=11), folder, release="2022")
    return folder


@pytest.fixture(scope="module")
def shared_store(tmp_path_factory):
    return tmp_path_factory.mktemp("shared")


@pytest.fixture(autouse=True)
def little_is_computed(monkeypatch, shared_store):
    """One store for all cases, one process, few trees, and networks that are not trained."""
    monkeypatch.setenv("ALSNB_STORE", str(shared_store))
    monkeypatch.setenv("ALSNB_CORES", "1")
    monkeypatch.setattr(Trainer, "fit", do_not_train)
    monkeypatch.setattr(Trainer, "predict", predict_at_once)
    drawn = page._written
    monkeypatch.setattr(
        page, "_written", lambda figure, form, **o: drawn(figure, "svg") if form == "svg" else b"-"
    )
    for module in pkgutil.iter_modules(lessons.__path__):
        room = importlib.import_module(f"alsnb.lessons.{module.name}.study")
        monkeypatch.setitem(room.EFFORTS, "smoke", less(room.EFFORTS["smoke"]))


def less(effort):
    """Return an effort with fewer resamples and trees, and a smaller second twin."""
    tiny = {"n_resamples": 20, "n_trees": 5, "n_draws": 10, "n_lab_resamples": 20, "n_easy": 200}
    tiny = {name: value for name, value in tiny.items() if hasattr(effort, name)}
    if not isinstance(effort, SimpleNamespace):
        return replace(effort, **tiny)
    smaller = copy(effort)
    vars(smaller).update(tiny)
    return smaller


def do_not_train(self, inputs, target, settings, *, seed):
    """Check what is learnt from as a training does, and keep the initial weights."""
    target = np.asarray(target, dtype="float32").reshape(len(target), -1)
    check_inputs(inputs, n_patients=len(target))
    check_inputs(target, what="the target")
    drawn = int(np.random.SeedSequence(seed).generate_state(1)[0])
    weights = [np.asarray(one) for one in draw_weights(self.model, self.built_weights, seed=drawn)]
    losses = np.linspace(1, 0.5, settings.n_epochs)
    return Training(weights=weights, best_epoch=1, training_losses=losses, validation_losses=losses)


def predict_at_once(self, weights, inputs):
    """Predict without compiling."""
    import tensorflow as tf

    trainable, others = self._halves(list(weights))
    arrays = tf.nest.map_structure(tf.constant, check_inputs(inputs))
    return self.model.stateless_call(trainable, others, arrays, training=False)[0].numpy()


def without(whole, folder, case):
    """Return a copy of a release that lacks what a case names."""
    shutil.copytree(whole, folder)
    files = find_release(whole).files
    left_out, written, _ = CASES[case]
    for name in left_out:
        (folder / files[name]).unlink()
    for name in {name for name, _ in written}:
        frame = pd.read_csv(folder / files[name], dtype=str, keep_default_na=False)
        texts = {normalise(c): text for (table, c), text in written.items() if table == name}
        # releases write headers in their own ways
        own = {header: texts[normalise(header)] for header in frame if normalise(header) in texts}
        assert len(own) == len(texts)
        frame.assign(**own).to_csv(folder / files[name], index=False)
    return folder


def quoted_in(path):
    """Return the names of what the text of a chapter shows."""
    text = path.read_text(encoding="utf-8")
    return {
        *re.findall(r"\{glue:text\}`(\w+)`", text),
        *re.findall(r"\{glue:(?:md|figure)\} (\w+)", text),
    }


def texts_of(notebook):
    """Return all that a notebook says: labels, sentences, and figures in words."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    labels = [o["data"]["text/markdown"] for o in outputs if "source" in o["metadata"]["alsnb"]]
    shown = unpack(notebook)
    told = [facts["text"] for facts in shown.values.values()]
    return labels[0], [*told, *(figure["alt"] for figure in shown.figures.values())]


@pytest.mark.parametrize("case", CASES)
def test_chapters_are_built_and_say_what_is_missing(case, whole, tmp_path):
    folder = without(whole, tmp_path / "release", case)
    assert check_release(folder).buildable
    for name in CASES[case][2]:
        given = {"data_dir": str(folder), "profile": "smoke"}
        notebook = run_chapter(CHAPTERS[name], given)
        shown = unpack(notebook)
        assert quoted_in(CHAPTERS[name]) <= {*shown.values, *shown.tables, *shown.figures}, name
        label, said = texts_of(notebook)
        for lacking in LACKING.get(case, ()):
            assert re.search(rf"Recorded of nobody here:.* {lacking}[,.]", label), name
        assert case != "nothing" or "Recorded of nobody here" not in label
        assert [text for text in said if re.search(r"\bnan\b", text, re.I)] == [], name
        if sentence := TOLD.get(case, {}).get(name):
            assert any(sentence in text for text in said), name
        if case == "nothing":
            sentences = {told.get(name) for told in TOLD.values()} - {None}
            assert [s for s in sentences for text in said if s in text] == [], name


@pytest.mark.parametrize("case", ["history", "deaths", "all deaths on one day"])
def test_fidelity_is_judged_as_far_as_it_is_known(case, whole, tmp_path):
    folder = without(whole, tmp_path / "release", case)
    words = ["fidelity", str(folder), "--profile", "smoke"]
    said = CliRunner().invoke(commands, words, catch_exceptions=False)
    assert said.exit_code in (0, 1)
    assert said.stderr == ""
    assert "unknown" in said.output
    assert "within" in said.output


def test_every_column_is_taken_away_once_and_never_with_what_it_leads_to():
    emptied = [place for _, written, _ in CASES.values() for place, text in written.items()]
    for name in ["alsfrs", *OPTIONAL]:
        for column in tables()[name].columns:
            needed = {"subject_id", tables()["alsfrs"].day if name == "alsfrs" else ""}
            assert ((name, column.name) in emptied) == (column.name not in needed)
    assert all(any(table in case[0] for case in CASES.values()) for table in OPTIONAL)


def test_without_days_of_questionnaires_nothing_can_be_built(whole, tmp_path):
    folder = tmp_path / "release"
    shutil.copytree(whole, folder)
    file = folder / find_release(whole).files["alsfrs"]
    frame = pd.read_csv(file, dtype=str, keep_default_na=False)
    frame.assign(ALSFRS_Delta="").to_csv(file, index=False)
    with pytest.raises(BadInput, match="found no number in the column ALSFRS_Delta"):
        check_release(folder)
