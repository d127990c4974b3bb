import dataclasses
import json
import re
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from alsnb.checks import BadInput
from alsnb.models.averaged import shared_trainer
from alsnb.models.backend import import_keras
from alsnb.models.ffnn import FFNNSettings, make_ffnn
from alsnb.models.network import NetworkRegressor

# Trainings on up to 128 patients with these settings share one compiled program.
SETTINGS = FFNNSettings(hidden_sizes=(8, 8, 8), n_epochs=30, batch_size=16, learning_rate=0.01)


def table(n_patients=120, *, seed=0):
    rng = np.random.default_rng(seed)
    inputs = rng.normal(size=(n_patients, 4))
    target = -0.7 + 0.5 * inputs[:, 0] * (1 + 0.3 * inputs[:, 1])
    return inputs, target + 0.1 * rng.normal(size=n_patients)


def regressor(**changes):
    return NetworkRegressor(**{"settings": SETTINGS, "n_networks": 2} | changes)


@pytest.fixture(scope="module")
def fitted():
    return regressor(n_networks=3).fit(*table())


def test_it_learns_a_curve(fitted):
    assert fitted.score(*table(seed=1)) > 0.8


def test_prediction_is_the_average_of_the_networks(fitted):
    inputs, _ = table()
    each = fitted.predict_each(inputs)
    assert each.shape == (3, 120)
    assert len(np.unique(each[:, 0])) == 3
    np.testing.assert_allclose(fitted.predict(inputs), each.mean(axis=0))


def test_clone_has_the_parameters_and_nothing_learnt(fitted):
    copy = clone(fitted)
    assert copy.get_params() == fitted.get_params()
    assert not hasattr(copy, "weights_")


def test_same_seed_same_predictions_other_seed_others(fitted):
    inputs, target = table()
    again, other = (regressor(n_networks=3, seed=seed).fit(inputs, target) for seed in (0, 1))
    assert np.array_equal(fitted.predict(inputs), again.predict(inputs))
    assert not np.allclose(fitted.predict(inputs), other.predict(inputs))


def test_folds_of_a_pipeline_share_one_compilation(fitted):
    inputs, target = table(123)
    frame = pd.DataFrame(inputs, columns=list("abcd"))
    n_trainers, n_traces = shared_trainer.cache_info().misses, fitted._trainer().n_traces
    pipeline = make_pipeline(StandardScaler().set_output(transform="pandas"), regressor())
    predicted = cross_val_predict(pipeline, frame, target, cv=KFold(4))
    assert np.corrcoef(predicted, target)[0, 1] > 0.8
    assert shared_trainer.cache_info().misses == n_trainers
    assert pipeline.fit(frame, target)[-1]._trainer() is fitted._trainer()
    assert fitted._trainer().n_traces == n_traces


def test_held_out_patients_change_nothing_learnt():
    inputs, target = table()
    changed, train = inputs.copy(), np.arange(90)
    changed[90:] = 1000.0
    first, second = (regressor().fit(X[train], target[train]) for X in (inputs, changed))
    for ours, theirs in zip(first.weights_, second.weights_, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(ours[:-1], theirs[:-1], strict=True))


def test_order_and_company_of_predicted_patients_do_not_matter(fitted):
    inputs, _ = table(seed=2)
    together = fitted.predict(inputs)
    np.testing.assert_allclose(fitted.predict(inputs[::-1])[::-1], together, atol=1e-6)
    np.testing.assert_allclose(fitted.predict(inputs[:1]), together[:1], atol=1e-6)


@pytest.mark.parametrize("seed", [0, 1])
def test_permuted_target_falls_to_the_score_of_the_mean(seed):
    inputs, target = table(180)
    target = np.random.default_rng(seed).permutation(target)
    predicted = cross_val_predict(regressor(seed=seed), inputs, target, cv=KFold(3))
    assert np.mean((predicted - target) ** 2) > 0.95 * target.var()


@pytest.mark.parametrize(("shift", "scale"), [(100.0, 1.0), (0.0, 1e-3), (-5.0, 1e3)])
def test_unit_of_the_target_does_not_matter(fitted, shift, scale):
    inputs, target = table()
    other = regressor(n_networks=3).fit(inputs, shift + scale * target)
    expected = shift + scale * fitted.predict(inputs)
    np.testing.assert_allclose(other.predict(inputs), expected, atol=0.01 * scale)


def test_each_network_has_the_level_of_the_training_patients(fitted):
    inputs, target = table()
    levels = fitted.predict_each(inputs).mean(axis=1)
    np.testing.assert_allclose(levels, target.mean(), atol=1e-5 * target.std())


