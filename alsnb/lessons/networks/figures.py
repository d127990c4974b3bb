"""Draw how a search went and how a network learnt."""

import pandas as pd
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from alsnb.report.diagrams import describe_network, describe_networks, plot_network, plot_networks
from alsnb.report.figures import describe_estimates, plot_differences
from alsnb.report.style import MODEL_COLOUR, PALETTE, QUIET_COLOUR
from alsnb.report.tables import signed


def plot_trace(trace: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the score of every trial of a search and the best so far."""
    ax = ax or pyplot.subplots(figsize=(6.4, 3.4))[1]
    style = {"fmt": "o", "markersize": 4, "color": QUIET_COLOUR, "elinewidth": 1}
    ax.errorbar(trace["trial"], trace["pcc"], trace["pcc_sd"], label="one trial", **style)
    ax.step(trace["trial"], trace["best"], where="post", color=MODEL_COLOUR, label="best so far")
    ax.set(xlabel="Trial", ylabel="Mean PCC of the folds\n(higher is better)")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.legend(frameon=False, loc="lower right")
    return ax


def describe_trace(trace: pd.DataFrame) -> str:
    """Return in words how many trials there were and what the best reached, and when."""
    scores = trace.dropna(subset="pcc")
    if scores.empty:
        return f"{len(trace)} trials, none with a score."
    best = scores.loc[scores["pcc"].idxmax()]
    return (
        f"{len(trace)} trials with a mean correlation from {signed(scores['pcc'].min())} to "
        f"{signed(best['pcc'])}; the best was number {int(best['trial'])}."
    )


def plot_losses(losses: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the loss of patients learnt from and of those set aside, epoch by epoch."""
    ax = ax or pyplot.subplots(figsize=(6.4, 3.4))[1]
    colours = (MODEL_COLOUR, PALETTE[1])
    for (patients, rows), colour in zip(losses.groupby("patients"), colours, strict=False):
        for _, one in rows.groupby("network"):
            ax.plot(one["epoch"], one["loss"], color=colour, alpha=0.25, linewidth=1)
        middle = rows.groupby("epoch")["loss"].mean()
        ax.plot(middle.index, middle, color=colour, label=patients)
    ax.axhline(1.0, color=QUIET_COLOUR, linestyle=":", linewidth=1)
    ax.set(xlabel="Epoch", ylabel="Squared error\n(1: predicting the mean)")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.legend(frameon=False)
    return ax


def describe_losses(losses: pd.DataFrame) -> str:
    """Return in words where both losses begin and end, and where each is lowest."""
    parts = []
    for patients, rows in losses.groupby("patients"):
        middle = rows.groupby("epoch")["loss"].mean()
        parts.append(
            f"{patients}: {middle.iloc[0]:.2f} after epoch 1, lowest {middle.min():.2f} after "
            f"epoch {middle.idxmin()}, {middle.iloc[-1]:.2f} after epoch {middle.index[-1]}"
        )
    return f"Squared error, mean of {losses['network'].nunique()} networks. {'. '.join(parts)}."
