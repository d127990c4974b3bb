"""Draw what variations of the task show."""

from collections.abc import Mapping

import pandas as pd
from matplotlib import pyplot
from matplotlib.axes import Axes

from alsnb.report.figures import describe_estimates, plot_differences, plot_estimates
from alsnb.report.style import MODEL_COLOUR
from alsnb.schema import ESTIMATE, HIGH, LOW


def plot_counts(curve: pd.DataFrame, titles: Mapping[str, str], ax: Axes | None = None) -> Axes:
    """Plot R² with its interval against ``n_features``, a line per learner.

    A learner with a single number of features is a mark; ``titles`` name the learners.
    """
    ax = ax or pyplot.subplots(figsize=(6.4, 4.0), layout="constrained")[1]
    marks = iter("oDs^")
    colours = {"boosting": MODEL_COLOUR}
    for learner, rows in curve.groupby("learner", sort=False):
        below, above = rows[ESTIMATE] - rows[LOW], rows[HIGH] - rows[ESTIMATE]
        mark = next(marks) + ("-" if len(rows) > 1 else "")
        style = {"color": colours.get(learner, "0.45"), "capsize": 3, "label": titles[learner]}
        ax.errorbar(rows["n_features"], rows[ESTIMATE], yerr=[below, above], fmt=mark, **style)
    counts = sorted(curve["n_features"].unique())
    ax.set_xscale("log")
    ax.set_xticks(counts, [str(count) for count in counts])
    ax.minorticks_off()
    ax.set(xlabel="Features", ylabel="R² (higher is better)")
    ax.legend()
    return ax


def describe_counts(curve: pd.DataFrame, titles: Mapping[str, str]) -> str:
    """Return the figure of :func:`plot_counts` in words."""
    lines = []
    for learner, rows in curve.groupby("learner", sort=False):
        points = ", ".join(f"{row.n_features}: {row.estimate:.2f}" for row in rows.itertuples())
        lines.append(f"{titles[learner]}: {points}.")
    return f"R² by number of features. {' '.join(lines)}"
