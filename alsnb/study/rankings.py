"""Ask how much of a ranking would be the same with other patients, or another seed.

Features are drawn from the same training patients again and again; rankings are compared by
how many features their first places share.
"""

from collections.abc import Mapping
from itertools import combinations

import numpy as np
import pandas as pd

from alsnb.checks import BadInput
from alsnb.compute.sharing import share
from alsnb.design import make_design
from alsnb.fits.rankings import DRAW, FEATURE, RANK, USEFULNESS, correlate_again, rank_by_forests
from alsnb.models.recipe import Recipe
from alsnb.models.searched import make_inputs
from alsnb.report.tables import signed
from alsnb.schema import ESTIMATE, FOLD, HIGH, LOW
from alsnb.settings import n_cores
from alsnb.splits import Fold
from alsnb.study.proact import Study
from alsnb.study.task import Task

FOREST, PEARSON = "forest", "pearson"

RANKINGS = {FOREST: "Random forest", PEARSON: "Correlation"}
"""What a reader calls the two ways of ranking."""


PATIENTS, FOLDS, SEEDS = "patients drawn again", "folds", "other seeds"

SIZES = (5, 10, 20, 30)
"""How many of the first places are compared."""


# --- ranking in folds -------------------------------------------------------------------


def titles_of(study: Study) -> dict[str, str]:
    """Return what a reader calls each feature, by its name."""
    return dict(zip(study.catalogue["name"], study.catalogue["title"], strict=True))


def measures_of(study: Study) -> dict[str, str]:
    """Return the measure that each feature is made from, by its name."""
    return dict(zip(study.catalogue["name"], study.catalogue["measure"], strict=True))


def rank_in_folds(task: Task, ranking: str, *, imputing: str = "median") -> pd.DataFrame:
    """Rank the features on the training patients of every fold.

    Parameters
    ----------
    task : Task
        Its folds and features.
    ranking : {"forest", "pearson"}
        As in :class:`alsnb.design.RankedFeatures`.
    imputing : {"median", "mean"}
        How gaps are filled before.

    Returns
    -------
    DataFrame
        ``fold``, ``feature``, ``usefulness`` (share of a forest's importance, or absolute
        correlation; higher is better) and ``rank`` (1 is best), folds from 0. A feature that
        a fold threw away has no row there.
    """
    recipe = Recipe(imputing=imputing, ranking=ranking, n_features=1)
    calls = [
        {
            "predictors": task.predictors.loc[fold.train, list(task.features)],
            "target": task.target.loc[fold.train],
            "recipe": recipe,
        }
        for fold in first_repeat(task)
    ]
    frames = []
    results = share(_rank, calls, n_jobs=n_cores() if ranking == FOREST else 1)
    for number, ranked in enumerate(results):
        if isinstance(ranked, BadInput):
            raise ranked
        frames.append(ranked.assign(**{FOLD: number}))
    return pd.concat(frames, ignore_index=True)[[FOLD, FEATURE, USEFULNESS, RANK]]


def _rank(predictors: pd.DataFrame, target: pd.Series, recipe: Recipe) -> pd.DataFrame:
    """Return the ranking that a network's preparation learns from these patients."""
    inputs = make_inputs(recipe, network="ffnn", columns=list(predictors.columns))
    inputs.fit(predictors, target)
    usefulness = inputs.design_["rank"].usefulness_
    ranked = usefulness.rename_axis(FEATURE).reset_index(name=USEFULNESS)
    return ranked.assign(**{RANK: np.arange(1, len(ranked) + 1)})


def average_ranking(ranked: pd.DataFrame, titles: Mapping[str, str]) -> pd.DataFrame:
    """Return the features by their mean usefulness over folds, with the spread between folds.

    A feature that a fold threw away counts as useless there, and as last.

    Returns
    -------
    DataFrame
        ``place`` (1 is best), ``feature``, ``label``, ``estimate`` (mean), ``low`` and ``high``
        (least and most useful in any fold), ``best`` and ``worst`` (ranks), ``n_folds`` (in
        which it was ranked).
    """
    usefulness = ranked.pivot_table(index=FEATURE, columns=FOLD, values=USEFULNESS)
    ranks = ranked.pivot_table(index=FEATURE, columns=FOLD, values=RANK)
    filled, last = usefulness.fillna(0.0), ranks.fillna(len(ranks))
    table = pd.DataFrame(
        {
            ESTIMATE: filled.mean(axis=1),
            LOW: filled.min(axis=1),
            HIGH: filled.max(axis=1),
            "best": last.min(axis=1).astype(int),
            "worst": last.max(axis=1).astype(int),
            "n_folds": usefulness.notna().sum(axis=1),
        }
    )
    table = table.sort_values(ESTIMATE, ascending=False, kind="stable").reset_index()
    table.insert(1, "label", table[FEATURE].map(lambda name: titles.get(name, name)))
    table.insert(0, "place", np.arange(1, len(table) + 1))
    return table


