"""The common brain that simulated people vary around: tables by region, volume and connection.

Connections are kept as the upper triangle of a matrix of 68 regions, row by row: 2,278 numbers.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from scipy.sparse.csgraph import dijkstra

from alsnb.synthetic.imaging.parameters import FOLDER

MOTOR = ("precentral", "paracentral")
"""Regions of the motor strip, without their side."""


@dataclass(frozen=True, eq=False)
class Template:
    """The tables of parameters.

    Attributes
    ----------
    regions : DataFrame of shape (68, n_facts)
        Indexed by name (``lh_precentral``); thickness in mm, area in mm2.
    thickness_correlation : array of shape (68, 68)
        Of measured thickness between people.
    volumes : DataFrame of shape (n_volumes, n_facts)
        Natural logarithms of mm3, indexed by the name that FreeSurfer gives.
    volume_correlation : array of shape (n_volumes, n_volumes)
    edges : DataFrame of shape (2278, 2)
        ``share_of_people`` who have a connection and ``log_count``, its natural log mean count.
    rows, columns : arrays of shape (2278,)
        Numbers of the two regions that a connection joins.
    """

    regions: pd.DataFrame
    thickness_correlation: np.ndarray
    volumes: pd.DataFrame
    volume_correlation: np.ndarray
    edges: pd.DataFrame
    rows: np.ndarray
    columns: np.ndarray


@cache
def read_template() -> Template:
    """Read the tables."""
    regions = pd.read_csv(FOLDER / "regions.csv", index_col="region")
    rows, columns = np.triu_indices(len(regions), 1)
    return Template(
        regions=regions,
        thickness_correlation=_read_correlation("thickness_correlation.txt"),
        volumes=pd.read_csv(FOLDER / "volumes.csv", index_col="volume"),
        volume_correlation=_read_correlation("volume_correlation.txt"),
        edges=pd.read_csv(FOLDER / "edges.csv"),
        rows=rows,
        columns=columns,
    )


def to_matrices(edges: np.ndarray) -> np.ndarray:
    """Return symmetric matrices (..., 68, 68), zero on the diagonal, of edges (..., 2278)."""
    template = read_template()
    n_regions = len(template.regions)
    matrices = np.zeros((*edges.shape[:-1], n_regions, n_regions), edges.dtype)
    matrices[..., template.rows, template.columns] = edges
    matrices[..., template.columns, template.rows] = edges
    return matrices


def is_motor() -> np.ndarray:
    """Return which regions belong to the motor strip, shape (68,)."""
    return np.array([name[3:] in MOTOR for name in read_template().regions.index])


def path_lengths(starts: list[str]) -> np.ndarray:
    """Return how far each region lies from the nearest of some others along healthy connections.

    A connection is the shorter the more people have it and the stronger it is. The shape is
    (68,), and the unit is that of the longest of them.
    """
    template = read_template()
    closeness = to_matrices(
        (template.edges["share_of_people"] * template.edges["log_count"]).to_numpy()
    )
    length = np.divide(1.0, closeness, out=np.zeros_like(closeness), where=closeness > 0)
    numbers = template.regions.index.get_indexer(starts)
    lengths = dijkstra(length, directed=False, indices=numbers, min_only=True)
    return lengths / lengths.max()


def root_of(covariance: np.ndarray) -> np.ndarray:
    """Return R with R @ R.T = covariance, taking what is below zero by rounding for zero."""
    values, vectors = np.linalg.eigh(covariance)
    return vectors * np.sqrt(np.maximum(values, 0))


def _read_correlation(name: str) -> np.ndarray:
    """Read a lower triangle in hundredths, a row to a line."""
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    correlation = np.zeros((len(lines) + 1, len(lines) + 1))
    for number, line in enumerate(lines, start=1):
        correlation[number, :number] = np.array(line.split(), float) / 100
    return correlation + correlation.T + np.eye(len(correlation))
