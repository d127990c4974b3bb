"""Say how a network is trained and lay out its patients: inner split, mini-batches, padding."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from alsnb.checks import check_one_of, refuse

SCHEDULES = {"constant": np.ones_like, "cosine": lambda done: (1 + np.cos(np.pi * done)) / 2}
"""The share of the learning rate that is left, by the share of the epochs that is done."""

ROWS_PADDED_TO = 64
"""Rows and epochs are padded to a multiple of this, so that similar folds share a program."""


@dataclass(frozen=True, kw_only=True)
class TrainingSettings:
    """How a network is trained, whatever its architecture.

    Attributes
    ----------
    learning_rate : float
        Step size of Adam, at its largest.
    schedule : {"constant", "cosine"}
        Whether the step size stays, or falls from epoch to epoch along half a wave to nearly
        nothing, so that the last steps no longer move the predictions (Loshchilov and Hutter 2017).
    averaging : float
        Each step, the weights that are kept move by the rest of one towards those that learn: an
        average over the last 1 / (1 - averaging) steps or so (Polyak and Juditsky 1992). 0: the
        weights that learn are kept.
    batch_size : int
        Patients per mini-batch; the last batch of an epoch may be smaller.
    n_epochs : int
        Passes over the training patients, at most.
    patience : int
        Stop after this many epochs in a row without a lower validation loss.
    validation_share : float
        Share of the training patients set aside to choose the epoch whose weights are
        kept. With 0 nobody is set aside and the last epoch's weights are kept.
    weight_decay : float
        Share by which each step shrinks the kernels, times the learning rate (decoupled
        from the gradient, as in AdamW); biases are not shrunk. Customary are 0.001 to 0.1.
    """

    learning_rate: float = 1e-3
    schedule: str = "constant"
    averaging: float = 0.0
    batch_size: int = 32
    n_epochs: int = 200
    patience: int = 20
    validation_share: float = 0.2
    weight_decay: float = 0.0


def make_rates(settings: TrainingSettings) -> np.ndarray:
    """Return the learning rate of every epoch, padded with zeros as :func:`make_batches` pads."""
    check_one_of(settings.schedule, SCHEDULES, "The setting 'schedule' of a network")
    done = (np.arange(settings.n_epochs) + 0.5) / max(settings.n_epochs, 1)
    rates = settings.learning_rate * SCHEDULES[settings.schedule](done)
    return pad_rows(rates.astype("float32"))


def make_batches(n_patients: int, settings: TrainingSettings, *, seeds: Sequence[int]) -> dict:
    """Choose the inner validation patients and the mini-batches of every epoch.

    The first of the two ``seeds`` decides the split, the second the order of the patients in each
    epoch. Refused if a count is below 1 or the validation share leaves nobody to learn from.

    Returns
    -------
    dict of arrays
        ``batches`` (n_epochs, n_batches, batch_size) and ``validation`` hold row numbers;
        ``in_batch`` and ``in_validation`` are 1 for rows that count and 0 for padding;
        ``n_epochs``, ``n_batches`` and ``patience`` say where to stop.
    """
    _check_settings(settings, n_patients)
    shuffled = np.random.default_rng(seeds[0]).permutation(n_patients)
    validation, learning = np.split(shuffled, [_count_validation(settings, n_patients)])
    rng = np.random.default_rng(seeds[1])
    orders = np.array([rng.permutation(learning) for _ in range(settings.n_epochs)])
    # The number of batches follows from the padded table, so that it is the same in similar folds.
    shape = (math.ceil(_pad_length(n_patients) / settings.batch_size), settings.batch_size)
    # Padding repeats patients of the same epoch, with no weight in the loss, so that layers
    # with batch statistics see real patients only.
    slots = np.resize(np.arange(len(learning)), shape)
    in_batch = np.arange(slots.size).reshape(shape) < len(learning)
    return {
        "batches": pad_rows(orders[:, slots].astype("int32")),
        "in_batch": in_batch.astype("float32"),
        # Empty if nobody is set aside: no program is compiled for it then.
        "validation": _pad_some(validation.astype("int32")),
        "in_validation": _pad_some(np.ones(len(validation), "float32")),
        "n_epochs": np.int32(settings.n_epochs),
        "n_batches": np.int32(math.ceil(len(learning) / settings.batch_size)),
        "patience": np.int32(settings.patience),
    }


def pad_rows(array: np.ndarray) -> np.ndarray:
    """Append rows of zeros up to a multiple of :data:`ROWS_PADDED_TO`, at least one multiple."""
    n_missing = _pad_length(len(array)) - len(array)
    return np.pad(array, [(0, n_missing)] + [(0, 0)] * (array.ndim - 1))


def _pad_some(array: np.ndarray) -> np.ndarray:
    return pad_rows(array) if len(array) else array


def check_inputs(inputs: Any, *, what: str = "an input", n_patients: int | None = None) -> Any:
    """Return the inputs as float32 (whole numbers unchanged), or refuse them.

    Refused are missing or infinite values, and another number of patients, along the first axis of
    every array, than ``n_patients`` (any by default). ``what`` is what the error calls them.
    """
    import tensorflow as tf

    def check(values: Any) -> np.ndarray:
        array = np.asarray(values)
        array = array if array.dtype.kind in "iu" else array.astype("float32")
        _check_array(array, f"{what} of the network", n_patients)
        return array

    return tf.nest.map_structure(check, inputs)


def _check_array(array: np.ndarray, where: str, n_patients: int | None) -> None:
    if n_patients is not None and len(array) != n_patients:
        raise refuse(
            where,
            expected=f"{n_patients} patients, as many as targets",
            found=f"{len(array)}",
            remedy="Align both on the same patients.",
        )
    if not np.isfinite(array).all():
        raise refuse(
            where,
            expected="finite numbers only",
            found=f"{(~np.isfinite(array)).sum()} missing or infinite values",
            remedy="Impute and scale before training.",
        )


def _check_settings(settings: TrainingSettings, n_patients: int) -> None:
    """Refuse settings nothing can be trained with."""
    wrong = [name for name in ("batch_size", "n_epochs", "patience") if getattr(settings, name) < 1]
    if not 0 <= _count_validation(settings, n_patients) < n_patients:
        wrong.append("validation_share")
    if not 0 <= settings.averaging < 1:
        wrong.append("averaging")
    if wrong:
        raise refuse(
            "training settings",
            expected=f"{wrong[0]} to leave something to learn from",
            found=f"{getattr(settings, wrong[0])} with {n_patients} patients",
            remedy="Give a count of at least 1, or a share from 0 to below 1.",
        )


def _count_validation(settings: TrainingSettings, n_patients: int) -> int:
    return round(settings.validation_share * n_patients)


def _pad_length(n_rows: int) -> int:
    return max(1, math.ceil(n_rows / ROWS_PADDED_TO)) * ROWS_PADDED_TO
