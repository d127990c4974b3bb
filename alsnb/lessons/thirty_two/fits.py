"""Walk every path through the choices of an analysis, on many small studies."""

from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from alsnb.compute.store import stored
from alsnb.models.multinomial import Multinomials, fit_multinomials

PARCELLATIONS = ("dk", "dkt")
WEIGHTS = ("log_count", "present", "share_of_all")
HARMONISATIONS = ("none", "training", "everybody")

N_COMPONENTS = 6
"""Principal components of the thickness, and as many of the connections, that a model reads."""

LEAST_PRESENT = 0.5
"""Connections that fewer of the training patients have are not used."""

STUDY, CUTS, OWN, FRESH = "study", "cuts", "own_gain", "fresh_gain"
CHOICES = ("parcellation", "weight", CUTS, "harmonisation")

N_CLASSES = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class Brains:
    """What is measured of patients, and when they died; rows are patients.

    Attributes
    ----------
    clinical : array of shape (n, n_characteristics)
    thickness : array of shape (n, n_regions)
        In mm.
    counts : array of shape (n, n_edges)
        Streamlines.
    on_b : bool array of shape (n,)
        Who was scanned on the second scanner.
    months : array of shape (n,)
        From onset to death.
    """

    clinical: np.ndarray
    thickness: np.ndarray
    counts: np.ndarray
    on_b: np.ndarray
    months: np.ndarray

    def __repr__(self) -> str:
        # what stands in the arrays is not for a page
        return f"Brains({len(self.months):,} patients)"


@stored
def walk_paths(
    studies: list[Brains],
    fresh: Brains,
    *,
    n_learnt: int,
    regions: np.ndarray,
    edges: np.ndarray,
    cuts: dict[str, tuple[float, ...]],
) -> pd.DataFrame:
    """Return by how much MRI raises the accuracy, on every path through the choices.

    Parameters
    ----------
    studies : list of Brains
        Of each, the first ``n_learnt`` patients are learnt from, the others are held out.
    fresh : Brains
        Patients of no study.
    n_learnt : int
    regions, edges : bool arrays of shape (n_regions,) and (n_edges,)
        What the second parcellation has.
    cuts : dict of str to tuple of float
        Pairs of cut-offs by their label, in months.

    Returns
    -------
    DataFrame
        ``study``, the columns :data:`CHOICES`, and the accuracy of clinical characteristics with
        MRI less that without: ``own_gain`` on the patients held out, ``fresh_gain`` on fresh ones.
    """
    kept = {"dk": (np.ones_like(regions), np.ones_like(edges)), "dkt": (regions, edges)}
    rows = []
    for number, study in enumerate(studies):
        for parcellation, weight, how in product(PARCELLATIONS, WEIGHTS, HARMONISATIONS):
            brain = _components(study, fresh, (*kept[parcellation], weight, how), n_learnt)
            for label, limits in cuts.items():
                gains = _gains(study, fresh, brain, limits, n_learnt)
                rows.append((number, parcellation, weight, label, how, *gains))
    return pd.DataFrame(rows, columns=[STUDY, *CHOICES, OWN, FRESH])


def _components(
    study: Brains, fresh: Brains, path: tuple, n_learnt: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the components of the study's patients and of the fresh ones, by one path."""
    regions, edges, weight, how = path
    both = [
        (study.thickness[:, regions], fresh.thickness[:, regions]),
        (_weigh(study.counts[:, edges], weight), _weigh(fresh.counts[:, edges], weight)),
    ]
    present = (study.counts[:n_learnt, edges] > 0).mean(axis=0) >= LEAST_PRESENT
    both[1] = tuple(table[:, present] for table in both[1])
    learnt = slice(n_learnt) if how != "everybody" else slice(None)
    found = []
    for own, others in both:
        if how != "none":
            shift = _shift_of_b(own[learnt], study.on_b[learnt])
            own = own - shift * study.on_b[:, None]
            others = others - shift * fresh.on_b[:, None]
        found.append(_project(own, others, n_learnt))
    return tuple(np.concatenate(parts, axis=1) for parts in zip(*found, strict=True))


def _weigh(counts: np.ndarray, weight: str) -> np.ndarray:
    if weight == "present":
        return (counts > 0).astype(float)
    if weight == "share_of_all":
        return counts / counts.sum(axis=1, keepdims=True)
    return np.log1p(counts.astype(float))


def _shift_of_b(measures: np.ndarray, on_b: np.ndarray) -> np.ndarray:
    """Return by how much each measure is higher on the second scanner; 0 if all are on one."""
    if on_b.all() or not on_b.any():
        return np.zeros(measures.shape[1])
    return measures[on_b].mean(axis=0) - measures[~on_b].mean(axis=0)


def _project(own: np.ndarray, others: np.ndarray, n_learnt: int) -> tuple[np.ndarray, np.ndarray]:
    """Return principal components of standard scores; all is learnt from the training patients."""
    mean, sd = own[:n_learnt].mean(axis=0), own[:n_learnt].std(axis=0)
    sd = np.where(sd > 0, sd, np.inf)
    own, others = (own - mean) / sd, (others - mean) / sd
    # through the small matrix of patients rather than the large one of measures
    values, vectors = np.linalg.eigh(own[:n_learnt] @ own[:n_learnt].T)
    lengths = np.sqrt(np.maximum(values[-N_COMPONENTS:], 0))
    # a component along which nobody differs says nothing
    lengths = np.where(lengths > 1e-6, lengths, np.inf)
    axes = own[:n_learnt].T @ (vectors[:, -N_COMPONENTS:] / lengths)
    return own @ axes, others @ axes


def _gains(
    study: Brains,
    fresh: Brains,
    brain: tuple[np.ndarray, np.ndarray],
    limits: tuple[float, ...],
    n_learnt: int,
) -> tuple[float, float]:
    """Return the gain of accuracy on the patients held out and on fresh ones."""
    classes, truth = (np.searchsorted(limits, one.months, side="right") for one in (study, fresh))
    right = []
    for parts in ([], list(brain)):
        own = np.concatenate([study.clinical, *parts[:1]], axis=1)
        others = np.concatenate([fresh.clinical, *parts[1:]], axis=1)
        fitted = fit_multinomials(own[None, :n_learnt], classes[None, :n_learnt], N_CLASSES)
        held = _right(fitted, own[n_learnt:], classes[n_learnt:])
        right.append((held, _right(fitted, others, truth)))
    return right[1][0] - right[0][0], right[1][1] - right[0][1]


def _right(fitted: Multinomials, inputs: np.ndarray, classes: np.ndarray) -> float:
    return float((fitted.predict(inputs[None])[0].argmax(axis=1) == classes).mean())
