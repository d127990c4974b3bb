"""Follow patients and features through the pipeline, rank the features, and doubt the ranks.

Everything here is learnt as the networks of this book learn it: by the same functions, on the
training patients of each fold. So a search that saw the same folds has the rankings in store.
"""

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.stats import t as student

from alsnb.design import Imputer, InformativeFeatures, make_design
from alsnb.effort import room_efforts
from alsnb.evaluation.bootstrap import compare_predictions, score_predictions
from alsnb.fits.rankings import DRAW, FEATURE, RANK, USEFULNESS, correlate_again, rank_by_forests
from alsnb.lessons.ranking.fits import count_shadows, rank_beside_copies
from alsnb.models.recipe import Recipe
from alsnb.published import TOP_FIVE, read_published
from alsnb.ranking import rank_features
from alsnb.schema import ESTIMATE, FOLD, HIGH, LOW, METRIC, MODEL, PREDICTIONS
from alsnb.study.paper_a import choose
from alsnb.study.proact import Study
from alsnb.study.rankings import (
    PEARSON,
    RANKINGS,
    average_ranking,
    first_repeat,
    in_places,
    measures_of,
    overlap_of,
    rank_in_folds,
    spread_over_parts,
    titles_of,
)
from alsnb.study.search import PROBLEM, Search, try_recipes
from alsnb.study.task import SlopeTask, Task
from alsnb.supplement import read_supplement
from alsnb.vocabulary import FFNN, FOREST

EFFORTS = room_efforts(
    n_again={"smoke": 4, "book": 8, "full": 30},
    n_other_seeds={"smoke": 3, "book": 4, "full": 10},
    n_small_trees={"smoke": 10, "book": 40, "full": 100},
    n_correlations={"smoke": 50, "book": 400, "full": 2000},
    n_copy_seeds={"smoke": 3, "book": 8, "full": 12},
)
"""Beside the shared numbers: forests of patients drawn again and of other seeds, their trees,
correlations of patients drawn again, and seeds from which copies are drawn."""

# --- patients and features -----------------------------------------------------------------


def implied_counts(shares: tuple[float, ...] = (0.20, 0.25)) -> pd.DataFrame:
    """Return how many patients either share would hold out, beside the printed numbers.

    ``held_out`` is rounded up; ``published`` and ``difference`` are of those held out.
    """
    paper = read_published()["paper_a"]
    cohort, cases = paper["cohort"], paper["table4"]
    n_complete = cases["FFNN_complete_cases"]["n_train"] + cases["n_test"]
    printed = (
        ("all", cohort["patients"], cohort["test_patients"]),
        ("complete cases", n_complete, cases["n_test"]),
    )
    rows = [
        [who, n_patients, share, math.ceil(share * n_patients), published]
        for who, n_patients, published in printed
        for share in shares
    ]
    columns = ["patients", "n_patients", "share", "held_out", "published"]
    table = pd.DataFrame(rows, columns=columns)
    table.insert(4, "training", table["n_patients"] - table["held_out"])
    return table.assign(difference=table["held_out"] - table["published"])


def count_split(task: SlopeTask) -> pd.DataFrame:
    """Return how many patients every part has, with the mean and SD of their slopes.

    ``mean`` and ``sd`` are of those held out, in points per month; the hold-out comes first, then
    the folds of its training side.
    """
    rows = []
    for number, fold in enumerate([task.split, *first_repeat(task)]):
        slope = task.target.loc[fold.test]
        part = "hold-out" if number == 0 else f"fold {fold.fold + 1}"
        rows.append([part, len(fold.train), len(fold.test), slope.mean(), slope.std()])
    return pd.DataFrame(rows, columns=["part", "n_learnt_from", "n_held_out", "mean", "sd"])


