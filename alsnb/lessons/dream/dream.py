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
from alsnb.compute.progress import report
from alsnb.compute.store import stored
from alsnb.effort import EFFORTS
from alsnb.evaluation.crossval import cross_validate, learning_curve, predict_held_out
from alsnb.features.dream import derive_features
from alsnb.models import baselines
from alsnb.models.ensembles import average, choose_pull, stack
from alsnb.models.tabular import make_tabular_ffnn
from alsnb.schema import MODEL, REPEAT, SPLIT
from alsnb.settings import n_cores
from alsnb.splits import make_folds
from alsnb.tables.dream import SLOPE, TEST, DreamTable, column_names

MEAN, ONSET, RIDGE, LASSO = "mean", "onset", "ridge", "lasso"
FOREST, BOOSTING, BART = "forest", "boosting", "bart"
LASSO_PREPARED, FOREST_PREPARED = "lasso_prepared", "forest_prepared"
BOOSTING_PREPARED, BART_PREPARED = "boosting_prepared", "bart_prepared"
VECTORS_PREPARED = "support_vectors_prepared"
FFNN, AVERAGE, STACK = "ffnn", "average", "stack"

TITLES = {
    MEAN: "Training mean",
    ONSET: "Log onset delta alone",
    RIDGE: "Ridge",
    LASSO: "Lasso",
    FOREST: "Random forest",
    BOOSTING: "Boosting",
    BART: "BART",
    LASSO_PREPARED: "Lasso, prepared",
    FOREST_PREPARED: "Random forest, prepared",
    BOOSTING_PREPARED: "Boosting, prepared",
    BART_PREPARED: "BART, prepared",
    VECTORS_PREPARED: "Support vectors, prepared",
    FFNN: "FFNN, prepared",
    AVERAGE: "Average",
    STACK: "Stack",
}
"""What a reader calls each model, in the order of the tables.

A *prepared* model also gets the features that follow from the day of onset
(:mod:`alsnb.features.dream`); support vectors and network then use the highest ranked alone.
"""

PREDICTORS = tuple(name for name in column_names() if name not in (TEST, SLOPE))
"""The 369 predictors as the table's makers published them."""

PLAIN = (LASSO, FOREST, BOOSTING, BART)
PREPARED = (
    LASSO_PREPARED,
    FOREST_PREPARED,
    BOOSTING_PREPARED,
    BART_PREPARED,
    VECTORS_PREPARED,
    FFNN,
)

MEMBERS = (*PLAIN, *PREPARED)
"""The models that the average and the stack are made of: the ones that err differently.

The plain ones are members although cross-validation prefers the prepared: the settings of these
were chosen on the same patients, so part of their advantage there is that of having been chosen.
"""

SINGLE = (MEAN, ONSET, RIDGE, *MEMBERS)
"""The models that are trained one by one."""

WITHOUT_SEED = (MEAN, ONSET, RIDGE, LASSO, BOOSTING, LASSO_PREPARED)
"""Models without chance in them: from every seed they are the same."""

N_RANKED = 40
"""How many features the network and the support vectors get, ranked anew in every fold."""

TREES = {"smoke": 20, "book": 500, "full": 500}
"""Trees of each forest, by profile: more than on the twin, as rivals on these real patients lie
within thousandths of each other."""

SIZES = {"smoke": (100, 1197), "book": (100, 200, 400, 800, 1197)}
"""Numbers of training patients along the learning curve, by profile (full as book)."""


