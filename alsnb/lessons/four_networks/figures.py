"""Draw accuracies over divisions, and confusion matrices."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib import pyplot
from matplotlib.figure import Figure

from alsnb.lessons.four_networks.study import TITLES
from alsnb.report.style import MODEL_COLOUR, OBSERVED_COLOUR, PALETTE
from alsnb.schema import ESTIMATE, MODEL

PUBLISHED_COLOUR = PALETTE[1]


def plot_spread(spread: pd.DataFrame, described: pd.DataFrame) -> Figure:
    """Draw the accuracy of each model in each division, and the published one as a diamond."""
    models = list(described[MODEL])
    figure, ax = pyplot.subplots(figsize=(7.0, 0.9 + 0.42 * len(models)))
    for place, row in enumerate(described.to_dict("records")):
        height = len(models) - 1 - place
        values = spread.loc[spread[MODEL] == row[MODEL], ESTIMATE].sort_values()
        # equal accuracies stand above each other
        lift = values.groupby(values).cumcount() / max(values.value_counts().max(), 1)
        ax.plot(values, height - 0.25 + 0.5 * lift, ".", color=MODEL_COLOUR, markersize=3)
        ax.vlines(row[ESTIMATE], height - 0.35, height + 0.35, color=OBSERVED_COLOUR)
        if np.isfinite(row["published"]):
            ax.plot(row["published"], height, "D", color=PUBLISHED_COLOUR, markersize=6)
    ax.set_yticks(range(len(models))[::-1], [TITLES[model] for model in models])
    ax.set(xlabel="Accuracy on the patients held out", xlim=(0, 1))
    ax.grid(axis="x", color="#e0e0e0", linewidth=0.6)
    return figure


def describe_spread(described: pd.DataFrame) -> str:
    """Return the figure in words."""
    rows = [
        f"{TITLES[row[MODEL]]}: mean {row[ESTIMATE]:.3f}, 95 % of the divisions between "
        f"{row['low']:.3f} and {row['high']:.3f}"
        + (f", published {row['published']:.3f}" if np.isfinite(row["published"]) else "")
        for row in described.to_dict("records")
    ]
    return f"Accuracy over random divisions, by model. {'; '.join(rows)}."


def plot_confusions(matrices: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw confusion matrices side by side; rows observed, columns called, shares of a row."""
    figure, axes = pyplot.subplots(1, len(matrices), figsize=(2.3 * len(matrices) + 0.8, 2.9))
    for ax, (model, matrix) in zip(np.atleast_1d(axes), matrices.items(), strict=True):
        sums = np.maximum(matrix.sum(axis=1).to_numpy()[:, None], 1)
        shares = matrix.fillna(0).to_numpy(float) / sums
        ax.imshow(shares, cmap="Blues", vmin=0, vmax=1)
        for row, column in np.ndindex(*matrix.shape):
            colour = "white" if shares[row, column] > 0.6 else "black"
            count = _spelt(matrix.iloc[row, column])
            ax.text(column, row, count, ha="center", va="center", color=colour)
        ax.set_xticks(range(len(matrix)), matrix.columns)
        ax.set_yticks(range(len(matrix)), matrix.index if ax is np.atleast_1d(axes)[0] else [])
        ax.set(title=TITLES[model].removesuffix(" network"), xlabel="called")
    np.atleast_1d(axes)[0].set_ylabel("observed")
    return figure


def describe_confusions(matrices: Mapping[str, pd.DataFrame]) -> str:
    """Return the matrices in words."""
    parts = []
    for model, matrix in matrices.items():
        rows = [
            f"observed {name}: "
            + ", ".join(f"{_spelt(matrix.loc[name, called])} called {called}" for called in matrix)
            for name in matrix.index
        ]
        parts.append(f"{TITLES[model]}: {'; '.join(rows)}")
    return f"Confusion matrices. {'. '.join(parts)}."


def _spelt(count: float) -> str:
    return "withheld" if pd.isna(count) else f"{count:.0f}"
