"""What ``import alsnb`` gives: few names, loaded when needed, and the lines of the reference."""

import errno
import importlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

import alsnb
from alsnb.api import fitting
from alsnb.compute.digests import imported_modules
from alsnb.evaluation.crossval import N_TRAINING
from alsnb.features.questionnaire import VISIT_COLUMNS
from alsnb.fits.inputs import make_inputs
from alsnb.fits.networks import fit_out_of_fold
from alsnb.models import choices
from alsnb.models.choice import features_in

BOOK = Path(alsnb.__file__).parent.parent / "book"

QUICK = {"n_networks": 2, "n_epochs": 3, "n_features": 8, "validation_share": 0.0}
QUICK |= {"hidden_sizes": (4, 4, 4), "ranking": "pearson"}


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A small simulated release with its cohort, features and folds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ALSNB_STORE", str(tmp_path_factory.mktemp("store")))
        release = alsnb.simulate(250, seed=1)
    clean = alsnb.clean(release)
    cohort = alsnb.select_cohort(clean)
    X, catalogue = alsnb.make_features(clean, cohort, visits=True)
    folds = alsnb.make_folds(cohort, n_folds=2, seed=1)

    class Small:
        pass

    Small.release, Small.clean, Small.cohort, Small.X = release, clean, cohort, X
    Small.y, Small.catalogue, Small.folds = cohort.slope, catalogue, folds
    return Small


@pytest.fixture(scope="module")
def predictions(small):
    models = {"forest": alsnb.models.Forest(n_trees=5), "mean": alsnb.models.Mean()}
    return alsnb.cross_validate(models, small.X, small.y, small.folds, seed=1, n_jobs=1)


def test_there_are_few_names_each_described_and_nothing_else():
    names = [name for name in dir(alsnb) if name != "__version__"]
    assert 30 <= len(names) <= 40
    assert set(names) == set(alsnb._NAMES)
    for name in names:
        found = getattr(alsnb, name)
        assert getattr(found, "__doc__", None), name
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        alsnb.nonsense  # noqa: B018


def test_every_name_lies_where_the_table_says_which_keys_of_stored_pages_read():
    for name, place in alsnb._NAMES.items():
        module = importlib.import_module(place)
        found = module if place.endswith(f".{name}") else getattr(module, name)
        assert getattr(alsnb, name) is found
        assert imported_modules(f"alsnb.{name}") == {place}
    # models are named by way of their package; the code that takes them names them all
    source = Path(fitting.__file__).read_text(encoding="utf-8")
    assert "alsnb.models.choices" in imported_modules(source)


def test_the_reference_describes_every_name():
    page = (BOOK / "api.md").read_text()
    missing = [name for name in alsnb._NAMES if not re.search(rf"`(alsnb\.)?{name}\b", page)]
    assert missing == []


def test_nothing_heavy_is_imported_before_it_is_needed():
    heavy = ("pandas", "numpy", "sklearn", "matplotlib", "keras", "tensorflow", "shap", "yaml")
    late = ("matplotlib", "keras", "tensorflow", "shap", "stochtree")
    look = f"""
import sys
import alsnb
dir(alsnb)
first = [name for name in {heavy} if name in sys.modules]
for name in dir(alsnb):
    if name != "plot":
        getattr(alsnb, name)
alsnb.models.FFNN(), alsnb.models.Forest()
print(first, [name for name in {late} if name in sys.modules])
"""
    said = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert said.stdout == "[] []\n"


def test_the_ten_lines_of_the_reference_are_those_that_are_tested():
    page = (BOOK / "api.md").read_text()
    lines = re.search(r"```python\n(.*?)```", page, re.S)[1]
    calls = re.findall(r"alsnb\.[\w.]+", lines)
    tested = (Path(__file__).parent / "test_wheel.py").read_text()
    assert set(calls) >= {"alsnb.read_release", "alsnb.cross_validate", "alsnb.plot.estimates"}
    assert [call for call in calls if call not in tested and call != "alsnb.simulate"] == []


