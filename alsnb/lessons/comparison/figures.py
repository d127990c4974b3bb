"""Draw the comparison of models: splits, designs and the distance to the ceiling."""

import numpy as np
import pandas as pd
from matplotlib import pyplot
from matplotlib.axes import Axes

from alsnb.report.figures import (
    describe_calibration,
    describe_estimates,
    plot_calibration,
    plot_differences,
    plot_estimates,
)
from alsnb.report.scores import label_rows
from alsnb.report.style import MODEL_COLOUR, OBSERVED_COLOUR, PALETTE, QUIET_COLOUR
from alsnb.report.tables import signed
from alsnb.schema import ESTIMATE, HIGH, LOW


def plot_splits(frame: pd.DataFrame, ax: Axes | None = None, *, ylabel: str = "") -> Axes:
    """Draw the same difference in many random splits, in the order of its size, by ``label``."""
    ax = ax or pyplot.subplots(figsize=(6.4, 3.6))[1]
    start = 0
    for number, (label, rows) in enumerate(frame.groupby("label", sort=False)):
        ordered = rows.sort_values(ESTIMATE)
        places = start + np.arange(len(ordered))
        colour = PALETTE[number % len(PALETTE)]
        ax.vlines(places, ordered[LOW], ordered[HIGH], color=colour, linewidth=1.2)
        ax.plot(
            places, ordered[ESTIMATE], "os^D"[number % 4], color=colour, markersize=4, label=label
        )
        start += len(ordered) + 2
    ax.axhline(0, color=OBSERVED_COLOUR, linewidth=1, zorder=0)
    ax.set(ylabel=ylabel, xlabel="Random splits, each comparison in the order of its result")
    ax.set_xticks([])
    ax.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.1))
    return ax


def describe_splits(frame: pd.DataFrame, what: str) -> str:
    """Return what the figure of the splits shows, in words."""
    parts = [
        f"{label} from {signed(rows[ESTIMATE].min())} to {signed(rows[ESTIMATE].max())}"
        for label, rows in frame.groupby("label", sort=False)
    ]
    n_splits = int(frame["label"].value_counts().max())
    return f"{what} in {n_splits} random splits, with 95 % intervals: {'; '.join(parts)}."


def plot_both_designs(frame: pd.DataFrame, ax: Axes | None = None, *, xlabel: str = "") -> Axes:
    """Draw estimates of two designs or three side by side, a row for each ``label``."""
    labels = list(dict.fromkeys(frame["label"]))
    ax = ax or pyplot.subplots(figsize=(6.4, 0.9 + 0.5 * len(labels)))[1]
    rows = {label: place for place, label in enumerate(reversed(labels))}
    n_designs = frame["design"].nunique()
    for number, (design, cells) in enumerate(frame.groupby("design", sort=False)):
        colour = (MODEL_COLOUR, PALETTE[1], PALETTE[2])[number % 3]
        places = cells["label"].map(rows) + 0.2 * ((n_designs - 1) / 2 - number)
        ax.hlines(places, cells[LOW], cells[HIGH], color=colour, linewidth=2)
        ax.plot(
            cells[ESTIMATE], places, "os^"[number % 3], color=colour, markersize=5, label=design
        )
    ax.axvline(0, color=OBSERVED_COLOUR, linewidth=1, zorder=0)
    ax.set_yticks(list(rows.values()), list(rows))
    ax.set(xlabel=xlabel, ylim=(-0.6, len(labels) - 0.4))
    ax.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.25), ncols=n_designs)
    return ax


def describe_both_designs(frame: pd.DataFrame, what: str) -> str:
    """Return what the figure of the designs shows, in words."""
    parts = [
        describe_estimates(rows, f"{what}, {design}") for design, rows in frame.groupby("design")
    ]
    return " ".join(parts)


def plot_ceiling(ceiling: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw how far every model's R² lies from the oracle's; a sentence if there is no oracle."""
    rows = label_rows(ceiling, "r2") if len(ceiling) else ceiling
    if len(rows):
        return plot_differences(rows, ax, xlabel="R² minus that of the oracle (0 is the ceiling)")
    ax = ax or pyplot.subplots(figsize=(6.4, 1.2))[1]
    ax.text(0.5, 0.5, "No truth is known of these patients", ha="center", color=QUIET_COLOUR)
    ax.set_axis_off()
    return ax


def describe_ceiling(ceiling: pd.DataFrame) -> str:
    """Return what the figure of the ceiling shows, in words."""
    if ceiling.empty:
        return "Nothing is drawn: 0 models can be held against a truth that is not known."
    return describe_estimates(label_rows(ceiling, "r2"), "R² minus that of the oracle")
