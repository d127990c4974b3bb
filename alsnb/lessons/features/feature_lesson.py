"""Look at the features of a cohort: how many, what is alike, what goes with the slope.

Frames hold aggregates only; what they say of fewer than five real patients is NaN.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from alsnb.cohort import select_cohort
from alsnb.disclosure import SMALLEST_COUNT
from alsnb.features.proact import derive_features
from alsnb.features.questionnaire import ITEMS, N_VISITS
from alsnb.features.sequences import Sequences, make_sequences
from alsnb.lessons.cohort.cohort_selection import revised_settings
from alsnb.lessons.features.describe_features import (
    count_features,
    missing_by_measure,
    missing_by_trial,
    missing_together,
    shown_catalogue,
)
from alsnb.report.tables import signed
from alsnb.study.proact import Study
from alsnb.study.truth import read_truth

TABLE_TITLES = {
    "table": "Table",
    "n_measures": "Measures",
    "n_features": "Features",
    "n_kept": "Kept",
    "in_paper": "Of the paper",
    "in_paper_kept": "Of these kept",
}
"""What a reader calls the columns of :func:`count_by_table`."""

# --- what there is -----------------------------------------------------------------------


def count_both_scales(study: Study) -> pd.DataFrame:
    """Return how many features the cohort of either scale has and keeps, beside what is printed.

    Returns
    -------
    DataFrame
        ``scale``, ``n_patients``, then the columns of
        :func:`alsnb.lessons.features.describe_features.count_features`.
    """
    parts = []
    for scale in ("ALSFRS", "ALSFRS-R"):
        other = on_scale(study, scale)
        facts = {"scale": scale, "n_patients": len(other.cohort.patients)}
        parts.append(count_features(other).assign(**facts))
    table = pd.concat(parts, ignore_index=True)
    return table[["scale", "n_patients", *table.columns.drop(["scale", "n_patients"])]]


def on_scale(study: Study, scale: str) -> Study:
    """Return the study of the patients with a slope on a scale; the same rule otherwise."""
    if study.cohort.settings.scale == scale:
        return study
    cohort = select_cohort(study.clean, revised_settings(study, scale=scale))
    features, catalogue = derive_features(study.clean, cohort)
    sequences = make_sequences(study.clean, cohort)
    return replace(
        study, cohort=cohort, features=features, catalogue=catalogue, sequences=sequences
    )


def count_by_table(study: Study) -> pd.DataFrame:
    """Return for each table of the release its measures and features: all, paper's, and kept.

    Returns
    -------
    DataFrame
        ``table``, ``n_measures``, ``n_features``, ``n_kept``, ``in_paper``, ``in_paper_kept``,
        in the order of the features, and a last row of sums.
    """
    catalogue = study.catalogue
    catalogue = catalogue.assign(both=catalogue["in_paper"] & catalogue["kept"])
    counts = catalogue.groupby("table", sort=False).agg(
        n_measures=("measure", "nunique"),
        n_features=("name", "size"),
        n_kept=("kept", "sum"),
        in_paper=("in_paper", "sum"),
        in_paper_kept=("both", "sum"),
    )
    counts.loc["all"] = counts.sum()
    return counts.reset_index()


def describe_measure(study: Study, measure: str = "fvc") -> pd.DataFrame:
    """Return what the features of one measure are: rows of the catalogue that a page may show."""
    catalogue = shown_catalogue(study)
    rows = catalogue[catalogue["measure"] == measure]
    return rows[["name", "definition", "unit", "in_paper", "missing"]].reset_index(drop=True)


def count_kept(study: Study, limits: tuple[float, ...] = (0.1, 0.2, 0.3, 0.4, 0.5)) -> pd.DataFrame:
    """Return how many features are left by the share missing that is tolerated."""
    catalogue = study.catalogue
    rows = [
        [
            limit,
            int((kept := catalogue["missing"] <= limit).sum()),
            int((kept & catalogue["in_paper"]).sum()),
        ]
        for limit in limits
    ]
    return pd.DataFrame(rows, columns=["limit", "n_kept", "in_paper_kept"])


def word_counts(counts: pd.DataFrame) -> pd.DataFrame:
    """Return what :func:`count_both_scales` found in words, as a page shows it."""
    printed = [
        f"{value:,.0f}" if value == value else "not printed" for value in counts["published"]
    ]
    gaps = [signed(value, 0) if value == value else "" for value in counts["difference"]]
    return pd.DataFrame(
        {
            "Cohort": counts["scale"],
            "Patients": counts["n_patients"],
            "Features": counts["which"],
            "Made": counts["n_features"],
            "Published": printed,
            "This run": counts["n_kept"],
            "Difference": gaps,
        }
    )


# --- what is missing ---------------------------------------------------------------------


def missing_measures(study: Study, most: float = 0.5) -> pd.DataFrame:
    """Return how often each repeated measure is missing, of those that most patients have.

    Parameters
    ----------
    study : Study
        A prepared release.
    most : float
        Measures that are missing in a larger share of patients are left out.

    Returns
    -------
    DataFrame
        ``title``, ``missing`` and ``missing_slope`` of
        :func:`alsnb.lessons.features.describe_features.missing_by_measure`, least missing first.
    """
    shares = missing_by_measure(study).set_index("measure")
    names = "first_" + shares.index
    repeated = shares[names.isin(study.features.columns)]
    missing = study.features["first_" + repeated.index].isna().mean().to_numpy()
    chosen = repeated[missing <= most]
    order = np.argsort(missing[missing <= most], kind="stable")
    return chosen.iloc[order][["title", "missing", "missing_slope"]].reset_index(drop=True)


def missing_in_trials(study: Study, truth: Path | None) -> pd.DataFrame:
    """Return the share of patients missing by measure and pseudo-trial, empty for real patients.

    Returns
    -------
    DataFrame
        A row per measure, those that go missing together side by side; a column for each
        pseudo-trial with patients in the cohort, largest first.
    """
    patients = read_truth(truth)
    if patients.empty:
        return pd.DataFrame()
    table = missing_by_trial(study, patients["trial"] + 1).T
    return _readable(table)


def missing_pairs(study: Study) -> pd.DataFrame:
    """Return the correlations of being missing between measures, named for people."""
    return _readable(_readable(missing_together(study)).T).T


def _readable(table: pd.DataFrame) -> pd.DataFrame:
    names = [str(name).replace("_", " ") for name in table.index]
    return table.set_axis(names, axis=0).rename_axis(index=None, columns=None)


def word_trials(blocks: pd.DataFrame) -> str:
    """Return in a phrase how much of the missing values is a matter of all or nothing."""
    if blocks.empty:
        return "which trial a patient was in is not known for these patients"
    shares = blocks.to_numpy(float)
    extreme = np.mean((shares <= 0.05) | (shares >= 0.95))
    return (
        f"in {extreme:.0%} of the cells a measure is missing in at most one patient of twenty, "
        f"or in all but one of twenty"
    )


# --- sequences ---------------------------------------------------------------------------


def average_sequences(study: Study) -> pd.DataFrame:
    """Return the mean answers at each of the visits in the window, over those who have the visit.

    Returns
    -------
    DataFrame
        A row per visit: ``visit`` (from 1), ``month`` (mean), ``share`` (of the cohort), then
        mean points by item. NaN where fewer than five have the visit.
    """
    sequences = study.sequences
    shares = _shares_of_visits(sequences, is_real=study.source.is_real)
    rows = []
    for visit in range(N_VISITS):
        members = sequences.mask[:, visit]
        values = sequences.values[members, :, visit]
        enough = members.sum() >= SMALLEST_COUNT
        means = np.nanmean(values, axis=0) if enough else np.full(len(sequences.names), np.nan)
        rows.append([visit + 1, means[-1], shares[visit], *means[:-1]])
    items = [name.partition("_")[2].capitalize() for name in ITEMS]
    # of few patients a mean with all its digits would tell how many they are
    return pd.DataFrame(rows, columns=["visit", "month", "share", *items]).round(2)


def _shares_of_visits(sequences: Sequences, *, is_real: bool) -> np.ndarray:
    """Return the share of patients with each visit, NaN where it tells of too few."""
    counts = sequences.mask.sum(axis=0).astype(float)
    n_patients, told = len(sequences.mask), [float(len(sequences.mask))]
    for visit, count in enumerate(counts):
        # the patients between two counts are those who had just so many visits
        gaps = [count, *(abs(other - count) for other in told)]
        if count == 0 or (is_real and any(0 < gap < SMALLEST_COUNT for gap in gaps)):
            counts[visit] = np.nan
        else:
            told.append(count)
    return counts / max(n_patients, 1)
