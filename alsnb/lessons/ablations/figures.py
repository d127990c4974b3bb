"""Draw what variations of the task show."""

import pandas as pd
from matplotlib import pyplot
from matplotlib.axes import Axes

from alsnb.report.figures import describe_estimates, plot_differences, plot_estimates
from alsnb.report.style import MODEL_COLOUR
from alsnb.schema import ESTIMATE, HIGH, LOW


def plot_counts(curve: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Plot R² with its interval against ``n_features``."""
    ax = ax or pyplot.subplots(figsize=(6.4, 3.6), layout="constrained")[1]
    below, above = curve[ESTIMATE] - curve[LOW], curve[HIGH] - curve[ESTIMATE]
    style = {"fmt": "o-", "color": MODEL_COLOUR, "capsize": 3}
    ax.errorbar(curve["n_features"], curve[ESTIMATE], yerr=[below, above], **style)
    ax.set_xscale("log")
    ax.set_xticks(curve["n_features"], [str(count) for count in curve["n_features"]])
    ax.minorticks_off()
    ax.set(xlabel="Features", ylabel="R² (higher is better)")
    return ax


def describe_counts(curve: pd.DataFrame) -> str:
    """Return the figure of :func:`plot_counts` in words."""
    points = ", ".join(
        f"{row.n_features}: {row.estimate:.2f}" for row in curve.itertuples(index=False)
    )
    return f"R² by number of features. {points}."
