"""Fonts, sizes and colours of every figure; the only place that touches matplotlib's settings."""

import matplotlib
import seaborn

PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
"""Okabe and Ito's colours, which readers with colour-blindness can tell apart."""

OBSERVED_COLOUR, MODEL_COLOUR, QUIET_COLOUR = "#444444", PALETTE[0], "#9a9a9a"

SETTINGS = {
    # an opaque white ground keeps a figure readable on a dark page
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "figure.figsize": (6.4, 4.0),
    "figure.constrained_layout.use": True,
    "savefig.bbox": "tight",
    "font.size": 10,
    "axes.titlesize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    # without a salt the ids in an SVG differ from run to run
    "svg.hashsalt": "alsnb",
}


def use_style() -> None:
    """Draw from here on in the book's style, without a window."""
    matplotlib.use("agg")
    seaborn.set_theme(style="ticks", palette=list(PALETTE), rc=SETTINGS)