def test_predictions_scores_comparison_and_figures_fit_together(small, predictions):
    assert tuple(predictions.columns) == alsnb.PREDICTIONS
    assert set(predictions["patient"]) == set(small.cohort.patients.index)
    scores = alsnb.score(predictions, ["rmsd", "r2"], n_resamples=50)
    assert list(scores["metric"]) == ["rmsd", "r2"] * 2
    gaps = alsnb.compare(predictions, reference="mean", n_resamples=50)
    assert set(gaps["model"]) == {"forest"}
    for ax in (
        alsnb.plot.estimates(scores, "rmsd"),
        alsnb.plot.differences(gaps, "rmsd"),
        alsnb.plot.calibration(predictions[predictions["model"] == "forest"], 4),
        alsnb.plot.slopes(small.cohort),
        alsnb.plot.flow(small.cohort),
    ):
        assert alsnb.plot.describe(ax).endswith(".")
    labels = alsnb.plot.estimates(scores, "rmsd").get_yticklabels()
    assert {label.get_text() for label in labels} == {"Random forest", "Training mean"}


def test_a_learning_curve_is_scored_size_by_size(small):
    split = alsnb.hold_out(small.cohort, share=0.5, seed=1)
    line = {"onset": alsnb.models.OnsetLine()}
    curve = alsnb.learning_curve(line, small.X, small.y, split, sizes=[10, 20], n_repeats=2)
    scores = alsnb.score(curve, ["rmsd"], n_resamples=20)
    assert list(scores[N_TRAINING]) == [10, 20]
    assert alsnb.plot.curves(scores, "rmsd").get_xlabel().startswith("Training patients")


def test_estimators_of_scikit_learn_take_part(small):
    complete = small.X[["mean_alsfrs_total", "first_alsfrs_total"]]
    found = alsnb.cross_validate(
        {"line": LinearRegression()}, complete, small.y, small.folds, n_jobs=1
    )
    assert np.isfinite(found["predicted"]).all()


COSTLY = {"CNN", "RNN"}
READERS = {*COSTLY, "D50Curve", "MixedModel", "OnsetAnchored"}
"""Models that read the visits."""


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.slow] if name in COSTLY else [])
        for name in sorted(choices.__all__)
    ],
)
def test_every_model_learns_from_a_table_with_gaps_and_leaves_the_questionnaires_alone(small, name):
    few = {"Forest": {"n_trees": 3}, "Boosting": {"n_trees": 3, "n_runs": 1}}
    few |= {"BART": {"n_trees": 5, "n_draws": 5}} | dict.fromkeys(("FFNN", "CNN", "RNN"), QUICK)
    model = getattr(alsnb.models, name)(**few.get(name, {}))
    split = alsnb.hold_out(small.cohort, share=0.3, seed=1)
    seen = alsnb.predict_held_out({name: model}, small.X, small.y, split, seed=1, n_jobs=1)
    assert len(seen) == len(split.test)
    if name not in READERS:
        without = small.X.drop(columns=list(VISIT_COLUMNS))
        same = alsnb.predict_held_out({name: model}, without, small.y, split, seed=1, n_jobs=1)
        pd.testing.assert_frame_equal(seen, same)


@pytest.mark.slow
def test_a_network_is_the_one_that_the_book_trains(small):
    model = alsnb.models.CNN(**QUICK)
    ours = alsnb.cross_validate({"cnn": model}, small.X, small.y, small.folds, seed=3, n_jobs=1)
    features = features_in(small.X.columns)
    inputs = make_inputs(small.X, small.y, small.folds, features=features, leave_out=model.left_out)
    how = {"network": "cnn", "recipe": model.recipe, "n_networks": 2, "seed": 3}
    pd.testing.assert_frame_equal(ours, fit_out_of_fold(inputs, **how))


def test_a_fitted_model_predicts_what_a_held_out_split_is_predicted(small):
    split = alsnb.hold_out(small.cohort, share=0.3, seed=1)
    for model in (alsnb.models.FFNN(**QUICK), alsnb.models.Forest(n_trees=3)):
        held_out = alsnb.predict_held_out({"m": model}, small.X, small.y, split, seed=4, n_jobs=1)
        fitted = alsnb.fit(model, small.X.loc[split.train], small.y.loc[split.train], seed=4)
        ours = fitted.predict(small.X.loc[split.test])
        assert ours.to_numpy() == pytest.approx(held_out["predicted"].to_numpy(), abs=0)


