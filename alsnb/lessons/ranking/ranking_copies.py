"""Put copies of the best feature beside it, and see what becomes of its importance."""

import numpy as np
import pandas as pd
from scipy.stats import t as student

from alsnb.compute.sharing import share
from alsnb.compute.store import stored
from alsnb.design import make_design, make_ranking_forest, rank_features
from alsnb.lessons.ranking.ranking_lesson import FEATURE, PEARSON
from alsnb.schema import ESTIMATE, HIGH, LOW
from alsnb.settings import n_cores
from alsnb.study.task import Task

N_COPIES = (0, 1, 2, 4, 8)
"""How many copies stand beside the feature."""

NOISE = 0.1
"""Standard deviation of what is added to a copy, in those of the feature."""

N_OTHERS = 40
"""Features that stand beside: the most correlated ones, which keeps the forests small."""

SEEDS = {"smoke": 3, "book": 8, "full": 12}
"""From how many seeds copies and forests are drawn."""

ORIGINAL, FAMILY = "the feature itself", "the feature and its copies"


def copy_best(task: Task, *, profile: str, seed: int, n_trees: int = 40) -> pd.DataFrame:
    """Rank with more and more copies of the best feature, from several seeds.

    Only training patients are looked at. A copy is the feature plus a little noise, as the
    mean, the median and the last value of one item are copies of each other.

    Returns
    -------
    DataFrame
        ``n_copies``, ``seed``, ``original`` and ``family`` (importance in the forest), ``rank``
        (of the original in the forest), and ``copies_in_ten`` (how many of the first ten by
        correlation are copies).
    """
    train = task.split.train
    table = make_design(scaling=None).fit_transform(task.predictors.loc[train, list(task.features)])
    target = task.target.loc[train]
    best = rank_features(table, target.to_numpy(), PEARSON)[FEATURE]
    chosen = table[list(best[: N_OTHERS + 1])]
    return _copied(chosen, target, n_seeds=SEEDS[profile], n_trees=n_trees, seed=seed)


@stored
def _copied(
    features: pd.DataFrame, target: pd.Series, *, n_seeds: int, n_trees: int, seed: int
) -> pd.DataFrame:
    shared = {"features": features, "target": target, "n_trees": n_trees}
    calls = [
        shared | {"n_copies": n, "seed": seed + number}
        for n in N_COPIES
        for number in range(n_seeds)
    ]
    return pd.DataFrame(list(share(rank_with_copies, calls, n_jobs=n_cores())))


def rank_with_copies(
    features: pd.DataFrame, target: pd.Series, *, n_copies: int, n_trees: int, seed: int
) -> dict[str, float]:
    """Rank features among which the first has copies; one row of :func:`copy_best`.

    Parameters
    ----------
    features : DataFrame of shape (n_patients, n_features)
        Without gaps; the first column is copied.
    target : Series of shape (n_patients,)
        What is to be predicted.
    n_copies, n_trees, seed : int
        Copies, trees of the forest, and the seed of both.
    """
    original = features.columns[0]
    rng = np.random.default_rng(seed)
    values = features[original]
    noise = NOISE * values.std(ddof=0) * rng.normal(size=(len(values), n_copies))
    copies = pd.DataFrame(values.to_numpy()[:, None] + noise, index=values.index)
    table = pd.concat([features, copies.add_prefix("copy ")], axis=1)
    forest = make_ranking_forest(table.shape[1], n_trees, seed=seed)
    forest.fit(table.to_numpy(), target.to_numpy())
    importance = pd.Series(forest.feature_importances_, table.columns)
    family = [original, *table.columns[features.shape[1] :]]
    ranked = list(rank_features(table, target.to_numpy(), PEARSON)[FEATURE])
    return {
        "n_copies": n_copies,
        "seed": seed,
        "original": importance[original],
        "family": importance[family].sum(),
        "rank": int(importance.rank(ascending=False, method="first")[original]),
        "copies_in_ten": len(set(ranked[:10]) & set(family[1:])),
    }


def average_copies(copied: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """Return the mean importance by number of copies, with its interval over seeds.

    Returns
    -------
    DataFrame
        ``n_copies``, ``which`` (:data:`ORIGINAL` or :data:`FAMILY`), ``estimate``, ``low``,
        ``high`` (of the mean over seeds, after Student), ``rank`` (mean rank of the original),
        ``copies_in_ten`` (mean).
    """
    rows = []
    for n_copies, draws in copied.groupby("n_copies"):
        for which, column in ((ORIGINAL, "original"), (FAMILY, "family")):
            mean, half = draws[column].mean(), _half_width(draws[column], level)
            rows.append(
                [
                    n_copies,
                    which,
                    mean,
                    mean - half,
                    mean + half,
                    draws["rank"].mean(),
                    draws["copies_in_ten"].mean(),
                ]
            )
    columns = ["n_copies", "which", ESTIMATE, LOW, HIGH, "rank", "copies_in_ten"]
    return pd.DataFrame(rows, columns=columns)


def _half_width(values: pd.Series, level: float) -> float:
    n = len(values)
    if n < 2:
        return float("nan")
    return float(student.ppf(0.5 + level / 2, n - 1) * values.std() / np.sqrt(n))


def word_copies(averaged: pd.DataFrame) -> str:
    """Return in sentences what copies do to the importance of the feature that was copied."""
    alone = averaged[averaged["which"] == ORIGINAL].set_index("n_copies")
    family = averaged[averaged["which"] == FAMILY].set_index("n_copies")
    last = alone.index.max()
    return (
        f"Without copies the feature has {_cell(alone.loc[0])} of all importance; beside {last} "
        f"copies it has {_cell(alone.loc[last])}, and the family together "
        f"{_cell(family.loc[last])}. Its mean rank goes from {alone.loc[0, 'rank']:.1f} to "
        f"{alone.loc[last, 'rank']:.1f}, though it says exactly what it said before."
    )


def _cell(row: pd.Series) -> str:
    return f"{row[ESTIMATE]:.0%} ({row[LOW]:.0%} to {row[HIGH]:.0%} over seeds)"


def difference_of_copies(copied: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """Return the loss of importance against no copies, paired by seed.

    Returns
    -------
    DataFrame
        ``n_copies``, ``which``, ``estimate``, ``low``, ``high``.
    """
    wide = copied.set_index(["n_copies", "seed"])
    rows = []
    for n_copies in [n for n in sorted(copied["n_copies"].unique()) if n > 0]:
        for which, column in ((ORIGINAL, "original"), (FAMILY, "family")):
            gaps = wide.loc[n_copies, column] - wide.loc[0, column]
            half = _half_width(gaps, level)
            rows.append([n_copies, which, gaps.mean(), gaps.mean() - half, gaps.mean() + half])
    return pd.DataFrame(rows, columns=["n_copies", "which", ESTIMATE, LOW, HIGH])
