"""Predict a class from several sources: a network for each, and one fed by what they say.

The last one, the layered network, takes the class probabilities of the others as its inputs. That
is how Paper B's combination is remembered; its abstract does not say it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from alsnb.models.stacked import StackSettings
from alsnb.models.together import Together, train_together

LAYERED = "layered"
"""Name of the network that is fed by the others."""


def _of_sources() -> StackSettings:
    return StackSettings(hidden_sizes=(32, 16), learning_rate=3e-3, weight_decay=0.1)


def _of_layer() -> StackSettings:
    return StackSettings(hidden_sizes=(8,), learning_rate=3e-3, weight_decay=0.1, dropout_rate=0.0)


@dataclass(frozen=True, kw_only=True)
class LayeredSettings:
    """Settings of the networks; Paper B's are not known, these are ours.

    Attributes
    ----------
    source : StackSettings
        Of the network of each source; Adam, mini-batches of 32, and the weights with the lowest
        loss of the validation patients.
    layered : StackSettings
        Of the network fed by them.
    least_present : mapping of str to float
        By source, see :func:`alsnb.models.together.train_together`: by default connections that
        fewer than half of the training patients have are not used.
    """

    source: StackSettings = field(default_factory=_of_sources)
    layered: StackSettings = field(default_factory=_of_layer)
    least_present: Mapping[str, float] = field(default_factory=lambda: {"connectivity": 0.5})


def train_layered(
    sources: Mapping[str, np.ndarray],
    classes: np.ndarray,
    parts: np.ndarray,
    settings: LayeredSettings | None = None,
    *,
    seed: int | Sequence[int],
) -> dict[str, Together]:
    """Train, for every split, a network per source and the layered one.

    Parameters
    ----------
    sources : mapping of str to array of shape (n_patients, n_inputs)
        What each source knows of the patients; NaN is a gap.
    classes : int array of shape (n_patients,)
        From 0.
    parts : int array of shape (n_splits, n_patients)
        As in :func:`alsnb.models.together.train_together`.
    settings : LayeredSettings, optional
    seed : int or sequence of int
        Decides everything random.

    Returns
    -------
    dict of str to Together
        By source, in their order, and then under :data:`LAYERED`. The layered network learns from
        what the others say of patients whom they have learnt from, as in the paper's design; that
        is optimistic, and stacking on out-of-fold probabilities is the remedy.

    Raises
    ------
    alsnb.checks.BadInput
        As in ``train_together``.
    """
    settings = settings or LayeredSettings()
    found, start = {}, np.atleast_1d(seed).tolist()
    for number, (name, inputs) in enumerate(sources.items()):
        present = settings.least_present.get(name, 0.0)
        how = {"seed": [*start, number], "least_present": present}
        found[name] = train_together(inputs, classes, parts, settings.source, **how)
    said = np.concatenate([one.probabilities for one in found.values()], axis=2)
    how = {"seed": [*start, len(found)]}
    found[LAYERED] = train_together(said, classes, parts, settings.layered, **how)
    return found
