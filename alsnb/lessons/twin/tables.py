"""The words and tables of the chapter."""

import numpy as np
import pandas as pd

from alsnb.report import say
from alsnb.report.scores import label_rows, tabulate_scores
from alsnb.report.tables import shown
from alsnb.study.fidelity import tabulate_aggregates

ABSENT = {"table": ("Table", None), "what": ("What", None), "seen": ("Seen in", None)}
DIFFICULTY = {
    "reference": ("Prediction", None),
    "this_run": ("This run", ("this_run_low", "this_run_high", 3)),
    "without_change": ("Without the change", ("without_change_low", "without_change_high", 3)),
    "difference": ("Difference", ".3f"),
}
TABLES = {
    "table": "Table",
    "file": "File",
    "rows": "Rows",
    "subjects": "Subjects",
    "rows_per_subject": "Rows per subject",
    "use": "Use",
}
"""What a reader calls the columns of the table of files."""


def show_tables(found: pd.DataFrame) -> pd.DataFrame:
    """Return the files of a release as they are read; a count that is withheld says so."""
    words = found.round(1).astype(object).where(found.notna(), "withheld")
    return words.rename(columns=TABLES)


def show_absent(absent: pd.DataFrame) -> pd.DataFrame:
    """Return what older files hold, in words."""
    return shown(absent, ABSENT)


def show_difficulty(gain: pd.DataFrame) -> pd.DataFrame:
    """Return R² with and without the unpredictable change, in words."""
    return shown(gain, DIFFICULTY)


def tabulate_defects(defects: pd.DataFrame) -> pd.DataFrame:
    """Return the defects of the twin for reading, the commonest of each table first."""
    ordered = defects.sort_values(["table", "share"], ascending=[True, False], kind="stable")
    most = ordered["most"].astype(float)
    share = [f"{100 * value:.2g} %" for value in ordered["share"]]
    seldom = [f"at most {m:.0f} cases" if m > 1 else "one case" for m in most.fillna(0)]
    return pd.DataFrame(
        {
            "Table": ordered["table"],
            "Defect": ordered["defect"],
            "Rows": np.where(most.notna(), seldom, share),
            "Source": ordered["source"],
        }
    ).reset_index(drop=True)
