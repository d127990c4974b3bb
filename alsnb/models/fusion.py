"""Fuse several sources: early, late, layered as in the paper, and stacked without a leak.

*Early* is one network that reads all inputs side by side. *Late* is the mean of what a network of
each source says. *Layered* learns from what those networks say of patients whom they have learnt
from. *Stacked* is the same network, but learns from what networks say of patients whom they have
not learnt from: the training patients are divided, and each part is predicted by networks trained
on the others (Wolpert 1992).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from alsnb.checks import refuse
from alsnb.models.layered import LAYERED, LayeredSettings, train_layered
from alsnb.models.together import OTHER, TRAIN, train_together

EARLY, LATE, STACKED = "early", "late", "stacked"
FUSIONS = (EARLY, LATE, LAYERED, STACKED)
"""Ways to fuse sources."""


@dataclass(frozen=True, kw_only=True)
class Fused:
    """What networks of each source and their fusions say.

    Attributes
    ----------
    said : dict of str to array of shape (n_splits, n_patients, n_classes)
        Probabilities of all patients by source, and by :data:`FUSIONS`. What is said of patients
        who were learnt from flatters.
    out_of_fold : dict of str to array of the same shape
        By source: of training patients, what networks say that have not learnt from them; of
        others, as in ``said``.
    folds : int array of shape (n_splits, n_patients)
        The part of the training patients that each is in; -1 of others.
    """

    said: dict[str, np.ndarray]
    out_of_fold: dict[str, np.ndarray]
    folds: np.ndarray


def train_fused(
    sources: Mapping[str, np.ndarray],
    classes: np.ndarray,
    parts: np.ndarray,
    settings: LayeredSettings | None = None,
    *,
    n_folds: int = 5,
    seed: int | Sequence[int],
) -> Fused:
    """Train networks of each source, of their folds and of their fusions, for every split.

    Parameters
    ----------
    sources, classes, parts, settings, seed
        As in :func:`alsnb.models.layered.train_layered`. Early fusion has the settings of a
        source, layered and stacked fusion those of the layered network.
    n_folds : int
        Parts of the training patients.

    Raises
    ------
    alsnb.checks.BadInput
        As in ``train_layered``; also if there are fewer than two folds, or fewer training patients
        than folds.
    """
    settings, start = settings or LayeredSettings(), np.atleast_1d(seed).tolist()
    folds = deal_folds(classes, parts, n_folds, seed=start)
    alone = train_layered(sources, classes, parts, settings, seed=start)
    said = {name: found.probabilities for name, found in alone.items()}
    out_of_fold = {name: said[name].copy() for name in sources}
    for fold in range(n_folds):
        # watched patients stay the same; who is in the fold is only predicted
        without = np.where(folds == fold, OTHER, parts)
        for number, (name, inputs) in enumerate(sources.items()):
            present = settings.least_present.get(name, 0.0)
            how = {"seed": [*start, fold, number, 1], "least_present": present}
            found = train_together(inputs, classes, without, settings.source, **how)
            here = folds == fold
            out_of_fold[name][here] = found.probabilities[here]
    inputs = np.concatenate(list(sources.values()), axis=1)
    present = [
        np.full(table.shape[1], settings.least_present.get(name, 0.0))
        for name, table in sources.items()
    ]
    how = {"seed": [*start, 2], "least_present": np.concatenate(present)}
    said[EARLY] = train_together(inputs, classes, parts, settings.source, **how).probabilities
    said[LATE] = np.mean([said[name] for name in sources], axis=0)
    stacked = np.concatenate(list(out_of_fold.values()), axis=2)
    # with the seed of the layered network, from which it differs by its inputs alone
    how = {"seed": [*start, len(sources)]}
    found = train_together(stacked, classes, parts, settings.layered, **how)
    said[STACKED] = found.probabilities
    order = [*sources, *FUSIONS]
    return Fused(said={name: said[name] for name in order}, out_of_fold=out_of_fold, folds=folds)


def deal_folds(
    classes: np.ndarray, parts: np.ndarray, n_folds: int, *, seed: int | Sequence[int]
) -> np.ndarray:
    """Deal the training patients of each split to folds, each class evenly.

    Returns
    -------
    int array of shape (n_splits, n_patients)
        From 0; -1 of patients who are not learnt from. A fold is as large in every split.
    """
    smallest = (parts == TRAIN).sum(axis=1).min()
    if n_folds < 2 or smallest < n_folds:
        raise refuse(
            "Stacking on out-of-fold predictions",
            expected="at least two folds, and a training patient for each",
            found=f"{n_folds} folds of {smallest} patients",
            remedy="Choose five folds.",
        )
    folds = np.full(parts.shape, -1)
    for number, (own, dealt) in enumerate(zip(parts, folds, strict=True)):
        rng = np.random.default_rng([*np.atleast_1d(seed).tolist(), number, 3])
        train = np.flatnonzero(own == TRAIN)
        order = train[np.lexsort((rng.random(len(train)), classes[train]))]
        dealt[order] = np.arange(len(order)) % n_folds
    return folds