@pytest.mark.parametrize("kind", ["FFNN", "CNN"])
def test_a_saved_network_predicts_new_patients_as_before_and_holds_no_row(small, tmp_path, kind):
    model = getattr(alsnb.models, kind)(**QUICK, scaling="minmax")
    fitted = alsnb.fit(model, small.X, small.y, seed=1)
    loaded = alsnb.load(alsnb.save(fitted, tmp_path / "network"))
    everyone = alsnb.select_cohort(small.clean, need_slope=False)
    assert len(everyone.patients) > len(small.cohort.patients)
    new, _ = alsnb.make_features(small.clean, everyone, visits=True)
    predicted = loaded.predict(new)
    pd.testing.assert_series_equal(predicted, fitted.predict(new))
    assert list(predicted.index) == list(everyone.patients.index)
    assert (loaded.model, loaded.seed, loaded.n_patients) == (model, 1, len(small.X))
    suffixes = {path.suffix for path in (tmp_path / "network").iterdir()}
    assert suffixes == {".keras", ".json"}
    # one number per column at most, never one per patient
    learnt = json.loads((tmp_path / "network" / "model.json").read_text())["learnt"]
    longest = max(
        len(part.get("array", part.get("series", "")))
        for step in learnt.values()
        for part in step.values()
        if isinstance(part, dict)
    )
    assert longest <= len(features_in(small.X.columns))
    alsnb.save(loaded, tmp_path / "network")  # replaces the earlier one


@pytest.fixture(scope="module")
def saved(small, tmp_path_factory):
    """A folder with a saved network."""
    fitted = alsnb.fit(alsnb.models.FFNN(**QUICK), small.X, small.y, seed=1)
    return alsnb.save(fitted, tmp_path_factory.mktemp("saved") / "network")


def cut(folder, name):
    path = folder / name
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def edit(folder, change, name="model.json"):
    description = json.loads((folder / name).read_text(encoding="utf-8"))
    change(description)
    (folder / name).write_text(json.dumps(description, indent=1), encoding="utf-8")


DAMAGED = {
    "cut description": (lambda f: cut(f, "model.json"), "damaged or of another program"),
    "no object": (lambda f: (f / "model.json").write_text("[]"), "damaged or of another program"),
    "newer": (lambda f: edit(f, lambda d: d.update(form=99)), "form 99, of another version"),
    "edited": (
        lambda f: edit(f, lambda d: d["learnt_of_inputs"].update(extra_=1)),
        "'model.json', which was cut, changed or lost",
    ),
    "no digests": (lambda f: edit(f, lambda d: d.pop("files")), "'model.json', which was cut"),
    "cut weights": (lambda f: cut(f, "network_01.keras"), "'network_01.keras', which was cut"),
    "lost weights": (lambda f: (f / "network_00.keras").unlink(), "'network_00.keras', which was"),
    "edited settings": (
        lambda f: edit(f, lambda d: d.update(n_networks=1), "regressor.json"),
        "'regressor.json', which was cut, changed or lost",
    ),
}


@pytest.mark.parametrize("what", DAMAGED)
def test_a_saved_network_that_is_not_as_it_was_written_is_refused(saved, tmp_path, what):
    folder = Path(shutil.copytree(saved, tmp_path / "network"))
    damage, told = DAMAGED[what]
    damage(folder)
    with pytest.raises(alsnb.BadInput, match=f"^'network': expected .*{told}") as refused:
        alsnb.load(folder)
    assert str(tmp_path) not in str(refused.value)


def test_what_the_disk_does_not_take_is_told_without_a_path(saved, tmp_path, monkeypatch):
    fitted = alsnb.load(saved)

    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device", str(tmp_path / "x"))

    monkeypatch.setattr("alsnb.api.fitted.save_network", full)
    with pytest.raises(alsnb.BadInput, match=r"^'new': expected .* a disk without room\. Make"):
        alsnb.save(fitted, tmp_path / "new")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").touch()
    with pytest.raises(alsnb.BadInput, match=r"^'new': .* a file in the place of a folder"):
        alsnb.save(fitted, tmp_path / "file" / "new")


@pytest.mark.slow
def test_a_search_gives_a_model_that_can_be_fitted(small):
    fixed = {name: value for name, value in QUICK.items() if name not in ("n_networks", "scaling")}
    found = alsnb.search(
        alsnb.models.FFNN(n_networks=2),
        small.X,
        small.y,
        small.folds,
        n_trials=2,
        seed=1,
        fixed=fixed,
        n_jobs=1,
    )
    assert len(found.trials) == 2
    assert found.best.n_networks == 2
    assert found.best.n_epochs == 3
    assert alsnb.fit(found.best, small.X, small.y).n_patients == len(small.X)


