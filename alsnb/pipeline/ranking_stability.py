"""Ask how much of a ranking would be the same with other patients, or another seed.

Features are drawn from the same training patients again and again; rankings are compared by
how many features their first places share.
"""

from collections.abc import Mapping
from itertools import combinations

import numpy as np
import pandas as pd

from alsnb.design import make_design, make_ranking_forest
from alsnb.pipeline.ranking_lesson import (
    FEATURE,
    FOREST,
    PEARSON,
    RANK,
    RANKINGS,
    USEFULNESS,
    group_by_measure,
    rank_in_folds,
)
from alsnb.pipeline.task import Task
from alsnb.progress import report
from alsnb.report.tables import signed
from alsnb.schema import ESTIMATE, FOLD, HIGH, LOW
from alsnb.settings import n_cores
from alsnb.sharing import share
from alsnb.store import stored

PATIENTS, FOLDS, SEEDS = "patients drawn again", "folds", "other seeds"

CAUSES = (SEEDS, FOLDS, PATIENTS)
"""Why two rankings may differ: the forest's chance, other training folds, other patients."""

DRAWS = {"smoke": (4, 3, 10), "book": (8, 4, 40), "full": (30, 10, 100)}
"""By profile: resamples of patients, seeds, and trees of each forest."""

N_CORRELATIONS = {"smoke": 50, "book": 400, "full": 2000}
"""Resamples of patients for the correlation, which costs next to nothing."""

SIZES = (5, 10, 20, 30)
"""How many of the first places are compared."""

DRAW = "draw"


# --- drawing again -----------------------------------------------------------------------


def rank_again(task: Task, *, profile: str, seed: int) -> pd.DataFrame:
    """Rank the features again with other patients, in the folds, and with other seeds.

    Parameters
    ----------
    task : Task
        Only its training patients are looked at.
    profile : str
        Says how often, and with how many trees; see :data:`DRAWS`.
    seed : int
        Seed of the resamples and forests.

    Returns
    -------
    DataFrame
        ``ranking``, ``cause`` (of :data:`CAUSES`), ``draw``, ``feature``, ``usefulness`` and
        ``rank``. The correlation has no seed.
    """
    features, target = _prepared(task)
    n_resamples, n_seeds, n_trees = DRAWS[profile]
    parts = [
        _forests(features, target, n_draws=n_resamples, n_trees=n_trees, resample=True, seed=seed)
        .assign(ranking=FOREST, cause=PATIENTS),
        _forests(features, target, n_draws=n_seeds, n_trees=n_trees, resample=False, seed=seed)
        .assign(ranking=FOREST, cause=SEEDS),
        correlate_again(features, target, n_draws=N_CORRELATIONS[profile], seed=seed)
        .assign(ranking=PEARSON, cause=PATIENTS),
    ]  # fmt: skip
    for ranking in RANKINGS:
        ranked = rank_in_folds(task, ranking).rename(columns={FOLD: DRAW})
        parts.append(ranked.assign(ranking=ranking, cause=FOLDS))
    columns = ["ranking", "cause", DRAW, FEATURE, USEFULNESS, RANK]
    return pd.concat(parts, ignore_index=True)[columns]


def _prepared(task: Task) -> tuple[pd.DataFrame, pd.Series]:
    """Return the features of the training patients without gaps, and their slopes."""
    train = task.split.train
    table = task.predictors.loc[train, list(task.features)]
    return make_design(scaling=None).fit_transform(table), task.target.loc[train]


@stored
def _forests(
    features: pd.DataFrame,
    target: pd.Series,
    *,
    n_draws: int,
    n_trees: int,
    resample: bool,
    seed: int,
) -> pd.DataFrame:
    """Return the rankings by forests that differ in their patients, or in nothing but chance."""
    shared = {"features": features, "target": target, "n_trees": n_trees, "resample": resample}
    calls = [shared | {"seed": [seed, number]} for number in range(n_draws)]
    frames = []
    for number, usefulness in enumerate(share(_importance, calls, n_jobs=n_cores())):
        report(f"forests that rank: {number + 1} of {n_draws}")
        frames.append(_ranked(usefulness, features.columns).assign(**{DRAW: number}))
    return pd.concat(frames, ignore_index=True)


