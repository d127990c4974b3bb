"""One network at a time: its layers, its search and learning, and mistakes in what it reads."""

import numpy as np
import pandas as pd
import pytest

from alsnb.features.questionnaire import VISIT_COLUMNS
from alsnb.lessons.networks import figures, fits, study, tables
from alsnb.models.cnn import CNNSettings
from alsnb.models.ffnn import FFNNSettings
from alsnb.models.recipe import Recipe
from alsnb.models.space import draw_recipes
from alsnb.schema import PATIENT
from alsnb.splits import hold_out, make_folds
from alsnb.study.search import Search
from alsnb.study.task import SlopeTask

QUICK = {"hidden_sizes": (6,), "n_epochs": 4, "batch_size": 32}
HOW = {"seed": 0}


@pytest.fixture(autouse=True)
def own_store(monkeypatch, tmp_path):
    monkeypatch.setenv("ALSNB_STORE", str(tmp_path))
    monkeypatch.setenv("ALSNB_CORES", "1")


def make_small_task(seed=0, n_patients=120):
    """A task whose patients have one to five visits, later ones being copies of the last."""
    rng = np.random.default_rng(seed)
    patients = pd.Index(np.arange(n_patients), name="subject_id")
    target = pd.Series(rng.normal(size=n_patients), index=patients)
    n_visits = rng.integers(1, 6, size=n_patients)
    pictures = rng.integers(0, 5, size=(n_patients, 11, 5)).astype(float)
    pictures[:, 10, :] = np.arange(5) * 0.7
    shown = np.minimum(np.arange(5), n_visits[:, None] - 1)
    pictures = np.take_along_axis(pictures, shown[:, None, :], axis=2)
    visits = pd.DataFrame(pictures.reshape(n_patients, -1), patients, list(VISIT_COLUMNS))
    features = pd.DataFrame(rng.normal(size=(n_patients, 6)), patients, list("abcdef"))
    features["a"] += target
    split = hold_out(patients, share=0.25, seed=seed)
    return SlopeTask(
        predictors=features.join(visits),
        target=target,
        split=split,
        folds=make_folds(split.train, n_folds=2, seed=seed, strata=target.loc[split.train]),
        features=tuple(features),
        questionnaire_features=("b",),
    ), n_visits


@pytest.fixture(scope="module")
def task():
    return make_small_task()[0]


def make_search(n_trials=3):
    recipes = draw_recipes("cnn", n_trials, seed=0)
    scores = pd.DataFrame(
        {
            "pcc": [0.30, np.nan, 0.34][:n_trials],
            "pcc_sd": [0.02, np.nan, 0.03][:n_trials],
            "rmsd": 0.5,
            "problem": ["", "It diverged.", ""][:n_trials],
            "chosen": [False, False, True][:n_trials],
        }
    )
    flat = pd.DataFrame([recipe.flat() for recipe in recipes])
    trials = pd.concat([flat, scores], axis=1)
    trials.insert(0, "trial", range(n_trials))
    by_fold = pd.DataFrame({0: trials["pcc"] - 0.01, 1: trials["pcc"] + 0.01})
    best = recipes[2]
    return Search(network="cnn", recipes=recipes, trials=trials, by_fold=by_fold, best=best)


def test_layers_read_the_features_that_are_left(task):
    recipe = Recipe(n_features=6, network=CNNSettings())
    layers = study.list_layers(task, "cnn", recipe).set_index("name")
    # six were ranked, one of them is made from the questionnaires
    assert layers.loc["features", "output_shape"] == "5"
    assert sum(layers["n_weights"]) == study.count_weights(layers.reset_index())["total"]
    plain = study.list_layers(task, "ffnn", Recipe(n_features=6))
    assert plain.set_index("name").loc["features", "output_shape"] == "6"
    shown = tables.tabulate_layers(plain)
    assert len(shown) == len(plain)
    assert shown["Reads"].iloc[0] == "the patient"


def test_the_table_of_a_search_says_what_was_chosen_and_that_nothing_is_printed():
    found = make_search()
    table = study.tabulate_search(found).set_index("setting")
    assert set(table["published"]) == {"not available"}
    assert table.loc["activation", "estimate"] == found.best.network.activation
    assert table.loc["n_filters", "estimate"] == "-".join(map(str, found.best.network.n_filters))
    assert table.loc["pcc", "estimate"] == "0.3400"
    assert table.loc["pcc", ["low", "high"]].tolist() == pytest.approx([0.31, 0.37])
    assert table["difference"].isna().all()
    shown = tables.tabulate_settings(table.reset_index())
    assert shown["Setting"].notna().all()
    assert "3 configurations" in shown["Among"].iloc[-1]
    assert shown["This run"].iloc[-1].startswith("0.340 (")


def test_the_trace_keeps_the_best_so_far_over_a_failed_trial():
    found = make_search()
    trace = study.trace_search(found)
    assert trace["best"].tolist() == pytest.approx([0.30, np.nan, 0.34], nan_ok=True)
    # 0.30 lies further below 0.34 than the 0.03 between the folds of the best
    assert study.measure_trace(found) | {"sd": 0.03} == {
        "n_trials": 2,
        "lowest": "0.300",
        "highest": "0.340",
        "sd": 0.03,
        "n_close": 1,
    }
    assert "number 3" in figures.describe_trace(trace)


