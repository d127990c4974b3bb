"""Learn from many simulated cohorts of which a part is censored, and judge by the truth."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from alsnb.compute.store import stored
from alsnb.evaluation.truth import EXCESS, calibrate_against_truth
from alsnb.fits.class_rivals import MAJORITY, MULTINOMIAL, make_rival
from alsnb.models.after_scan import Cox, DiscreteTime, class_chances
from alsnb.models.together import scale
from alsnb.schema import AT, ESTIMATE, METRIC, MODEL, PREDICTED, REPEAT

NOBODY, BOUNDS, CLINICAL, FRUGAL = "nobody", "bounds", "clinical", "frugal"
"""Inputs: none, the times that bound survival, these with the clinical characteristics, and these
with three measures of the brain."""

DEAD, KNOWN, ALL = "dead", "known", "all"
"""Who is learnt from: only those seen to die, those whose class is known, or all, censored."""

DISCRETE, COX = "discrete", "cox"

MODELS = {
    "dead_shares": (DEAD, MAJORITY, CLINICAL),
    "known_shares": (KNOWN, MAJORITY, CLINICAL),
    "curve": (ALL, DISCRETE, NOBODY),
    "dead_classifier": (DEAD, MULTINOMIAL, CLINICAL),
    "known_classifier": (KNOWN, MULTINOMIAL, CLINICAL),
    "bounds": (ALL, DISCRETE, BOUNDS),
    "discrete": (ALL, DISCRETE, CLINICAL),
    "cox": (ALL, COX, CLINICAL),
    "frugal": (ALL, DISCRETE, FRUGAL),
}
"""By name: who is learnt from, by what, and what is read."""

STEP_MONTHS = 3.0
"""Length of the intervals of the discrete-time model."""

PENALTY = 3.0
"""Of the regressions of time: as that of the classifiers, the inverse of 0.3."""

MEAN, BIN = "mean", "bin"
N_BINS = 10


@dataclass(frozen=True, kw_only=True, eq=False)
class Followed:
    """A cohort as it is seen on the day of the analysis.

    Attributes
    ----------
    inputs : dict of str to array of shape (n_patients, n_inputs)
        By :data:`NOBODY` to :data:`FRUGAL`.
    months : array of shape (n_patients,)
        From the scan to death or to that day.
    died : bool array of shape (n_patients,)
    classes : array of shape (n_patients,)
        Class of survival from the scan; NaN where it is not known.
    """

    inputs: dict[str, np.ndarray]
    months: np.ndarray
    died: np.ndarray
    classes: np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class Fresh:
    """New patients, and the true probabilities of their classes.

    Attributes
    ----------
    inputs : dict of str to array of shape (n_patients, n_inputs)
    true : array of shape (n_patients, n_classes)
        Of an oracle that knows the true clinical state.
    """

    inputs: dict[str, np.ndarray]
    true: np.ndarray


@stored
@threadpool_limits.wrap(limits=1, user_api="blas")
def judge_models(
    cohorts: Sequence[Followed], fresh: Fresh, cutoffs: Sequence[float], *, seed: int
) -> pd.DataFrame:
    """Let each model learn from each cohort, and judge it on new patients by the truth.

    Parameters
    ----------
    cohorts : sequence of Followed
    fresh : Fresh
    cutoffs : sequence of float
        Months from the scan between the classes.
    seed : int

    Returns
    -------
    DataFrame
        ``repeat`` (number of the cohort), ``model``, ``metric`` and ``at``. Of the losses
        :data:`alsnb.evaluation.truth.EXCESS`, ``estimate``; of ``mean`` and ``bin``, ``predicted``
        and ``true``: by class (``at``), and of dying before the last cut-off by bin.
    """
    rows = []
    for number, cohort in enumerate(cohorts):
        for name, (who, model, source) in MODELS.items():
            said = _predict(cohort, fresh, who, model, source, cutoffs, seed)
            rows += [{REPEAT: number, MODEL: name} | row for row in _judge(said, fresh.true)]
    return pd.DataFrame(rows, columns=[REPEAT, MODEL, METRIC, AT, ESTIMATE, PREDICTED, "true"])


def _predict(
    cohort: Followed,
    fresh: Fresh,
    who: str,
    model: str,
    source: str,
    cutoffs: Sequence[float],
    seed: int,
) -> np.ndarray:
    """Return class probabilities of the fresh patients, (n_patients, n_classes)."""
    kept = {
        DEAD: cohort.died,
        KNOWN: ~np.isnan(cohort.classes),
        ALL: np.ones(len(cohort.died), bool),
    }[who]
    own, new = cohort.inputs[source][kept], fresh.inputs[source]
    scaled = scale(np.vstack([own, new]), np.arange(len(own))[None, :])[0].astype("float64")
    own, new = scaled[: len(own)], scaled[len(own) :]
    if model in (MAJORITY, MULTINOMIAL):
        fitted = make_rival(model, seed).fit(own, cohort.classes[kept].astype(int))
        said = np.zeros((len(new), len(cutoffs) + 1))
        said[:, fitted.classes_] = fitted.predict_proba(new)
        return said
    edges = np.arange(STEP_MONTHS, cutoffs[-1] + STEP_MONTHS, STEP_MONTHS)
    regression = Cox(PENALTY) if model == COX else DiscreteTime(edges, PENALTY)
    fitted = regression.fit(own, cohort.months[kept], cohort.died[kept])
    return class_chances(fitted, new, cutoffs)


def _judge(said: np.ndarray, true: np.ndarray) -> list[dict]:
    rows = [{METRIC: name, AT: -1, ESTIMATE: loss(said, true)} for name, loss in EXCESS.items()]
    means = zip(said.mean(axis=0), true.mean(axis=0), strict=True)
    bins = calibrate_against_truth(1 - said[:, -1], 1 - true[:, -1], N_BINS)
    for metric, pairs in ((MEAN, means), (BIN, bins)):
        rows += [
            {METRIC: metric, AT: number, PREDICTED: predicted, "true": stated}
            for number, (predicted, stated) in enumerate(pairs)
        ]
    return rows
