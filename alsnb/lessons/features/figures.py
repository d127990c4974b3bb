"""Draw what models are given: what is missing, what is alike, and sequences of visits."""

import numpy as np
import pandas as pd
from matplotlib import pyplot
from matplotlib.axes import Axes

from alsnb.report.figures import describe_estimates, plot_estimates, plot_heatmap
from alsnb.report.style import MODEL_COLOUR, OBSERVED_COLOUR, PALETTE, QUIET_COLOUR
from alsnb.report.tables import signed
from alsnb.schema import ESTIMATE, HIGH, LOW


def plot_missing(frame: pd.DataFrame, ax: Axes | None = None, *, limit: float = 0.30) -> Axes:
    """Draw for each measure the shares who lack any value, and who lack a second one.

    Features above the ``limit`` are discarded.
    """
    ax = ax or pyplot.subplots(figsize=(6.4, 0.9 + 0.165 * len(frame)))[1]
    rows = np.arange(len(frame))[::-1]
    ax.axvspan(limit, 1.02, color="#f3f0ec", zorder=0)
    ax.hlines(rows, frame["missing"], frame["missing_slope"], color="#cccccc", linewidth=1.2)
    ax.plot(frame["missing"], rows, "o", color=MODEL_COLOUR, markersize=4, label="no value")
    style = {"color": PALETTE[1], "markersize": 3.5, "label": "no second value, so no slope"}
    ax.plot(frame["missing_slope"], rows, "D", **style)
    ax.set_yticks(rows, frame["title"], fontsize=7)
    ax.set(xlabel=f"Share of the cohort (shaded: above {limit:.0%}, discarded)", xlim=(-0.02, 1.02))
    ax.set_ylim(-0.8, len(frame) - 0.2)
    ax.legend(frameon=False, fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.06), ncol=2)
    return ax


def describe_missing(frame: pd.DataFrame, *, limit: float = 0.30) -> str:
    """Return in words what the figure of missing values shows."""
    kept = frame["missing"] <= limit
    only_first = kept & (frame["missing_slope"] > limit)
    worst = frame.loc[frame["missing"].idxmax()] if frame["missing"].notna().any() else None
    text = (
        f"Share of patients without a value, and without a second, for {len(frame)} measures. "
        f"{int(kept.sum())} are missing in at most {limit:.0%}; {int(only_first.sum())} of these "
        f"lose their slope all the same"
    )
    if worst is not None:
        text += f"; most often missing is {worst['title']} ({worst['missing']:.0%})"
    return f"{text}."


def plot_blocks(
    frame: pd.DataFrame, ax: Axes | None = None, *, label: str = "", columns: bool = True
) -> Axes:
    """Draw a large heatmap, or, if there is nothing to draw, say that it is not known.

    Numbers below zero get a color of their own; ``columns`` says whether those are named as well.
    """
    if frame.empty:
        ax = ax or pyplot.subplots(figsize=(6.4, 1.0))[1]
        ax.axis("off")
        ax.text(0.5, 0.5, "Not known for these patients", ha="center", color=QUIET_COLOUR)
        return ax
    size = (min(2.6 + 0.22 * frame.shape[1], 7.6), min(1.2 + 0.13 * frame.shape[0], 10.0))
    ax = ax or pyplot.subplots(figsize=size)[1]
    low = -1.0 if (frame.to_numpy(float) < 0).any() else 0.0
    plot_heatmap(frame, ax, label=label, low=low)
    ax.tick_params(axis="both", labelsize=6, length=2)
    if not columns:
        ax.set_xticks([])
    return ax


def describe_blocks(frame: pd.DataFrame, what: str) -> str:
    """Return in words what a heatmap shows: its size and how much of it is at either end."""
    if frame.empty:
        return f"{what}: not known for these patients."
    values = frame.to_numpy(float)
    known = values[~np.isnan(values)]
    return (
        f"{what}: {frame.shape[0]} rows and {frame.shape[1]} columns. "
        f"{np.mean(known >= 0.95):.0%} of the cells are above 0.95, {np.mean(known <= 0.05):.0%} "
        f"are below 0.05."
    )


def plot_sequence(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the mean answers by visit, with when the visit was and which share have it."""
    items = frame.drop(columns=["visit", "month", "share"])
    ax = ax or pyplot.subplots(figsize=(6.4, 4.2))[1]
    values = items.to_numpy(float).T
    image = ax.imshow(values, cmap="Blues", vmin=0, vmax=4, aspect="auto")
    for (row, column), value in np.ndenumerate(values):
        if not np.isnan(value):
            colour = "white" if value > 2.6 else "black"
            style = {"ha": "center", "va": "center", "fontsize": 7.5, "color": colour}
            ax.text(column, row, f"{value:.2f}", **style)
    heads = [_head(row.visit, row.month, row.share) for row in frame.itertuples()]
    ax.set_xticks(range(len(frame)), heads, fontsize=8)
    ax.set_yticks(range(items.shape[1]), items.columns, fontsize=8)
    ax.figure.colorbar(image, ax=ax, label="Mean points of four", shrink=0.8)
    return ax


def _head(visit: int, month: float, share: float) -> str:
    """Return what stands under a column of the sequences."""
    if np.isnan(month):
        return f"visit {visit}\nwithheld or none"
    have = "share withheld" if np.isnan(share) else f"{share:.0%} have it"
    return f"visit {visit}\nmonth {month:.1f}\n{have}"


def describe_sequence(frame: pd.DataFrame) -> str:
    """Return in words what the figure of sequences shows."""
    items = frame.drop(columns=["visit", "month", "share"])
    parts = [
        f"{_head(int(row['visit']), row['month'], row['share'])}: mean item "
        f"{items.loc[place].mean():.2f}".replace("\n", ", ")
        for place, row in frame.iterrows()
        if not np.isnan(row["month"])
    ]
    return f"Mean answers to ten items at up to five visits. {'; '.join(parts)}."


def plot_windows(frame: pd.DataFrame, ax: Axes | None = None, *, ylabel: str = "") -> Axes:
    """Draw a score against the ``months`` that features see, a line for each ``label``."""
    ax = ax or pyplot.subplots()[1]
    ax.axvspan(frame["months"].min(), frame["months"].max(), color="#f3f0ec", zorder=0)
    for number, (label, rows) in enumerate(frame.groupby("label", sort=False)):
        months, style = rows["months"], {"color": PALETTE[number]}
        mark = "os^D"[number % 4] + "-"
        ax.plot(months, rows[ESTIMATE], mark, label=label, markersize=5, **style)
        ax.fill_between(months, rows[LOW], rows[HIGH], alpha=0.13, linewidth=0, **style)
    ax.axhline(0, color=OBSERVED_COLOUR, linewidth=0.8, zorder=0)
    ax.set_xticks(sorted(frame["months"].unique()))
    ax.set(
        xlabel="Months that the features may see (shaded: also part of the target)", ylabel=ylabel
    )
    ax.legend(frameon=False)
    return ax


def describe_windows(frame: pd.DataFrame, what: str) -> str:
    """Return in words what the figure of windows shows."""
    parts = []
    for label, rows in frame.groupby("label", sort=False):
        steps = [f"{signed(r.estimate, 2)} with {r.months:g} months" for r in rows.itertuples()]
        parts.append(f"{label}: {', '.join(steps)}")
    return f"{what} by length of the window. {'; '.join(parts)}."