def follow_features(task: SlopeTask, max_missing: float = 0.30) -> pd.DataFrame:
    """Return what becomes of the features in every fold, judged on its training patients.

    A ``constant`` has a single value, though it is not missing too often; ``filled`` is the share
    of the cells of those ``left``. The last row, *in every fold*, counts the features that no fold
    threw away.
    """
    rows, names = [], []
    offered = list(task.features)
    for fold in [*first_repeat(task), task.split]:
        table = task.predictors.loc[fold.train, offered]
        left = InformativeFeatures(max_missing).fit(table).kept_
        too_many = int((table.isna().mean() > max_missing).sum())
        part = "all training patients" if fold is task.split else f"fold {fold.fold + 1}"
        constant = len(offered) - too_many - len(left)
        filled = table[left].isna().to_numpy().mean()
        rows.append([part, len(offered), too_many, constant, len(left), filled])
        names.append(set(left))
    everywhere = len(set.intersection(*names[:-1]))
    rows.append(["in every fold", len(offered), np.nan, np.nan, everywhere, np.nan])
    columns = ["part", "offered", "too_often_missing", "constant", "left", "filled"]
    return pd.DataFrame(rows, columns=columns)


def learnt_values(task: SlopeTask, prepared: Study, names: tuple[str, ...]) -> pd.DataFrame:
    """Return what every fold learns about some features: how gaps are filled, and the scale.

    ``filling`` is a median, or the commonest level, ``mean`` and ``sd`` are those after filling,
    in the features' units. A feature that a fold throws away is not there.
    """
    titles = titles_of(prepared)
    rows = []
    for fold in first_repeat(task):
        table = task.predictors.loc[fold.train, list(names)]
        if not (table.max() > table.min()).any():
            continue
        table = InformativeFeatures(1.0).fit_transform(table)
        imputer = Imputer("median").fit(table)
        for name, values in imputer.transform(table).items():
            learnt = [imputer.fillings_[name], values.mean(), values.std(ddof=0)]
            rows.append([name, titles[name], fold.fold + 1, *learnt])
    columns = ["name", "label", "fold", "filling", "mean", "sd"]
    return pd.DataFrame(rows, columns=columns).sort_values(["name", "fold"], ignore_index=True)


# --- measures, and what the paper says of them ---------------------------------------------


def average_measures(ranked: pd.DataFrame, measures: Mapping[str, str]) -> pd.DataFrame:
    """Return the usefulness of measures: their features together, fold by fold.

    The importances in a forest add up to one and are added; of correlations the largest counts.
    """
    together = _group_by_measure(ranked, measures, by=FOLD)
    table = spread_over_parts(
        together.pivot_table(index="measure", columns=FOLD, values=USEFULNESS)
    )
    names = pd.Series(ranked[FEATURE].unique())
    return in_places(table.assign(n_features=names.map(measures).value_counts()))


def _group_by_measure(ranked: pd.DataFrame, measures: Mapping[str, str], by: str) -> pd.DataFrame:
    """Return the usefulness of every measure in every part, and its rank there."""
    adds_up = abs(ranked.groupby(by)[USEFULNESS].sum().iloc[0] - 1) < 1e-6
    named = ranked.assign(measure=ranked[FEATURE].map(measures).fillna(ranked[FEATURE]))
    groups = named.groupby([by, "measure"], sort=False)[USEFULNESS]
    table = (groups.sum() if adds_up else groups.max()).reset_index()
    ranks = table.groupby(by)[USEFULNESS].rank(ascending=False, method="first")
    return table.assign(**{RANK: ranks.astype(int)})


SAID = {
    "Onset Delta": "onset_delta",
    "FVC": "fvc",
    "ALSFRS": "alsfrs_total",
    "Age": "age",
    "Weight": "weight",
}
"""What the paper says predicts best, in its order, and the measures that are meant."""


