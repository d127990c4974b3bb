"""Draw the cortex with its regions coloured, from outlines that come with the library.

The outlines of ``cortex.txt`` are those of the package ggseg (MIT, ``cortex_licence.txt``): a
hemisphere seen from its side and from the middle, in the parcellation of Desikan and Killiany. They
are a drawing, not a measured surface: neighbours are drawn apart, the left hemisphere is the mirror
image of the right, and the poles, which they lack, are circles.
"""

import re
from functools import cache
from importlib.resources import files

import numpy as np
import pandas as pd
from matplotlib import colormaps, pyplot
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import Colormap, Normalize
from matplotlib.figure import Figure

from alsnb.report.tables import signed

VIEWS = {
    "Left, from the side": ("lh", "lateral"),
    "Left, from the middle": ("lh", "medial"),
    "Right, from the middle": ("rh", "medial"),
    "Right, from the side": ("rh", "lateral"),
}
"""What is drawn side by side."""

POLES = {"frontalpole": (686, 352, 10), "temporalpole": (474, 470, 10)}
"""Middle and radius of the circles for regions without outline, seen from the side."""

UNKNOWN = "#e4e4e4"
"""Colour of regions without a value."""

WHOLE = "-"
"""Name of the outline of the hemisphere."""


@cache
def read_outlines() -> dict[tuple[str, str], list[np.ndarray]]:
    """Return the polygons of each view and region, of the right hemisphere.

    Returns
    -------
    dict of (str, str) to list of array of shape (n_corners, 2)
        Such as ``("lateral", "precentral")``; the region :data:`WHOLE` is the hemisphere. What is
        higher has a smaller second number.
    """
    found: dict[tuple[str, str], list[np.ndarray]] = {}
    text = (files("alsnb.report") / "cortex.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        view, region, *corners = line.split()
        polygon = np.array([corner.split(",") for corner in corners], float)
        found.setdefault((view, region), []).append(polygon)
    turn = np.linspace(0, 2 * np.pi, 24)
    for region, (x, y, radius) in POLES.items():
        circle = np.column_stack([x + radius * np.cos(turn), y + radius * np.sin(turn)])
        found["lateral", region] = [circle]
    return found


def drawn_regions() -> list[str]:
    """Return the names of the regions that are drawn, such as ``lh_precentral``."""
    names = sorted({region for _, region in read_outlines() if region != WHOLE})
    return [f"{side}_{name}" for side in ("lh", "rh") for name in names]


def plot_cortex(
    values: pd.DataFrame, *, label: str, limits: tuple[float, float] | None = None
) -> Figure:
    """Colour the regions of the cortex by numbers, a row of four views for each column.

    Parameters
    ----------
    values : DataFrame of shape (n_regions, n_rows)
        Indexed by region, named as in :func:`drawn_regions`; others are not drawn. Columns are the
        titles of the rows. Regions that are missing or NaN are grey.
    label : str
        What the colours mean, with the unit and which direction is worse.
    limits : tuple of float, optional
        Ends of the scale; by default those of the values, and as far on both sides of zero if some
        are below it. Then the colours are two, which meet at zero.
    """
    n_rows = values.shape[1]
    known = values.reindex(drawn_regions())
    low, high = limits or _limits_of(known.to_numpy(float))
    shades, scale = colormaps["RdBu_r" if low < 0 else "YlOrRd"], Normalize(low, high)
    size = {"figsize": (8.4, 1.75 * n_rows + 0.5)}
    figure, axes = pyplot.subplots(n_rows, len(VIEWS), squeeze=False, **size)
    for row, (title, column) in zip(axes, known.items(), strict=True):
        for ax, (name, (side, view)) in zip(row, VIEWS.items(), strict=True):
            _draw_view(ax, column, side, view, shades, scale)
            if row is axes[0]:
                ax.set_title(name, fontsize=8)
        if n_rows > 1:
            row[0].text(
                -0.05,
                0.5,
                title,
                rotation=90,
                va="center",
                ha="right",
                fontsize=8,
                transform=row[0].transAxes,
            )
    shown = pyplot.cm.ScalarMappable(scale, shades)
    figure.colorbar(shown, ax=axes, label=label, orientation="horizontal", shrink=0.5, aspect=40)
    return figure


def _limits_of(numbers: np.ndarray) -> tuple[float, float]:
    known = numbers[np.isfinite(numbers)]
    if not len(known):
        return 0.0, 1.0
    low, high = float(known.min()), float(known.max())
    if low < 0:
        far = max(-low, high)
        return -far, far
    return low, high if high > low else low + 1.0


def _draw_view(
    ax: Axes, values: pd.Series, side: str, view: str, shades: Colormap, scale: Normalize
) -> None:
    """Draw one view of a hemisphere; the left one is mirrored."""
    turned = np.array([-1.0 if side == "lh" else 1.0, -1.0])
    polygons, colours = [], []
    for (of_view, region), parts in read_outlines().items():
        if of_view != view:
            continue
        value = np.nan if region == WHOLE else values[f"{side}_{region}"]
        colour = shades(scale(value)) if np.isfinite(value) else UNKNOWN
        polygons += [part * turned for part in parts]
        colours += ["white" if region == WHOLE else colour] * len(parts)
    ax.add_collection(
        PolyCollection(polygons, facecolors=colours, edgecolors="#555555", linewidths=0.4)
    )
    ax.set_aspect("equal")
    ax.autoscale_view()
    ax.set_axis_off()


def describe_cortex(values: pd.DataFrame, what: str, *, n: int = 3, digits: int = 2) -> str:
    """Return a drawing of the cortex in words: of each row, the regions with the extreme values.

    Parameters
    ----------
    values : DataFrame
        As in :func:`plot_cortex`.
    what : str
        What the numbers are, as the beginning of a sentence.
    n, digits : int
        Regions named at either end, and decimals of their values.
    """
    parts = []
    for title, column in values.reindex(drawn_regions()).items():
        ordered = column.dropna().sort_values(kind="stable")
        if ordered.empty:
            parts.append(f"{title}: no region has a value")
            continue
        ends = {"lowest": ordered[:n], "highest": ordered[::-1][:n]}
        told = [f"{end} {_several(rows, digits)}" for end, rows in ends.items()]
        parts.append(f"{title}: {'; '.join(told)}")
    return f"{what}. {'. '.join(parts)}."


def _several(rows: pd.Series, digits: int) -> str:
    return ", ".join(f"{say_region(name)} {signed(value, digits)}" for name, value in rows.items())


def say_region(name: str) -> str:
    """Return a region as a reader calls it: ``lh_frontalpole`` is the left frontal pole."""
    side, _, region = name.partition("_")
    words = _WORDS.sub(r"\g<0> ", _LONG.get(region, region))
    return f"{ {'lh': 'left', 'rh': 'right'}.get(side, side) } {words}".strip()


_WORDS = re.compile(
    "(?:caudal|rostral|anterior|posterior|isthmus|middle|inferior|superior|lateral|medial|pars"
    "|transverse)(?=[a-z])|(?:frontal|temporal)(?=pole)"
)
_LONG = {"bankssts": "banks of the superior temporal sulcus"}
