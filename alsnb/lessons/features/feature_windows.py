"""Show models more than they may see, and measure what the look ahead seems to buy.

The patients, their slopes, the folds and the names of the features stay. What grows is the
window that the features summarize, until it covers most of what is to be predicted.
"""

from collections.abc import Callable
from functools import partial

import pandas as pd
from sklearn.base import BaseEstimator, RegressorMixin

from alsnb.cohort import Cohort
from alsnb.compute.progress import report
from alsnb.compute.store import stored
from alsnb.effort import EFFORTS
from alsnb.evaluation.bootstrap import compare_predictions, score_predictions
from alsnb.evaluation.crossval import cross_validate
from alsnb.features.proact import derive_features
from alsnb.lessons.cohort.cohort_selection import revised_settings
from alsnb.models import baselines
from alsnb.report.tables import signed
from alsnb.schema import ESTIMATE, HIGH, LOW, METRIC, MODEL
from alsnb.settings import n_cores
from alsnb.splits import make_folds
from alsnb.study.difficulty import EARLY_SLOPE
from alsnb.study.proact import Study

WINDOWS = (3, 4, 6, 9)
"""Months that the features may see; the first is what is known when the question is asked."""

FOREST, LINE = "forest", "line"

TITLES = {FOREST: "Random forest", LINE: "Line on the slope so far"}
"""What a reader calls the two models."""

IN_STUDY, IN_USE = "as it would be published", "as it would be used"

USES = (IN_STUDY, IN_USE)
"""Tested on features of the same window, or on those of three months, all there is in earnest."""

FEWER_TREES = 6
"""Forests here have the profile's trees divided by this: there are many of them."""

METRICS = ("rmsd", "pcc", "r2")

METRIC_TITLES = {"rmsd": "RMSD", "pcc": "PCC", "r2": "R²"}


class TrainedOnLater(RegressorMixin, BaseEstimator):
    """Fit a model on features of one window and let it predict from those of another.

    Parameters
    ----------
    model : estimator
        What is fitted.
    later : str
        Prefix of the columns that it is fitted on; it predicts from the columns without it.
    """

    def __init__(self, model: object, later: str = "later "):
        self.model = model
        self.later = later

    def fit(self, X: pd.DataFrame, y: pd.Series) -> "TrainedOnLater":
        """Fit the model on the columns of the later window."""
        columns = [name for name in X if name.startswith(self.later)]
        self.model.fit(X[columns].rename(columns=lambda name: name.removeprefix(self.later)), y)
        return self

    def predict(self, X: pd.DataFrame) -> object:
        """Predict from the columns of the earlier window."""
        return self.model.predict(X[[name for name in X if not name.startswith(self.later)]])


def predict_with_windows(study: Study, *, profile: str, seed: int) -> pd.DataFrame:
    """Return out-of-fold predictions of one target from features that see more and more.

    Returns
    -------
    DataFrame
        A predictions frame of split ``"train"`` with the columns ``months`` (seen in
        training) and ``use`` (one of :data:`USES`); models of :data:`TITLES`.
    """
    slope, frames = study.cohort.patients["slope"], []
    kept = list(study.catalogue.loc[study.catalogue["kept"], "name"])
    honest = features_until(study, WINDOWS[0])[kept]
    for months in WINDOWS:
        seen = honest if months == WINDOWS[0] else features_until(study, months)[kept]
        both = pd.concat([honest, seen.add_prefix("later ")], axis=1)
        for model in TITLES:
            report(f"{TITLES[model]}, features of {months} months")
            settings = {"profile": profile, "seed": seed}
            found = used = _cross_validated(seen, slope, model, later=False, **settings)
            if months != WINDOWS[0]:
                used = _cross_validated(both, slope, model, later=True, **settings)
            frames += [found.assign(months=months, use=IN_STUDY)]
            frames += [used.assign(months=months, use=IN_USE)]
    return pd.concat(frames, ignore_index=True)


def features_until(study: Study, months: float) -> pd.DataFrame:
    """Return the features of the cohort as they are if they may see this many months."""
    settings = revised_settings(study, window_months=float(months))
    cohort = Cohort(settings=settings, patients=study.cohort.patients, flow=study.cohort.flow)
    return derive_features(study.clean, cohort)[0]


def _make_forest(seed: int, *, n_trees: int, later: bool) -> object:
    forest = baselines.make_forest(seed, n_trees)
    return TrainedOnLater(forest) if later else forest


def _make_line(*, later: bool) -> object:
    line = baselines.make_onset(EARLY_SLOPE)
    return TrainedOnLater(line) if later else line


