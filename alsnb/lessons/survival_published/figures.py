"""Draw survival: curves with numbers at risk, and deaths by slope, never a single patient."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from alsnb.lessons.survival_published.study import FAST, SLOW
from alsnb.report.style import OBSERVED_COLOUR, PALETTE, QUIET_COLOUR
from alsnb.report.tables import signed
from alsnb.schema import ESTIMATE, HIGH, LOW, SLOPE_UNIT

COLOURS = {FAST: PALETTE[1], SLOW: PALETTE[0]}
LINES = {FAST: "--", SLOW: "-"}

EVERY_MONTHS = 6
"""Months between two numbers at risk."""


def _plot_slope_and_death(cells: pd.DataFrame, averages: pd.DataFrame, ax: Axes) -> None:
    """Draw how many died when, by their slope, with the mean time in groups of equal size."""
    most = cells["n_patients"].max() if len(cells) else 1
    for row in cells.itertuples():
        corner, shade = (row.slope, row.months), 0.12 + 0.55 * row.n_patients / most
        style = {"facecolor": PALETTE[0], "alpha": shade, "linewidth": 0}
        ax.add_patch(pyplot.Rectangle(corner, row.width, row.height, **style))
    slope, middle, low, high = averages[["slope", ESTIMATE, LOW, HIGH]].to_numpy(float).T
    style = {"color": OBSERVED_COLOUR, "markersize": 5, "linewidth": 1, "capsize": 3}
    ax.errorbar(slope, middle, yerr=np.stack([middle - low, high - middle]), fmt="o-", **style)
    ax.autoscale_view()
    ax.set(xlabel=f"Observed slope ({SLOPE_UNIT})", ylabel="Months to death")
    if averages.empty:
        ax.text(0.5, 0.5, "too few deaths to be drawn", ha="center", transform=ax.transAxes)


def _describe_slope_and_death(cells: pd.DataFrame, averages: pd.DataFrame) -> str:
    """Return in words how the time to death goes with the slope."""
    if averages.empty:
        return "Slope against time to death: too few deaths to be drawn."
    first, last = averages.iloc[0], averages.iloc[-1]
    return (
        f"Months to death against observed slope of {int(averages['n_patients'].sum()):,} dead. "
        f"Mean of the fastest group (slope {signed(first['slope'], 2)}): {_months(first)}; of the "
        f"slowest ({signed(last['slope'], 2)}): {_months(last)}. {len(cells)} shaded cells hold "
        f"five patients or more; the others are not shown."
    )


def _months(row: pd.Series) -> str:
    return f"{row[ESTIMATE]:.1f} months ({row[LOW]:.1f} to {row[HIGH]:.1f})"


def _plot_survival(curves: pd.DataFrame, ax: Axes, *, title: str, end: float) -> None:
    """Draw survival curves with bands until a month, and the numbers at risk below."""
    ticks = np.arange(0, end + EVERY_MONTHS / 2, EVERY_MONTHS)
    ax.axvspan(0, 12, color="#f3f0ec", zorder=0)
    ax.text(6, 0.04, "seen later,\nso alive", ha="center", fontsize=8, color=QUIET_COLOUR)
    for place, group in enumerate(COLOURS):
        rows = curves[curves["group"] == group]
        colour, size = COLOURS[group], rows["at_risk"].max() if len(rows) else 0
        label = f"{group} ({size:,.0f})" if len(rows) else f"{group} (fewer than five)"
        months, alive, low, high = rows[["months", "survival", LOW, HIGH]].to_numpy(float).T
        style = {"color": colour, "linewidth": 1.6, "label": label}
        ax.step(months, alive, LINES[group], where="post", **style)
        style = {"color": colour, "linewidth": 0, "alpha": 0.15}
        ax.fill_between(months, low, high, step="post", **style)
        _write_at_risk(ax, rows, ticks, y=-0.335 - 0.085 * place, colour=colour)
    ax.text(
        -0.02, -0.25, "Alive and followed beyond that month:", fontsize=8, transform=ax.transAxes
    )
    ax.set(ylim=(0, 1.03), xlim=(0, end), ylabel="Share alive", xticks=ticks)
    ax.set_xlabel("Months since the first questionnaire", labelpad=2)
    ax.set_title(title, loc="left", fontsize=9)
    ax.legend(frameon=False, fontsize=8, loc="lower left", bbox_to_anchor=(0.0, 0.14))


def _write_at_risk(
    ax: Axes, rows: pd.DataFrame, ticks: np.ndarray, *, y: float, colour: str
) -> None:
    """Write the numbers at risk of a group in its color, where its curve has a point."""
    for month in ticks:
        at = rows[np.isclose(rows["months"].astype(float), month)]
        text = f"{at['at_risk'].iloc[0]:,.0f}" if len(at) else "\N{EN DASH}"
        style = {"ha": "center", "fontsize": 8, "color": colour}
        ax.text(month, y, text, transform=ax.get_xaxis_transform(), **style)


def plot_panels(curves: pd.DataFrame, titles: Sequence[str], *, n_above: int = 0) -> Figure:
    """Draw survival curves one below the other, a panel for each title, below ``n_above`` others.

    The frame has ``panel``, ``group``, ``months``, ``survival``, ``low``, ``high`` and
    ``at_risk``.
    """
    n_rows = n_above + len(titles)
    figure, axes = pyplot.subplots(n_rows, 1, figsize=(6.0, 3.7 * n_rows), squeeze=False)
    # one axis for all panels, so that they can be compared by eye
    end = max(24.0, curves["months"].max() if len(curves) else 0.0)
    for ax, title in zip(axes[n_above:, 0], titles, strict=True):
        _plot_survival(curves[curves["panel"] == title], ax, title=title, end=end)
    return figure


def plot_figure_5(
    cells: pd.DataFrame, averages: pd.DataFrame, curves: pd.DataFrame, titles: Sequence[str]
) -> Figure:
    """Draw the figure of the paper: slope and time to death, then the survival curves.

    Cells have ``slope``, ``months`` (lower bounds), ``width``, ``height`` and ``n_patients``,
    averages ``slope``, ``estimate``, ``low`` and ``high`` (months).
    """
    figure = plot_panels(curves, titles, n_above=1)
    _plot_slope_and_death(cells, averages, figure.axes[0])
    return figure


def describe_figure_5(
    cells: pd.DataFrame, averages: pd.DataFrame, curves: pd.DataFrame, titles: Sequence[str]
) -> str:
    """Return in words what the figure of the paper shows."""
    return f"{_describe_slope_and_death(cells, averages)} {describe_panels(curves, titles)}"


def describe_panels(curves: pd.DataFrame, titles: Sequence[str]) -> str:
    """Return in words what survival curves show, panel by panel."""
    parts = []
    for title in titles:
        rows = curves[curves["panel"] == title]
        ends = [_end(group, rows[rows["group"] == group]) for group in COLOURS]
        parts.append(f"{title}: {', '.join(ends)}")
    return f"Kaplan-Meier curves. {'. '.join(parts)}."


def _end(group: str, rows: pd.DataFrame) -> str:
    if rows.empty:
        return f"{group} with fewer than five patients, not drawn"
    near = rows[rows["months"] <= 18.01].iloc[-1]
    return (
        f"{group} with {near['survival']:.0%} alive at month {near['months']:.0f} "
        f"({near[LOW]:.0%} to {near[HIGH]:.0%})"
    )
