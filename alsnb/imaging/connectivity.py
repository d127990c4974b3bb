"""Describe each connectome by numbers that depend on no other subject; nothing is learnt here."""

import networkx as nx
import numpy as np
import pandas as pd
from scipy.sparse.csgraph import shortest_path

from alsnb.imaging.dialects import pairs_of
from alsnb.imaging.release import ImagingRelease

MEASURES = {
    "log_total_weight": "logarithm of the sum of all weights",
    "density": "share of the pairs of regions that are connected",
    "clustering": "mean weighted clustering of the regions (Onnela), weights by their maximum",
    "efficiency": "mean of 1 / shortest path, where a connection is as long as 1 / its weight, in "
    "units of the mean weight",
    "assortativity": "correlation of the numbers of connections at both ends of a connection",
    "modularity": "modularity of the communities found by the method of Louvain",
}
"""Measures of a whole connectome; more of the first four is better connected."""


def edge_weights(release: ImagingRelease) -> pd.DataFrame:
    """Return the weight of each pair of regions, as in the files, 0 where there is none.

    Returns
    -------
    DataFrame of shape (n_subjects, n_pairs)
        Columns such as ``lh_precentral--lh_postcentral``, each pair once.
    """
    n = len(release.labels)
    places, _ = pairs_of(n)
    flat = release.connectomes.reshape(len(release.subjects), n * n)
    return pd.DataFrame(flat[:, places], index=release.subjects, columns=edge_names(release.labels))


def edge_names(labels: tuple[str, ...]) -> list[str]:
    """Return the name of each pair of regions, in the order of :func:`edge_weights`."""
    return [f"{first}--{second}" for n, first in enumerate(labels) for second in labels[n + 1 :]]


def node_strengths(release: ImagingRelease) -> pd.DataFrame:
    """Return how strongly each region is connected.

    Returns
    -------
    DataFrame of shape (n_subjects, n_regions)
        ``log(1 + sum of weights)``, in columns such as ``lh_precentral_log_strength``.
    """
    names = [f"{label}_log_strength" for label in release.labels]
    strength = np.log1p(release.connectomes.sum(axis=2))
    return pd.DataFrame(strength, index=release.subjects, columns=names)


def graph_measures(release: ImagingRelease, *, seed: int = 0) -> pd.DataFrame:
    """Return measures of the whole connectome of each subject.

    Parameters
    ----------
    release : ImagingRelease
    seed : int
        Seed of the search for communities, the same for every subject.

    Returns
    -------
    DataFrame of shape (n_subjects, 6)
        Columns of :data:`MEASURES`. Clustering, efficiency and modularity do not change when
        all weights of a subject are multiplied. Assortativity is NaN where all regions have as
        many connections.
    """
    rows = [measure_graph(weights, seed=seed) for weights in release.connectomes]
    return pd.DataFrame(rows, index=release.subjects, columns=list(MEASURES))


def measure_graph(weights: np.ndarray, *, seed: int = 0) -> dict[str, float]:
    """Return the measures of one connectome.

    Parameters
    ----------
    weights : float array of shape (n_regions, n_regions)
        Symmetric, 0 on the diagonal, with at least one connection.
    seed : int
        Seed of the search for communities.
    """
    n = len(weights)
    graph = nx.from_numpy_array(weights)
    communities = nx.community.louvain_communities(graph, seed=seed)
    return {
        "log_total_weight": float(np.log(weights.sum() / 2)),
        "density": np.count_nonzero(weights) / (n * (n - 1)),
        "clustering": float(_clustering(weights).mean()),
        "efficiency": _efficiency(weights),
        "assortativity": _assortativity(weights),
        "modularity": float(nx.community.modularity(graph, communities)),
    }


def _clustering(weights: np.ndarray) -> np.ndarray:
    """Return the weighted clustering of each region; networkx does the same, 100 times slower."""
    roots = np.cbrt(weights / weights.max())
    triangles = np.diagonal(roots @ roots @ roots)
    degree = np.count_nonzero(weights, axis=1)
    possible = degree * (degree - 1)
    return np.divide(triangles, possible, out=np.zeros(len(weights)), where=possible > 0)


def _efficiency(weights: np.ndarray) -> float:
    """Return the mean inverse distance of pairs, 0 for pairs that no path connects."""
    connected = weights > 0
    lengths = np.zeros_like(weights)
    # scipy takes 0 for no connection
    lengths[connected] = weights[connected].mean() / weights[connected]
    distances = shortest_path(lengths, method="D", directed=False)
    pairs = distances[np.triu_indices(len(weights), 1)]
    return float((1 / pairs).mean())


def _assortativity(weights: np.ndarray) -> float:
    """Return the correlation of degrees over connections, NaN if degrees do not differ."""
    degree = np.count_nonzero(weights, axis=1)
    first, second = np.nonzero(weights)
    ends = degree[first].astype(float), degree[second].astype(float)
    return float(np.corrcoef(*ends)[0, 1]) if np.ptp(ends[0]) else np.nan
