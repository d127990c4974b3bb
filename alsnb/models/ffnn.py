"""Build the feed-forward network of Pancotti et al. 2022."""

from dataclasses import dataclass
from typing import Any

from alsnb.models.backend import import_keras
from alsnb.models.batches import TrainingSettings


@dataclass(frozen=True)
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

    features = layers.Input((n_features,))  # (n_patients, n_features)
    hidden = features
    for n_units in settings.hidden_sizes:
        hidden = layers.Dense(n_units, activation=settings.activation)(hidden)
        hidden = layers.Dropout(settings.dropout_rate)(hidden)  # (n_patients, n_units)
    slope = layers.Dense(1)(hidden)  # (n_patients, 1)
    return keras.Model(features, slope)
