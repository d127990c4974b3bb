"""Train every model on the DREAM 2012 table, and judge them on patients they have not seen.

The official split is kept: settings were chosen, and the weights of the stack are learnt, by
cross-validation on the 1,197 training patients; the 625 test patients are only predicted.
Scores are computed from predictions frames alone.
"""

from collections.abc import Sequence
from functools import partial
from types import SimpleNamespace

import numpy as np
import pandas as pd

from alsnb.disclosure import slope_histogram
from alsnb.effort import room_efforts
from alsnb.evaluation.bootstrap import (
    compare_predictions,
    difference_between_groups,
    score_groups,
    score_predictions,
)
from alsnb.evaluation.calibration import calibration_table
from alsnb.evaluation.contrasts import compare_pairs, find_falls, without_meaningless
from alsnb.evaluation.repeats import keep_result, repeat_fixed, seed_spread
from alsnb.features.dream import derive_features
from alsnb.fits.inputs import FitInputs, make_inputs
from alsnb.lessons.dream import fits
from alsnb.models.ensembles import average, choose_pull, learn_weights, stack
from alsnb.published import read_published
from alsnb.schema import (
    ESTIMATE,
    HIGH,
    LOW,
    METRIC,
    MODEL,
    OBSERVED,
    PATIENT,
    PREDICTED,
    REPEAT,
    SPLIT,
)
from alsnb.splits import Fold, make_folds
from alsnb.study.printed import beside_printed
from alsnb.tables.dream import read_dream
from alsnb.tables.dream_columns import SLOPE, TEST, DreamTable, column_names
from alsnb.vocabulary import AVERAGE, BART, BOOSTING, FFNN, FOREST, MEAN, ONSET, RIDGE, STACK

EFFORTS = room_efforts(
    n_forest_trees={"smoke": 20, "book": 250, "full": 500},
    sizes={
        "smoke": (100, 1197),
        "book": (100, 200, 400, 800, 1197),
        "full": (100, 200, 400, 800, 1197),
    },
)
"""``n_forest_trees``: more than on the twin, as rivals on these real patients lie within
thousandths of each other. ``sizes``: training patients along the learning curve."""

TITLES = {
    MEAN: "Training mean",
    ONSET: "Log onset delta alone",
    RIDGE: "Ridge",
    fits.LASSO: "Lasso",
    FOREST: "Random forest",
    BOOSTING: "Boosting",
    BART: "BART",
    fits.LASSO_PREPARED: "Lasso, prepared",
    fits.FOREST_PREPARED: "Random forest, prepared",
    fits.BOOSTING_PREPARED: "Boosting, prepared",
    fits.BART_PREPARED: "BART, prepared",
    fits.VECTORS_PREPARED: "Support vectors, prepared",
    FFNN: "FFNN, prepared",
    AVERAGE: "Average",
    STACK: "Stack",
}
"""What a reader calls each model, in the order of the tables."""

PUBLISHED = tuple(name for name in column_names() if name not in (TEST, SLOPE))
"""The 369 predictors as the table's makers published them."""

ON_PUBLISHED = (RIDGE, fits.LASSO, FOREST, BOOSTING, BART)
"""Models that get those alone."""

SINGLE = tuple(TITLES)[:-2]
"""The models that are trained one by one."""

MEMBERS = SINGLE[3:]
"""The models that the average and the stack are made of: the ones that err differently.

The plain ones are members although cross-validation prefers the prepared: the settings of these
were chosen on the same patients, so part of their advantage there is that of having been chosen.
"""

PAIRS = {
    fits.LASSO_PREPARED: fits.LASSO,
    fits.FOREST_PREPARED: FOREST,
    fits.BOOSTING_PREPARED: BOOSTING,
    fits.BART_PREPARED: BART,
}
"""Each prepared model and the same on the table as published."""

METRICS = ("mse", "rmsd", "pcc", "r2", "calibration_slope")
"""The scores of the chapter's tables."""

BULBAR = "Site.of.Onset.Onset..Bulbar"
LIMB = "Site.of.Onset.Onset..Limb"


# --- predictions -----------------------------------------------------------------------------


