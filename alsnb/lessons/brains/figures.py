"""Draw what differs between patients and controls, and where the disease goes."""

from types import SimpleNamespace

import pandas as pd
from matplotlib import pyplot
from matplotlib.figure import Figure

from alsnb.lessons.brains.study import MONTHS
from alsnb.report.circle import describe_circle, plot_circle
from alsnb.report.cortex import describe_cortex, drawn_regions, plot_cortex, say_region
from alsnb.report.figures import write_remark

EFFECT = "Patients minus controls, in SDs of controls (below zero: thinner)"
REACHED = "Share of patients in whom the disease has reached it"

UNKNOWN = "Only a simulation knows what the disease has reached."


def plot_effects(effects: pd.Series) -> Figure:
    """Draw the difference in thickness between patients and controls on the cortex."""
    if not effects.reindex(drawn_regions()).notna().any():
        return _remark(_nothing(effects))
    return plot_cortex(effects.to_frame("Thickness"), label=EFFECT)


def describe_effects(effects: pd.Series) -> str:
    """Return the figure in words."""
    if not effects.reindex(drawn_regions()).notna().any():
        return f"Nothing is drawn: {_nothing(effects)}"
    return describe_cortex(effects.to_frame("Cortex coloured by thickness"), EFFECT)


def _nothing(effects: pd.Series) -> str:
    if effects.notna().any():
        return "the regions are not those of Desikan and Killiany."
    return "patients or controls are too few."


def plot_reached(disease: SimpleNamespace | None) -> Figure:
    """Draw which regions the disease has reached, a row of cortices for each time."""
    if disease is None:
        return _remark(UNKNOWN)
    return plot_cortex(disease.regions[list(MONTHS)], label=REACHED, limits=(0.0, 1.0))


def describe_reached(disease: SimpleNamespace | None) -> str:
    """Return the figure in words."""
    if disease is None:
        return UNKNOWN
    return describe_cortex(disease.regions[list(MONTHS)], REACHED)


def plot_connections(disease: SimpleNamespace | None) -> Figure:
    """Draw which connections the disease has reached, a circle for each time."""
    if disease is None:
        return _remark(UNKNOWN)
    return plot_circle(disease.edges, list(MONTHS), label="Share of patients")


def describe_connections(disease: SimpleNamespace | None) -> str:
    """Return the figure in words."""
    if disease is None:
        return UNKNOWN
    return describe_circle(disease.edges, list(MONTHS), REACHED)


def _remark(text: str) -> Figure:
    figure, ax = pyplot.subplots(figsize=(6.4, 1.2))
    write_remark(ax, text)
    return figure


def plot_misses(fidelity: pd.DataFrame) -> Figure:
    """Draw how far each figure of the simulated people lies from the known one, in tolerances."""
    off = _distances(fidelity)
    figure, ax = pyplot.subplots(figsize=(6.4, 1.0 + 0.17 * len(off)))
    heights = range(len(off))[::-1]
    outside = off.abs() > 1
    for mark, rows in {"o": ~outside, "x": outside}.items():
        places = [height for height, there in zip(heights, rows, strict=True) if there]
        ax.plot(off[rows].clip(-3, 3), places, mark, markersize=4)
    for edge in (-1, 1):
        ax.axvline(edge, linewidth=0.8, linestyle="--", color="#9a9a9a")
    ax.set_yticks(heights, off.index, fontsize=6)
    ax.margins(y=0.01)
    ax.set(xlim=(-3.2, 3.2), xlabel="Distance from the known figure, in tolerances")
    return figure


def describe_misses(fidelity: pd.DataFrame) -> str:
    """Return the figure in words."""
    off = _distances(fidelity)
    outside = off[off.abs() > 1]
    told = [f"{name} at {value:.1f}" for name, value in outside.items()] or ["none"]
    return (
        f"Distances of {len(off)} figures from the known ones, in tolerances; "
        f"{len(off) - len(outside)} lie within one. Outside: {', '.join(told)}."
    )


def _distances(fidelity: pd.DataFrame) -> pd.Series:
    """Return how far each figure lies from the middle of what is tolerated; within 1 is inside."""
    middle = (fidelity["low"] + fidelity["high"]) / 2
    half = (fidelity["high"] - fidelity["low"]) / 2
    return ((fidelity["twin"] - middle) / half).set_axis(fidelity["quantity"])
