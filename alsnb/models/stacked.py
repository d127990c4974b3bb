"""Train stacks of small networks in NumPy: the first axis of every array is the network.

A hidden layer is a kernel and a bias, an activation and dropout; the last layer gives a number for
each class. See :mod:`alsnb.models.together`, which says what goes in.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.special import expit, log_softmax, softmax

from alsnb.models.boltzmann import pretrain_layers
from alsnb.models.ffnn import FFNNSettings

FIRST_DECAY, SECOND_DECAY, EPSILON = 0.9, 0.999, 1e-7


@dataclass(frozen=True, kw_only=True)
class StackSettings(FFNNSettings):
    """Architecture and training of networks that are trained together.

    What is not below is as in :class:`alsnb.models.ffnn.FFNNSettings`; ``validation_share``,
    ``schedule`` and ``averaging`` are not used: the splits say who is watched, and the weights
    of the best epoch are kept.

    Attributes
    ----------
    pretraining_epochs : int
        Passes over the training patients by which each hidden layer is first made a restricted
        Boltzmann machine (:mod:`alsnb.models.boltzmann`), with the activation "sigmoid" a deep
        belief network. 0: none.
    pretraining_rate : float
        Step size of it.
    """

    n_epochs: int = 100
    weight_decay: float = 0.1
    pretraining_epochs: int = 0
    pretraining_rate: float = 0.01


def train_stack(
    inputs: np.ndarray,
    classes: np.ndarray,
    train: np.ndarray,
    watched: np.ndarray,
    settings: StackSettings,
    rngs: list[np.random.Generator],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Train networks until none gets better any more.

    Parameters
    ----------
    inputs : float32 array of shape (n_networks, n_patients, n_inputs)
    classes : int array of shape (n_patients,)
    train, watched : int arrays of shape (n_networks, n_training) and (n_networks, n_validation)
        Row numbers of the patients to learn from, and of those who say when to stop.
    settings : StackSettings
    rngs : list of Generator
        One for each network.

    Returns
    -------
    probabilities, best_epochs, losses
        As in :class:`alsnb.models.together.Together`.
    """
    n_classes = int(classes.max()) + 1
    is_class = np.eye(n_classes, dtype="float32")[classes]
    sizes = [inputs.shape[2], *settings.hidden_sizes, n_classes]
    weights = _draw_weights(sizes, rngs)
    if settings.pretraining_epochs:
        pretrain_layers(
            weights,
            inputs[np.arange(len(train))[:, None], train],
            n_epochs=settings.pretraining_epochs,
            rate=settings.pretraining_rate,
            batch_size=settings.batch_size,
            rngs=rngs,
        )
    adam = Adam(weights, settings)
    best = [weight.copy() for weight in weights]
    lowest, best_epoch = np.full(len(train), np.inf), np.zeros(len(train), int)
    # numbers of the networks that still learn, and their patients in rows
    going, network = np.arange(len(train)), np.arange(len(train))[:, None]
    learnt_from, seen = inputs[network, train], inputs[network, watched]
    for epoch in range(settings.n_epochs):
        for batch, masks in _batches(train.shape[1], settings, [rngs[k] for k in going]):
            rows = np.take_along_axis(learnt_from, batch[:, :, None], axis=1)
            wanted = is_class[np.take_along_axis(train[going], batch, axis=1)]
            adam.step(weights, gradient(weights, rows, wanted, settings.activation, masks))
        loss = _losses(weights, seen, is_class[watched[going]], settings.activation)
        better = loss < lowest[going]
        lowest[going[better]], best_epoch[going[better]] = loss[better], epoch
        for kept, weight in zip(best, weights, strict=True):
            kept[going[better]] = weight[better]
        goes_on = epoch - best_epoch[going] < settings.patience
        if not goes_on.all():
            going = going[goes_on]
            weights, learnt_from, seen = (
                [weight[goes_on] for weight in weights],
                learnt_from[goes_on],
                seen[goes_on],
            )
            adam.keep(goes_on)
        if not len(going):
            break
    logits = predict_logits(best, inputs, settings.activation)
    return softmax(logits, axis=2), best_epoch, lowest


def _draw_weights(sizes: list[int], rngs: list[np.random.Generator]) -> list[np.ndarray]:
    """Draw initial kernels as Glorot and Bengio (2010) do; biases are zero."""
    weights = []
    for n_in, n_out in pairwise(sizes):
        limit = np.sqrt(6 / (n_in + n_out))
        kernels = [rng.uniform(-limit, limit, (n_in, n_out)) for rng in rngs]
        weights += [np.array(kernels, "float32"), np.zeros((len(rngs), 1, n_out), "float32")]
    return weights


