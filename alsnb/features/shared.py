"""Name the features that PRO-ACT and the table of the DREAM 2012 challenge both have.

The table's columns are given the names, units and definitions of the features that are derived from
a release of PRO-ACT (:mod:`alsnb.features.proact`). Its makers filled gaps with medians, so that
gaps of a release have to be filled in the same way before a model may travel.
"""

import numpy as np
import pandas as pd

from alsnb.checks import check_columns

SUMMARIES = {
    "maximum": "max.{}",
    "minimum": "min.{}",
    "last": "last.{}",
    "mean": "mean.{}",
    "slope": "{}.slope",
}
"""Summaries that both have: ours, and how the table writes them. Their standard deviations differ:
ours divide by one visit less."""

MEASURES = {
    "alsfrs_total": "alsfrs.score",
    "q1_speech": "speech",
    "q2_salivation": "salivation",
    "q3_swallowing": "swallowing",
    "q4_handwriting": "handwriting",
    "q5_cutting": "cutting",
    "q6_dressing": "dressing",
    "q7_turning": "turning",
    "q8_walking": "walking",
    "q9_climbing": "climbing.stairs",
    "fvc": "fvc.liters",
    "svc": "svc.liters",
    "weight": "weight",
    "respiratory_rate": "resp.rate",
    "diastolic": "bp.diastolic",
    "systolic": "bp.systolic",
}
"""Measures that both have: ours, and the table's."""

FACTS = {
    "onset_delta": "Onset.Delta",
    "age": "Age",
    "site_bulbar": "Site.of.Onset.Onset..Bulbar",
    "site_limb": "Site.of.Onset.Onset..Limb",
}
"""Facts that both have and fill alike. Sex, race, arm and height are left out: in the table they
are the filling of a gap in so many patients that they mean something else."""

SHARED = (*FACTS, *(f"{summary}_{measure}" for measure in MEASURES for summary in SUMMARIES))
"""The features of both, by our names."""

ONSET = "log_onset_delta"
"""The logarithm of the days since onset, which is added to them."""


def shared_of_dream(table: pd.DataFrame) -> pd.DataFrame:
    """Return the features of both from the table of the challenge, row by row.

    Raises
    ------
    alsnb.checks.BadInput
        If a column is missing.
    """
    names = dict(FACTS)
    for measure, theirs in MEASURES.items():
        names |= {f"{name}_{measure}": how.format(theirs) for name, how in SUMMARIES.items()}
    check_columns(table, list(names.values()), "the DREAM 2012 table")
    return _with_onset(table[list(names.values())].set_axis(list(names), axis=1).astype(float))


def shared_of_release(features: pd.DataFrame, filled_from: pd.DataFrame) -> pd.DataFrame:
    """Return the features of both from those of a release, gaps filled with medians.

    Parameters
    ----------
    features : DataFrame of shape (n_patients, n_features)
        From :func:`alsnb.features.proact.derive_features`.
    filled_from : DataFrame
        The patients whose medians fill the gaps: those who are learnt from.

    Raises
    ------
    alsnb.checks.BadInput
        If a feature is missing.
    """
    check_columns(features, list(SHARED), "the features of the release")
    own, medians = features[list(SHARED)].astype(float), filled_from[list(SHARED)].median()
    return _with_onset(own.fillna(medians).fillna(0.0))


def _with_onset(frame: pd.DataFrame) -> pd.DataFrame:
    days = (-frame["onset_delta"]).clip(lower=1.0)
    return frame[list(SHARED)].assign(**{ONSET: np.log(days)})
