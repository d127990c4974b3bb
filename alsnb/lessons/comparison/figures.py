"""Draw and word the comparison of models: Table 2, pairs, seeds, splits and the ceiling."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib import pyplot
from matplotlib.axes import Axes

from alsnb.report.figures import describe_estimates, plot_differences
from alsnb.report.scores import METRIC_TITLES, label_rows
from alsnb.report.style import MODEL_COLOUR, OBSERVED_COLOUR, PALETTE, QUIET_COLOUR
from alsnb.report.tables import interval, signed
from alsnb.schema import ESTIMATE, HIGH, LOW, METRIC, MODEL


def tabulate_explained(explained: pd.DataFrame, titles: Mapping[str, str]) -> pd.DataFrame:
    """Return printed and own numbers with what they imply: a row per model and quantity."""
    names = {"rmsd": "RMSD", "pcc": "PCC", "explained": "PCC squared", "sd": "Implied SD"}
    rows = [
        {
            "Model": titles[row[MODEL]],
            "Printed for patients": row["patients"],
            "Quantity": title,
            "Printed": signed(row[key]),
            "Here": signed(row[f"{key}_here"]),
            "Difference": signed(row[f"{key}_difference"]),
        }
        for row in explained.to_dict("records")
        for key, title in names.items()
    ]
    return pd.DataFrame(rows)


def tabulate_pairs(gaps: pd.DataFrame, titles: Mapping[str, str]) -> pd.DataFrame:
    """Return paired differences in words: a row per pair, and p-values of the first metric."""
    rows = []
    for (reference, model), cells in gaps.groupby(["reference", MODEL], sort=False):
        row = {"Model": titles[model], "minus": titles[reference]}
        for cell in cells.to_dict("records"):
            row[METRIC_TITLES[cell[METRIC]]] = interval(cell[ESTIMATE], cell[LOW], cell[HIGH])
        first = cells.iloc[0]
        row[f"p (Holm), {METRIC_TITLES[first[METRIC]]}"] = _p_value(first["p_holm"])
        rows.append(row)
    return pd.DataFrame(rows)


def _p_value(p: float) -> str:
    return f"{p:.3f}" if p >= 0.001 else "< 0.001"


def tabulate_repeated(gaps: pd.DataFrame, titles: Mapping[str, str]) -> pd.DataFrame:
    """Return differences over repeats with both kinds of interval: a row per model and metric."""
    columns = ["fold_mean", "corrected_low", "corrected_high"]
    return pd.DataFrame(
        {
            "Model": gaps[MODEL].map(dict(titles)),
            "Metric": gaps[METRIC].map(METRIC_TITLES),
            "All patients, interval over patients": _intervals(gaps[[ESTIMATE, LOW, HIGH]]),
            "Mean of folds, corrected interval": _intervals(gaps[columns]),
        }
    )


def tabulate_quality(quality: pd.DataFrame, titles: Mapping[str, str]) -> pd.DataFrame:
    """Return what was demanded and what was reached, in words."""
    return pd.DataFrame(
        {
            "Demand": quality["demand"],
            "Model": quality[MODEL].map(dict(titles)),
            "Difference in R²": _intervals(quality[[ESTIMATE, LOW, HIGH]]),
            "Held": ["yes" if held else "no" for held in quality["held"]],
        }
    )


def tabulate_rows(rows: pd.DataFrame, title: str, digits: int = 4) -> pd.DataFrame:
    """Return labelled estimates in words: what it is, and the estimate with its interval."""
    return pd.DataFrame({"": rows["label"], title: _intervals(rows[[ESTIMATE, LOW, HIGH]], digits)})


def _intervals(columns: pd.DataFrame, digits: int = 3) -> list[str]:
    return [interval(*map(float, row), digits) for row in columns.to_numpy()]


# --- figures -------------------------------------------------------------------------------


def plot_splits(frame: pd.DataFrame, ax: Axes | None = None, *, ylabel: str = "") -> Axes:
    """Draw the same difference in many random splits, in the order of its size.

    Parameters
    ----------
    frame : DataFrame
        ``label`` (one group of points each), ``estimate``, ``low``, ``high``; a row per split.
    ylabel : str
        Which difference.
    """
    ax = ax or pyplot.subplots(figsize=(6.4, 3.6))[1]
    start = 0
    for number, (label, rows) in enumerate(frame.groupby("label", sort=False)):
        ordered = rows.sort_values(ESTIMATE)
        places = start + np.arange(len(ordered))
        colour = PALETTE[number % len(PALETTE)]
        ax.vlines(places, ordered[LOW], ordered[HIGH], color=colour, linewidth=1.2)
        ax.plot(
            places, ordered[ESTIMATE], "os^D"[number % 4], color=colour, markersize=4, label=label
        )
        start += len(ordered) + 2
    ax.axhline(0, color=OBSERVED_COLOUR, linewidth=1, zorder=0)
    ax.set(ylabel=ylabel, xlabel="Random splits, each comparison in the order of its result")
    ax.set_xticks([])
    ax.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.1))
    return ax


def describe_splits(frame: pd.DataFrame, what: str) -> str:
    """Return what the figure of the splits shows, in words."""
    parts = [
        f"{label} from {signed(rows[ESTIMATE].min())} to {signed(rows[ESTIMATE].max())}"
        for label, rows in frame.groupby("label", sort=False)
    ]
    n_splits = int(frame["label"].value_counts().max())
    return f"{what} in {n_splits} random splits, with 95 % intervals: {'; '.join(parts)}."


def plot_both_designs(frame: pd.DataFrame, ax: Axes | None = None, *, xlabel: str = "") -> Axes:
    """Draw estimates of two designs side by side, a row for each model.

    Parameters
    ----------
    frame : DataFrame
        ``label``, ``design``, ``estimate``, ``low``, ``high``.
    xlabel : str
        What is estimated, with its unit and which direction is better.
    """
    labels = list(dict.fromkeys(frame["label"]))
    ax = ax or pyplot.subplots(figsize=(6.4, 0.9 + 0.5 * len(labels)))[1]
    rows = {label: place for place, label in enumerate(reversed(labels))}
    for number, (design, cells) in enumerate(frame.groupby("design", sort=False)):
        colour = (MODEL_COLOUR, PALETTE[1])[number % 2]
        places = cells["label"].map(rows) + (0.14 if number == 0 else -0.14)
        ax.hlines(places, cells[LOW], cells[HIGH], color=colour, linewidth=2)
        ax.plot(cells[ESTIMATE], places, "os"[number % 2], color=colour, markersize=5, label=design)
    ax.axvline(0, color=OBSERVED_COLOUR, linewidth=1, zorder=0)
    ax.set_yticks(list(rows.values()), list(rows))
    ax.set(xlabel=xlabel, ylim=(-0.6, len(labels) - 0.4))
    ax.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.25), ncols=2)
    return ax


def describe_both_designs(frame: pd.DataFrame, what: str) -> str:
    """Return what the figure of two designs shows, in words."""
    parts = [
        describe_estimates(rows, f"{what}, {design}") for design, rows in frame.groupby("design")
    ]
    return " ".join(parts)


def plot_ceiling(ceiling: pd.DataFrame, titles: Mapping[str, str], ax: Axes | None = None) -> Axes:
    """Draw how far every model's R² lies from the oracle's; a sentence if there is no oracle."""
    rows = label_rows(ceiling, "r2", titles) if len(ceiling) else ceiling
    if len(rows):
        return plot_differences(rows, ax, xlabel="R² minus that of the oracle (0 is the ceiling)")
    ax = ax or pyplot.subplots(figsize=(6.4, 1.2))[1]
    ax.text(0.5, 0.5, "No truth is known of these patients", ha="center", color=QUIET_COLOUR)
    ax.set_axis_off()
    return ax


def describe_ceiling(ceiling: pd.DataFrame, titles: Mapping[str, str]) -> str:
    """Return what the figure of the ceiling shows, in words."""
    if ceiling.empty:
        return "Nothing is drawn: 0 models can be held against a truth that is not known."
    return describe_estimates(label_rows(ceiling, "r2", titles), "R² minus that of the oracle")
