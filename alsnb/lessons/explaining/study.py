"""Explain what moves the chosen networks, sum it up, ask how firm it is, and what misleads in it.

Frames are aggregates over patients, but for what :func:`explain_network` returns and for
:func:`swarm_of` of simulated ones.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from alsnb.disclosure import SMALLEST_COUNT
from alsnb.effort import room_efforts
from alsnb.evaluation.resampling import find_interval
from alsnb.features.catalogue import measures as catalogued
from alsnb.features.questionnaire import N_VISITS, ROWS, VISIT_COLUMNS
from alsnb.fits.explain import BASE, HELD_OUT, SEED, TRAINING, fit_and_explain
from alsnb.fits.importance import IMPURITY, PERMUTATION, rank_by_permutation
from alsnb.models.recipe import Recipe
from alsnb.schema import ESTIMATE, HIGH, LOW
from alsnb.study.importance import count_false, noise_of, sum_by_measure
from alsnb.study.paper_a import choose
from alsnb.study.rankings import (
    average_ranking,
    in_places,
    measures_of,
    overlap_of,
    rank_in_folds,
    titles_of,
)
from alsnb.study.task import SlopeTask, Task
from alsnb.vocabulary import FFNN


def _sizes(*numbers: int) -> dict[str, int]:
    names = ("n_held_out", "n_training", "n_background", "n_permutations")
    return dict(zip((*names, "n_networks", "n_resampled"), numbers, strict=True))


EFFORTS = room_efforts(
    n_shuffled_trees={"smoke": 20, "book": 100, "full": 200},
    n_shuffles={"smoke": 1, "book": 2, "full": 5},
    of_ffnn={
        "smoke": _sizes(30, 20, 10, 1, 2, 2),
        "book": _sizes(200, 120, 30, 2, 4, 4),
        "full": _sizes(400, 200, 40, 3, 6, 6),
    },
    of_visits={
        "smoke": _sizes(12, 0, 6, 1, 1, 0),
        "book": _sizes(100, 0, 20, 1, 2, 0),
        "full": _sizes(200, 0, 30, 2, 3, 0),
    },
)
"""Beside the shared numbers: how much is explained of the FFNN, and of the networks that read
visits, as :func:`alsnb.fits.explain.fit_and_explain` takes it."""


def explain_network(
    task: Task, network: str, recipe: Recipe, *, seed: int, **sizes: int
) -> pd.DataFrame:
    """Train a network as chosen on the patients to learn from, and explain its predictions.

    Of a sample of the patients held out and, for comparison, of the others; see
    :func:`alsnb.fits.explain.fit_and_explain`.
    """
    inputs = task.inputs(held_out=True)
    return fit_and_explain(inputs, network=network, recipe=recipe, seed=seed, **sizes)


COPY = "copy {} of "

NOISE = 0.1
"""Standard deviation of what is added to a copy, in those of the feature in training patients."""


def explain_beside_copies(
    task: SlopeTask,
    recipe: Recipe,
    explained: pd.DataFrame,
    name: str,
    *,
    n_copies: int,
    seed: int,
    **sizes: int,
) -> pd.DataFrame:
    """Explain the FFNN once more, with copies of the feature ``name`` beside it.

    On the same patients held out, with the features that ``explained`` has; each copy has a little
    noise of its own, and a gap stays a gap.
    """
    inputs = task.inputs(held_out=True, features=matrix_of(explained)[1], parts=False)
    rng = np.random.default_rng(seed)
    values = inputs.predictors[name]
    spread = NOISE * values.loc[task.split.train].std()
    copies = {
        COPY.format(number + 1) + name: values + spread * rng.normal(size=len(values))
        for number in range(n_copies)
    }
    inputs = replace(
        inputs, predictors=inputs.predictors.assign(**copies), features=(*inputs.features, *copies)
    )
    everything = recipe.with_settings(n_features=None)
    sizes = sizes | {"n_training": 0, "n_resampled": 0}
    return fit_and_explain(inputs, network=FFNN, recipe=everything, seed=seed, **sizes)


# --- what was found, as tables of patients and inputs --------------------------------------


def _averaged_networks(explained: pd.DataFrame, part: str) -> tuple[pd.DataFrame, list[str]]:
    """Return the rows of the networks that differ in their seed, and the names of their inputs."""
    rows = explained[(explained["part"] == part) & (explained["cause"] == SEED)]
    rows = rows[rows["input"] != BASE]
    return rows, list(dict.fromkeys(rows["input"]))


def matrix_of(explained: pd.DataFrame, part: str = HELD_OUT) -> tuple[np.ndarray, list[str]]:
    """Return the Shapley values of the average over seeds, (n_patients, n_inputs), and names."""
    rows, names = _averaged_networks(explained, part)
    wide = rows.pivot_table(index="row", columns="input", values="shap", aggfunc="mean")
    return wide[names].to_numpy(), names


def _values_of(explained: pd.DataFrame) -> pd.DataFrame:
    """Return what was measured, a row per explained patient held out and a column per input."""
    rows, names = _averaged_networks(explained, HELD_OUT)
    values = rows.loc[rows["draw"] == 0, "value"].to_numpy().reshape(-1, len(names))
    return pd.DataFrame(values, columns=names)


LEVEL = 0.95
"""Coverage of the intervals."""


def _resampled_means(values: np.ndarray, *, n_resamples: int, seed: int = 0) -> np.ndarray:
    """Return the means of columns in resamples of the rows, shape (n_resamples, n_columns)."""
    n = len(values)
    counts = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=n_resamples)
    return counts @ values / n


def _mean_absolute(values: np.ndarray, n_resamples: int) -> pd.DataFrame:
    """Return the mean absolute value of each column, with its 95 % interval over the rows."""
    sizes = np.abs(values)
    drawn = _resampled_means(sizes, n_resamples=n_resamples)
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return pd.DataFrame({ESTIMATE: sizes.mean(axis=0), LOW: low, HIGH: high})


def _with_interval(estimate: float, drawn: np.ndarray) -> tuple[float, float, float]:
    return (float(estimate), *find_interval(np.concatenate([[estimate], drawn]), LEVEL))


# --- features ------------------------------------------------------------------------------


def sum_up(explained: pd.DataFrame, titles: Mapping[str, str], n_resamples: int) -> pd.DataFrame:
    """Return how much each input moves the predictions of patients held out.

    By ``place`` (1 moves most), ``input`` and ``label``: ``estimate`` (mean absolute Shapley
    value, points per month) with ``low`` and ``high`` (95 % over the explained patients),
    ``direction`` (rank correlation between value and Shapley value: above zero, higher values go
    with slower decline), ``least`` and ``most`` (in single networks).
    """
    matrix, names = matrix_of(explained)
    measured = _values_of(explained).to_numpy().T
    single = _by_network(explained).groupby("input")["usefulness"]
    table = _mean_absolute(matrix, n_resamples).set_axis(pd.Index(names, name="input"))
    table.insert(0, "label", [titles.get(name, name) for name in names])
    table["direction"] = [_rank_correlation(*pair) for pair in zip(measured, matrix.T, strict=True)]
    return in_places(table.assign(least=single.min(), most=single.max()))


def _rank_correlation(values: np.ndarray, shap: np.ndarray) -> float:
    known = np.isfinite(values)
    few = known.sum() < SMALLEST_COUNT
    if few or np.ptp(values[known]) == 0 or np.ptp(shap[known]) == 0:
        return np.nan
    return float(spearmanr(values[known], shap[known]).statistic)


MOST_BINS = 10
"""Bins into which the values of real patients are pooled, per feature."""


def swarm_of(
    explained: pd.DataFrame, table: pd.DataFrame, *, is_real: bool, n_features: int = 20
) -> pd.DataFrame:
    """Return the points of a swarm: single patients if simulated, means of bins if real.

    With ``label``, ``shap``, ``colour`` (rank of the value among the explained, 0 to 1; NaN if it
    was filled in) and ``n_patients`` behind the point: at least five if they are real.
    """
    matrix, names = matrix_of(explained)
    measured = _values_of(explained)
    parts = []
    for row in table.head(n_features).itertuples():
        shap = matrix[:, names.index(row.input)]
        points = pd.DataFrame({"shap": shap, "colour": _colour(measured[row.input])})
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


# --- measures, and what is noise ---------------------------------------------------------------


def measure_titles(titles: Mapping[str, str]) -> dict[str, str]:
    """Return what a reader calls each measure, and each feature that is a measure of its own."""
    return {**titles, **{measure.name: measure.title for measure in catalogued()}}


def sum_measures(
    explained: pd.DataFrame, measures: Mapping[str, str], n_resamples: int
) -> pd.DataFrame:
    """Return what each measure does, the signed values of its features added for each patient.

    See :func:`alsnb.study.importance.sum_by_measure`.
    """
    matrix, _ = matrix_of(explained)
    return sum_by_measure(matrix, _values_of(explained), measures, n_resamples=n_resamples)


def permute(
    task: SlopeTask, measures: Mapping[str, str], *, n_trees: int, n_shuffles: int, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the importance of features, and of measures, by impurity and by permutation.

    See :func:`alsnb.fits.importance.rank_by_permutation`.
    """
    inputs = task.inputs(held_out=True, features=task.features, parts=False)
    measures = {name: measures[name] for name in task.features}
    how = {"n_trees": n_trees, "n_repeats": n_shuffles, "seed": seed}
    table = rank_by_permutation(inputs, measures, **how)
    features = table[table["kind"] == "feature"].rename(columns={"name": "feature"})
    together = table[table["kind"] == "measure"].rename(columns={"name": "measure"})
    kept = ["measure", "n_features", PERMUTATION]
    return features.reset_index(drop=True), together[kept].reset_index(drop=True)


