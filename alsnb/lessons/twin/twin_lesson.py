"""Look behind the simulated twin: who was in which trial, what nobody measured, what was to come.

On a real download there is no truth to look at, and every function says so by an empty frame.
"""

from pathlib import Path

import pandas as pd

from alsnb.schema import ESTIMATE, METRIC, MODEL
from alsnb.study.difficulty import TITLES
from alsnb.study.proact import Study
from alsnb.study.truth import read_truth
from alsnb.vocabulary import FOREST, ONSET, ORACLE

MEASURES = {
    "alsfrs": ("ALSFRS", "total"),
    "fvc": ("Forced vital capacity", "litres"),
    "svc": ("Slow vital capacity", "litres"),
    "vitals": (
        ("Weight", "weight"),
        ("Height", "height"),
        ("Blood pressure", "systolic"),
        ("Pulse", "pulse"),
        ("Respiratory rate", "respiratory_rate"),
        ("Temperature", "temperature"),
    ),
}
"""What is looked for in the longitudinal tables other than the laboratory's."""

STATIC = {
    "demographics": (("Age", "age"), ("Sex", "male"), ("Race", "caucasian")),
    "history": (("Day of onset", "onset_day"), ("Site of onset", "site")),
    "riluzole": (("Riluzole", "riluzole"),),
    "treatment": (("Arm of the trial", "active"),),
    "death": (("Vital status", "died"),),
    "el_escorial": (("El Escorial", "level"),),
    "family": (("Family history", "family_als"),),
}
"""What is looked for in the tables with one row per subject."""

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
    """Return for each measure the share of a pseudo-trial's patients with any value of it.

    Returns
    -------
    DataFrame
        A row per measure, a column per pseudo-trial ("1", "2", ...), shares from 0 to 1.
        Empty if the patients are real: which trial they were in was removed from PRO-ACT.
    """
    patients = read_truth(truth)
    if patients.empty:
        return pd.DataFrame()
    trial = patients["trial"]
    shares = {
        title: trial.index.isin(subjects) for title, subjects in _subjects_with(study).items()
    }
    table = pd.DataFrame(shares, index=trial.index).groupby(trial.to_numpy()).mean().T
    return table.rename(columns=lambda number: str(number + 1))


def _subjects_with(study: Study) -> dict[str, pd.Series]:
    """Return the subjects with any value of each measure, by its title."""
    frames = study.clean.frames
    found = {}
    for table, columns in (MEASURES | STATIC).items():
        pairs = [columns] if isinstance(columns[0], str) else columns
        for title, column in pairs:
            known = frames[table][column].notna()
            found[title] = frames[table].loc[known, "subject_id"].unique()
    labs = frames["labs"].dropna(subset=["value"])
    tests = labs["measure"].value_counts().index[:N_LAB_TESTS]
    for test in tests:
        title = str(test).replace("_", " ").capitalize()
        found[title] = labs.loc[labs["measure"] == test, "subject_id"].unique()
    return found


def describe_blocks(recorded: pd.DataFrame) -> str:
    """Return what the figure of recorded shares shows, in words."""
    if recorded.empty:
        return "Nothing is drawn, for 0 trials are named in this download."
    return (
        f"Shares of patients with a value for {len(recorded)} measures in "
        f"{recorded.shape[1]} trials; {word_blocks(recorded)}."
    )


def word_blocks(recorded: pd.DataFrame) -> str:
    """Return in words how often a trial records a measure for nearly all or nearly nobody."""
    if recorded.empty:
        return "nothing can be drawn for a real download, in which no trial is named"
    shares = recorded.to_numpy()
    extreme = ((shares <= 0.1) | (shares >= 0.8)).mean()
    return (
        f"{extreme:.0%} of the cells are nearly full or nearly empty "
        "(a value for at least 80 % of the patients, or for at most 10 %)"
    )


# --- the ceiling ---------------------------------------------------------------------------

N_EASY = {"smoke": 900, "book": 6000, "full": 11_675}
"""How many patients are simulated without the unforeseeable change, by profile."""


def word_ceiling(scores: pd.DataFrame) -> str:
    """Return in a sentence where forest, line and oracle stand."""
    r2 = scores[scores[METRIC] == "r2"].set_index(MODEL)[ESTIMATE]
    found = (
        f"The line on the time since onset reaches an R² of {r2[ONSET]:.2f}, "
        f"the forest on all features {r2[FOREST]:.2f}."
    )
    if ORACLE not in r2.index:
        return f"{found} What nobody could exceed is known of simulated patients only."
    return f"{found} The oracle, which knows all that is knowable, stops at {r2[ORACLE]:.2f}."


def compare_difficulty(scores: pd.DataFrame, easy: pd.DataFrame) -> pd.DataFrame:
    """Return R² of each reference in this run and in an easier twin, and the difference."""
    columns = {}
    for name, frame in {"this_run": scores, "without_change": easy}.items():
        rows = frame[frame[METRIC] == "r2"].set_index(MODEL)
        columns |= {name: rows[ESTIMATE], f"{name}_low": rows["low"], f"{name}_high": rows["high"]}
    order = [model for model in (ONSET, FOREST, ORACLE) if model in columns["this_run"].index]
    table = pd.DataFrame(columns).loc[order]
    table["difference"] = table["without_change"] - table["this_run"]
    return table.rename(index=TITLES).reset_index(names="reference")


def word_easier(gain: pd.DataFrame) -> str:
    """Return in words how much better the forest looks in the easier twin."""
    forest = gain.set_index("reference").loc[TITLES[FOREST]]
    return f"an R² of {forest['without_change']:.2f} instead of {forest['this_run']:.2f}"
