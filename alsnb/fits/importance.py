"""Rank features by a forest's impurity, and by what shuffling them costs held-out patients."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from alsnb.compute.store import stored
from alsnb.design import make_design
from alsnb.fits.inputs import FitInputs
from alsnb.ranking import make_ranking_forest

IMPURITY, PERMUTATION = "impurity", "permutation"


@stored
def rank_by_permutation(
    inputs: FitInputs, measures: Mapping[str, str], *, n_trees: int, n_repeats: int, seed: int
) -> pd.DataFrame:
    """Return the importance of features, and of measures, in one forest of one split.

    Parameters
    ----------
    inputs : FitInputs
        Of one split.
    measures : mapping of str to str
        The measure that each feature is made from.
    n_trees, n_repeats, seed : int
        Trees of the forest, how often a feature is shuffled, and the seed of both.

    Returns
    -------
    DataFrame
        By ``kind`` (``"feature"`` or ``"measure"``) and ``name``: ``n_features``, ``impurity``
        (share of what splits reduced in training; NaN of a measure) and ``permutation``: the rise
        of the mean squared error of held-out patients if the feature, or all features of the
        measure together, are shuffled among them; points squared, near zero or below for what
        tells nothing.

    Notes
    -----
    Impurity favours columns of many values, even if they are noise (Strobl et al. 2007).
    """
    (split,) = inputs.folds()
    design = make_design(scaling=None)
    own, target = inputs.table.loc[split.train], inputs.target
    prepared = design.fit_transform(own, target.loc[split.train])
    forest = make_ranking_forest(prepared.shape[1], n_trees, seed=seed)
    forest.fit(prepared.to_numpy(), target.loc[split.train].to_numpy())
    held, observed = design.transform(inputs.table.loc[split.test]), target.loc[split.test]
    values, observed = held.to_numpy(), observed.to_numpy()
    names = list(prepared.columns)
    parts = [("feature", name, [place]) for place, name in enumerate(names)]
    groups: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        groups.setdefault(measures.get(name, name), []).append(place)
    parts += [("measure", name, places) for name, places in groups.items()]
    rng = np.random.default_rng(seed)
    orders = [rng.permutation(len(values)) for _ in range(n_repeats)]
    before = np.mean((observed - forest.predict(values)) ** 2)

    def cost(places: list[int]) -> float:
        after = []
        for order in orders:
            shuffled = values.copy()
            shuffled[:, places] = values[order][:, places]
            after.append(np.mean((observed - forest.predict(shuffled)) ** 2))
        return float(np.mean(after) - before)

    rows = [
        {"kind": kind, "name": name, "n_features": len(places), PERMUTATION: cost(places)}
        for kind, name, places in parts
    ]
    table = pd.DataFrame(rows)
    table[IMPURITY] = np.nan
    table.loc[table["kind"] == "feature", IMPURITY] = forest.feature_importances_
    return table