def _importance(
    features: pd.DataFrame,
    target: pd.Series,
    *,
    n_trees: int,
    resample: bool,
    seed: list[int],
) -> np.ndarray:
    rng = np.random.default_rng(seed)
    n_patients = len(features)
    rows = rng.integers(n_patients, size=n_patients) if resample else np.arange(n_patients)
    forest = make_ranking_forest(features.shape[1], n_trees, seed=int(rng.integers(2**31)))
    return forest.fit(features.to_numpy()[rows], target.to_numpy()[rows]).feature_importances_


@stored
def correlate_again(
    features: pd.DataFrame, target: pd.Series, *, n_draws: int, seed: int
) -> pd.DataFrame:
    """Rank features by absolute correlation with the target in resamples of the patients.

    Parameters
    ----------
    features : DataFrame of shape (n_patients, n_features)
        Without gaps.
    target : Series of shape (n_patients,)
        What they are correlated with.
    n_draws : int
        Resamples of patients.
    seed : int
        Seed of the resamples.

    Returns
    -------
    DataFrame
        ``draw``, ``feature``, ``usefulness`` and ``rank``.
    """
    rng, n_patients = np.random.default_rng(seed), len(features)
    even = np.full(n_patients, 1 / n_patients)
    weights = rng.multinomial(n_patients, even, size=n_draws) / n_patients
    X = (features - features.mean()).to_numpy(dtype=float)
    y = (target - target.mean()).to_numpy(dtype=float)
    means, mean = weights @ X, weights @ y
    covariance = weights @ (X * y[:, None]) - means * mean[:, None]
    variances = np.maximum(weights @ X**2 - means**2, 0) * (weights @ y**2 - mean**2)[:, None]
    # a column without spread in a resample tells nothing there
    found = np.abs(covariance) / np.where(variances > 1e-18, np.sqrt(variances), np.inf)
    frames = [_ranked(row, features.columns).assign(**{DRAW: n}) for n, row in enumerate(found)]
    return pd.concat(frames, ignore_index=True)


def _ranked(usefulness: np.ndarray, names: pd.Index) -> pd.DataFrame:
    ranks = pd.Series(-usefulness).rank(method="first").astype(int)
    return pd.DataFrame({FEATURE: names, USEFULNESS: usefulness, RANK: ranks})


# --- comparing rankings ------------------------------------------------------------------


def rank_measures_again(again: pd.DataFrame, measures: Mapping[str, str]) -> pd.DataFrame:
    """Return what :func:`rank_again` found for measures instead of their features."""
    parts = []
    for (ranking, cause), rows in again.groupby(["ranking", "cause"], sort=False):
        together = group_by_measure(rows, measures, by=DRAW).rename(columns={"measure": FEATURE})
        parts.append(together.assign(ranking=ranking, cause=cause))
    return pd.concat(parts, ignore_index=True)[list(again.columns)]


def overlap_of(again: pd.DataFrame, sizes: tuple[int, ...] = SIZES) -> pd.DataFrame:
    """Return how many of the first places two rankings share, over all pairs of draws.

    Kuncheva's index is the number shared, corrected for chance: 1 if the same features come
    first, 0 if no more are shared than by drawing lots.

    Returns
    -------
    DataFrame
        ``ranking``, ``cause``, ``k``, ``shared`` (mean number), ``jaccard`` (mean share of the
        features in either that are in both), ``estimate`` (mean of Kuncheva's index), ``low``
        and ``high`` (between which 95 % of the pairs lie), ``n_pairs``. A size that leaves
        no others is left out.

    References
    ----------
    Kuncheva, L. I. (2007). A stability index for feature selection.
    """
    rows = []
    for (ranking, cause), draws in again.groupby(["ranking", "cause"], sort=False):
        n_features = draws[FEATURE].nunique()
        for k in [size for size in sizes if size < n_features]:
            shared = _shared_by_pairs(draws, k)
            index = (shared * n_features - k**2) / (k * (n_features - k))
            low, high = np.quantile(index, [0.025, 0.975])
            jaccard = (shared / (2 * k - shared)).mean()
            rows.append([ranking, cause, k, shared.mean(), jaccard, index.mean(), low, high,
                         len(shared)])  # fmt: skip
    columns = ["ranking", "cause", "k", "shared", "jaccard", ESTIMATE, LOW, HIGH, "n_pairs"]
    return pd.DataFrame(rows, columns=columns)


