"""Word the tables of the chapter on four networks."""

import pandas as pd

from alsnb.disclosure import HELD
from alsnb.evaluation.bootstrap import P_HOLM, P_VALUE
from alsnb.evaluation.calls import CLASS, N_LOST, N_RIGHT, N_WON
from alsnb.lessons.four_networks.study import TITLES
from alsnb.report import say
from alsnb.report.tables import shown
from alsnb.schema import ESTIMATE, HIGH, LOW, METRIC, MODEL, N_PATIENTS

METRICS = {
    "rps": "Ranked probability score",
    "log_loss": "Log loss",
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
}
"""What a reader calls each score."""


def show_inputs(shapes: pd.DataFrame) -> pd.DataFrame:
    """Return what the networks read, for reading."""
    return shown(shapes, {"source": ("Source", None), "n_inputs": ("Inputs", ",.0f")})


def show_classes(counts: pd.DataFrame) -> pd.DataFrame:
    """Return the sizes of the classes, for reading."""
    return shown(
        counts,
        {CLASS: ("Class", None), N_PATIENTS: ("Patients", ",.0f"), "share": ("Share", ".0%")},
    )


def show_accuracies(accuracies: pd.DataFrame) -> pd.DataFrame:
    """Return accuracies of one division beside the printed ones, for reading."""
    table = shown(
        accuracies,
        {
            MODEL: ("Model", TITLES),
            "published": ("Published", ".3f", "none"),
            ESTIMATE: ("This run (95 % interval)", (LOW, HIGH, 3)),
            "difference": ("Difference", "+.3f"),
            N_RIGHT: ("Right", ".0f", HELD),
            N_PATIENTS: ("Of", ".0f"),
        },
    )
    return table.replace("not defined", HELD)


def show_recalls(recalls: pd.DataFrame) -> pd.DataFrame:
    """Return recall per class, a row per model, for reading."""
    cells = recalls.assign(cell=[_recall(row) for row in recalls.to_dict("records")])
    wide = cells.pivot_table("cell", MODEL, CLASS, aggfunc="first", sort=False)
    wide = wide.rename(index=TITLES).rename_axis(index="Model", columns=None)
    return wide.rename(columns=str.capitalize).reset_index()


def _recall(row: dict) -> str:
    if pd.isna(row[N_PATIENTS]):
        return HELD
    if pd.isna(row[ESTIMATE]):
        return "nobody"
    return f"{row[N_RIGHT]:.0f} of {row[N_PATIENTS]:.0f} ({row[LOW]:.2f} to {row[HIGH]:.2f})"


def show_calls(tested: pd.DataFrame) -> pd.DataFrame:
    """Return McNemar's tests, for reading."""
    return shown(
        tested,
        {
            MODEL: ("Model", TITLES),
            N_WON: ("Right where the reference is wrong", ".0f", HELD),
            N_LOST: ("Wrong where the reference is right", ".0f", HELD),
            P_VALUE: ("Exact p", say.p_value, HELD),
        },
    )


def show_spread(spread: pd.DataFrame) -> pd.DataFrame:
    """Return what single divisions could have said, for reading."""
    return shown(
        spread,
        {
            MODEL: ("Model", TITLES),
            "published": ("Published", ".3f", "none"),
            ESTIMATE: ("Mean (range of 95 % of the divisions)", (LOW, HIGH, 3)),
            "share_as_high": ("Divisions that reach the published value", ".0%"),
        },
    )


def show_scores(scores: pd.DataFrame) -> pd.DataFrame:
    """Return scores over all divisions, a row per model, for reading."""
    cell = "{estimate:.3f} ({low:.3f} to {high:.3f})".format_map
    cells = scores.assign(cell=[cell(row) for row in scores.to_dict("records")])
    wide = cells.pivot_table("cell", MODEL, METRIC, aggfunc="first", sort=False)
    wide = wide[list(METRICS)].rename(index=TITLES, columns=METRICS)
    return wide.rename_axis(index="Model", columns=None).reset_index()


def show_differences(differences: pd.DataFrame) -> pd.DataFrame:
    """Return paired differences of the ranked probability score, for reading."""
    return shown(
        differences,
        {
            MODEL: ("Model", TITLES),
            ESTIMATE: ("Difference (95 % interval)", (LOW, HIGH, 3)),
            P_HOLM: ("p, after Holm", say.p_value),
        },
    )


def show_cuts(accuracies: pd.DataFrame) -> pd.DataFrame:
    """Return mean accuracies by cut-offs, a row per model, for reading."""
    wide = accuracies.pivot_table(ESTIMATE, MODEL, "cuts", sort=False).map("{:.3f}".format)
    wide = wide.rename(index=TITLES).rename_axis(index="Model", columns=None)
    return wide.reset_index()


def better_than(differences: pd.DataFrame) -> dict[str, list[str]]:
    """Return the titles of what is ``better``, ``worse`` and ``neither``; a loss is compared."""
    found: dict[str, list[str]] = {"better": [], "worse": [], "neither": []}
    for row in differences.to_dict("records"):
        side = "neither" if row[P_HOLM] >= 0.05 else "better" if row[HIGH] < 0 else "worse"
        found[side].append(TITLES[row[MODEL]])
    return found
