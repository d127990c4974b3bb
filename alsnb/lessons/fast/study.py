"""Score who is called fast: by cuts of predicted slopes, and by classifiers.

The classifiers are the regressions' own architectures with another head. Each takes the
settings that were found for the regression and is trained independently of it; nothing is
searched again, so a difference between the two is one of the head and not of the effort.

Cuts are learnt from the out-of-fold predictions of training patients and used on the test
patients. Scores behind which a count under five stands are marked; :func:`withhold_marked`
withholds them where patients are real.
"""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from alsnb.disclosure import SMALLEST_COUNT, inner, is_small
from alsnb.effort import room_efforts
from alsnb.evaluation.bootstrap import REFERENCE
from alsnb.evaluation.classes import CALL_METRICS, CLASS_METRICS, compare_classes, score_classes
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
from alsnb.evaluation.small_calls import (
    CUT,
    SHARE_BELOW,
    WITHHELD,
    mark_neighbours,
    mark_small,
    models_with_small_calls,
    withhold_marked,
)
from alsnb.published import fast_threshold
from alsnb.schema import (
    ESTIMATE,
    HIGH,
    LOW,
    METRIC,
    MODEL,
    N_PATIENTS,
    OBSERVED,
    PATIENT,
    PREDICTED,
    REPEAT,
)
from alsnb.study.heads import COUNTERPARTS, add_ensemble, predict_heads
from alsnb.study.paper_a import predict_networks
from alsnb.study.references import predict_reference
from alsnb.study.task import SlopeTask
from alsnb.vocabulary import CNN, FFNN, FFNN_CNN, FOREST, MODEL_TITLES, ONSET, ORACLE, RNN

EFFORTS = room_efforts(n_splits={"smoke": 50, "book": 2000, "full": 10_000})

FAST = fast_threshold()
"""Slopes below it are fast, in ALSFRS points per month."""

KINDS = MODEL_TITLES | {ONSET: "Log onset delta"}

TITLES = {
    name: f"{KINDS[model]}, {what}"
    for model in (ONSET, FOREST, FFNN, CNN, RNN, FFNN_CNN, ORACLE)
    for name, what in ((model, "slope"), (f"{model}_class", "class"))
    if name != f"{ORACLE}_class"
}
"""What a reader calls each model, in the order of the tables."""

RULE, SHARE = "rule", "share"

MAIN_RULE = "quantile"
"""The rule by which models are compared: all call about as many, so that none looks better for
being bolder."""

MAIN_METRICS = ("auc", "average_precision", "balanced_accuracy", "sensitivity", "ppv")

SHARES = (0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6)
"""Shares of the training patients at which cuts are laid for the figure."""

SIZES = (50, 100, 200, 400)
"""On how many patients a cut is chosen to see what that is worth."""


# --- predictions ---------------------------------------------------------------------------


