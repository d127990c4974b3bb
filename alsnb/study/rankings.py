"""Rank features in the folds, as the networks' preparation does, and compare rankings.

Rankings are compared by how many features their first places share.
"""

from collections.abc import Mapping
from itertools import combinations

import numpy as np
import pandas as pd

from alsnb.checks import BadInput
from alsnb.compute.sharing import share
from alsnb.fits.rankings import DRAW, FEATURE, RANK, USEFULNESS
from alsnb.models.recipe import Recipe
from alsnb.models.searched import make_inputs
from alsnb.schema import ESTIMATE, FOLD, HIGH, LOW
from alsnb.settings import n_cores
from alsnb.splits import Fold
from alsnb.study.proact import Study
from alsnb.study.task import SlopeTask
from alsnb.vocabulary import FOREST

PEARSON = "pearson"

RANKINGS = {FOREST: "Random forest", PEARSON: "Correlation"}
"""What a reader calls the two ways of ranking."""

SIZES = (5, 10, 20, 30)
"""How many of the first places are compared."""


def titles_of(study: Study) -> dict[str, str]:
    """Return what a reader calls each feature, by its name."""
    return dict(zip(study.catalogue["name"], study.catalogue["title"], strict=True))


def measures_of(study: Study) -> dict[str, str]:
    """Return the measure that each feature is made from, by its name."""
    return dict(zip(study.catalogue["name"], study.catalogue["measure"], strict=True))


def first_repeat(task: SlopeTask) -> list[Fold]:
    """Return the folds of the first repeat, in the order of their patients."""
    return [fold for fold in task.folds if fold.repeat == 0]


def rank_in_folds(task: SlopeTask, ranking: str) -> pd.DataFrame:
    """Rank the features on the training patients of every fold, by forest or by correlation.

    Returns
    -------
    DataFrame
        ``fold``, ``feature``, ``usefulness`` (share of a forest's importance, or absolute
        correlation; higher is better) and ``rank`` (1 is best), folds from 0. A feature that a
        fold threw away has no row there.
    """
    recipe = Recipe(ranking=ranking, n_features=1)
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
        (least and most useful in any fold), ``best`` and ``worst`` (ranks), ``n_folds`` (in which
        it was ranked).
    """
    usefulness = ranked.pivot_table(index=FEATURE, columns=FOLD, values=USEFULNESS)
    ranks = ranked.pivot_table(index=FEATURE, columns=FOLD, values=RANK)
    last = ranks.fillna(len(ranks))
    table = spread_over_parts(usefulness).assign(
        best=last.min(axis=1).astype(int),
        worst=last.max(axis=1).astype(int),
        n_folds=usefulness.notna().sum(axis=1),
    )
    table = in_places(table)
    table.insert(2, "label", table[FEATURE].map(lambda name: titles.get(name, name)))
    return table


def spread_over_parts(usefulness: pd.DataFrame) -> pd.DataFrame:
    """Return mean, least and most of each row over parts; what is missing in a part has zero."""
    filled = usefulness.fillna(0.0)
    return pd.DataFrame(
        {ESTIMATE: filled.mean(axis=1), LOW: filled.min(axis=1), HIGH: filled.max(axis=1)}
    )


def in_places(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows by their estimate, the largest first, with their ``place`` in front."""
    table = table.sort_values(ESTIMATE, ascending=False, kind="stable").reset_index()
    table.insert(0, "place", np.arange(1, len(table) + 1))
    return table


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
