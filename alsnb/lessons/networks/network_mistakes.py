"""Make a mistake with what a network reads, and measure what it costs out of fold."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from alsnb.compute.store import stored
from alsnb.disclosure import SMALLEST_COUNT
from alsnb.effort import EFFORTS
from alsnb.evaluation.bootstrap import compare_predictions
from alsnb.evaluation.crossval import cross_validate
from alsnb.features.questionnaire import N_VISITS, ROWS, VISIT_COLUMNS
from alsnb.models.recipe import Recipe
from alsnb.models.searched import make_searched
from alsnb.report.tables import interval, signed
from alsnb.schema import ESTIMATE, HIGH, LOW, METRIC, MODEL, PATIENT
from alsnb.settings import n_cores
from alsnb.splits import Fold
from alsnb.study.task import Task

AS_IS, WHEN_USED, THROUGHOUT, ALL_FEATURES = "as_is", "when_used", "throughout", "all_features"

N_AVERAGED = 2
"""Networks averaged for each version; both versions have the same number."""


def shuffle_visits(predictors: pd.DataFrame, *, seed: int) -> pd.DataFrame:
    """Return the predictors with each patient's visits in an order of their own.

    Answers and month of a visit stay together; only their places change.
    """
    cells = _pictures(predictors)
    rng = np.random.default_rng(seed)
    order = rng.permuted(np.tile(np.arange(N_VISITS), (len(cells), 1)), axis=1)
    return _with_pictures(predictors, np.take_along_axis(cells, order[:, None, :], axis=2))


def zero_copies(predictors: pd.DataFrame) -> pd.DataFrame:
    """Return the predictors with zeros where a visit is only a copy of the one before it."""
    cells = _pictures(predictors)
    months = cells[:, ROWS.index("months"), :]
    copy = np.zeros(months.shape, dtype=bool)
    copy[:, 1:] = months[:, 1:] == months[:, :-1]
    return _with_pictures(predictors, np.where(copy[:, None, :], 0.0, cells))


def count_visits(predictors: pd.DataFrame) -> pd.Series:
    """Return how many visits of the window each patient's picture holds, copies left out."""
    months = _pictures(predictors)[:, ROWS.index("months"), :]
    visits = 1 + (months[:, 1:] != months[:, :-1]).sum(axis=1)
    return pd.Series(visits, index=predictors.index, name="visits")


def tabulate_visits(task: Task) -> pd.DataFrame:
    """Return by number of visits in the window: share of patients, mean and SD of the slope.

    Numbers of visits that fewer than five patients have are joined with their neighbours; if
    that is not enough, all are.
    """
    visits = count_visits(task.predictors)
    sizes = visits.value_counts().sort_index()
    most = max([n for n in sizes.index if sizes.loc[n:].sum() >= SMALLEST_COUNT], default=1)
    least = min([n for n in sizes.index if sizes.loc[:n].sum() >= SMALLEST_COUNT], default=most)
    groups = visits.clip(min(least, most), most)
    if groups.value_counts().min() < SMALLEST_COUNT:
        groups = groups * 0 + most
    by_visits = task.target.groupby(groups)
    table = by_visits.agg(share="size", mean_slope="mean", sd_slope="std").reset_index()
    table["share"] = (table["share"] / len(visits)).round(2)
    return table.assign(visits=[_range(n, table["visits"], visits) for n in table["visits"]])