def _batches(
    n_patients: int, settings: FFNNSettings, rngs: list[np.random.Generator]
) -> list[tuple[np.ndarray, list[np.ndarray]]]:
    """Draw an epoch's mini-batches and the masks of dropout of each hidden layer."""
    orders = np.array([rng.permutation(n_patients) for rng in rngs])
    width, rate = sum(settings.hidden_sizes), settings.dropout_rate
    kept = np.ones((len(rngs), n_patients, width), "float32")
    if rate:
        drawn = np.array([rng.random((n_patients, width), dtype="float32") for rng in rngs])
        kept = (drawn >= rate).astype("float32") / np.float32(1 - rate)
    ends = np.cumsum(settings.hidden_sizes)[:-1]
    return [
        (orders[:, start:stop], np.split(kept[:, start:stop], ends, axis=2))
        for start in range(0, n_patients, settings.batch_size)
        for stop in [min(start + settings.batch_size, n_patients)]
    ]


def gradient(
    weights: list[np.ndarray],
    inputs: np.ndarray,
    wanted: np.ndarray,
    activation: str,
    masks: list[np.ndarray],
) -> list[np.ndarray]:
    """Return the gradient of the mean cross-entropy of each network's patients.

    Parameters
    ----------
    weights : list of arrays
        Kernel (n, n_in, n_out) and bias (n, 1, n_out) of each layer, in turn.
    inputs, wanted : arrays of shape (n, n_patients, n_inputs) and (n, n_patients, n_classes)
    activation : str
        One of :data:`ACTIVATIONS`.
    masks : list of arrays of shape (n, n_patients, n_units)
        What each hidden unit is multiplied with: dropout.
    """
    known, slopes = [inputs], []
    for layer, mask in enumerate(masks):
        value, slope = ACTIVATIONS[activation](
            known[-1] @ weights[2 * layer] + weights[2 * layer + 1]
        )
        known.append(value * mask)
        slopes.append(slope * mask)
    logits = known[-1] @ weights[-2] + weights[-1]
    error = (softmax(logits, axis=2) - wanted) / np.float32(inputs.shape[1])
    found = []
    for layer in reversed(range(len(known))):
        found += [error.sum(axis=1, keepdims=True), known[layer].transpose(0, 2, 1) @ error]
        if layer:
            error = (error @ weights[2 * layer].transpose(0, 2, 1)) * slopes[layer - 1]
    return found[::-1]


def predict_logits(weights: list[np.ndarray], inputs: np.ndarray, activation: str) -> np.ndarray:
    """Return what each network says of its patients before the softmax, dropout off."""
    known = inputs
    for kernel, bias in zip(weights[:-2:2], weights[1:-2:2], strict=True):
        known = ACTIVATIONS[activation](known @ kernel + bias)[0]
    return known @ weights[-2] + weights[-1]


def _losses(
    weights: list[np.ndarray], inputs: np.ndarray, wanted: np.ndarray, activation: str
) -> np.ndarray:
    """Return the mean cross-entropy of each network's patients."""
    logits = predict_logits(weights, inputs, activation).astype("float64")
    return -(log_softmax(logits, axis=2) * wanted).sum(axis=2).mean(axis=1)


class Adam:
    """Change weights by steps of Adam (Kingma & Ba 2015) with decay of the kernels apart from it.

    Parameters
    ----------
    weights : list of arrays
        As in :func:`gradient`.
    settings : FFNNSettings
    """

    def __init__(self, weights: list[np.ndarray], settings: FFNNSettings):
        self._rate, self._decay = settings.learning_rate, settings.weight_decay
        self._first = [np.zeros_like(weight) for weight in weights]
        self._second = [np.zeros_like(weight) for weight in weights]
        self._n_steps = 0

    def step(self, weights: list[np.ndarray], gradients: list[np.ndarray]) -> None:
        """Change the weights in place."""
        self._n_steps += 1
        n = self._n_steps
        size = self._rate * np.sqrt(1 - SECOND_DECAY**n) / (1 - FIRST_DECAY**n)
        together = zip(weights, gradients, self._first, self._second, strict=True)
        for number, (weight, slope, first, second) in enumerate(together):
            # in place, as fresh memory for millions of weights would cost more than the arithmetic
            work = slope - first
            first += np.multiply(work, np.float32(1 - FIRST_DECAY), out=work)
            np.multiply(slope, slope, out=work)
            work -= second
            second += np.multiply(work, np.float32(1 - SECOND_DECAY), out=work)
            np.sqrt(second, out=work)
            work += np.float32(EPSILON)
            np.divide(first, work, out=work)
            if self._decay and number % 2 == 0:
                weight *= np.float32(1 - self._rate * self._decay)
            weight -= np.multiply(work, np.float32(size), out=work)

    def keep(self, some: np.ndarray) -> None:
        """Go on with some of the networks."""
        self._first = [moment[some] for moment in self._first]
        self._second = [moment[some] for moment in self._second]


# --- activations: the value and its slope --------------------------------------------------


def _relu(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.maximum(x, 0), (x > 0).astype(x.dtype)


def _silu(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    gate = expit(x)
    return x * gate, gate * (1 + x * (1 - gate))


def _sigmoid(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    value = expit(x)
    return value, value * (1 - value)


def _tanh(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    value = np.tanh(x)
    return value, 1 - value**2


ACTIVATIONS: dict[str, Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]] = {
    "relu": _relu,
    "sigmoid": _sigmoid,
    "silu": _silu,
    "tanh": _tanh,
}
"""Activations by their Keras name."""