def predict_fast(
    task: SlopeTask, effort: SimpleNamespace, *, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return predictions of the slope and of the class by models of the same kinds.

    Of repeat 0, out of fold and on the test patients. Regressions (and ``oracle``, if it is known)
    have slopes, the models of :data:`COUNTERPARTS` classes and probabilities.
    """
    how = {"n_trials": effort.n_trials, "seed": seed}
    pairs = [
        predict_networks(task, **how, n_seeds=effort.n_seeds),
        *(predict_reference(task, model, effort, seed=seed) for model in (FOREST, ONSET)),
        predict_heads(task, threshold=FAST, **how, n_trees=effort.n_trees),
    ]
    out_of_fold, test = (
        _add_oracle(pd.concat(parts, ignore_index=True), task.oracle)
        for parts in zip(*pairs, strict=True)
    )
    return add_ensemble(out_of_fold), add_ensemble(test)


def _add_oracle(predictions: pd.DataFrame, oracle: pd.Series | None) -> pd.DataFrame:
    """Return repeat 0 of the predictions, with the oracle's if there is one for everybody."""
    rows = predictions[predictions[REPEAT] == 0].reset_index(drop=True)
    patients = rows[rows[MODEL] == FOREST]
    if oracle is None or not patients[PATIENT].isin(oracle.dropna().index).all():
        return rows
    best = patients.assign(**{MODEL: ORACLE, PREDICTED: patients[PATIENT].map(oracle)})
    return pd.concat([rows, best], ignore_index=True)


def learn_cuts(out_of_fold: pd.DataFrame, rule: str) -> dict[str, float]:
    """Return each model's cut by one rule; models of classes do without those for slopes."""
    return {
        model: learn_cut(rows, rule, FAST)
        for model, rows in out_of_fold.groupby(MODEL, sort=False)
        if rule in PROBABILITY_RULES or not holds_probabilities(rows)
    }


# --- why the literal cut finds nobody ------------------------------------------------------


def describe_spread(test: pd.DataFrame) -> pd.DataFrame:
    """Return how far observed and predicted slopes spread, and how many lie below the cut.

    By ``model`` (``"observed"`` first) ``n_patients``, ``mean`` and ``sd`` in points per month,
    ``sd_ratio`` (to the observed), ``pcc`` (with the observed), ``distance`` of the threshold below
    the mean, in standard deviations, ``share_below`` it, and ``withheld``, whether these are one to
    four.
    """
    by_model = {model: rows for model, rows in test.groupby(MODEL) if not holds_probabilities(rows)}
    models = [model for model in TITLES if model in by_model]
    observed = by_model[models[0]][OBSERVED]
    found = [_spread(OBSERVED, observed, observed)]
    found += [_spread(name, by_model[name][PREDICTED], by_model[name][OBSERVED]) for name in models]
    columns = [MODEL, N_PATIENTS, "mean", "sd", "sd_ratio", "pcc", "distance", "n_below"]
    spread = pd.DataFrame(found, columns=columns)
    n_below = spread.pop("n_below")
    share = n_below / spread[N_PATIENTS]
    return spread.assign(**{SHARE_BELOW: share, WITHHELD: is_small(n_below)})


def _spread(model: str, slopes: pd.Series, observed: pd.Series) -> list:
    mean, sd = slopes.mean(), slopes.std(ddof=0)
    distance = (mean - FAST) / sd if sd > 0 else np.inf
    ratio, n_below = sd / observed.std(ddof=0), int((slopes < FAST).sum())
    return [model, len(slopes), mean, sd, ratio, pcc(observed, slopes), distance, n_below]


def spread_bars(test: pd.DataFrame, model: str, *, width: float = 0.1) -> pd.DataFrame:
    """Return histograms of the observed and of one model's predicted slopes.

    Bars are joined until each holds five patients; the outermost hold all that lies beyond. Of each
    bar there are its ``series``, ``low`` and ``high`` in points per month, and ``density``, the
    share of patients per point a month.
    """
    rows = test[test[MODEL] == model]
    tables = []
    for series in (OBSERVED, PREDICTED):
        edges, counts = _joined_bars(inner(rows[series]).to_numpy(), width)
        bars = {"series": series, LOW: edges[:-1], HIGH: edges[1:]}
        tables.append(pd.DataFrame(bars | {"density": counts / counts.sum() / np.diff(edges)}))
    return pd.concat(tables, ignore_index=True)


def _joined_bars(values: np.ndarray, width: float) -> tuple[np.ndarray, np.ndarray]:
    """Return edges and counts of bars of this width or wider, with five values in each."""
    numbers, counts = np.unique(np.floor(values / width).astype(int), return_counts=True)
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
    n_resamples: int,
    rule: str = MAIN_RULE,
    metrics: tuple[str, ...] = CLASS_METRICS,
) -> pd.DataFrame:
    """Return the scores of every model on the test patients, each cut by one rule.

    Beside the columns of a scores frame: ``withheld`` (whether a count behind a score is between
    one and four), ``rule`` and ``cut``.
    """
    cuts = learn_cuts(out_of_fold, rule)
    return _score_cut(test, cuts, metrics, n_resamples).assign(
        **{RULE: rule, CUT: lambda scores: scores[MODEL].map(cuts)}
    )


def _score_cut(
    test: pd.DataFrame, cuts: dict[str, float], metrics: tuple[str, ...], n_resamples: int
) -> pd.DataFrame:
    rows = test[test[MODEL].isin(cuts)]
    scores = score_classes(
        rows, threshold=FAST, cuts=cuts, metrics=metrics, n_resamples=n_resamples
    )
    small = models_with_small_calls(rows, threshold=FAST, cuts=cuts)
    return mark_small(scores, scores[MODEL].isin(small))


def score_rules(
    out_of_fold: pd.DataFrame, test: pd.DataFrame, models: tuple[str, ...], *, n_resamples: int
) -> pd.DataFrame:
    """Return the scores of a few models cut by every rule, as :func:`score_models` does."""
    own = out_of_fold[out_of_fold[MODEL].isin(models)]
    rows = test[test[MODEL].isin(models)]
    how = {"n_resamples": n_resamples, "metrics": CALL_METRICS}
    tables = [score_models(own, rows, rule=rule, **how) for rule in RULES]
    scores = pd.concat(tables, ignore_index=True)
    main = [learn_cuts(own, MAIN_RULE)]
    scores = mark_neighbours(scores, rows, threshold=FAST, elsewhere=main)
    return scores.sort_values(
        MODEL, key=lambda names: names.map(models.index), kind="stable", ignore_index=True
    )


