"""The figures of the chapter: courses over the months, and estimates with their intervals."""

import pandas as pd
from matplotlib import pyplot
from matplotlib.axes import Axes

from alsnb.report.figures import describe_estimates, plot_estimates
from alsnb.report.style import PALETTE

NOTHING = "Nothing is drawn: the site of onset is known of too few patients."


def plot_course(frame: pd.DataFrame, ax: Axes | None = None, *, ylabel: str = "") -> Axes:
    """Draw the ``mean`` by ``month`` with quartiles as a band, a line for each ``site``."""
    ax = ax or pyplot.subplots()[1]
    for number, (group, rows) in enumerate(frame.groupby("site", sort=False)):
        month, colour, mark = rows["month"], PALETTE[number], "os^D"[number % 4] + "-"
        ax.plot(month, rows["mean"], mark, color=colour, label=group, markersize=4)
        ax.fill_between(month, rows["low"], rows["high"], color=colour, alpha=0.13, linewidth=0)
    ax.set(xlabel="Months since the first questionnaire", ylabel=ylabel)
    if frame.empty:
        ax.text(0.5, 0.5, NOTHING, ha="center", wrap=True, transform=ax.transAxes)
        return ax
    ax.legend(frameon=False)
    return ax


def describe_course(frame: pd.DataFrame, what: str) -> str:
    """Return what a figure of courses shows, in words."""
    if frame.empty:
        return NOTHING
    parts = []
    for group, rows in frame.groupby("site", sort=False):
        first, last = rows.iloc[0], rows.iloc[-1]
        parts.append(
            f"{group} starts at {first['mean']:.1f} ({first['n_patients']:,} patients) and is at "
            f"{last['mean']:.1f} in month {last['month']} ({last['n_patients']:,} patients left)"
        )
    return f"{what} by month, with quartiles as a band: {'; '.join(parts)}."
