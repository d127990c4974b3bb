"""Word the tables of the variations for reading."""

from collections.abc import Mapping

import pandas as pd

from alsnb.report import say
from alsnb.report.say import estimate, side, verdict
from alsnb.report.scores import (
    across,
    label_rows,
    tabulate_differences,
    tabulate_groups,
    tabulate_table2,
)
from alsnb.report.tables import interval, shown, signed
from alsnb.schema import ESTIMATE, HIGH, LOW, METRIC, MODEL, N_PATIENTS
from alsnb.study.search import Search
from alsnb.vocabulary import MODEL_TITLES, NETWORKS

TITLES = {network: f"{MODEL_TITLES[network]}, chosen among all" for network in NETWORKS} | {
    "ffnn_few": "FFNN, five features",
    "cnn_few": "CNN, questionnaires and four features",
    "rnn_few": "RNN, questionnaires and four features",
    "ffnn_imputed": "FFNN, gaps filled",
    "ffnn_complete": "FFNN, complete cases",
    "ffnn_as_many": "FFNN, gaps filled, as many patients",
}
"""What a reader calls each model, where features or patients differ."""

STEP_TITLES = {
    "all": "Original scale, the whole cohort",
    "fewer": "Original scale, as many patients drawn by chance",
    "theirs": "Original scale, the patients of the revised cohort",
    "revised": "Revised scale, the same patients",
}

LEARNER_TITLES = {
    "boosting": "Boosting, ranked features",
    "forest": "Forest, ranked features",
    "given five": "Boosting, the features of the networks",
    "onset": "Line on log onset delta",
}
"""What a reader calls what is drawn along the curve, and its yardsticks."""

MOVES = {"fewer": "fewer patients", "theirs": "other patients", "revised": "the other scale"}
"""What changes at each step from the main cohort to the revised scale."""

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


def word_settings(settings: pd.DataFrame) -> pd.DataFrame:
    """Return the settings of several searches with their names in words."""
    names = (
        settings["setting"]
        .astype("str")
        .str.replace("_", " ")
        .str.replace("^n ", "number of ", regex=True)
    )
    return settings.assign(setting=names).rename(columns={"setting": "Setting"})


def tabulate_patients(counts: pd.DataFrame) -> pd.DataFrame:
    """Return how many patients there are, printed and here."""
    columns = {
        "patients": ("Patients", None),
        "published": ("Published", ",.0f"),
        N_PATIENTS: ("This run", ",.0f"),
        "difference": ("Difference", "+,.0f"),
    }
    return shown(counts, columns)


def tabulate_gap_groups(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the scores of patients without and with a gap: a row per group."""
    return tabulate_groups(scores).rename(columns={"Onset": "Patients with", "Patients": "Number"})


def tabulate_spreads(spreads: pd.DataFrame) -> pd.DataFrame:
    """Return RMSD and the SD of the slopes at each step, in points of its scale."""
    rows = spreads.to_dict("records")
    cells = spreads.assign(cell=[interval(row[ESTIMATE], row[LOW], row[HIGH]) for row in rows])
    wide = cells.pivot_table("cell", MODEL, METRIC, aggfunc="first", sort=False)
    wide = wide.rename(index=STEP_TITLES, columns=STEP_METRICS)
    return wide.rename_axis(index="Step", columns=None).reset_index()


def tabulate_five(described: pd.DataFrame) -> pd.DataFrame:
    """Return what the features are."""
    columns = {
        "feature": ("Feature", None),
        "definition": ("What it is", None),
        "unit": ("Unit", None),
        "missing": ("Missing", ".0%", "withheld"),
    }
    return shown(described, columns)


def tabulate_statements(match: pd.DataFrame) -> pd.DataFrame:
    """Return what the paper says of its Table 3 beside this run, with a verdict."""
    columns = {
        "statement": ("Statement", None),
        "published": ("Published", None),
        "here": ("This run", None),
        "holds": ("Verdict", {True: "the same", False: "another"}, "no printed test"),
    }
    return shown(match, columns)


def tabulate_counts(curve: pd.DataFrame) -> pd.DataFrame:
    """Return R² by the number of features, a row per learner and number."""
    columns = {
        "learner": ("Learner", LEARNER_TITLES),
        "n_features": ("Features", ".0f"),
        ESTIMATE: ("R² (95 % interval)", (LOW, HIGH, 3)),
    }
    return shown(curve, columns)


def tabulate_widths(widths: pd.DataFrame) -> pd.DataFrame:
    """Return a difference with two kinds of interval."""
    columns = {"interval": ("Interval", None), ESTIMATE: ("Difference", (LOW, HIGH, 4))}
    return shown(widths, columns)


def change_in_words(row: Mapping, digits: int = 3) -> str:
    """Return a paired difference with a word for what it says, as in ``loses 0.040 (...)``.

    The row is one of :func:`alsnb.lessons.ablations.study.compare_few`, in PCC or R².
    """
    word = {"above": "gains", "below": "loses", "neither": "shows no detectable change"}
    return f"{word[side(row)]} ({estimate(row, digits)})"


def tabulate_steps(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the scores of every step from one scale to the other."""
    rows = []
    for step, cells in scores.groupby(MODEL, sort=False):
        size = f"{cells[N_PATIENTS].iloc[0]:,}"
        words = across(cells, STEP_METRICS)
        rows.append({"Step": STEP_TITLES[step], "Patients": size} | words)
    return pd.DataFrame(rows)