def score_shares(
    out_of_fold: pd.DataFrame, test: pd.DataFrame, models: tuple[str, ...], *, n_resamples: int
) -> pd.DataFrame:
    """Return sensitivity and predictive value as more and more patients are called.

    As :func:`score_models`, with the ``share`` of training patients at which a cut was laid.
    """
    metrics, found = ("sensitivity", "ppv", "share_called"), []
    by_model = {model: out_of_fold[out_of_fold[MODEL] == model] for model in models}
    for share in SHARES:
        cuts = {model: cut_at_share(rows, share) for model, rows in by_model.items()}
        scores = _score_cut(test, cuts, metrics, n_resamples)
        found.append(scores.assign(**{SHARE: share, CUT: scores[MODEL].map(cuts)}))
    scores = pd.concat(found, ignore_index=True)
    elsewhere = [learn_cuts(out_of_fold, rule) for rule in RULES]
    return mark_neighbours(scores, test, threshold=FAST, elsewhere=elsewhere)


def compare_heads(
    out_of_fold: pd.DataFrame, test: pd.DataFrame, *, n_resamples: int
) -> pd.DataFrame:
    """Subtract each regression's scores from those of the classifier of the same kind.

    Each is cut by its own quantile; above zero the classifier is better.
    """
    cuts = learn_cuts(out_of_fold, MAIN_RULE)
    gaps = compare_classes(
        test,
        pairs=[(head, COUNTERPARTS[head]) for head in TITLES if head in COUNTERPARTS],
        threshold=FAST,
        cuts=cuts,
        metrics=MAIN_METRICS,
        n_resamples=n_resamples,
    )
    small = models_with_small_calls(test, threshold=FAST, cuts=cuts)
    return mark_small(gaps, gaps[MODEL].isin(small) | gaps[REFERENCE].isin(small))


def score_probabilities(test: pd.DataFrame) -> pd.DataFrame:
    """Return how far the classifiers' probabilities may be taken at their word.

    By ``model``: ``brier`` (mean squared error of the probability, lower is better), ``skill``
    (the share of it that the model saves against one probability for everybody, higher is better),
    and ``missed``, the share of fast patients minus the mean probability, best at zero. NaN if
    fewer than five are fast, or not fast.
    """
    rows = []
    for model, own in test.groupby(MODEL, sort=False):
        if holds_probabilities(own):
            is_fast, probability = own[OBSERVED].to_numpy(float), own[PREDICTED].to_numpy(float)
            brier, alone = ((is_fast - probability) ** 2).mean(), is_fast.var()
            skill = 1 - brier / alone if alone > 0 else np.nan
            found = [brier, skill, is_fast.mean() - probability.mean()]
            # from these numbers it can be worked out how many are fast
            few = min(is_fast.sum(), (1 - is_fast).sum()) < SMALLEST_COUNT
            rows.append([model, *([np.nan] * 3 if few else found)])
    frame = pd.DataFrame(rows, columns=[MODEL, "brier", "skill", "missed"])
    places = {model: place for place, model in enumerate(TITLES)}
    return frame.sort_values(MODEL, key=lambda names: names.map(places), ignore_index=True)


# --- choosing the cut on the test patients ---------------------------------------------------


def measure_choice(
    out_of_fold: pd.DataFrame, test: pd.DataFrame, model: str, *, n_splits: int, seed: int
) -> pd.DataFrame:
    """Return what a cut chosen on the test patients promises, and what it holds on others."""
    own, rows = (frame[frame[MODEL] == model] for frame in (out_of_fold, test))
    half = rows[PATIENT].nunique() // 2
    return measure_optimism(
        rows,
        threshold=FAST,
        cut=learn_cut(own, "balanced", FAST),
        sizes=[size for size in SIZES if size <= half] or [half],
        n_splits=n_splits,
        seed=seed,
    )


def compare_choice(
    out_of_fold: pd.DataFrame, test: pd.DataFrame, model: str, *, n_resamples: int
) -> pd.Series:
    """Return by how much a cut chosen on all test patients beats the one learnt beforehand."""
    own, rows = (frame[frame[MODEL] == model] for frame in (out_of_fold, test))
    both = pd.concat([rows.assign(**{MODEL: name}) for name in (CHOSEN, LEARNT)])
    table = compare_classes(
        both,
        pairs=[(CHOSEN, LEARNT)],
        threshold=FAST,
        cuts={CHOSEN: learn_cut(rows, "balanced", FAST), LEARNT: learn_cut(own, "balanced", FAST)},
        metrics="balanced_accuracy",
        n_resamples=n_resamples,
    )
    return table.iloc[0]


def beside_published(scores: pd.DataFrame, model: str) -> pd.DataFrame:
    """Return one model's scores beside what the paper prints of them, which is nothing."""
    rows = scores[(scores[MODEL] == model) & scores[METRIC].isin((*RANK_METRICS, *CALL_METRICS))]
    rows = rows.assign(published=np.nan, difference=np.nan)
    columns = [METRIC, "published", ESTIMATE, LOW, HIGH, "difference", WITHHELD]
    return rows[columns].reset_index(drop=True)
