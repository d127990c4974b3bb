"""Rank features again and again, with other patients or other seeds."""

import numpy as np
import pandas as pd

from alsnb.compute.progress import report
from alsnb.compute.sharing import share
from alsnb.compute.store import stored
from alsnb.ranking import make_ranking_forest
from alsnb.settings import n_cores

FEATURE = "feature"
USEFULNESS = "usefulness"
RANK = "rank"
DRAW = "draw"


@stored
def rank_by_forests(
    features: pd.DataFrame,
    target: pd.Series,
    *,
    n_draws: int,
    n_trees: int,
    resample: bool,
    seed: int,
) -> pd.DataFrame:
    """Return the rankings by forests that differ in their patients, or in nothing but chance.

    Parameters
    ----------
    features, target : DataFrame of shape (n_patients, n_features), Series of shape (n_patients,)
        Without gaps.
    n_draws, n_trees, seed : int
        Forests, trees of each, and their seed.
    resample : bool
        Whether each forest sees patients drawn again, with replacement.

    Returns
    -------
    DataFrame
        ``draw``, ``feature``, ``usefulness`` (higher is better) and ``rank`` (1 is best).
    """
    shared = {"features": features, "target": target, "n_trees": n_trees, "resample": resample}
    calls = [shared | {"seed": [seed, number]} for number in range(n_draws)]
    frames = []
    for number, usefulness in enumerate(share(_importance, calls, n_jobs=n_cores())):
        report(f"forests that rank: {number + 1} of {n_draws}")
        frames.append(_ranked(usefulness, features.columns).assign(**{DRAW: number}))
    return pd.concat(frames, ignore_index=True)


def _importance(
    features: pd.DataFrame, target: pd.Series, *, n_trees: int, resample: bool, seed: list[int]
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

    Takes and returns what :func:`rank_by_forests` does.
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
