"""Draw predictions whose quality is known, and see what scores and intervals make of them."""

import numpy as np
import pandas as pd

from alsnb.compute.progress import report
from alsnb.compute.store import stored
from alsnb.effort import EFFORTS
from alsnb.evaluation.bootstrap import compare_predictions, score_predictions
from alsnb.published import read_published
from alsnb.schema import (
    ESTIMATE,
    FOLD,
    HIGH,
    LOW,
    METRIC,
    MODEL,
    OBSERVED,
    PATIENT,
    PREDICTED,
    PREDICTIONS,
    REPEAT,
    SPLIT,
)

MEAN_SLOPE, SD_SLOPE = -0.69, 0.57
"""Mean and standard deviation of the drawn slopes, in ALSFRS points per month."""

A, B = "model A", "model B"

N_SETS = {"smoke": 20, "book": 400, "full": 4000}
"""Studies drawn to measure how often an interval holds the truth, by profile."""


def draw_predictions(n_patients: int, *, seed: int, r2_a: float, r2_b: float) -> pd.DataFrame:
    """Draw slopes of patients who do not exist, and two models' predictions of them.

    The two models know the same thing about a patient and each adds an error of its own, so
    their predictions agree more with one another than with what is observed, as real ones do.

    Parameters
    ----------
    n_patients : int
        Number of patients.
    seed : int
        The same seed draws the same patients.
    r2_a, r2_b : float
        Share of the variance that each model explains; at most a third.

    Returns
    -------
    DataFrame
        A predictions frame of split ``"test"`` with two models, both calibrated.
    """
    rng = np.random.default_rng(seed)
    known, unknown, *noises = rng.standard_normal((4, n_patients))
    knowable = 1 / 3
    observed = np.sqrt(knowable) * known + np.sqrt(1 - knowable) * unknown
    columns = {
        PATIENT: [f"P{number:05d}" for number in range(n_patients)],
        SPLIT: "test",
        REPEAT: 0,
        FOLD: 0,
        OBSERVED: MEAN_SLOPE + SD_SLOPE * observed,
    }
    frames = []
    for model, r2, noise in zip((A, B), (r2_a, r2_b), noises, strict=True):
        # the best guess from a blurred view of what is knowable explains exactly r2
        blurred = np.sqrt(r2 / knowable) * known + np.sqrt(1 - r2 / knowable) * noise
        predicted = MEAN_SLOPE + SD_SLOPE * np.sqrt(r2) * blurred
        frames.append(pd.DataFrame(columns | {MODEL: model, PREDICTED: predicted}))
    return pd.concat(frames, ignore_index=True)[list(PREDICTIONS)]


def true_scores(r2_a: float, r2_b: float) -> dict[str, float]:
    """Return what RMSD and PCC of model A, and the RMSD of B minus A, are in endless patients."""
    rmsd_a, rmsd_b = (SD_SLOPE * np.sqrt(1 - r2) for r2 in (r2_a, r2_b))
    return {"rmsd": rmsd_a, "pcc": np.sqrt(r2_a), "difference": rmsd_b - rmsd_a}


@stored
def cover(
    sizes: tuple[int, ...], *, profile: str, seed: int, r2_a: float, r2_b: float
) -> pd.DataFrame:
    """Return how often 95 % intervals hold the truth in studies drawn anew and anew.

    Returns
    -------
    DataFrame
        ``score`` (RMSD, PCC, paired difference), ``n_patients``, ``coverage`` and its
        standard error ``error``; 0.95 is the aim.
    """
    truth, rows = true_scores(r2_a, r2_b), []
    for size in sizes:
        held = [
            _holds(draw_predictions(size, seed=seed + one, r2_a=r2_a, r2_b=r2_b), truth, one)
            for one in range(N_SETS[profile])
        ]
        report(f"studies of {size} patients")
        shares = pd.DataFrame(held).mean()
        rows += [
            {
                "score": name,
                "n_patients": size,
                "coverage": share,
                "error": np.sqrt(share * (1 - share) / len(held)),
            }
            for name, share in shares.items()
        ]
    return pd.DataFrame(rows)


def _holds(predictions: pd.DataFrame, truth: dict[str, float], seed: int) -> dict[str, bool]:
    settings = {"n_resamples": 500, "seed": seed}
    of_a = predictions[predictions[MODEL] == A]
    scores = score_predictions(of_a, metrics=["rmsd", "pcc"], **settings).set_index(METRIC)
    gap = compare_predictions(predictions, reference=A, metrics=["rmsd"], **settings).iloc[0]
    rows = {"rmsd": scores.loc["rmsd"], "pcc": scores.loc["pcc"], "difference": gap}
    return {name: bool(row[LOW] <= truth[name] <= row[HIGH]) for name, row in rows.items()}


def separate_or_paired(predictions: pd.DataFrame, profile: str) -> pd.DataFrame:
    """Return the RMSD of both models and their paired difference: ``label``, estimate, interval."""
    n_resamples = EFFORTS[profile].n_resamples
    single = score_predictions(predictions, metrics=["rmsd"], n_resamples=n_resamples)
    gap = compare_predictions(
        predictions, reference=A, metrics=["rmsd"], n_resamples=n_resamples
    ).assign(model="B minus A, paired")
    both = pd.concat([single, gap], ignore_index=True)
    return both.rename(columns={MODEL: "label"})[["label", ESTIMATE, LOW, HIGH]]


def explain_published() -> pd.DataFrame:
    """Return paper A's Table 2 with what its numbers imply about the patients behind them.

    Returns
    -------
    DataFrame
        ``model``, the printed ``rmsd`` and ``pcc``, and, for calibrated predictions, the
        share of variance explained ``r2`` (PCC squared) and the standard deviation of the
        target ``sd_observed`` that makes both fit together.
    """
    printed = pd.DataFrame(read_published()["paper_a"]["table2"]).T[["rmsd", "pcc"]].astype(float)
    r2 = printed["pcc"] ** 2
    implied = printed.assign(r2=r2, sd_observed=printed["rmsd"] / np.sqrt(1 - r2))
    return implied.rename_axis(MODEL).reset_index()
