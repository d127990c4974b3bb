"""Rank features with more and more copies of one of them, and keep the rankings."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from alsnb.compute.sharing import share
from alsnb.compute.store import stored
from alsnb.ranking import make_ranking_forest, rank_features
from alsnb.settings import n_cores

NOISE = 0.1
"""Standard deviation of what is added to a copy, in those of the feature."""


@stored
def rank_beside_copies(
    features: pd.DataFrame,
    target: pd.Series,
    *,
    n_copies: Sequence[int],
    n_seeds: int,
    n_trees: int,
    seed: int,
) -> pd.DataFrame:
    """Return what :func:`_rank_with_copies` says for each number of copies, from several seeds."""
    shared = {"features": features, "target": target, "n_trees": n_trees}
    calls = [
        shared | {"n_copies": n, "seed": seed + number}
        for n in n_copies
        for number in range(n_seeds)
    ]
    return pd.DataFrame(list(share(_rank_with_copies, calls, n_jobs=n_cores())))


def _rank_with_copies(
    features: pd.DataFrame, target: pd.Series, *, n_copies: int, n_trees: int, seed: int
) -> dict[str, float]:
    """Rank features among which the first has copies, each with a little noise.

    Returns the importance in the forest of the ``original`` and of its ``family``, the ``rank`` of
    the original in the forest, and ``copies_in_ten``: how many of the first ten by correlation are
    copies.
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
    ranked = list(rank_features(table, target.to_numpy(), "pearson")["feature"])
    return {
        "n_copies": n_copies,
        "seed": seed,
        "original": importance[original],
        "family": importance[family].sum(),
        "rank": int(importance.rank(ascending=False, method="first")[original]),
        "copies_in_ten": len(set(ranked[:10]) & set(family[1:])),
    }


@stored
def count_shadows(
    features: pd.DataFrame, target: pd.Series, *, k: int, n_seeds: int, n_trees: int, seed: int
) -> pd.DataFrame:
    """Return how many of the first ``k`` features of a forest are shuffled copies, by ``seed``.

    Each feature has one copy, whose values are dealt to other patients, so that it cannot know
    anything of a slope. What of them comes first comes first by chance.
    """
    shared = {"features": features, "target": target, "k": k, "n_trees": n_trees}
    calls = [shared | {"seed": seed + number} for number in range(n_seeds)]
    return pd.DataFrame(list(share(_count_shadows, calls, n_jobs=n_cores())))


def _count_shadows(
    features: pd.DataFrame, target: pd.Series, *, k: int, n_trees: int, seed: int
) -> dict[str, int]:
    rng = np.random.default_rng(seed)
    both = np.column_stack([features.to_numpy(), rng.permuted(features.to_numpy(), axis=0)])
    forest = make_ranking_forest(both.shape[1], n_trees, seed=seed).fit(both, target.to_numpy())
    first = np.argsort(-forest.feature_importances_, kind="stable")[:k]
    return {"seed": seed, "shadows": int((first >= features.shape[1]).sum())}
