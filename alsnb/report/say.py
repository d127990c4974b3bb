"""Words for what numbers allow to say; the sentences around them stand in the chapters."""

from collections.abc import Iterable, Mapping

import pandas as pd

from alsnb.report.tables import signed
from alsnb.schema import ESTIMATE, HIGH, LOW, METRIC, MODEL
from alsnb.vocabulary import LOWER_IS_BETTER, METRIC_TITLES, MODEL_TITLES


def estimate(row: Mapping, digits: int = 3) -> str:
    """Return an estimate with its interval, as in ``0.259 (95 % interval 0.229 to 0.292)``."""
    return f"{signed(row[ESTIMATE], digits)} (95 % interval {between(row, digits)})"


def between(row: Mapping, digits: int = 3) -> str:
    """Return the bounds of an interval, as in ``0.229 to 0.292``."""
    return f"{signed(row[LOW], digits)} to {signed(row[HIGH], digits)}"


def side(row: Mapping) -> str:
    """Return whether an interval lies ``"above"`` or ``"below"`` zero, or ``"neither"``."""
    return "above" if row[LOW] > 0 else "below" if row[HIGH] < 0 else "neither"


def verdict(row: Mapping) -> str:
    """Return what a row of a comparison, model minus reference, allows to say."""
    if side(row) == "neither":
        return "does not differ detectably from"
    better = (side(row) == "below") == (row[METRIC] in LOWER_IS_BETTER)
    return "is better than" if better else "is worse than"


def sides(rows: pd.DataFrame, names: Iterable[str], p: str = "p_holm") -> dict[str, list[str]]:
    """Return the names of what is ``better``, ``worse``, and ``neither``.

    A difference counts if its adjusted p-value, in the column ``p``, is below 0.05.
    """
    found: dict[str, list[str]] = {"better": [], "worse": [], "neither": []}
    for name, row in zip(names, rows.to_dict("records"), strict=True):
        told = verdict(row) if row[p] < 0.05 else ""
        side = "better" if "better" in told else "worse" if "worse" in told else "neither"
        found[side].append(name)
    return found


def family(gaps: pd.DataFrame, metric: str = "rmsd") -> dict[str, object]:
    """Return the words for a family of comparisons with one reference, in one score.

    ``n`` counts the comparisons; ``better``, ``worse`` and ``neither`` name the models.
    """
    rows = gaps[gaps[METRIC] == metric]
    reference = lower_first(MODEL_TITLES[rows["reference"].iloc[0]])
    named = {side: several(names) for side, names in sides(rows, models(rows)).items()}
    return {"metric": METRIC_TITLES[metric], "n": len(rows), "reference": reference} | named


def listed(names: Iterable[str], none: str = "none") -> str:
    """Return names as a sentence lists them, as in ``FFNN, CNN and RNN``."""
    names = list(names)
    if len(names) < 2:
        return several(names, none)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def several(names: Iterable[str], none: str = "none") -> str:
    """Return names with commas between them, or the word for none."""
    return ", ".join(names) or none


def p_value(p: float) -> str:
    """Return a p-value with three digits, or that it is smaller than they can say."""
    return f"{p:.3f}" if p >= 0.001 else "< 0.001"


def share(value: float, digits: int = 0) -> str:
    """Return a share as a percentage, as in ``37%``."""
    return f"{value:.{digits}%}"


def lower_first(title: str) -> str:
    """Return a title as it stands within a sentence; an abbreviation keeps its capitals."""
    return title if title[1:2].isupper() or title[1:2].isdigit() else title[:1].lower() + title[1:]


def models(frame: pd.DataFrame) -> pd.Series:
    """Return what a reader calls the models of a frame."""
    return frame[MODEL].map(MODEL_TITLES)
