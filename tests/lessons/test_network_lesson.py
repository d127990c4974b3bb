import numpy as np
import pandas as pd
import pytest

from alsnb.features.questionnaire import VISIT_COLUMNS
from alsnb.lessons.networks import figures as network_figures
from alsnb.lessons.networks import network_lesson as lesson
from alsnb.lessons.networks import network_mistakes as mistakes
from alsnb.models.cnn import CNNSettings
from alsnb.models.ffnn import FFNNSettings
from alsnb.models.recipe import Recipe
from alsnb.models.space import draw_recipes
from alsnb.schema import PATIENT
from alsnb.splits import hold_out, make_folds
from alsnb.study.search import Search
from alsnb.study.task import Task

QUICK = {"hidden_sizes": (6,), "n_epochs": 4, "batch_size": 32}


@pytest.fixture(autouse=True)
def own_store(monkeypatch, tmp_path):
    monkeypatch.setenv("ALSNB_STORE", str(tmp_path))
    monkeypatch.setattr(mistakes, "n_cores", lambda: 1)


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
    return Task(
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
    return Search(network="cnn", recipes=recipes, trials=trials, best=recipes[2])


def test_layers_read_the_features_that_are_left(task):
    recipe = Recipe(n_features=6, network=CNNSettings())
    layers = lesson.list_layers(task, "cnn", recipe).set_index("name")
    # six were ranked, one of them is made from the questionnaires
    assert layers.loc["features", "output_shape"] == "5"
    plain = lesson.list_layers(task, "ffnn", Recipe(n_features=6)).set_index("name")
    assert plain.loc["features", "output_shape"] == "6"


def test_the_table_of_a_search_says_what_was_chosen_and_that_nothing_is_printed():
    found = make_search()
    table = lesson.tabulate_search(found).set_index("setting")
    assert set(table["published"]) == {"not available"}
    assert table.loc["activation", "estimate"] == found.best.network.activation
    assert table.loc["n_filters", "estimate"] == "-".join(map(str, found.best.network.n_filters))
    assert table.loc["pcc", "estimate"] == "0.3400"
    assert table.loc["pcc", ["low", "high"]].tolist() == pytest.approx([0.31, 0.37])
    assert table["difference"].isna().all()
    shown = lesson.word_search(table.reset_index())
    assert shown["Setting"].notna().all()
    assert "3 configurations" in shown["Among"].iloc[-1]


def test_the_trace_keeps_the_best_so_far_over_a_failed_trial():
    found = make_search()
    trace = lesson.trace_search(found)
    assert trace["best"].tolist() == pytest.approx([0.30, np.nan, 0.34], nan_ok=True)
    assert "2 configurations" in lesson.word_trace(found)
    assert "number 3" in network_figures.describe_trace(trace)


def test_learning_is_followed_for_twice_the_epochs(task):
    recipe = Recipe(n_features=4, network=FFNNSettings(**QUICK))
    losses = lesson.follow_learning(task, "ffnn", recipe, profile="smoke", seed=0)
    assert losses["epoch"].max() == 8
    assert set(losses["patients"]) == {lesson.LEARNT_FROM, lesson.SET_ASIDE}
    assert np.isfinite(losses["loss"]).all()
    assert "after the 4 epochs" in lesson.word_learning(losses, recipe)
    assert "after epoch 8" in network_figures.describe_losses(losses)


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
    scores = lesson.score_both(frames[0], test, "ffnn", "smoke")
    assert list(scores["model"].unique()) == [lesson.SEEN, lesson.HELD_OUT]
    luck = lesson.measure_luck(test, "ffnn")
    assert set(luck["n_seeds"]) == {2}
    assert "Over 2 seeds" in lesson.word_luck(luck, scores)
    assert lesson.word_score(scores, lesson.SEEN).count(".") == 3


def test_shuffled_visits_keep_answers_and_month_together():
    task, _ = make_small_task()
    changed = mistakes.shuffle_visits(task.predictors, seed=0)
    assert list(changed.columns) == list(task.predictors.columns)
    before, after = (mistakes._pictures(frame) for frame in (task.predictors, changed))
    assert not np.array_equal(before, after)
    for one, other in zip(before, after, strict=True):
        assert sorted(map(tuple, one.T)) == sorted(map(tuple, other.T))
    pd.testing.assert_frame_equal(changed[list("abcdef")], task.predictors[list("abcdef")])


def test_copies_become_zeros_and_visits_stay():
    task, n_visits = make_small_task()
    after = mistakes._pictures(mistakes.zero_copies(task.predictors))
    before = mistakes._pictures(task.predictors)
    for one, other, n in zip(before, after, n_visits, strict=True):
        assert np.array_equal(one[:, :n], other[:, :n])
        assert not other[:, n:].any()


def test_visits_are_counted_and_few_patients_are_joined_with_their_neighbours():
    task, n_visits = make_small_task()
    assert mistakes.count_visits(task.predictors).tolist() == n_visits.tolist()
    table = mistakes.tabulate_visits(task)
    assert table["visits"].tolist() == list("12345")
    few = [*np.flatnonzero(n_visits == 5)[:3], *np.flatnonzero(n_visits < 5)]
    small = Task(
        predictors=task.predictors.iloc[few],
        target=task.target.iloc[few],
        split=task.split,
        folds=task.folds,
        features=task.features,
        questionnaire_features=(),
    )
    assert mistakes.tabulate_visits(small)["visits"].tolist() == ["1", "2", "3", "4 to 5"]


@pytest.mark.slow
def test_a_mistake_is_priced_on_the_same_patients(task):
    recipe = Recipe(n_features=4, network=CNNSettings(**QUICK, n_filters=(4, 4)))
    predictions = mistakes.predict_with_mistake(
        task, "cnn", recipe, mistakes.zero_copies, profile="smoke", seed=0
    )
    counts = predictions.groupby("model")[PATIENT].nunique()
    assert counts.to_dict() == dict.fromkeys(
        [mistakes.AS_IS, mistakes.WHEN_USED, mistakes.THROUGHOUT], len(task.split.train)
    )
    prices = mistakes.price_mistake(predictions, "smoke")
    assert set(prices["model"]) == {mistakes.WHEN_USED, mistakes.THROUGHOUT}
    assert "to" in mistakes.word_price(prices, mistakes.WHEN_USED)


def test_no_mistake_changes_nothing_when_used(task):
    recipe = Recipe(n_features=4, network=FFNNSettings(**QUICK))
    predictions = mistakes.predict_with_mistake(
        task, "ffnn", recipe, lambda frame: frame, profile="smoke", seed=0
    )
    wide = predictions.pivot_table(index=PATIENT, columns="model", values="predicted")
    assert np.array_equal(wide[mistakes.AS_IS], wide[mistakes.WHEN_USED])
    assert np.array_equal(wide[mistakes.AS_IS], wide[mistakes.THROUGHOUT])


def test_all_features_are_compared_with_the_ranked(task):
    recipe = Recipe(n_features=2, network=FFNNSettings(**QUICK))
    predictions = mistakes.predict_without_choice(task, "ffnn", recipe, profile="smoke", seed=0)
    assert set(predictions["model"]) == {mistakes.AS_IS, mistakes.ALL_FEATURES}
    assert predictions.groupby("model")[PATIENT].nunique().eq(len(task.split.train)).all()