def predict_training(table: DreamTable, effort: SimpleNamespace, *, seed: int) -> pd.DataFrame:
    """Return out-of-fold predictions of the training patients by every model of :data:`TITLES`.

    The table's test patients are not looked at.
    """
    train = table.official_test.index[~table.official_test]
    features, slope = derive_features(table.features.loc[train]), table.slope.loc[train]
    how = {"n_folds": effort.n_folds, "n_repeats": effort.n_repeats, "strata": slope}
    folds, sizes = make_folds(train, seed=seed, **how), _sizes(effort)
    frames = []
    for model in SINGLE:
        inputs = _inputs(features, slope, folds, model)
        frames.append(fits.fit_out_of_fold(inputs, model, size=sizes.get(model, 0), seed=seed))
    members = pd.concat(frames, ignore_index=True)
    pull = choose_pull(members, MEMBERS)
    stacked = stack(members, members[:0], MEMBERS, STACK, pull=pull)
    return pd.concat([members, average(members, MEMBERS, AVERAGE), stacked], ignore_index=True)


def predict_test(
    table: DreamTable, out_of_fold: pd.DataFrame, effort: SimpleNamespace, *, seed: int
) -> pd.DataFrame:
    """Return the predictions of the official test patients by every model, from several seeds.

    The weights of the stack are learnt out of fold. Repeat 0 is the result; the others show how
    much of it is chance.
    """
    sizes, how = _sizes(effort), {"n_seeds": effort.n_seeds, "seed": seed}
    frames = [
        fits.fit_held_out(_split(table, model), model, size=sizes.get(model, 0), **how)
        for model in SINGLE
    ]
    predictions = pd.concat(frames, ignore_index=True)
    members = repeat_fixed(predictions, effort.n_seeds, fits.WITHOUT_SEED)
    learnt_from = out_of_fold[out_of_fold[MODEL].isin(MEMBERS)]
    pull = choose_pull(learnt_from, MEMBERS)
    stacked = stack(learnt_from, members, MEMBERS, STACK, pull=pull)
    stacked = stacked[stacked[SPLIT] == "test"]
    return pd.concat([members, average(members, MEMBERS, AVERAGE), stacked], ignore_index=True)


def predict_from_fewer(
    table: DreamTable, models: Sequence[str], effort: SimpleNamespace, *, seed: int
) -> pd.DataFrame:
    """Return predictions of the test patients by models trained on ``n_training`` patients."""
    how = {"sizes": effort.sizes, "n_orders": effort.n_curves, "seed": seed}
    size = _sizes(effort).get
    frames = [
        fits.fit_fewer(_split(table, model), model, size=size(model, 0), **how) for model in models
    ]
    return pd.concat(frames, ignore_index=True)


def predict_permuted(
    table: DreamTable, model: str, effort: SimpleNamespace, *, seed: int
) -> pd.DataFrame:
    """Return predictions of the test patients after permuting the training patients' slopes."""
    train, slope = table.official_test.index[~table.official_test], table.slope.copy()
    slope.loc[train] = np.random.default_rng(seed).permutation(slope.loc[train])
    inputs = _split(table, model, slope)
    return fits.fit_held_out(inputs, model, size=_sizes(effort)[model], n_seeds=1, seed=seed)


def _sizes(effort: SimpleNamespace) -> dict[str, int]:
    """Return of how many parts a model is made: trees, runs, draws, networks."""
    return {
        FOREST: effort.n_forest_trees,
        fits.FOREST_PREPARED: effort.n_forest_trees,
        fits.BOOSTING_PREPARED: effort.n_runs,
        BART: effort.n_draws,
        fits.BART_PREPARED: effort.n_draws,
        FFNN: 1,
    }


def _split(table: DreamTable, model: str, slope: pd.Series | None = None) -> FitInputs:
    """Return the inputs of the official split, with the slopes of the table or others."""
    keys, is_test = table.official_test.index, table.official_test.to_numpy()
    split = [Fold(0, 0, keys[~is_test], keys[is_test])]
    slope = table.slope if slope is None else slope
    return _inputs(derive_features(table.features), slope, split, model)


def _inputs(
    features: pd.DataFrame, slope: pd.Series, folds: Sequence[Fold], model: str
) -> FitInputs:
    chosen = features[list(PUBLISHED)] if model in ON_PUBLISHED else features
    return make_inputs(chosen, slope, folds)


def stack_weights(out_of_fold: pd.DataFrame) -> pd.DataFrame:
    """Return how much each member counts in the stack: ``model`` and ``weight``."""
    members = out_of_fold[out_of_fold[MODEL].isin(MEMBERS)]
    pull = choose_pull(members, MEMBERS)
    return learn_weights(members, MEMBERS, pull=pull).rename_axis(MODEL).reset_index(name="weight")


