"""Word the tables of the three networks for reading."""

import pandas as pd

from alsnb.models.recipe import Recipe
from alsnb.report import say
from alsnb.report.scores import (
    label_rows,
    pick,
    tabulate_differences,
    tabulate_scores,
    tabulate_seeds,
    tabulate_table2,
)
from alsnb.report.tables import interval, shown
from alsnb.schema import ESTIMATE, HIGH, LOW
from alsnb.vocabulary import MODEL_TITLES

SPLIT_TITLES = {"out_of_fold": "Out of fold, training patients", "held_out": "Patients held out"}
"""What a reader calls the two ways a network is scored."""

SETTING_TITLES = {
    "imputing": "Gaps are filled with the",
    "scaling": "Scaling",
    "ranking": "Ranking of the features",
    "n_features": "Features kept",
    "n_filters": "Filters of the convolutions",
    "n_units": "Units of the recurrent layers",
    "cell": "Kind of recurrent cell",
    "hidden_sizes": "Units of the dense layers",
    "activation": "Activation",
    "dropout_rate": "Dropout",
    "batch_size": "Patients in a batch",
    "n_epochs": "Epochs",
    "pcc": "PCC, mean of the folds",
}


RANKED_BY = {
    "forest": "a forest",
    "forest_of_thirds": "a forest",
    "pearson": "their correlation with the slope",
}


def read_recipe(recipe: Recipe) -> tuple[str, dict[str, str]]:
    """Return whether a recipe has dropout, and its settings in words for a sentence."""
    flat = recipe.flat()
    words = {name: str(value) for name, value in flat.items()}
    words["n_features"] = "all" if flat["n_features"] is None else str(flat["n_features"])
    words["ranking"] = RANKED_BY.get(flat["ranking"], "no ranking")
    return ("dropout" if flat["dropout_rate"] > 0 else "none"), words


def count_static(layers: pd.DataFrame) -> str:
    """Return how many features a network that reads visits gets beside them."""
    rows = layers[layers["name"] == "features"]
    return str(rows["output_shape"].iloc[0]) if len(rows) else "0"


def tabulate_trace(trace: pd.DataFrame) -> pd.DataFrame:
    """Return the trace of a search."""
    columns = {
        "trial": ("Configuration", None),
        "pcc": ("PCC, mean of the folds", ".4f"),
        "pcc_sd": ("SD between folds", ".4f"),
        "rmsd": ("RMSD", ".4f"),
        "best": ("Best PCC so far", ".4f"),
    }
    return shown(trace, columns)


def read_losses(turn: dict) -> str:
    """Return whether the loss of patients set aside rises again before training ends."""
    if turn["last"] > turn["lowest"] * 1.01:
        return "After that it rises again: the network begins to learn its patients by heart"
    return "It does not rise much after that, so this run shows no learning by heart"


def loses(prices: pd.DataFrame, model: str) -> str:
    """Return what a change does to the correlation, in words with its interval."""
    row = pick(prices, model=model, metric="pcc")
    word = {"above": "a gain", "below": "a loss", "neither": "no detectable change"}
    return f"{word[say.side(row)]}, {say.estimate(row)}"


def tabulate_layers(layers: pd.DataFrame) -> pd.DataFrame:
    """Return the layers of a network."""
    columns = {
        "name": ("Layer", None),
        "kind": ("Kind", None),
        "output_shape": ("Gives, per patient", None),
        "n_weights": ("Weights", ","),
        "comes_from": ("Reads", lambda names: names or "the patient"),
    }
    return shown(layers, columns)


def tabulate_settings(table: pd.DataFrame) -> pd.DataFrame:
    """Return the best settings of a search; the last row is their score."""
    score = table.iloc[-1]
    reached = (
        f"{float(score[ESTIMATE]):.3f} (±1 SD of the folds {score[LOW]:.3f} to {score[HIGH]:.3f})"
    )
    columns = {
        "setting": ("Setting", SETTING_TITLES),
        "published": ("Published", None),
        ESTIMATE: ("This run", None),
        "tried": ("Among", None),
    }
    return shown(table.assign(**{ESTIMATE: [*table[ESTIMATE].iloc[:-1], reached]}), columns)


def tabulate_visits(table: pd.DataFrame) -> pd.DataFrame:
    """Return who has how many visits, and the slopes of these patients."""
    columns = {
        "visits": ("Visits", None),
        "share": ("Share of patients", ".0%"),
        "mean_slope": ("Mean slope", ".2f"),
        "sd_slope": ("SD", ".2f"),
    }
    return shown(table, columns)


def cell(scores: pd.DataFrame, model: str, metric: str = "pcc") -> str:
    """Return one score with its interval, as in ``0.259 (0.229 to 0.292)``."""
    return interval(*pick(scores, model=model, metric=metric)[[ESTIMATE, LOW, HIGH]])