def beside_top_five(forest: pd.DataFrame, pearson: pd.DataFrame) -> pd.DataFrame:
    """Return the places, in two averaged rankings, of the five features that the paper prints.

    ``forest`` and ``pearson`` are places here (NaN if thrown away), ``difference`` is that of the
    forest less the published, ``best`` and ``worst`` are ranks in the folds' forests.
    """
    printed = read_published()["paper_a"]["table3"]["features"]
    rows = pd.DataFrame({"printed": printed, FEATURE: [TOP_FIVE[name] for name in printed]})
    rows["published"] = np.arange(1, len(rows) + 1)
    by_forest = forest.set_index(FEATURE)
    rows[FOREST] = rows[FEATURE].map(by_forest["place"])
    rows[PEARSON] = rows[FEATURE].map(pearson.set_index(FEATURE)["place"])
    rows["difference"] = rows[FOREST] - rows["published"]
    return rows.join(by_forest[["best", "worst"]], on=FEATURE)


def beside_statement(forest: pd.DataFrame, pearson: pd.DataFrame) -> pd.DataFrame:
    """Return the places, in two rankings of measures, of those that the paper names as best.

    NaN if none of a measure's features is left.
    """
    rows = pd.DataFrame({"printed": list(SAID), "published": np.arange(1, len(SAID) + 1)})
    for name, table in ((FOREST, forest), (PEARSON, pearson)):
        rows[name] = table.set_index("measure")["place"].reindex(list(SAID.values())).to_numpy()
    return rows.assign(difference=rows[FOREST] - rows["published"])


# --- which ranking serves the network better -----------------------------------------------

SAME, OWN = "the same settings", "the best settings of each"

GAP = f"{FOREST} less {PEARSON}"

METRICS = ("pcc", "rmsd")


def predict_with_rankings(task: Task, *, n_trials: int, seed: int) -> pd.DataFrame:
    """Return out-of-fold predictions of the FFNN with features chosen by either ranking.

    The model is the ranking; ``settings`` are :data:`SAME` (the chosen ones, but for the ranking)
    or :data:`OWN` (the best that the search found with this ranking). What the search, of as many
    trials and this seed, has tried is not tried again. A pair in which a fold failed, or a ranking
    that the search did not draw, is left out.
    """
    found = choose(task, FFNN, n_trials=n_trials, seed=seed)
    pairs = {SAME: {ranking: found.best.with_settings(ranking=ranking) for ranking in RANKINGS}}
    best = _best_by_ranking(found)
    if len(best) == len(RANKINGS):
        pairs[OWN] = best
    frames = []
    for settings, recipes in pairs.items():
        results = try_recipes(task, FFNN, list(recipes.values()), seed=seed)
        if any((frame[PROBLEM] != "").any() for frame in results):
            continue
        frames += [
            frame.drop(columns=PROBLEM).assign(**{MODEL: ranking, "settings": settings})
            for ranking, frame in zip(recipes, results, strict=True)
        ]
    columns = [*PREDICTIONS, "settings"]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)


def _best_by_ranking(found: Search) -> dict[str, Recipe]:
    """Return the recipe with the highest mean PCC among those with either ranking."""
    scored = found.trials.dropna(subset=["pcc"])
    best = scored.loc[scored.groupby("ranking")["pcc"].idxmax()].set_index("ranking")["trial"]
    return {ranking: found.recipes[int(best[ranking])] for ranking in RANKINGS if ranking in best}


def score_rankings(predictions: pd.DataFrame, n_resamples: int) -> pd.DataFrame:
    """Return the scores of either ranking and their paired difference, out of fold.

    ``ranking`` is ``"forest"``, ``"pearson"`` or :data:`GAP`. ``published`` is what is entered of
    S7 (:mod:`alsnb.supplement`).
    """
    how = {"metrics": METRICS, "n_resamples": n_resamples}
    parts = []
    for settings, rows in predictions.groupby("settings", sort=False):
        gaps = compare_predictions(rows, reference=PEARSON, **how).assign(**{MODEL: GAP})
        both = pd.concat([score_predictions(rows, **how), gaps], ignore_index=True)
        parts.append(both.assign(settings=settings))
    columns = ["settings", "ranking", METRIC, "published", ESTIMATE, LOW, HIGH, "difference"]
    if not parts:
        return pd.DataFrame(columns=columns)
    table = pd.concat(parts, ignore_index=True).rename(columns={MODEL: "ranking"})
    printed = read_supplement()["S7"]
    pairs = zip(table["ranking"], table[METRIC], strict=True)
    published = [printed.get(ranking, {}).get(metric, np.nan) for ranking, metric in pairs]
    table = table.assign(published=published)
    return table.assign(difference=table[ESTIMATE] - table["published"])[columns]