def test_one_network_is_the_default():
    assert NetworkRegressor().n_networks == 1


def test_a_target_without_variance_is_refused():
    inputs, _ = table()
    with pytest.raises(BadInput, match="differ in it; found one value for all 120"):
        regressor().fit(inputs, np.full(120, -0.7))


def test_a_feature_that_is_the_same_for_all_does_no_harm():
    inputs, target = table()
    inputs[:, 3] = 0.0
    learnt = regressor(n_networks=1).fit(inputs, target)
    others, truth = table(seed=1)
    others[:, 3] = 0.0
    assert learnt.score(others, truth) > 0.7


def test_saved_regressor_predicts_the_same(fitted, tmp_path):
    inputs, _ = table()
    fitted.save(tmp_path / "ffnn")
    names = sorted(path.name for path in (tmp_path / "ffnn").iterdir())
    assert names == [*(f"network_0{k}.keras" for k in range(3)), "regressor.json"]
    loaded = NetworkRegressor.load(tmp_path / "ffnn")
    assert np.array_equal(loaded.predict_each(inputs), fitted.predict_each(inputs))
    assert loaded.get_params() == fitted.get_params()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Keras 3.15 with NumPy 2
        model = import_keras().saving.load_model(tmp_path / "ffnn" / "network_01.keras")
    own = fitted.target_mean_ + fitted.target_scale_ * model(inputs).numpy()[:, 0]
    np.testing.assert_allclose(own, fitted.predict_each(inputs)[1], atol=1e-5)


def test_incomplete_or_other_folder_is_refused(fitted, tmp_path):
    with pytest.raises(BadInput, match=r"written by NetworkRegressor\.save"):
        NetworkRegressor.load(tmp_path)
    fitted.save(tmp_path)
    description = json.loads((tmp_path / "regressor.json").read_text())
    description["settings"]["hidden_sizes"] = [7, 7, 7]
    (tmp_path / "regressor.json").write_text(json.dumps(description))
    with pytest.raises(BadInput, match=r"network_00\.keras: expected weights of the shapes"):
        NetworkRegressor.load(tmp_path)


def test_missing_values_and_divergence_are_refused():
    inputs, target = table()
    with pytest.raises(BadInput, match="Impute and scale"):
        regressor().fit(np.where(inputs > 1, np.nan, inputs), target)
    hot = dataclasses.replace(SETTINGS, learning_rate=1e30)
    with pytest.raises(BadInput, match="Lower learning_rate"):
        regressor(settings=hot).fit(inputs, target)


def make_two_branches(shape, settings):
    keras = import_keras()
    inputs = {
        name: keras.layers.Input(tuple(np.atleast_1d(size)), name=name)
        for name, size in shape.items()
    }
    course = keras.layers.Flatten()(inputs["visits"])
    joined = keras.layers.Concatenate()([course, inputs["static"]])
    return keras.Model(inputs, keras.layers.Dense(1)(joined))


def test_several_inputs(tmp_path):
    rng = np.random.default_rng(0)
    inputs = {"visits": rng.normal(size=(80, 5, 3)), "static": rng.normal(size=(80, 2))}
    branches = regressor(make_network=make_two_branches, n_networks=1)
    branches.fit(inputs, inputs["static"][:, 0])
    assert branches.score(inputs, inputs["static"][:, 0]) > 0.5
    branches.save(tmp_path)
    loaded = NetworkRegressor.load(tmp_path, make_network=make_two_branches)
    assert np.array_equal(loaded.predict(inputs), branches.predict(inputs))


def test_ffnn_has_three_hidden_layers_and_a_linear_output():
    model = make_ffnn(4, FFNNSettings(hidden_sizes=(6, 5, 3)))
    dense = [layer for layer in model.layers if "Dense" in type(layer).__name__]
    assert [layer.units for layer in dense] == [6, 5, 3, 1]
    assert dense[-1].activation.__name__ == "linear"
    assert model.count_params() == 5 * 6 + 7 * 5 + 6 * 3 + 4


@pytest.mark.parametrize("name", ["regressor.json", "network_00.keras"])
def test_a_saved_file_that_is_cut_is_refused_by_its_name(fitted, tmp_path, name):
    fitted.save(tmp_path)
    path = tmp_path / name
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(BadInput, match=f"^{re.escape(name)}: .* cut or damaged"):
        NetworkRegressor.load(tmp_path)
