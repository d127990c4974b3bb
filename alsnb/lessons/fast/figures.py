"""Draw who is called fast: spreads with the cut between them, and what calling more brings."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from alsnb.lessons.fast.study import TITLES
from alsnb.report.figures import describe_estimates, plot_differences
from alsnb.report.style import MODEL_COLOUR, OBSERVED_COLOUR, PALETTE
from alsnb.report.tables import signed
from alsnb.schema import ESTIMATE, HIGH, LOW, METRIC, MODEL, SLOPE_UNIT

PANELS = {
    "sensitivity": ("Sensitivity", "Of the fast, how many are called"),
    "ppv": ("PPV", "Of those called, how many are fast"),
}
"""The scores drawn by :func:`plot_shares`, and what stands beside them."""


def plot_spreads(
    frame: pd.DataFrame, ax: Axes | None = None, *, cuts: Mapping[str, float], title: str = ""
) -> Axes:
    """Draw the observed slopes as bars, predicted ones as an outline, and cuts as lines.

    The frame has ``series``, ``low``, ``high`` (points per month) and ``density``; ``cuts`` says
    what each is called, and where it lies, ``title`` who predicted.
    """
    ax = ax or pyplot.subplots()[1]
    observed, predicted = (frame[frame["series"] == name] for name in ("observed", "predicted"))
    widths = observed["high"] - observed["low"]
    style = {"align": "edge", "color": "#cccccc", "edgecolor": "white", "linewidth": 0.5}
    ax.bar(observed["low"], observed["density"], width=widths, label="observed", **style)
    edges = [*predicted["low"], predicted["high"].iloc[-1]]
    style = {"color": MODEL_COLOUR, "linewidth": 1.5}
    by = f"predicted{title and ' by '}{title}"
    ax.stairs(predicted["density"], edges, label=by, **style)
    colours, lines = (OBSERVED_COLOUR, *PALETTE[1:]), ("-", "--", ":")
    for number, (name, cut) in enumerate(cuts.items()):
        style = {"color": colours[number], "linewidth": 1.2, "linestyle": lines[number % 3]}
        ax.axvline(cut, label=name, **style)
    ax.set(xlabel=f"Slope ({SLOPE_UNIT})", ylabel="Share of patients per point a month")
    ax.legend(frameon=False)
    return ax


def describe_spreads(frame: pd.DataFrame, cuts: Mapping[str, float]) -> str:
    """Return what the two spreads look like beside the cuts, in words."""
    parts = []
    for series, rows in frame.groupby("series", sort=False):
        top = rows.loc[rows["density"].idxmax()]
        parts.append(
            f"{series} slopes reach from {signed(rows['low'].min(), 1)} to "
            f"{signed(rows['high'].max(), 1)}, densest from {signed(top['low'], 1)} to "
            f"{signed(top['high'], 1)}"
        )
    lines = ", ".join(f"{name} at {signed(cut, 2)}" for name, cut in cuts.items())
    return f"Histograms in points a month: {'; '.join(parts)}. Lines: {lines}."


def plot_shares(frame: pd.DataFrame) -> Figure:
    """Draw sensitivity and predictive value against the share that is called, with bands.

    The frame has ``label``, ``metric``, ``share_called``, ``estimate``, ``low`` and ``high``; cuts
    from the one that calls fewest. What is NaN is left out.
    """
    figure, axes = pyplot.subplots(1, len(PANELS), figsize=(8.4, 3.8), sharex=True)
    for ax, (metric, (name, title)) in zip(axes, PANELS.items(), strict=True):
        rows = frame[frame[METRIC] == metric]
        for number, (label, line) in enumerate(rows.groupby("label", sort=False)):
            line = line.dropna(subset=[ESTIMATE])
            x, colour, mark = line["share_called"], PALETTE[number], "osD^"[number % 4]
            ax.plot(x, line[ESTIMATE], f"{mark}-", color=colour, markersize=3.5, label=label)
            ax.fill_between(x, line[LOW], line[HIGH], color=colour, alpha=0.12, linewidth=0)
        ax.set(xlabel="Share of test patients called fast", ylabel=name, title=title)
        ax.set(xlim=(0, None), ylim=(0, 1.02))
    # calling at random finds as large a share of the fast as it calls of all
    ends = np.array([0.0, axes[0].get_xlim()[1]])
    axes[0].plot(ends, ends, color=OBSERVED_COLOUR, linestyle="--", linewidth=1, label="at random")
    axes[0].legend(frameon=False, loc="lower right")
    return figure


def describe_shares(frame: pd.DataFrame) -> str:
    """Return the ends of the lines of :func:`plot_shares` in words."""
    parts = []
    for (label, metric), rows in frame.groupby(["label", METRIC], sort=False):
        line = rows.dropna(subset=[ESTIMATE])
        if metric not in PANELS or line.empty:
            continue
        first, last = line.iloc[0], line.iloc[-1]
        name = {"ppv": "PPV"}.get(metric, metric)
        parts.append(
            f"{label}, {name} {first[ESTIMATE]:.0%} when {first['share_called']:.0%} are called "
            f"and {last[ESTIMATE]:.0%} when {last['share_called']:.0%} are"
        )
    return f"Sensitivity and PPV against the share called fast: {'; '.join(parts)}."


def label_shares(scores: pd.DataFrame) -> pd.DataFrame:
    """Return scores by share with a label, and the share called as a column beside the others."""
    called = scores[scores[METRIC] == "share_called"].set_index([MODEL, "share"])[ESTIMATE]
    rows = scores[scores[METRIC].isin(list(PANELS))]
    places = pd.MultiIndex.from_frame(rows[[MODEL, "share"]])
    return rows.assign(share_called=called.loc[places].to_numpy(), label=rows[MODEL].map(TITLES))


def plot_gaps(areas: pd.DataFrame) -> Axes:
    """Draw each classifier's area minus that of the regression of the same kind."""
    return plot_differences(
        areas, xlabel="AUC, class minus slope (above 0 the classifier is better)"
    )


def describe_gaps(areas: pd.DataFrame) -> str:
    """Return the differences in the area in words."""
    return describe_estimates(areas, "AUC of the classifier minus that of the regression")
