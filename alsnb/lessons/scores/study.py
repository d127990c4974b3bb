"""See what scores and intervals make of predictions whose quality is known."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from alsnb.effort import room_efforts
from alsnb.evaluation.bootstrap import compare_predictions, score_predictions
from alsnb.lessons.scores.fits import A, B, cover, draw_predictions
from alsnb.published import read_published
from alsnb.schema import ESTIMATE, HIGH, LOW, MODEL

EFFORTS = room_efforts(n_sets={"smoke": 20, "book": 400, "full": 4000})
"""``n_sets``: studies drawn to measure how often an interval holds the truth."""

TITLES = {A: "Model A", B: "Model B"}


def separate_or_paired(predictions: pd.DataFrame, n_resamples: int) -> pd.DataFrame:
    """Return the RMSD of both models and their paired difference: ``label``, estimate, interval."""
    settings = {"metrics": ["rmsd"], "n_resamples": n_resamples}
    single = score_predictions(predictions, **settings)
    gap = compare_predictions(predictions, reference=A, **settings)
    both = pd.concat([single, gap.assign(model="B minus A, paired")], ignore_index=True)
    return both.rename(columns={MODEL: "label"})[["label", ESTIMATE, LOW, HIGH]]


def explain_published() -> pd.DataFrame:
    """Return paper A's Table 2 with what ``rmsd`` and ``pcc`` imply of its patients.

    If predictions are calibrated, ``r2`` is PCC squared, and ``sd_observed`` of the target makes
    both fit together.
    """
    printed = pd.DataFrame(read_published()["paper_a"]["table2"]).T[["rmsd", "pcc"]].astype(float)
    r2 = printed["pcc"] ** 2
    implied = printed.assign(r2=r2, sd_observed=printed["rmsd"] / np.sqrt(1 - r2))
    return implied.rename_axis(MODEL).reset_index()


def bias_that_explains(model: Mapping, sd_observed: float) -> float:
    """Return the constant error, in points per month, that gives a model its printed ``rmsd``.

    The model is one whose predictions are calibrated but for that constant, with its printed
    ``pcc``, on patients whose slopes have the standard deviation ``sd_observed``. Zero if the
    printed error is no larger than such a model has without any constant error.
    """
    scatter = sd_observed**2 * (1 - model["pcc"] ** 2)
    return float(np.sqrt(max(model["rmsd"] ** 2 - scatter, 0.0)))
