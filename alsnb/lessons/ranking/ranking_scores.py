"""Hold the two rankings against each other by what a network makes of the features they choose."""

import numpy as np
import pandas as pd

from alsnb.effort import EFFORTS
from alsnb.evaluation.bootstrap import compare_predictions, score_predictions
from alsnb.lessons.ranking.ranking_lesson import FOREST, PEARSON, RANKINGS
from alsnb.models.recipe import Recipe
from alsnb.report.scores import METRIC_TITLES
from alsnb.report.tables import interval
from alsnb.schema import ESTIMATE, HIGH, LOW, METRIC, MODEL, PREDICTIONS
from alsnb.study.paper_a import FFNN
from alsnb.study.search import PROBLEM, Search, try_recipes
from alsnb.study.task import Task

SAME, OWN = "the same settings", "the best settings of each"

METRICS = ("pcc", "rmsd")

DIFFERENCE = "difference"

COLUMNS = [*PREDICTIONS, "settings"]


def predict_with_rankings(task: Task, found: Search, *, seed: int) -> pd.DataFrame:
    """Return out-of-fold predictions of the FFNN with features chosen by either ranking.

    Parameters
    ----------
    task : Task
        Its folds; one network is trained in each.
    found : Search
        The search for the FFNN.
    seed : int
        The seed of that search, so that what it tried need not be tried again.

    Returns
    -------
    DataFrame
        Predictions of split ``"train"`` by the models ``"forest"`` and ``"pearson"``, with the
        column ``settings``: :data:`SAME` (the chosen ones, but for the ranking) or :data:`OWN`
        (the best that the search found with this ranking). A pair in which a fold failed, or
        a ranking that the search did not draw, is left out.
    """
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
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=COLUMNS)


def _best_by_ranking(found: Search) -> dict[str, Recipe]:
    """Return the recipe with the highest mean PCC among those with either ranking."""
    scored = found.trials.dropna(subset=["pcc"])
    best = {}
    for ranking in RANKINGS:
        rows = scored[scored["ranking"] == ranking]
        if len(rows):
            best[ranking] = found.recipes[int(rows.loc[rows["pcc"].idxmax(), "trial"])]
    return best


def score_rankings(predictions: pd.DataFrame, profile: str) -> pd.DataFrame:
    """Return the scores of either ranking and their paired difference, out of fold.

    Returns
    -------
    DataFrame
        ``settings``, ``ranking`` (``"forest"``, ``"pearson"``, or ``"forest less pearson"``),
        ``metric``, ``published`` (NaN: their table is not available), ``estimate``, ``low``,
        ``high`` (95 % over patients) and ``difference`` from the published value (NaN).
    """
    n_resamples = EFFORTS[profile].n_resamples
    parts = []
    for settings, rows in predictions.groupby("settings", sort=False):
        scores = score_predictions(rows, metrics=METRICS, n_resamples=n_resamples)
        gaps = compare_predictions(
            rows, reference=PEARSON, metrics=METRICS, n_resamples=n_resamples
        )
        gaps = gaps.assign(**{MODEL: f"{FOREST} less {PEARSON}"})
        parts.append(pd.concat([scores, gaps], ignore_index=True).assign(settings=settings))
    columns = ["settings", "ranking", METRIC, "published", ESTIMATE, LOW, HIGH, DIFFERENCE]
    if not parts:
        return pd.DataFrame(columns=columns)
    table = pd.concat(parts, ignore_index=True).rename(columns={MODEL: "ranking"})
    return table.assign(published=np.nan, **{DIFFERENCE: np.nan})[columns]


def word_scores(scores: pd.DataFrame) -> pd.DataFrame:
    """Return :func:`score_rankings` as a page shows it: a column for each metric."""
    titles = RANKINGS | {f"{FOREST} less {PEARSON}": "Forest less correlation"}
    rows = []
    for (settings, ranking), cells in scores.groupby(["settings", "ranking"], sort=False):
        row = {"With": settings, "Ranked by": titles[ranking], "Published": "not available"}
        for cell in cells.itertuples():
            row[METRIC_TITLES[cell.metric]] = interval(cell.estimate, cell.low, cell.high)
        rows.append(row)
    return pd.DataFrame(rows)


def word_better(scores: pd.DataFrame) -> str:
    """Return in sentences whether the forest's features serve the network better."""
    gaps = scores[(scores["ranking"] == f"{FOREST} less {PEARSON}") & (scores[METRIC] == "pcc")]
    words = [_word_gap(row) for row in gaps.to_dict("records")]
    return " ".join(words) or "A fold failed, and the two could not be compared."


def _word_gap(row: dict[str, object]) -> str:
    between = interval(row[ESTIMATE], row[LOW], row[HIGH])
    start = f"With {row['settings']}, the PCC with the forest's features less that with the others"
    if row[LOW] > 0:
        return f"{start} is {between}: the forest's serve the network better here, too."
    if row[HIGH] < 0:
        return f"{start} is {between}: here the forest's serve the network worse."
    return f"{start} is {between}: these patients cannot tell the two apart."
