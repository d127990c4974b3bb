"""Describe the features of a cohort: how many are left, which go missing together, what is alike.

As in :mod:`alsnb.lessons.cohort.describe`, no number from data of real patients says of fewer
than five of them that they have, or lack, something.
"""

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform

from alsnb.checks import check_columns
from alsnb.disclosure import SMALLEST_COUNT
from alsnb.published import read_published
from alsnb.study.proact import Study


def count_features(study: Study) -> pd.DataFrame:
    """Return how many features there are and how many are left, beside what is printed.

    Returns
    -------
    DataFrame
        ``which`` (``"all"``, or ``"of the paper"``: the seven summaries of what it used),
        ``n_features``, ``n_kept`` (not missing in too many patients), ``published`` (number
        kept; NaN for all) and ``difference``.
    """
    printed = read_published()["paper_a"]["cohort"]
    entry = "features" if study.cohort.settings.scale == "ALSFRS" else "alsfrs_r_features"
    catalogue = study.catalogue
    chosen = {"all": catalogue, "of the paper": catalogue[catalogue["in_paper"]]}
    counts = pd.DataFrame(
        {
            "which": list(chosen),
            "n_features": [len(rows) for rows in chosen.values()],
            "n_kept": [int(rows["kept"].sum()) for rows in chosen.values()],
            "published": [np.nan, printed[entry]],
        }
    )
    return counts.assign(difference=counts["n_kept"] - counts["published"])


def shown_catalogue(study: Study) -> pd.DataFrame:
    """Return the catalogue with the shares missing that a page may show; NaN where it may not."""
    missing = _shown_shares(study.features.isna(), is_real=study.source.is_real)
    return study.catalogue.assign(missing=missing.reindex(study.catalogue["name"]).to_numpy())


def missing_by_measure(study: Study) -> pd.DataFrame:
    """Return how often each measure and its slope are missing, and how many features are left.

    Returns
    -------
    DataFrame
        ``table``, ``measure``, ``title``, ``n_features``, ``n_kept``, ``missing`` (share of
        patients without any value in the window) and ``missing_slope`` (without two; NaN
        for a fact).
    """
    catalogue = shown_catalogue(study)
    shares = catalogue.set_index("name")["missing"]
    by_measure = catalogue.groupby("measure", sort=False)
    rows = by_measure.agg(
        table=("table", "first"), n_features=("name", "size"), n_kept=("kept", "sum")
    ).reset_index()
    stands_for = _first_features(study)
    titles = catalogue.set_index("name")["title"].str.removeprefix("First ")
    rows["title"] = rows["measure"].map(lambda measure: titles[stands_for[measure]])
    rows["missing"] = rows["measure"].map(lambda measure: shares[stands_for[measure]])
    rows["missing_slope"] = rows["measure"].map(lambda measure: shares.get(f"slope_{measure}"))
    order = ["table", "measure", "title", "n_features", "n_kept", "missing", "missing_slope"]
    return rows[order].astype({"missing_slope": float})


def missing_together(study: Study) -> pd.DataFrame:
    """Return the correlations of being missing, over patients, between measures.

    Measures that are missing in nobody or everybody are left out; from real data also those
    that are missing, or there, in fewer than five.

    Returns
    -------
    DataFrame of shape (n_measures, n_measures)
        Indexed both ways by measure, those that go missing together side by side.
    """
    missing = _missing(study)
    n_missing = missing.sum()
    fewest = SMALLEST_COUNT if study.source.is_real else 1
    varies = (n_missing >= fewest) & (len(missing) - n_missing >= fewest)
    missing = missing.loc[:, varies].astype(float)
    together = missing.corr()
    if together.shape[0] < 3:
        return together
    distance = squareform(1 - together.to_numpy(), checks=False)
    order = leaves_list(linkage(np.maximum(distance, 0), "average"))
    return together.iloc[order, order]


def missing_by_trial(study: Study, trials: pd.Series) -> pd.DataFrame:
    """Return the share of patients missing by pseudo-trial and measure, where the truth is known.

    Parameters
    ----------
    study : Study
        Made from a simulated release.
    trials : Series
        Number of the pseudo-trial, indexed by ``subject_id``.

    Returns
    -------
    DataFrame of shape (n_trials, n_measures)
        Trials with a patient in the cohort, largest first; measures as
        :func:`missing_together` orders them.
    """
    trial = trials.reindex(study.features.index).rename("trial")
    largest_first = trial.value_counts().index
    measures = missing_together(study).columns
    return _missing(study)[measures].groupby(trial).mean().loc[largest_first]


def strongest_features(study: Study, n_features: int = 20) -> pd.DataFrame:
    """Return the kept features that go most with the slope, judged on the whole cohort.

    A description, not a choice that a model may be built on: that is made on training
    patients only.

    Returns
    -------
    DataFrame of shape (n_features, 4)
        ``name``, ``title``, ``pcc`` (Pearson correlation with the slope over patients in
        whom the feature is known), and ``missing`` (share), strongest first.
    """
    catalogue = shown_catalogue(study).query("kept").set_index("name")
    pcc = study.features[catalogue.index].corrwith(study.cohort.patients["slope"]).dropna()
    best = pcc.abs().sort_values(ascending=False, kind="stable").index[:n_features]
    facts = {"title": catalogue["title"], "pcc": pcc, "missing": catalogue["missing"]}
    return pd.DataFrame(facts).loc[best].rename_axis("name").reset_index()


def correlate_features(study: Study, names: list[str]) -> pd.DataFrame:
    """Return the Pearson correlations between features over patients in whom both are known.

    Raises
    ------
    alsnb.checks.BadInput
        If there is no such feature.
    """
    check_columns(study.features, names, "the features of the cohort")
    fewest = SMALLEST_COUNT if study.source.is_real else 2
    return study.features[names].corr(min_periods=fewest)


def _first_features(study: Study) -> dict[str, str]:
    """Return by measure the feature that is missing if the measure is: its first value."""
    catalogue = study.catalogue[study.catalogue["summary"].isin(["first", ""])]
    return dict(zip(catalogue["measure"], catalogue["name"], strict=True))


def _missing(study: Study) -> pd.DataFrame:
    """Return where each measure is missing, a column per measure."""
    stands_for = _first_features(study)
    missing = study.features[list(stands_for.values())].isna()
    return missing.set_axis(list(stands_for), axis="columns")


def _shown_shares(missing: pd.DataFrame, *, is_real: bool) -> pd.Series:
    """Return the share missing by column, NaN if it would tell of too few patients."""
    n_missing, few = missing.sum(), (1, SMALLEST_COUNT - 1)
    small = n_missing.between(*few) | (len(missing) - n_missing).between(*few)
    return missing.mean().mask(small & is_real)
