"""Draw the chapter on the cohort: the target, by how fast patients decline."""

import pandas as pd
from matplotlib import pyplot
from matplotlib.axes import Axes

from alsnb.report.figures import describe_estimates, plot_differences, plot_estimates
from alsnb.report.flow import describe_flow, plot_flow
from alsnb.report.style import MODEL_COLOUR, OBSERVED_COLOUR, PALETTE
from alsnb.report.tables import signed
from alsnb.schema import SLOPE_UNIT


def plot_speeds(frame: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw slopes of the first ``group`` as bars, fast ones in a second color; others as lines."""
    ax = ax or pyplot.subplots()[1]
    for number, (group, bars) in enumerate(frame.groupby("group", sort=False)):
        width = bars["high"] - bars["low"]
        height = bars["share"] / width
        if number == 0:
            style = {"align": "edge", "edgecolor": "white", "linewidth": 0.5}
            for fast, colour in ((True, PALETTE[1]), (False, MODEL_COLOUR)):
                rows, pace = bars["fast"].astype(bool) == fast, "fast" if fast else "medium to slow"
                style |= {"color": colour, "label": f"{group}: {pace}"}
                ax.bar(bars.loc[rows, "low"], height[rows], width[rows], **style)
        else:
            edges = [*bars["low"], bars["high"].iloc[-1]]
            ax.stairs(height, edges, color=OBSERVED_COLOUR, linewidth=1.3, label=group)
    ax.set(
        xlabel=f"Slope of the total ({SLOPE_UNIT})", ylabel="Share of the group per point a month"
    )
    if len(frame):
        ax.legend(frameon=False, fontsize=8)
    return ax


def describe_speeds(frame: pd.DataFrame) -> str:
    """Return in words what the figure of slopes shows."""
    parts = []
    for group, bars in frame.groupby("group", sort=False):
        top = bars.loc[(bars["share"] / (bars["high"] - bars["low"])).idxmax()]
        fast = bars.loc[bars["fast"].astype(bool), "share"].sum()
        parts.append(
            f"{group}: {bars['n_patients'].sum():,} patients, densest between "
            f"{signed(top['low'], 2)} and {signed(top['high'], 2)}, {fast:.0%} fast"
        )
    return f"Distribution of the slope. {'; '.join(parts) or 'Too few patients to be shown'}."
