"""Sum explanations up: by feature, visit and item; how firm they are; and what misleads in them.

Frames are aggregates over patients, but for :func:`swarm_of` of simulated ones.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from alsnb.disclosure import SMALLEST_COUNT
from alsnb.effort import EFFORTS
from alsnb.evaluation.explain import interval_of, mean_absolute, resampled_means
from alsnb.features.questionnaire import N_VISITS, ROWS
from alsnb.lessons.explaining.explaining import (
    BASE,
    COPY,
    HELD_OUT,
    TRAINING,
    is_cell,
    matrix_of,
    place_of,
    values_of,
)
from alsnb.schema import ESTIMATE, HIGH, LOW

MOST_BINS = 10
"""Bins into which the values of real patients are pooled, per feature."""

STATIC = "features of the table"
"""Stands beside the visits for what a network reads from the table."""

FEATURES = "features"


def sum_up(explained: pd.DataFrame, titles: Mapping[str, str], profile: str) -> pd.DataFrame:
    """Return how much each input moves the predictions of patients held out.

    Returns
    -------
    DataFrame
        ``place`` (1 moves most), ``input``, ``label``, ``estimate`` (mean absolute Shapley
        value, points per month), ``low``, ``high`` (95 % over the explained patients),
        ``direction`` (rank correlation between value and Shapley value: above zero, higher
        values go with slower decline), ``least`` and ``most`` (in single networks).
    """
    matrix, names = matrix_of(explained)
    measured = values_of(explained)
    n_resamples = EFFORTS[profile].n_resamples
    table = pd.DataFrame(
        mean_absolute(matrix, n_resamples=n_resamples, seed=0), columns=[ESTIMATE, LOW, HIGH]
    )
    table.insert(0, "input", names)
    table.insert(1, "label", [titles.get(name, name) for name in names])
    table["direction"] = [
        _rank_correlation(measured[name].to_numpy(), matrix[:, number])
        for number, name in enumerate(names)
    ]
    single = _by_network(explained).groupby("input")["usefulness"].agg(["min", "max"])
    table["least"] = table["input"].map(single["min"])
    table["most"] = table["input"].map(single["max"])
    table = table.sort_values(ESTIMATE, ascending=False, kind="stable", ignore_index=True)
    table.insert(0, "place", np.arange(1, len(table) + 1))
    return table


def _rank_correlation(values: np.ndarray, shap: np.ndarray) -> float:
    known = np.isfinite(values)
    few = known.sum() < SMALLEST_COUNT
    if few or np.ptp(values[known]) == 0 or np.ptp(shap[known]) == 0:
        return np.nan
    return float(spearmanr(values[known], shap[known]).statistic)


# --- the swarm ---------------------------------------------------------------------------


def swarm_of(
    explained: pd.DataFrame, table: pd.DataFrame, *, is_real: bool, n_features: int = 20
) -> pd.DataFrame:
    """Return the points of a swarm: single patients if simulated, means of bins if real.

    Returns
    -------
    DataFrame
        ``label``, ``shap``, ``colour`` (rank of the value among the explained, 0 to 1; NaN if
        it was filled in) and ``n_patients`` behind the point: at least five if they are real.
    """
    matrix, names = matrix_of(explained)
    measured = values_of(explained)
    parts = []
    for row in table.head(n_features).itertuples():
        values = measured[row.input]
        points = pd.DataFrame(
            {"shap": matrix[:, names.index(row.input)], "colour": _colour(values)}
        )
        points = _pooled(points) if is_real else points.assign(n_patients=1)
        parts.append(points.assign(label=row.label))
    columns = ["label", "shap", "colour", "n_patients"]
    return pd.concat(parts, ignore_index=True)[columns]


def _colour(values: pd.Series) -> pd.Series:
    """Return the rank of each value, 0 to 1; NaN if there is only one value."""
    varies = values.max() > values.min()
    return (values.rank() - 1) / max(values.notna().sum() - 1, 1) if varies else values * np.nan


def _pooled(points: pd.DataFrame) -> pd.DataFrame:
    """Return means of bins of patients who lie next to each other, at least five in each."""
    n_bins = min(MOST_BINS, len(points) // SMALLEST_COUNT)
    if n_bins < 1:
        return pd.DataFrame(columns=["shap", "colour", "n_patients"])
    bins = np.arange(len(points)) * n_bins // len(points)
    groups = points.sort_values("shap", kind="stable").groupby(bins)
    pooled = groups.mean().assign(n_patients=groups.size())
    # a mean colour of fewer than five known values would tell of them
    enough = groups["colour"].count() >= SMALLEST_COUNT
    return pooled.assign(colour=pooled["colour"].where(enough))


# --- visits and items --------------------------------------------------------------------


def sum_cells(explained: pd.DataFrame) -> pd.DataFrame:
    """Return the mean absolute Shapley value of each cell: items and months by visits."""
    matrix, names = matrix_of(explained)
    table = pd.DataFrame(np.nan, index=list(ROWS), columns=range(1, N_VISITS + 1))
    for name, size in zip(names, np.abs(matrix).mean(axis=0), strict=True):
        if is_cell(name):
            table.loc[place_of(name)] = size
    labels = [_item_title(row) for row in ROWS]
    return table.set_axis(labels).rename(columns=lambda visit: f"visit {visit}")


def sum_groups(explained: pd.DataFrame, by: str, profile: str) -> pd.DataFrame:
    """Return how much the cells of a visit, or of an item, move a prediction together.

    Shapley values of the same patient are added before their size is taken, so that effects
    of opposite sign cancel.

    Parameters
    ----------
    explained : DataFrame
        Of a network that reads visits.
    by : {"visit", "item"}
        How cells are added up; the features of the table are a group of their own.
    profile : str
        Says how many resamples of patients are behind the intervals.

    Returns
    -------
    DataFrame
        ``group``, ``estimate``, ``low``, ``high`` (points per month).
    """
    matrix, names = matrix_of(explained)
    groups = [_group_of(name, by) for name in names]
    labels = list(dict.fromkeys(groups))
    together = np.column_stack(
        [matrix[:, [one == label for one in groups]].sum(axis=1) for label in labels]
    )
    sizes = mean_absolute(together, n_resamples=EFFORTS[profile].n_resamples, seed=0)
    return pd.DataFrame(sizes, columns=[ESTIMATE, LOW, HIGH]).assign(group=labels)[
        ["group", ESTIMATE, LOW, HIGH]
    ]


def _group_of(name: str, by: str) -> str:
    if not is_cell(name):
        return STATIC
    row, visit = place_of(name)
    return f"visit {visit}" if by == "visit" else _item_title(row)


def _item_title(row: str) -> str:
    number, _, word = row.partition("_")
    return f"{number.upper()} {word}" if word else row


# --- how firm ----------------------------------------------------------------------------


def _by_network(explained: pd.DataFrame, part: str = HELD_OUT) -> pd.DataFrame:
    """Return the mean absolute Shapley value and rank of each input in every single network."""
    rows = explained[(explained["part"] == part) & (explained["input"] != BASE)]
    sizes = rows.assign(usefulness=rows["shap"].abs())
    table = sizes.groupby(["cause", "draw", "input"])["usefulness"].mean().reset_index()
    ranks = table.groupby(["cause", "draw"])["usefulness"].rank(ascending=False, method="first")
    return table.assign(rank=ranks.astype(int))


def rank_networks(explained: pd.DataFrame) -> pd.DataFrame:
    """Return the ranks of inputs in every network, as the functions on rankings take them.

    Returns
    -------
    DataFrame
        ``ranking`` (``"shap"``), ``cause``, ``draw``, ``feature``, ``usefulness``, ``rank``.
    """
    table = _by_network(explained).rename(columns={"input": "feature"})
    return table.assign(ranking="shap")


def agree_with_forest(
    explained: pd.DataFrame, forest: pd.DataFrame, profile: str
) -> dict[str, float]:
    """Return the rank correlation of Shapley values with a forest's importance.

    Parameters
    ----------
    explained : DataFrame
        Of the FFNN.
    forest : DataFrame
        From :func:`alsnb.lessons.ranking.ranking_lesson.average_ranking`.
    profile : str
        Says how many resamples of the explained patients are behind the interval.

    Returns
    -------
    dict
        ``estimate``, ``low``, ``high``, and ``n_features`` that both know.
    """
    matrix, names = matrix_of(explained)
    importance = forest.set_index("feature")[ESTIMATE].reindex(names).to_numpy()
    known = np.isfinite(importance)
    sizes, importance = np.abs(matrix)[:, known], importance[known]
    ranks = pd.Series(importance).rank().to_numpy()
    drawn = resampled_means(sizes, n_resamples=EFFORTS[profile].n_resamples, seed=0)
    estimate = _correlate_ranks(sizes.mean(axis=0)[None], ranks)[0]
    value, low, high = interval_of(estimate, _correlate_ranks(drawn, ranks))
    return {ESTIMATE: value, LOW: low, HIGH: high, "n_features": int(known.sum())}


def _correlate_ranks(sizes: np.ndarray, ranks: np.ndarray) -> np.ndarray:
    """Return Spearman's correlation of each row with fixed ranks, shape (n_rows,)."""
    own = sizes.argsort(axis=1).argsort(axis=1).astype(float)
    own -= own.mean(axis=1, keepdims=True)
    other = ranks - ranks.mean()
    length = np.sqrt((own**2).sum(axis=1) * (other**2).sum())
    return own @ other / np.where(length > 0, length, np.nan)


