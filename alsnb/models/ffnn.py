"""Build the feed-forward network of Pancotti et al. 2022."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alsnb.models.backend import import_keras
from alsnb.models.batches import TrainingSettings


@dataclass(frozen=True, kw_only=True)
class FFNNSettings(TrainingSettings):
    """Architecture and training of the feed-forward network.

    By default one training gives nearly the same predictions as the next: the learning rate falls,
    the weights are averaged over the last steps, and nobody is set aside to stop early. What is
    not below is as in :class:`alsnb.models.batches.TrainingSettings`.

    Attributes
    ----------
    hidden_sizes : tuple of int
        Units of the hidden layers; three layers, as in the paper.
    activation : str
        Activation of the hidden layers, by its Keras name.
    dropout_rate : float
        Share of hidden units silenced in each training step.
    """

    schedule: str = "cosine"
    averaging: float = 0.99
    n_epochs: int = 40
    validation_share: float = 0.0
    weight_decay: float = 0.01
    hidden_sizes: tuple[int, ...] = (64, 32, 16)
    activation: str = "silu"
    dropout_rate: float = 0.3


def make_ffnn(n_features: int, settings: FFNNSettings) -> Any:
    """Build the feed-forward network of one settings object, untrained.

    A Keras model from features (n_patients, n_features) to a linear output (n_patients, 1).
    """
    keras = import_keras()
    layers = keras.layers

    features = layers.Input((n_features,), name="features")  # (n_patients, n_features)
    hidden = add_hidden_layers(features, settings)  # (n_patients, last of hidden_sizes)
    slope = layers.Dense(1)(hidden)  # (n_patients, 1)
    return keras.Model(features, slope)


def add_hidden_layers(known: Any, settings: FFNNSettings) -> Any:
    """Lay the hidden layers, each followed by dropout, on what is known of a patient.

    All networks end in these layers: from (n_patients, n_features), which may be what a network
    has read from the questionnaires, to (n_patients, last of hidden_sizes).
    """
    layers = import_keras().layers
    hidden = known
    for n_units in settings.hidden_sizes:
        hidden = layers.Dense(n_units, activation=settings.activation)(hidden)
        hidden = layers.Dropout(settings.dropout_rate)(hidden)  # (n_patients, n_units)
    return hidden


def make_inputs(shape: Mapping[str, Any]) -> dict[str, Any]:
    """Make the input layers of a network that reads more than the table, in alphabetical order.

    ``shape`` is the shape of each input without patients, by name.
    """
    layers = import_keras().layers
    return {name: layers.Input(_as_tuple(shape[name]), name=name) for name in sorted(shape)}


def join_features(extracted: Any, inputs: Mapping[str, Any]) -> Any:
    """Put the features of the table, if any, beside what was read from the questionnaires."""
    if "features" not in inputs:
        return extracted
    return import_keras().layers.Concatenate()([extracted, inputs["features"]])


def _as_tuple(size: int | Sequence[int]) -> tuple[int, ...]:
    return (size,) if isinstance(size, int) else tuple(size)
