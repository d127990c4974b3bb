"""Promises that keep held-out patients out of what is learnt."""

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from alsnb.evaluation.crossval import cross_validate, learning_curve, predict_held_out
from alsnb.evaluation.scores import rmsd
from alsnb.splits import make_folds


def make_forest(seed):
    return RandomForestRegressor(15, min_samples_leaf=5, random_state=seed)


EVALUATED_MODELS = {"ridge": make_pipeline(StandardScaler(), Ridge(10.0)), "forest": make_forest}


def simulate_slopes(seed, n_patients=150):
    """Return features and a target of which the first two features explain four fifths."""
    rng = np.random.default_rng(seed)
    patients = pd.Index([f"p{number:03d}" for number in range(n_patients)], name="patient")
    features = pd.DataFrame(rng.normal(size=(n_patients, 5)), index=patients)
    features.columns = [f"x{number}" for number in range(5)]
    target = features["x0"] + features["x1"] + rng.normal(0, np.sqrt(0.5), n_patients)
    return features, target.rename("slope")


@pytest.fixture(params=EVALUATED_MODELS)
def evaluated_model(request):
    return EVALUATED_MODELS[request.param]


@pytest.mark.parametrize("seed", range(2))
def test_changed_held_out_rows_change_no_other_prediction(evaluated_model, seed):
    """A patient held out with others is predicted the same, whatever the others' rows say."""
    features, target = simulate_slopes(seed)
    train, test = features.index[:100], features.index[100:]
    changed_features, changed_target = features.copy(), target.copy()
    changed_features.loc[test[10:]] = 1e3
    changed_target.loc[test] = -1e3
    settings = {"train": train, "test": test, "name": "model"}
    before = predict_held_out(evaluated_model, features, target, **settings)
    after = predict_held_out(evaluated_model, changed_features, changed_target, **settings)
    np.testing.assert_allclose(before["predicted"][:10], after["predicted"][:10], rtol=1e-12)
    assert (after["observed"] == -1e3).all()


def test_changed_rows_of_a_fold_change_no_prediction_of_that_fold(evaluated_model):
    features, target = simulate_slopes(0)
    folds = make_folds(features.index, n_folds=3, seed=0)
    held_out = folds[1].test
    changed = target.copy()
    changed.loc[held_out] += 100
    before, after = (
        cross_validate(evaluated_model, features, values, folds, name="model")
        for values in (target, changed)
    )
    same = before["fold"] == 1
    np.testing.assert_array_equal(before["predicted"][same], after["predicted"][same])
    assert (before["predicted"][~same] != after["predicted"][~same]).all()


def test_permuted_held_out_patients_have_permuted_predictions(evaluated_model):
    features, target = simulate_slopes(1)
    train, test = features.index[:100], features.index[100:]
    order = np.random.default_rng(0).permutation(test)
    first, second = (
        predict_held_out(evaluated_model, features, target, train=train, test=keys, name="model")
        for keys in (test, order)
    )
    second = second.set_index("patient").loc[first["patient"]].reset_index()
    np.testing.assert_allclose(first["predicted"], second["predicted"], rtol=1e-12)


def test_learning_curve_never_learns_from_test_patients(evaluated_model):
    features, target = simulate_slopes(2)
    train, test = features.index[:100], features.index[100:]
    settings = {"train": train, "test": test, "sizes": [30, 100], "n_repeats": 2, "seed": 0}
    changed = target.where(target.index.isin(train), 1e3)
    before, after = (
        learning_curve(evaluated_model, features, values, name="model", **settings)
        for values in (target, changed)
    )
    np.testing.assert_array_equal(before["predicted"], after["predicted"])


@pytest.mark.parametrize("seed", range(3))
def test_scores_fall_to_the_mean_when_the_target_is_permuted(evaluated_model, seed):
    features, target = simulate_slopes(seed)
    rng = np.random.default_rng(seed)
    permuted = pd.Series(rng.permutation(target), index=target.index)
    folds = make_folds(features.index, n_folds=5, seed=seed)

    def score(model, values):
        predictions = cross_validate(model, features, values, folds, name="model")
        return rmsd(predictions["observed"], predictions["predicted"])

    assert score(evaluated_model, target) < 0.75 * score(DummyRegressor(), target)
    # no better than the mean but for chance, and never as good as with the true target
    assert score(evaluated_model, permuted) > 0.95 * score(DummyRegressor(), permuted)


@pytest.mark.parametrize("seed", range(3))
def test_a_good_model_stays_above_the_noise(evaluated_model, seed):
    """Less error than that of the true function would be a leak."""
    features, target = simulate_slopes(seed)
    folds = make_folds(features.index, n_folds=5, seed=seed)
    predictions = cross_validate(evaluated_model, features, target, folds, name="model")
    noise = target - features["x0"] - features["x1"]
    found = rmsd(predictions["observed"], predictions["predicted"])
    assert found > 0.98 * np.sqrt(np.mean(noise**2))
