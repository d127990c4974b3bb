"""Draw the account of a cleaning: what became of defects, and counts beside expected ones."""

import numpy as np
import pandas as pd
from matplotlib import pyplot
from matplotlib.axes import Axes

from alsnb.report.figures import describe_estimates, plot_differences, write_remark
from alsnb.report.style import OBSERVED_COLOUR, PALETTE, QUIET_COLOUR

VERDICTS = {
    "put_right": ("put right", PALETTE[0]),
    "set_aside": ("set aside", "#cfcfcf"),
    "wrong": ("still wrong", PALETTE[1]),
}
"""Column, name and colour of what can become of a defect."""

ORDERS = {"as expected": ("o", PALETTE[0]), "more": ("^", PALETTE[1]), "fewer": ("v", PALETTE[1])}
"""Mark and colour of a count, by how it compares with the expected one."""

NOTHING = "Nothing to draw: no defect of these tables is known."


def plot_verdicts(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw which shares of each kind of defect (``label``, ``defects``) were put right, and so on.

    Without a row, the axes say that nothing is known.
    """
    ax = ax or pyplot.subplots(figsize=(6.4, 1.1 + 0.2 * len(frame)))[1]
    if frame.empty:
        return write_remark(ax, NOTHING)
    rows, left = np.arange(len(frame))[::-1], np.zeros(len(frame))
    for column, (name, colour) in VERDICTS.items():
        share = (frame[column] / frame["defects"]).to_numpy(float)
        ax.barh(rows, share, left=left, color=colour, height=0.75, label=name)
        left = left + share
    labels = [f"{row.label} ({row.defects:,})" for row in frame.itertuples()]
    ax.set_yticks(rows, labels, fontsize=7)
    ax.set(xlabel="Share of the defective records", xlim=(0, 1), ylim=(-0.6, len(frame) + 0.4))
    ax.figure.legend(
        *ax.get_legend_handles_labels(), frameon=False, ncols=3, loc="outside lower center"
    )
    return ax


def describe_verdicts(frame: pd.DataFrame) -> str:
    """Return what became of the defects in words, the worst kinds by name."""
    if frame.empty:
        return NOTHING
    total = frame["defects"].sum()
    shares = ", ".join(
        f"{frame[column].sum() / total:.0%} {name}" for column, (name, _) in VERDICTS.items()
    )
    bad = frame[frame["wrong"] * 2 > frame["defects"]]
    worst = (
        f"Mostly still wrong: {', '.join(bad['label'])}." if len(bad) else "No kind is mostly so."
    )
    return f"Bars for {len(frame)} kinds of defect, together {total:,} records: {shares}. {worst}"


def plot_found(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw counts ``found`` against ``expected`` ones by ``label`` and ``order``, logarithmically.

    The band is a factor of ten either way.
    """
    ax = ax or pyplot.subplots(figsize=(6.4, 4.6))[1]
    if frame.empty:
        return write_remark(ax, "No count is large enough to be shown.")
    counts = frame[["found", "expected"]].to_numpy(float)
    ends = np.array([counts.min() / 2, counts.max() * 2])
    ax.fill_between(ends, ends / 10, ends * 10, color="#eef3f8", linewidth=0, zorder=0)
    ax.plot(ends, ends, color=QUIET_COLOUR, linewidth=0.8, linestyle="--", zorder=0)
    for order, (mark, colour) in ORDERS.items():
        rows = frame[frame["order"] == order]
        ax.plot(rows["expected"], rows["found"], mark, color=colour, markersize=5)
    beside = {"xytext": (6, 3), "textcoords": "offset points", "fontsize": 7}
    for row in frame[frame["order"] != "as expected"].itertuples():
        ax.annotate(row.label, (row.expected, row.found), color=OBSERVED_COLOUR, **beside)
    ax.set(xscale="log", yscale="log", xlim=ends, ylim=ends)
    ax.set(xlabel="Expected from printed counts, rows or values", ylabel="Found here")
    return ax


def describe_found(frame: pd.DataFrame) -> str:
    """Return how the counts compare, in words, with those that are off by name."""
    off = frame[frame["order"] != "as expected"]
    names = "; ".join(
        f"{row.label}, {row.found:,.0f} found and {row.expected:,.0f} expected"
        for row in off.itertuples()
    )
    return (
        f"Counts of {len(frame)} rules against what is expected of a real release of this size. "
        f"{len(frame) - len(off)} lie within a factor of ten; beyond it: {names or 'none'}."
    )
