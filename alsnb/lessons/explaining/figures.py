"""Draw what moves a network's predictions: a swarm of patients, or of their bins, and a heatmap."""

import numpy as np
import pandas as pd
from matplotlib import colormaps, pyplot
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable

from alsnb.report.style import QUIET_COLOUR
from alsnb.report.tables import signed

SHADES = "coolwarm"

N_STEPS = 60
"""Steps of the axis within which points are set beside each other."""


def plot_swarm(frame: pd.DataFrame) -> Axes:
    """Draw Shapley values feature by feature, colored by what was measured.

    A row per point: ``label`` (the first is on top), ``shap``, ``colour`` (0 for the lowest value,
    1 for the highest; NaN is grey), ``n_patients`` behind it, which make it larger.
    """
    labels = list(dict.fromkeys(frame["label"]))
    ax = pyplot.subplots(figsize=(6.4, 1.0 + 0.29 * max(len(labels), 1)))[1]
    step = max(np.ptp(frame["shap"].to_numpy(float)), 1e-9) / N_STEPS if len(frame) else 1.0
    shades = colormaps[SHADES]
    for place, label in enumerate(labels):
        points = frame[frame["label"] == label]
        colour = points["colour"].to_numpy(float)
        filled = shades(np.nan_to_num(colour, nan=0.5))
        filled[np.isnan(colour)] = (0.6, 0.6, 0.6, 1.0)
        size = 7 * np.sqrt(points["n_patients"].to_numpy(float))
        height = len(labels) - 1 - place + _beside(points["shap"], step)
        ax.scatter(points["shap"], height, s=size, c=filled, linewidths=0)
    ax.axvline(0, color=QUIET_COLOUR, linewidth=0.8, zorder=0)
    ax.set_yticks(range(len(labels)), labels[::-1], fontsize=8)
    ax.set_ylim(-0.6, len(labels) - 0.4)
    ax.set_xlabel("SHAP value (points per month; left: faster decline)")
    bar = ax.figure.colorbar(ScalarMappable(cmap=shades), ax=ax, shrink=0.6, aspect=30)
    bar.set_ticks([0, 1], labels=["lowest", "highest"])
    bar.set_label("Value (grey: filled in)")
    return ax


def _beside(values: pd.Series, step: float) -> np.ndarray:
    """Return how far each point is moved up or down to lie beside others of about its value."""
    cells = np.round(values.to_numpy(float) / step).astype(int)
    number = pd.Series(cells).groupby(cells).cumcount().to_numpy()
    fullest = max(number.max(initial=0), 1)
    moved = np.where(number % 2, 1, -1) * ((number + 1) // 2)
    return 0.38 * moved / max((fullest + 1) // 2, 6)


def describe_swarm(frame: pd.DataFrame) -> str:
    """Return in words how far each feature moves predictions, and which way."""
    parts = []
    for label, points in frame.groupby("label", sort=False):
        low, high = points["shap"].min(), points["shap"].max()
        parts.append(f"{label} from {signed(low, 2)} to {signed(high, 2)}{_direction(points)}")
    return f"SHAP values in points per month, by feature: {'; '.join(parts)}."


def _direction(points: pd.DataFrame) -> str:
    known = points.dropna(subset=["colour"])
    if len(known) < 3 or known["shap"].std() == 0 or known["colour"].std() == 0:
        return ""
    going = known["colour"].corr(known["shap"])
    if abs(going) < 0.3:
        return " (no clear direction)"
    return f" (high values {'slower' if going > 0 else 'faster'})"


def plot_cells(frame: pd.DataFrame) -> Axes:
    """Draw the mean absolute Shapley value of every cell of the questionnaires.

    Items and months are rows, visits columns.
    """
    ax = pyplot.subplots(figsize=(6.0, 4.2))[1]
    values = 1000 * frame.to_numpy(float)
    top = max(np.nanmax(values), 1e-9)
    image = ax.imshow(values, cmap="Blues", vmin=0, vmax=top, aspect="auto")
    for (row, column), value in np.ndenumerate(values):
        colour = "white" if value > 0.6 * top else "black"
        ax.text(column, row, f"{value:.1f}", ha="center", va="center", fontsize=7.5, color=colour)
    ax.set_xticks(range(frame.shape[1]), frame.columns, fontsize=8)
    ax.set_yticks(range(frame.shape[0]), frame.index, fontsize=8)
    ax.figure.colorbar(image, ax=ax, shrink=0.8, label="Mean |SHAP|, points per month / 1000")
    return ax


def describe_cells(frame: pd.DataFrame, what: str) -> str:
    """Return in words which visits and which items move predictions most."""
    visits, items = frame.sum(axis=0), frame.sum(axis=1).sort_values(ascending=False)
    shares = [f"{name} {value / max(visits.sum(), 1e-12):.0%}" for name, value in visits.items()]
    return (
        f"{what}: mean absolute SHAP of {frame.shape[0]} rows and {frame.shape[1]} visits. Shares "
        f"of the sum: {', '.join(shares)}. Largest rows: {', '.join(items.index[:3])}."
    )
