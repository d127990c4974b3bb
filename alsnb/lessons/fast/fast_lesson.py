"""Score who is called fast: by cuts of predicted slopes, and by classifiers.

Everything is computed from the two predictions frames of
:func:`alsnb.lessons.fast.fast_models.predict_fast`. Cuts are learnt from the out-of-fold
predictions of training patients and used on the test patients. Where patients are real, scores
from which a count under five could be computed are withheld.
"""

import numpy as np
import pandas as pd

from alsnb.disclosure import SMALLEST_COUNT
from alsnb.effort import EFFORTS
from alsnb.evaluation.classes import (
    CALL_METRICS,
    CLASS_METRICS,
    compare_classes,
    count_calls,
    score_classes,
)
from alsnb.evaluation.cuts import (
    CHOSEN,
    LEARNT,
    PROBABILITY_RULES,
    RULES,
    cut_at_share,
    holds_probabilities,
    learn_cut,
    measure_optimism,
)
from alsnb.evaluation.ranked import RANK_METRICS
from alsnb.evaluation.scores import pcc
from alsnb.lessons.fast.fast_models import PAIRS
from alsnb.lessons.fast.fast_words import CUT, MAIN_METRICS, RULE, TITLES, WITHHELD
from alsnb.published import fast_threshold
from alsnb.schema import ESTIMATE, HIGH, LOW, METRIC, MODEL, OBSERVED, PATIENT, PREDICTED

SHARE = "share"

MAIN_RULE = "quantile"
"""The rule by which models are compared: all call about as many, so that none looks better for
being bolder."""

SHARES = (0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6)
"""Shares of the training patients at which cuts are laid for the figure."""

SIZES = (50, 100, 200, 400)
"""On how many patients a cut is chosen to see what that is worth."""

N_SPLITS = {"smoke": 50, "book": 2000, "full": 10_000}


def learn_cuts(out_of_fold: pd.DataFrame, rule: str) -> dict[str, float]:
    """Return each model's cut by one rule; models of classes do without those for slopes."""
    return {
        model: learn_cut(rows, rule, fast_threshold())
        for model, rows in out_of_fold.groupby(MODEL, sort=False)
        if rule in PROBABILITY_RULES or not holds_probabilities(rows)
    }


# --- why the literal cut finds nobody ------------------------------------------------------


def describe_spread(test: pd.DataFrame, *, is_real: bool) -> pd.DataFrame:
    """Return how far observed and predicted slopes spread, and how many lie below the cut.

    Parameters
    ----------
    test : DataFrame
        Predictions of the test patients.
    is_real : bool
        Whether a share that stands for one to four patients is left out.

    Returns
    -------
    DataFrame
        ``model`` (``"observed"`` first), ``n_patients``, ``mean`` and ``sd`` in points per
        month, ``sd_ratio`` (to the observed), ``pcc`` (with the observed), ``distance`` of the
        threshold below the mean, in standard deviations, and ``share_below`` the threshold.
    """
    slopes = [(model, rows) for model, rows in test.groupby(MODEL) if not holds_probabilities(rows)]
    order = {model: rows for model, rows in slopes}
    first = order[next(model for model in TITLES if model in order)]
    found = [_spread("observed", first[OBSERVED], first[OBSERVED], is_real)]
    found += [
        _spread(model, order[model][PREDICTED], order[model][OBSERVED], is_real)
        for model in TITLES
        if model in order
    ]
    return pd.DataFrame(found)


def _spread(model: str, slopes: pd.Series, observed: pd.Series, is_real: bool) -> dict[str, object]:
    n_below, sd = int((slopes < fast_threshold()).sum()), slopes.std(ddof=0)
    hidden = is_real and _is_small(n_below)
    return {
        MODEL: model,
        "n_patients": len(slopes),
        "mean": slopes.mean(),
        "sd": sd,
        "sd_ratio": sd / observed.std(ddof=0),
        "pcc": pcc(observed, slopes),
        "distance": (slopes.mean() - fast_threshold()) / sd if sd > 0 else np.inf,
        "share_below": np.nan if hidden else n_below / len(slopes),
        WITHHELD: hidden,
    }


def spread_bars(test: pd.DataFrame, model: str, *, width: float = 0.1) -> pd.DataFrame:
    """Return histograms of the observed and of one model's predicted slopes.

    Bars are joined until each holds five patients.

    Returns
    -------
    DataFrame
        ``series`` (``"observed"`` or ``"predicted"``), ``low`` and ``high`` in points per
        month, and ``density``, the share of patients per point a month.
    """
    rows = test[test[MODEL] == model]
    tables = []
    for series in (OBSERVED, PREDICTED):
        edges, counts = _joined_bars(rows[series].to_numpy(), width)
        density = counts / counts.sum() / np.diff(edges)
        tables.append(
            pd.DataFrame(
                {"series": series, "low": edges[:-1], "high": edges[1:], "density": density}
            )
        )
    return pd.concat(tables, ignore_index=True)


