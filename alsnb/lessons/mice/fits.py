"""Train the networks of Paper B on mice whose strains were dealt by chance."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from alsnb.compute.store import stored
from alsnb.fits.imaging import LayeredInputs, make_layered_inputs
from alsnb.models.layered import train_layered
from alsnb.models.together import OTHER
from alsnb.schema import ESTIMATE, MODEL
from alsnb.splits import rotate_in_three

PERMUTATION = "permutation"


def make_rotated_inputs(
    sources: Mapping[str, pd.DataFrame],
    classes: pd.Series,
    *,
    n_folds: int,
    n_rounds: int,
    seed: int,
) -> LayeredInputs:
    """Return what networks read, on folds of which each is predicted once a round."""
    how = {"n_folds": n_folds, "n_rounds": n_rounds, "seed": seed}
    splits = rotate_in_three(classes.index, strata=classes, **how)
    return make_layered_inputs(sources, classes, splits)


@stored
def fit_permuted(
    sources: dict[str, pd.DataFrame],
    classes: pd.Series,
    *,
    n_permutations: int,
    n_folds: int,
    n_rounds: int,
    seed: int,
) -> pd.DataFrame:
    """Return the accuracy of every network on classes that were dealt by chance.

    Each permutation goes through the whole procedure: new folds by the permuted classes, new
    networks. Permutation k is the same however many follow.

    Parameters
    ----------
    sources, classes
        As in :func:`alsnb.fits.imaging.make_layered_inputs`.
    n_permutations, n_folds, n_rounds : int
    seed : int

    Returns
    -------
    DataFrame
        ``permutation``, ``model``, ``estimate``: share of right calls over all rounds.
    """
    rows = []
    for number in range(n_permutations):
        order = np.random.default_rng([seed, number]).permutation(len(classes))
        dealt = pd.Series(classes.to_numpy()[order], classes.index)
        how = {"n_folds": n_folds, "n_rounds": n_rounds, "seed": seed + number + 1}
        inputs = make_rotated_inputs(sources, dealt, **how)
        given = inputs.sources, inputs.classes.to_numpy(), inputs.parts
        found = train_layered(*given, seed=[seed, number])
        held_out = inputs.parts == OTHER
        for model, trained in found.items():
            right = trained.probabilities.argmax(axis=2) == given[1]
            share = float(right[held_out].mean())
            rows.append({PERMUTATION: number, MODEL: model, ESTIMATE: share})
    return pd.DataFrame(rows, columns=[PERMUTATION, MODEL, ESTIMATE])