def test_learning_is_followed_through_all_epochs(task):
    recipe = Recipe(n_features=4, network=FFNNSettings(**QUICK))
    training = task.inputs(held_out=False)
    losses = study.follow_learning(training, network="ffnn", recipe=recipe, n_networks=1, **HOW)
    assert losses["epoch"].max() == 4
    assert set(losses["patients"]) == {fits.LEARNT_FROM, fits.SET_ASIDE}
    assert np.isfinite(losses["loss"]).all()
    turn = study.find_turn(losses, recipe)
    aside = losses[losses["patients"] == fits.SET_ASIDE].set_index("epoch")["loss"]
    assert turn["lowest"] == aside.loc[turn["best_epoch"]] == aside.min()
    assert (turn["n_epochs"], turn["last"]) == (4, aside.loc[4])
    assert "after epoch 4" in figures.describe_losses(losses)


def test_both_splits_are_scored_and_the_seeds_are_compared():
    rng = np.random.default_rng(0)
    observed = rng.normal(size=60)
    frames = [
        pd.DataFrame(
            {
                PATIENT: np.arange(60),
                "model": "ffnn",
                "split": split,
                "repeat": repeat,
                "fold": 0,
                "observed": observed,
                "predicted": observed + rng.normal(size=60),
            }
        )
        for split, repeat in (("train", 0), ("test", 0), ("test", 1))
    ]
    test = pd.concat(frames[1:], ignore_index=True)
    scores = study.score_both(frames[0], test, 200)
    assert list(scores["model"].unique()) == [study.SEEN, study.HELD_OUT]
    luck = study.spread_over_seeds(test)
    found = study.compare_luck(luck, scores)
    assert found["n_seeds"] == 2
    assert float(found["lowest"]) < float(found["highest"])
    assert tables.cell(scores, study.SEEN).count(".") == 3


def test_shuffled_visits_keep_answers_and_month_together():
    task, _ = make_small_task()
    inputs = task.inputs(held_out=False)
    changed = study.shuffle_visits(inputs, seed=0).predictors
    assert list(changed.columns) == list(inputs.predictors.columns)
    before, after = (study._pictures(frame) for frame in (inputs.predictors, changed))
    assert not np.array_equal(before, after)
    for one, other in zip(before, after, strict=True):
        assert sorted(map(tuple, one.T)) == sorted(map(tuple, other.T))
    pd.testing.assert_frame_equal(changed[list("abcdef")], inputs.predictors[list("abcdef")])


def test_copies_become_zeros_and_visits_stay():
    task, n_visits = make_small_task()
    inputs = task.inputs(held_out=False)
    after = study._pictures(study.zero_copies(inputs).predictors)
    before = study._pictures(inputs.predictors)
    for one, other, n in zip(before, after, n_visits[inputs.predictors.index], strict=True):
        assert np.array_equal(one[:, :n], other[:, :n])
        assert not other[:, n:].any()


def test_visits_are_counted_and_few_patients_are_joined_with_their_neighbours():
    task, n_visits = make_small_task()
    is_new = study._is_new(study._pictures(task.predictors))
    assert is_new.sum(axis=1).tolist() == n_visits.tolist()
    table = study.slopes_by_visits(task)
    assert table["visits"].tolist() == list("12345")
    few = [*np.flatnonzero(n_visits == 5)[:3], *np.flatnonzero(n_visits < 5)]
    small = SlopeTask(
        predictors=task.predictors.iloc[few],
        target=task.target.iloc[few],
        split=task.split,
        folds=task.folds,
        features=task.features,
        questionnaire_features=(),
    )
    assert study.slopes_by_visits(small)["visits"].tolist() == ["1", "2", "3", "4 or more"]


@pytest.mark.slow
def test_a_mistake_is_priced_on_the_same_patients(task):
    recipe = Recipe(n_features=4, network=CNNSettings(**QUICK, n_filters=(4, 4)))
    right = task.inputs(held_out=False)
    predictions = study.predict_both(
        right, study.zero_copies(right), network="cnn", recipe=recipe, **HOW
    )
    counts = predictions.groupby("model")[PATIENT].nunique()
    versions = [study.AS_IS, study.WHEN_USED, study.THROUGHOUT]
    assert counts.to_dict() == dict.fromkeys(versions, len(task.split.train))
    prices = study.compare_with(predictions, study.AS_IS, 200)
    assert set(prices["model"]) == {study.WHEN_USED, study.THROUGHOUT}


def test_no_mistake_changes_nothing_when_used(task):
    recipe = Recipe(n_features=4, network=FFNNSettings(**QUICK))
    right = task.inputs(held_out=False)
    predictions = study.predict_both(right, right, network="ffnn", recipe=recipe, **HOW)
    wide = predictions.pivot_table(index=PATIENT, columns="model", values="predicted")
    assert np.array_equal(wide[study.AS_IS], wide[study.WHEN_USED])
    assert np.array_equal(wide[study.AS_IS], wide[study.THROUGHOUT])


@pytest.mark.slow
def test_all_features_are_compared_with_the_ranked(task):
    recipe = Recipe(n_features=2, network=FFNNSettings(**QUICK))
    training = task.inputs(held_out=False)
    predictions = study.predict_without_choice(training, network="ffnn", recipe=recipe, **HOW)
    assert set(predictions["model"]) == {study.AS_IS, study.ALL_FEATURES}
    assert predictions.groupby("model")[PATIENT].nunique().eq(len(task.split.train)).all()
