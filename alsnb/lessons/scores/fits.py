"""Draw predictions whose quality is known, and count how often intervals hold the truth."""

import numpy as np
import pandas as pd

from alsnb.compute.progress import report
from alsnb.compute.store import stored
from alsnb.evaluation.bootstrap import compare_predictions, score_predictions
from alsnb.schema import (
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

KNOWABLE = 1 / 3
"""Share of the variance of the slopes that a model could explain at most."""

A, B = "model A", "model B"


def draw_predictions(n_patients: int, *, seed: int, r2_a: float, r2_b: float) -> pd.DataFrame:
    """Draw slopes of patients who do not exist, and two calibrated models' predictions of them.

    The two models know the same thing about a patient and each adds an error of its own, so
    their predictions agree more with one another than with what is observed, as real ones do.
    ``r2_a`` and ``r2_b`` are the variance that each explains, at most :data:`KNOWABLE`.
    """
    rng = np.random.default_rng(seed)
    known, unknown, *noises = rng.standard_normal((4, n_patients))
    observed = np.sqrt(KNOWABLE) * known + np.sqrt(1 - KNOWABLE) * unknown
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
        blurred = np.sqrt(r2 / KNOWABLE) * known + np.sqrt(1 - r2 / KNOWABLE) * noise
        predicted = MEAN_SLOPE + SD_SLOPE * np.sqrt(r2) * blurred
        frames.append(pd.DataFrame(columns | {MODEL: model, PREDICTED: predicted}))
    return pd.concat(frames, ignore_index=True)[list(PREDICTIONS)]


@stored
def cover(
    sizes: tuple[int, ...], *, n_sets: int, seed: int, r2_a: float, r2_b: float
) -> pd.DataFrame:
    """Return how often 95 % intervals hold the truth in ``n_sets`` studies drawn of each size.

    By ``score`` and ``n_patients`` the ``coverage``, best 0.95, and its standard ``error``.
    """
    how, tables = {"r2_a": r2_a, "r2_b": r2_b}, []
    for size in sizes:
        held = [
            _holds(draw_predictions(size, seed=seed + one, **how), one, **how)
            for one in range(n_sets)
        ]
        report(f"studies of {size} patients")
        share = pd.DataFrame(held).mean()
        table = pd.DataFrame({"n_patients": size, "coverage": share})
        table["error"] = np.sqrt(share * (1 - share) / n_sets)
        tables.append(table.rename_axis("score").reset_index())
    return pd.concat(tables, ignore_index=True)


def _holds(predictions: pd.DataFrame, seed: int, *, r2_a: float, r2_b: float) -> dict[str, bool]:
    """Return whether the intervals of A's RMSD and PCC, and of B's RMSD minus A's, are right."""
    rmsd_a, rmsd_b = (SD_SLOPE * np.sqrt(1 - r2) for r2 in (r2_a, r2_b))
    truth = {"rmsd": rmsd_a, "pcc": np.sqrt(r2_a), "difference": rmsd_b - rmsd_a}
    settings = {"n_resamples": 500, "seed": seed}
    of_a = predictions[predictions[MODEL] == A]
    scores = score_predictions(of_a, metrics=["rmsd", "pcc"], **settings).set_index(METRIC)
    gap = compare_predictions(predictions, reference=A, metrics=["rmsd"], **settings).iloc[0]
    rows = {"rmsd": scores.loc["rmsd"], "pcc": scores.loc["pcc"], "difference": gap}
    return {name: bool(row[LOW] <= truth[name] <= row[HIGH]) for name, row in rows.items()}
