"""Draw gains over divisions, power, learning curves, and what choices make of a gain."""

import numpy as np
import pandas as pd
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from alsnb.lessons.thirty_two.study import (
    ERROR,
    LEARNERS,
    N_HELD_OUT,
    SIZE,
    TEST,
    TESTS,
    TITLES,
    WORLD,
    published_gain,
)
from alsnb.report.style import OBSERVED_COLOUR, PALETTE, QUIET_COLOUR
from alsnb.schema import ESTIMATE, HIGH, LOW, MODEL

PUBLISHED_COLOUR = PALETTE[1]
TEST_TITLES = {
    "mcnemar": "McNemar's exact test",
    "interval": "Paired interval",
    "permutation": "Permutation test",
}
WORLD_TITLES = {"none": "MRI adds nothing", "small": "MRI adds a little", "large": "MRI adds much"}
PATHS = {"usual": "usual path", "best": "best path", "best_on_fresh": "best path,\nfresh patients"}


def plot_gains(gains: pd.DataFrame) -> Figure:
    """Draw the gain of accuracy in every division, by learner, with the published one marked."""
    figure, axes = pyplot.subplots(len(LEARNERS), 1, figsize=(6.4, 4.2), sharex=True)
    values = gains[ESTIMATE]
    most = max(values.abs().max(), published_gain()) + 1 / N_HELD_OUT
    # a bar for every number of patients
    edges = np.arange(-np.ceil(most * N_HELD_OUT) - 0.5, np.ceil(most * N_HELD_OUT) + 1)
    for ax, learner in zip(axes, LEARNERS, strict=True):
        own = gains.loc[gains["learner"] == learner, ESTIMATE]
        ax.hist(own, edges / N_HELD_OUT, color=PALETTE[0], alpha=0.8)
        ax.axvline(0, color=QUIET_COLOUR, linewidth=1)
        ax.axvline(own.mean(), color=OBSERVED_COLOUR, linewidth=1.5, label="mean")
        label = "published"
        ax.axvline(published_gain(), color=PUBLISHED_COLOUR, linewidth=2, label=label)
        ax.set_title(learner.capitalize(), loc="left")
        ax.yaxis.set_major_locator(MaxNLocator(integer=True))
        ax.set_ylabel("Divisions")
    axes[0].legend(frameon=False)
    axes[-1].set_xlabel("Accuracy with MRI less accuracy without")
    return figure


def describe_gains(gains: pd.DataFrame) -> str:
    """Return the figure in words."""
    rows = [
        f"{learner}: mean {own.mean():+.3f}, from {own.min():+.3f} to {own.max():+.3f} in "
        f"{len(own)} divisions"
        for learner, own in gains.groupby("learner")[ESTIMATE]
    ]
    return (
        "Histograms of the gain of accuracy by MRI over random divisions. "
        f"{'; '.join(rows)}. The published gain is {published_gain():+.3f}."
    )


def plot_power(claims: pd.DataFrame) -> Figure:
    """Draw how often each test claims that MRI helps, by patients, a panel per world."""
    worlds = list(dict.fromkeys(claims[WORLD]))
    figure, axes = _panels(len(worlds))
    for ax, world in zip(axes, worlds, strict=True):
        for number, test in enumerate(TESTS):
            own = claims[(claims[WORLD] == world) & (claims[TEST] == test)].sort_values(SIZE)
            _draw_line(ax, own, SIZE, PALETTE[number], TEST_TITLES[test])
        ax.axhline(0.05, color=QUIET_COLOUR, linestyle=":", linewidth=1)
        ax.axhline(0.8, color=QUIET_COLOUR, linestyle="--", linewidth=1)
        ax.set_title(WORLD_TITLES[world], loc="left")
        ax.set(xlabel="Patients of the study", ylim=(-0.02, 1.02))
        _scale_of_sizes(ax, claims[SIZE])
    axes[0].set_ylabel("Share of simulated studies\nthat claim a gain")
    axes[-1].legend(frameon=False, fontsize=8, loc="upper left")
    return figure


def describe_power(claims: pd.DataFrame) -> str:
    """Return the figure in words: the smallest and the largest size of each line."""
    rows = []
    for (world, test), own in claims.groupby([WORLD, TEST], sort=False):
        ends = own.sort_values(SIZE).iloc[[0, -1]].to_dict("records")
        told = " and ".join(f"{end[ESTIMATE]:.0%} with {end[SIZE]:,} patients" for end in ends)
        rows.append(f"{WORLD_TITLES[world]}, {TEST_TITLES[test]}: {told}")
    return f"Share of simulated studies that claim a gain. {'; '.join(rows)}."


