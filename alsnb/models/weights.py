"""Draw a model's initial weights anew and keep them outside the model.

A model's weights are a list of arrays here, first the trainable, then the other variables
(statistics of batches, states of random generators), so that one model serves every training.
"""

import math
from typing import Any

import numpy as np


def list_variables(model: Any) -> list:
    """Return the variables of a model in the order of its weights: first the trainable."""
    return [*model.trainable_variables, *model.non_trainable_variables]


def draw_weights(model: Any, built_weights: list[np.ndarray], *, seed: int) -> list[np.ndarray]:
    """Draw new initial weights from the model's own initialisers, and leave the model as it is.

    The weights it was built with are kept where the initialiser is not random.
    """
    initializers = _random_initializers(model)
    weights = []
    # Halved, the seeds fit the signed 32-bit numbers that TensorFlow draws with.
    seeds = np.random.SeedSequence(int(seed)).generate_state(len(built_weights)) // 2
    for variable, built, own_seed in zip(list_variables(model), built_weights, seeds, strict=True):
        if initializer := initializers.get(id(variable)):
            config = initializer.get_config() | {"seed": int(own_seed)}
            built = np.asarray(type(initializer).from_config(config)(built.shape))
        weights.append(built)
    return weights


def last_bias(model: Any) -> int | None:
    """Return the place of the bias that is added to a model's output; None if there is none."""
    layer = model.layers[-1]
    bias = getattr(layer, "bias", None)
    is_added = getattr(getattr(layer, "activation", None), "__name__", "") == "linear"
    places = [n for n, one in enumerate(list_variables(model)) if one is bias]
    return places[0] if is_added and places else None


def seed_dropout(others: list[np.ndarray], *, seed: int) -> list[np.ndarray]:
    """Start the random generators of a model, the only whole numbers among these, at a seed.

    They differ from one another, and decide every mask of dropout; all else stays as it was.
    """
    return [
        np.array([seed // 2, number], other.dtype) if other.dtype.kind in "iu" else other
        for number, other in enumerate(others)
    ]


def join_weights(weights: list[np.ndarray]) -> np.ndarray:
    """Lay arrays end to end in one vector."""
    return np.concatenate([weight.ravel() for weight in weights])


def split_weights(vector: Any, variables: list) -> list:
    """Cut a vector into tensors with the shapes of the variables; undo :func:`join_weights`."""
    import tensorflow as tf

    shapes = [variable.shape for variable in variables]
    parts = tf.split(vector, [math.prod(shape) for shape in shapes])
    return [tf.reshape(part, shape) for part, shape in zip(parts, shapes, strict=True)]


def _random_initializers(model: Any) -> dict[int, Any]:
    """Return the initialisers that draw, by the identity of the variable they draw."""
    found = {}
    for layer in model._flatten_layers():
        for variable in layer.trainable_variables:
            # A layer calls them kernel_initializer, but recurrent_initializer without "kernel".
            for name in (variable.name, variable.name.removesuffix("_kernel")):
                initializer = getattr(layer, f"{name}_initializer", None)
                if hasattr(initializer, "seed"):
                    found[id(variable)] = initializer
    return found