def orders_of(
    sums: pd.DataFrame, importance: pd.DataFrame, correlation: pd.DataFrame
) -> dict[str, list[str]]:
    """Return the features in the order of four rankings, best first.

    ``sums`` are from :func:`sum_up`, ``importance`` from :func:`permute`, ``correlation`` from
    :func:`alsnb.study.rankings.average_ranking`.
    """
    best_first = {
        by: list(importance.sort_values(by, ascending=False, kind="stable")["feature"])
        for by in (IMPURITY, PERMUTATION)
    }
    return best_first | {"pearson": list(correlation["feature"]), "shap": list(sums["input"])}


# --- visits and items ----------------------------------------------------------------------

STATIC = "features of the table"
"""Stands beside the visits for what a network reads from the table."""

CELLS = {
    name: (ROWS[number // N_VISITS], number % N_VISITS + 1)
    for number, name in enumerate(VISIT_COLUMNS)
}
"""The row (an item, or the months) and the visit, from 1, of each cell of the questionnaires."""


def sum_cells(explained: pd.DataFrame) -> pd.DataFrame:
    """Return the mean absolute Shapley value of each cell: items and months by visits."""
    matrix, names = matrix_of(explained)
    sizes = pd.Series(np.abs(matrix).mean(axis=0), names).reindex(list(CELLS))
    visits = [f"visit {number + 1}" for number in range(N_VISITS)]
    items = [_item_title(row) for row in ROWS]
    return pd.DataFrame(sizes.to_numpy().reshape(-1, N_VISITS), items, visits)


def sum_groups(explained: pd.DataFrame, by: str, n_resamples: int) -> pd.DataFrame:
    """Return how much the cells ``by`` visit, or by item, move a prediction together.

    Shapley values of the same patient are added before their size is taken, so that effects of
    opposite sign cancel. The features of the table are a ``group`` of their own.
    """
    matrix, names = matrix_of(explained)
    groups = [_group_of(name, by) for name in names]
    labels = list(dict.fromkeys(groups))
    together = np.column_stack(
        [matrix[:, [one == label for one in groups]].sum(axis=1) for label in labels]
    )
    table = _mean_absolute(together, n_resamples)
    table.insert(0, "group", labels)
    return table


def _group_of(name: str, by: str) -> str:
    if name not in CELLS:
        return STATIC
    row, visit = CELLS[name]
    return f"visit {visit}" if by == "visit" else _item_title(row)


def _item_title(row: str) -> str:
    number, _, word = row.partition("_")
    return f"{number.upper()} {word}" if word else row


# --- how firm ------------------------------------------------------------------------------


def _by_network(explained: pd.DataFrame) -> pd.DataFrame:
    """Return the mean absolute Shapley value and rank of each input in every single network."""
    rows = explained[(explained["part"] == HELD_OUT) & (explained["input"] != BASE)]
    sizes = rows.assign(usefulness=rows["shap"].abs())
    table = sizes.groupby(["cause", "draw", "input"])["usefulness"].mean().reset_index()
    ranks = table.groupby(["cause", "draw"])["usefulness"].rank(ascending=False, method="first")
    return table.assign(rank=ranks.astype(int))


def rank_networks(explained: pd.DataFrame) -> pd.DataFrame:
    """Return the ranks of inputs in every network, as the functions on rankings take them."""
    return _by_network(explained).rename(columns={"input": "feature"}).assign(ranking="shap")


def agree_with_forest(
    explained: pd.DataFrame, forest: pd.DataFrame, n_resamples: int
) -> dict[str, float]:
    """Return the rank correlation of Shapley values with a forest's averaged ranking.

    With its interval over the explained patients.
    """
    matrix, names = matrix_of(explained)
    importance = forest.set_index("feature")[ESTIMATE].reindex(names).to_numpy()
    known = np.isfinite(importance)
    sizes, importance = np.abs(matrix)[:, known], importance[known]
    ranks = pd.Series(importance).rank().to_numpy()
    drawn = _resampled_means(sizes, n_resamples=n_resamples)
    estimate = _correlate_ranks(sizes.mean(axis=0)[None], ranks)[0]
    found = _with_interval(estimate, _correlate_ranks(drawn, ranks))
    return dict(zip((ESTIMATE, LOW, HIGH), found, strict=True))


def _correlate_ranks(sizes: np.ndarray, ranks: np.ndarray) -> np.ndarray:
    """Return Spearman's correlation of each row with fixed ranks, shape (n_rows,)."""
    own = sizes.argsort(axis=1).argsort(axis=1).astype(float)
    own -= own.mean(axis=1, keepdims=True)
    other = ranks - ranks.mean()
    length = np.sqrt((own**2).sum(axis=1) * (other**2).sum())
    return own @ other / np.where(length > 0, length, np.nan)


# --- beside the paper ----------------------------------------------------------------------

DISCUSSED = (
    ("Onset delta", ("onset_delta",)),
    ("ALSFRS questionnaire", ("alsfrs_total", *(f"q{number}_" for number in range(1, 11)))),
    ("FVC", ("fvc",)),
    ("Creatinine", ("creatinine",)),
)
"""What the paper's discussion names as moving its network, and the measures that are meant."""


def beside_discussion(table: pd.DataFrame, measures: Mapping[str, str]) -> pd.DataFrame:
    """Return the places of what the paper's discussion names.

    ``n_inputs`` are the inputs of the network that are meant, ``place`` (NaN if there is none) and
    ``label`` those of the best, ``share`` that of the sum of all mean absolute Shapley values.
    """
    behind = table["input"].map(measures).fillna("")
    rows = []
    for named, starts in DISCUSSED:
        meant = table[[measure.startswith(starts) for measure in behind]]
        share = meant[ESTIMATE].sum() / max(table[ESTIMATE].sum(), 1e-12)
        best = [meant["place"].iloc[0], meant["label"].iloc[0]] if len(meant) else [np.nan, ""]
        rows.append([named, len(meant), *best, share])
    return pd.DataFrame(rows, columns=["named", "n_inputs", "place", "label", "share"])


# --- what misleads -------------------------------------------------------------------------


def compare_parts(explained: pd.DataFrame, n_resamples: int) -> pd.DataFrame:
    """Return how training patients are explained, less how those held out are.

    By ``what``: the sum over features of the absolute Shapley values, mean over patients.
    """
    rows, means, drawn = [], [], []
    for number, part in enumerate((TRAINING, HELD_OUT)):
        total = np.abs(matrix_of(explained, part)[0]).sum(axis=1)[:, None]
        means.append(total.mean())
        drawn.append(_resampled_means(total, n_resamples=n_resamples, seed=number)[:, 0])
        rows.append([part, *_with_interval(means[-1], drawn[-1])])
    rows.append(["difference", *_with_interval(means[0] - means[1], drawn[0] - drawn[1])])
    return pd.DataFrame(rows, columns=["what", ESTIMATE, LOW, HIGH])


COMPARED = ("without copies", "beside copies", "with its copies together")


def compare_copies(
    alone: pd.DataFrame, beside: pd.DataFrame, name: str, n_resamples: int
) -> pd.DataFrame:
    """Return what copies of a feature do to its Shapley values, on the same patients.

    By ``what``, in points per month, with the ``place`` among all inputs (NaN for sums and
    differences).
    """
    before, names = matrix_of(alone)
    after, others = matrix_of(beside)
    first, second = names.index(name), others.index(name)
    family = [one == name or one.endswith(COPY.split("{}")[1] + name) for one in others]
    together = after[:, family].sum(axis=1)
    sizes = np.abs(np.column_stack([before[:, first], after[:, second], together]))
    places = [_places(before)[first], _places(after)[second], np.nan]
    means = [column.mean() for column in sizes.T]
    drawn = _resampled_means(sizes, n_resamples=n_resamples).T
    rows = [
        [what, *_with_interval(*found), place]
        for what, place, *found in zip(COMPARED, places, means, drawn, strict=True)
    ]
    gap = _with_interval(means[1] - means[0], drawn[1] - drawn[0])
    rows.append(["difference", *gap, np.nan])
    return pd.DataFrame(rows, columns=["what", ESTIMATE, LOW, HIGH, "place"])


def _places(matrix: np.ndarray) -> pd.Series:
    sizes = pd.Series(np.abs(matrix).mean(axis=0))
    return sizes.rank(ascending=False, method="first")
