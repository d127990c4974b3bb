"""Word the tables of the chapter on fusion and the honest task."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from alsnb.evaluation.bootstrap import P_HOLM
from alsnb.evaluation.calls import CLASS
from alsnb.evaluation.optimism import KNOWN, NEW
from alsnb.fits.fusion import LEARNT, OUT_OF_FOLD
from alsnb.lessons.fusion.study import CORRECTED, JUDGED, TITLES
from alsnb.report import say
from alsnb.report.tables import interval, shown
from alsnb.schema import ESTIMATE, HIGH, LOW, METRIC, MODEL

METRICS = {
    "rps": "Ranked probability score",
    "log_loss": "Log loss",
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
}
"""What a reader calls each score."""

WHOM = {LEARNT: "has learnt from", OUT_OF_FOLD: "of other folds"}


def show_optimism(optimism: pd.DataFrame, metric: str = "rps") -> pd.DataFrame:
    """Return the optimism of each network in one score, for reading."""
    return shown(
        optimism[optimism[METRIC] == metric],
        {
            MODEL: ("Model", TITLES),
            "whom": ("Patients it", WHOM),
            KNOWN: ("Score there", ".3f"),
            NEW: ("Held out", ".3f"),
            ESTIMATE: ("Optimism (95 % interval)", (LOW, HIGH, 3)),
        },
    )


def show_scores(scores: pd.DataFrame, titles: Mapping[str, str] = TITLES) -> pd.DataFrame:
    """Return scores, a row per model and a column per score, for reading."""
    cells = [interval(row[ESTIMATE], row[LOW], row[HIGH]) for row in scores.to_dict("records")]
    wide = scores.assign(cell=cells).pivot_table("cell", MODEL, METRIC, aggfunc="first", sort=False)
    columns = [name for name in METRICS if name in wide]
    wide = wide[columns].rename(index=dict(titles), columns=METRICS)
    return wide.rename_axis(index="Model", columns=None).reset_index()


def show_recalls(recalls: pd.DataFrame) -> pd.DataFrame:
    """Return recall per class, a row per model, for reading."""
    cells = [interval(row[ESTIMATE], row[LOW], row[HIGH], 2) for row in recalls.to_dict("records")]
    wide = recalls.assign(cell=cells).pivot_table("cell", MODEL, CLASS, aggfunc="first", sort=False)
    wide = wide.rename(index=TITLES, columns=str.capitalize)
    return wide.rename_axis(index="Model", columns=None).reset_index()


def show_differences(differences: pd.DataFrame) -> pd.DataFrame:
    """Return paired differences of both losses, for reading."""
    columns = {
        MODEL: ("Model", TITLES),
        ESTIMATE: ("Difference (95 % interval)", (LOW, HIGH, 3)),
        P_HOLM: ("p, after Holm", say.p_value),
    }
    return shown(differences[differences[METRIC] == "rps"], columns)


def show_gaps(gaps: pd.DataFrame) -> pd.DataFrame:
    """Return how far observed shares lie from predicted ones, for reading."""
    return shown(gaps, {MODEL: ("Model", TITLES), ESTIMATE: ("Mean distance", ".3f")})


def show_corrections(scores: pd.DataFrame) -> pd.DataFrame:
    """Return scores by correction, and the differences from the one inside, for reading."""
    wide = show_scores(scores, CORRECTED).rename(columns={"Model": "Scanner, age and head size"})
    gaps = scores[scores[METRIC] == "rps"]
    cells = [
        "reference" if np.isnan(row[0]) else interval(*row)
        for row in gaps[["gap", "gap_low", "gap_high"]].to_numpy()
    ]
    return wide.assign(**{"Score minus the second row's": cells})


def show_losses(losses: pd.DataFrame) -> pd.DataFrame:
    """Return what each model loses against the oracle, for reading."""
    wide = show_scores(losses, JUDGED)
    return wide.rename(columns={"Accuracy": "Accuracy lost"})


def show_shares(shares: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Return mean predicted shares of the classes beside the true ones, for reading."""
    titles = {"truth": "Truth"} | JUDGED
    return shown(shares, {MODEL: ("Model", titles)} | {n: (n.capitalize(), ".1%") for n in names})


def sides_of(differences: pd.DataFrame) -> dict[str, str]:
    """Return the titles of what is ``better``, ``worse`` and ``neither`` in the first score."""
    rows = differences[differences[METRIC] == "rps"]
    named = say.sides(rows, [TITLES[model] for model in rows[MODEL]])
    return {side: say.several(names) for side, names in named.items()}