# --- what misleads -----------------------------------------------------------------------


def compare_parts(explained: pd.DataFrame, profile: str) -> pd.DataFrame:
    """Return how training patients are explained, less how those held out are.

    Returns
    -------
    DataFrame
        ``what`` (``"training"``, ``"held out"``, ``"difference"``), ``estimate``, ``low``,
        ``high``: the sum over features of the absolute Shapley values, mean over patients.
    """
    n_resamples = EFFORTS[profile].n_resamples
    totals = {
        part: np.abs(matrix_of(explained, part)[0]).sum(axis=1)[:, None]
        for part in (TRAINING, HELD_OUT)
    }
    drawn = {
        part: resampled_means(values, n_resamples=n_resamples, seed=number)[:, 0]
        for number, (part, values) in enumerate(totals.items())
    }
    rows = [[part, *interval_of(values.mean(), drawn[part])] for part, values in totals.items()]
    gap = totals[TRAINING].mean() - totals[HELD_OUT].mean()
    rows.append(["difference", *interval_of(gap, drawn[TRAINING] - drawn[HELD_OUT])])
    return pd.DataFrame(rows, columns=["what", ESTIMATE, LOW, HIGH])


def compare_copies(
    alone: pd.DataFrame, beside: pd.DataFrame, name: str, profile: str
) -> pd.DataFrame:
    """Return what copies of a feature do to its Shapley values, on the same patients.

    Parameters
    ----------
    alone, beside : DataFrame
        Explanations without and with copies.
    name : str
        The feature that was copied.
    profile : str
        Says how many resamples of patients are behind the intervals.

    Returns
    -------
    DataFrame
        ``what``, ``estimate``, ``low``, ``high`` (points per month), ``place`` among all
        inputs (NaN for sums and differences).
    """
    before, names = matrix_of(alone)
    after, others = matrix_of(beside)
    family = [one for one in others if one == name or one.endswith(COPY.split("{}")[1] + name)]
    sizes = {
        "without copies": np.abs(before[:, names.index(name)]),
        "beside copies": np.abs(after[:, others.index(name)]),
        "with its copies together": np.abs(after[:, [others.index(o) for o in family]].sum(axis=1)),
    }
    places = {
        "without copies": _place(before, names, name),
        "beside copies": _place(after, others, name),
    }
    columns = np.column_stack(list(sizes.values()))
    n_resamples = EFFORTS[profile].n_resamples
    drawn = resampled_means(columns, n_resamples=n_resamples, seed=0)
    rows = [
        [what, *interval_of(columns[:, number].mean(), drawn[:, number]), places.get(what, np.nan)]
        for number, what in enumerate(sizes)
    ]
    gap = columns[:, 1].mean() - columns[:, 0].mean()
    rows.append(["difference", *interval_of(gap, drawn[:, 1] - drawn[:, 0]), np.nan])
    return pd.DataFrame(rows, columns=["what", ESTIMATE, LOW, HIGH, "place"])


def _place(matrix: np.ndarray, names: list[str], name: str) -> int:
    sizes = pd.Series(np.abs(matrix).mean(axis=0), index=names)
    return int(sizes.rank(ascending=False, method="first")[name])
