import dataclasses

import numpy as np
import pytest

from alsnb.checks import BadInput
from alsnb.models.network import NetworkRegressor
from alsnb.models.rnn import CELLS, RNNSettings, make_rnn
from alsnb.models.training import Trainer
from alsnb.models.weights import draw_weights

SETTINGS = RNNSettings(
    n_units=(6, 4),
    hidden_sizes=(8, 8),
    n_epochs=120,
    batch_size=16,
    learning_rate=0.01,
    dropout_rate=0.0,
    validation_share=0.0,
    weight_decay=0.0,
)
SHAPE = {"visits": [11, 5], "features": 3}


def patients(n_patients=60, *, seed=0):
    """The target is a feature plus how much the first question falls over the visits."""
    rng = np.random.default_rng(seed)
    visits = rng.normal(size=(n_patients, 11, 5))
    features = rng.normal(size=(n_patients, 3))
    target = features[:, 0] + visits[:, 0, 4] - visits[:, 0, 0]
    return {"features": features, "visits": visits}, target


@pytest.mark.parametrize("cell", CELLS)
def test_the_last_state_of_the_second_layer_goes_on(cell):
    model = make_rnn(SHAPE, dataclasses.replace(SETTINGS, cell=cell))
    recurrent = [layer for layer in model.layers if type(layer).__name__ == CELLS[cell]]
    assert [layer.output.shape[1:] for layer in recurrent] == [(5, 6), (4,)]
    joined = [layer for layer in model.layers if type(layer).__name__ == "Concatenate"]
    assert joined[0].output.shape[1:] == (4 + 3,)


@pytest.mark.parametrize("cell", CELLS)
def test_every_kernel_is_drawn_anew_and_only_kernels_decay(cell):
    trainer = Trainer(make_rnn(SHAPE, dataclasses.replace(SETTINGS, cell=cell)))
    first, other = (
        draw_weights(trainer.model, trainer.built_weights, seed=seed) for seed in (0, 1)
    )
    variables = trainer.model.trainable_variables
    decay = trainer.decay_kernels(0.5)
    start = 0
    for variable, a, b in zip(variables, first, other, strict=False):
        is_kernel = variable.name in ("kernel", "recurrent_kernel")
        assert np.array_equal(a, b) != is_kernel
        assert set(decay[start : start + a.size]) == {0.5 * is_kernel}
        start += a.size


def test_it_learns_from_both_inputs_and_is_the_same_again(tmp_path):
    inputs, target = patients()
    regressor = NetworkRegressor(SETTINGS, make_network=make_rnn, n_networks=1)
    fitted = regressor.fit(inputs, target)
    predicted = fitted.predict(inputs)
    assert np.corrcoef(predicted, target)[0, 1] > 0.8
    for name in inputs:
        blind = inputs | {name: np.zeros_like(inputs[name])}
        assert fitted.score(blind, target) < fitted.score(inputs, target) - 0.1
    fitted.save(tmp_path)
    loaded = NetworkRegressor.load(tmp_path, settings_class=RNNSettings, make_network=make_rnn)
    assert np.array_equal(loaded.predict(inputs), predicted)
    assert np.array_equal(fitted.fit(inputs, target).predict(inputs), predicted)


@pytest.mark.slow
@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_gated_cells_train_without_features_too(cell):
    inputs, target = patients()
    settings = dataclasses.replace(SETTINGS, cell=cell)
    visits = {"visits": inputs["visits"]}
    fitted = NetworkRegressor(settings, make_network=make_rnn, n_networks=1).fit(visits, target)
    assert fitted.score(visits, target) > 0.2


def test_an_unknown_cell_is_refused():
    with pytest.raises(BadInput, match="'simple', 'gru', 'lstm'; found 'elman'"):
        make_rnn(SHAPE, RNNSettings(cell="elman"))
