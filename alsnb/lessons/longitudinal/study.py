"""Set models of repeated visits beside trees and networks, on the same patients and folds."""

import numpy as np
import pandas as pd

from alsnb.effort import Effort, room_efforts
from alsnb.evaluation.bootstrap import score_predictions
from alsnb.evaluation.repeats import keep_result
from alsnb.features.onset import LOG_ONSET, ONSET_DELTA
from alsnb.fits.references import cross_validate_reference
from alsnb.lessons.longitudinal.fits import COURSES, NETWORKS, fit_course, fit_network
from alsnb.models.longitudinal import VisitsRegressor, read_visits
from alsnb.models.mixed import MixedLine, fit_mixed_line
from alsnb.report.scores import pick
from alsnb.schema import ESTIMATE, METRIC, MODEL
from alsnb.study.compare import compare_with
from alsnb.study.references import reference_inputs, reference_sizes
from alsnb.study.task import SlopeTask
from alsnb.vocabulary import EARLY_SLOPE, FFNN, FOREST, METRICS, ONSET, in_order

EFFORTS = room_efforts(n_single={"smoke": 1, "book": 1, "full": 5})
"""By profile; ``n_single`` networks are averaged, as the library's default settings are used."""

LINES = (EARLY_SLOPE, ONSET)
"""What a model of the course has to beat first: a line on one number."""


def predict_each(task: SlopeTask, effort: Effort, *, seed: int) -> pd.DataFrame:
    """Return the out-of-fold predictions of all models, of the patients to learn from.

    Lines, the random forest, the models of repeated visits (which see visits and time since
    onset alone) and the three networks of the paper, as a predictions frame.
    """
    own, sizes = reference_inputs(task, held_out=False), reference_sizes(effort)
    references = [
        cross_validate_reference(own, model, size=sizes.get(model, 0), seed=seed)
        for model in (*LINES, FOREST)
    ]
    seen = task.inputs(held_out=False, features=[ONSET_DELTA, LOG_ONSET])
    courses = [fit_course(seen, model) for model in COURSES]
    whole = task.inputs(held_out=False, features=task.features)
    how = {"n_networks": effort.n_single, "seed": seed}
    networks = [fit_network(whole, network, **how) for network in NETWORKS]
    return pd.concat([*references, *courses, *networks], ignore_index=True)


def score_each(predictions: pd.DataFrame, n_resamples: int) -> pd.DataFrame:
    """Return the scores of every model with intervals over patients, in reading order."""
    own = keep_result(predictions)
    return in_order(score_predictions(own, metrics=METRICS, n_resamples=n_resamples))


def compare_courses(predictions: pd.DataFrame, reference: str, n_resamples: int) -> pd.DataFrame:
    """Return the scores of each model of repeated visits minus those of another model."""
    return compare_with(predictions, reference, n_resamples, list(COURSES))


def best_course(scores: pd.DataFrame) -> str:
    """Return the model of repeated visits with the lowest RMSD."""
    own = scores[scores[MODEL].isin(COURSES) & (scores[METRIC] == "rmsd")]
    return str(own.loc[own[ESTIMATE].idxmin(), MODEL])


def fit_line(task: SlopeTask) -> MixedLine:
    """Return the mixed line through the visits of all patients to learn from."""
    return fit_mixed_line(*read_visits(task.predictors.loc[task.split.train]))


def describe_line(
    line: MixedLine, months: tuple[float, ...] = (0.0, 1.0, 2.0, 3.0)
) -> pd.DataFrame:
    """Return what a mixed line says of patients: a row per ``quantity`` with its ``value``.

    ``weight`` is the share of its own observed rate that a patient with visits in these months
    keeps: the spread of true rates over that of observed ones.
    """
    times = np.array(months)
    error = line.noise / ((times - times.mean()) ** 2).sum()
    rates = line.spread[1, 1]
    values = {
        "level": line.mean[0],
        "rate": line.mean[1],
        "sd_level": np.sqrt(line.spread[0, 0]),
        "sd_rate": np.sqrt(rates),
        "sd_noise": np.sqrt(line.noise),
        "sd_error": np.sqrt(error),
        "weight": rates / (rates + error),
    }
    return pd.DataFrame({"quantity": list(values), "value": list(values.values())})


def compare_rates(task: SlopeTask, line: MixedLine) -> pd.DataFrame:
    """Return how early rates go with the slope: correlation and number of patients, a row each.

    ``own`` is the rate of a line through a patient's visits, ``shrunken`` that of the mixed line.
    Both are worked out for the patients to learn from who have at least two visits.
    """
    table = task.predictors.loc[task.split.train]
    months, points = read_visits(table)
    enough = (~np.isnan(points)).sum(axis=1) >= 2
    months, points = months[enough], points[enough]
    slope = task.target.loc[task.split.train].to_numpy()[enough]
    known = ~np.isnan(points)
    count = known.sum(axis=1)
    times = np.where(known, months, 0.0)
    centred = np.where(known, months - (times.sum(axis=1) / count)[:, None], 0.0)
    own = (centred * np.where(known, points, 0.0)).sum(axis=1) / (centred**2).sum(axis=1)
    shrunken = line.predict(months, points)[:, 1]
    rows = [
        {"rate": name, "sd": rates.std(), "pcc": np.corrcoef(rates, slope)[0, 1]}
        for name, rates in (("own", own), ("shrunken", shrunken))
    ]
    return pd.DataFrame(rows).assign(n_patients=int(enough.sum()))


def without_anchor() -> VisitsRegressor:
    """Return the onset-anchored model without its anchor, for the exercise."""
    return VisitsRegressor()