def word_visits(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table of :func:`tabulate_visits` for a reader."""
    return pd.DataFrame(
        {
            "Visits": table["visits"],
            "Share of patients": [f"{share:.0%}" for share in table["share"]],
            "Mean slope": [signed(value, 2) for value in table["mean_slope"]],
            "SD": [signed(value, 2) for value in table["sd_slope"]],
        }
    )


def _range(number: int, shown: pd.Series, visits: pd.Series) -> str:
    """Return which numbers of visits a row stands for."""
    low = visits.min() if number == shown.min() else number
    high = visits.max() if number == shown.max() else number
    return str(number) if low == high else f"{low} to {high}"


def _pictures(predictors: pd.DataFrame) -> np.ndarray:
    """Return the questionnaires, shape (n_patients, 11, 5)."""
    cells = predictors[list(VISIT_COLUMNS)].to_numpy(dtype=float)
    return cells.reshape(len(predictors), len(ROWS), N_VISITS)


def _with_pictures(predictors: pd.DataFrame, cells: np.ndarray) -> pd.DataFrame:
    flat = cells.reshape(len(predictors), -1)
    visits = pd.DataFrame(flat, index=predictors.index, columns=list(VISIT_COLUMNS))
    return predictors.drop(columns=list(VISIT_COLUMNS)).join(visits)[list(predictors.columns)]


def predict_with_mistake(
    task: Task,
    network: str,
    recipe: Recipe,
    change: Callable[[pd.DataFrame], pd.DataFrame],
    *,
    profile: str,
    seed: int,
) -> pd.DataFrame:
    """Predict training patients out of fold with and without a mistake in what is read.

    Parameters
    ----------
    task : Task
        Its held-out patients are not looked at.
    network : str
        Which one.
    recipe : Recipe
        Its settings, the same for all versions.
    change : callable
        Takes the predictors and returns them with the mistake.
    profile : str
        Says how many networks are averaged, two at most.
    seed : int
        Seed of the networks.

    Returns
    -------
    DataFrame
        A predictions frame of three "models": :data:`AS_IS`; :data:`WHEN_USED`, which has
        learnt from right data and is used on wrong; :data:`THROUGHOUT`, where all are wrong.
    """
    right = task.predictors.loc[task.split.train]
    return _with_mistake(
        right,
        change(right),
        task.target.loc[right.index],
        task.fold_of(),
        network=network,
        features=list(task.features),
        leave_out=list(task.questionnaire_features),
        recipe=recipe,
        n_networks=min(N_AVERAGED, EFFORTS[profile].n_averaged),
        seed=seed,
    )


@stored
def _with_mistake(
    right: pd.DataFrame,
    wrong: pd.DataFrame,
    target: pd.Series,
    fold_of: pd.Series,
    *,
    network: str,
    features: list[str],
    leave_out: list[str],
    recipe: Recipe,
    n_networks: int,
    seed: int,
) -> pd.DataFrame:
    model = make_searched(
        recipe,
        network=network,
        columns=features,
        leave_out=leave_out,
        n_networks=n_networks,
        seed=seed,
    )
    # Every patient twice: once as is, once with the mistake under a negative key. A fold can
    # then be learnt once and predicted in both versions.
    both = pd.concat([right, wrong.set_axis(_other_key(wrong.index))])
    targets = pd.concat([target, target.set_axis(_other_key(target.index))])
    frames = []
    for learnt_wrong, name in ((False, AS_IS), (True, THROUGHOUT)):
        folds = [_fold(fold_of, number, learnt_wrong) for number in sorted(fold_of.unique())]
        frame = cross_validate(model, both, targets, folds, name=name, n_jobs=n_cores())
        flipped = frame[PATIENT] < 0
        used_wrong = frame.assign(**{PATIENT: _other_key(frame[PATIENT])})
        if learnt_wrong:
            frames.append(used_wrong)
        else:
            frames += [frame[~flipped], used_wrong[flipped].assign(**{MODEL: WHEN_USED})]
    return pd.concat(frames, ignore_index=True)


def _fold(fold_of: pd.Series, number: int, learnt_wrong: bool) -> Fold:
    train, test = fold_of.index[fold_of != number], fold_of.index[fold_of == number]
    if learnt_wrong:
        return Fold(0, int(number), _other_key(train), _other_key(test))
    return Fold(0, int(number), train, test.append(_other_key(test)))


def _other_key(keys: pd.Index | pd.Series) -> pd.Index | pd.Series:
    """Return the keys of the same patients in the other version; its own inverse."""
    return -1 - keys


def predict_without_choice(
    task: Task, network: str, recipe: Recipe, *, profile: str, seed: int
) -> pd.DataFrame:
    """Predict training patients out of fold with ranked features and with all of them.

    Returns
    -------
    DataFrame
        A predictions frame of the "models" :data:`AS_IS` and :data:`ALL_FEATURES`.
    """
    train = task.split.train
    everything = recipe.with_settings(n_features=None)
    shared = {
        "network": network,
        "features": list(task.features),
        "leave_out": list(task.questionnaire_features),
        "n_networks": min(N_AVERAGED, EFFORTS[profile].n_averaged),
        "seed": seed,
    }
    frames = [
        _plain(
            task.predictors.loc[train],
            task.target.loc[train],
            task.fold_of(),
            recipe=one,
            name=name,
            **shared,
        )
        for one, name in ((recipe, AS_IS), (everything, ALL_FEATURES))
    ]
    return pd.concat(frames, ignore_index=True)


@stored
def _plain(
    predictors: pd.DataFrame,
    target: pd.Series,
    fold_of: pd.Series,
    *,
    network: str,
    features: list[str],
    leave_out: list[str],
    recipe: Recipe,
    name: str,
    n_networks: int,
    seed: int,
) -> pd.DataFrame:
    model = make_searched(
        recipe,
        network=network,
        columns=features,
        leave_out=leave_out,
        n_networks=n_networks,
        seed=seed,
    )
    folds = [_fold(fold_of, number, learnt_wrong=False) for number in sorted(fold_of.unique())]
    folds = [Fold(0, fold.fold, fold.train, fold.test[fold.test >= 0]) for fold in folds]
    return cross_validate(model, predictors, target, folds, name=name, n_jobs=n_cores())


def price_mistake(predictions: pd.DataFrame, profile: str) -> pd.DataFrame:
    """Return the scores of every version minus those of :data:`AS_IS`, patient by patient."""
    return compare_predictions(
        predictions,
        reference=AS_IS,
        metrics=("rmsd", "pcc", "r2"),
        n_resamples=EFFORTS[profile].n_resamples,
    )


def word_price(prices: pd.DataFrame, model: str, metric: str = "pcc") -> str:
    """Return what a version changes in a score, with its interval."""
    row = prices[(prices[MODEL] == model) & (prices[METRIC] == metric)].iloc[0]
    return interval(row[ESTIMATE], row[LOW], row[HIGH])