def _shared_by_pairs(draws: pd.DataFrame, k: int) -> np.ndarray:
    first = draws[draws[RANK] <= k]
    chosen = pd.crosstab(first[DRAW], first[FEATURE]).to_numpy()
    both = chosen @ chosen.T
    return np.array([both[one, two] for one, two in combinations(range(len(both)), 2)], float)


def word_overlap(overlap: pd.DataFrame, what: str) -> pd.DataFrame:
    """Return :func:`overlap_of` as a page shows it; ``what`` is what was ranked."""
    ranges = zip(overlap[LOW], overlap[HIGH], strict=True)
    return pd.DataFrame(
        {
            "Ranked": what,
            "By": overlap["ranking"].map(RANKINGS | {"shap": "SHAP"}),
            "What differs": overlap["cause"],
            "First": overlap["k"],
            "Shared": [f"{value:.1f}" for value in overlap["shared"]],
            "Jaccard": [signed(value, 2) for value in overlap["jaccard"]],
            "Kuncheva": [signed(value, 2) for value in overlap[ESTIMATE]],
            "95 % of pairs": [f"{signed(a, 2)} to {signed(b, 2)}" for a, b in ranges],
        }
    )


def rank_ranges(
    again: pd.DataFrame, titles: Mapping[str, str], *, ranking: str, n_features: int = 20
) -> pd.DataFrame:
    """Return between which ranks each of the first features lies if patients are drawn again.

    Returns
    -------
    DataFrame
        ``feature``, ``label``, ``estimate`` (median rank), ``low`` and ``high`` (95 % of the
        draws; all of them if there are few), by median rank.
    """
    draws = again[(again["ranking"] == ranking) & (again["cause"] == PATIENTS)]
    ranks = draws.groupby(FEATURE)[RANK]
    table = pd.DataFrame(
        {ESTIMATE: ranks.median(), LOW: ranks.quantile(0.025), HIGH: ranks.quantile(0.975),
         "mean": ranks.mean()}
    )  # fmt: skip
    table = table.sort_values([ESTIMATE, "mean"], kind="stable").head(n_features).reset_index()
    table.insert(1, "label", table[FEATURE].map(lambda name: titles.get(name, name)))
    return table.drop(columns="mean")


def word_overlaps(features: pd.DataFrame, measures: pd.DataFrame, k: int = 20) -> str:
    """Return in sentences how many of the first places are shared when patients are drawn again."""

    def shared(table: pd.DataFrame, ranking: str) -> str:
        chosen = table[(table["ranking"] == ranking) & (table["cause"] == PATIENTS)]
        row = chosen[chosen["k"] == k]
        return f"{row['shared'].iloc[0]:.0f}" if len(row) else "none that could be counted"

    return (
        f"Of the first {k} features, two forests of patients drawn again share "
        f"{shared(features, FOREST)} on average, and two rankings by correlation "
        f"{shared(features, PEARSON)}. Of the first {k} measures they share "
        f"{shared(measures, FOREST)} and {shared(measures, PEARSON)}."
    )


def label_lines(features: pd.DataFrame, measures: pd.DataFrame) -> pd.DataFrame:
    """Return the overlaps of both with the ``label`` of their line in a figure.

    A line for each cause that changes the forest's ranking of features; two more, for the
    correlation and for the forest's ranking of measures, when patients are drawn again.
    """
    forest = features["ranking"] == FOREST
    again = features["cause"] == PATIENTS
    parts = [
        features[forest].assign(label="forest, " + features["cause"]),
        features[~forest & again].assign(label=f"correlation, {PATIENTS}"),
        measures[(measures["ranking"] == FOREST) & (measures["cause"] == PATIENTS)].assign(
            label=f"measures by forest, {PATIENTS}"
        ),
    ]
    return pd.concat(parts, ignore_index=True)
