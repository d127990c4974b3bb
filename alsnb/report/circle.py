"""Draw a connectome as a circle: regions around it, connections across.

The circle has no geometry of the brain in it: the left hemisphere is on the left, the front is
above, and regions of a lobe lie beside each other.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib import colormaps, pyplot
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.path import Path

from alsnb.report.style import PALETTE
from alsnb.report.tables import signed

LOBES = {
    "Frontal": "frontalpole medialorbitofrontal lateralorbitofrontal parsorbitalis"
    " parstriangularis parsopercularis rostralmiddlefrontal superiorfrontal caudalmiddlefrontal"
    " precentral paracentral",
    "Cingulate": "rostralanteriorcingulate caudalanteriorcingulate posteriorcingulate"
    " isthmuscingulate",
    "Insula": "insula",
    "Temporal": "temporalpole entorhinal parahippocampal fusiform inferiortemporal middletemporal"
    " superiortemporal transversetemporal bankssts",
    "Parietal": "postcentral supramarginal superiorparietal inferiorparietal precuneus",
    "Occipital": "cuneus pericalcarine lingual lateraloccipital",
}
"""Cortical regions of Desikan and Killiany by lobe, roughly from front to back."""

EDGE = ("first", "second")
"""Columns of a frame of connections: the regions that each joins."""


def lobe_of(region: str) -> str:
    """Return the lobe of a region such as ``lh_precentral``, empty for one that is in none."""
    name = region.partition("_")[2]
    return next((lobe for lobe, names in LOBES.items() if name in names.split()), "")


def place_regions() -> pd.DataFrame:
    """Return where the 68 regions stand: ``x`` and ``y`` on a circle of radius 1, and ``lobe``."""
    names = [name for text in LOBES.values() for name in text.split()]
    # gaps at the front and the back part the hemispheres
    turn = np.pi * (np.arange(len(names)) + 1.5) / (len(names) + 2)
    rows = [
        (f"{side}_{name}", sign * np.sin(angle), np.cos(angle))
        for side, sign in (("lh", -1), ("rh", 1))
        for name, angle in zip(names, turn, strict=True)
    ]
    placed = pd.DataFrame(rows, columns=["region", "x", "y"]).set_index("region")
    return placed.assign(lobe=[lobe_of(region) for region in placed.index])


def plot_circle(
    edges: pd.DataFrame,
    titles: Sequence[str],
    *,
    label: str,
    least: float = 0.25,
    limits: tuple[float, float] = (0.0, 1.0),
) -> Figure:
    """Draw connections across a circle of regions, a circle for each column of numbers.

    Parameters
    ----------
    edges : DataFrame
        A row per connection: the regions ``first`` and ``second`` and, in the columns ``titles``, a
        number each. Connections of regions that are not in :data:`LOBES` are not drawn.
    titles : sequence of str
        Columns to draw.
    label : str
        What the colours mean.
    least : float
        Connections with a smaller number are drawn in grey.
    limits : tuple of float
        Ends of the scale of colours.
    """
    placed = place_regions()
    known = edges[edges[EDGE[0]].isin(placed.index) & edges[EDGE[1]].isin(placed.index)]
    shades, scale = colormaps["YlOrRd"], Normalize(*limits)
    figure, axes = pyplot.subplots(1, len(titles), squeeze=False, figsize=(3.0 * len(titles), 3.2))
    for ax, title in zip(axes[0], titles, strict=True):
        values = known[title].to_numpy(float)
        order = np.argsort(values, kind="stable")
        paths = [_arc(placed, *pair) for pair in known[list(EDGE)].to_numpy()[order]]
        hit = values[order] >= least
        colours = np.where(hit[:, None], shades(scale(values[order])), (0.85, 0.85, 0.85, 0.5))
        ax.add_collection(
            PathCollection(
                paths, facecolors="none", edgecolors=colours, linewidths=np.where(hit, 0.9, 0.3)
            )
        )
        _draw_regions(ax, placed)
        ax.set_title(title, fontsize=9)
    handles = [
        pyplot.Line2D([], [], marker="o", linestyle="", markersize=4, color=colour, label=lobe)
        for lobe, colour in zip(LOBES, PALETTE, strict=False)
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=6, fontsize=7, frameon=False)
    shown = pyplot.cm.ScalarMappable(scale, shades)
    figure.colorbar(shown, ax=axes, label=label, shrink=0.6, aspect=25)
    return figure


def _arc(placed: pd.DataFrame, first: str, second: str) -> Path:
    """Return a curve between two regions that bends towards the middle."""
    ends = placed.loc[[first, second], ["x", "y"]].to_numpy()
    return Path([ends[0], 0.25 * ends.mean(axis=0), ends[1]], [Path.MOVETO, *[Path.CURVE3] * 2])


def _draw_regions(ax: Axes, placed: pd.DataFrame) -> None:
    for lobe, colour in zip(LOBES, PALETTE, strict=False):
        rows = placed[placed["lobe"] == lobe]
        ax.plot(rows["x"], rows["y"], "o", color=colour, markersize=3.5)
    for side, place in (("left", -1.0), ("right", 1.0)):
        ax.text(place, -1.15, side, ha="center", va="center", fontsize=7)
    ax.set(xlim=(-1.2, 1.2), ylim=(-1.25, 1.15), aspect="equal")
    ax.set_axis_off()


def describe_circle(
    edges: pd.DataFrame, titles: Sequence[str], what: str, *, least: float = 0.25
) -> str:
    """Return circles in words: of each, how many connections reach ``least``, and their mean."""
    parts = [
        f"{title}: {int((edges[title] >= least).sum()):,} of {len(edges):,} connections at "
        f"{signed(least, 2)} or more, mean of all {signed(edges[title].mean(), 2)}"
        for title in titles
    ]
    return f"{what}. {'. '.join(parts)}."
