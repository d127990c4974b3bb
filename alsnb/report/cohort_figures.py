"""Draw cohorts: courses over time, blocks of what is missing, and aggregates beside others'."""

import numpy as np
import pandas as pd
from matplotlib import pyplot
from matplotlib.axes import Axes

from alsnb.report.style import MODEL_COLOUR, OBSERVED_COLOUR, PALETTE, QUIET_COLOUR
from alsnb.report.tables import signed


def plot_course(frame: pd.DataFrame, ax: Axes | None = None, *, ylabel: str = "") -> Axes:
    """Draw a mean over the months with the quartiles as a band, a line for each group.

    Parameters
    ----------
    frame : DataFrame
        ``site``, ``month``, ``mean``, ``low``, ``high``.
    ylabel : str
        What is averaged, with its unit.
    """
    ax = ax or pyplot.subplots()[1]
    for number, (group, rows) in enumerate(frame.groupby("site", sort=False)):
        style = {"color": PALETTE[number]}
        ax.plot(
            rows["month"],
            rows["mean"],
            "os^D"[number % 4] + "-",
            label=group,
            markersize=4,
            **style,
        )
        ax.fill_between(rows["month"], rows["low"], rows["high"], alpha=0.13, linewidth=0, **style)
    ax.set(xlabel="Months since the first questionnaire", ylabel=ylabel)
    ax.legend(frameon=False)
    return ax


def describe_course(frame: pd.DataFrame, what: str) -> str:
    """Return what a figure of courses shows, in words."""
    parts = []
    for group, rows in frame.groupby("site", sort=False):
        first, last = rows.iloc[0], rows.iloc[-1]
        parts.append(
            f"{group} starts at {first['mean']:.1f} ({first['n_patients']:,} patients) and is at "
            f"{last['mean']:.1f} in month {last['month']} ({last['n_patients']:,} patients left)"
        )
    return f"{what} by month, with quartiles as a band: {'; '.join(parts)}."


def plot_heatmap(
    frame: pd.DataFrame,
    ax: Axes | None = None,
    *,
    label: str = "",
    low: float = 0.0,
    high: float = 1.0,
) -> Axes:
    """Draw a table of numbers as shades.

    Parameters
    ----------
    frame : DataFrame
        Rows and columns named as they shall be labelled; an empty one is drawn as a remark.
    label : str
        What the shades mean.
    low, high : float
        Ends of the scale; one that reaches below zero gets two colours.
    """
    size = (1.8 + 0.26 * frame.shape[1], 1.2 + 0.2 * frame.shape[0])
    ax = ax or pyplot.subplots(figsize=size)[1]
    if frame.empty:
        ax.text(0.5, 0.5, "nothing to draw", ha="center", va="center")
        ax.axis("off")
        return ax
    shades = "RdBu_r" if low < 0 else "Blues"
    image = ax.imshow(frame.to_numpy(float), cmap=shades, vmin=low, vmax=high, aspect="auto")
    ax.set_xticks(range(frame.shape[1]), frame.columns, rotation=90, fontsize=7)
    ax.set_yticks(range(frame.shape[0]), frame.index, fontsize=7)
    ax.figure.colorbar(image, ax=ax, label=label, shrink=0.7)
    return ax


def plot_deviations(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw how far each of our aggregates lies from the published one, in tolerances.

    Parameters
    ----------
    frame : DataFrame
        ``meaning``, ``ours``, ``low``, ``high`` (the bounds) and ``verdict``; a row that lies
        on a bound is one tolerance away.
    """
    ax = ax or pyplot.subplots(figsize=(6.4, 0.8 + 0.19 * len(frame)))[1]
    rows = np.arange(len(frame))[::-1]
    deviation = deviations(frame)
    inside = (frame["verdict"] == "within").to_numpy()
    ax.axvspan(-1, 1, color="#eef3f8", zorder=0)
    ax.axvline(0, color=QUIET_COLOUR, linewidth=0.8, zorder=0)
    ax.plot(deviation[inside], rows[inside], "o", color=MODEL_COLOUR, markersize=4)
    ax.plot(deviation[~inside], rows[~inside], "X", color=OBSERVED_COLOUR, markersize=6)
    ax.set_yticks(rows, frame["meaning"], fontsize=7)
    reach = max(1.5, float(np.nanmax(np.abs(deviation), initial=0)) * 1.05)
    ax.set(xlabel="Ours less published, in tolerances (band: within)", xlim=(-reach, reach))
    ax.set_ylim(-0.8, len(frame) - 0.2)
    return ax


def deviations(frame: pd.DataFrame) -> np.ndarray:
    """Return the distance from the middle of the bounds, in half their width."""
    middle, half = (frame["low"] + frame["high"]) / 2, (frame["high"] - frame["low"]) / 2
    distance = (frame["ours"] - middle) / half.where(half > 0, 1.0)
    return distance.to_numpy(float)


def describe_deviations(frame: pd.DataFrame) -> str:
    """Return what the figure of deviations shows, in words."""
    outside = frame[frame["verdict"] != "within"]
    names = ", ".join(outside["meaning"]) or "none"
    return (
        f"Distance of {len(frame)} aggregates from the published ones in units of their "
        f"tolerance. {len(frame) - len(outside)} lie within; outside: {names}."
    )


def plot_bars(frame: pd.DataFrame, ax: Axes | None = None, *, xlabel: str = "") -> Axes:
    """Draw a bar for each row, from top to bottom.

    Parameters
    ----------
    frame : DataFrame
        ``label`` and ``value``; a column ``reference``, if there, is marked by a line.
    xlabel : str
        What is drawn, with its unit.
    """
    ax = ax or pyplot.subplots(figsize=(6.4, 0.7 + 0.24 * len(frame)))[1]
    rows = np.arange(len(frame))[::-1]
    ax.barh(rows, frame["value"], color=MODEL_COLOUR, height=0.7)
    if "reference" in frame:
        ax.plot(frame["reference"], rows, "|", color=OBSERVED_COLOUR, markersize=10)
    ax.set_yticks(rows, frame["label"], fontsize=8)
    ax.set(xlabel=xlabel, ylim=(-0.6, len(frame) - 0.4))
    return ax


def describe_bars(frame: pd.DataFrame, what: str, digits: int = 2) -> str:
    """Return the bars in words, row by row."""
    rows = [f"{row.label} {signed(row.value, digits)}" for row in frame.itertuples()]
    return f"{what}: {'; '.join(rows)}."
