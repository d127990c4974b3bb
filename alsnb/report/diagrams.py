"""Draw networks as boxes and arrows, from the list of their layers."""

from collections.abc import Mapping

import pandas as pd
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from alsnb.report.style import MODEL_COLOUR, PALETTE, QUIET_COLOUR

UNDRAWN = ("reshape", "transpose", "flatten", "dropout")
"""Kinds that only turn numbers over or act in training; a drawing is clearer without them."""

JOIN = " + "


def plot_networks(networks: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw networks side by side, by their titles, each as :func:`plot_network` does."""
    tallest = max(len(set(_levels(simplify(layers)).values())) for layers in networks.values())
    figure, axes = pyplot.subplots(
        1, len(networks), figsize=(2.9 * len(networks), 0.72 * tallest + 0.5), squeeze=False
    )
    for ax, (title, layers) in zip(axes[0], networks.items(), strict=True):
        # at the left, since a page may stamp the right corner
        plot_network(layers, ax).set_title(title, loc="left")
    return figure


def plot_network(layers: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw a box for each layer, from the inputs at the top to the prediction at the bottom.

    A layer has ``name``, ``kind``, ``output_shape``, ``n_weights`` and what it ``comes_from``.
    """
    drawn = simplify(layers)
    levels, columns = _levels(drawn), _columns(drawn)
    ax = ax or pyplot.subplots(figsize=(3.2, 0.72 * len(set(levels.values())) + 0.5))[1]
    places = {name: (columns[name], levels[name]) for name in drawn["name"]}
    for layer in drawn.itertuples():
        for before in _split(layer.comes_from):
            draw_arrow(ax, places[before], places[layer.name], shrinkA=14, shrinkB=15)
    for layer in drawn.itertuples():
        style = {"pad": 0.3, "linespacing": 1.15}
        draw_box(ax, places[layer.name], _label(layer), _colour(layer.kind), **style)
    ax.set(xlim=(-0.55, max(columns.values()) + 0.55), ylim=(-0.5, max(levels.values()) + 0.5))
    ax.axis("off")
    return ax


def describe_network(layers: pd.DataFrame) -> str:
    """Return the network in words, with the size of each layer and the number of weights."""
    parts = []
    for layer in simplify(layers).itertuples():
        before = " and ".join(_split(layer.comes_from))
        parts.append(f"{layer.name} ({layer.output_shape}{', from ' + before if before else ''})")
    return f"A network of {layers['n_weights'].sum():,} weights: {'; '.join(parts)}."


def describe_networks(networks: Mapping[str, pd.DataFrame]) -> str:
    """Return several networks in words, one after the other."""
    return " ".join(f"{title}: {describe_network(one)}" for title, one in networks.items())


def simplify(layers: pd.DataFrame) -> pd.DataFrame:
    """Return the layers that are drawn, each reading from the drawn layers before it."""
    hidden = layers[layers["kind"].isin(UNDRAWN)].set_index("name")["comes_from"]

    def resolve(name: str) -> str:
        return resolve(hidden[name]) if name in hidden.index else name

    drawn = layers[~layers["kind"].isin(UNDRAWN)]
    sources = [JOIN.join(map(resolve, _split(text))) for text in drawn["comes_from"]]
    return drawn.assign(comes_from=sources).reset_index(drop=True)


def _split(comes_from: str) -> list[str]:
    return comes_from.split(JOIN) if comes_from else []


def _levels(drawn: pd.DataFrame) -> dict[str, int]:
    """Return how many layers follow each, at most; the output is at 0."""
    levels = dict.fromkeys(drawn["name"], 0)
    for layer in drawn.iloc[::-1].itertuples():
        for before in _split(layer.comes_from):
            levels[before] = max(levels[before], levels[layer.name] + 1)
    return levels


def _columns(drawn: pd.DataFrame) -> dict[str, float]:
    """Return how far to the right each layer stands: below the middle of what it reads."""
    columns, n_inputs = {}, 0
    for layer in drawn.itertuples():
        before = [columns[name] for name in _split(layer.comes_from)]
        columns[layer.name] = sum(before) / len(before) if before else float(n_inputs)
        n_inputs += not before
    return columns


def _label(layer: object) -> str:
    first = layer.name if layer.kind == "input" or layer.name == "prediction" else layer.kind
    return f"{first}\n{layer.output_shape}".replace(" x ", " \N{MULTIPLICATION SIGN} ")


def _colour(kind: str) -> str:
    if kind == "input":
        return PALETTE[2]
    return QUIET_COLOUR if kind == "side by side" else MODEL_COLOUR


def draw_box(
    ax: Axes, place: tuple[float, float], text: str, colour: str, *, pad: float, **style: float
) -> None:
    """Draw text in a round box around a place."""
    frame = {"boxstyle": f"round,pad={pad}", "facecolor": "white", "edgecolor": colour}
    ax.text(*place, text, ha="center", va="center", fontsize=8.5, bbox=frame, **style)


def draw_arrow(
    ax: Axes, start: tuple[float, float], end: tuple[float, float], **style: float
) -> None:
    """Draw an arrow behind what else is drawn."""
    style |= {"arrowstyle": "->", "color": QUIET_COLOUR}
    ax.annotate("", xy=end, xytext=start, arrowprops=style, zorder=0)
