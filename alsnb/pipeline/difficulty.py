"""How hard is the target? Reference predictions, out of fold, from next to nothing to the oracle.

A twin that is easier than PRO-ACT would teach that prediction is easy. So a line on the time
since onset, a line on the early slope, that slope carried forward and a random forest are
scored on it as others scored them on patients, and the oracle says what nobody can exceed.
"""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import pandas as pd

from alsnb.evaluation.bootstrap import score_predictions
from alsnb.evaluation.crossval import cross_validate
from alsnb.models import baselines
from alsnb.pipeline.proact import Study
from alsnb.progress import report
from alsnb.schema import (
    ESTIMATE,
    FOLD,
    METRIC,
    MODEL,
    OBSERVED,
    PATIENT,
    PREDICTED,
    PREDICTIONS,
    REPEAT,
    SPLIT,
)
from alsnb.settings import EFFORTS, n_cores
from alsnb.splits import make_folds
from alsnb.store import stored

CARRIED, EARLY, ONSET, FOREST, ORACLE = "carried", "early_slope", "onset", "forest", "oracle"

TITLES = {
    CARRIED: "Early slope, carried forward",
    EARLY: "Line on the early slope",
    ONSET: "Line on log onset delta",
    FOREST: "Random forest, all features",
    ORACLE: "Oracle: all that is knowable at month 3",
}
"""What a reader calls each reference, from the least to the most informed."""

EARLY_SLOPE = "slope_alsfrs_total"


def predict_references(
    study: Study, oracle: pd.Series | None = None, *, profile: str, seed: int
) -> pd.DataFrame:
    """Return predictions of the cohort's slopes by every reference, each out of fold.

    Parameters
    ----------
    study : Study
        A prepared release.
    oracle : Series of shape (n_patients,), optional
        The oracle's prediction by subject, where the truth is known.
    profile : str
        Which of :data:`alsnb.settings.PROFILES` says how much is computed.
    seed : int
        Seed of the folds and of the forest.

    Returns
    -------
    DataFrame
        A predictions frame (:data:`alsnb.schema.PREDICTIONS`) of split ``"train"``.
    """
    slope = study.cohort.patients["slope"]
    kept = study.catalogue.loc[study.catalogue["kept"], "name"]
    features = study.features[list(kept)]
    days = -features["onset_delta"].clip(upper=-1.0)
    features = features.assign(log_onset_delta=np.log(days))
    settings = {"profile": profile, "seed": seed}
    frames = [_cross_validated(features, slope, model, **settings) for model in _makers(profile)]
    frames.append(_as_predictions(features[EARLY_SLOPE], slope, CARRIED))
    if oracle is not None:
        frames.append(_as_predictions(oracle, slope, ORACLE))
    return pd.concat(frames, ignore_index=True)


def _makers(profile: str) -> dict[str, Callable[..., object]]:
    return {
        EARLY: partial(baselines.make_onset, column=EARLY_SLOPE),
        ONSET: baselines.make_onset,
        FOREST: partial(baselines.make_forest, n_trees=EFFORTS[profile].n_trees),
    }


@stored
def _cross_validated(
    features: pd.DataFrame, slope: pd.Series, model: str, *, profile: str, seed: int
) -> pd.DataFrame:
    effort = EFFORTS[profile]
    folds = make_folds(features.index, n_folds=effort.n_folds, n_repeats=1, seed=seed, strata=slope)
    return cross_validate(
        _makers(profile)[model], features, slope, folds, name=model, seed=seed, n_jobs=n_cores(),
        progress=lambda done, total, text: report(f"{text}, {done} of {total}"),
    )  # fmt: skip


def _as_predictions(predicted: pd.Series, slope: pd.Series, name: str) -> pd.DataFrame:
    """Return predictions that were not learnt from the patients of this release."""
    known = predicted.reindex(slope.index).dropna()
    facts = {MODEL: name, SPLIT: "train", REPEAT: 0, FOLD: 0}
    frame = pd.DataFrame(
        facts | {PATIENT: known.index, OBSERVED: slope[known.index], PREDICTED: known}
    )
    return frame[list(PREDICTIONS)].reset_index(drop=True)


def score_references(predictions: pd.DataFrame, profile: str) -> pd.DataFrame:
    """Return RMSD, PCC and R² of every reference with intervals, as a scores frame."""
    n_resamples = EFFORTS[profile].n_resamples
    return score_predictions(predictions, metrics=("rmsd", "pcc", "r2"), n_resamples=n_resamples)


def measure_difficulty(scores: pd.DataFrame) -> Mapping[str, float]:
    """Return the aggregates that :func:`alsnb.pipeline.fidelity.judge` holds the scores to."""
    by_model = scores.pivot_table(index=MODEL, columns=METRIC, values=ESTIMATE)
    names = {"r2_onset": ONSET, "r2_early_slope": EARLY, "r2_forest": FOREST, "r2_oracle": ORACLE}
    measured = {name: by_model.loc[m, "r2"] for name, m in names.items() if m in by_model.index}
    return measured | {"pcc_carried": by_model.loc[CARRIED, "pcc"]}
