"""Tables of the comparison as a reader sees them."""

import pandas as pd

from alsnb.evaluation.ceiling import SHARE
from alsnb.report import say
from alsnb.report.scores import (
    across,
    label_rows,
    pick,
    tabulate_differences,
    tabulate_seeds,
    tabulate_table2,
    tabulate_weights,
)
from alsnb.report.tables import shown, signed
from alsnb.schema import ESTIMATE, HIGH, LOW, METRIC, MODEL
from alsnb.vocabulary import METRIC_TITLES, MODEL_TITLES

IMPLIED = {"rmsd": "RMSD", "pcc": "PCC", "explained": "PCC squared", "sd": "Implied SD"}
"""What printed numbers imply, by the columns of :func:`study.explain_table2`."""


def with_titles(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame that calls models as a reader does."""
    return frame.replace({MODEL: MODEL_TITLES})


def tabulate_explained(explained: pd.DataFrame) -> pd.DataFrame:
    """Return printed and own numbers with what they imply: a row per model and quantity."""
    rows = [
        {
            "Model": MODEL_TITLES[row[MODEL]],
            "Printed for patients": row["patients"],
            "Quantity": title,
            "Printed": signed(row[key]),
            "Here": signed(row[f"{key}_here"]),
            "Difference": signed(row[f"{key}_difference"]),
        }
        for row in explained.to_dict("records")
        for key, title in IMPLIED.items()
    ]
    return pd.DataFrame(rows)


def tabulate_pairs(gaps: pd.DataFrame) -> pd.DataFrame:
    """Return paired differences: a row per pair, and the p-values of the first metric."""
    rows = []
    for (reference, model), cells in gaps.groupby(["reference", MODEL], sort=False):
        row = {"Model": MODEL_TITLES[model], "minus": MODEL_TITLES[reference]} | across(cells)
        first = cells.iloc[0]
        row[f"p (Holm), {METRIC_TITLES[first[METRIC]]}"] = say.p_value(first["p_holm"])
        rows.append(row)
    return pd.DataFrame(rows)


def tabulate_repeated(gaps: pd.DataFrame) -> pd.DataFrame:
    """Return differences over repeats with both kinds of interval: a row per model and metric."""
    corrected = ("corrected_low", "corrected_high", 3)
    columns = {
        MODEL: ("Model", MODEL_TITLES),
        METRIC: ("Metric", METRIC_TITLES),
        ESTIMATE: ("All patients, interval over patients", (LOW, HIGH, 3)),
        "fold_mean": ("Mean of folds, corrected interval", corrected),
    }
    return shown(gaps, columns)


def tabulate_sets(sets: pd.DataFrame) -> pd.DataFrame:
    """Return the differences over drawn test sets: a row per model."""
    middle = [say.between(row) for row in sets.to_dict("records")]
    columns = {
        MODEL: ("Model", MODEL_TITLES),
        ESTIMATE: ("All patients", ".3f"),
        "middle": ("Middle 95 % of the sets", None),
        "ahead": ("Ahead of the forest", ".0%"),
    }
    return shown(sets.assign(middle=middle), columns)


def tabulate_ceiling(ceiling: pd.DataFrame) -> pd.DataFrame:
    """Return the distances to the oracle in R²: a row per model."""
    columns = {
        MODEL: ("Model", MODEL_TITLES),
        ESTIMATE: ("R² minus that of the oracle", (LOW, HIGH, 3)),
        SHARE: ("Share of what the oracle explains", lambda share: f"{signed(100 * share, 0)} %"),
    }
    return shown(ceiling[ceiling[METRIC] == "r2"], columns)


def tabulate_quality(quality: pd.DataFrame) -> pd.DataFrame:
    """Return what was demanded and what was reached."""
    columns = {
        "demand": ("Demand", None),
        MODEL: ("Model", MODEL_TITLES),
        ESTIMATE: ("Difference in R²", (LOW, HIGH, 3)),
        "held": ("Held", {True: "yes", False: "no"}),
    }
    return shown(quality, columns)


def tabulate_look(look: pd.DataFrame) -> pd.DataFrame:
    """Return what choosing after a look gains: a row for where it is measured."""
    gain = ("R² minus that of FFNN+CNN", (LOW, HIGH, 4))
    return shown(look, {"label": ("", None), ESTIMATE: gain})


def tabulate_wrong(wrong: pd.DataFrame) -> pd.DataFrame:
    """Return the truth on fresh patients beside the one split: a row per model."""
    middle = [say.between(row) for row in wrong.to_dict("records")]
    columns = {
        MODEL: ("Model", MODEL_TITLES),
        ESTIMATE: ("Fresh patients", ".3f"),
        "split": ("The one split", ".3f"),
        "middle": ("Middle 95 % of sets of its size", None),
        "otherwise": ("Sets with the other sign", ".0%"),
    }
    return shown(wrong.assign(middle=middle), columns)


def tabulate_levels(levels: pd.DataFrame, gains: pd.DataFrame) -> pd.DataFrame:
    """Return how far single networks lie apart, and what their mean gains: a row per network."""
    r2 = gains[gains[METRIC] == "r2"].set_index("reference").loc[levels[MODEL]]
    beside = r2[[ESTIMATE, LOW, HIGH]].reset_index(drop=True)
    columns = {
        MODEL: ("Network", MODEL_TITLES),
        "n_networks": ("Networks", "d"),
        "mean": ("Mean prediction", ".3f"),
        "sd": ("SD over networks", ".4f"),
        ESTIMATE: ("R² of their mean minus R² of the first", (LOW, HIGH, 4)),
    }
    return shown(pd.concat([levels.reset_index(drop=True), beside], axis=1), columns)


def tabulate_prices(prices: pd.DataFrame) -> pd.DataFrame:
    """Return what a search's best score is worth elsewhere: a row per network and length."""
    columns = {
        MODEL: ("Network", MODEL_TITLES),
        "n_trials": ("Trials", "d"),
        "seen": ("PCC in the folds that chose", ".4f"),
        "unseen": ("PCC in the fold left out", ".4f"),
        "price": ("Price", ".4f"),
    }
    return shown(prices, columns)


def tabulate_criteria(criteria: pd.DataFrame) -> pd.DataFrame:
    """Return what each criterion chooses: a row per network and criterion."""
    columns = {
        MODEL: ("Network", MODEL_TITLES),
        "criterion": ("Chosen by", METRIC_TITLES),
        "trial": ("Trial", "d"),
        "pcc": ("PCC, mean of folds", ".4f"),
        "rmsd": ("RMSD, mean of folds", ".4f"),
        ESTIMATE: ("R² on patients not seen", (LOW, HIGH, 3)),
    }
    return shown(criteria, columns)


def tabulate_gains(gains: pd.DataFrame) -> pd.DataFrame:
    """Return what the mean of several networks gains over the first: a row per network."""
    rows = gains.assign(**{MODEL: gains["reference"]})
    return tabulate_differences(rows.drop(columns="reference"))


def tabulate_missed(missed: pd.DataFrame) -> pd.DataFrame:
    """Return by how much predictions miss on average: a row per model."""
    title = "Mean of observed minus predicted, points per month"
    return shown(missed, {MODEL: ("Model", MODEL_TITLES), ESTIMATE: (title, (LOW, HIGH, 3))})


def tabulate_splits(summary: pd.DataFrame) -> pd.DataFrame:
    """Return how differences from the forest vary over random splits: a row per model."""
    columns = {
        MODEL: ("Model", MODEL_TITLES),
        "n_splits": ("Splits", ".0f"),
        "mean": ("Mean difference in R²", ".3f"),
        "lowest": ("Lowest", ".3f"),
        "highest": ("Highest", ".3f"),
        "below_zero": ("Intervals below zero", ".0f"),
        "above_zero": ("Intervals above zero", ".0f"),
        "width": ("Mean width of the interval", ".3f"),
    }
    return shown(summary, columns)


def tabulate_bins(bins: pd.DataFrame) -> pd.DataFrame:
    """Return observed and predicted slopes in groups of patients."""
    columns = {
        MODEL: ("Model", None),
        "predicted": ("Predicted, points per month", ".3f"),
        "observed": ("Observed", (LOW, HIGH, 3)),
        "n_patients": ("Patients", ",.0f"),
    }
    return shown(bins, columns)


def read_calibration(table: pd.DataFrame, ideal: float = 1.0) -> dict[str, str]:
    """Return which models of Table 2 have a calibration slope whose interval leaves out one.

    ``low`` names those above it, whose predictions vary too little; ``high`` those below it;
    ``fine`` the rest. Models that predict one value for everybody have none.
    """
    rows = table[(table[METRIC] == "calibration_slope") & table[LOW].notna()]
    found: dict[str, list[str]] = {"low": [], "high": [], "fine": []}
    for row in rows.to_dict("records"):
        name = f"{MODEL_TITLES[row[MODEL]]} ({signed(row[ESTIMATE], 2)})"
        kind = "low" if row[LOW] > ideal else "high" if row[HIGH] < ideal else "fine"
        found[kind].append(name)
    return {kind: say.listed(names) for kind, names in found.items()}


def name_sides(rows: pd.DataFrame, p: str = "p_holm") -> dict[str, str]:
    """Return which models are better and worse than the reference in RMSD, as sentences list them.

    A difference counts after adjustment for the number of rows.
    """
    own = rows[rows[METRIC] == "rmsd"]
    return {side: say.listed(names) for side, names in say.sides(own, say.models(own), p).items()}
