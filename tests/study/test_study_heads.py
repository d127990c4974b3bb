"""Classifiers learn from training patients of the task alone, each from its regression's recipe."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from alsnb.evaluation.probabilities import score_probabilities
from alsnb.fits import heads as fits
from alsnb.models import heads
from alsnb.models.architectures import find_architecture
from alsnb.models.recipe import Recipe
from alsnb.models.searched import make_searched
from alsnb.schema import PREDICTIONS
from alsnb.splits import hold_out, make_folds
from alsnb.study.heads import BOTH_HEADS, add_ensemble, predict_head
from alsnb.study.task import SlopeTask

THRESHOLD = -1.1


def make_task(n_patients=120, seed=0):
    """A task with two features and without questionnaires."""
    rng = np.random.default_rng(seed)
    keys = pd.Index(range(100, 100 + n_patients), name="subject_id")
    slope = pd.Series(rng.normal(-0.8, 0.6, n_patients), index=keys)
    predictors = pd.DataFrame(
        {
            "a": slope + rng.normal(0, 0.5, n_patients),
            "b": rng.normal(size=n_patients),
            "log_onset_delta": slope + rng.normal(0, 0.8, n_patients),
        },
        index=keys,
    )
    split = hold_out(keys, share=0.25, seed=seed)
    return SlopeTask(
        predictors=predictors,
        target=slope,
        split=split,
        folds=make_folds(split.train, n_folds=2, seed=seed, strata=slope.loc[split.train]),
        features=("a", "b"),
        questionnaire_features=(),
    )


@pytest.fixture(autouse=True)
def one_core(monkeypatch):
    monkeypatch.setattr(fits, "n_cores", lambda: 1)


@pytest.mark.parametrize("model", ["onset", "forest"])
def test_a_classifier_predicts_each_patient_once_and_never_its_own(model):
    task = make_task()
    out_of_fold, test = predict_head(task, model, threshold=THRESHOLD, size=20, seed=0)
    assert tuple(out_of_fold.columns) == PREDICTIONS
    assert set(test["model"]) == {f"{model}_class"}
    assert sorted(out_of_fold["patient"]) == sorted(task.split.train)
    assert sorted(test["patient"]) == sorted(task.split.test)
    for rows in (out_of_fold, test):
        fast = (task.target.loc[rows["patient"]] < THRESHOLD).to_numpy(dtype=float)
        np.testing.assert_array_equal(rows["observed"], fast)
        assert rows["predicted"].between(0, 1).all()
        assert np.corrcoef(fast, rows["predicted"])[0, 1] > 0


@pytest.mark.parametrize("model", ["onset", "forest"])
def test_test_patients_teach_nothing(model):
    task = make_task()
    turned = task.target.copy()
    turned.loc[task.split.test] = -5 - turned.loc[task.split.test]
    pairs = [
        predict_head(one, model, threshold=THRESHOLD, size=20, seed=0)
        for one in (task, replace(task, target=turned))
    ]
    pd.testing.assert_frame_equal(pairs[0][0], pairs[1][0])
    np.testing.assert_array_equal(pairs[0][1]["predicted"], pairs[1][1]["predicted"])


@pytest.mark.parametrize("network", ["ffnn", "cnn", "rnn"])
def test_a_network_head_is_made_from_the_recipe_of_the_regression(network):
    settings = find_architecture(network).settings_class(n_epochs=3)
    recipe = Recipe(n_features=2, network=settings)
    regression = make_searched(recipe, network=network, columns=["a", "b"], n_networks=2, seed=4)
    inputs = make_task().inputs(held_out=False, parts=False)
    head = fits.make_head(inputs, network, recipe=recipe, size=2)(seed=4)
    classifier = head[-1].classifier
    assert repr(head[0]) == repr(regression[0])
    assert classifier.get_params() == regression[-1].get_params()
    assert classifier.settings.n_epochs == 3


@pytest.mark.parametrize("model", ["onset", "forest"])
def test_heads_of_three_classes_give_each_patient_three_probabilities(model):
    task = make_task()
    own, everyone = (
        task.inputs(held_out=out, features=list(task.predictors), parts=False)
        for out in (False, True)
    )
    thirds = [
        replace(one, target=one.target.rank(pct=True).mul(2.99).astype(int).astype(float))
        for one in (own, everyone)
    ]
    how = {"size": 20, "classes": [0, 1, 2], "seed": 0}
    frames = [
        fits.fit_head(one, model, held_out=out, **how)
        for one, out in zip(thirds, (False, True), strict=True)
    ]
    for frame, patients in zip(frames, (task.split.train, task.split.test), strict=True):
        assert frame.groupby("patient").size().eq(3).all()
        assert sorted(frame["patient"].unique()) == sorted(patients)
        scores = score_probabilities(frame, n_resamples=50).set_index("metric")["estimate"]
        assert scores["balanced_accuracy"] > 0.4


def test_a_fold_without_a_fast_patient_teaches_that_nobody_is():
    predictors = make_task().predictors
    head = heads.make_forest_head(0, n_trees=5).fit(predictors, np.zeros(120))
    np.testing.assert_array_equal(head.predict(predictors), np.zeros(120))


def test_the_ensemble_is_the_mean_of_its_members():
    rng = np.random.default_rng(0)
    facts = {"split": "test", "repeat": 0, "fold": 0, "observed": 1.0}
    members = pd.concat(
        pd.DataFrame({"patient": range(9), "model": model, **facts, "predicted": rng.random(9)})
        for model in ("ffnn_class", "cnn_class")
    )
    wide = add_ensemble(members).pivot_table(index="patient", columns="model", values="predicted")
    expected = (wide["ffnn_class"] + wide["cnn_class"]) / 2
    np.testing.assert_allclose(wide[BOTH_HEADS], expected)
