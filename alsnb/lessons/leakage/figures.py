"""Draw what mistakes seem to gain: by mistake, by size of the study, by how many were tried."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib import pyplot
from matplotlib.axes import Axes

from alsnb.report import say
from alsnb.report.style import OBSERVED_COLOUR, PALETTE, QUIET_COLOUR
from alsnb.report.tables import signed
from alsnb.schema import ESTIMATE, HIGH, LOW, MODEL

MARKERS = "osD^v"


def plot_effects(
    frame: pd.DataFrame, ax: Axes | None = None, *, titles: Mapping[str, str], xlabel: str = ""
) -> Axes:
    """Draw the effect of each mistake with its interval; the honest pipeline is the line at zero.

    The frame has ``label`` (from top to bottom), ``model``, ``estimate``, ``low``, ``high``.
    """
    labels = list(frame["label"].unique())
    models = list(frame[MODEL].unique())
    ax = ax or pyplot.subplots(figsize=(6.4, 1.0 + 0.34 * len(labels)))[1]
    ax.axvline(0, color=OBSERVED_COLOUR, linewidth=1, zorder=0)
    for number, (model, rows) in enumerate(frame.groupby(MODEL, sort=False)):
        shift = 0.16 * (number - (len(models) - 1) / 2)
        places = len(labels) - 1 - rows["label"].map(labels.index) - shift
        colour = PALETTE[number]
        ax.hlines(places, rows[LOW], rows[HIGH], color=colour, linewidth=2)
        ax.plot(
            rows[ESTIMATE], places, MARKERS[number], color=colour, markersize=4, label=titles[model]
        )
    ax.set_yticks(np.arange(len(labels))[::-1], labels)
    ax.set(xlabel=xlabel, ylim=(-0.6, len(labels) - 0.4))
    ax.grid(axis="x", color="#e0e0e0", linewidth=0.6)
    if len(models) > 1:
        ax.legend(frameon=False, fontsize=8)
    return ax


def describe_effects(frame: pd.DataFrame, titles: Mapping[str, str], what: str) -> str:
    """Return the effects of a figure in words, row by row."""
    rows = [
        f"{row['label']}, {titles[row[MODEL]]}: {_spelt(row)}" for row in frame.to_dict("records")
    ]
    return f"{what}, with 95 % intervals. {'; '.join(rows)}."


def plot_few(frame: pd.DataFrame, axes: np.ndarray | None = None) -> Axes:
    """Draw what two mistakes gain by the size of the study, and what they find in nothing.

    The frame has ``target``, ``size``, ``title``, ``honest``, ``leaky``, ``estimate``, ``low``,
    ``high``; the first target is drawn as differences, the last as scores.
    """
    axes = pyplot.subplots(1, 2, figsize=(7.4, 3.4))[1] if axes is None else axes
    targets = list(frame["target"].unique())
    _draw_bands(axes[0], frame[frame["target"] == targets[0]], "title", "size")
    nothing = frame[frame["target"] == targets[-1]]
    colours = {"honest": ("honest", QUIET_COLOUR), "leaky": ("ranked before", PALETTE[1])}
    for mark, (name, (text, colour)) in zip(MARKERS, colours.items(), strict=False):
        style = {"markersize": 4, "color": colour, "label": text}
        axes[1].plot(nothing["size"], nothing[name], mark + "-", **style)
    axes[0].set(ylabel="R², leaky minus honest")
    axes[1].set(ylabel="R²")
    axes[1].axhline(0, color=OBSERVED_COLOUR, linewidth=1, zorder=0)
    for ax, target in zip(axes, (targets[0], targets[-1]), strict=True):
        ax.set_title(target, loc="left")
        _counts_along(ax, frame["size"], "Patients of the study")
        ax.legend(frameon=False, fontsize=8)
    return axes[0]


def describe_few(frame: pd.DataFrame) -> str:
    """Return in words what the figure of small and large studies shows."""
    parts = []
    for (target, title), rows in frame.groupby(["target", "title"], sort=False):
        small, large = rows.iloc[0], rows.iloc[-1]
        parts.append(
            f"{title}, {target}: R² changes by {_spelt(small)} with {small['size']:,} patients and "
            f"by {_spelt(large)} with {large['size']:,}; with {small['size']:,} it is "
            f"{signed(small['honest'], 2)} if honest and {signed(small['leaky'], 2)} if not"
        )
    return f"Effect of mistakes by the size of the study, with 95 % intervals. {'; '.join(parts)}."


def plot_best_of(frame: pd.DataFrame, ax: Axes | None = None, *, titles: Mapping[str, str]) -> Axes:
    """Draw what the best of K gains, chosen on the test patients, against K: ``count``."""
    ax = ax or pyplot.subplots()[1]
    _draw_bands(ax, frame.assign(title=frame["series"].map(titles)), "title", "count")
    _counts_along(ax, frame["count"], "How many were tried")
    ax.set(ylabel="R², best on the test minus honest")
    ax.legend(frameon=False, fontsize=8)
    return ax


def describe_best_of(frame: pd.DataFrame, titles: Mapping[str, str]) -> str:
    """Return in words what the figure of the best of many shows."""
    parts = [
        f"{titles[series]}: {_spelt(rows.iloc[-1])} for the best of {rows['count'].iloc[-1]}"
        for series, rows in frame.groupby("series", sort=False)
    ]
    return f"Gain in R² from choosing on the test patients, zero for one. {'; '.join(parts)}."


def plot_doubles(frame: pd.DataFrame, ax: Axes | None = None, *, titles: Mapping[str, str]) -> Axes:
    """Draw what patients who are in the table twice gain, against their share, by model."""
    ax = ax or pyplot.subplots(figsize=(6.4, 3.4))[1]
    _draw_bands(ax, frame.assign(title=frame[MODEL].map(titles)), "title", "share")
    shares = sorted(frame["share"].unique())
    ax.set_xticks(shares, [f"{share:.0%}" for share in shares])
    ax.set(xlabel="Patients entered twice", ylabel="R², leaky minus honest")
    ax.legend(frameon=False, fontsize=8)
    return ax


def describe_doubles(frame: pd.DataFrame, titles: Mapping[str, str]) -> str:
    """Return in words what the figure of patients entered twice shows."""
    parts = [
        f"{titles[model]}: {_spelt(rows.iloc[-1])} with {rows['share'].iloc[-1]:.0%} twice"
        for model, rows in frame.groupby(MODEL, sort=False)
    ]
    return f"Gain in R² from patients who are in the table twice. {'; '.join(parts)}."


def _draw_bands(ax: Axes, frame: pd.DataFrame, by: str, across: str) -> None:
    """Draw a line with its band of intervals for each group, and one at zero."""
    for number, (label, rows) in enumerate(frame.groupby(by, sort=False)):
        style = {"markersize": 4, "color": PALETTE[number], "label": label}
        ax.plot(rows[across], rows[ESTIMATE], MARKERS[number] + "-", **style)
        band = {"color": PALETTE[number], "alpha": 0.13, "linewidth": 0}
        ax.fill_between(rows[across], rows[LOW], rows[HIGH], **band)
    ax.axhline(0, color=OBSERVED_COLOUR, linewidth=1, zorder=0)


def _counts_along(ax: Axes, values: pd.Series, label: str) -> None:
    """Mark the values that were measured on a logarithmic axis."""
    ax.set_xscale("log")
    ticks = sorted(values.unique())
    ax.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    ax.minorticks_off()
    ax.set_xlabel(f"{label} (logarithmic)")


def _spelt(row: Mapping) -> str:
    return f"{signed(row[ESTIMATE])} ({say.between(row)})"
