"""Train every model on the DREAM 2012 table and predict the patients it was not trained on.

The official split is kept: settings were chosen, and the weights of the stack are learnt, by
cross-validation on the 1,197 training patients; the 625 test patients are only predicted.
Every function whose result costs time looks it up in the store first.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd

from alsnb.checks import check_one_of
from alsnb.evaluation.crossval import cross_validate, learning_curve, predict_held_out
from alsnb.features.dream import derive_features
from alsnb.models import baselines
from alsnb.models.ensembles import average, stack
from alsnb.models.tabular import make_tabular_ffnn
from alsnb.progress import report
from alsnb.schema import MODEL, REPEAT, SPLIT
from alsnb.settings import EFFORTS, n_cores
from alsnb.splits import make_folds
from alsnb.store import stored
from alsnb.tables.dream import DreamTable

MEAN, ONSET, RIDGE, LASSO = "mean", "onset", "ridge", "lasso"
FOREST, BOOSTING, BART, FFNN = "forest", "boosting", "bart", "ffnn"
AVERAGE, STACK = "average", "stack"

TITLES = {
    MEAN: "Training mean",
    ONSET: "Log onset delta alone",
    RIDGE: "Ridge",
    LASSO: "Lasso",
    FOREST: "Random forest",
    BOOSTING: "Boosting",
    BART: "BART",
    FFNN: "FFNN",
    AVERAGE: "Average",
    STACK: "Stack",
}
"""What a reader calls each model, in the order of the tables."""

MEMBERS = (RIDGE, LASSO, FOREST, BOOSTING, BART, FFNN)
"""The models that the average and the stack are made of."""

SINGLE = (MEAN, ONSET, *MEMBERS)
"""The models that are trained one by one."""

WITHOUT_SEED = (MEAN, ONSET, RIDGE, LASSO)
"""Models without chance in them: from every seed they are the same."""

SIZES = (100, 200, 400, 800, 1197)
"""Numbers of training patients along the learning curve."""


def make_model(model: str, profile: str) -> Callable[..., object]:
    """Return the function that makes one of the models, from a seed if there is chance in it."""
    effort = EFFORTS[profile]
    makers = {
        MEAN: baselines.make_mean,
        ONSET: baselines.make_onset,
        RIDGE: baselines.make_ridge,
        LASSO: baselines.make_lasso,
        FOREST: partial(baselines.make_forest, n_trees=effort.n_trees),
        BOOSTING: baselines.make_boosting,
        BART: baselines.make_bart,
        FFNN: partial(make_tabular_ffnn, n_networks=effort.n_networks),
    }
    check_one_of(model, makers, "The model")
    return makers[model]


def predict_training(
    table: DreamTable, *, profile: str, seed: int, n_jobs: int | None = None
) -> pd.DataFrame:
    """Return out-of-fold predictions of the training patients by every model.

    Parameters
    ----------
    table : DreamTable
        The table; its test patients are not looked at.
    profile : str
        Which of :data:`alsnb.settings.PROFILES` says how much is computed.
    seed : int
        Seed of the folds and of the models.
    n_jobs : int, optional
        Processes; one per core by default. The result does not depend on it.

    Returns
    -------
    DataFrame
        A predictions frame of split ``"train"`` with the models of :data:`TITLES`.
    """
    features, slope = _training(table)
    settings = {"profile": profile, "seed": seed, "n_jobs": n_jobs or n_cores()}
    frames = [_cross_validated(features, slope, model, **settings) for model in SINGLE]
    members = pd.concat(frames, ignore_index=True)
    mixed = [average(members, MEMBERS, AVERAGE), stack(members, members[:0], MEMBERS, STACK)]
    return pd.concat([members, *mixed], ignore_index=True)


@stored(regardless_of=("n_jobs",))
def _cross_validated(
    features: pd.DataFrame, slope: pd.Series, model: str, *, profile: str, seed: int, n_jobs: int
) -> pd.DataFrame:
    effort = EFFORTS[profile]
    folds = make_folds(
        features.index, n_folds=effort.n_folds, n_repeats=effort.n_repeats, seed=seed, strata=slope
    )
    return cross_validate(
        make_model(model, profile), features, slope, folds,
        name=model, seed=seed, n_jobs=n_jobs, progress=_tell,
    )  # fmt: skip


def predict_test(table: DreamTable, out_of_fold: pd.DataFrame, *, profile: str, seed: int):
    """Return the predictions of the official test patients by every model, from several seeds.

    Parameters
    ----------
    table : DreamTable
        The table.
    out_of_fold : DataFrame
        What :func:`predict_training` returned; the weights of the stack are learnt from it.
    profile, seed
        As in :func:`predict_training`.

    Returns
    -------
    DataFrame
        A predictions frame of split ``"test"``. Repeat 0 is the result; the others are the
        same models trained from other seeds, which show how much of it is chance.
    """
    features = derive_features(table.features)
    settings = {"train": _keys(table, test=False), "test": _keys(table, test=True)}
    repeats = range(EFFORTS[profile].n_seeds)
    frames = [
        _predicted(features, table.slope, model, **settings, profile=profile, seed=seed, repeat=r)
        for model in SINGLE
        for r in (repeats if model not in WITHOUT_SEED else [0])
    ]
    members = _in_every_repeat(pd.concat(frames, ignore_index=True), repeats)
    learnt_from = out_of_fold[out_of_fold[MODEL].isin(MEMBERS)]
    stacked = stack(learnt_from, members, MEMBERS, STACK)
    stacked = stacked[stacked[SPLIT] == "test"]
    return pd.concat([members, average(members, MEMBERS, AVERAGE), stacked], ignore_index=True)


@stored
def _predicted(
    features: pd.DataFrame,
    slope: pd.Series,
    model: str,
    *,
    train: list[str],
    test: list[str],
    profile: str,
    seed: int,
    repeat: int,
) -> pd.DataFrame:
    report(f"{TITLES[model]}, seed {repeat + 1}, on the test patients")
    return predict_held_out(
        make_model(model, profile), features, slope,
        train=train, test=test, name=model, repeat=repeat, seed=seed,
    )  # fmt: skip


def _in_every_repeat(predictions: pd.DataFrame, repeats: range) -> pd.DataFrame:
    """Return the predictions with those of models without chance repeated for every seed."""
    fixed = predictions[predictions[MODEL].isin(WITHOUT_SEED)]
    copies = [fixed.assign(**{REPEAT: repeat}) for repeat in repeats if repeat > 0]
    return pd.concat([predictions, *copies], ignore_index=True)


def predict_from_fewer(
    table: DreamTable,
    *,
    models: tuple[str, ...],
    profile: str,
    seed: int,
    n_jobs: int | None = None,
) -> pd.DataFrame:
    """Return predictions of the test patients by models trained on growing numbers of patients.

    Returns
    -------
    DataFrame
        A predictions frame with a column ``n_training``; sizes are :data:`SIZES`.
    """
    features = derive_features(table.features)
    split = {"train": _keys(table, test=False), "test": _keys(table, test=True)}
    settings = {"profile": profile, "seed": seed, "n_jobs": n_jobs or n_cores()}
    frames = [_learnt(features, table.slope, model, **split, **settings) for model in models]
    return pd.concat(frames, ignore_index=True)


@stored(regardless_of=("n_jobs",))
def _learnt(
    features: pd.DataFrame,
    slope: pd.Series,
    model: str,
    *,
    train: list[str],
    test: list[str],
    profile: str,
    seed: int,
    n_jobs: int,
) -> pd.DataFrame:
    return learning_curve(
        make_model(model, profile), features, slope, train=train, test=test, sizes=SIZES,
        n_repeats=EFFORTS[profile].n_curves, seed=seed, name=model, n_jobs=n_jobs, progress=_tell,
    )  # fmt: skip


def predict_permuted(table: DreamTable, *, model: str, profile: str, seed: int) -> pd.DataFrame:
    """Return predictions of the test patients after permuting the training patients' slopes."""
    train, test = _keys(table, test=False), _keys(table, test=True)
    shuffled = table.slope.copy()
    shuffled.loc[train] = np.random.default_rng(seed).permutation(shuffled.loc[train])
    features = derive_features(table.features)
    return predict_held_out(
        make_model(model, profile),
        features,
        shuffled,
        train=train,
        test=test,
        name=model,
        seed=seed,
    )


def _training(table: DreamTable) -> tuple[pd.DataFrame, pd.Series]:
    keys = _keys(table, test=False)
    return derive_features(table.features.loc[keys]), table.slope.loc[keys]


def _keys(table: DreamTable, *, test: bool) -> list[str]:
    return list(table.official_test.index[table.official_test == test])


def _tell(done: int, total: int, text: str) -> None:
    report(f"{text}, {done} of {total}")