# --- how firm a rank is --------------------------------------------------------------------

PATIENTS, FOLDS, SEEDS = "patients drawn again", "folds", "other seeds"
"""Why two rankings differ."""


def rank_again(
    task: SlopeTask, *, n_resamples: int, n_seeds: int, n_trees: int, n_correlations: int, seed: int
) -> pd.DataFrame:
    """Rank the features of training patients with other patients, in the folds, with other seeds.

    ``n_resamples`` and ``n_seeds`` are numbers of forests, of ``n_trees`` each. ``n_correlations``
    are resamples for the correlation, which cost next to nothing; it has no seed. ``cause`` says
    why a ranking differs from the others.
    """
    features, target = _without_gaps(task)
    how = {"n_trees": n_trees, "seed": seed}
    patients = rank_by_forests(features, target, n_draws=n_resamples, resample=True, **how)
    seeds = rank_by_forests(features, target, n_draws=n_seeds, resample=False, **how)
    pearson = correlate_again(features, target, n_draws=n_correlations, seed=seed)
    parts = [
        patients.assign(ranking=FOREST, cause=PATIENTS),
        seeds.assign(ranking=FOREST, cause=SEEDS),
        pearson.assign(ranking=PEARSON, cause=PATIENTS),
    ]
    for ranking in RANKINGS:
        ranked = rank_in_folds(task, ranking).rename(columns={FOLD: DRAW})
        parts.append(ranked.assign(ranking=ranking, cause=FOLDS))
    columns = ["ranking", "cause", DRAW, FEATURE, USEFULNESS, RANK]
    return pd.concat(parts, ignore_index=True)[columns]


def draw_shadows(task: SlopeTask, *, k: int, n_seeds: int, n_trees: int, seed: int) -> pd.DataFrame:
    """Return how many of a forest's first ``k`` features are shuffled copies, by seed.

    As :func:`alsnb.lessons.ranking.fits.count_shadows`, on the training patients.
    """
    features, target = _without_gaps(task)
    return count_shadows(features, target, k=k, n_seeds=n_seeds, n_trees=n_trees, seed=seed)


def _without_gaps(task: SlopeTask) -> tuple[pd.DataFrame, pd.Series]:
    """Return the features of the training patients, filled in, and their slopes."""
    train = task.split.train
    table = task.predictors.loc[train, list(task.features)]
    return make_design(scaling=None).fit_transform(table), task.target.loc[train]


def rank_measures_again(again: pd.DataFrame, measures: Mapping[str, str]) -> pd.DataFrame:
    """Return what :func:`rank_again` found for measures instead of their features."""
    parts = []
    for (ranking, cause), rows in again.groupby(["ranking", "cause"], sort=False):
        together = _group_by_measure(rows, measures, by=DRAW).rename(columns={"measure": FEATURE})
        parts.append(together.assign(ranking=ranking, cause=cause))
    return pd.concat(parts, ignore_index=True)[list(again.columns)]


