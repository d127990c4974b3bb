"""Word the tables of the models of repeated visits for reading."""

import pandas as pd

from alsnb.report import say
from alsnb.report.scores import tabulate_differences, tabulate_scores
from alsnb.report.tables import shown
from alsnb.vocabulary import MODEL_TITLES

QUANTITIES = {
    "level": "Mean total at time zero, points",
    "rate": "Mean change, points per month",
    "sd_level": "SD of totals between patients, points",
    "sd_rate": "SD of rates between patients, points per month",
    "sd_noise": "SD of one questionnaire about the patient's line, points",
    "sd_error": "SD of the error of a rate from four monthly visits, points per month",
    "weight": "Share of the own observed rate that a patient keeps",
}
"""What a reader calls the quantities of a mixed line."""

RATES = {"own": "Line through the own visits", "shrunken": "Mixed line"}
"""How the rate of a patient is found."""

VERDICTS = {
    "better": "{model} is better than {reference}",
    "worse": "{model} is worse than {reference}",
    "neither": "no difference between {model} and {reference} can be detected",
}
"""What a paired comparison allows to say."""


def tabulate_line(described: pd.DataFrame) -> pd.DataFrame:
    """Return the quantities of a mixed line."""
    columns = {"quantity": ("Quantity", QUANTITIES), "value": ("Value", ".2f")}
    return shown(described, columns)


def tabulate_rates(rates: pd.DataFrame) -> pd.DataFrame:
    """Return how early rates go with the slope."""
    columns = {
        "rate": ("Rate within three months from", RATES),
        "sd": ("SD, points per month", ".2f"),
        "pcc": ("Correlation with the slope", ".3f"),
        "n_patients": ("Patients", ",.0f"),
    }
    return shown(rates, columns)


def verdict(gap: pd.Series) -> str:
    """Return the clause on one paired difference, by its adjusted p-value and its side."""
    side = "neither"
    if gap["p_holm"] < 0.05 and say.side(gap) != "neither":
        side = "better" if "better" in say.verdict(gap) else "worse"
    named = {key: title(gap[key]) for key in ("model", "reference")}
    return VERDICTS[side].format(**named)


def title(model: str) -> str:
    """Return what a sentence calls a model."""
    return f"the {say.lower_first(MODEL_TITLES[model])}"
