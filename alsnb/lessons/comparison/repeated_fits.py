"""Fit models on other divisions of the patients: repeated cross-validation, random splits.

What is fitted is stored; what is made of it stands in :mod:`alsnb.evaluation.repeated`.
"""

from collections.abc import Callable
from functools import partial

import pandas as pd

from alsnb.checks import BadInput
from alsnb.compute.progress import report
from alsnb.compute.sharing import recall_many
from alsnb.compute.store import stored
from alsnb.effort import EFFORTS
from alsnb.evaluation.bootstrap import compare_predictions, score_predictions
from alsnb.evaluation.crossval import cross_validate, predict_held_out
from alsnb.fits.references import FOREST, ONSET, RIDGE
from alsnb.models import baselines
from alsnb.models.recipe import Recipe
from alsnb.models.searched import make_searched
from alsnb.schema import ESTIMATE, MODEL
from alsnb.settings import n_cores
from alsnb.splits import hold_out, make_folds
from alsnb.study.paper_a import NETWORKS, choose
from alsnb.study.task import LOG_ONSET, Task

REPEATED = (ONSET, FOREST, *NETWORKS)
"""The models of the repeated cross-validation."""

N_REPEATS = {"smoke": 1, "book": 2, "full": 4}
"""How often all patients are divided into folds anew, by profile."""

FEWER_TREES = 3
"""Forests here have the profile's trees divided by this: many forests make up for it."""

CHEAP = (ONSET, RIDGE, FOREST)
"""The models of the random splits."""

N_SPLITS = {"smoke": 3, "book": 8, "full": 25}
"""How many random splits there are, by profile."""


# --- repeated cross-validation ---------------------------------------------------------------


def predict_repeatedly(task: Task, *, profile: str, seed: int) -> pd.DataFrame:
    """Return out-of-fold predictions of all patients, divided into folds again and again.

    Each network is a single one, made by the recipe that the search on the training patients
    chose; no fold chooses anew.

    Parameters
    ----------
    task : Task
        Both sides of its split are divided.
    profile : str
        Which of :data:`alsnb.effort.PROFILES` says how much is computed.
    seed : int
        Seed of the folds and start of the models' seeds.

    Returns
    -------
    DataFrame
        A predictions frame of split ``"train"`` with :data:`N_REPEATS` repeats of the models
        of :data:`REPEATED`.
    """
    frames = []
    for model in REPEATED:
        is_network = model in NETWORKS
        recipe = choose(task, model, profile=profile, seed=seed).best if is_network else None
        columns = list(task.predictors) if is_network else [*task.features, LOG_ONSET]
        frames.append(
            _cross_validated(
                task.predictors[columns],
                task.target,
                model,
                recipe=recipe,
                features=list(task.features),
                leave_out=list(task.questionnaire_features),
                profile=profile,
                seed=seed,
            )
        )
    return pd.concat(frames, ignore_index=True)


@stored
def _cross_validated(
    predictors: pd.DataFrame,
    target: pd.Series,
    model: str,
    *,
    recipe: Recipe | None,
    features: list[str],
    leave_out: list[str],
    profile: str,
    seed: int,
) -> pd.DataFrame:
    folds = make_folds(
        target.index,
        n_folds=EFFORTS[profile].n_folds,
        n_repeats=N_REPEATS[profile],
        seed=seed,
        strata=target,
    )
    if recipe is None:
        make_model = cheap_makers(profile)[model]
    else:
        make_model = partial(
            make_searched, recipe, network=model, columns=features, leave_out=leave_out
        )
    return cross_validate(
        make_model,
        predictors,
        target,
        folds,
        name=model,
        seed=seed,
        n_jobs=1 if model == ONSET else n_cores(),
        progress=_tell,
    )


def cheap_makers(profile: str) -> dict[str, Callable[..., object]]:
    """Return what makes the models that are quickly trained, by name."""
    n_trees = max(EFFORTS[profile].n_trees // FEWER_TREES, 10)
    return {
        ONSET: baselines.make_onset,
        RIDGE: baselines.make_ridge,
        FOREST: partial(baselines.make_forest, n_trees=n_trees),
    }


def _tell(done: int, total: int, text: str) -> None:
    report(f"{text}, {done} of {total}")


# --- other splits ----------------------------------------------------------------------------


def try_splits(task: Task, *, profile: str, seed: int) -> pd.DataFrame:
    """Return what other random splits would have said about models that are quickly trained.

    Parameters
    ----------
    task : Task
        Its patients are split anew, with the share of its own split.
    profile : str
        Says how many splits, trees and resamples there are.
    seed : int
        Start of the seeds of the splits.

    Returns
    -------
    DataFrame
        ``split`` and the columns of a comparison in R²: line and ridge minus forest, with
        intervals over the patients held out.

    Raises
    ------
    alsnb.checks.BadInput
        If a model cannot be fitted in a split.
    """
    share = len(task.split.test) / len(task.target)
    features = task.predictors[[*task.features, LOG_ONSET]]
    shared = {"features": features, "target": task.target, "share": share, "profile": profile}
    numbers = range(1, N_SPLITS[profile] + 1)
    calls = [shared | {"seed": seed + number} for number in numbers]
    frames = recall_many(_try_split, calls, n_jobs=n_cores(), tell=_tell_split)
    for problem in frames:
        if isinstance(problem, BadInput):
            raise problem
    labelled = [frame.assign(split=number) for number, frame in zip(numbers, frames, strict=True)]
    return pd.concat(labelled, ignore_index=True)


def _tell_split(done: int, total: int, *_: object) -> None:
    report(f"random splits, {done} of {total}")


@stored
def _try_split(
    features: pd.DataFrame, target: pd.Series, *, share: float, profile: str, seed: int
) -> pd.DataFrame:
    split = hold_out(target.index, share=share, seed=seed)
    predictions = pd.concat(
        [
            predict_held_out(
                cheap_makers(profile)[model],
                features,
                target,
                train=split.train,
                test=split.test,
                name=model,
                seed=seed,
            )
            for model in CHEAP
        ],
        ignore_index=True,
    )
    n_resamples = min(EFFORTS[profile].n_resamples, 2000)
    gaps = compare_predictions(
        predictions, reference=FOREST, metrics=["r2"], n_resamples=n_resamples
    )
    scores = score_predictions(predictions, metrics=["r2"], n_resamples=1).set_index(MODEL)
    return gaps.assign(forest=scores.loc[FOREST, ESTIMATE])
