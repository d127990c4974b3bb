"""Draw how networks flatter themselves, how reliable models are, and the honest task."""

import numpy as np
import pandas as pd
from matplotlib import pyplot
from matplotlib.figure import Figure

from alsnb.evaluation.calls import CLASS
from alsnb.evaluation.optimism import KNOWN, NEW
from alsnb.fits.fusion import LEARNT
from alsnb.lessons.fusion.study import JUDGED, PLOTTED, TITLES
from alsnb.report.figures import write_remark
from alsnb.report.style import PALETTE, QUIET_COLOUR
from alsnb.schema import HIGH, LOW, METRIC, MODEL, OBSERVED, PREDICTED

SIMULATED = "people drawn by a simulation"

DRAWN = ("dead_classifier", "known_classifier", "discrete", "cox")
"""Models of the honest task whose calibration is drawn."""


def plot_optimism(optimism: pd.DataFrame, metric: str = "rps") -> Figure:
    """Draw each network's score on patients it knows, out of fold, and on patients held out."""
    rows = optimism[optimism[METRIC] == metric]
    models = list(rows[MODEL].unique())
    figure, ax = pyplot.subplots(figsize=(7.0, 1.1 + 0.42 * len(models)))
    for place, model in enumerate(models):
        height = len(models) - 1 - place
        for row in rows[rows[MODEL] == model].to_dict("records"):
            in_sample = row["whom"] == LEARNT
            colour, mark = (PALETTE[1], "o") if in_sample else (PALETTE[2], "s")
            label = "patients it has learnt from" if in_sample else "out of fold"
            ax.plot([row[KNOWN], row[NEW]], [height] * 2, color=QUIET_COLOUR, linewidth=1)
            ax.plot(row[KNOWN], height, mark, color=colour, label=label)
            ax.plot(row[NEW], height, "D", color=PALETTE[0], label="held out")
    handles = dict(zip(*ax.get_legend_handles_labels()[::-1], strict=True))
    figure.legend(handles.values(), handles, frameon=False, loc="outside lower center", ncol=3)
    ax.set_yticks(range(len(models))[::-1], [TITLES[model] for model in models])
    ax.set(xlabel="Ranked probability score (lower is better)")
    ax.set_xlim(left=0)
    return figure


def describe_optimism(optimism: pd.DataFrame, metric: str = "rps") -> str:
    """Return the figure in words."""
    rows = optimism[optimism[METRIC] == metric].to_dict("records")
    parts = [
        f"{TITLES[row[MODEL]]}, {'in sample' if row['whom'] == LEARNT else 'out of fold'}: "
        f"{row[KNOWN]:.3f}, held out {row[NEW]:.3f}"
        for row in rows
    ]
    return f"Ranked probability scores, lower is better. {'; '.join(parts)}."


def plot_reliability(bins: pd.DataFrame) -> Figure:
    """Draw observed shares against predicted ones, a panel per class, a line per model."""
    classes = list(dict.fromkeys(bins[CLASS]))
    size = (2.9 * len(classes) + 0.6, 3.6)
    figure, axes = pyplot.subplots(1, len(classes), figsize=size, sharey=True, squeeze=False)
    for ax, name in zip(axes[0], classes, strict=True):
        ax.plot([0, 1], [0, 1], color=QUIET_COLOUR, linewidth=1)
        for number, model in enumerate(PLOTTED):
            rows = bins[(bins[CLASS] == name) & (bins[MODEL] == model)].dropna(subset=[OBSERVED])
            if rows.empty:
                continue
            errors = np.maximum([rows[OBSERVED] - rows[LOW], rows[HIGH] - rows[OBSERVED]], 0)
            style = {"color": PALETTE[number], "marker": "os^D"[number], "markersize": 4}
            ax.errorbar(
                rows[PREDICTED], rows[OBSERVED], errors, linewidth=1, label=TITLES[model], **style
            )
        ax.set(xlabel="predicted", xlim=(0, 1), ylim=(0, 1))
        ax.set_title(str(name).capitalize(), loc="left")
    axes[0, 0].set_ylabel("observed")
    handles = dict(zip(*axes[0, 0].get_legend_handles_labels()[::-1], strict=True))
    figure.legend(handles.values(), handles, frameon=False, loc="outside lower center", ncol=2)
    return figure


def describe_reliability(bins: pd.DataFrame) -> str:
    """Return the figure in words."""
    parts = []
    for (model, name), rows in bins.groupby([MODEL, CLASS], sort=False):
        known = rows.dropna(subset=[OBSERVED])
        if known.empty:
            continue
        low, high = known.iloc[0], known.iloc[-1]
        parts.append(
            f"{TITLES[model]}, {name}: {low[OBSERVED]:.2f} observed where {low[PREDICTED]:.2f} was "
            f"predicted, and {high[OBSERVED]:.2f} where {high[PREDICTED]:.2f} was"
        )
    return f"Observed against predicted shares of the classes, in bins. {'; '.join(parts)}."


def plot_honest(curves: pd.DataFrame, months: float, *, stamp: bool) -> Figure:
    """Draw the true chance of dying by a month after the scan against the predicted one.

    ``stamp`` writes that these are no patients, where the page itself does not.
    """
    figure, ax = pyplot.subplots(figsize=(5.6, 4.6))
    if curves.empty:
        write_remark(ax, "nothing to draw")
        return figure
    ax.plot([0, 1], [0, 1], color=QUIET_COLOUR, linewidth=1, label="as predicted")
    for number, model in enumerate(DRAWN):
        rows = curves[curves[MODEL] == model]
        mark = "os^D"[number] + "-"
        ax.plot(
            rows[PREDICTED],
            rows["true"],
            mark,
            color=PALETTE[number],
            markersize=4,
            label=JUDGED[model],
        )
    ax.set(
        xlabel=f"Predicted chance of dying within {months:g} months of the scan",
        ylabel="True chance",
        xlim=(0, 1),
        ylim=(0, 1),
    )
    ax.legend(frameon=False, fontsize=8)
    if stamp:
        style = {"ha": "right", "va": "top", "fontsize": 8, "color": "#b30000"}
        figure.text(0.995, 0.995, SIMULATED, **style)
    return figure


def describe_honest(curves: pd.DataFrame, months: float) -> str:
    """Return the figure in words."""
    parts = []
    for model in DRAWN:
        rows = curves[curves[MODEL] == model]
        if rows.empty:
            continue
        low, high = rows.iloc[0], rows.iloc[-1]
        parts.append(
            f"{JUDGED[model]}: {low[PREDICTED]:.2f} predicted and {low['true']:.2f} true in the "
            f"lowest bin, {high[PREDICTED]:.2f} and {high['true']:.2f} in the highest"
        )
    return f"True against predicted chance of dying within {months:g} months. {'; '.join(parts)}."
