"""Draw frames: ``plot_<thing>(frame, ax=None)`` returns axes, ``describe_<thing>(frame)`` words.

The words are written from the same frame as the figure and become its alternative text, so
that they cannot say anything else than what is drawn.
"""

import numpy as np
import pandas as pd
from matplotlib import pyplot
from matplotlib.axes import Axes

from alsnb.report.style import MODEL_COLOUR, OBSERVED_COLOUR, PALETTE, QUIET_COLOUR
from alsnb.report.tables import signed
from alsnb.schema import ESTIMATE, HIGH, LOW, MODEL, OBSERVED, PREDICTED, SLOPE_UNIT


def plot_histogram(frame: pd.DataFrame, ax: Axes | None = None, *, label: str = "") -> Axes:
    """Draw a histogram whose tails are pooled.

    A row is a bar: ``low``, ``high`` (points per month), ``n_patients``; ``label`` says of whom.
    """
    ax = ax or pyplot.subplots()[1]
    widths = frame["high"] - frame["low"]
    style = {"align": "edge", "color": MODEL_COLOUR, "edgecolor": "white", "linewidth": 0.5}
    ax.bar(frame["low"], frame["n_patients"] / widths, width=widths, **style)
    ax.set(xlabel=f"Slope of the ALSFRS total ({SLOPE_UNIT})", ylabel=f"{label} per point a month")
    return ax


def describe_histogram(frame: pd.DataFrame) -> str:
    """Return what a histogram of slopes shows, in words."""
    top = frame.loc[(frame["n_patients"] / (frame["high"] - frame["low"])).idxmax()]
    total = frame["n_patients"].sum()
    rising = frame.loc[frame["low"] >= 0, "n_patients"].sum() / total
    return (
        f"Histogram of {total:,} slopes from {signed(frame['low'].min(), 1)} to "
        f"{signed(frame['high'].max(), 1)} points a month, densest between "
        f"{signed(top['low'], 2)} and {signed(top['high'], 2)}, with a long tail to the left; "
        f"{rising:.0%} do not decline."
    )


def plot_estimates(frame: pd.DataFrame, ax: Axes | None = None, *, xlabel: str = "") -> Axes:
    """Draw estimates with their intervals, a row for each.

    Parameters
    ----------
    frame : DataFrame
        Columns ``label``, ``estimate``, ``low``, ``high``; drawn from top to bottom.
    xlabel : str
        What is estimated, with its unit and which direction is better.
    """
    ax = ax or pyplot.subplots(figsize=(6.4, 0.6 + 0.34 * len(frame)))[1]
    rows = np.arange(len(frame))[::-1]
    ax.hlines(rows, frame[LOW], frame[HIGH], color=MODEL_COLOUR, linewidth=2)
    ax.plot(frame[ESTIMATE], rows, "o", color=MODEL_COLOUR)
    ax.set_yticks(rows, frame["label"])
    ax.set(xlabel=xlabel, ylim=(-0.6, len(frame) - 0.4))
    ax.grid(axis="x", color="#e0e0e0", linewidth=0.6)
    return ax


def plot_differences(frame: pd.DataFrame, ax: Axes | None = None, *, xlabel: str = "") -> Axes:
    """Draw paired differences as :func:`plot_estimates` does, around a line at zero."""
    ax = plot_estimates(frame, ax, xlabel=xlabel)
    ax.axvline(0, color=OBSERVED_COLOUR, linewidth=1, zorder=0)
    return ax


def describe_estimates(frame: pd.DataFrame, what: str) -> str:
    """Return the estimates of a figure in words, row by row."""
    rows = [
        f"{row.label} {signed(row.estimate)} ({signed(row.low)} to {signed(row.high)})"
        for row in frame.itertuples()
    ]
    return f"{what}, with 95 % intervals: {'; '.join(rows)}."