def make_model(model: str, profile: str) -> Callable[..., object]:
    """Return the function that makes one of the models, from a seed if there is chance in it."""
    effort = EFFORTS[profile]
    published = {"columns": PREDICTORS}
    trees, draws = {"n_trees": TREES[profile]}, {"n_draws": effort.n_draws}
    makers = {
        MEAN: baselines.make_mean,
        ONSET: baselines.make_onset,
        RIDGE: partial(baselines.make_ridge, **published),
        LASSO: partial(baselines.make_lasso, **published),
        FOREST: partial(baselines.make_forest, **trees, **published),
        BOOSTING: partial(baselines.make_histogram_boosting, **published),
        BART: partial(baselines.make_bart, **draws, **published),
        LASSO_PREPARED: baselines.make_lasso,
        FOREST_PREPARED: partial(baselines.make_forest, **trees),
        BOOSTING_PREPARED: partial(baselines.make_boosting, n_runs=effort.n_runs),
        BART_PREPARED: partial(baselines.make_bart, **draws),
        VECTORS_PREPARED: partial(baselines.make_support_vectors, n_features=N_RANKED),
        FFNN: partial(make_tabular_ffnn, n_networks=effort.n_networks, n_features=N_RANKED),
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
        Which of :data:`alsnb.effort.PROFILES` says how much is computed.
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
    pull = choose_pull(members, MEMBERS)
    stacked = stack(members, members[:0], MEMBERS, STACK, pull=pull)
    mixed = [average(members, MEMBERS, AVERAGE), stacked]
    return pd.concat([members, *mixed], ignore_index=True)


@stored(ignore=("n_jobs",))
def _cross_validated(
    features: pd.DataFrame, slope: pd.Series, model: str, *, profile: str, seed: int, n_jobs: int
) -> pd.DataFrame:
    effort = EFFORTS[profile]
    folds = make_folds(
        features.index, n_folds=effort.n_folds, n_repeats=effort.n_repeats, seed=seed, strata=slope
    )
    return cross_validate(
        make_model(model, profile),
        features,
        slope,
        folds,
        name=model,
        seed=seed,
        n_jobs=n_jobs,
        progress=_tell,
    )


def predict_test(
    table: DreamTable,
    out_of_fold: pd.DataFrame,
    *,
    profile: str,
    seed: int,
    n_jobs: int | None = None,
) -> pd.DataFrame:
    """Return the predictions of the official test patients by every model, from several seeds.

    Parameters
    ----------
    table : DreamTable
        The table.
    out_of_fold : DataFrame
        What :func:`predict_training` returned; the weights of the stack are learnt from it.
    profile, seed, n_jobs
        As in :func:`predict_training`.

    Returns
    -------
    DataFrame
        A predictions frame of split ``"test"``. Repeat 0 is the result; the others are the
        same models trained from other seeds, which show how much of it is chance.
    """
    features = derive_features(table.features)
    split = {"train": _keys(table, test=False), "test": _keys(table, test=True)}
    settings = {"profile": profile, "seed": seed, "n_jobs": n_jobs or n_cores()}
    frames = [_predicted(features, table.slope, model, **split, **settings) for model in SINGLE]
    members = _in_every_repeat(pd.concat(frames, ignore_index=True), EFFORTS[profile].n_seeds)
    learnt_from = out_of_fold[out_of_fold[MODEL].isin(MEMBERS)]
    pull = choose_pull(learnt_from, MEMBERS)
    stacked = stack(learnt_from, members, MEMBERS, STACK, pull=pull)
    stacked = stacked[stacked[SPLIT] == "test"]
    return pd.concat([members, average(members, MEMBERS, AVERAGE), stacked], ignore_index=True)


@stored(ignore=("n_jobs",))
def _predicted(
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
    n_repeats = 1 if model in WITHOUT_SEED else EFFORTS[profile].n_seeds
    return predict_held_out(
        make_model(model, profile),
        features,
        slope,
        train=train,
        test=test,
        name=model,
        n_repeats=n_repeats,
        seed=seed,
        n_jobs=min(n_jobs, n_repeats),
        progress=_tell,
    )


def _in_every_repeat(predictions: pd.DataFrame, n_repeats: int) -> pd.DataFrame:
    """Return the predictions with those of models without chance repeated for every seed."""
    fixed = predictions[predictions[MODEL].isin(WITHOUT_SEED)]
    copies = [fixed.assign(**{REPEAT: repeat}) for repeat in range(1, n_repeats)]
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
        A predictions frame with a column ``n_training``, from :data:`SIZES`.
    """
    features = derive_features(table.features)
    split = {"train": _keys(table, test=False), "test": _keys(table, test=True)}
    settings = {"profile": profile, "seed": seed, "n_jobs": n_jobs or n_cores()}
    frames = [_learnt(features, table.slope, model, **split, **settings) for model in models]
    return pd.concat(frames, ignore_index=True)


@stored(ignore=("n_jobs",))
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
        make_model(model, profile),
        features,
        slope,
        train=train,
        test=test,
        sizes=SIZES.get(profile, SIZES["book"]),
        n_repeats=EFFORTS[profile].n_curves,
        seed=seed,
        name=model,
        n_jobs=n_jobs,
        progress=_tell,
    )


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
