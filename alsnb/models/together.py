"""Train many small classifying networks together: one per split of the same few patients.

Starting a training costs Keras far more than the arithmetic of a network that learns from 83
patients. Here the weights of many networks are the first axis of the same arrays, so that a step is
a few calls of NumPy for all of them. They run on one
thread: products of such small matrices are over before a second one has begun, and waiting for it
costs many times as much. A network's numbers depend on its own seed and patients alone, never on
which others were trained beside it.
"""

from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from alsnb.checks import check_one_of, refuse
from alsnb.models.stacked import ACTIVATIONS, StackSettings, train_stack

TRAIN, VALIDATION, OTHER = 0, 1, 2
"""What a patient is to a network: learnt from, watched to stop in time, or only predicted."""

AT_ONCE = 25
"""Networks of which the weights are held at once; bounds the memory, changes nothing else."""

WIDEST_SCORE = 3.0
"""Inputs are clipped to so many standard deviations of the training patients."""


@dataclass(frozen=True)
class Together:
    """What the trainings gave, an entry or a first axis for each network.

    Attributes
    ----------
    probabilities : float32 array of shape (n_networks, n_patients, n_classes)
        Of every patient, whatever it is to the network.
    best_epochs : int array of shape (n_networks,)
        The epoch, from 0, whose weights were kept.
    validation_losses : array of shape (n_networks,)
        Mean cross-entropy of the validation patients then; lower is better.
    """

    probabilities: np.ndarray
    best_epochs: np.ndarray
    validation_losses: np.ndarray


@threadpool_limits.wrap(limits=1, user_api="blas")
def train_together(
    inputs: np.ndarray,
    classes: np.ndarray,
    parts: np.ndarray,
    settings: StackSettings,
    *,
    seed: int | list[int],
    least_present: float | np.ndarray = 0.0,
) -> Together:
    """Train a network for every row of ``parts`` and let each predict all patients.

    Inputs are scaled to mean 0 and SD 1 among the training patients of each network, gaps take
    their mean, and what lies beyond :data:`WIDEST_SCORE` is clipped.

    Parameters
    ----------
    inputs : array of shape (n_patients, n_inputs) or (n_networks, n_patients, n_inputs)
        NaN is a gap.
    classes : int array of shape (n_patients,)
        From 0.
    parts : int array of shape (n_networks, n_patients)
        :data:`TRAIN`, :data:`VALIDATION` or :data:`OTHER`, of each as many in every row.
    settings : StackSettings
        Architecture and training.
    seed : int or list of int
        Network k draws its weights, batches and dropout from this and k.
    least_present : float or array of shape (n_inputs,)
        Inputs that are 0 in more than the rest of the training patients are not used, such as
        connections that few people have.

    Raises
    ------
    alsnb.checks.BadInput
        If the shapes do not fit, a network would have nobody to learn from or to watch, an input is
        infinite, or the activation is not known.
    """
    check_one_of(settings.activation, ACTIVATIONS, "The activation of networks trained together")
    inputs, classes, parts = np.asarray(inputs), np.asarray(classes), np.asarray(parts)
    _check_shapes(inputs, classes, parts)
    found = []
    for start in range(0, len(parts), AT_ONCE):
        some = slice(start, start + AT_ONCE)
        own = inputs[some] if inputs.ndim == 3 else inputs
        rngs = [np.random.default_rng([*np.atleast_1d(seed), k]) for k in range(len(parts))[some]]
        rows = [_rows(parts[some], kind) for kind in (TRAIN, VALIDATION)]
        scaled = scale(own, rows[0], least_present)
        found.append(train_stack(scaled, classes, *rows, settings, rngs))
    return Together(*(np.concatenate(pieces) for pieces in zip(*found, strict=True)))


def scale(
    inputs: np.ndarray, train: np.ndarray, least_present: float | np.ndarray = 0.0
) -> np.ndarray:
    """Scale inputs by the training patients of each network.

    Parameters
    ----------
    inputs : array of shape (n_patients, n_inputs) or (n_networks, n_patients, n_inputs)
    train : int array of shape (n_networks, n_training_patients)
        Their row numbers.
    least_present : float or array of shape (n_inputs,)
        As in :func:`train_together`.

    Returns
    -------
    float32 array of shape (n_networks, n_patients, n_inputs)
        0 throughout where the training patients do not differ.
    """
    scaled = []
    for number, rows in enumerate(train):
        own = inputs if inputs.ndim == 2 else inputs[number]
        learnt = own[rows].astype("float64")
        known = ~np.isnan(learnt)
        n_known = np.maximum(known.sum(axis=0), 1)
        mean = np.where(known, learnt, 0).sum(axis=0) / n_known
        spread = np.sqrt((np.where(known, learnt - mean, 0) ** 2).sum(axis=0) / n_known)
        present = (known & (learnt != 0)).sum(axis=0) / n_known
        used = (spread > 1e-9 * np.maximum(np.abs(mean), 1)) & (present >= least_present)
        scores = (own - mean) / np.where(used, spread, np.inf)
        scores = np.nan_to_num(np.clip(scores, -WIDEST_SCORE, WIDEST_SCORE), nan=0.0)
        scaled.append(scores.astype("float32"))
    return np.array(scaled)


# --- checks --------------------------------------------------------------------------------


def _rows(parts: np.ndarray, kind: int) -> np.ndarray:
    """Return the row numbers of one kind of patients, shape (n_networks, n_of_the_kind)."""
    return np.array([np.flatnonzero(own == kind) for own in parts])


def _check_shapes(inputs: np.ndarray, classes: np.ndarray, parts: np.ndarray) -> None:
    where = "Networks to train together"
    expected = (*parts.shape,) if inputs.ndim == 3 else (parts.shape[-1],)
    if parts.ndim != 2 or inputs.ndim not in (2, 3) or inputs.shape[:-1] != expected:
        raise refuse(
            where,
            expected="inputs (patients, columns) or (networks, patients, columns), and parts "
            "(networks, patients)",
            found=f"inputs {inputs.shape} and parts {parts.shape}",
            remedy="Align both on the same patients.",
        )
    if len(classes) != parts.shape[1]:
        raise refuse(
            where,
            expected=f"a class for each of {parts.shape[1]} patients",
            found=f"{len(classes)} classes",
            remedy="Align both on the same patients.",
        )
    for name, kind in {"to learn from": TRAIN, "to watch": VALIDATION}.items():
        counts = (parts == kind).sum(axis=1)
        if not len(counts) or counts.min() == 0 or counts.min() != counts.max():
            raise refuse(
                where,
                expected=f"patients {name}, as many in every split",
                found=f"between {counts.min(initial=0)} and {counts.max(initial=0)}",
                remedy="Split with alsnb.splits.split_in_three.",
            )
    if np.isinf(inputs).any():
        raise refuse(
            where,
            expected="finite inputs, or gaps",
            found=f"{int(np.isinf(inputs).sum())} infinite values",
            remedy="Take logarithms of counts plus one, and leave gaps as they are.",
        )
