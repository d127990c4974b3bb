"""Turn the predictions of the DREAM 2012 study into its tables of scores and differences.

Everything is computed from predictions frames; nothing here trains or sees a predictor, but for
the site of onset by which patients are grouped.
"""

import pandas as pd

from alsnb.effort import EFFORTS
from alsnb.evaluation.bootstrap import (
    compare_predictions,
    difference_between_groups,
    score_groups,
    score_predictions,
)
from alsnb.lessons.dream.dream import BART, FFNN, FOREST, MEMBERS, STACK, TITLES
from alsnb.models.ensembles import choose_pull, learn_weights
from alsnb.published import read_published
from alsnb.schema import ESTIMATE, HIGH, LOW, METRIC, MODEL, OBSERVED, PATIENT, PREDICTED, REPEAT
from alsnb.tables.dream import DreamTable

METRICS = ("mse", "rmsd", "pcc", "r2", "calibration_slope")
"""The scores of the chapter's tables."""

BULBAR = "Site.of.Onset.Onset..Bulbar"
LIMB = "Site.of.Onset.Onset..Limb"


def score_training(out_of_fold: pd.DataFrame, profile: str) -> pd.DataFrame:
    """Return the scores of out-of-fold predictions with intervals over patients."""
    n_resamples = EFFORTS[profile].n_resamples
    return score_predictions(out_of_fold, metrics=METRICS, n_resamples=n_resamples)


def score_test(predictions: pd.DataFrame, profile: str) -> pd.DataFrame:
    """Return the scores of the result (repeat 0) with intervals over patients."""
    n_resamples = EFFORTS[profile].n_resamples
    return score_predictions(_result(predictions), metrics=METRICS, n_resamples=n_resamples)


def compare_test(predictions: pd.DataFrame, profile: str) -> pd.DataFrame:
    """Return each model's scores minus those of the random forest, patient by patient."""
    n_resamples = EFFORTS[profile].n_resamples
    return compare_predictions(
        _result(predictions), reference=FOREST, metrics=METRICS[:-1], n_resamples=n_resamples
    )


def score_seeds(predictions: pd.DataFrame, model: str, profile: str) -> pd.DataFrame:
    """Return a model's mean squared error from each seed: ``seed``, counted from 1, and scores."""
    n_resamples = EFFORTS[profile].n_resamples
    tables = [
        score_predictions(one, metrics=["mse"], n_resamples=n_resamples).assign(seed=repeat + 1)
        for repeat, one in predictions[predictions[MODEL] == model].groupby(REPEAT)
    ]
    return pd.concat(tables, ignore_index=True)[["seed", ESTIMATE, LOW, HIGH]]


def score_sites(predictions: pd.DataFrame, sites: pd.Series, profile: str) -> pd.DataFrame:
    """Return the scores of three models for bulbar and for limb onset."""
    return score_groups(
        _with_site(predictions, sites),
        sites,
        metrics=METRICS[1:4],
        n_resamples=EFFORTS[profile].n_resamples,
    )


def compare_sites(predictions: pd.DataFrame, sites: pd.Series, profile: str) -> pd.DataFrame:
    """Return the scores for bulbar onset minus those for limb onset."""
    return difference_between_groups(
        _with_site(predictions, sites),
        sites,
        group="bulbar",
        reference="limb",
        metrics=METRICS[1:4],
        n_resamples=EFFORTS[profile].n_resamples,
    )


def _with_site(predictions: pd.DataFrame, sites: pd.Series) -> pd.DataFrame:
    rows = _result(predictions)
    return rows[rows[MODEL].isin([FOREST, FFNN, STACK]) & rows[PATIENT].isin(sites.index)]


def _result(predictions: pd.DataFrame) -> pd.DataFrame:
    return predictions[predictions[REPEAT] == 0]


def stack_weights(out_of_fold: pd.DataFrame) -> pd.DataFrame:
    """Return how much each member counts in the stack: ``model`` and ``weight``."""
    members = out_of_fold[out_of_fold[MODEL].isin(MEMBERS)]
    pull = choose_pull(members, MEMBERS)
    return learn_weights(members, MEMBERS, pull=pull).rename_axis(MODEL).reset_index(name="weight")


def score_curves(predictions: pd.DataFrame, profile: str) -> pd.DataFrame:
    """Return the mean squared error for each model and number of training patients."""
    n_resamples = EFFORTS[profile].n_resamples
    tables = [
        score_predictions(rows, metrics=["mse"], n_resamples=n_resamples).assign(n_training=size)
        for size, rows in predictions.groupby("n_training")
    ]
    order = {model: place for place, model in enumerate(TITLES)}
    scores = pd.concat(tables, ignore_index=True)
    places = scores[MODEL].map(order)
    scores = scores.assign(place=places).sort_values(["place", "n_training"], ignore_index=True)
    return scores[[MODEL, "n_training", ESTIMATE, LOW, HIGH]]


def onset_groups(table: DreamTable) -> pd.Series:
    """Return each patient's site of onset: ``bulbar`` or ``limb``; both at once is left out."""
    bulbar, limb = table.features[BULBAR] == 1, table.features[LIMB] == 1
    sites = pd.Series(None, index=table.features.index, dtype=object)
    sites[bulbar & ~limb], sites[limb & ~bulbar] = "bulbar", "limb"
    return sites.dropna()


def beside_published(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the scores paper A prints beside ours; the patients are not the same.

    Returns
    -------
    DataFrame
        ``model``, ``metric``, ``published``, ``estimate``, ``low``, ``high`` and
        ``difference`` (ours minus published) for the models both have.
    """
    printed = read_published()["paper_a"]["table2"]
    pairs = {FFNN: "FFNN", FOREST: "RF", BART: "BART"}
    rows = []
    both = scores[scores[MODEL].isin(pairs) & scores[METRIC].isin(["rmsd", "pcc"])]
    for row in both.to_dict("records"):
        published = printed[pairs[row[MODEL]]][row[METRIC]]
        rows.append(row | {"published": published, "difference": row[ESTIMATE] - published})
    return pd.DataFrame(rows)[[MODEL, METRIC, "published", ESTIMATE, LOW, HIGH, "difference"]]


def absolute_errors(predictions: pd.DataFrame, model: str) -> pd.DataFrame:
    """Return how far a model's predictions (repeat 0) lie from what was observed, by quantile.

    Returns
    -------
    DataFrame
        ``share`` of patients and the error, in points per month, that theirs stays within.
    """
    rows = _result(predictions[predictions[MODEL] == model])
    errors = (rows[OBSERVED] - rows[PREDICTED]).abs()
    shares = [0.5, 0.8, 0.9]
    return pd.DataFrame({"share": shares, "error": errors.quantile(shares).to_numpy()})
