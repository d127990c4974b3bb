"""List the layers of a Keras model, as they are and as they are joined."""

from collections import Counter
from typing import Any

import pandas as pd

LAYERS = ("name", "kind", "output_shape", "n_weights", "comes_from")
"""Columns of the frame that :func:`describe_layers` returns."""

PREDICTION = "prediction"
"""Name of the last layer."""

KINDS = {
    "InputLayer": "input",
    "Conv2D": "convolution",
    "SimpleRNN": "recurrent",
    "GRU": "recurrent, gated (GRU)",
    "LSTM": "recurrent, gated (LSTM)",
    "Concatenate": "side by side",
    "Dense": "dense",
    "Dropout": "dropout",
    "Reshape": "reshape",
    "Permute": "transpose",
    "Flatten": "flatten",
}
"""What a reader calls a layer of Keras."""


def describe_layers(model: Any) -> pd.DataFrame:
    """Return a row for each layer of a functional Keras model, from its inputs to its output.

    ``name`` (an input's own, :data:`PREDICTION`, or kind and number, such as ``"dense 2"``),
    ``kind``, ``output_shape`` (without patients, such as ``"1 x 3 x 32"``), ``n_weights`` and
    ``comes_from`` (the names of the layers before it, joined by ``" + "``). A convolution has the
    size of its filters in its kind.
    """
    names, counts, rows = {}, Counter(), []
    for layer in model.layers:
        kind = KINDS.get(type(layer).__name__, type(layer).__name__)
        counts[kind] += 1
        own = f"{kind.split(',')[0]} {counts[kind]}"
        last = layer is model.layers[-1]
        names[id(layer)] = layer.name if kind == "input" else PREDICTION if last else own
        before = [names[id(one)] for one in _layers_before(layer)]
        rows.append(
            {
                "name": names[id(layer)],
                "kind": kind + _kernel(layer),
                "output_shape": " x ".join(map(str, layer.output.shape[1:])),
                "n_weights": int(layer.count_params()),
                "comes_from": " + ".join(before),
            }
        )
    return pd.DataFrame(rows, columns=list(LAYERS))


def _layers_before(layer: Any) -> list:
    """Return the layers whose outputs a layer takes; none for an input."""
    if type(layer).__name__ == "InputLayer":
        return []
    taken = layer.input if isinstance(layer.input, list) else [layer.input]
    return [tensor._keras_history.operation for tensor in taken]


def _kernel(layer: Any) -> str:
    size = getattr(layer, "kernel_size", ())
    return f" {' x '.join(map(str, size))}" if size else ""
