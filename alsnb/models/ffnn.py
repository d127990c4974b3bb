"""Build the feed-forward network of Pancotti et al. 2022."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alsnb.models.backend import import_keras
from alsnb.models.batches import TrainingSettings


@dataclass(frozen=True, kw_only=True)
class FFNNSettings(TrainingSettings):
    """Architecture and training of the feed-forward network.

    The defaults are the settings with the lowest mean squared error in repeated 5-fold
    cross-validation on the 1,197 training patients of the DREAM 2012 challenge, with the
    highest ranked features clipped at three standard deviations.

    Attributes
    ----------
    hidden_sizes : tuple of int
        Units of the hidden layers; three layers, as in the paper.
    activation : str
        Activation of the hidden layers, by its Keras name.
    dropout_rate : float
        Share of hidden units silenced in each training step.
    learning_rate, batch_size, n_epochs, patience, validation_share, weight_decay
        As in :class:`alsnb.models.batches.TrainingSettings`.
    """

    n_epochs: int = 100
    weight_decay: float = 1.0
    hidden_sizes: tuple[int, ...] = (64, 32, 16)
    activation: str = "silu"
    dropout_rate: float = 0.3


def make_ffnn(n_features: int, settings: FFNNSettings) -> Any:
    """Build the feed-forward network of one settings object, untrained.

    Parameters
    ----------
    n_features : int
        Columns of the feature table.
    settings : FFNNSettings
        Its architecture.

    Returns
    -------
    keras.Model
        From features (n_patients, n_features) to a linear output (n_patients, 1).
    """
    keras = import_keras()
    layers = keras.layers

    features = layers.Input((n_features,), name="features")  # (n_patients, n_features)
    hidden = add_hidden_layers(features, settings)  # (n_patients, last of hidden_sizes)
    slope = layers.Dense(1)(hidden)  # (n_patients, 1)
    return keras.Model(features, slope)


def add_hidden_layers(known: Any, settings: FFNNSettings) -> Any:
    """Lay the hidden layers, each followed by dropout, on what is known of a patient.

    The other networks end in the same layers.

    Parameters
    ----------
    known : keras tensor of shape (n_patients, n_features)
        Features of the table, or what a network has read from the questionnaires.
    settings : FFNNSettings
        Sizes, activation and dropout.

    Returns
    -------
    keras tensor of shape (n_patients, last of hidden_sizes)
        Output of the last hidden layer.
    """
    layers = import_keras().layers
    hidden = known
    for n_units in settings.hidden_sizes:
        hidden = layers.Dense(n_units, activation=settings.activation)(hidden)
        hidden = layers.Dropout(settings.dropout_rate)(hidden)  # (n_patients, n_units)
    return hidden


def make_inputs(shape: Mapping[str, Any]) -> dict[str, Any]:
    """Make the input layers of a network that reads more than the table.

    Parameters
    ----------
    shape : mapping of str to int or list of int
        Shape of each input without patients, by name.

    Returns
    -------
    dict of keras tensors
        By name, in alphabetical order.
    """
    layers = import_keras().layers
    return {name: layers.Input(_as_tuple(shape[name]), name=name) for name in sorted(shape)}


def join_features(extracted: Any, inputs: Mapping[str, Any]) -> Any:
    """Put the features of the table beside what was read from the questionnaires.

    Parameters
    ----------
    extracted : keras tensor of shape (n_patients, n_extracted)
        What a network has read from the questionnaires.
    inputs : mapping of keras tensors
        From :func:`make_inputs`; without ``"features"`` there is nothing to put beside.

    Returns
    -------
    keras tensor of shape (n_patients, n_extracted + n_features)
        Both, side by side.
    """
    if "features" not in inputs:
        return extracted
    return import_keras().layers.Concatenate()([extracted, inputs["features"]])


def _as_tuple(size: int | Sequence[int]) -> tuple[int, ...]:
    return (size,) if isinstance(size, int) else tuple(size)
