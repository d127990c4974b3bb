import numpy as np
import pytest

from alsnb.models.cnn import CNNSettings, make_cnn
from alsnb.models.network import NetworkRegressor

SETTINGS = CNNSettings(
    n_filters=(6, 4),
    hidden_sizes=(8, 8, 8),
    n_epochs=40,
    batch_size=16,
    learning_rate=0.01,
    dropout_rate=0.1,
)
SHAPE = {"visits": [11, 5], "features": 3}


def patients(n_patients=120, *, seed=0):
    """The target is a feature plus how much the first question falls over the visits."""
    rng = np.random.default_rng(seed)
    visits = rng.normal(size=(n_patients, 11, 5))
    features = rng.normal(size=(n_patients, 3))
    target = features[:, 0] + visits[:, 0, 4] - visits[:, 0, 0]
    return {"features": features, "visits": visits}, target


@pytest.fixture(scope="module")
def fitted():
    return NetworkRegressor(SETTINGS, make_network=make_cnn, n_networks=2).fit(*patients())


def outputs(layer_class, model):
    return [layer.output.shape[1:] for layer in model.layers if layer_class in str(type(layer))]


def test_visits_are_narrowed_from_five_to_three_to_one():
    model = make_cnn(SHAPE, SETTINGS)
    assert outputs("Conv2D", model) == [(1, 3, 6), (1, 1, 4)]
    kernels = [tuple(weight.shape) for weight in model.weights if "kernel" in weight.name]
    assert kernels[:2] == [(11, 3, 1, 6), (1, 3, 6, 4)]
    assert outputs("Concatenate", model) == [(4 + 3,)]
    assert outputs("Dense", model) == [(8,), (8,), (8,), (1,)]


def test_without_features_nothing_is_joined():
    model = make_cnn({"visits": [11, 5]}, SETTINGS)
    assert list(model.input) == ["visits"]
    assert not outputs("Concatenate", model)


def test_it_learns_from_both_inputs(fitted):
    inputs, target = patients(seed=1)
    assert fitted.score(inputs, target) > 0.6
    for name in inputs:
        blind = inputs | {name: np.zeros_like(inputs[name])}
        assert fitted.score(blind, target) < fitted.score(inputs, target) - 0.1


def test_order_of_the_inputs_in_the_dict_does_not_matter(fitted):
    inputs, target = patients()
    turned = dict(reversed(inputs.items()))
    again = NetworkRegressor(SETTINGS, make_network=make_cnn, n_networks=2).fit(turned, target)
    assert again._trainer() is fitted._trainer()
    assert np.array_equal(again.predict(turned), fitted.predict(inputs))


def test_saved_network_predicts_the_same(fitted, tmp_path):
    inputs, _ = patients()
    fitted.save(tmp_path)
    loaded = NetworkRegressor.load(tmp_path, settings_class=CNNSettings, make_network=make_cnn)
    assert np.array_equal(loaded.predict(inputs), fitted.predict(inputs))
    assert loaded.get_params() == fitted.get_params()
