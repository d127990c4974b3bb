"""Word the tables of the variations for reading."""

from collections.abc import Mapping

import pandas as pd

from alsnb.report.say import estimate, verdict
from alsnb.report.scores import across, label_rows, tabulate_differences, tabulate_table2
from alsnb.report.tables import shown, signed
from alsnb.schema import METRIC, MODEL, N_PATIENTS
from alsnb.study.search import Search
from alsnb.vocabulary import MODEL_TITLES, NETWORKS

TITLES = {network: f"{MODEL_TITLES[network]}, chosen among all" for network in NETWORKS} | {
    "ffnn_few": "FFNN, five features",
    "cnn_few": "CNN, questionnaires and four features",
    "rnn_few": "RNN, questionnaires and four features",
    "ffnn_imputed": "FFNN, gaps filled",
    "ffnn_complete": "FFNN, complete cases",
}
"""What a reader calls each model, where features or patients differ."""

STEP_TITLES = {
    "all": "Original scale, the whole cohort",
    "fewer": "Original scale, as many patients drawn by chance",
    "theirs": "Original scale, the patients of the revised cohort",
    "revised": "Revised scale, the same patients",
}

STEP_METRICS = {"r2": "R²", "pcc": "PCC", "rmsd": "RMSD", "sd_observed": "SD of the slopes"}


def tabulate_searches(found: Mapping[str, Search], titles: Mapping[str, str]) -> pd.DataFrame:
    """Return the best settings of several searches: a row per setting, a column per search."""
    columns = {
        titles.get(name, name): {
            **{setting: str(value) for setting, value in one.best.flat().items()},
            "trials": str(len(one.trials)),
            "mean PCC over folds": f"{one.best_trial['pcc']:.3f}",
        }
        for name, one in found.items()
    }
    return pd.DataFrame(columns).rename_axis("setting").reset_index().fillna("")


def tabulate_five(described: pd.DataFrame) -> pd.DataFrame:
    """Return what the features are."""
    columns = {
        "feature": ("Feature", None),
        "definition": ("What it is", None),
        "unit": ("Unit", None),
        "missing": ("Missing", ".0%", "withheld"),
    }
    return shown(described, columns)


def tabulate_order(match: pd.DataFrame) -> pd.DataFrame:
    """Return which network is best in Table 3, printed and here."""
    rows = []
    for metric, pair in match.groupby(METRIC, sort=False):
        printed, here = pair.set_index("where").loc[["printed", "here"]].itertuples()
        words = [f"Best of the three by {metric.upper()}", _winner(printed), _winner(here)]
        rows.append([*words, "the same" if printed.best == here.best else "another"])
    return pd.DataFrame(rows, columns=["Statement", "Published", "This run", "Verdict"])


def _winner(row: object) -> str:
    return f"{row.best.removesuffix('_few').upper()} ({row.score:.3f})"


def tabulate_steps(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the scores of every step from one scale to the other."""
    rows = []
    for step, cells in scores.groupby(MODEL, sort=False):
        size = f"{cells[N_PATIENTS].iloc[0]:,}"
        words = across(cells, STEP_METRICS)
        rows.append({"Step": STEP_TITLES[step], "Patients": size} | words)
    return pd.DataFrame(rows)
