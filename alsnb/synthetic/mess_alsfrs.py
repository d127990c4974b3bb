"""What goes wrong in the questionnaires of the rating scale."""

import numpy as np
import pandas as pd

from alsnb.synthetic.mess import Cells, Defect, blank, everywhere, filled, nothing

CUTTING = ("Q5a_Cutting_without_Gastrostomy", "Q5b_Cutting_with_Gastrostomy")
TOTALS = ("ALSFRS_Total", "ALSFRS_R_Total")
ITEM_TO_SPOIL = "Q6_Dressing_and_Hygiene"


def _other_answers(chosen: pd.DataFrame, rng: np.random.Generator) -> Cells:
    """Return a less complete questionnaire of the same day that says something else."""
    speech = chosen["Q1_Speech"].to_numpy()
    other = np.where(speech > 0, speech - 1, 1.0)
    totals = {name: chosen[name].to_numpy() + other - speech for name in TOTALS}
    return {"Q1_Speech": other, "Q9_Climbing_Stairs": None, **totals}


def _both_cuttings(chosen: pd.DataFrame, rng: np.random.Generator) -> Cells:
    """Answer 5b too, in half of the cases a point lower."""
    lower = rng.integers(0, 2, len(chosen))
    return {CUTTING[1]: np.maximum(chosen[CUTTING[0]].to_numpy() - lower, 0)}


def _wrong_total(chosen: pd.DataFrame, rng: np.random.Generator) -> Cells:
    off = rng.choice([-3, -2, -1, 1, 2, 3], len(chosen))
    total = chosen["ALSFRS_Total"].to_numpy() + off
    return {"ALSFRS_Total": np.where((total < 0) | (total > 40), total - 2 * off, total)}


def _half_points(chosen: pd.DataFrame, rng: np.random.Generator) -> Cells:
    item = chosen[ITEM_TO_SPOIL].to_numpy()
    part = rng.choice([0.5, 0.33, 0.67], len(chosen))
    return {ITEM_TO_SPOIL: np.where(item >= 4, item - part, item + part)}


ALSFRS = (
    Defect(kind="day missing", eligible=filled("ALSFRS_Delta"), change=blank("ALSFRS_Delta")),
    Defect(kind="exact copy", eligible=everywhere, change=nothing, copies=True),
    Defect(kind="same day, other answers", eligible=everywhere, change=_other_answers, copies=True),
    Defect(kind="5a and 5b both answered", eligible=filled(CUTTING[0]), change=_both_cuttings),
    Defect(kind="neither cutting", eligible=everywhere, change=blank(*CUTTING)),
    Defect(
        kind="total differs from its items", eligible=filled("ALSFRS_Total"), change=_wrong_total
    ),
    Defect(
        kind="stored total out of range",
        eligible=filled("ALSFRS_Total"),
        change=lambda chosen, rng: {"ALSFRS_Total": 44.0},
    ),
    Defect(kind="fractional item", eligible=everywhere, change=_half_points),
    Defect(
        kind="item outside 0 to 4",
        eligible=everywhere,
        change=lambda chosen, rng: {ITEM_TO_SPOIL: rng.integers(5, 10, len(chosen)).astype(float)},
    ),
    Defect(kind="neither total", eligible=everywhere, change=blank(*TOTALS)),
)
"""Defects of the table ``alsfrs``."""
