"""The figures of the chapter: learners on their way to the oracle, and models among real people."""

import pandas as pd
from matplotlib import pyplot
from matplotlib.figure import Figure

from alsnb.evaluation.crossval import N_TRAINING
from alsnb.lessons.worlds.tables import LEARNERS, TITLES
from alsnb.report.figures import write_remark
from alsnb.report.style import OBSERVED_COLOUR, PALETTE
from alsnb.report.tables import signed
from alsnb.schema import ESTIMATE, HIGH, LOW, MODEL
from alsnb.vocabulary import ORACLE


def plot_attainable(scores: pd.DataFrame) -> Figure:
    """Draw R² of learners against the patients they learn from, a panel per world."""
    worlds = list(scores["world"].unique())
    figure, axes = pyplot.subplots(
        1, len(worlds), figsize=(2.2 * len(worlds), 3.0), sharey=True, squeeze=False
    )
    for world, ax in zip(worlds, axes[0], strict=True):
        own = scores[scores["world"] == world]
        oracle = own[own[MODEL] == ORACLE].iloc[0]
        ax.axhline(oracle[ESTIMATE], color=OBSERVED_COLOUR, linestyle="--", label="Oracle")
        ax.axhspan(oracle[LOW], oracle[HIGH], color=OBSERVED_COLOUR, alpha=0.12, linewidth=0)
        names = [name for name in own[MODEL].unique() if name != ORACLE]
        for number, name in enumerate(names):
            line = own[own[MODEL] == name].sort_values(N_TRAINING)
            style = {"color": PALETTE[number], "marker": "osD^"[number % 4], "markersize": 4}
            ax.plot(line[N_TRAINING], line[ESTIMATE], label=LEARNERS[name], **style)
        ax.set(title=TITLES[world], xscale="log", xlabel="Patients learnt from")
        ax.title.set_size(8)
    axes[0, 0].set_ylabel("R² (higher is better)")
    axes[0, -1].legend(fontsize=6)
    figure.tight_layout()
    return figure


def describe_attainable(scores: pd.DataFrame) -> str:
    """Return what the figure of learners shows, in words."""
    said = []
    for world, own in scores.groupby("world", sort=False):
        oracle = own.loc[own[MODEL] == ORACLE, ESTIMATE].iloc[0]
        rows = own[own[MODEL] != ORACLE].groupby(N_TRAINING)[ESTIMATE].max()
        steps = ", ".join(f"{signed(value, 2)} from {size:,}" for size, value in rows.items())
        said.append(f"{TITLES[world]}: best learner {steps} patients; oracle {signed(oracle, 2)}")
    return "R² of learners by the number of patients. " + ". ".join(said) + "."


def plot_recalibrated(recalibrated: pd.DataFrame) -> Figure:
    """Draw R² on real test patients against the real patients that correct a model."""
    figure, ax = pyplot.subplots(figsize=(6.4, 3.4))
    if recalibrated.empty:
        write_remark(ax, "Nothing is drawn: the table of real patients is not here.")
        return figure
    for number, (name, line) in enumerate(recalibrated.groupby("learnt_from", sort=False)):
        shift = 1 + 0.03 * (number - 2)
        x, errors = (
            line[N_TRAINING] * shift,
            (line[ESTIMATE] - line[LOW], line[HIGH] - line[ESTIMATE]),
        )
        style = {"color": PALETTE[number % len(PALETTE)], "marker": "osD^v"[number % 5]}
        ax.errorbar(x, line[ESTIMATE], errors, label=TITLES[name], markersize=4, **style)
    ax.axhline(0, color="#888888", linewidth=0.7)
    ax.set(
        xscale="log",
        xlabel="Real patients used",
        ylabel="R² on real test patients",
        ylim=(-0.4, 0.4),
    )
    ax.legend(fontsize=7, title="Learnt from", title_fontsize=7)
    figure.tight_layout()
    return figure


def describe_recalibrated(recalibrated: pd.DataFrame) -> str:
    """Return what the figure of recalibrations shows, in words."""
    if recalibrated.empty:
        return "Nothing is drawn, for the table of real patients is not here."
    said = []
    for name, line in recalibrated.groupby("learnt_from", sort=False):
        cells = [f"{signed(row.estimate, 2)} with {row.n_training}" for row in line.itertuples()]
        said.append(f"{TITLES[name]}: {', '.join(cells)}")
    return "R² on real test patients by the real patients used. " + "; ".join(said) + "."