# --- scores ----------------------------------------------------------------------------------


def score(predictions: pd.DataFrame, n_resamples: int) -> pd.DataFrame:
    """Return the scores :data:`METRICS` with intervals over patients."""
    return score_predictions(predictions, metrics=METRICS, n_resamples=n_resamples)


def score_test(predictions: pd.DataFrame, n_resamples: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the scores of the result (repeat 0), and how each spreads from seed to seed."""
    made = partial(score, n_resamples=n_resamples)
    return made(keep_result(predictions)), seed_spread(predictions, made)


def compare_test(predictions: pd.DataFrame, n_resamples: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return each model's scores minus the random forest's, and their spread over seeds."""
    made = partial(
        compare_predictions, reference=FOREST, metrics=METRICS[:-1], n_resamples=n_resamples
    )
    return made(keep_result(predictions)), seed_spread(predictions, made)


def score_seeds(predictions: pd.DataFrame, model: str, n_resamples: int) -> pd.DataFrame:
    """Return a model's mean squared error from each seed: ``seed``, counted from 1, and scores."""
    scores = _score_by(REPEAT, predictions[predictions[MODEL] == model], n_resamples)
    return scores.assign(seed=scores[REPEAT] + 1)[["seed", ESTIMATE, LOW, HIGH]]


def _score_by(column: str, predictions: pd.DataFrame, n_resamples: int) -> pd.DataFrame:
    """Return mean squared errors for each value of a column."""
    tables = [
        score_predictions(rows, metrics=["mse"], n_resamples=n_resamples).assign(**{column: value})
        for value, rows in predictions.groupby(column)
    ]
    return pd.concat(tables, ignore_index=True)


def onset_groups(table: DreamTable) -> pd.Series:
    """Return each patient's site of onset: ``bulbar`` or ``limb``; both at once is left out."""
    bulbar, limb = table.features[BULBAR] == 1, table.features[LIMB] == 1
    sites = pd.Series(None, index=table.features.index, dtype=object)
    sites[bulbar & ~limb], sites[limb & ~bulbar] = "bulbar", "limb"
    return sites.dropna()


def describe_sites(table: DreamTable, sites: pd.Series) -> pd.DataFrame:
    """Return by site of onset the ``share`` of patients, and ``mean`` and ``sd`` of the slope."""
    each = table.slope.reindex(sites.index).groupby(sites).agg(mean="mean", sd="std", share="size")
    return each.assign(share=each["share"] / len(table.slope))


def score_sites(
    predictions: pd.DataFrame, sites: pd.Series, n_resamples: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the scores of three models by site of onset, and bulbar minus limb."""
    rows = keep_result(predictions)
    rows = rows[rows[MODEL].isin([FOREST, FFNN, STACK]) & rows[PATIENT].isin(sites.index)]
    how = {"metrics": METRICS[1:4], "n_resamples": n_resamples}
    gaps = difference_between_groups(rows, sites, group="bulbar", reference="limb", **how)
    return score_groups(rows, sites, **how), gaps


def score_curves(predictions: pd.DataFrame, n_resamples: int) -> pd.DataFrame:
    """Return the mean squared error for each model and number of training patients."""
    scores = _score_by("n_training", predictions, n_resamples)
    place = scores[MODEL].map(list(TITLES).index).sort_values(kind="stable").index
    return scores.loc[place, [MODEL, "n_training", ESTIMATE, LOW, HIGH]].reset_index(drop=True)


def beside_published(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the scores paper A prints beside ours, for the models both have.

    The patients are not the same; ``difference`` is ours minus ``published``.
    """
    printed = read_published()["paper_a"]["table2"]
    rows = {FFNN: printed["FFNN"], FOREST: printed["RF"], BART: printed["BART"]}
    both = scores[scores[MODEL].isin(rows) & scores[METRIC].isin(["rmsd", "pcc"])]
    return beside_printed(both, rows).drop(columns=["published_low", "published_high"])


def absolute_errors(predictions: pd.DataFrame, model: str) -> pd.DataFrame:
    """Return by ``share`` of patients the ``error`` (points per month) that theirs stays within."""
    rows = keep_result(predictions[predictions[MODEL] == model])
    errors = (rows[OBSERVED] - rows[PREDICTED]).abs()
    shares = [0.5, 0.8, 0.9]
    return pd.DataFrame({"share": shares, "error": errors.quantile(shares).to_numpy()})
