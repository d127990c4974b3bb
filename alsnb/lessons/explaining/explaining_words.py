"""Put explanations into words, beside what the paper says about its own.

Nothing is computed here but shares and the choice of a sentence.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from alsnb.lessons.explaining.explaining_tables import STATIC
from alsnb.report.tables import interval, signed
from alsnb.schema import ESTIMATE, HIGH, LOW

DISCUSSED = (
    ("Onset delta", ("onset_delta",)),
    (
        "ALSFRS questionnaire",
        ("alsfrs_total", "q1_", "q2_", "q3_", "q4_", "q5_", "q6_", "q7_", "q8_", "q9_", "q10_"),
    ),
    ("FVC", ("fvc",)),
    ("Creatinine", ("creatinine",)),
)
"""What the paper's discussion names as moving its network, and the measures that are meant."""


def beside_discussion(table: pd.DataFrame, measures: Mapping[str, str]) -> pd.DataFrame:
    """Return the places of what the paper's discussion names.

    Parameters
    ----------
    table : DataFrame
        From :func:`alsnb.lessons.explaining.explaining_tables.sum_up`.
    measures : mapping
        The measure behind each feature.

    Returns
    -------
    DataFrame
        ``named`` (in the paper), ``n_inputs`` (how many inputs of the network are meant),
        ``place`` (of the best; NaN if there is none), ``label`` (of the best) and ``share`` (of
        the sum of all mean absolute Shapley values).
    """
    behind = table["input"].map(measures).fillna("")
    rows = []
    for named, starts in DISCUSSED:
        meant = table[[measure.startswith(starts) for measure in behind]]
        share = meant[ESTIMATE].sum() / max(table[ESTIMATE].sum(), 1e-12)
        best = [meant["place"].iloc[0], meant["label"].iloc[0]] if len(meant) else [np.nan, ""]
        rows.append([named, len(meant), *best, share])
    return pd.DataFrame(rows, columns=["named", "n_inputs", "place", "label", "share"])


def word_discussion(beside: pd.DataFrame) -> pd.DataFrame:
    """Return :func:`beside_discussion` as a page shows it."""
    places = ["none chosen" if place != place else f"{place:.0f}" for place in beside["place"]]
    return pd.DataFrame(
        {
            "Named in the paper": beside["named"],
            "Inputs here": beside["n_inputs"],
            "Best place": places,
            "Best": beside["label"],
            "Share of all SHAP": [f"{share:.0%}" for share in beside["share"]],
        }
    )


def word_first(table: pd.DataFrame) -> str:
    """Return in sentences what moves the predictions most, and how much of all that is."""
    first = table.iloc[0]
    share = first[ESTIMATE] / max(table[ESTIMATE].sum(), 1e-12)
    size = interval(first[ESTIMATE], first[LOW], first[HIGH])
    return (
        f"What moves the predictions most is “{first['label']}”, by {size} points a month on "
        f"average; that is {share:.0%} of what all {len(table)} inputs do."
    )


def word_agreement(agreement: Mapping[str, float]) -> str:
    """Return the rank correlation with the forest in words."""
    return interval(agreement[ESTIMATE], agreement[LOW], agreement[HIGH], 2)


def word_groups(groups: pd.DataFrame, title: str) -> str:
    """Return in a sentence which visit counts most in a network, beside the table's features."""
    visits = groups[groups["group"] != STATIC]
    most = visits.loc[visits[ESTIMATE].idxmax()]
    size = interval(most[ESTIMATE], most[LOW], most[HIGH])
    text = f"In the {title}, the column that moves most is {most['group']}, {size} points a month"
    rest = groups[groups["group"] == STATIC]
    if rest.empty:
        return f"{text}."
    other = interval(*rest[[ESTIMATE, LOW, HIGH]].to_numpy()[0])
    return f"{text}; the features of the table together move {other}."


def word_parts(compared: pd.DataFrame) -> str:
    """Return in sentences whether training patients are explained otherwise than those held out."""
    gap = compared.set_index("what").loc["difference"]
    size = interval(gap[ESTIMATE], gap[LOW], gap[HIGH])
    if gap[LOW] > 0:
        end = "the network moves more for patients it knows"
    elif gap[HIGH] < 0:
        end = "the network moves less for patients it knows"
    else:
        end = "in this run the explanation alone would not give away whose it is"
    return f"Training patients less those held out: {size} points a month; {end}."


def word_copies(compared: pd.DataFrame, label: str) -> str:
    """Return in sentences what copies do to the Shapley values of a feature."""
    rows = compared.set_index("what")
    before, after, gap = (
        rows.loc[what] for what in ("without copies", "beside copies", "difference")
    )
    size = interval(gap[ESTIMATE], gap[LOW], gap[HIGH])
    if gap[HIGH] < 0:
        end = "It has become less important without having changed."
    elif gap[LOW] > 0:
        end = "It has become more important without having changed."
    else:
        end = "In this run the copies have not moved it measurably."
    return (
        f"Beside copies, the mean absolute value of “{label}” changes by {size} points a month, "
        f"and its place from {before['place']:.0f} to {after['place']:.0f}. {end}"
    )


def word_sums(table: pd.DataFrame) -> pd.DataFrame:
    """Return :func:`alsnb.lessons.explaining.explaining_tables.sum_up` as a page shows it."""
    sizes = [interval(*row) for row in table[[ESTIMATE, LOW, HIGH]].to_numpy()]
    ranges = zip(table["least"], table["most"], strict=True)
    return pd.DataFrame(
        {
            "Place": table["place"],
            "Feature": table["label"],
            "Mean absolute SHAP": sizes,
            "Single networks": [f"{signed(a)} to {signed(b)}" for a, b in ranges],
            "Direction": [
                "not known" if value != value else signed(value, 2) for value in table["direction"]
            ],
        }
    )


def word_sizes(table: pd.DataFrame, title: str) -> pd.DataFrame:
    """Return sizes with their intervals as a page shows them; ``title`` heads the first column."""
    sizes = [interval(*row) for row in table[[ESTIMATE, LOW, HIGH]].to_numpy()]
    shown = pd.DataFrame({title: table.iloc[:, 0], "Mean absolute SHAP": sizes})
    if "place" in table:
        shown["Place"] = ["" if place != place else f"{place:.0f}" for place in table["place"]]
    return shown
