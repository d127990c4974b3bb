import numpy as np
import pytest

from alsnb.models.backend import import_keras
from alsnb.models.weights import (
    draw_weights,
    join_weights,
    list_variables,
    seed_dropout,
    split_weights,
)

keras = import_keras()


@pytest.fixture(scope="module")
def model():
    visits = keras.layers.Input((5, 3))
    hidden = keras.layers.LSTM(4, dropout=0.5, recurrent_dropout=0.5)(visits)
    hidden = keras.layers.Dropout(0.5)(keras.layers.BatchNormalization()(hidden))
    return keras.Model(visits, keras.layers.Dense(1)(hidden))


@pytest.fixture(scope="module")
def built(model):
    return [variable.numpy() for variable in list_variables(model)]


def same(first, second):
    return [np.array_equal(a, b) for a, b in zip(first, second, strict=True)]


def test_every_random_initializer_is_drawn_again(model, built):
    first, again, other = (draw_weights(model, built, seed=seed) for seed in (0, 0, 1))
    assert all(same(first, again))
    names = [variable.name for variable in list_variables(model)]
    drawn = {name for name, equal in zip(names, same(first, other), strict=True) if not equal}
    assert drawn == {"kernel", "recurrent_kernel"}
    assert all(same(built, [variable.numpy() for variable in list_variables(model)]))
    np.testing.assert_allclose(first[1] @ first[1].T, np.eye(4), atol=1e-5)  # orthogonal


def test_every_generator_is_seeded_and_nothing_else(built):
    first, again, other = (seed_dropout(built, seed=seed) for seed in (10, 10, 20))
    assert all(same(first, again))
    generators = [array.dtype.kind in "iu" for array in built]
    assert sum(generators) == 2
    assert same(first, other) == [not generator for generator in generators]
    assert len({tuple(first[place]) for place in np.flatnonzero(generators)}) == 2


def test_split_undoes_join(model, built):
    variables = model.trainable_variables
    weights = built[: len(variables)]
    vector = join_weights(weights)
    assert vector.ndim == 1
    assert all(same(weights, [tensor.numpy() for tensor in split_weights(vector, variables)]))
