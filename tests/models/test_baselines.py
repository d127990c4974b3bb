import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import cross_val_predict
from threadpoolctl import threadpool_limits

from alsnb.checks import BadInput
from alsnb.models.baselines import (
    BartRegressor,
    make_bart,
    make_boosting,
    make_forest,
    make_histogram_boosting,
    make_lasso,
    make_mean,
    make_onset,
    make_ridge,
    make_support_vectors,
)
from alsnb.models.heads import make_onset_head

MAKERS = {
    "mean": make_mean,
    "onset": make_onset,
    "ridge": make_ridge,
    "lasso": make_lasso,
    "support_vectors": lambda: make_support_vectors(3),
    "forest": lambda: make_forest(3, n_trees=30),
    "boosting": lambda: make_boosting(3, n_trees=100, n_runs=2),
    "histogram": lambda: make_histogram_boosting(100),
    "bart": lambda: make_bart(3, n_trees=20, n_draws=50),
}


@pytest.fixture(autouse=True)
def one_thread():
    """Threads that wait for each other on a busy machine made one test thirty times slower."""
    with threadpool_limits(1):
        yield


def make_patients(seed=0, n_patients=160):
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        rng.normal(size=(n_patients, 5)), columns=["log_onset_delta", "b", "c", "d", "e"]
    )
    table["site"] = rng.integers(0, 2, n_patients)
    target = table["log_onset_delta"] + 0.3 * table["b"] + rng.normal(0, 0.3, n_patients)
    table.loc[::9, ["b", "c"]] = np.nan
    table["empty"] = np.nan
    return table, target


@pytest.mark.parametrize("name", MAKERS)
def test_same_seed_same_predictions_without_a_word(name, capfd):
    table, target = make_patients()
    model = MAKERS[name]()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first = clone(model).fit(table, target).predict(table)
        second = clone(model).fit(table, target).predict(table)
    assert first.shape == (len(table),)
    assert np.isfinite(first).all()
    np.testing.assert_array_equal(first, second)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", [name for name in MAKERS if name != "mean"])
def test_every_model_beats_the_mean_but_not_the_noise(name):
    table, target = make_patients()
    predicted = cross_val_predict(MAKERS[name](), table, target, cv=4)
    error = np.mean((predicted - target) ** 2)
    assert 0.3**2 < error < 0.5 * target.var()


@pytest.mark.parametrize("name", ["lasso", "forest", "boosting", "bart"])
def test_held_out_patients_are_predicted_one_by_one(name):
    table, target = make_patients()
    model = MAKERS[name]().fit(table[:120], target[:120])
    together = model.predict(table[120:130])
    alone = [model.predict(table[row : row + 1])[0] for row in range(120, 130)]
    np.testing.assert_allclose(together, alone, rtol=1e-12)


@pytest.mark.parametrize("name", ["forest", "boosting", "bart"])
def test_another_seed_gives_other_predictions(name):
    makers = {
        "forest": lambda seed: make_forest(seed, n_trees=10),
        "boosting": lambda seed: make_boosting(seed, n_trees=10),
        "bart": lambda seed: make_bart(seed, n_trees=10, n_draws=10),
    }
    table, target = make_patients()
    predicted = [makers[name](seed).fit(table, target).predict(table) for seed in (0, 1)]
    assert not np.array_equal(*predicted)


def test_mean_predicts_the_mean_of_training_patients():
    table, target = make_patients()
    predicted = make_mean().fit(table[:50], target[:50]).predict(table[50:])
    np.testing.assert_allclose(predicted, target[:50].mean())


def test_onset_is_the_regression_on_one_column():
    table, target = make_patients()
    column = table[["log_onset_delta"]]
    expected = LinearRegression().fit(column, target).predict(column)
    np.testing.assert_allclose(make_onset().fit(table, target).predict(table), expected)
    np.testing.assert_allclose(make_onset().fit(column, target).predict(table), expected)
    with pytest.raises(BadInput, match="log_onset_delta"):
        make_onset().fit(table[["b", "c"]], target)


def test_onset_of_one_column_is_filled_where_missing():
    table, target = make_patients()
    predicted = make_onset("b").fit(table, target).predict(table)
    assert np.isfinite(predicted).all()


def test_onset_that_is_known_of_nobody_leaves_the_mean():
    table, target = make_patients()
    for gone in (np.nan, 6.1):
        unknown = table.assign(log_onset_delta=gone)
        predicted = make_onset().fit(unknown[:50], target[:50]).predict(table[50:])
        np.testing.assert_allclose(predicted, target[:50].mean())
        below = (target < target.median()).astype(float)
        shares = make_onset_head().fit(unknown[:50], below[:50]).predict(table[50:])
        np.testing.assert_allclose(shares, below[:50].mean())


@pytest.mark.parametrize("make", [make_forest, make_boosting, make_bart])
def test_only_the_chosen_columns_matter(make):
    table, target = make_patients()
    model = make(1, n_trees=10, columns=["log_onset_delta", "e"]).fit(table, target)
    changed = table.assign(b=0.0, c=np.nan, empty=5.0)
    np.testing.assert_array_equal(model.predict(table), model.predict(changed))
    with pytest.raises(BadInput, match="'e'"):
        model.predict(table.drop(columns="e"))


def test_bart_averages_its_draws():
    table, target = make_patients()
    inputs = table[["log_onset_delta", "d", "e"]]
    bart = BartRegressor(n_trees=10, n_draws=15, seed=2).fit(inputs, target)
    draws = bart.model_.predict(inputs.to_numpy(), type="posterior", terms="y_hat")
    assert draws.shape == (len(table), 15)
    np.testing.assert_allclose(bart.predict(inputs), draws.mean(axis=1))


def test_bart_says_that_it_is_not_fitted():
    with pytest.raises(ValueError, match="not fitted"):
        BartRegressor().predict(make_patients()[0])
