"""Put rankings of features beside what the paper says of its own, and into words."""

import numpy as np
import pandas as pd

from alsnb.lessons.ranking.ranking_lesson import FEATURE, FOREST, PEARSON, RANKINGS
from alsnb.published import TOP_FIVE, read_published
from alsnb.report.tables import signed
from alsnb.schema import ESTIMATE

SAID = (
    ("Onset Delta", ("onset_delta",)),
    ("FVC", ("fvc",)),
    ("ALSFRS", ("alsfrs_total",)),
    ("Age", ("age",)),
    ("Weight", ("weight",)),
)
"""The order in which the paper names what predicts best, and the measures that are meant."""


def beside_top_five(forest: pd.DataFrame, pearson: pd.DataFrame) -> pd.DataFrame:
    """Return the places, by either ranking, of the five features that the paper prints.

    Parameters
    ----------
    forest, pearson : DataFrame
        From :func:`alsnb.lessons.ranking.ranking_lesson.average_ranking`.

    Returns
    -------
    DataFrame
        ``printed`` (the paper's name), ``feature``, ``published`` (its place in the paper's
        list), ``forest`` and ``pearson`` (places here, NaN if thrown away), ``difference``
        (forest less published) and ``best``, ``worst`` (ranks in the folds' forests).
    """
    printed = read_published()["paper_a"]["table3"]["features"]
    rows = pd.DataFrame({"printed": printed, FEATURE: [TOP_FIVE[name] for name in printed]})
    rows["published"] = np.arange(1, len(rows) + 1)
    for name, table in ((FOREST, forest), (PEARSON, pearson)):
        rows[name] = rows[FEATURE].map(table.set_index(FEATURE)["place"])
    rows["difference"] = rows[FOREST] - rows["published"]
    for name in ("best", "worst"):
        rows[name] = rows[FEATURE].map(forest.set_index(FEATURE)[name])
    return rows


def beside_statement(forest: pd.DataFrame, pearson: pd.DataFrame) -> pd.DataFrame:
    """Return the places of the measures that the paper names as best, in its order.

    Parameters
    ----------
    forest, pearson : DataFrame
        From :func:`alsnb.lessons.ranking.ranking_lesson.average_measures`.

    Returns
    -------
    DataFrame
        ``printed``, ``published`` (place in the sentence), ``forest`` and ``pearson`` (places
        of the measure here, NaN if none of its features is left).
    """
    rows = pd.DataFrame({"printed": [name for name, _ in SAID]})
    rows["published"] = np.arange(1, len(rows) + 1)
    for name, table in ((FOREST, forest), (PEARSON, pearson)):
        places = table.set_index("measure")["place"]
        rows[name] = [places.reindex(list(meant)).min() for _, meant in SAID]
    return rows.assign(difference=rows[FOREST] - rows["published"])


def word_beside(beside: pd.DataFrame) -> pd.DataFrame:
    """Return either comparison as a page shows it."""

    def place(values: pd.Series) -> list[str]:
        return ["discarded" if value != value else f"{value:.0f}" for value in values]

    shown = {"Named in the paper": beside["printed"], "Published place": beside["published"]}
    shown |= {f"Here, {RANKINGS[name].lower()}": place(beside[name]) for name in RANKINGS}
    gaps = ["" if gap != gap else signed(gap, 0) for gap in beside["difference"]]
    shown["Difference (forest)"] = gaps
    if "best" in beside:
        both = zip(beside["best"], beside["worst"], strict=True)
        shown["Ranks in the folds"] = ["" if a != a else f"{a:.0f} to {b:.0f}" for a, b in both]
    return pd.DataFrame(shown)


def word_first(forest: pd.DataFrame, pearson: pd.DataFrame) -> str:
    """Return in a sentence what comes first by either ranking."""
    one, two = forest["label"].iloc[0], pearson["label"].iloc[0]
    times = forest[ESTIMATE].iloc[0] / max(forest[ESTIMATE].iloc[1], 1e-12)
    lead = f"with {times:.1f} times the importance of the next"
    if one == two:
        return f"Both rankings put “{one}” first, the forest {lead}."
    return f"The forest puts “{one}” first, {lead}; the correlation puts “{two}” first."


def word_shared(forest: pd.DataFrame, pearson: pd.DataFrame, n_features: int = 20) -> str:
    """Return in a phrase how many of the first features both rankings name."""
    both = set(forest[FEATURE][:n_features]) & set(pearson[FEATURE][:n_features])
    return f"{len(both)} of the first {n_features}"