def _joined_bars(values: np.ndarray, width: float) -> tuple[np.ndarray, np.ndarray]:
    """Return edges and counts of bars of this width or wider, with five values in each."""
    steps = np.floor(values / width).astype(int)
    numbers, counts = np.unique(steps, return_counts=True)
    edges, joined, waiting = [numbers[0]], [], 0
    for number, count in zip(numbers, counts, strict=True):
        waiting += count
        if waiting >= SMALLEST_COUNT:
            edges.append(number + 1)
            joined.append(waiting)
            waiting = 0
    if waiting:
        # what is left over goes into the last bar
        joined = [*joined[:-1], (joined[-1] if joined else 0) + waiting]
        edges = [*edges[: len(joined)], numbers[-1] + 1]
    return np.array(edges) * width, np.array(joined)


# --- scores ----------------------------------------------------------------------------------


def score_models(
    out_of_fold: pd.DataFrame,
    test: pd.DataFrame,
    *,
    profile: str,
    is_real: bool,
    rule: str = MAIN_RULE,
    metrics: tuple[str, ...] = CLASS_METRICS,
) -> pd.DataFrame:
    """Return the scores of every model on the test patients, each cut by one rule.

    Parameters
    ----------
    out_of_fold, test : DataFrame
        Predictions frames of the same models.
    profile : str
        Which of :data:`alsnb.effort.PROFILES` says how many resamples there are.
    is_real : bool
        Whether small counts are withheld.
    rule : str
        One of :data:`alsnb.evaluation.cuts.RULES`.
    metrics : tuple of str
        Names among :data:`alsnb.evaluation.classes.CLASS_METRICS`.

    Returns
    -------
    DataFrame
        ``rule``, ``cut``, the columns of a scores frame, and ``withheld``: scores that are
        NaN because a count behind them is between one and four.
    """
    cuts = learn_cuts(out_of_fold, rule)
    rows = test[test[MODEL].isin(cuts)]
    settings = {"threshold": fast_threshold(), "cuts": cuts, "metrics": metrics}
    scores = score_classes(rows, n_resamples=EFFORTS[profile].n_resamples, **settings)
    hidden = _models_to_hide(rows, cuts, is_real)
    scores = _withhold(scores, scores[MODEL].isin(hidden))
    return scores.assign(**{RULE: rule, CUT: scores[MODEL].map(cuts)})


def score_rules(
    out_of_fold: pd.DataFrame,
    test: pd.DataFrame,
    models: tuple[str, ...],
    *,
    profile: str,
    is_real: bool,
) -> pd.DataFrame:
    """Return the scores of a few models cut by every rule, as :func:`score_models` does."""
    own = out_of_fold[out_of_fold[MODEL].isin(models)]
    rows = test[test[MODEL].isin(models)]
    settings = {"profile": profile, "is_real": is_real, "metrics": CALL_METRICS}
    tables = [score_models(own, rows, rule=rule, **settings) for rule in RULES]
    scores = pd.concat(tables, ignore_index=True)
    if is_real:
        main = [learn_cuts(own, MAIN_RULE)]
        scores = _withhold(scores, _nearly_the_same(rows, scores, main))
    places = scores[MODEL].map({model: place for place, model in enumerate(models)})
    return scores.iloc[np.argsort(places.to_numpy(), kind="stable")].reset_index(drop=True)


def _models_to_hide(predictions: pd.DataFrame, cuts: dict[str, float], is_real: bool) -> set[str]:
    """Return the models for which a count of one to four could be computed from the scores."""
    if not is_real:
        return set()
    return {
        model
        for model, rows in predictions.groupby(MODEL)
        if _cells(rows, cuts[model]).map(_is_small).any()
    }


def _nearly_the_same(
    predictions: pd.DataFrame, scores: pd.DataFrame, elsewhere: list[dict[str, float]]
) -> pd.Series:
    """Return which rows have a cut that lies less than five patients of a kind from another.

    Both shown, the difference would tell of one to four patients. What is shown elsewhere is
    given as cuts by model.
    """
    hidden = scores[WITHHELD].copy()
    for model, own in scores[~hidden].groupby(MODEL, sort=False):
        rows = predictions[predictions[MODEL] == model]
        shown = [_cells(rows, cuts[model]) for cuts in elsewhere if model in cuts]
        for cut, part in own.groupby(CUT, sort=False):
            cells = _cells(rows, cut)
            if any((cells - others).abs().map(_is_small).any() for others in shown):
                hidden[part.index] = True
            else:
                shown.append(cells)
    return hidden


def _cells(rows: pd.DataFrame, cut: float) -> pd.Series:
    """Return the four counts of one model's calls."""
    cuts = {rows[MODEL].iloc[0]: cut}
    counts = count_calls(rows, threshold=fast_threshold(), cuts=cuts)
    return counts.drop(columns=MODEL).iloc[0]


def _is_small(n_patients: int) -> bool:
    return 0 < n_patients < SMALLEST_COUNT


def _withhold(scores: pd.DataFrame, hidden: pd.Series) -> pd.DataFrame:
    """Return the frame without the scores of calls in these rows, and a column that says so."""
    hidden = hidden & scores[METRIC].isin(CALL_METRICS)
    values = scores.select_dtypes("floating").columns.difference([CUT, SHARE])
    return scores.assign(
        **{name: scores[name].mask(hidden) for name in values}, **{WITHHELD: hidden}
    )


