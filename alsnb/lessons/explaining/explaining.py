"""Explain what moves the predictions of the chosen networks, on patients they did not learn from.

The networks are explained at their inputs: features and, for those that read them, the cells of
the questionnaires. Some networks differ in their seed alone, others learnt from patients drawn
again; all of them are explained at once, so that the same switching of inputs serves all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from alsnb.compute.progress import report
from alsnb.compute.store import stored
from alsnb.evaluation.explain import explain_predictions
from alsnb.features.questionnaire import N_VISITS, ROWS, VISIT_COLUMNS
from alsnb.models.recipe import Recipe
from alsnb.models.searched import make_searched
from alsnb.study.task import Task

HELD_OUT, TRAINING = "held out", "training"

SEED, RESAMPLE = "other seeds", "patients drawn again"
"""Why networks differ: their seed, or the training patients."""

BASE = "(mean of the background)"
"""Stands in the place of an input for what all predictions start from."""

COPY = "copy {} of "


@dataclass(frozen=True, kw_only=True)
class Effort:
    """How much is explained.

    Attributes
    ----------
    n_held_out, n_training : int
        Patients whose predictions are explained.
    n_background : int
        Training patients they are compared with.
    n_permutations : int
        Orders in which inputs are switched, per patient, each there and back.
    n_networks, n_resampled : int
        Networks that differ in their seed, and in the patients they learnt from.
    """

    n_held_out: int
    n_training: int
    n_background: int
    n_permutations: int
    n_networks: int
    n_resampled: int


EFFORTS = {
    "ffnn": {
        "smoke": Effort(
            n_held_out=30,
            n_training=20,
            n_background=10,
            n_permutations=1,
            n_networks=2,
            n_resampled=2,
        ),
        "book": Effort(
            n_held_out=200,
            n_training=120,
            n_background=30,
            n_permutations=2,
            n_networks=4,
            n_resampled=4,
        ),
        "full": Effort(
            n_held_out=400,
            n_training=200,
            n_background=40,
            n_permutations=3,
            n_networks=6,
            n_resampled=6,
        ),
    },
    "visits": {
        "smoke": Effort(
            n_held_out=12,
            n_training=0,
            n_background=6,
            n_permutations=1,
            n_networks=1,
            n_resampled=0,
        ),
        "book": Effort(
            n_held_out=100,
            n_training=0,
            n_background=20,
            n_permutations=1,
            n_networks=2,
            n_resampled=0,
        ),
        "full": Effort(
            n_held_out=200,
            n_training=0,
            n_background=30,
            n_permutations=2,
            n_networks=3,
            n_resampled=0,
        ),
    },
}
"""How much each profile explains: of the FFNN, and of the networks that read visits."""


def effort_of(network: str, profile: str) -> Effort:
    """Return how much of a network is explained in a profile."""
    return EFFORTS["ffnn" if network == "ffnn" else "visits"][profile]


def explain_network(
    task: Task,
    network: str,
    recipe: Recipe,
    *,
    profile: str,
    seed: int,
    effort: Effort | None = None,
) -> pd.DataFrame:
    """Train a network as chosen and explain its predictions.

    Parameters
    ----------
    task : Task
        Networks learn from its training patients; a sample of those held out is explained
        and, for comparison, a sample of the others.
    network : {"ffnn", "cnn", "rnn"}
        Which one.
    recipe : Recipe
        Its settings.
    profile : str
        Says how much; see :data:`EFFORTS`.
    seed : int
        Seed of networks, samples and orders.
    effort : Effort, optional
        How much is explained, if not as the profile says.

    Returns
    -------
    DataFrame
        One row per patient, input and network: ``part`` (:data:`HELD_OUT` or
        :data:`TRAINING`), ``row`` (number of the patient in the sample), ``input``, ``value``
        (as measured, in the feature's unit; NaN if it was filled in), ``cause`` (:data:`SEED`
        or :data:`RESAMPLE`), ``draw``, and ``shap`` (points per month). The input
        :data:`BASE` holds what the values of a patient are added to. Not for a page: rows
        are patients.
    """
    own = task.split.train
    everyone = task.predictors.index
    return _explained(
        task.predictors,
        task.target,
        pd.Series(everyone.isin(own), index=everyone),
        network=network,
        features=list(task.features),
        recipe=recipe,
        leave_out=list(task.questionnaire_features),
        effort=effort or effort_of(network, profile),
        seed=seed,
    )


@stored
def _explained(
    predictors: pd.DataFrame,
    target: pd.Series,
    is_training: pd.Series,
    *,
    network: str,
    features: list[str],
    leave_out: list[str],
    recipe: Recipe,
    effort: Effort,
    seed: int,
) -> pd.DataFrame:
    report(f"training the {network.upper()} that is explained")
    train, slope = predictors[is_training], target[is_training]
    model = make_searched(
        recipe,
        network=network,
        columns=features,
        leave_out=leave_out,
        n_networks=effort.n_networks,
        seed=seed,
    ).fit(train, slope)
    ensembles = [model[-1], *_retrained(model, train, slope, effort.n_resampled, seed=seed)]
    rng = np.random.default_rng(seed)
    background = _flat(model[0].transform(_sample(train, effort.n_background, rng)))
    shape = _shapes(model[0].transform(train.iloc[:1]))
    predict = _all_networks(ensembles, shape)
    samples = {
        HELD_OUT: _sample(predictors[~is_training], effort.n_held_out, rng),
        TRAINING: _sample(train, effort.n_training, rng),
    }
    frames = []
    for part, patients in samples.items():
        if len(patients):
            report(f"explaining the {network.upper()}, {len(patients)} patients {part}")
            found = explain_predictions(
                predict,
                _flat(model[0].transform(patients)),
                background,
                n_permutations=effort.n_permutations,
                seed=seed,
            )
            values = patients[inputs_of(model)]
            frames.append(_as_rows(found.values, found.base, values, effort).assign(part=part))
    return pd.concat(frames, ignore_index=True)


def _sample(table: pd.DataFrame, n_patients: int, rng: np.random.Generator) -> pd.DataFrame:
    chosen = rng.permutation(len(table))[:n_patients]
    return table.iloc[np.sort(chosen)]


def _retrained(
    model: Pipeline, train: pd.DataFrame, slope: pd.Series, n_networks: int, *, seed: int
) -> list[object]:
    """Return networks that learnt from the training patients drawn again, with the same inputs."""
    inputs, slopes = model[0].transform(train), slope.to_numpy()
    networks = []
    for number in range(n_networks):
        rng = np.random.default_rng([seed, number])
        rows = rng.integers(len(slopes), size=len(slopes))
        one = clone(model[-1]).set_params(n_networks=1, seed=seed + 1 + number)
        networks.append(one.fit(_take(inputs, rows), slopes[rows]))
    return networks


def _take(inputs: object, rows: np.ndarray) -> object:
    if isinstance(inputs, dict):
        return {name: array[rows] for name, array in inputs.items()}
    return inputs[rows]


# --- inputs as one table -----------------------------------------------------------------


def inputs_of(model: Pipeline) -> list[str]:
    """Return the names of what a fitted network reads, in the order in which it is explained."""
    inputs = model[0]
    return [*inputs.names_, *(VISIT_COLUMNS if inputs.visits else ())]


def _shapes(inputs: object) -> dict[str, tuple[int, ...]] | None:
    """Return the shapes of a dict of inputs, features first; None for a plain table."""
    if not isinstance(inputs, dict):
        return None
    return {name: inputs[name].shape[1:] for name in sorted(inputs)}


def _flat(inputs: object) -> np.ndarray:
    """Return inputs as one table: features, then the cells of the questionnaires."""
    if not isinstance(inputs, dict):
        return np.asarray(inputs)
    return np.concatenate(
        [inputs[name].reshape(len(inputs[name]), -1) for name in sorted(inputs)], axis=1
    )


def _unflat(table: np.ndarray, shapes: dict[str, tuple[int, ...]] | None) -> object:
    if shapes is None:
        return table.astype("float32")
    inputs, start = {}, 0
    for name, shape in shapes.items():
        stop = start + int(np.prod(shape))
        inputs[name] = table[:, start:stop].reshape(len(table), *shape).astype("float32")
        start = stop
    return inputs


def _all_networks(ensembles: Sequence[object], shapes: dict | None) -> Callable:
    """Return a function from a table of inputs to the predictions of every network."""

    def predict(table: np.ndarray) -> np.ndarray:
        inputs = _unflat(table, shapes)
        return np.concatenate([ensemble.predict_each(inputs) for ensemble in ensembles]).T

    return predict


def _as_rows(
    values: np.ndarray, base: np.ndarray, measured: pd.DataFrame, effort: Effort
) -> pd.DataFrame:
    """Return Shapley values (n_patients, n_inputs, n_networks) as the long frame."""
    n_patients, _, n_networks = values.shape
    start = np.broadcast_to(base, (n_patients, 1, n_networks))
    cells = np.concatenate([values, start], axis=1)
    names = [*measured.columns, BASE]
    known = np.column_stack([measured.to_numpy(dtype=float), np.full(n_patients, np.nan)])
    n_inputs = len(names)
    draws = np.arange(n_networks)
    is_seed = draws < effort.n_networks
    return pd.DataFrame(
        {
            "row": np.repeat(np.arange(n_patients), n_inputs * n_networks),
            "input": np.tile(np.repeat(names, n_networks), n_patients),
            "value": np.repeat(known.ravel(), n_networks),
            "cause": np.tile(np.where(is_seed, SEED, RESAMPLE), n_patients * n_inputs),
            "draw": np.tile(
                np.where(is_seed, draws, draws - effort.n_networks), n_patients * n_inputs
            ),
            "shap": cells.ravel(),
        }
    )


def matrix_of(explained: pd.DataFrame, part: str = HELD_OUT) -> tuple[np.ndarray, list[str]]:
    """Return the Shapley values of the average over seeds, (n_patients, n_inputs), and names."""
    rows = explained[(explained["part"] == part) & (explained["cause"] == SEED)]
    rows = rows[rows["input"] != BASE]
    names = list(dict.fromkeys(rows["input"]))
    wide = rows.pivot_table(index="row", columns="input", values="shap", aggfunc="mean")
    return wide[names].to_numpy(), names


def values_of(explained: pd.DataFrame, part: str = HELD_OUT) -> pd.DataFrame:
    """Return what was measured, a row per explained patient and a column per input."""
    rows = explained[(explained["part"] == part) & (explained["cause"] == SEED)]
    rows = rows[(rows["draw"] == 0) & (rows["input"] != BASE)]
    names = list(dict.fromkeys(rows["input"]))
    values = rows["value"].to_numpy().reshape(-1, len(names))
    return pd.DataFrame(values, columns=names)


# --- copies ------------------------------------------------------------------------------


def explain_beside_copies(
    task: Task,
    recipe: Recipe,
    explained: pd.DataFrame,
    name: str,
    *,
    profile: str,
    seed: int,
    n_copies: int = 4,
    noise: float = 0.1,
) -> pd.DataFrame:
    """Explain the FFNN once more, with copies of one of its features beside it.

    Parameters
    ----------
    task, recipe, profile, seed
        As for the FFNN that was explained.
    explained : DataFrame
        What :func:`explain_network` gave for it; the features are the same but for the copies.
    name : str
        The feature that is copied.
    n_copies, noise
        As in :func:`with_copies`.

    Returns
    -------
    DataFrame
        As :func:`explain_network`, of the same patients held out.
    """
    names = matrix_of(explained)[1]
    copied = with_copies(task.with_features(names), name, n_copies=n_copies, noise=noise, seed=seed)
    effort = replace(effort_of("ffnn", profile), n_training=0, n_resampled=0)
    everything = recipe.with_settings(n_features=None)
    settings = {"profile": profile, "seed": seed, "effort": effort}
    return explain_network(copied, "ffnn", everything, **settings)


def with_copies(task: Task, name: str, *, n_copies: int, noise: float, seed: int) -> Task:
    """Return the task with copies of a feature beside it, each with a little noise.

    Parameters
    ----------
    task : Task
        The features offered are what goes in, all of it.
    name : str
        Which feature is copied; a gap stays a gap.
    n_copies : int
        How many copies.
    noise : float
        Standard deviation of what is added, in those of the feature among training patients.
    seed : int
        Seed of the noise.
    """
    rng = np.random.default_rng(seed)
    values = task.predictors[name]
    spread = noise * values.loc[task.split.train].std()
    copies = {
        COPY.format(number + 1) + name: values + spread * rng.normal(size=len(values))
        for number in range(n_copies)
    }
    predictors = task.predictors.assign(**copies)
    fields = vars(task) | {"predictors": predictors, "features": (*task.features, *copies)}
    return Task(**fields)


def is_cell(name: str) -> bool:
    """Return whether an input is a cell of the questionnaires."""
    return name in _CELLS


def place_of(name: str) -> tuple[str, int]:
    """Return the row (an item, or the months) and the visit, from 1, of a cell."""
    return _CELLS[name]


_CELLS = {
    name: (ROWS[number // N_VISITS], number % N_VISITS + 1)
    for number, name in enumerate(VISIT_COLUMNS)
}
