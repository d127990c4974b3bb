"""The words and tables of the chapter."""

import pandas as pd

from alsnb.report import say
from alsnb.report.scores import tabulate_scores
from alsnb.report.tables import shown

IMPLIED = {
    "model": ("Model", None),
    "rmsd": ("RMSD", ".3f"),
    "pcc": ("PCC", ".3f"),
    "r2": ("R²", ".3f"),
    "sd_observed": ("SD of the slope", ".3f"),
}
COVERAGE = {
    "score": ("Score", {"rmsd": "RMSD", "pcc": "PCC", "r2": "R²", "difference": "Difference"}),
    "n_patients": ("Patients", ","),
    "coverage": ("Coverage", ".1%"),
    "error": ("Standard error", ".1%"),
}


def show_implied(implied: pd.DataFrame) -> pd.DataFrame:
    """Return what printed scores imply of their patients, in words."""
    return shown(implied, IMPLIED)


def show_coverage(coverage: pd.DataFrame) -> pd.DataFrame:
    """Return how often intervals hold the truth, in words."""
    return shown(coverage, COVERAGE)
