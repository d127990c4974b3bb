"""Fit regressions of the time after the scan, as rivals of classifiers on the same divisions."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from alsnb.compute.store import stored
from alsnb.fits.imaging import LayeredInputs, as_predictions
from alsnb.models.after_scan import Cox, class_chances
from alsnb.models.together import OTHER, VALIDATION, scale

PENALTY = 1.0
"""Of the squared coefficients of scaled inputs."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Times:
    """When patients were scanned and died; all of shape (n_patients,), in the order of the inputs.

    Attributes
    ----------
    to_scan : array
        Months from onset to the scan.
    from_scan : array
        Months from the scan to death, or to the last contact.
    died : bool array
        Whether death ended them.
    """

    to_scan: np.ndarray
    from_scan: np.ndarray
    died: np.ndarray


@stored
def fit_cox(
    inputs: LayeredInputs, source: str, times: Times, cutoffs: Sequence[float], *, name: str
) -> pd.DataFrame:
    """Return what Cox's regression on the time after the scan says of the classes from onset.

    Parameters
    ----------
    inputs : LayeredInputs
    source : str
        Which source it reads.
    times : Times
    cutoffs : sequence of float
        Months from onset between the classes.
    name : str
        What the model is called in the predictions frame.
    """
    rows = np.array([np.flatnonzero(part <= VALIDATION) for part in inputs.parts])
    scaled = scale(inputs.sources[source], rows).astype("float64")
    chances = np.zeros((*inputs.parts.shape, len(cutoffs) + 1))
    for values, learnt, part, said in zip(scaled, rows, inputs.parts, chances, strict=True):
        model = Cox(PENALTY).fit(values[learnt], times.from_scan[learnt], times.died[learnt])
        held = part == OTHER
        since = times.to_scan[held]
        said[held] = class_chances(model, values[held], cutoffs, since_onset=since)
    return as_predictions(inputs, chances, name)