def test_what_a_notebook_shows_of_an_object_has_no_row_of_a_patient(small):
    task = alsnb.make_task(_Prepared(small), n_folds=2, seed=1)
    fitted = alsnb.fit(alsnb.models.Mean(), small.X, small.y)
    shown = [small.release, small.clean, small.cohort, task, fitted]
    subjects = {str(subject) for subject in small.cohort.patients.index}
    for value in shown:
        for text in (repr(value), value._repr_html_()):
            assert len(text) < 2000
            assert not subjects & set(re.findall(r"\d{3,}", text.replace(",", "")))


class _Prepared:
    def __init__(self, small):
        self.cohort, self.catalogue = small.cohort, small.catalogue
        self.features = small.X.drop(columns=list(VISIT_COLUMNS))
        self.sequences = alsnb.make_sequences(small.clean, small.cohort)


@pytest.mark.parametrize(
    ("models", "sentence"),
    [
        ({"cnn": alsnb.models.CNN()}, "Model 'cnn': .*make_features\\(clean, cohort, visits=True"),
        ({"forest": alsnb.models.Forest}, "settings, as in Forest\\(\\)"),
        ({"forest": 3}, "one of alsnb.models, or an estimator .* found something of type int"),
        ([alsnb.models.Forest()], "names with a model each"),
        ({}, "found none"),
        ({"ridge": alsnb.models.Ridge(features=("ages",))}, "expected 'ages'"),
    ],
)
def test_models_that_cannot_be_are_refused_in_a_sentence(small, models, sentence):
    X = small.X.drop(columns=list(VISIT_COLUMNS))
    with pytest.raises(alsnb.BadInput, match=sentence):
        alsnb.cross_validate(models, X, small.y, small.folds)


def test_other_mistakes_are_told_in_a_sentence(small, predictions, tmp_path):
    with pytest.raises(alsnb.BadInput, match="found 'tree'"):
        alsnb.compare(predictions, reference="tree")
    with pytest.raises(alsnb.BadInput, match=r"Write \['rmsd'\]"):
        alsnb.score(predictions, "rmsd")
    with pytest.raises(alsnb.BadInput, match=r"read_release or alsnb\.simulate"):
        alsnb.clean("PRO-ACT.zip")
    with pytest.raises(alsnb.BadInput, match="both indexed by patient"):
        alsnb.fit(alsnb.models.Mean(), small.X, small.y.to_numpy())
    with pytest.raises(alsnb.BadInput, match="a fitted FFNN, CNN or RNN"):
        alsnb.save(alsnb.fit(alsnb.models.Mean(), small.X, small.y), tmp_path / "mean")
    with pytest.raises(alsnb.BadInput, match="a folder with a saved network"):
        alsnb.load(tmp_path)
    (tmp_path / "thesis.txt").write_text("mine")
    network = alsnb.fit(alsnb.models.FFNN(**QUICK), small.X, small.y)
    with pytest.raises(alsnb.BadInput, match="nothing was touched"):
        alsnb.save(network, tmp_path)
    with pytest.raises(alsnb.BadInput, match=r"such as alsnb\.models\.FFNN"):
        alsnb.search(alsnb.models.Forest(), small.X, small.y, small.folds, n_trials=1, seed=1)
    ranks = alsnb.fit(alsnb.models.FFNN(**QUICK, scaling="quantile"), small.X, small.y)
    with pytest.raises(alsnb.BadInput, match="no values of single patients"):
        alsnb.save(ranks, tmp_path / "ranks")


@pytest.mark.parametrize("page", sorted(BOOK.glob("api*.md")), ids=lambda page: page.stem)
def test_the_reference_names_modules_that_are_there_and_no_room(page):
    named = re.findall(r"auto(?:module|function):: (\S+)", page.read_text())
    assert not [name for name in named if name.startswith("alsnb.lessons")]
    for name in named:
        module, _, last = name.rpartition(".")
        if not hasattr(importlib.import_module(module), last):
            importlib.import_module(name)
