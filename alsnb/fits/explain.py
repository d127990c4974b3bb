"""Train networks as chosen, and keep what moves their predictions.

The networks are explained at their inputs: features and whatever else they read, such as the
cells of the questionnaires. Some networks differ in their seed alone, others learnt from patients
drawn again; all of them are explained at once, so that the same switching serves all.
"""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from alsnb.compute.progress import report
from alsnb.compute.store import stored
from alsnb.evaluation.explain import explain_predictions
from alsnb.fits.inputs import FitInputs
from alsnb.models.recipe import Recipe
from alsnb.models.searched import make_searched

HELD_OUT, TRAINING = "held out", "training"

SEED, RESAMPLE = "other seeds", "patients drawn again"
"""Why networks differ: their seed, or the training patients."""

BASE = "(mean of the background)"
"""Stands in the place of an input for what all predictions start from."""


@stored
def fit_and_explain(
    inputs: FitInputs,
    *,
    network: str,
    recipe: Recipe,
    n_networks: int,
    n_resampled: int,
    n_held_out: int,
    n_training: int,
    n_background: int,
    n_permutations: int,
    seed: int,
) -> pd.DataFrame:
    """Train a network several times and explain its predictions.

    Parameters
    ----------
    inputs : FitInputs
        Of one split.
    network, recipe
        One of :data:`alsnb.models.architectures.ARCHITECTURES`, and its settings.
    n_networks, n_resampled : int
        Networks that differ in their seed, and in the patients they learnt from.
    n_held_out, n_training : int
        Patients whose predictions are explained, of those held out and of the others.
    n_background : int
        Training patients they are compared with.
    n_permutations : int
        Orders in which inputs are switched, per patient, each there and back.
    seed : int
        Seed of networks, samples and orders.

    Returns
    -------
    DataFrame
        One row per patient, input and network: ``part`` (:data:`HELD_OUT` or :data:`TRAINING`),
        ``row`` (number of the patient in the sample), ``input``, ``value`` (as measured, in the
        feature's unit; NaN if it was filled in), ``cause`` (:data:`SEED` or :data:`RESAMPLE`),
        ``draw``, and ``shap`` (in the unit of the target). The input :data:`BASE` holds what the
        values of a patient are added to. Not for a page: rows are patients.
    """
    report(f"training the {network.upper()} that is explained")
    (split,) = inputs.folds()
    train, target = inputs.predictors.loc[split.train], inputs.target.loc[split.train]
    columns = {"columns": list(inputs.features), "leave_out": list(inputs.leave_out)}
    model = make_searched(recipe, network=network, **columns, n_networks=n_networks, seed=seed)
    model.fit(train, target)
    ensembles = [model[-1], *_retrained(model, train, target, n_resampled, seed=seed)]
    rng = np.random.default_rng(seed)
    background = _flat(model[0].transform(_sample(train, n_background, rng)))
    predict = _all_networks(ensembles, model[0].transform(train.iloc[:1]))
    samples = {
        HELD_OUT: _sample(inputs.predictors.loc[split.test], n_held_out, rng),
        TRAINING: _sample(train, n_training, rng),
    }
    frames = []
    for part, patients in samples.items():
        if len(patients):
            report(f"explaining the {network.upper()}, {len(patients)} patients {part}")
            table = _flat(model[0].transform(patients))
            how = {"n_permutations": n_permutations, "seed": seed}
            found = explain_predictions(predict, table, background, **how)
            rows = _as_rows(*found, patients[_names_of(model)], n_networks)
            frames.append(rows.assign(part=part))
    return pd.concat(frames, ignore_index=True)


def _sample(table: pd.DataFrame, n_patients: int, rng: np.random.Generator) -> pd.DataFrame:
    chosen = rng.permutation(len(table))[:n_patients]
    return table.iloc[np.sort(chosen)]


def _retrained(
    model: Pipeline, train: pd.DataFrame, target: pd.Series, n_networks: int, *, seed: int
) -> list[object]:
    """Return networks that learnt from the training patients drawn again, with the same inputs."""
    inputs, wanted = model[0].transform(train), target.to_numpy()
    networks = []
    for number in range(n_networks):
        rng = np.random.default_rng([seed, number])
        rows = rng.integers(len(wanted), size=len(wanted))
        one = clone(model[-1]).set_params(n_networks=1, seed=seed + 1 + number)
        networks.append(one.fit(_take(inputs, rows), wanted[rows]))
    return networks


def _take(inputs: object, rows: np.ndarray) -> object:
    if isinstance(inputs, dict):
        return {name: array[rows] for name, array in inputs.items()}
    return inputs[rows]


# --- inputs as one table -----------------------------------------------------------------


def _names_of(model: Pipeline) -> list[str]:
    """Return the names of what a fitted network reads, in the order in which it is explained."""
    inputs = model[0]
    return [*inputs.names_, *(name for part in inputs.parts for name in part.columns)]


def _flat(inputs: object) -> np.ndarray:
    """Return inputs as one table: features, then the cells of all else."""
    if not isinstance(inputs, dict):
        return np.asarray(inputs)
    return np.concatenate([array.reshape(len(array), -1) for array in inputs.values()], axis=1)


def _unflat(table: np.ndarray, like: object) -> object:
    """Return a table of inputs in the shape that those of other patients have."""
    table = table.astype("float32")
    if not isinstance(like, dict):
        return table
    stops = np.cumsum([array[0].size for array in like.values()])[:-1]
    parts = zip(like.items(), np.split(table, stops, axis=1), strict=True)
    return {name: part.reshape(len(table), *one.shape[1:]) for (name, one), part in parts}


def _all_networks(ensembles: Sequence[object], like: object) -> Callable:
    """Return a function from a table of inputs to the predictions of every network."""

    def predict(table: np.ndarray) -> np.ndarray:
        inputs = _unflat(table, like)
        return np.concatenate([ensemble.predict_each(inputs) for ensemble in ensembles]).T

    return predict


def _as_rows(
    values: np.ndarray, base: np.ndarray, measured: pd.DataFrame, n_seeds: int
) -> pd.DataFrame:
    """Return Shapley values (n_patients, n_inputs, n_networks) as the long frame."""
    n_patients, _, n_networks = values.shape
    start = np.broadcast_to(base, (n_patients, 1, n_networks))
    cells = np.concatenate([values, start], axis=1)
    names = [*measured.columns, BASE]
    known = np.column_stack([measured.to_numpy(dtype=float), np.full(n_patients, np.nan)])
    draws = np.arange(n_networks)
    is_seed = draws < n_seeds
    n_cells = n_patients * len(names)
    return pd.DataFrame(
        {
            "row": np.repeat(np.arange(n_patients), len(names) * n_networks),
            "input": np.tile(np.repeat(names, n_networks), n_patients),
            "value": np.repeat(known.ravel(), n_networks),
            "cause": np.tile(np.where(is_seed, SEED, RESAMPLE), n_cells),
            "draw": np.tile(np.where(is_seed, draws, draws - n_seeds), n_cells),
            "shap": cells.ravel(),
        }
    )
