"""Look behind the simulated twin: who was in which trial, what nobody measured, what was to come.

On a real download there is no truth to look at, and every function says so by an empty frame.
"""

from pathlib import Path

import pandas as pd

from alsnb.effort import room_efforts
from alsnb.evaluation.bootstrap import compare_predictions
from alsnb.schema import ESTIMATE, HIGH, LOW, METRIC, MODEL
from alsnb.study.difficulty import (
    CARRIED,
    FOREST,
    ONSET,
    ORACLE,
    TITLES,
    predict_references,
    score_references,
)
from alsnb.study.fidelity import assess
from alsnb.study.proact import Study, simulated_release
from alsnb.study.recorded import RECORDED
from alsnb.study.truth import read_oracle, read_truth
from alsnb.synthetic.mess_tables import describe_defects
from alsnb.synthetic.parameters import read_parameters
from alsnb.synthetic.properties import describe_absent

EFFORTS = room_efforts(n_easy={"smoke": 900, "book": 6000, "full": 11_675})
"""``n_easy``: patients who are simulated without the unforeseeable change."""

N_LAB_TESTS = 24


def describe_tables(study: Study) -> pd.DataFrame:
    """Return a row per table of the release: file, rows, subjects, rows per subject, use."""
    counts = study.reading.counts
    each = counts["rows"] / counts["subjects"].where(counts["subjects"] > 0)
    use = counts["used"].map({True: "read", False: "counted"})
    return counts[["table", "file", "rows", "subjects"]].assign(
        rows_per_subject=each, use=use.to_numpy()
    )


def recorded_by_trial(study: Study, truth: Path | None) -> pd.DataFrame:
    """Return the share of patients with any value, a row per measure, a column per pseudo-trial.

    Empty if the patients are real: which trial they were in was removed from PRO-ACT.
    """
    patients = read_truth(truth)
    if patients.empty:
        return pd.DataFrame()
    trial = patients["trial"]
    found = _subjects_with(study).items()
    shares = {title: trial.index.isin(subjects) for title, subjects in found}
    table = pd.DataFrame(shares, index=trial.index).groupby(trial.to_numpy()).mean().T
    return table.rename(columns=lambda number: str(number + 1))


def _subjects_with(study: Study) -> dict[str, pd.Series]:
    """Return the subjects with any value of each measure, by its title."""
    frames = study.clean.frames
    found = {
        title: frames[table].loc[frames[table][column].notna(), "subject_id"]
        for table, title, column in RECORDED
    }
    labs = frames["labs"].dropna(subset=["value"])
    for test in labs["measure"].value_counts().index[:N_LAB_TESTS]:
        title = str(test).replace("_", " ").capitalize()
        found[title] = labs.loc[labs["measure"] == test, "subject_id"]
    return found


def share_in_blocks(recorded: pd.DataFrame) -> float:
    """Return how many of the shares are at least 0.8 or at most 0.1; 0 if there are none."""
    shares = recorded.to_numpy()
    return ((shares <= 0.1) | (shares >= 0.8)).mean() if shares.size else 0.0


def r2_of(scores: pd.DataFrame) -> pd.Series:
    """Return the R² of each reference, by its name."""
    return scores[scores[METRIC] == "r2"].set_index(MODEL)[ESTIMATE]


def compare_difficulty(scores: pd.DataFrame, easy: pd.DataFrame) -> pd.DataFrame:
    """Return R² of each reference in this run and in an easier twin, and the difference."""
    columns = {}
    for name, frame in {"this_run": scores, "without_change": easy}.items():
        rows = frame[frame[METRIC] == "r2"].set_index(MODEL)
        columns |= {name: rows[ESTIMATE], f"{name}_low": rows[LOW], f"{name}_high": rows[HIGH]}
    order = [model for model in (ONSET, FOREST, ORACLE) if model in columns["this_run"].index]
    table = pd.DataFrame(columns).loc[order]
    table["difference"] = table["without_change"] - table["this_run"]
    return table.rename(index=TITLES).reset_index(names="reference")
