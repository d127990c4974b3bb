"""See what filled gaps and left-out patients do to a score."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from alsnb.checks import BadInput
from alsnb.effort import EFFORTS
from alsnb.evaluation.bootstrap import GROUP, compare_predictions, difference_between_groups
from alsnb.evaluation.bootstrap import score_groups as score_in_groups
from alsnb.lessons.ablations.variations import (
    COMPLETE,
    FIVE,
    IMPUTED,
    METRICS,
    PRINTED,
    compare_complete,
    complete_case_tasks,
    make_table,
    predict_complete,
    search_complete,
)
from alsnb.models.recipe import Recipe
from alsnb.published import read_published
from alsnb.report.scores import pick, spell, verdict
from alsnb.schema import METRIC, MODEL, PREDICTIONS
from alsnb.study.paper_a import FFNN
from alsnb.study.printed import BESIDE
from alsnb.study.search import PROBLEM, Search, try_recipes
from alsnb.study.task import Task

CASES, GAPS = "no gap", "a gap"
"""Patients in whom none of the five features is missing, and the others."""

IMPUTINGS = ("median", "mean")


@dataclass(frozen=True, kw_only=True, eq=False)
class Trained:
    """The two networks, what was found for each, and what they predict.

    Attributes
    ----------
    tasks : dict of Task
        By model; empty if there is nothing to train or test on.
    found : dict of Search
        What the search found for each.
    predictions : DataFrame
        Predictions frame of the patients held out.
    problem : str
        Why there is nothing; empty if there is.
    """

    tasks: dict[str, Task] = field(default_factory=dict)
    found: dict[str, Search] = field(default_factory=dict)
    predictions: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=PREDICTIONS))
    problem: str = ""

    def __repr__(self) -> str:
        return f"Trained({', '.join(self.tasks) or self.problem})"


def train_both(task: Task, *, profile: str, seed: int, test_share: float) -> Trained:
    """Search and train the FFNN with gaps filled and on complete cases, or say why not."""
    settings = {"profile": profile, "seed": seed}
    try:
        tasks = complete_case_tasks(task, test_share=test_share, **settings)
        found = search_complete(tasks, **settings)
        predictions = predict_complete(tasks, found, **settings)
    except BadInput as problem:
        return Trained(problem=str(problem))
    return Trained(tasks=tasks, found=found, predictions=predictions)


def count_patients(task: Task, trained: Trained) -> pd.DataFrame:
    """Return how many patients learn and are tested, printed and here (``n_patients``)."""
    printed = read_published()["paper_a"]
    table4 = printed["table4"]
    n_imputed, n_complete = (table4[name]["n_train"] for name in PRINTED["table4"].values())
    whole = task.predictors[list(FIVE)].notna().all(axis=1)
    sizes = {name: len(one.split.train) for name, one in trained.tasks.items()}
    held_out = [len(one.split.test) for one in trained.tasks.values()]
    rows = [
        ["In the cohort", printed["cohort"]["patients"], len(whole)],
        ["Complete cases", n_complete + table4["n_test"], int(whole.sum())],
        ["To learn from, gaps filled", n_imputed, sizes.get(IMPUTED, 0)],
        ["To learn from, complete cases", n_complete, sizes.get(COMPLETE, 0)],
        ["Held out, complete cases", table4["n_test"], max(held_out, default=0)],
    ]
    table = pd.DataFrame(rows, columns=["patients", "published", "n_patients"])
    return table.assign(difference=table["n_patients"] - table["published"])


def make_table4(trained: Trained, profile: str) -> pd.DataFrame:
    """Return Table 4 beside the printed one; if there are no scores, the reason.

    Returns
    -------
    DataFrame
        The columns :data:`alsnb.study.printed.BESIDE` and ``problem``.
    """
    if not trained.problem:
        return make_table(trained.predictions, "table4", profile).assign(**{PROBLEM: ""})
    rows = [{MODEL: model, METRIC: metric} for model in PRINTED["table4"] for metric in METRICS]
    empty = pd.DataFrame(rows, columns=list(BESIDE))
    numbers = [column for column in BESIDE if column not in (MODEL, METRIC)]
    return empty.astype(dict.fromkeys(numbers, float)).assign(**{PROBLEM: trained.problem})


def compare_both(trained: Trained, profile: str) -> pd.DataFrame:
    """Return the paired differences, complete cases minus gaps filled; empty without scores."""
    if trained.problem:
        return pd.DataFrame(columns=[MODEL, METRIC, "estimate", "low", "high", "p_holm"])
    return compare_complete(trained.predictions, profile)


def word_both(differences: pd.DataFrame, trained: Trained) -> str:
    """Return in a sentence whether learning from complete cases made a difference."""
    if trained.problem:
        return f"There is nothing to compare: {trained.problem}"
    gap = pick(differences, model=COMPLETE, metric="rmsd")
    return (
        f"In RMSD, the network that learnt from complete cases alone {verdict(gap)} the one with "
        f"gaps filled; the difference is {spell(gap, 4)} points per month."
    )


# --- mean or median ------------------------------------------------------------------------


def compare_imputings(task: Task, recipe: Recipe, *, profile: str, seed: int) -> pd.DataFrame:
    """Return the scores of filling with the mean minus those of the median, out of fold."""
    recipes = [recipe.with_settings(imputing=imputing) for imputing in IMPUTINGS]
    frames = try_recipes(task, FFNN, recipes, seed=seed)
    named = [
        frame.drop(columns=PROBLEM).assign(**{MODEL: imputing})
        for frame, imputing in zip(frames, IMPUTINGS, strict=True)
    ]
    return compare_predictions(
        pd.concat(named, ignore_index=True),
        reference=IMPUTINGS[0],
        metrics=METRICS[:3],
        n_resamples=EFFORTS[profile].n_resamples,
    )


# --- other patients ------------------------------------------------------------------------


def group_by_gaps(task: Task) -> pd.Series:
    """Return for each patient whether one of the five features is missing."""
    whole = task.predictors[list(FIVE)].notna().all(axis=1)
    return pd.Series(np.where(whole, CASES, GAPS), index=whole.index, name=GROUP)


def score_groups(predictions: pd.DataFrame, groups: pd.Series, profile: str) -> pd.DataFrame:
    """Return the scores of one model in patients without and with a gap."""
    return score_in_groups(
        predictions, groups, metrics=METRICS[:4], n_resamples=EFFORTS[profile].n_resamples
    )


def compare_groups(predictions: pd.DataFrame, groups: pd.Series, profile: str) -> pd.DataFrame:
    """Return the scores in patients without a gap minus those in patients with one."""
    return difference_between_groups(
        predictions,
        groups,
        group=CASES,
        reference=GAPS,
        metrics=METRICS[:4],
        n_resamples=EFFORTS[profile].n_resamples,
    )


def word_groups(gaps: pd.DataFrame) -> str:
    """Return in a sentence how much easier or harder complete cases are."""
    row = gaps[gaps[METRIC] == "rmsd"].iloc[0]
    spread = gaps[gaps[METRIC] == "sd_observed"].iloc[0]
    return (
        f"In patients without a gap its RMSD differs from that in the others by {spell(row)}, and "
        f"the standard deviation of their slopes by {spell(spread)}"
    )