def plot_calibration(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw mean observed against mean predicted slopes in bins, for one or several models.

    ``frame`` is a calibration table: ``model``, ``predicted``, ``observed``, ``low``, ``high``.
    """
    ax = ax or pyplot.subplots(figsize=(5.0, 4.6))[1]
    ends = [frame[[PREDICTED, LOW]].min().min(), frame[[PREDICTED, HIGH]].max().max()]
    ax.plot(ends, ends, color=QUIET_COLOUR, linewidth=1, linestyle="--", label="perfect")
    for shift, (model, rows) in enumerate(frame.groupby(MODEL, sort=False)):
        errors = [rows[OBSERVED] - rows[LOW], rows[HIGH] - rows[OBSERVED]]
        style = {"color": PALETTE[shift], "marker": "os^D"[shift % 4], "markersize": 4}
        ax.errorbar(rows[PREDICTED], rows[OBSERVED], errors, linewidth=1, label=model, **style)
    ax.set(xlabel=f"Mean predicted slope ({SLOPE_UNIT})", ylabel="Mean observed slope")
    ax.legend(frameon=False)
    return ax


def describe_calibration(frame: pd.DataFrame) -> str:
    """Return what a calibration figure shows, in words."""
    parts = []
    for model, rows in frame.groupby(MODEL, sort=False):
        fast, slow = rows.iloc[0], rows.iloc[-1]
        parts.append(
            f"{model}: where {signed(fast[PREDICTED], 2)} was predicted on average, "
            f"{signed(fast[OBSERVED], 2)} was observed, and where {signed(slow[PREDICTED], 2)} "
            f"was predicted, {signed(slow[OBSERVED], 2)}"
        )
    return f"Observed against predicted slopes in bins. {'; '.join(parts)}."


def plot_curves(frame: pd.DataFrame, ax: Axes | None = None, *, ylabel: str = "") -> Axes:
    """Draw a score against the number of training patients, a line for each model.

    ``frame`` has ``model``, ``n_training``, ``estimate``, ``low`` and ``high``; ``ylabel`` says
    which direction is better.
    """
    ax = ax or pyplot.subplots()[1]
    for number, (model, rows) in enumerate(frame.groupby(MODEL, sort=False)):
        sizes, colour = rows["n_training"], PALETTE[number]
        mark = "osD^"[number % 4] + "-"
        ax.plot(sizes, rows[ESTIMATE], mark, color=colour, label=model, markersize=4)
        ax.fill_between(sizes, rows[LOW], rows[HIGH], color=colour, alpha=0.12, linewidth=0)
    ax.set_xscale("log")
    sizes = sorted(frame["n_training"].unique())
    ax.set_xticks(sizes, [f"{size:,}" for size in sizes])
    ax.minorticks_off()
    ax.set(xlabel="Training patients (logarithmic)", ylabel=ylabel)
    ax.legend(frameon=False)
    return ax


def describe_curves(frame: pd.DataFrame, what: str) -> str:
    """Return what a learning curve shows, in words."""
    parts = []
    for model, rows in frame.groupby(MODEL, sort=False):
        first, last = rows.iloc[0], rows.iloc[-1]
        parts.append(
            f"{model} goes from {signed(first[ESTIMATE])} with {first['n_training']:,} training "
            f"patients to {signed(last[ESTIMATE])} with {last['n_training']:,}"
        )
    return f"{what} against the number of training patients: {'; '.join(parts)}."


def plot_heatmap(
    frame: pd.DataFrame, ax: Axes | None = None, *, label: str = "", low: float = 0.0
) -> Axes:
    """Draw a table of numbers as shades.

    Parameters
    ----------
    frame : DataFrame
        Rows and columns named as they shall be labelled; an empty one is drawn as a remark.
    label : str
        What the shades mean.
    low : float
        Where the scale begins, which ends at one; one that reaches below zero gets two colours.
    """
    size = (1.8 + 0.26 * frame.shape[1], 1.2 + 0.2 * frame.shape[0])
    ax = ax or pyplot.subplots(figsize=size)[1]
    if frame.empty:
        return write_remark(ax, "nothing to draw")
    shades = "RdBu_r" if low < 0 else "Blues"
    image = ax.imshow(frame.to_numpy(float), cmap=shades, vmin=low, vmax=1, aspect="auto")
    ax.set_xticks(range(frame.shape[1]), frame.columns, rotation=90, fontsize=7)
    ax.set_yticks(range(frame.shape[0]), frame.index, fontsize=7)
    ax.figure.colorbar(image, ax=ax, label=label, shrink=0.7)
    return ax


def write_remark(ax: Axes, remark: str) -> Axes:
    """Write a remark into axes where nothing can be drawn."""
    ax.text(0.5, 0.5, remark, ha="center", va="center")
    ax.set_axis_off()
    return ax
