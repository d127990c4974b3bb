"""Judge a score by what the same procedure scores when the classes are dealt by chance."""

import numpy as np

from alsnb.checks import refuse


def permutation_p(observed: float, permuted: np.ndarray) -> float:
    """Return the p-value of a score of which more is better, by permutation of the classes.

    The share of scores, the observed one included, that are at least as high (Phipson and Smyth
    2010). It is never 0 and keeps its level for any number of permutations.

    Parameters
    ----------
    observed : float
        The score with the classes as they are.
    permuted : array of shape (n_permutations,)
        Scores of the whole procedure, splits included, with permuted classes.

    Raises
    ------
    alsnb.checks.BadInput
        If there is no permutation, or a score is missing.
    """
    permuted = np.asarray(permuted, float)
    if not len(permuted) or np.isnan([observed, *permuted]).any():
        raise refuse(
            "permutation_p",
            expected="a score, and at least one with permuted classes",
            found=f"{len(permuted)} of them" if len(permuted) == 0 else "missing scores",
            remedy="Permute the classes and repeat the whole procedure.",
        )
    # equal shares of right calls differ by rounding
    as_high = np.sum(permuted >= observed - 1e-12)
    return float((1 + as_high) / (1 + len(permuted)))
