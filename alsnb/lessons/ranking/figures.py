"""Draw rankings of features: how useful, how sure of their ranks, and beside copies of one."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib import pyplot
from matplotlib.axes import Axes

from alsnb.report.style import MODEL_COLOUR, PALETTE, QUIET_COLOUR
from alsnb.report.tables import signed
from alsnb.schema import ESTIMATE, HIGH, LOW

MARKS = "os^D"


def plot_importance(frame: pd.DataFrame, *, xlabel: str) -> Axes:
    """Draw the usefulness of features as bars, with its range over the folds, the best first."""
    ax, rows = _one_below_another(frame)
    ax.barh(rows, frame[ESTIMATE], color=MODEL_COLOUR, height=0.7)
    ax.hlines(rows, frame[LOW], frame[HIGH], color="black", linewidth=1.4)
    ax.set(xlabel=f"{xlabel} (line: range over the folds)")
    return ax


def _one_below_another(frame: pd.DataFrame) -> tuple[Axes, np.ndarray]:
    """Return axes with a labelled row for each feature, the first on top, and their heights."""
    ax = pyplot.subplots(figsize=(6.4, 0.8 + 0.24 * len(frame)))[1]
    rows = np.arange(len(frame))[::-1]
    ax.set_yticks(rows, frame["label"], fontsize=8)
    ax.set_ylim(-0.6, len(frame) - 0.4)
    return ax, rows


def describe_importance(frame: pd.DataFrame, what: str) -> str:
    """Return the usefulness of features in words, one by one."""
    return f"{what}, mean over folds with the range between them: {_ranges(frame, signed)}."


def _ranges(frame: pd.DataFrame, form: Callable[[float], str]) -> str:
    return "; ".join(
        f"{row.label} {form(row.estimate)} ({form(row.low)} to {form(row.high)})"
        for row in frame.itertuples()
    )


def plot_overlap(frame: pd.DataFrame) -> Axes:
    """Draw Kuncheva's index by the number of first places, a line for each ``label``."""
    ax = pyplot.subplots(figsize=(6.4, 3.8))[1]
    for number, (label, rows) in enumerate(frame.groupby("label", sort=False)):
        style = {"color": PALETTE[number % 7], "label": label, "markersize": 5}
        ax.plot(rows["k"], rows[ESTIMATE], MARKS[number % 4] + "-", **style)
    for height in (0, 1):
        ax.axhline(height, color=QUIET_COLOUR, linewidth=0.8, linestyle="--", zorder=0)
    ax.set_xticks(sorted(frame["k"].unique()))
    ax.set_xlabel("How many of the first places are compared")
    ax.set_ylabel("Kuncheva's index (1: the same, 0: chance)")
    ax.set_ylim(min(-0.05, ax.get_ylim()[0]), 1.05)
    ax.legend(frameon=False, fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.16), ncol=2)
    return ax


def describe_overlap(frame: pd.DataFrame, what: str) -> str:
    """Return in words how much rankings share."""
    parts = []
    for label, rows in frame.groupby("label", sort=False):
        cells = [f"{signed(row.estimate, 2)} in the first {row.k}" for row in rows.itertuples()]
        parts.append(f"{label}: {', '.join(cells)}")
    return f"{what}. {'; '.join(parts)}."


def plot_ranks(frame: pd.DataFrame) -> Axes:
    """Draw the median ranks of features with their ranges, on a logarithmic scale."""
    ax, rows = _one_below_another(frame)
    ax.hlines(rows, frame[LOW], frame[HIGH], color=MODEL_COLOUR, linewidth=2)
    ax.plot(frame[ESTIMATE], rows, "o", color=MODEL_COLOUR, markersize=5)
    ax.set_xscale("log")
    ticks = [tick for tick in (1, 3, 10, 30, 100, 300) if tick <= max(frame[HIGH].max(), 3) * 1.5]
    ax.set_xticks(ticks, [str(tick) for tick in ticks])
    ax.minorticks_off()
    ax.set(xlabel="Rank among all features (1 is the best; logarithmic)")
    ax.grid(axis="x", color="#e0e0e0", linewidth=0.6)
    return ax


def describe_ranks(frame: pd.DataFrame, what: str) -> str:
    """Return ranks with their ranges in words."""
    ranges = _ranges(frame, "{:.0f}".format)
    return f"{what}, median rank with the range of 95 % of the draws: {ranges}."


def plot_copies(frame: pd.DataFrame) -> Axes:
    """Draw the importance of a feature and of its family by the number of its copies."""
    ax = pyplot.subplots(figsize=(6.4, 3.6))[1]
    for number, (which, rows) in enumerate(frame.groupby("which", sort=False)):
        x, colour = rows["n_copies"], PALETTE[number]
        ax.plot(x, rows[ESTIMATE], MARKS[number] + "-", color=colour, label=which)
        ax.fill_between(x, rows[LOW], rows[HIGH], color=colour, alpha=0.15, linewidth=0)
    ax.set_xticks(sorted(frame["n_copies"].unique()))
    ax.set(xlabel="Copies beside the feature", ylabel="Share of the forest's importance")
    ax.set_ylim(bottom=0)
    ax.legend(frameon=False)
    return ax


def describe_copies(frame: pd.DataFrame) -> str:
    """Return in words what copies do to the importance of a feature."""
    parts = []
    for which, rows in frame.groupby("which", sort=False):
        cells = [f"{row.estimate:.0%} with {row.n_copies} copies" for row in rows.itertuples()]
        parts.append(f"{which}: {', '.join(cells)}")
    return f"Share of the forest's importance. {'; '.join(parts)}."