# --- who is better ---------------------------------------------------------------------------


def compare_heads(
    out_of_fold: pd.DataFrame, test: pd.DataFrame, *, profile: str, is_real: bool
) -> pd.DataFrame:
    """Subtract each regression's scores from those of the classifier of the same kind.

    Returns
    -------
    DataFrame
        Columns :data:`alsnb.evaluation.bootstrap.COMPARISON` and ``withheld``; above zero the
        classifier is better. Each is cut by its own quantile.
    """
    cuts = learn_cuts(out_of_fold, MAIN_RULE)
    gaps = compare_classes(
        test,
        pairs=[(head, PAIRS[head]) for head in TITLES if head in PAIRS],
        threshold=fast_threshold(),
        cuts=cuts,
        metrics=MAIN_METRICS,
        n_resamples=EFFORTS[profile].n_resamples,
    )
    hidden = _models_to_hide(test, cuts, is_real)
    return _withhold(gaps, gaps[MODEL].isin(hidden) | gaps["reference"].isin(hidden))


# --- how many to call ------------------------------------------------------------------------


def score_shares(
    out_of_fold: pd.DataFrame,
    test: pd.DataFrame,
    models: tuple[str, ...],
    *,
    profile: str,
    is_real: bool,
) -> pd.DataFrame:
    """Return sensitivity and predictive value as more and more patients are called.

    Returns
    -------
    DataFrame
        A scores frame with ``share`` of the training patients at which the cut was laid, for
        ``sensitivity``, ``ppv`` and ``share_called`` of the test patients.
    """
    metrics = ("sensitivity", "ppv", "share_called")
    found = []
    for share in SHARES:
        cuts = {
            model: cut_at_share(out_of_fold[out_of_fold[MODEL] == model], share) for model in models
        }
        rows = test[test[MODEL].isin(models)]
        scores = score_classes(
            rows,
            threshold=fast_threshold(),
            cuts=cuts,
            metrics=metrics,
            n_resamples=EFFORTS[profile].n_resamples,
        )
        hidden = scores[MODEL].isin(_models_to_hide(rows, cuts, is_real))
        scores = _withhold(scores, hidden).assign(**{SHARE: share, CUT: scores[MODEL].map(cuts)})
        found.append(scores)
    scores = pd.concat(found, ignore_index=True)
    if not is_real:
        return scores
    elsewhere = [learn_cuts(out_of_fold, rule) for rule in RULES]
    return _withhold(scores, _nearly_the_same(rows, scores, elsewhere))


# --- choosing the cut on the test patients ---------------------------------------------------


def measure_choice(
    out_of_fold: pd.DataFrame, test: pd.DataFrame, model: str, *, profile: str, seed: int
) -> pd.DataFrame:
    """Return what a cut chosen on the test patients promises, and what it holds on others.

    Returns
    -------
    DataFrame
        As :func:`alsnb.evaluation.cuts.measure_optimism`, for sizes up to half of the test
        patients.
    """
    rows = test[test[MODEL] == model]
    half = rows[PATIENT].nunique() // 2
    sizes = [size for size in SIZES if size <= half] or [half]
    own = out_of_fold[out_of_fold[MODEL] == model]
    return measure_optimism(
        rows,
        threshold=fast_threshold(),
        cut=learn_cut(own, "balanced", fast_threshold()),
        sizes=sizes,
        n_splits=N_SPLITS[profile],
        seed=seed,
    )


def compare_choice(
    out_of_fold: pd.DataFrame, test: pd.DataFrame, model: str, *, profile: str
) -> pd.Series:
    """Return by how much a cut chosen on all test patients beats the one learnt beforehand."""
    rows = test[test[MODEL] == model]
    own = out_of_fold[out_of_fold[MODEL] == model]
    both = pd.concat([rows.assign(**{MODEL: name}) for name in (CHOSEN, LEARNT)])
    cuts = {
        CHOSEN: learn_cut(rows, "balanced", fast_threshold()),
        LEARNT: learn_cut(own, "balanced", fast_threshold()),
    }
    table = compare_classes(
        both,
        pairs=[(CHOSEN, LEARNT)],
        threshold=fast_threshold(),
        cuts=cuts,
        metrics="balanced_accuracy",
        n_resamples=EFFORTS[profile].n_resamples,
    )
    return table.iloc[0]


def beside_published(scores: pd.DataFrame, model: str) -> pd.DataFrame:
    """Return one model's scores beside what the paper prints of them, which is nothing.

    Returns
    -------
    DataFrame
        ``metric``, ``published`` (NaN throughout), ``estimate``, ``low``, ``high``,
        ``difference`` (NaN).
    """
    rows = scores[(scores[MODEL] == model) & scores[METRIC].isin((*RANK_METRICS, *CALL_METRICS))]
    rows = rows.assign(published=np.nan, difference=np.nan)
    columns = [METRIC, "published", ESTIMATE, LOW, HIGH, "difference", WITHHELD]
    return rows[columns].reset_index(drop=True)