def rank_ranges(again: pd.DataFrame, titles: Mapping[str, str], *, n_features: int) -> pd.DataFrame:
    """Return between which ranks the first features lie in forests of patients drawn again.

    By median rank (``estimate``); ``low`` and ``high`` hold 95 % of the draws, all of them if
    there are few.
    """
    draws = again[(again["ranking"] == FOREST) & (again["cause"] == PATIENTS)]
    ranks = draws.groupby(FEATURE)[RANK]
    found = {ESTIMATE: ranks.median(), LOW: ranks.quantile(0.025), HIGH: ranks.quantile(0.975)}
    table = pd.DataFrame(found | {"mean": ranks.mean()})
    table = table.sort_values([ESTIMATE, "mean"], kind="stable").head(n_features).reset_index()
    table.insert(1, "label", table[FEATURE].map(lambda name: titles.get(name, name)))
    return table.drop(columns="mean")


def label_lines(features: pd.DataFrame, measures: pd.DataFrame) -> pd.DataFrame:
    """Return the overlaps of both with the ``label`` of their line in a figure.

    A line for each cause that changes the forest's ranking of features; two more, for the
    correlation and for the forest's ranking of measures, when patients are drawn again.
    """
    forest = features["ranking"] == FOREST
    again = features["cause"] == PATIENTS
    of_measures = (measures["ranking"] == FOREST) & (measures["cause"] == PATIENTS)
    parts = [
        features[forest].assign(label="forest, " + features["cause"]),
        features[~forest & again].assign(label=f"correlation, {PATIENTS}"),
        measures[of_measures].assign(label=f"measures by forest, {PATIENTS}"),
    ]
    return pd.concat(parts, ignore_index=True)


# --- copies of the best feature ------------------------------------------------------------

N_COPIES = (0, 1, 2, 4, 8)
"""How many copies stand beside the feature."""

N_OTHERS = 40
"""Features that stand beside: the most correlated ones, which keeps the forests small."""

COPIED = {"the feature itself": "original", "the feature and its copies": "family"}
"""Whose importance is followed, and the column that has it."""


def copy_best(task: SlopeTask, *, n_seeds: int, seed: int, n_trees: int = 40) -> pd.DataFrame:
    """Rank with more and more copies of the best feature, from several seeds.

    Only training patients are looked at. A copy is the feature plus a little noise, as the mean,
    the median and the last value of one item are copies of each other.
    """
    table, target = _without_gaps(task)
    best = rank_features(table, target.to_numpy(), PEARSON)[FEATURE]
    chosen = table[list(best[: N_OTHERS + 1])]
    how = {"n_seeds": n_seeds, "n_trees": n_trees, "seed": seed}
    return rank_beside_copies(chosen, target, n_copies=list(N_COPIES), **how)


def average_copies(copied: pd.DataFrame) -> pd.DataFrame:
    """Return the mean importance by number of copies, with its interval over seeds.

    The interval is one of 95 % after Student; ``rank`` is the mean rank of the original.
    """
    means = ["rank", "copies_in_ten"]
    rows = [
        [n_copies, which, *_mean_over_seeds(draws[column]), *draws[means].mean()]
        for n_copies, draws in copied.groupby("n_copies")
        for which, column in COPIED.items()
    ]
    return pd.DataFrame(rows, columns=["n_copies", "which", ESTIMATE, LOW, HIGH, *means])


def difference_of_copies(copied: pd.DataFrame) -> pd.DataFrame:
    """Return the loss of importance against no copies, paired by seed."""
    wide = copied.set_index(["n_copies", "seed"])
    rows = [
        [n_copies, which, *_mean_over_seeds(wide.loc[n_copies, column] - wide.loc[0, column])]
        for n_copies in N_COPIES[1:]
        for which, column in COPIED.items()
    ]
    return pd.DataFrame(rows, columns=["n_copies", "which", ESTIMATE, LOW, HIGH])


def _mean_over_seeds(values: pd.Series, level: float = 0.95) -> tuple[float, float, float]:
    mean, n = values.mean(), len(values)
    half = np.nan
    if n > 1:
        half = float(student.ppf(0.5 + level / 2, n - 1) * values.std() / np.sqrt(n))
    return mean, mean - half, mean + half
