"""Draw what the other functions return; every function gives back the Axes of matplotlib.

A figure is made if no ``ax`` is given. Its ``figure`` can be saved or changed as any other, and
``alsnb.plot.describe(ax)`` says in words what it shows, for those who cannot see it.
"""

from collections.abc import Callable
from weakref import WeakKeyDictionary

import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes

from alsnb.checks import check_columns, check_one_of, refuse
from alsnb.cohort import Cohort
from alsnb.disclosure import slope_histogram
from alsnb.evaluation.bootstrap import REFERENCE
from alsnb.evaluation.calibration import calibration_table
from alsnb.evaluation.crossval import N_TRAINING
from alsnb.report import figures
from alsnb.report.flow import describe_flow, merge_small_steps, plot_flow
from alsnb.report.scores import label_rows
from alsnb.report.style import SETTINGS
from alsnb.schema import METRIC, MODEL, SCORES, SLOPE_UNIT
from alsnb.vocabulary import LOWER_IS_BETTER, METRIC_TITLES, MODEL_TITLES

__all__ = ["calibration", "curves", "describe", "differences", "estimates", "flow", "slopes"]

HIGHER_IS_BETTER = ("pcc", "r2")

_words: WeakKeyDictionary[Axes, str] = WeakKeyDictionary()


def describe(ax: Axes) -> str:
    """Return in words what one of these functions drew, as text to stand beside the figure."""
    if ax not in _words:
        raise refuse(
            "alsnb.plot.describe",
            expected="Axes that a function of alsnb.plot returned",
            found="others",
            remedy="Describe your own figures yourself.",
        )
    return _words[ax]


def estimates(scores: pd.DataFrame, metric: str, ax: Axes | None = None) -> Axes:
    """Draw one metric of every model with its interval, from what :func:`alsnb.score` returned."""
    rows = _rows_of(scores, metric, SCORES)
    title = _axis_title(metric)
    words = figures.describe_estimates(rows, title)
    return _drawn(words, figures.plot_estimates, rows, ax, xlabel=title)


def differences(comparison: pd.DataFrame, metric: str, ax: Axes | None = None) -> Axes:
    """Draw the differences from the reference with their intervals, around a line at zero.

    ``comparison`` is from :func:`alsnb.compare`, and ``metric`` one of its metrics.
    """
    rows = _rows_of(comparison, metric, (*SCORES, REFERENCE))
    reference = _title(comparison[REFERENCE].iloc[0])
    title = f"{METRIC_TITLES.get(metric, metric)} less that of {reference}{_better(metric, 'zero')}"
    words = figures.describe_estimates(rows, title)
    return _drawn(words, figures.plot_differences, rows, ax, xlabel=title)


def calibration(predictions: pd.DataFrame, n_bins: int = 10, ax: Axes | None = None) -> Axes:
    """Draw mean observed against mean predicted slopes in bins of the predictions.

    They are those of a few models in one split; the bins are of equal size.
    """
    table = calibration_table(predictions, n_bins)
    table[MODEL] = table[MODEL].map(_title)
    words = figures.describe_calibration(table)
    return _drawn(words, figures.plot_calibration, table, ax)


def curves(scores: pd.DataFrame, metric: str, ax: Axes | None = None) -> Axes:
    """Draw a score against the number of patients that were learnt from.

    It is one metric of what :func:`alsnb.score` makes of predictions from
    :func:`alsnb.learning_curve`.
    """
    rows = _rows_of(scores, metric, (*SCORES, N_TRAINING))
    rows = rows.assign(**{MODEL: rows["label"]})
    title = _axis_title(metric)
    words = figures.describe_curves(rows, title)
    return _drawn(words, figures.plot_curves, rows, ax, ylabel=title)


def slopes(cohort: Cohort, ax: Axes | None = None) -> Axes:
    """Draw how the slopes of a cohort are distributed, its tails pooled."""
    table = slope_histogram(cohort.slope.dropna())
    words = figures.describe_histogram(table)
    return _drawn(words, figures.plot_histogram, table, ax, label="Patients")


def flow(cohort: Cohort, ax: Axes | None = None) -> Axes:
    """Draw who remained after each step of a cohort's selection, small steps joined."""
    steps = merge_small_steps(cohort.flow)
    return _drawn(describe_flow(steps), plot_flow, steps, ax)


def _drawn(
    words: str, plot: Callable[..., Axes], frame: pd.DataFrame, ax: Axes | None, **how: object
) -> Axes:
    """Draw in the book's style, and leave the settings of matplotlib as they were."""
    with rc_context(SETTINGS):
        ax = plot(frame, ax, **how)
    _words[ax] = words
    return ax


def _rows_of(table: pd.DataFrame, metric: str, columns: tuple[str, ...]) -> pd.DataFrame:
    check_columns(table, columns, "The table to draw")
    check_one_of(metric, table[METRIC].unique(), "The metric to draw")
    return label_rows(table, metric, {name: _title(name) for name in table[MODEL].unique()})


def _title(model: str) -> str:
    return MODEL_TITLES.get(model, model)


def _axis_title(metric: str) -> str:
    unit = f" ({SLOPE_UNIT})" if metric == "rmsd" else ""
    return f"{METRIC_TITLES.get(metric, metric)}{unit}{_better(metric)}"


def _better(metric: str, bound: str = "") -> str:
    """Return which direction is better, if one is."""
    than = f" than {bound}" if bound else ""
    if metric in LOWER_IS_BETTER:
        return f": lower{than} is better" if bound else ", lower is better"
    if metric in HIGHER_IS_BETTER:
        return f": higher{than} is better" if bound else ", higher is better"
    return ""