def _maker(model: str, profile: str, later: bool) -> Callable[..., object]:
    if model == LINE:
        return partial(_make_line, later=later)
    # what is asked is a difference, which few trees settle
    return partial(
        _make_forest, n_trees=max(EFFORTS[profile].n_trees // FEWER_TREES, 10), later=later
    )


@stored
def _cross_validated(
    features: pd.DataFrame, slope: pd.Series, model: str, *, later: bool, profile: str, seed: int
) -> pd.DataFrame:
    n_folds = EFFORTS[profile].n_folds
    folds = make_folds(features.index, n_folds=n_folds, seed=seed, strata=slope)
    return cross_validate(
        _maker(model, profile, later),
        features,
        slope,
        folds,
        name=model,
        seed=seed,
        n_jobs=1 if model == LINE else n_cores(),
    )


def score_windows(predictions: pd.DataFrame, profile: str) -> pd.DataFrame:
    """Return the scores of each model, window and use, with intervals over patients.

    Returns
    -------
    DataFrame
        ``months``, ``use`` and the columns of a scores frame.
    """
    n_resamples = EFFORTS[profile].n_resamples
    tables = [
        score_predictions(rows, metrics=METRICS, n_resamples=n_resamples).assign(
            months=months, use=use
        )
        for (months, use), rows in predictions.groupby(["months", "use"])
    ]
    return _in_order(pd.concat(tables, ignore_index=True))


def price_windows(predictions: pd.DataFrame, profile: str) -> pd.DataFrame:
    """Return what a longer window seems to gain, and what it loses in use, patient by patient.

    Returns
    -------
    DataFrame
        ``months``, ``use`` and the columns of a comparison: the scores with features of so
        many months minus those with features of three, on the same patients and folds.
    """
    n_resamples = EFFORTS[profile].n_resamples
    tables = []
    for (model, use), rows in predictions.groupby([MODEL, "use"]):
        named = rows.assign(**{MODEL: rows["months"].astype(str)})
        gaps = compare_predictions(
            named, reference=str(WINDOWS[0]), metrics=METRICS, n_resamples=n_resamples
        )
        months = gaps[MODEL].astype(int)
        tables.append(gaps.assign(months=months, use=use, **{MODEL: model}))
    return _in_order(pd.concat(tables, ignore_index=True))


def _in_order(scores: pd.DataFrame) -> pd.DataFrame:
    places = [
        scores[column].map({name: place for place, name in enumerate(order)})
        for column, order in ((MODEL, TITLES), ("use", USES))
    ]
    sorted_scores = scores.assign(first=places[0], second=places[1]).sort_values(
        ["first", "second", "months"], kind="stable", ignore_index=True
    )
    return sorted_scores.drop(columns=["first", "second"])


def label_windows(scores: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Return the rows of one metric, each with the ``label`` of its line in a figure."""
    rows = scores[scores[METRIC] == metric]
    labels = rows[MODEL].map(TITLES) + ", " + rows["use"]
    return rows.assign(label=labels)


def word_windows(frame: pd.DataFrame, metrics: tuple[str, ...] = METRICS) -> pd.DataFrame:
    """Return scores or differences in words: a row per model, use and window."""
    rows = []
    for (model, use, months), cells in frame.groupby([MODEL, "use", "months"], sort=False):
        row = {"Model": TITLES[model], "Tested": use, "Trained on": f"{months} months"}
        for metric in metrics:
            cell = cells[cells[METRIC] == metric].iloc[0]
            bounds = f"({signed(cell[LOW])} to {signed(cell[HIGH])})"
            row[METRIC_TITLES[metric]] = f"{signed(cell[ESTIMATE])} {bounds}"
        rows.append(row)
    return pd.DataFrame(rows)


def word_leak(scores: pd.DataFrame) -> str:
    """Return in sentences what the forest of the longest window shows, and what it delivers."""
    rows = scores[(scores[MODEL] == FOREST) & (scores[METRIC] == "r2")]
    r2 = rows.set_index(["use", "months"])[ESTIMATE]
    last = WINDOWS[-1]
    return (
        f"With three months the forest explains {_percent(r2[IN_STUDY, WINDOWS[0]])} of the "
        f"variance. With {last} it seems to explain {_percent(r2[IN_STUDY, last])}; put to use, "
        f"the same model explains {_percent(r2[IN_USE, last])}."
    )


def word_price(prices: pd.DataFrame) -> str:
    """Return in sentences what the longest window costs in use, as far as its interval says."""
    row = _row(prices, FOREST, IN_USE, WINDOWS[-1])
    gap = f"{signed(row[ESTIMATE])} (95 % interval {signed(row[LOW])} to {signed(row[HIGH])})"
    end = f"its R² in use, minus that of the forest which saw three months, is {gap}"
    if row[HIGH] < 0:
        return (
            f"The forest has learnt to read the outcome off features that are not there when it "
            f"is needed, and forgotten to do without: {end}."
        )
    return f"For the forest of {WINDOWS[-1]} months, {end}."


def word_four(prices: pd.DataFrame) -> str:
    """Return in a sentence what one month too many seems to gain."""
    row = _row(prices, FOREST, IN_STUDY, WINDOWS[1])
    gap = f"{signed(row[ESTIMATE])} (95 % interval {signed(row[LOW])} to {signed(row[HIGH])})"
    return f"This one month changes the forest's R², as it would be published, by {gap}."


def _row(prices: pd.DataFrame, model: str, use: str, months: int) -> pd.Series:
    chosen = (prices[MODEL] == model) & (prices["use"] == use) & (prices["months"] == months)
    return prices[chosen & (prices[METRIC] == "r2")].iloc[0]


def _percent(share: float) -> str:
    """Return a share of variance in words; below zero a model is worse than the mean."""
    return f"{share:.0%}" if share >= 0 else f"less than nothing ({signed(100 * share, 0)} %)"
