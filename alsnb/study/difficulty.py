"""How hard is the target? Reference predictions, out of fold, from next to nothing to the oracle.

A twin that is easier than PRO-ACT would teach that prediction is easy. So a line on the time
since onset, a line on the early slope, that slope carried forward and a random forest are
scored on it as others scored them on patients, and the oracle says what nobody can exceed.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from alsnb.evaluation.bootstrap import score_predictions
from alsnb.fits.inputs import make_inputs
from alsnb.fits.references import cross_validate_reference
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
from alsnb.splits import make_folds
from alsnb.study.proact import Study
from alsnb.vocabulary import CARRIED, EARLY_SLOPE, FOREST, MODEL_TITLES, ONSET, ORACLE

TITLES = MODEL_TITLES | {
    CARRIED: "Early slope, carried forward",
    FOREST: "Random forest, all features",
    ORACLE: "Oracle: all that is knowable at month 3",
}
"""What a reader calls each reference where nothing is held out for good."""

SLOPE_SO_FAR = "slope_alsfrs_total"
"""The feature that the line on the early slope and the slope carried forward use."""


def predict_references(
    study: Study, oracle: pd.Series | None = None, *, n_trees: int, n_folds: int, seed: int
) -> pd.DataFrame:
    """Return predictions of the cohort's slopes by every reference, each out of fold.

    Parameters
    ----------
    study : Study
        A prepared release.
    oracle : Series of shape (n_patients,), optional
        The oracle's prediction by subject, where the truth is known.
    n_trees, n_folds, seed : int
        Trees of the forest, folds, and the seed of both.

    Returns
    -------
    DataFrame
        A predictions frame (:data:`alsnb.schema.PREDICTIONS`) of split ``"train"``.
    """
    slope = study.cohort.patients["slope"]
    features = study.features[list(study.catalogue.loc[study.catalogue["kept"], "name"])]
    # also where it is known of too few to be kept
    onset, so_far = study.features["onset_delta"], study.features[SLOPE_SO_FAR]
    features = features.assign(log_onset_delta=np.log(-onset.clip(upper=-1.0)))
    features = features.assign(**{SLOPE_SO_FAR: so_far})
    folds = make_folds(features.index, n_folds=n_folds, n_repeats=1, seed=seed, strata=slope)
    everything = make_inputs(features, slope, folds)
    line = make_inputs(features[[SLOPE_SO_FAR]], slope, folds)
    frames = [
        cross_validate_reference(line, EARLY_SLOPE, seed=seed),
        cross_validate_reference(everything, ONSET, seed=seed),
        cross_validate_reference(everything, FOREST, size=n_trees, seed=seed),
        as_predictions(features[SLOPE_SO_FAR], slope, CARRIED),
    ]
    if oracle is not None:
        frames.append(as_predictions(oracle, slope, ORACLE))
    return pd.concat(frames, ignore_index=True)


def as_predictions(predicted: pd.Series, slope: pd.Series, name: str) -> pd.DataFrame:
    """Return as a predictions frame what was not learnt from these patients' slopes."""
    known = predicted.reindex(slope.index).dropna()
    facts = {MODEL: name, SPLIT: "train", REPEAT: 0, FOLD: 0, PATIENT: known.index}
    frame = pd.DataFrame(facts | {OBSERVED: slope[known.index], PREDICTED: known})
    return frame[list(PREDICTIONS)].reset_index(drop=True)


def score_references(predictions: pd.DataFrame, n_resamples: int) -> pd.DataFrame:
    """Return RMSD, PCC and R² of every reference with intervals, as a scores frame."""
    return score_predictions(predictions, metrics=("rmsd", "pcc", "r2"), n_resamples=n_resamples)


def measure_difficulty(scores: pd.DataFrame) -> Mapping[str, float]:
    """Return the aggregates that :func:`alsnb.study.fidelity.judge` holds the scores to."""
    by_model = scores.pivot_table(index=MODEL, columns=METRIC, values=ESTIMATE)
    r2 = by_model["r2"].reindex([ONSET, EARLY_SLOPE, FOREST, ORACLE]).dropna()
    return r2.add_prefix("r2_").to_dict() | {"pcc_carried": by_model.loc[CARRIED, "pcc"]}
