"""Word the tables of the chapter on mice."""

import pandas as pd

from alsnb.evaluation.calls import CLASS, N_RIGHT
from alsnb.lessons.mice.study import TITLES
from alsnb.report import say
from alsnb.report.tables import shown
from alsnb.schema import ESTIMATE, HIGH, LOW, METRIC, MODEL, N_PATIENTS

METRICS = {"accuracy": "Accuracy", "log_loss": "Log loss"}


def show_sources(sources: pd.DataFrame) -> pd.DataFrame:
    """Return what the networks read, for reading."""
    return shown(sources, {MODEL: ("Network", TITLES), "n_inputs": ("Inputs", ",.0f")})


def show_strains(strains: pd.DataFrame) -> pd.DataFrame:
    """Return the strains, for reading."""
    return shown(
        strains,
        {CLASS: ("Strain", None), N_PATIENTS: ("Mice", ".0f"), "n_females": ("Females", ".0f")},
    )


def show_judged(judged: pd.DataFrame) -> pd.DataFrame:
    """Return accuracies beside those on permuted strains, for reading."""
    return shown(
        judged,
        {
            MODEL: ("Network", TITLES),
            ESTIMATE: ("Accuracy", ".3f"),
            "chance": ("On permuted strains (95 % of them)", (LOW, HIGH, 3)),
            "highest": ("Highest of these", ".3f"),
            "p_value": ("p", say.p_value),
        },
    )


def show_recalls(recalls: pd.DataFrame) -> pd.DataFrame:
    """Return the share of each strain called rightly, for reading."""
    return shown(
        recalls,
        {
            MODEL: ("Network", TITLES),
            CLASS: ("Strain", None),
            N_RIGHT: ("Right", ".0f"),
            N_PATIENTS: ("Of", ".0f"),
            ESTIMATE: ("Share (95 % interval)", (LOW, HIGH, 2)),
        },
    )


def show_scores(scores: pd.DataFrame) -> pd.DataFrame:
    """Return scores over all rounds, for reading."""
    return shown(
        scores,
        {
            MODEL: ("Network", TITLES),
            METRIC: ("Score", METRICS),
            ESTIMATE: ("Mean (95 % interval)", (LOW, HIGH, 3)),
        },
    )
