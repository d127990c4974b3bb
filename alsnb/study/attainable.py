"""How much of what the oracle knows can be learnt from the features, in each rival world.

The oracle knows what no file tells: the constitution of a patient, the rate without noise. What
the features hold is less, and what a learner finds of it depends on how many patients it learns
from. So several learners get more and more simulated patients, and are tested on others of the
same world.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from alsnb.checks import refuse
from alsnb.compute.progress import report
from alsnb.evaluation.bootstrap import score_predictions
from alsnb.evaluation.crossval import N_TRAINING
from alsnb.fits.attainable import LEARNERS, predict_growing, with_average
from alsnb.fits.inputs import FitInputs, make_inputs
from alsnb.outcomes import DAYS_PER_MONTH
from alsnb.schema import ESTIMATE, MODEL
from alsnb.splits import Fold
from alsnb.study.difficulty import as_predictions
from alsnb.study.proact import Study, prepare, simulated_release
from alsnb.study.truth import read_oracle, read_truth
from alsnb.vocabulary import ORACLE


@dataclass(frozen=True, kw_only=True)
class WorldCohort:
    """The cohort of one simulated release: ``study``, ``oracle`` by subject, and the ``truth``."""

    world: str
    study: Study
    oracle: pd.Series
    truth: Path

    def __repr__(self) -> str:
        return f"WorldCohort({self.world}, {len(self.slope):,} patients)"

    @property
    def slope(self) -> pd.Series:
        """The slope of every patient, points per month."""
        return self.study.cohort.patients["slope"]

    @property
    def features(self) -> pd.DataFrame:
        """The features that are kept, and the logarithm of the time since onset."""
        catalogue = self.study.catalogue
        features = self.study.features[list(catalogue.loc[catalogue["kept"], "name"])]
        days = -self.study.features["onset_delta"].clip(upper=-1.0)
        return features.assign(log_onset_delta=np.log(days))

    @property
    def trial(self) -> pd.Series:
        """The pseudo-trial of every patient, which no file tells."""
        return read_truth(self.truth)["trial"].loc[self.slope.index]


def simulate_cohort(
    world: str, n_patients: int, *, n_futures: int | None = None, seed: int
) -> WorldCohort:
    """Return those of ``n_patients`` simulated patients of a world who have a slope.

    The oracle draws ``n_futures`` of each, by default as many as in a release.
    """
    report(f"simulating the world {world}")
    where = {"n_patients": n_patients, "seed": seed, "world": world, "only_cohort": True}
    where |= {} if n_futures is None else {"changes": (("oracle_futures", n_futures),)}
    release, truth = simulated_release(**where)
    oracle = read_oracle(truth)
    return WorldCohort(world=world, study=prepare(release), oracle=oracle, truth=truth)


def measure_attainable(
    test: WorldCohort,
    *,
    sizes: Sequence[int],
    n_patients: int,
    n_trees: int,
    n_resamples: int,
    seed: int,
) -> pd.DataFrame:
    """Return R² on a cohort of learners that learn from more and more others of its world.

    Parameters
    ----------
    test : WorldCohort
        Who is predicted, from their features alone.
    sizes : sequence of int
        Patients to learn from. So many are simulated, ``n_patients`` at a time (about a quarter
        has a slope), with seeds after ``seed``.
    n_trees, n_resamples : int
        Trees of the forest, and bootstrap resamples of patients behind an interval.
    seed : int
        That of the first cohort to learn from is one higher.

    Returns
    -------
    DataFrame
        A scores frame of R² with ``n_training``, a row per learner and size, and one for the
        oracle, whose ``n_training`` is 0. The average of all learners is one of them. The best of
        a column is chosen by the very patients who score it, which flatters it a little.

    Raises
    ------
    alsnb.checks.BadInput
        If no size is above 0.
    """
    inputs = _inputs(test, max(sizes, default=0), n_patients, seed)
    how = {"sizes": tuple(sizes), "n_trees": n_trees, "seed": seed}
    fits = [predict_growing(inputs, model, **how) for model in LEARNERS]
    predictions = with_average(pd.concat(fits, ignore_index=True))
    oracle = as_predictions(test.oracle, test.slope, ORACLE).assign(**{N_TRAINING: 0})
    frames = [*(rows for _, rows in predictions.groupby(N_TRAINING)), oracle]
    scored = [
        score_predictions(rows, metrics=["r2"], n_resamples=n_resamples).assign(
            **{N_TRAINING: rows[N_TRAINING].iloc[0]}
        )
        for rows in frames
    ]
    return pd.concat(scored, ignore_index=True)


def best_learner(scores: pd.DataFrame) -> pd.Series:
    """Return the row of the best learner with the most patients to learn from."""
    rows = scores[scores[MODEL] != ORACLE]
    rows = rows[rows[N_TRAINING] == rows[N_TRAINING].max()]
    return rows.loc[rows[ESTIMATE].idxmax()]


def _inputs(test: WorldCohort, n_training: int, n_patients: int, seed: int) -> FitInputs:
    """Return the cohort and as many others, under names that two of a world cannot share."""
    if n_training < 1:
        raise refuse(
            "The numbers of patients to learn from",
            expected="at least one above 0",
            found="none",
            remedy="Name sizes such as 500 and 2000.",
        )
    columns, parts, slopes, number = list(test.features), [], [], 0
    while sum(map(len, slopes)) < n_training:
        number += 1
        # nobody asks the oracle of those who are only learnt from
        other = simulate_cohort(test.world, n_patients, n_futures=1, seed=seed + number)
        names = [f"{number}-{subject}" for subject in other.slope.index]
        parts.append(other.study.features.set_axis(names))
        slopes.append(other.slope.set_axis(names))
    train = pd.concat(parts)
    train = train.assign(log_onset_delta=np.log(-train["onset_delta"].clip(upper=-1.0)))
    tested = test.features.set_axis([f"0-{subject}" for subject in test.slope.index])
    slope = pd.concat([test.slope.set_axis(tested.index), *slopes])
    predictors = pd.concat([tested, train[columns]])
    split = Fold(0, 0, predictors.index[len(tested) :], tested.index)
    return make_inputs(predictors, slope, [split])


def true_early_r2(cohort: WorldCohort) -> float:
    """Return R² of a line on the true decline of the first three months, seen without noise.

    It is fitted and scored on the same patients; one line flatters a cohort very little.
    """
    truth = read_truth(cohort.truth).loc[cohort.slope.index]
    decline = truth["rate"]
    if "turn_day" in truth:
        part = (truth["bend_day"] - truth["turn_day"]) / (3 * DAYS_PER_MONTH)
        decline = (1 - part) * truth["rate"] + part * truth["rate_turned"]
    return float(np.corrcoef(decline, cohort.slope)[0, 1] ** 2)
