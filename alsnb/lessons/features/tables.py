"""Lay out what the chapter on features shows."""

import pandas as pd

from alsnb.lessons.features.study import TITLES
from alsnb.report.say import between, estimate
from alsnb.report.scores import across
from alsnb.report.tables import interval, shown, signed
from alsnb.schema import ESTIMATE, MODEL
from alsnb.vocabulary import METRIC_TITLES, PAIRED

MEASURE = {
    "name": ("Feature", None),
    "definition": ("Definition", None),
    "unit": ("Unit", None),
    "in_paper": ("In the paper", {True: "yes", False: "no"}),
    "missing": ("Missing", ".1%"),
}
BY_TABLE = {
    "table": ("Table", None),
    "n_measures": ("Measures", None),
    "n_features": ("Features", None),
    "n_kept": ("Kept", None),
    "in_paper": ("Of the paper", None),
    "in_paper_kept": ("Of these kept", None),
}
COUNTS = {
    "scale": ("Cohort", None),
    "n_patients": ("Patients", None),
    "which": ("Features", None),
    "n_features": ("Made", None),
    "published": ("Published", ",.0f", "not printed"),
    "n_kept": ("This run", None),
    "difference": ("Difference", ".0f"),
}
RANKS = {
    "published": ("Published", None),
    "name": ("Here", None),
    "estimate": ("PCC with the slope", ("low", "high", 2)),
    "rank": ("Rank here", ".0f", "discarded"),
    "missing": ("Missing", ".0%", "withheld"),
}


def show_measure(measure: pd.DataFrame) -> pd.DataFrame:
    """Return the features of one measure, in words."""
    return shown(measure, MEASURE)


def tabulate_windows(frame: pd.DataFrame, metrics: tuple[str, ...] = PAIRED) -> pd.DataFrame:
    """Return scores or differences with their intervals: a row per model, use and window."""
    rows = []
    for (model, use, months), cells in frame.groupby([MODEL, "use", "months"], sort=False):
        row = {"Model": TITLES[model], "Tested": use, "Trained on": f"{months} months"}
        rows.append(row | across(cells, word=_cell))
    heads = ["Model", "Tested", "Trained on", *(METRIC_TITLES[metric] for metric in metrics)]
    return pd.DataFrame(rows, columns=heads)


def _cell(row: dict) -> str:
    return f"{signed(row[ESTIMATE])} ({between(row)})"