def plot_learning(learning: pd.DataFrame) -> Figure:
    """Draw the score on fresh patients by patients learnt from, a panel per world."""
    worlds = list(dict.fromkeys(learning[WORLD]))
    figure, axes = _panels(len(worlds))
    models = [model for model in TITLES if model in set(learning[MODEL])]
    for ax, world in zip(axes, worlds, strict=True):
        for number, model in enumerate(models):
            chosen = (learning[WORLD] == world) & (learning[MODEL] == model)
            own = learning[chosen].sort_values(SIZE)
            if "oracle" in model:
                style = {"color": OBSERVED_COLOUR, "linewidth": 1}
                dashes = ":" if model.endswith("clinical") else "--"
                ax.plot(own[SIZE], own[ESTIMATE], dashes, label=TITLES[model], **style)
            else:
                _draw_line(ax, own, SIZE, PALETTE[number], TITLES[model])
        ax.set_title(WORLD_TITLES[world], loc="left")
        ax.set_xlabel("Patients learnt from")
        _scale_of_sizes(ax, learning[SIZE])
    axes[0].set_ylabel("Ranked probability score,\nsimulated patients")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2, frameon=False, fontsize=8)
    return figure


def describe_learning(learning: pd.DataFrame) -> str:
    """Return the figure in words: the ends of each curve."""
    rows = []
    for (world, model), own in learning.groupby([WORLD, MODEL], sort=False):
        first, last = own.sort_values(SIZE).iloc[[0, -1]].to_dict("records")
        rows.append(
            f"{WORLD_TITLES[world]}, {TITLES[model]}: {first[ESTIMATE]:.3f} from "
            f"{first[SIZE]:,} patients, {last[ESTIMATE]:.3f} from {last[SIZE]:,}"
        )
    return f"Ranked probability score on fresh patients, lower is better. {'; '.join(rows)}."


def plot_errors(errors: pd.DataFrame) -> Figure:
    """Draw what MRI adds on fresh patients by the measurement error of a scan."""
    figure, ax = pyplot.subplots(figsize=(6.4, 3.4))
    for number, (world, own) in enumerate(errors.groupby(WORLD, sort=False)):
        _draw_line(ax, own, ERROR, PALETTE[number], WORLD_TITLES[world])
    ax.axhline(0, color=QUIET_COLOUR, linewidth=1)
    ax.set(
        xlabel="Measurement error of simulated scans, relative to one scan",
        ylabel="Ranked probability score\nsaved by MRI",
    )
    ax.legend(frameon=False)
    return figure


def describe_errors(errors: pd.DataFrame) -> str:
    """Return the figure in words."""
    rows = [
        f"{WORLD_TITLES[row[WORLD]]}, error {row[ERROR]:g}: {row[ESTIMATE]:+.4f}"
        for row in errors.to_dict("records")
    ]
    return f"Ranked probability score saved by MRI, above zero is better. {'; '.join(rows)}."


def plot_paths(compared: pd.DataFrame) -> Figure:
    """Draw of every study the gain on the usual path, on the best, and what that is worth."""
    figure, ax = pyplot.subplots(figsize=(6.4, 3.8))
    places = range(len(PATHS))
    for row in compared[list(PATHS)].to_numpy():
        ax.plot(places, row, "-o", color=PALETTE[0], alpha=0.35, markersize=4, linewidth=0.8)
    ax.plot(places, compared[list(PATHS)].mean(), "_", color=OBSERVED_COLOUR, markersize=40)
    ax.axhline(0, color=QUIET_COLOUR, linewidth=1)
    ax.axhline(published_gain(), color=PUBLISHED_COLOUR, linewidth=1.5)
    ax.text(0, published_gain(), "published", color=PUBLISHED_COLOUR, va="bottom", ha="center")
    ax.set_xticks(places, PATHS.values())
    ax.set_xlim(-0.35, len(PATHS) - 0.65)
    ax.set_ylabel("Accuracy with MRI less without,\nsimulated studies")
    return figure


def describe_paths(compared: pd.DataFrame) -> str:
    """Return the figure in words."""
    means = compared[list(PATHS)].mean()
    told = [f"{PATHS[name].replace(chr(10), ' ')} {mean:+.3f}" for name, mean in means.items()]
    return (
        f"Gain of accuracy by MRI in {len(compared)} simulated studies, mean over them: "
        f"{', '.join(told)}. The published gain is {published_gain():+.3f}."
    )


def _panels(n: int) -> tuple[Figure, np.ndarray]:
    figure, axes = pyplot.subplots(1, n, figsize=(2.6 * n + 0.6, 3.6), sharey=True)
    return figure, np.atleast_1d(axes)


def _draw_line(ax: Axes, own: pd.DataFrame, at: str, colour: str, label: str) -> None:
    ax.plot(own[at], own[ESTIMATE], "-o", color=colour, markersize=3.5, label=label)
    ax.fill_between(own[at], own[LOW], own[HIGH], color=colour, alpha=0.15, linewidth=0)


def _scale_of_sizes(ax: Axes, sizes: pd.Series) -> None:
    ax.set_xscale("log")
    ticks = sorted(set(sizes))
    ax.set_xticks(ticks, [f"{size:,}" for size in ticks], rotation=45)
    ax.minorticks_off()
