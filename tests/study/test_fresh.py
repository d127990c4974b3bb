"""Fresh patients are predicted by models that learnt from the others; a search has its price."""

import numpy as np
import pandas as pd
import pytest

from alsnb.schema import PREDICTIONS
from alsnb.splits import hold_out, make_folds
from alsnb.study import fresh, search_price
from alsnb.study.search import Search
from alsnb.study.task import SlopeTask


def make_small_task(n_patients=60, *, seed=0, text_keys=False, oracle=True):
    rng = np.random.default_rng(seed)
    keys = pd.Index(np.arange(n_patients), name="subject_id")
    keys = keys.astype(str) if text_keys else keys
    table = pd.DataFrame(rng.standard_normal((n_patients, 2)), index=keys, columns=["a", "b"])
    target = (table["a"] + rng.standard_normal(n_patients)).rename("slope")
    split = hold_out(keys, share=0.25, seed=seed)
    return SlopeTask(
        predictors=table,
        target=target,
        split=split,
        folds=make_folds(split.train, n_folds=2, seed=seed),
        features=("a", "b"),
        questionnaire_features=(),
        oracle=table["a"] if oracle else None,
    )


@pytest.mark.parametrize("text_keys", [False, True])
def test_all_fresh_patients_are_held_out_and_what_is_learnt_from_stays(text_keys):
    task, other = (make_small_task(seed=seed, text_keys=text_keys) for seed in (0, 1))
    both = fresh.with_fresh_patients(task, other)
    before, after = (one.inputs(held_out=False, parts=False) for one in (task, both))
    pd.testing.assert_frame_equal(before.predictors, after.predictors)
    pd.testing.assert_series_equal(before.target, after.target)
    pd.testing.assert_frame_equal(before.fold_of, after.fold_of)
    split = both.inputs(held_out=True, parts=False)
    (fold,) = split.folds()
    assert list(fold.train) == list(task.split.train)
    np.testing.assert_array_equal(split.target.loc[fold.test], other.target)
    np.testing.assert_array_equal(split.predictors.loc[fold.test], other.predictors)
    np.testing.assert_array_equal(both.oracle.loc[fold.test], other.oracle)
    assert not set(fold.test) & set(task.target.index)
    assert both.predictors.index.is_unique


def test_without_an_oracle_of_either_there_is_none():
    task, other = make_small_task(), make_small_task(seed=1, oracle=False)
    assert fresh.with_fresh_patients(task, other).oracle is None


def frame(predicted, observed, *, model, repeat=0):
    facts = {"patient": range(len(observed)), "model": model, "split": "test", "repeat": repeat}
    columns = facts | {"fold": 0, "observed": observed, "predicted": predicted}
    return pd.DataFrame(columns)[list(PREDICTIONS)]


def two_networks():
    """Return two networks whose errors cancel in their mean."""
    observed = np.linspace(-2, 0, 40)
    error = np.where(np.arange(40) % 2, 0.5, -0.5)
    return pd.concat(
        [
            frame(observed + error, observed, model="ffnn"),
            frame(observed - error + 0.2, observed, model="ffnn", repeat=1),
        ],
        ignore_index=True,
    )


def test_an_average_is_compared_with_the_first_network():
    gains = fresh.compare_average(two_networks(), 200)
    r2 = gains[gains["metric"] == "r2"].iloc[0]
    variance = np.var(np.linspace(-2, 0, 40))
    assert r2["estimate"] == pytest.approx((0.25 - 0.01) / variance)
    assert (r2["model"], r2["reference"]) == ("ffnn", "ffnn")


def test_the_spread_of_levels_is_that_of_mean_predictions():
    levels = fresh.spread_of_levels(two_networks()).iloc[0]
    assert levels["n_networks"] == 2
    assert levels["sd"] == pytest.approx(0.2 / np.sqrt(2))
    assert levels["highest"] - levels["lowest"] == pytest.approx(0.2)


def test_sets_with_the_other_sign_are_counted():
    rng = np.random.default_rng(0)
    observed = rng.normal(size=400)
    noises = {"forest": 0.6, "ffnn": 0.1, "cnn": 0.6001}
    rows = pd.concat(
        [frame(observed + s * rng.normal(size=400), observed, model=m) for m, s in noises.items()],
        ignore_index=True,
    )
    found = fresh.count_otherwise(rows, "forest", n_patients=40, n_sets=200, seed=0)
    found = found.set_index("model")
    assert found.loc["ffnn", "otherwise"] == 0
    assert 0.2 < found.loc["cnn", "otherwise"] < 0.8
    assert (found["n_patients"] == 40).all()
    wrong = np.where(found["estimate"] > 0, 1 - found["ahead"], found["ahead"])
    np.testing.assert_allclose(found["otherwise"], wrong)


# --- the price of a search -------------------------------------------------------------------


def test_choosing_among_noise_costs_what_it_seems_to_gain():
    scores = pd.DataFrame(np.random.default_rng(0).normal(size=(40, 5)))
    prices = search_price.price_search(scores, n_draws=300, seed=0).set_index("n_trials")
    assert list(prices.index) == [1, 2, 5, 10, 20, 40]
    assert abs(prices.loc[1, "price"]) < 0.15
    # the best of forty means of four standard normal numbers lies about one above nothing
    assert 0.7 < prices.loc[40, "seen"] < 1.6
    assert prices["seen"].is_monotonic_increasing


def test_a_trial_that_is_best_in_every_fold_costs_nothing():
    scores = pd.DataFrame([[0.4, 0.4], [0.1, 0.2], [np.nan, np.nan]])
    whole = search_price.price_search(scores, n_draws=3, seed=0).iloc[-1]
    assert (whole["n_trials"], whole["seen"], whole["price"]) == (2, 0.4, 0)


def test_each_criterion_chooses_its_own_trial():
    trials = pd.DataFrame(
        {"trial": [0, 1, 2], "pcc": [0.4, 0.5, np.nan], "rmsd": [0.50, 0.52, np.nan]}
    )
    found = Search(
        network="ffnn",
        recipes=["first", "second", "third"],
        trials=trials.assign(chosen=[False, True, False]),
        by_fold=pd.DataFrame(),
        best="second",
    )
    chosen = search_price.choose_by(found).set_index("criterion")
    assert chosen["trial"].to_dict() == {"pcc": 2, "rmsd": 1}
    assert search_price.recipe_by(found, "pcc") == "second"
    assert search_price.recipe_by(found, "rmsd") == "first"
