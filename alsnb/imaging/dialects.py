"""Bring a connectome into one form: symmetric, without self-connections, 0 where there is none."""

from functools import cache

import numpy as np

from alsnb.imaging.forms import Edges, Unreadable

MIRRORED, AVERAGED, SELF = "mirrored", "averaged", "self-connections set aside"
"""What can be done to a matrix; the rules of the audit."""

SAME = 1e-6
"""Halves that differ by less, compared with the largest weight, are the same."""


def settle(weights: np.ndarray) -> tuple[np.ndarray, dict[str, str]]:
    """Return a weight for each pair of regions, and what was done to get it.

    A matrix with one triangle only, as MRtrix writes it, is mirrored. One whose triangles
    differ, as probabilistic tracking gives it, is averaged. The diagonal is set aside.

    Parameters
    ----------
    weights : float array of shape (n_regions, n_regions)
        As in the file.

    Returns
    -------
    pairs : float array of shape (n_pairs,)
        In the order of :func:`pairs_of`, which makes a symmetric matrix with :func:`spread`.
    done : dict of str to str
        By rule, what was found.

    Raises
    ------
    Unreadable
        If a weight is missing, infinite or negative, or there is no connection.
    """
    _check_weights(weights)
    done = {}
    if loops := int(np.count_nonzero(weights.diagonal())):
        done[SELF] = f"{loops} regions connected with themselves"
    places, mirrored = pairs_of(len(weights))
    flat = weights.ravel()
    upper, lower = flat[places], flat[mirrored]
    if not upper.any() and not lower.any():
        raise Unreadable("no connection", "connections between regions", "zeros alone")
    if upper.any() != lower.any():
        done[MIRRORED] = "only one triangle is filled"
        return upper + lower, done
    if np.abs(upper - lower).max() > SAME * flat.max():
        done[AVERAGED] = "the two triangles differ"
    return (upper + lower) / 2, done


@cache
def pairs_of(n_regions: int) -> tuple[np.ndarray, np.ndarray]:
    """Return where in a flat matrix each pair of regions stands: above, and below the diagonal."""
    rows, columns = np.triu_indices(n_regions, 1)
    return rows * n_regions + columns, columns * n_regions + rows


def spread(pairs: np.ndarray, n_regions: int, out: np.ndarray | None = None) -> np.ndarray:
    """Return the symmetric matrix of the weights of pairs, with 0 on its diagonal.

    Parameters
    ----------
    pairs : float array of shape (n_pairs,)
        In the order of :func:`pairs_of`.
    n_regions : int
        Number of regions.
    out : float array of shape (n_regions, n_regions), optional
        Where to put it; zeros, and in one piece.
    """
    out = np.zeros((n_regions, n_regions)) if out is None else out
    for places in pairs_of(n_regions):
        out.reshape(-1)[places] = pairs
    return out


def matrix_of(edges: Edges, n_regions: int, first_node: int) -> np.ndarray:
    """Return a list of edges as a matrix with a weight in both directions.

    A list that names each pair of regions once says nothing of directions, and is mirrored.

    Parameters
    ----------
    edges : Edges
        With regions by number.
    n_regions : int
        Number of regions.
    first_node : int
        Number of the first region.

    Raises
    ------
    Unreadable
        If an edge stands there twice or leads to a region that is not there.
    """
    ends = np.asarray(edges.ends) - first_node
    if len(ends) and (ends.min() < 0 or ends.max() >= n_regions):
        last = first_node + n_regions - 1
        found = f"numbers from {ends.min() + first_node} to {ends.max() + first_node}"
        raise Unreadable("wrong size", f"regions from {first_node} to {last}", found)
    places = ends[:, 0] * n_regions + ends[:, 1]
    if len(np.unique(places)) < len(places):
        raise Unreadable("edge listed twice", "each edge once", "one more than once")
    weights = np.zeros((n_regions, n_regions))
    weights[ends[:, 0], ends[:, 1]] = edges.weights
    listed = np.zeros_like(weights, dtype=bool)
    listed[ends[:, 0], ends[:, 1]] = True
    np.fill_diagonal(listed, False)
    if not (listed & listed.T).any():
        # in one triangle, so that mirroring gives each pair its weight
        half = weights + weights.T
        return np.triu(half, 1) + np.diag(np.diagonal(weights))
    return weights


def _check_weights(weights: np.ndarray) -> None:
    # a missing weight is neither
    if weights.min() >= 0 and weights.max() < np.inf:
        return
    for rule, bad, expected, word in (
        ("not a number", ~np.isfinite(weights), "finite weights", "NaN or infinite"),
        ("negative weight", weights < 0, "weights of 0 or more", "negative"),
    ):
        if bad.any():
            row, column = np.argwhere(bad)[0] + 1
            found = f"{bad.sum():,} {word}, first in row {row}, column {column}"
            raise Unreadable(rule, expected, found)
