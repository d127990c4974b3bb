"""Draw how the patients of a study were selected, from the counts of its steps."""

import textwrap

import pandas as pd
from matplotlib import pyplot
from matplotlib.axes import Axes

from alsnb.disclosure import SMALLEST_COUNT
from alsnb.report.diagrams import draw_arrow, draw_box
from alsnb.report.style import MODEL_COLOUR, QUIET_COLOUR


def merge_small_steps(flow: pd.DataFrame) -> pd.DataFrame:
    """Join a step that excludes fewer than five with its neighbor, until none is left.

    To withhold such a count alone would hide nothing: it is the difference of the two counts
    around it. In what comes out, counts still add up.

    Parameters
    ----------
    flow : DataFrame
        ``step``, ``excluded`` and ``remaining``; the first row excludes nobody.
    """
    rows = flow[["step", "excluded", "remaining"]].to_dict("records")
    while (small := _first_small(rows)) is not None:
        if len(rows) == 2:
            # nothing is left to join with, so the count before the step is not told either
            rows = [rows[1] | {"excluded": 0}]
            break
        # into the next step, or the last one into the one before
        upper = small if small + 1 < len(rows) else small - 1
        above, below = rows[upper], rows[upper + 1]
        joined = {
            "step": f"{above['step']}, and {below['step']}",
            "excluded": above["excluded"] + below["excluded"],
            "remaining": below["remaining"],
        }
        rows[upper : upper + 2] = [joined]
    return pd.DataFrame(rows, columns=["step", "excluded", "remaining"])


def _first_small(rows: list[dict]) -> int | None:
    small = [i for i, row in enumerate(rows) if i and 0 < row["excluded"] < SMALLEST_COUNT]
    return small[0] if small else None


def plot_flow(flow: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw a box for who remains after each step, and beside it who was excluded."""
    ax = ax or pyplot.subplots(figsize=(6.4, 1.05 * len(flow)))[1]
    ax.set(xlim=(0, 10), ylim=(-len(flow) + 0.5, 0.5))
    ax.axis("off")
    for place, row in enumerate(flow.itertuples()):
        step = "\n".join(textwrap.wrap(row.step, width=34))
        draw_box(ax, (3.0, -place), f"{step}\n{row.remaining:,}", MODEL_COLOUR, pad=0.35)
        if place:
            draw_arrow(ax, (3.0, -place + 0.68), (3.0, -place + 0.34))
        if place and row.excluded:
            beside, words = -place + 0.52, f"excluded\n{row.excluded:,}"
            draw_arrow(ax, (3.0, beside), (6.7, beside))
            draw_box(ax, (8.2, beside), words, QUIET_COLOUR, pad=0.35)
    return ax


def describe_flow(flow: pd.DataFrame) -> str:
    """Return the flow in words, step by step."""
    first, *rest = flow.itertuples()
    parts = [f"{row.step}: {row.remaining:,} remain, {row.excluded:,} excluded" for row in rest]
    return f"Flow of patients. {first.step}: {first.remaining:,}. {'. '.join(parts)}."
