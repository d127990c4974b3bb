"""Take models from simulated patients to real ones, and back.

Models learn on the features that a release and the table of the DREAM 2012 challenge both have
(:mod:`alsnb.features.shared`). Every model is boosting on binned features with settings fixed
beforehand, so that the table's 625 test patients decide nothing. Aggregates of that table helped to
set the twin: its patients are new to a model, its means are not new to the twin.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from alsnb.evaluation.bootstrap import score_predictions
from alsnb.evaluation.crossval import N_TRAINING
from alsnb.features.shared import ONSET as LOG_ONSET
from alsnb.features.shared import shared_of_dream, shared_of_release
from alsnb.fits.attainable import predict_growing
from alsnb.fits.inputs import make_inputs
from alsnb.fits.references import cross_validate_reference
from alsnb.schema import ESTIMATE, HIGH, LOW, METRIC, MODEL, OBSERVED, PATIENT, PREDICTED
from alsnb.splits import Fold, make_folds
from alsnb.study.attainable import WorldCohort
from alsnb.study.difficulty import SLOPE_SO_FAR
from alsnb.tables.dream import find_dream, read_dream
from alsnb.tables.dream_columns import DreamTable
from alsnb.vocabulary import BOOSTING, EARLY_SLOPE, ONSET

REAL = "real"
"""What learnt from real patients, or is tested on them."""

METRICS = ("r2", "pcc", "rmsd", "calibration_slope", "calibration_intercept")

LEARNT_FROM, TESTED_ON = "learnt_from", "tested_on"


def open_people(path: str | Path = "") -> DreamTable | None:
    """Return the table of real patients, or None if it is not here.

    Raises
    ------
    alsnb.checks.BadInput
        If a file is named that is not the table.
    """
    return read_dream(path) if find_dream(path) is not None else None


def transfer(cohorts: Mapping[str, WorldCohort], people: DreamTable, *, seed: int) -> pd.DataFrame:
    """Return predictions of real test patients and of simulated ones, by models of either.

    Returns
    -------
    DataFrame
        A predictions frame with ``learnt_from`` and ``tested_on``, each a world or ``"real"``. Real
        patients are predicted by the models of all worlds and by one of the real training
        patients, who are predicted by the worlds' models as well (``tested_on`` is then
        ``"training"``, for recalibration); simulated ones by the model of real patients.
    """
    features, slope = shared_of_dream(people.features), people.slope
    test = people.official_test.index[people.official_test]
    train = people.official_test.index[~people.official_test]
    frames = [_predict(features, slope, train, test, seed).assign(**_between(REAL, REAL))]
    for world, cohort in cohorts.items():
        own = shared_of_release(cohort.study.features, cohort.study.features)
        target = cohort.slope.loc[own.index]
        own, target = (one.set_axis([f"S{key}" for key in one.index]) for one in (own, target))
        both = pd.concat([features, own]), pd.concat([slope, target])
        told = _predict(*both, own.index, features.index, seed)
        is_test = told[PATIENT].isin(test)
        frames.append(told[is_test].assign(**_between(world, REAL)))
        frames.append(told[~is_test].assign(**_between(world, "training")))
        back = _predict(*both, train, own.index, seed)
        frames.append(back.assign(**_between(REAL, world)))
    return pd.concat(frames, ignore_index=True)


def _between(learnt_from: str, tested_on: str) -> dict[str, str]:
    return {LEARNT_FROM: learnt_from, TESTED_ON: tested_on, MODEL: learnt_from}


def _predict(
    features: pd.DataFrame, slope: pd.Series, train: pd.Index, test: pd.Index, seed: int
) -> pd.DataFrame:
    inputs = make_inputs(features, slope, [Fold(0, 0, train, test)])
    how = {"sizes": (len(train),), "n_trees": 0, "seed": seed}
    return predict_growing(inputs, BOOSTING, **how).drop(columns=N_TRAINING)


def score_transfer(predictions: pd.DataFrame, n_resamples: int) -> pd.DataFrame:
    """Return the scores of every pair of ``learnt_from`` and ``tested_on``, with intervals.

    A calibration slope below 1 means that predictions are too far apart, an intercept below 0
    that observed slopes lie below what was predicted, where the prediction is 0.
    """
    found = []
    for pair, rows in predictions.groupby([LEARNT_FROM, TESTED_ON], sort=False):
        if pair[1] != "training":
            scores = score_predictions(rows, metrics=METRICS, n_resamples=n_resamples)
            found.append(scores.assign(**{LEARNT_FROM: pair[0], TESTED_ON: pair[1]}))
    return pd.concat(found, ignore_index=True)


def measure_recalibration(
    predictions: pd.DataFrame, people: DreamTable, *, sizes: Sequence[int], n_draws: int, seed: int
) -> pd.DataFrame:
    """Return R² on the real test patients once a few real patients have corrected a model.

    Parameters
    ----------
    predictions : DataFrame
        From :func:`transfer`.
    people : DreamTable
        The table of real patients.
    sizes : sequence of int
        Real training patients to learn a line from, drawn at random.
    n_draws : int
        Draws of these; each is scored on a resample of the test patients.
    seed : int
        Of the draws.

    Returns
    -------
    DataFrame
        ``learnt_from`` (a world, or ``"real"`` for boosting on these patients alone, drawn once),
        ``n_training``, and ``estimate`` (the mean over draws) with ``low`` and ``high``, which hold
        95 % of draws and resamples.
    """
    found = []
    worlds = [name for name in predictions[LEARNT_FROM].unique() if name != REAL]
    for number, world in enumerate(worlds):
        own = predictions[predictions[LEARNT_FROM] == world].set_index(TESTED_ON)
        pairs = [own.loc[on, [PREDICTED, OBSERVED]].to_numpy(float) for on in ("training", REAL)]
        for size in sizes:
            rng = np.random.default_rng([seed, number, size])
            values = [_recalibrated(*pairs, size, rng) for _ in range(n_draws)]
            found.append({LEARNT_FROM: world, N_TRAINING: size} | _spread(values))
    for size in sizes:
        rows = _few_alone(people, size, seed)[[PREDICTED, OBSERVED]].to_numpy(float)
        rng = np.random.default_rng([seed, len(worlds), size])
        values = [_r2(rows[rng.integers(0, len(rows), len(rows))]) for _ in range(n_draws)]
        found.append({LEARNT_FROM: REAL, N_TRAINING: size} | _spread(values))
    return pd.DataFrame(found)


def _few_alone(people: DreamTable, size: int, seed: int) -> pd.DataFrame:
    features, test = shared_of_dream(people.features), people.official_test
    split = Fold(0, 0, test.index[~test], test.index[test])
    inputs = make_inputs(features, people.slope, [split])
    return predict_growing(inputs, BOOSTING, sizes=(size,), n_trees=0, seed=seed)


def _recalibrated(
    training: np.ndarray, test: np.ndarray, size: int, rng: np.random.Generator
) -> float:
    few = training[rng.choice(len(training), size, replace=False)]
    slope, intercept = np.polyfit(few[:, 0], few[:, 1], 1)
    drawn = test[rng.integers(0, len(test), len(test))]
    return _r2(np.column_stack([intercept + slope * drawn[:, 0], drawn[:, 1]]))


def _r2(pairs: np.ndarray) -> float:
    predicted, observed = pairs.T
    return float(1 - np.mean((observed - predicted) ** 2) / np.var(observed))


def _spread(values: Sequence[float]) -> dict[str, float]:
    low, high = np.quantile(values, [0.025, 0.975])
    return {ESTIMATE: float(np.mean(values)), LOW: float(low), HIGH: float(high)}


def ask_people(people: DreamTable, *, n_folds: int, seed: int) -> pd.DataFrame:
    """Return predictions out of fold of three models among the real training patients.

    A line on the early slope, a line on the logarithm of the time since onset, and boosting on what
    both data have: a predictions frame. Test patients are not looked at.
    """
    train = people.official_test.index[~people.official_test]
    features, slope = shared_of_dream(people.features).loc[train], people.slope.loc[train]
    folds = make_folds(train, n_folds=n_folds, seed=seed, strata=slope)
    tables = {EARLY_SLOPE: [SLOPE_SO_FAR], ONSET: [LOG_ONSET], BOOSTING: list(features)}
    frames = [
        cross_validate_reference(
            make_inputs(features[columns], slope, folds), name, size=3, seed=seed
        )
        for name, columns in tables.items()
    ]
    return pd.concat(frames, ignore_index=True)


def best_traveller(scores: pd.DataFrame) -> str:
    """Return the world whose model explains most among real test patients."""
    rows = scores[(scores[METRIC] == "r2") & (scores[TESTED_ON] == REAL)]
    rows = rows[rows[LEARNT_FROM] != REAL]
    return str(rows.loc[rows[ESTIMATE].idxmax(), LEARNT_FROM])
