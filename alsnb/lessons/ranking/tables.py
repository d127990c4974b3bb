"""Lay the tables of the chapter out for reading."""

from collections.abc import Mapping

import pandas as pd

from alsnb.lessons.ranking.study import GAP, PATIENTS
from alsnb.report import say
from alsnb.report.scores import tabulate_overlap
from alsnb.report.tables import interval, shown, signed
from alsnb.schema import ESTIMATE, HIGH, LOW
from alsnb.study.rankings import RANKINGS
from alsnb.vocabulary import METRIC_TITLES

IMPLIED = {
    "patients": ("Patients", None),
    "n_patients": ("Number", None),
    "share": ("Share held out", ".0%"),
    "held_out": ("Held out", None),
    "training": ("Left for training", None),
    "published": ("Held out, published", None),
    "difference": ("Difference", ".0f"),
}
"""What either share would hold out."""


FOLLOWED = {
    "part": ("Learnt on", None),
    "offered": ("Offered", None),
    "too_often_missing": ("Missing too often", ".0f"),
    "constant": ("A single value", ".0f"),
    "left": ("Left", None),
    "filled": ("Cells filled in", ".1%"),
}
"""What becomes of the features in every fold."""


def learnt(values: pd.DataFrame) -> pd.DataFrame:
    """Return what folds learn about features, as a page shows it: the range over the folds."""
    columns = {"filling": "A gap becomes", "mean": "Mean", "sd": "SD"}
    rows = [
        {"Feature": label} | {title: _range_of(part[name]) for name, title in columns.items()}
        for label, part in values.groupby("label", sort=False)
    ]
    return pd.DataFrame(rows, columns=["Feature", *columns.values()])


def _range_of(values: pd.Series) -> str:
    low, high = values.min(), values.max()
    return signed(low, 2) if low == high else f"{signed(low, 2)} to {signed(high, 2)}"


def beside(places: pd.DataFrame) -> pd.DataFrame:
    """Return places here beside those of the paper, as a page shows them."""
    columns = {"printed": ("Named in the paper", None), "published": ("Published place", None)}
    for name, title in RANKINGS.items():
        columns[name] = (f"Here, {title.lower()}", ".0f", "discarded")
    table = shown(places, columns | {"difference": ("Difference (forest)", ".0f")})
    if "best" in places:
        both = zip(places["best"], places["worst"], strict=True)
        table["Ranks in the folds"] = ["" if a != a else f"{a:.0f} to {b:.0f}" for a, b in both]
    return table


def scores(table: pd.DataFrame) -> pd.DataFrame:
    """Return the scores of either ranking as a page shows them: a column for each metric."""
    titles = RANKINGS | {GAP: "Forest less correlation"}
    rows = []
    for (settings, ranking), cells in table.groupby(["settings", "ranking"], sort=False):
        row = {"With": settings, "Ranked by": titles[ranking], "Published": _printed(cells)}
        for cell in cells.itertuples():
            row[METRIC_TITLES[cell.metric]] = interval(cell.estimate, cell.low, cell.high)
        rows.append(row)
    return pd.DataFrame(rows)


SPLIT = {
    "part": ("Held out", None),
    "n_learnt_from": ("Learnt from", ",.0f"),
    "n_held_out": ("Patients held out", ",.0f"),
    "mean": ("Mean slope", ".3f"),
    "sd": ("SD", ".3f"),
}
"""How many patients each part has."""


def read_shadows(shadows: pd.DataFrame, k: int) -> str:
    """Return in words how many shuffled copies come among the first ``k`` features."""
    mean, most = shadows["shadows"].mean(), int(shadows["shadows"].max())
    if most == 0:
        return f"None of the first {k} was a shuffled copy, from any of {len(shadows)} seeds."
    return (
        f"On average {mean:.1f} of the first {k} are shuffled copies, at most {most}. "
        "So a place on such a list is no proof that a feature says anything."
    )


def _printed(cells: pd.DataFrame) -> str:
    """Return what is printed of the scores of one ranking."""
    known = cells.dropna(subset=["published"])
    words = [f"{METRIC_TITLES[cell.metric]} {cell.published:g}" for cell in known.itertuples()]
    return ", ".join(words) or "not available"


def overlaps(overlap: pd.DataFrame) -> pd.DataFrame:
    """Return how much rankings of features share, as a page shows it."""
    return tabulate_overlap(overlap, "features", RANKINGS)


# --- words for a sentence ------------------------------------------------------------------


def gaps(scores: pd.DataFrame, ends: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the words on the difference in PCC between the rankings, for each of the settings.

    What is said of it is one of ``ends``, by :func:`alsnb.report.say.side`.
    """
    rows = scores[(scores["ranking"] == GAP) & (scores["metric"] == "pcc")]
    return [
        {
            "settings": row["settings"],
            "gap": interval(row[ESTIMATE], row[LOW], row[HIGH]),
            "end": ends[say.side(row)],
        }
        for row in rows.to_dict("records")
    ]


def shared(overlap: pd.DataFrame, k: int = 20) -> dict[str, str]:
    """Return how many of the first ``k`` places are shared if patients are drawn again."""
    rows = overlap[(overlap["cause"] == PATIENTS) & (overlap["k"] == k)]
    means = rows.set_index("ranking")["shared"]
    return {
        ranking: f"{means[ranking]:.0f}" if ranking in means else "none that could be counted"
        for ranking in RANKINGS
    }


def share(row: pd.Series) -> str:
    """Return a share of importance with its interval over seeds."""
    return f"{row[ESTIMATE]:.0%} ({row[LOW]:.0%} to {row[HIGH]:.0%} over seeds)"
