"""Structural connections: which exist, and how many streamlines they hold.

Log counts vary between people together: all of them a little and the strong ones more, those of
one region, those between regions that are connected alike, and each by itself. A connection that
is weak in a person is found less often.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from scipy.special import expit, ndtri

from alsnb.synthetic.imaging.morphology import scanner_pattern
from alsnb.synthetic.imaging.parameters import ImagingParameters
from alsnb.synthetic.imaging.template import read_template, root_of, to_matrices

IN_MOST = 0.9
"""Share of people in whom a connection must exist to be among those that strength is judged by."""


class TrueConnections(NamedTuple):
    """What persists of a person's connections between two scans; all of shape (n_people, n_edges).

    These are 2,278 connections, or fewer if a cohort is drawn with some of them.
    ``strength`` is the standard score of the log count without its measurement error (its variance
    is below 1), ``loss`` what the disease has taken from the log count, and ``presence`` decides,
    with the strength that a scan sees, whether the connection is found.
    """

    strength: np.ndarray
    loss: np.ndarray
    presence: np.ndarray


def strong_ones(p: ImagingParameters) -> np.ndarray:
    """Return how strong each connection is, from 0 (weak) to 1 (among the strongest)."""
    edges = read_template().edges
    log = edges["log_count"].to_numpy()
    usual = log[edges["share_of_people"] >= IN_MOST]
    return expit(((log - usual.mean()) / usual.std() - p["strong_at"]) / p["strong_width"])


def log_sds(p: ImagingParameters) -> np.ndarray:
    """Return the SD between people of each log count, shape (2278,): the same for all cohorts."""
    strong = strong_ones(p)
    own = np.random.default_rng(20_172).standard_normal(len(strong))
    spread = np.exp(p["log_count_sd_spread"] * own)
    return p["log_count_sd"] * (1 - p["strong_sd_drop"] * strong) * spread


def draw_connections(
    n: int,
    reached: np.ndarray,
    p: ImagingParameters,
    rng: np.random.Generator,
    some: np.ndarray | None = None,
) -> TrueConnections:
    """Draw the true connections of n people; *reached* (n, n_edges) says which the disease has hit.

    *some* are the numbers of the connections that are wanted, by default all of them.
    """
    template = read_template()
    some = np.arange(len(template.edges)) if some is None else some
    n_regions, n_edges = len(template.regions), len(some)
    common = p["global_share_weak"] + p["global_share_strong"] * strong_ones(p)[some]
    # what is left when the common part is large: the other parts shrink alike
    rest = np.minimum(1.0, (1 - common) / (1 - p["global_share_weak"]))
    node, bundle = p["node_share"] * rest, p["bundle_share"] * rest
    own = np.maximum(1 - common - node - bundle, 0)
    lasting = np.maximum(own - p["connection_error_share"] * rest, 0)
    regional = rng.standard_normal((n, n_regions), dtype=np.float32)
    strength = np.sqrt(common, dtype=np.float32) * rng.standard_normal((n, 1), dtype=np.float32)
    strength = strength + np.sqrt(node / 2, dtype=np.float32) * (
        regional[:, template.rows[some]] + regional[:, template.columns[some]]
    )
    strength += np.sqrt(bundle, dtype=np.float32) * _draw_bundles(n, rng, some)
    alone = rng.standard_normal((n, n_edges), dtype=np.float32)
    strength += np.sqrt(lasting, dtype=np.float32) * alone
    presence = rng.standard_normal((n, n_edges), dtype=np.float32)
    return TrueConnections(strength, np.float32(p["connection_loss"]) * reached, presence)


def scan_connections(
    true: TrueConnections,
    on_b: np.ndarray,
    p: ImagingParameters,
    rng: np.random.Generator,
    some: np.ndarray | None = None,
) -> np.ndarray:
    """Return counts of streamlines as one scan gives them, whole numbers in float32 (n, n_edges).

    0 where no connection is found, and at least 1 where one is; *some* as they were drawn.
    """
    some = np.arange(len(read_template().edges)) if some is None else some
    edges = read_template().edges.iloc[some]
    common = p["global_share_weak"] + p["global_share_strong"] * strong_ones(p)[some]
    rest = np.minimum(1.0, (1 - common) / (1 - p["global_share_weak"]))
    error = np.sqrt(p["connection_error_share"] * rest, dtype=np.float32)
    noise = rng.standard_normal(true.strength.shape, dtype=np.float32)
    sd = log_sds(p)[some].astype(np.float32)
    strength = true.strength + np.float32(p["error_scale"]) * error * noise - true.loss / sd
    shows = np.float32(p["strength_shows"])
    seen = shows * strength + np.sqrt(1 - shows**2) * true.presence
    with np.errstate(divide="ignore"):
        needed = -ndtri(edges["share_of_people"].to_numpy()).astype(np.float32)
    shift = p["scanner_connections"] * scanner_pattern(len(read_template().edges))
    shift = shift[some].astype(np.float32)
    log = edges["log_count"].to_numpy(np.float32) + sd * strength + shift * on_b[:, None]
    return np.where(seen > needed, np.maximum(np.round(np.exp(log)), 1), 0).astype(np.float32)


def _draw_bundles(n: int, rng: np.random.Generator, some: np.ndarray) -> np.ndarray:
    """Draw scores (n, n_edges) that are alike where connections join regions connected alike."""
    template = read_template()
    root, scale = _likeness()
    if len(some) < len(template.edges):
        # of a few, from what their scores have in common: no field of all regions is needed
        own = root_of(_bundle_covariance(some)).astype(np.float32)
        return rng.standard_normal((n, len(some)), dtype=np.float32) @ own.T
    field = rng.standard_normal((n, *root.shape), dtype=np.float32)
    field = root @ field @ root.T
    field = field + field.transpose(0, 2, 1)
    return field[:, template.rows, template.columns] * scale


@cache
def _likeness() -> tuple[np.ndarray, np.ndarray]:
    """Return a root of how alike regions are connected, and what scales a field to variance 1."""
    template = read_template()
    profiles = to_matrices((template.edges.prod(axis=1)).to_numpy())
    values = np.clip(np.corrcoef(profiles), 0, None)
    root = root_of(values)
    root = root / np.sqrt((root**2).sum(axis=1, keepdims=True))
    alike = root @ root.T
    scale = 1 / np.sqrt(2 * (1 + alike[template.rows, template.columns] ** 2))
    return root.astype(np.float32), scale.astype(np.float32)


def _bundle_covariance(some: np.ndarray) -> np.ndarray:
    """Return how much the scores of some connections that :func:`_draw_bundles` draws covary."""
    template = read_template()
    root, scale = _likeness()
    alike, one, other = root @ root.T, template.rows[some], template.columns[some]
    straight = alike[np.ix_(one, one)] * alike[np.ix_(other, other)]
    crossed = alike[np.ix_(one, other)] * alike[np.ix_(other, one)]
    return 2 * (straight + crossed) * np.outer(scale[some], scale[some])
