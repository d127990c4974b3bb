"""Ask which features of a cohort are alike, and which go with the slope."""

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform

from alsnb.disclosure import SMALLEST_COUNT
from alsnb.effort import EFFORTS
from alsnb.evaluation.bootstrap import score_predictions
from alsnb.lessons.features.describe_features import (
    correlate_features,
    shown_catalogue,
    strongest_features,
)
from alsnb.published import TOP_FIVE, read_published
from alsnb.report.tables import interval
from alsnb.schema import (
    ESTIMATE,
    FOLD,
    HIGH,
    LOW,
    MODEL,
    OBSERVED,
    PATIENT,
    PREDICTED,
    REPEAT,
    SPLIT,
)
from alsnb.study.proact import Study


def correlate_measures(study: Study) -> pd.DataFrame:
    """Return the correlations between the means of measures, those that are alike side by side.

    Returns
    -------
    DataFrame of shape (n_measures, n_measures)
        Measures whose mean is kept, named for people both ways.
    """
    catalogue = study.catalogue
    chosen = catalogue[catalogue["kept"] & (catalogue["summary"] == "mean")]
    values = study.features[chosen["name"]]
    names = list(values.columns[values.max() > values.min()])
    together = correlate_features(study, names).fillna(0.0)
    titles = chosen.set_index("name")["title"].str.removeprefix("Mean ")
    together = together.set_axis(titles[names], axis=0).set_axis(titles[names], axis=1)
    together = together.rename_axis(index=None, columns=None)
    if len(names) < 3:
        return together
    distance = squareform(1 - together.abs().to_numpy(), checks=False)
    order = leaves_list(linkage(np.maximum(distance, 0), "average"))
    return together.iloc[order, order]


def measure_redundancy(study: Study, alike: float = 0.9) -> dict[str, float]:
    """Return how much the kept features repeat each other.

    Returns
    -------
    dict
        ``n_kept``; ``share_alike``, the share of them with another that correlates with them
        more strongly than ``alike``; ``n_components``, the principal components of the
        features (gaps filled by the median) that hold nine tenths of their variance.
    """
    kept = study.features[study.catalogue.loc[study.catalogue["kept"], "name"]]
    kept = kept.loc[:, kept.max() > kept.min()]
    correlation = kept.fillna(kept.median()).corr().to_numpy()
    others = np.abs(correlation - np.eye(len(correlation)))
    share = np.sort(np.linalg.eigvalsh(correlation))[::-1].cumsum() / max(len(correlation), 1)
    return {
        "n_kept": kept.shape[1],
        "share_alike": float((others.max(axis=1, initial=0) > alike).mean()),
        "n_components": int(np.searchsorted(share, 0.9) + 1),
    }


def correlate_with_slope(study: Study, profile: str, n_features: int = 20) -> pd.DataFrame:
    """Return the kept features that go most with the slope, each with its interval.

    Returns
    -------
    DataFrame
        ``name``, ``label``, ``estimate`` (Pearson correlation over patients in whom the
        feature is known), ``low`` and ``high`` (95 % interval over patients).
    """
    best = strongest_features(study, n_features)
    scores = _score_features(study, list(best["name"]), profile)
    return scores.assign(label=scores["name"].map(best.set_index("name")["title"]))


def word_ranks(ranks: pd.DataFrame) -> pd.DataFrame:
    """Return what :func:`rank_published` found in words, as a page shows it."""
    missing = ["withheld" if value != value else f"{value:.0%}" for value in ranks["missing"]]
    rank = ["discarded" if value != value else f"{value:.0f}" for value in ranks["rank"]]
    pcc = [interval(*cells, 2) for cells in ranks[[ESTIMATE, LOW, HIGH]].to_numpy()]
    return pd.DataFrame(
        {
            "Published": ranks["published"],
            "Here": ranks["name"],
            "PCC with the slope": pcc,
            "Rank here": rank,
            "Missing": missing,
        }
    )


def rank_published(study: Study, profile: str) -> pd.DataFrame:
    """Return where the paper's five best features stand here.

    Returns
    -------
    DataFrame
        ``published`` (the paper's name), ``name``, ``estimate``, ``low``, ``high`` (correlation
        with the slope, as in :func:`correlate_with_slope`), ``rank`` among the kept features
        (1 is the strongest) and ``missing``. A feature that is missing in too many patients
        has no rank.
    """
    printed = read_published()["paper_a"]["table3"]["features"]
    catalogue = shown_catalogue(study).set_index("name")
    strongest = strongest_features(study, len(catalogue))
    ranks = pd.Series(np.arange(1, len(strongest) + 1), index=strongest["name"])
    names = [TOP_FIVE[name] for name in printed]
    rows = pd.DataFrame({"published": printed, "name": names})
    rows = rows.merge(_score_features(study, names, profile), on="name", how="left")
    rows["rank"] = rows["name"].map(ranks)
    rows["missing"] = rows["name"].map(catalogue["missing"])
    return rows


def _score_features(study: Study, names: list[str], profile: str) -> pd.DataFrame:
    """Return the correlation of features with the slope, with intervals over patients."""
    slope, frames = study.cohort.patients["slope"], []
    for name in names:
        known = study.features[name].dropna()
        if len(known) >= SMALLEST_COUNT:
            facts = {MODEL: name, SPLIT: "train", REPEAT: 0, FOLD: 0, PATIENT: known.index}
            values = {OBSERVED: slope[known.index].to_numpy(), PREDICTED: known.to_numpy()}
            frames.append(pd.DataFrame(facts | values))
    scores = score_predictions(
        pd.concat(frames, ignore_index=True),
        metrics=["pcc"],
        n_resamples=EFFORTS[profile].n_resamples,
    )
    scores = scores.rename(columns={MODEL: "name"})
    return scores[["name", ESTIMATE, LOW, HIGH]]
