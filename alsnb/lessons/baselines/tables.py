"""Tables of the baselines as a reader sees them."""

import pandas as pd

from alsnb.report import say as say
from alsnb.report.scores import (
    label_rows,
    tabulate_differences,
    tabulate_groups,
    tabulate_published,
    tabulate_scores,
)
from alsnb.report.tables import shown
from alsnb.report.tables import signed as signed
from alsnb.schema import HIGH, LOW, MODEL
from alsnb.vocabulary import MODEL_TITLES

TIMED = {"linear": "Linear regression", "forest": "Random forest of 100 trees", "ffnn": "FFNN"}
"""What is timed, by the names of Supplementary Table S8 of Pancotti et al. (2022)."""


def tabulate_times(times: pd.DataFrame) -> pd.DataFrame:
    """Return the timings in milliseconds or seconds, with rounded ratios: a row per model."""
    columns = {
        MODEL: ("Model", TIMED),
        "published": ("Published", _seconds),
        LOW: ("Fastest", _seconds),
        HIGH: ("Slowest", _seconds),
        "ratio": ("Against linear regression", _times),
    }
    return shown(times, columns, missing="not available")


def _seconds(value: float) -> str:
    return f"{value:.1f} s" if value >= 1 else f"{1000 * value:.1f} ms"


def _times(ratio: float) -> str:
    return f"{ratio:,.0f} times" if ratio >= 2 else "1"


def tabulate_tuned(tuned: pd.DataFrame) -> pd.DataFrame:
    """Return what the search chose: a row per model."""
    columns = {
        "model": ("Model", MODEL_TITLES),
        "settings": ("Settings", None),
        "n_trials": ("Tried", "d"),
        "pcc": ("PCC, mean of folds", ".3f"),
        "pcc_sd": ("SD of folds", ".3f"),
    }
    return shown(tuned, columns)
