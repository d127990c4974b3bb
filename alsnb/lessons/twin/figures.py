"""The figures of the chapter: blocks of what is missing, how hard it is, and what is printed."""

import numpy as np
import pandas as pd
from matplotlib import pyplot
from matplotlib.axes import Axes

from alsnb.report.figures import plot_heatmap
from alsnb.report.style import MODEL_COLOUR, OBSERVED_COLOUR, QUIET_COLOUR
from alsnb.report.tables import signed


def describe_blocks(recorded: pd.DataFrame, share: float) -> str:
    """Return what the figure of recorded shares shows, in words."""
    if recorded.empty:
        return "Nothing is drawn, for 0 trials are named in this download."
    return (
        f"Shares of patients with a value for {len(recorded)} measures in {recorded.shape[1]} "
        f"trials; {share:.0%} of the cells are nearly full or nearly empty "
        "(a value for at least 80 % of the patients, or for at most 10 %)."
    )


def plot_deviations(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw how far each aggregate lies from the published one, in tolerances (bounds are at 1)."""
    ax = ax or pyplot.subplots(figsize=(6.4, 0.8 + 0.19 * len(frame)))[1]
    rows = np.arange(len(frame))[::-1]
    middle, half = (frame["low"] + frame["high"]) / 2, (frame["high"] - frame["low"]) / 2
    deviation = ((frame["ours"] - middle) / half.where(half > 0, 1.0)).to_numpy(float)
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


def describe_deviations(frame: pd.DataFrame) -> str:
    """Return what the figure of deviations shows, in words."""
    named = {
        verdict: frame.loc[frame["verdict"] == verdict, "meaning"]
        for verdict in ("within", "outside", "unknown")
    }
    unknown = f" Not known: {', '.join(named['unknown'])}." if len(named["unknown"]) else ""
    return (
        f"Distance of {len(frame) - len(named['unknown'])} aggregates from the published ones in "
        f"units of their tolerance. {len(named['within'])} lie within; "
        f"outside: {', '.join(named['outside']) or 'none'}.{unknown}"
    )


def plot_bars(frame: pd.DataFrame, ax: Axes | None = None, *, xlabel: str = "") -> Axes:
    """Draw ``value`` as a bar for each ``label``, from top to bottom."""
    ax = ax or pyplot.subplots(figsize=(6.4, 0.7 + 0.24 * len(frame)))[1]
    rows = np.arange(len(frame))[::-1]
    ax.barh(rows, frame["value"], color=MODEL_COLOUR, height=0.7)
    ax.set_yticks(rows, frame["label"], fontsize=8)
    ax.set(xlabel=xlabel, ylim=(-0.6, len(frame) - 0.4))
    return ax


def describe_bars(frame: pd.DataFrame, what: str) -> str:
    """Return the bars in words, row by row."""
    rows = [f"{row.label} {signed(row.value, 2)}" for row in frame.itertuples()]
    return f"{what}: {'; '.join(rows)}."
