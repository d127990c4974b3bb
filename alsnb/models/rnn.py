"""Build the recurrent network of Pancotti et al. 2022."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from alsnb.checks import check_one_of
from alsnb.models.backend import import_keras
from alsnb.models.ffnn import FFNNSettings, add_hidden_layers, join_features, make_inputs

CELLS = {"simple": "SimpleRNN", "gru": "GRU", "lstm": "LSTM"}
"""The Keras layer of each kind of recurrent cell."""


@dataclass(frozen=True, kw_only=True)
class RNNSettings(FFNNSettings):
    """Architecture and training of the recurrent network.

    ``n_units`` counts the units of the first and the second recurrent layer; ``cell`` is
    ``"simple"``, ``"gru"`` or ``"lstm"``. The rest is as in
    :class:`alsnb.models.ffnn.FFNNSettings`; recurrent layers keep the activation of their kind and
    have no dropout.
    """

    n_units: tuple[int, int] = (32, 16)
    cell: str = "simple"


def make_rnn(shape: Mapping[str, Any], settings: RNNSettings) -> Any:
    """Build the recurrent network of one settings object, untrained, or refuse an unknown cell.

    Shape and result are those of :func:`alsnb.models.cnn.make_cnn`.
    """
    check_one_of(settings.cell, CELLS, "Setting 'cell' of the recurrent network")
    keras = import_keras()
    layers = keras.layers
    recurrent = getattr(layers, CELLS[settings.cell])
    n_first, n_second = settings.n_units

    inputs = make_inputs(shape)
    visits = layers.Permute((2, 1))(inputs["visits"])  # (n_patients, 5, 11): visit after visit
    # Five visits are few enough to write the loop out, which runs faster.
    states = recurrent(n_first, return_sequences=True, unroll=True)(
        visits
    )  # (n_patients, 5, n_first)
    extracted = recurrent(n_second, unroll=True)(states)  # (n_patients, n_second): the last state
    known = join_features(extracted, inputs)  # (n_patients, n_second + n_features)
    hidden = add_hidden_layers(known, settings)  # (n_patients, last of hidden_sizes)
    slope = layers.Dense(1)(hidden)  # (n_patients, 1)
    return keras.Model(inputs, slope)
