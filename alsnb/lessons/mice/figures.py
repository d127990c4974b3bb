"""Draw what networks called mice, and how right they are on strains dealt by chance."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib import pyplot
from matplotlib.figure import Figure

from alsnb.lessons.mice.fits import PERMUTATION
from alsnb.lessons.mice.study import TITLES
from alsnb.report.figures import write_remark
from alsnb.report.style import MODEL_COLOUR, OBSERVED_COLOUR, PALETTE
from alsnb.schema import ESTIMATE, MODEL

NONE = "Nothing is drawn: the mice are not here."


def plot_permuted(permuted: pd.DataFrame, judged: pd.DataFrame, chance: float) -> Figure:
    """Draw the accuracies on permuted strains, and the one on the true strains as a diamond."""
    if judged.empty:
        return _remark()
    figure, ax = pyplot.subplots(figsize=(7.0, 1.0 + 0.55 * len(judged)))
    for place, row in enumerate(judged.to_dict("records")):
        height = len(judged) - 1 - place
        values = permuted.loc[permuted[MODEL] == row[MODEL], ESTIMATE].sort_values()
        # equal accuracies stand above each other
        lift = values.groupby(values).cumcount() / max(values.value_counts().max(), 1)
        ax.plot(values, height - 0.3 + 0.6 * lift, ".", color=MODEL_COLOUR, markersize=3)
        ax.plot(row[ESTIMATE], height, "D", color=PALETTE[1], markersize=6)
    ax.axvline(chance, color=OBSERVED_COLOUR, linewidth=1, linestyle="--")
    ax.set_yticks(range(len(judged))[::-1], [TITLES[model] for model in judged[MODEL]])
    ax.set(xlabel="Share of mice whose strain was called rightly", xlim=(0, 1.03))
    return figure


def describe_permuted(permuted: pd.DataFrame, judged: pd.DataFrame, chance: float) -> str:
    """Return the figure in words."""
    if judged.empty:
        return NONE
    n = permuted[PERMUTATION].nunique()
    rows = [
        f"{TITLES[row[MODEL]]}: {row[ESTIMATE]:.3f} on the true strains, on permuted ones "
        f"{row['low']:.3f} to {row['high']:.3f}"
        for row in judged.to_dict("records")
    ]
    return f"Accuracy on true strains and on {n} permutations; chance is {chance:.3f}. " + (
        f"{'; '.join(rows)}."
    )


def plot_confusions(matrices: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw which strain was called which, rows observed, columns called."""
    if not matrices:
        return _remark()
    figure, axes = pyplot.subplots(1, len(matrices), figsize=(2.2 * len(matrices) + 0.6, 2.9))
    for ax, (model, matrix) in zip(np.atleast_1d(axes), matrices.items(), strict=True):
        counts = matrix.to_numpy(float)
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        ax.imshow(shares, cmap="Blues", vmin=0, vmax=1)
        for row, column in np.ndindex(*counts.shape):
            colour = "white" if shares[row, column] > 0.6 else "black"
            ax.text(
                column, row, f"{counts[row, column]:.0f}", ha="center", va="center", color=colour
            )
        ax.set_xticks(range(len(matrix)), matrix.columns, fontsize=7, rotation=45)
        first = ax is np.atleast_1d(axes)[0]
        ax.set_yticks(range(len(matrix)), matrix.index if first else [], fontsize=7)
        ax.set_title(TITLES[model].removesuffix(" network"))
    return figure


def describe_confusions(matrices: Mapping[str, pd.DataFrame]) -> str:
    """Return the matrices in words."""
    if not matrices:
        return NONE
    parts = []
    for model, matrix in matrices.items():
        rows = [
            f"{name}: " + ", ".join(f"{n:.0f} called {called}" for called, n in row.items() if n)
            for name, row in matrix.iterrows()
        ]
        parts.append(f"{TITLES[model]}: {'; '.join(rows)}")
    return f"Strains as called. {'. '.join(parts)}."


def _remark() -> Figure:
    figure, ax = pyplot.subplots(figsize=(6.4, 1.2))
    write_remark(ax, NONE)
    return figure
