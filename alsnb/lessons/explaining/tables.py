"""Lay the tables of the chapter out for reading, and give its sentences their words."""

from collections.abc import Mapping

import pandas as pd

from alsnb.lessons.explaining.study import STATIC
from alsnb.report import say
from alsnb.report.scores import tabulate_overlap
from alsnb.report.tables import interval, shown
from alsnb.schema import ESTIMATE, HIGH, LOW

ORDERS = {
    "impurity": "Forest, impurity",
    "permutation": "Forest, permutation",
    "pearson": "Correlation",
    "shap": "FFNN, SHAP",
}
"""How features are ranked, as a reader calls it."""

SIZE = ("Mean absolute SHAP", (LOW, HIGH, 3))


def sums(table: pd.DataFrame) -> pd.DataFrame:
    """Return how much each feature moves, as a page shows it."""
    ranges = [
        say.between({LOW: row["least"], HIGH: row["most"]}) for row in table.to_dict("records")
    ]
    columns = {
        "place": ("Place", None),
        "label": ("Feature", None),
        ESTIMATE: SIZE,
        "ranges": ("Single networks", None),
        "direction": ("Direction", ".2f", "not known"),
    }
    return shown(table.assign(ranges=ranges), columns)


def sizes(table: pd.DataFrame, title: str) -> pd.DataFrame:
    """Return sizes with their intervals as a page shows them; ``title`` heads the first column."""
    columns = {table.columns[0]: (title, None), ESTIMATE: SIZE}
    return shown(table, columns | ({"place": ("Place", ".0f")} if "place" in table else {}))


def overlaps(overlap: pd.DataFrame) -> pd.DataFrame:
    """Return how many of the first features networks share, as a page shows it."""
    return tabulate_overlap(overlap, "features", {"shap": "SHAP"})


DISCUSSED = {
    "named": ("Named in the paper", None),
    "n_inputs": ("Inputs here", None),
    "place": ("Best place", ".0f", "none chosen"),
    "label": ("Best", None),
    "share": ("Share of all SHAP", ".0%"),
}
"""What the paper's discussion names, and where it is here."""


def measures(table: pd.DataFrame, titles: Mapping[str, str]) -> pd.DataFrame:
    """Return what each measure does as a page shows it."""
    columns = {
        "measure": ("Measure", lambda name: titles.get(name, name)),
        "n_inputs": ("Features", ",.0f"),
        ESTIMATE: ("Together, points per month", (LOW, HIGH, 3)),
        "apart": ("Each by itself, added", ".3f"),
        "cancelled": ("Cancels", ".0%"),
        "direction": ("Higher values: slower if above 0", "+.2f"),
    }
    return shown(table, columns, missing="not defined")


def false_discoveries(counted: pd.DataFrame) -> pd.DataFrame:
    """Return how many of the first features are noise, by ranking, as a page shows it."""
    columns = {
        "ranking": ("Ranked by", ORDERS),
        "k": ("First", ",.0f"),
        "n_false": ("Of these noise", ",.0f"),
        "chance": ("Noise among all ranked", ".0%"),
        "first_false": ("Best place of a noise feature", ",.0f"),
    }
    return shown(counted, columns, missing="none")


def size(row: Mapping, digits: int = 3) -> str:
    """Return an estimate with its interval."""
    return interval(row[ESTIMATE], row[LOW], row[HIGH], digits)


def most_moving(groups: pd.DataFrame) -> dict[str, str]:
    """Return the words on the visit that moves most: its ``group`` and ``size``.

    The ``static`` features of the table are there if the network reads some.
    """
    visits = groups[groups["group"] != STATIC]
    most = visits.loc[visits[ESTIMATE].idxmax()]
    static = groups[groups["group"] == STATIC]
    words = {"group": most["group"], "size": size(most)}
    return words if static.empty else words | {"static": size(static.iloc[0])}


def difference(compared: pd.DataFrame, ends: Mapping[str, str]) -> dict[str, str]:
    """Return the ``size`` of a difference, and its ``end`` by the side of zero it lies on."""
    gap = compared.set_index("what").loc["difference"]
    return {"size": size(gap), "end": ends[say.side(gap)]}


def read_overlap(overlap: pd.DataFrame, k: int = 10) -> dict[str, object]:
    """Return how many of the first ``k`` features two networks share, by what differs in them.

    The largest number that is there is taken if ``k`` is not; nothing if there is none.
    """
    if overlap.empty:
        return {}
    k = k if (overlap["k"] == k).any() else int(overlap["k"].max())
    shared = overlap[overlap["k"] == k].set_index("cause")["shared"].map("{:.1f}".format)
    words = {"k": k, "seeds": "an unknown number", "patients": "an unknown number"}
    return words | {name: shared[cause] for cause, name in CAUSES.items() if cause in shared}


CAUSES = {"other seeds": "seeds", "patients drawn again": "patients"}
"""What differs between two networks, and its word in a template."""

CLEAR = 0.5
"""A rank correlation of value and Shapley value beyond it, to either side, is a clear direction."""


def find_opposed(table: pd.DataFrame, measures: Mapping[str, str], most: int = 20) -> dict:
    """Return the first two inputs of one measure that pull in opposite directions.

    Among the first ``most`` of :func:`alsnb.lessons.explaining.study.sum_up`; empty without any.
    """
    rows = table.head(most)
    rows = rows.assign(measure=rows["input"].map(measures))
    for _, own in rows.groupby("measure", sort=False):
        up, down = own[own["direction"] > CLEAR], own[own["direction"] < -CLEAR]
        if len(up) and len(down):
            return {"up": up["label"].iloc[0], "down": down["label"].iloc[0]}
    return {}
