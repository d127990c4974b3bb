"""Say how much each input moved a prediction: Shapley values of any model.

The values of one patient add up to the prediction less the mean prediction of the background.
They describe the model. Whether the model describes the disease is another question.

References
----------
Lundberg and Lee, A unified approach to interpreting model predictions, NeurIPS 2017.
"""

import functools
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from alsnb.checks import refuse

ROWS_AT_ONCE = 2048
"""Rows that go into a model together; always as many, so that a compiled one is compiled once."""


def explain_predictions(
    predict: Callable[[np.ndarray], np.ndarray],
    inputs: np.ndarray,
    background: np.ndarray,
    *,
    n_permutations: int,
    seed: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the Shapley values of predictions, estimated by permutations with SHAP's own code.

    Inputs are switched one after the other from those of a background patient to the patient's
    own, in random order and back again; what an input changes on its way is its value, averaged
    over background and orders. So the sum is exact whatever the number of permutations, an input
    that changes nothing has zero, and for a sum of effects of single inputs each value is exact.

    Parameters
    ----------
    predict : callable
        Takes inputs (n_rows, n_inputs), returns (n_rows,) or (n_rows, n_outputs).
    inputs : array of shape (n_patients, n_inputs)
        Patients whose predictions are explained.
    background : array of shape (n_background, n_inputs)
        Patients they are compared with; training patients.
    n_permutations, seed : int
        Orders per patient, and their seed.

    Returns
    -------
    values : array of shape (n_patients, n_inputs, n_outputs)
        Contribution of each input, in the unit of the prediction.
    base : array of shape (n_outputs,)
        Mean prediction of the background.

    Raises
    ------
    BadInput
        If the tables do not fit each other or there is nobody in one of them.
    """
    _check_tables(inputs, background, n_permutations)
    shap = _import_shap()
    model = _in_batches(predict)
    masker = shap.maskers.Independent(background, max_samples=len(background))
    with _kept_random_state():
        explainer = shap.PermutationExplainer(model, masker, seed=seed)
        n_evaluations = n_permutations * (2 * inputs.shape[1] + 1)
        found = explainer(inputs, max_evals=n_evaluations, silent=True)
    values = np.asarray(found.values, dtype=float).reshape(*inputs.shape, -1)
    return values, model(background).mean(axis=0)


@functools.cache
def _import_shap() -> Any:
    """Import SHAP when it is needed, without the warnings of its plots and without compiling.

    Its masks of a few dozen inputs take longer to compile than to make in plain Python.
    """
    from numba import config

    compiles = config.DISABLE_JIT
    config.DISABLE_JIT = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import shap
    finally:
        config.DISABLE_JIT = compiles
    return shap


def _check_tables(inputs: np.ndarray, background: np.ndarray, n_permutations: int) -> None:
    fits = inputs.ndim == background.ndim == 2 and inputs.shape[1] == background.shape[1]
    if not fits or not len(inputs) or not len(background) or n_permutations < 1:
        raise refuse(
            "explain_predictions",
            expected="patients to explain and a background with the same inputs, and a permutation",
            found=f"tables of {inputs.shape} and {background.shape}, {n_permutations} permutations",
            remedy="Prepare both tables by the same fitted steps.",
        )


def _in_batches(predict: Callable) -> Callable[[np.ndarray], np.ndarray]:
    """Return the same model, asked for a fixed number of rows at a time; gives two dimensions."""

    def predict_all(rows: np.ndarray) -> np.ndarray:
        parts = []
        for start in range(0, len(rows), ROWS_AT_ONCE):
            part = rows[start : start + ROWS_AT_ONCE]
            filled = np.concatenate([part, np.repeat(part[:1], ROWS_AT_ONCE - len(part), axis=0)])
            answers = np.asarray(predict(filled), dtype=float)
            parts.append(answers.reshape(ROWS_AT_ONCE, -1)[: len(part)])
        return np.concatenate(parts)

    return predict_all


@contextmanager
def _kept_random_state() -> Iterator[None]:
    """Put numpy's global generator back, which SHAP seeds and draws from."""
    state = np.random.get_state()  # noqa: NPY002 (SHAP draws from nothing else)
    try:
        yield
    finally:
        np.random.set_state(state)  # noqa: NPY002
