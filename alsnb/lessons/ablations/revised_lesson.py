"""Predict the slope of the revised scale, and see why it is harder or easier."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from alsnb.compute.progress import report
from alsnb.compute.store import stored
from alsnb.effort import EFFORTS
from alsnb.evaluation.bootstrap import score_predictions
from alsnb.evaluation.crossval import cross_validate
from alsnb.fits.references import FOREST, MEAN, ONSET, predict_with_reference
from alsnb.lessons.ablations.imputing_lesson import train_both
from alsnb.lessons.ablations.variations import TITLES as VARIATION_TITLES
from alsnb.lessons.ablations.variations import search_few
from alsnb.lessons.networks.network_lesson import tabulate_search
from alsnb.models.baselines import make_forest
from alsnb.published import read_published
from alsnb.report.tables import interval, signed
from alsnb.schema import ESTIMATE, HIGH, LOW, METRIC, MODEL, REPEAT
from alsnb.settings import n_cores
from alsnb.splits import Fold, make_folds
from alsnb.study.paper_a import NETWORKS, choose, predict_networks_once
from alsnb.study.paper_a import TITLES as NETWORK_TITLES
from alsnb.study.printed import beside_printed
from alsnb.study.references import TITLES as REFERENCE_TITLES
from alsnb.study.search import Search
from alsnb.study.task import LOG_ONSET, Task

METRICS = ("rmsd", "pcc", "r2", "sd_observed", "calibration_slope")

BESIDE_NETWORKS = (MEAN, ONSET, FOREST)
"""The references that learn the revised scale, too."""

TITLES = {model: REFERENCE_TITLES[model] for model in BESIDE_NETWORKS} | NETWORK_TITLES

STEP_METRICS = ("r2", "pcc", "rmsd", "sd_observed")

ALL, FEWER, THEIRS, REVISED = "all", "fewer", "theirs", "revised"

STEP_TITLES = {
    ALL: "Original scale, the whole cohort",
    FEWER: "Original scale, as many patients drawn by chance",
    THEIRS: "Original scale, the patients of the revised cohort",
    REVISED: "Revised scale, the same patients",
}
"""From the main cohort to the revised scale: one thing changes at each step."""

N_TREES = 100
"""Trees of the forest that is trained at every step."""


def predict_revised(task: Task, *, profile: str, seed: int) -> pd.DataFrame:
    """Return the test predictions of the networks and of three references on the revised scale."""
    networks = predict_networks_once(
        task, profile=profile, seed=seed, n_trials=EFFORTS[profile].n_ablation_trials
    )
    columns = [*task.features, LOG_ONSET]
    frames = [
        predict_with_reference(
            task.predictors[columns],
            task.target,
            model,
            profile=profile,
            seed=seed,
            train=list(task.split.train),
            test=list(task.split.test),
        )
        for model in BESIDE_NETWORKS
    ]
    return pd.concat([*frames, networks], ignore_index=True)


def make_s9(predictions: pd.DataFrame, profile: str) -> pd.DataFrame:
    """Return the scores on the revised scale; what is printed about them is not available."""
    own = predictions[predictions[REPEAT] == 0]
    scores = score_predictions(own, metrics=METRICS, n_resamples=EFFORTS[profile].n_resamples)
    return beside_printed(scores, {})


def count_cohorts(main: Task, revised: Task) -> pd.DataFrame:
    """Return the patients of both cohorts, and of both at once, printed and here."""
    printed = read_published()["paper_a"]["cohort"]
    n_main, n_revised = len(main.target), len(revised.target)
    rows = [
        ["With a slope of the original scale", printed["patients"], n_main],
        ["With a slope of the revised scale", printed["alsfrs_r_patients"], n_revised],
    ]
    table = pd.DataFrame(rows, columns=["patients", "published", "n_patients"])
    return table.assign(difference=table["n_patients"] - table["published"])


# --- the settings of every other task ------------------------------------------------------


def search_other_tasks(
    main: Task, revised: Task, *, profile: str, seed: int, test_share: float
) -> dict[str, Search]:
    """Return what was found in every task but the main one, by task and network.

    The searches are those of the chapters on few features, on imputation and on this scale;
    what they stored is looked up. A task without patients to train on is left out.
    """
    settings = {"profile": profile, "seed": seed}
    n_trials = EFFORTS[profile].n_ablation_trials
    trained = train_both(main, test_share=test_share, **settings)
    few = search_few(main, **settings)
    on_revised = {
        network: choose(revised, network, n_trials=n_trials, **settings) for network in NETWORKS
    }
    return {
        **{f"Few features: {name.upper()}": found for name, found in few.items()},
        **{VARIATION_TITLES[name]: found for name, found in trained.found.items()},
        **{f"ALSFRS-R: {name.upper()}": found for name, found in on_revised.items()},
    }


def make_s4(found: Mapping[str, Search]) -> pd.DataFrame:
    """Return the best settings of several searches, one below the other.

    Returns
    -------
    DataFrame
        ``task``, then the columns of :func:`alsnb.lessons.networks.network_lesson.tabulate_search`.
    """
    tables = [tabulate_search(one).assign(task=task) for task, one in found.items()]
    table = pd.concat(tables, ignore_index=True)
    return table[["task", *table.columns.drop("task")]]


# --- why -----------------------------------------------------------------------------------


def score_steps(main: Task, revised: Task, *, profile: str, seed: int) -> pd.DataFrame:
    """Return R², PCC and spread of the slopes at each step from one cohort to the other.

    Parameters
    ----------
    main, revised : Task
        The tasks on the original and on the revised scale.
    profile, seed
        How much is computed, and the seed of folds, forests and of the patients drawn.

    Returns
    -------
    DataFrame
        A scores frame, its models the steps of :data:`STEP_TITLES`. All are out-of-fold
        scores of a random forest, over all patients of the step.
    """
    shared = revised.target.index.intersection(main.target.index)
    rng = np.random.default_rng(seed)
    drawn = np.sort(rng.permutation(len(main.target))[: len(shared)])
    steps = {
        ALL: _only(main, main.target.index),
        FEWER: _only(main, main.target.index[drawn]),
        THEIRS: _only(main, shared),
        REVISED: _only(revised, shared),
    }
    settings = {"profile": profile, "seed": seed}
    frames = [_forest(*tables, step, **settings) for step, tables in steps.items()]
    n_resamples = EFFORTS[profile].n_resamples
    scores = [
        score_predictions(
            frame, metrics=("r2", "pcc", "rmsd", "sd_observed"), n_resamples=n_resamples
        )
        for frame in frames
    ]
    return pd.concat(scores, ignore_index=True)


def _only(task: Task, patients: pd.Index) -> tuple[pd.DataFrame, pd.Series]:
    return task.predictors.loc[patients, list(task.features)], task.target.loc[patients]


@stored
def _forest(
    features: pd.DataFrame, target: pd.Series, name: str, *, profile: str, seed: int
) -> pd.DataFrame:
    effort = EFFORTS[profile]
    folds: list[Fold] = make_folds(features.index, n_folds=effort.n_folds, seed=seed, strata=target)
    report(f"forest, {STEP_TITLES[name].lower()}")
    model = make_forest(seed, min(effort.n_trees, N_TREES))
    return cross_validate(model, features, target, folds, name=name, n_jobs=n_cores())


def tabulate_steps(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the scores of every step for reading."""
    names = {"r2": "R²", "pcc": "PCC", "rmsd": "RMSD", "sd_observed": "SD of the slopes"}
    rows = []
    for step, cells in scores.groupby(MODEL, sort=False):
        row = {"Step": STEP_TITLES[step], "Patients": f"{cells['n_patients'].iloc[0]:,}"}
        for cell in cells.itertuples(index=False):
            row[names[cell.metric]] = interval(cell.estimate, cell.low, cell.high)
        rows.append(row)
    return pd.DataFrame(rows)


def label_steps(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the R² of every step with a ``label``, for a figure."""
    rows = scores[scores[METRIC] == "r2"]
    return rows.assign(label=rows[MODEL].map(STEP_TITLES))[["label", ESTIMATE, LOW, HIGH]]


def word_steps(scores: pd.DataFrame) -> str:
    """Return in a sentence how much each step changed R²."""
    r2 = scores[scores[METRIC] == "r2"].set_index(MODEL)[ESTIMATE]
    fewer, theirs, revised = (
        signed(r2[after] - r2[before], 2)
        for before, after in ((ALL, FEWER), (FEWER, THEIRS), (THEIRS, REVISED))
    )
    return (
        f"From {r2[ALL]:.2f} on the whole cohort, R² moves by {fewer} with fewer patients, by "
        f"{theirs} with the patients of the revised cohort instead of as many others, and by "
        f"{revised} with the revised scale instead of the original one"
    )
