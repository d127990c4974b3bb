"""Build the convolutional network of Pancotti et al. 2022."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from alsnb.models.backend import import_keras
from alsnb.models.ffnn import FFNNSettings, add_hidden_layers, join_features, make_inputs

N_VISITS_SEEN = 3
"""Visits side by side that a filter sees at once, in both layers."""


@dataclass(frozen=True, kw_only=True)
class CNNSettings(FFNNSettings):
    """Architecture and training of the convolutional network.

    ``n_filters`` counts the filters of the first and the second convolution; the rest is as in
    :class:`alsnb.models.ffnn.FFNNSettings`, and the activation that of the convolutions, too.
    """

    n_filters: tuple[int, int] = (32, 16)


def make_cnn(shape: Mapping[str, Any], settings: CNNSettings) -> Any:
    """Build the convolutional network of one settings object, untrained.

    ``shape`` has ``"visits"``, questions and visits (11, 5), and ``"features"``, columns of the
    feature table, left out if there is none. The Keras model goes from a dict of ``features``
    (n_patients, n_features) and ``visits`` (n_patients, 11, 5) to a linear output (n_patients, 1).
    """
    keras = import_keras()
    layers, activation = keras.layers, settings.activation
    n_questions, n_visits = shape["visits"]
    n_first, n_second = settings.n_filters

    inputs = make_inputs(shape)
    picture = layers.Reshape((n_questions, n_visits, 1))(inputs["visits"])  # (n_patients, 11, 5, 1)
    first = layers.Conv2D(n_first, (n_questions, N_VISITS_SEEN), activation=activation)
    second = layers.Conv2D(n_second, (1, N_VISITS_SEEN), activation=activation)
    trends = first(picture)  # (n_patients, 1, 3, n_first): every question, three visits
    course = second(trends)  # (n_patients, 1, 1, n_second): all five visits
    extracted = layers.Flatten()(course)  # (n_patients, n_second)
    known = join_features(extracted, inputs)  # (n_patients, n_second + n_features)
    hidden = add_hidden_layers(known, settings)  # (n_patients, last of hidden_sizes)
    slope = layers.Dense(1)(hidden)  # (n_patients, 1)
    return keras.Model(inputs, slope)
