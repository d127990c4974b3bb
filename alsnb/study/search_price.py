"""What a search costs the one who believes its best score, and what its criterion decides.

Nothing is trained: the scores of the trials in each fold say it all.
"""

import numpy as np
import pandas as pd

from alsnb.study.search import Search

CRITERIA = {"pcc": "idxmax", "rmsd": "idxmin"}
"""The scores by which a search can choose, with the end that is better."""


def price_search(by_fold: pd.DataFrame, *, n_draws: int, seed: int) -> pd.DataFrame:
    """Repeat a search on all folds but one, with some of its trials, and look at the fold left out.

    Parameters
    ----------
    by_fold : DataFrame of shape (n_trials, n_folds)
        The score of each trial in each fold; higher is better. Trials with a gap are left away.
    n_draws : int
        How often trials are drawn, for each number of them.
    seed : int
        Seed of the draws.

    Returns
    -------
    DataFrame
        By ``n_trials`` (1, 2, 5, 10, ... and all) the mean score of the chosen trial in the folds
        that chose it (``seen``) and in the fold left out (``unseen``), and ``price``, the first
        minus the second. Of a single trial nothing is chosen, and its price is 0 but for rounding.

    References
    ----------
    Tibshirani and Tibshirani, Annals of Applied Statistics 2009;3:822.
    """
    scores = by_fold.dropna().to_numpy()
    n_trials, n_folds = scores.shape
    if n_folds < 2 or not n_trials:
        return pd.DataFrame(columns=["n_trials", "seen", "unseen", "price"])
    rng = np.random.default_rng(seed)
    others = (scores.sum(axis=1, keepdims=True) - scores) / (n_folds - 1)
    rows = []
    for size in [*(n for n in (1, 2, 5, 10, 20) if n < n_trials), n_trials]:
        seen, unseen = [], []
        for _ in range(1 if size == n_trials else n_draws):
            some = rng.permutation(n_trials)[:size]
            best = some[others[some].argmax(axis=0)]
            seen.append(others[best, np.arange(n_folds)].mean())
            unseen.append(scores[best, np.arange(n_folds)].mean())
        rows.append([size, np.mean(seen), np.mean(unseen)])
    table = pd.DataFrame(rows, columns=["n_trials", "seen", "unseen"])
    return table.assign(price=table["seen"] - table["unseen"])


def choose_by(found: Search) -> pd.DataFrame:
    """Return what a search chooses by either criterion: a row for each of :data:`CRITERIA`.

    ``criterion``, and of the chosen trial ``trial`` (from 1), ``pcc`` and ``rmsd``, means over
    the folds.
    """
    trials = found.trials.dropna(subset=["pcc"])
    rows = []
    for criterion, end in CRITERIA.items():
        best = trials.loc[getattr(trials[criterion], end)()]
        own = {"criterion": criterion, "trial": int(best["trial"]) + 1}
        rows.append(own | {name: best[name] for name in CRITERIA})
    return pd.DataFrame(rows)


def recipe_by(found: Search, criterion: str) -> object:
    """Return the recipe that a search chooses by a criterion."""
    trials = found.trials.dropna(subset=["pcc"])
    return found.recipes[getattr(trials[criterion], CRITERIA[criterion])()]