def average_measures(ranked: pd.DataFrame, measures: Mapping[str, str]) -> pd.DataFrame:
    """Return the usefulness of measures: their features together, fold by fold.

    The importances in a forest add up to one and are added; of correlations the largest
    counts.

    Returns
    -------
    DataFrame
        ``place``, ``measure``, ``estimate``, ``low``, ``high`` as in :func:`average_ranking`,
        and ``n_features``.
    """
    together = group_by_measure(ranked, measures)
    usefulness = together.pivot_table(index="measure", columns=FOLD, values=USEFULNESS).fillna(0.0)
    table = pd.DataFrame(
        {
            ESTIMATE: usefulness.mean(axis=1),
            LOW: usefulness.min(axis=1),
            HIGH: usefulness.max(axis=1),
        }
    )
    names = pd.Series(ranked[FEATURE].unique())
    table["n_features"] = names.map(measures).value_counts()
    table = table.sort_values(ESTIMATE, ascending=False, kind="stable").reset_index()
    table.insert(0, "place", np.arange(1, len(table) + 1))
    return table


def group_by_measure(
    ranked: pd.DataFrame, measures: Mapping[str, str], by: str = FOLD
) -> pd.DataFrame:
    """Return the usefulness of every measure in every part, and its rank there."""
    adds_up = abs(ranked.groupby(by)[USEFULNESS].sum().iloc[0] - 1) < 1e-6
    named = ranked.assign(measure=ranked[FEATURE].map(measures).fillna(ranked[FEATURE]))
    groups = named.groupby([by, "measure"], sort=False)[USEFULNESS]
    table = (groups.sum() if adds_up else groups.max()).reset_index()
    ranks = table.groupby(by)[USEFULNESS].rank(ascending=False, method="first")
    return table.assign(**{RANK: ranks.astype(int)})


def first_repeat(task: Task) -> list[Fold]:
    return [fold for fold in task.folds if fold.repeat == 0]


# --- drawing again -----------------------------------------------------------------------


def rank_again(
    task: Task, *, n_resamples: int, n_seeds: int, n_trees: int, n_correlations: int, seed: int
) -> pd.DataFrame:
    """Rank the features again with other patients, in the folds, and with other seeds.

    Parameters
    ----------
    task : Task
        Only its training patients are looked at.
    n_resamples, n_seeds : int
        Forests of patients drawn again, and forests with another seed.
    n_trees : int
        Trees of each of them.
    n_correlations : int
        Resamples of patients for the correlation, which costs next to nothing.
    seed : int
        Seed of the resamples and forests.

    Returns
    -------
    DataFrame
        ``ranking``, ``cause`` (seeds, folds or patients), ``draw``, ``feature``, ``usefulness`` and
        ``rank``. The correlation has no seed.
    """
    features, target = _prepared(task)
    parts = [
        rank_by_forests(
            features, target, n_draws=n_resamples, n_trees=n_trees, resample=True, seed=seed
        ).assign(ranking=FOREST, cause=PATIENTS),
        rank_by_forests(
            features, target, n_draws=n_seeds, n_trees=n_trees, resample=False, seed=seed
        ).assign(ranking=FOREST, cause=SEEDS),
        correlate_again(features, target, n_draws=n_correlations, seed=seed).assign(
            ranking=PEARSON, cause=PATIENTS
        ),
    ]
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
            rows.append(
                [ranking, cause, k, shared.mean(), jaccard, index.mean(), low, high, len(shared)]
            )
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
        {
            ESTIMATE: ranks.median(),
            LOW: ranks.quantile(0.025),
            HIGH: ranks.quantile(0.975),
            "mean": ranks.mean(),
        }
    )
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
