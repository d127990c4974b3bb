"""Vary the task of paper A: fewer features, complete cases, and the revised scale.

Each variation searches its own settings, as the paper does, with fewer trials than the main
task; everything else, from the folds to the average of networks, is the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from alsnb.checks import refuse
from alsnb.effort import EFFORTS
from alsnb.evaluation.bootstrap import compare_predictions, score_predictions
from alsnb.models.recipe import Recipe
from alsnb.models.searched import make_inputs
from alsnb.published import read_published
from alsnb.schema import ESTIMATE, MODEL, REPEAT
from alsnb.splits import hold_out, make_folds
from alsnb.study.paper_a import CNN, FFNN, NETWORKS, RNN, predict_held_out_with
from alsnb.study.printed import beside_printed
from alsnb.study.search import Search, search
from alsnb.study.task import Task, check_enough

METRICS = ("rmsd", "pcc", "r2", "sd_observed", "calibration_slope")

FIVE = ("onset_delta", "slope_fvc", "last_alsfrs_total", "slope_alsfrs_total", "mean_q9_climbing")
"""The five features that Pancotti et al. (2022) call the most important, in their order."""

FEW = {FFNN: "ffnn_few", CNN: "cnn_few", RNN: "rnn_few"}
"""Names of the networks that are given few features."""

IMPUTED, COMPLETE = "ffnn_imputed", "ffnn_complete"

TITLES = {
    FFNN: "FFNN, chosen among all",
    CNN: "CNN, chosen among all",
    RNN: "RNN, chosen among all",
    FEW[FFNN]: "FFNN, five features",
    FEW[CNN]: "CNN, questionnaires and four features",
    FEW[RNN]: "RNN, questionnaires and four features",
    IMPUTED: "FFNN, gaps filled",
    COMPLETE: "FFNN, complete cases",
}
"""What a reader calls each model."""

PRINTED = {
    "table3": {FEW[FFNN]: "FFNN", FEW[CNN]: "CNN", FEW[RNN]: "RNN"},
    "table4": {IMPUTED: "FFNN_imputed", COMPLETE: "FFNN_complete_cases"},
}
"""By printed table, what our models are called there."""


def search_all_given(task: Task, network: str, *, profile: str, seed: int) -> Search:
    """Search the settings of a network that gets every feature it is offered."""
    return search(
        task,
        network,
        n_trials=EFFORTS[profile].n_ablation_trials,
        seed=seed,
        fixed={"n_features": None, "ranking": "forest"},
    )


# --- fewer features ------------------------------------------------------------------------


def best_features(task: Task, n: int = 5) -> list[str]:
    """Return the features that a forest ranks highest on the patients to learn from, best first."""
    inputs = make_inputs(Recipe(n_features=n), network=FFNN, columns=task.features)
    train = task.split.train
    fitted = inputs.fit(task.predictors.loc[train], task.target.loc[train])
    return list(fitted.design_["rank"].usefulness_.index[:n])


def few_features(task: Task, network: str, features: Sequence[str] = FIVE) -> Task:
    """Return the task with the features alone; networks that read the questionnaires get one less.

    As in the paper, the feature that is left out is the last, and nothing else that was made
    from the questionnaires is.
    """
    names = features if network == FFNN else features[:-1]
    return replace(task.with_features(names), questionnaire_features=())


def search_few(
    task: Task, features: Sequence[str] = FIVE, *, profile: str, seed: int
) -> dict[str, Search]:
    """Return what the search found for each network with few features, by network."""
    return {
        network: search_all_given(
            few_features(task, network, features), network, profile=profile, seed=seed
        )
        for network in NETWORKS
    }


def predict_few(
    task: Task,
    found: Mapping[str, Search],
    features: Sequence[str] = FIVE,
    *,
    profile: str,
    seed: int,
) -> pd.DataFrame:
    """Return the test predictions of the networks with few features, under names of their own."""
    frames = []
    for network, one in found.items():
        reduced = few_features(task, network, features)
        test = predict_held_out_with(reduced, network, one.best, profile=profile, seed=seed)
        frames.append(test.assign(**{MODEL: FEW[network]}))
    return pd.concat(frames, ignore_index=True)


def compare_few(predictions: pd.DataFrame, profile: str) -> pd.DataFrame:
    """Return each network's scores with few features minus those with all, patient by patient."""
    frames = []
    for network, few in FEW.items():
        both = predictions[predictions[MODEL].isin([network, few])]
        frames.append(
            compare_predictions(
                _result(both),
                reference=network,
                metrics=METRICS[:3],
                n_resamples=EFFORTS[profile].n_resamples,
            )
        )
    return pd.concat(frames, ignore_index=True)


# --- complete cases ------------------------------------------------------------------------


def complete_case_tasks(
    task: Task, features: Sequence[str] = FIVE, *, profile: str, seed: int, test_share: float
) -> dict[str, Task]:
    """Return the task with gaps filled and that of complete cases, with the same test patients.

    Parameters
    ----------
    task : Task
        All patients.
    features : sequence of str
        A patient is a complete case if none of these is missing.
    profile : str
        Which of :data:`alsnb.effort.PROFILES` says how many folds there are.
    seed : int
        Seed of the split and of the folds.
    test_share : float
        Share of the complete cases that is held out.

    Returns
    -------
    dict of Task
        ``"ffnn_imputed"`` learns from everybody who is not held out, ``"ffnn_complete"``
        from the complete cases among them.

    Raises
    ------
    alsnb.checks.BadInput
        If there are too few complete cases to learn from and to test on.
    """
    reduced = replace(task.with_features(features), questionnaire_features=())
    whole = reduced.predictors[list(features)].notna().all(axis=1)
    cases = whole.index[whole]
    if len(cases) < 4:
        raise refuse(
            "The complete cases",
            expected=f"patients in whom none of {len(features)} features is missing",
            found=f"{len(cases)} of {len(whole)}",
            remedy="Take a larger release, or features that fewer patients lack.",
        )
    split = hold_out(cases, share=test_share, seed=seed)
    everyone = whole.index[~whole.index.isin(split.test)]
    learners = {IMPUTED: everyone, COMPLETE: split.train}
    return {
        name: _with_split(reduced, patients, split.test, profile=profile, seed=seed)
        for name, patients in learners.items()
    }


def _with_split(task: Task, train: pd.Index, test: pd.Index, *, profile: str, seed: int) -> Task:
    n_folds = EFFORTS[profile].n_folds
    check_enough(len(train), n_folds)
    folds = make_folds(train, n_folds=n_folds, seed=seed, strata=task.target.loc[train])
    return replace(task, split=replace(task.split, train=train, test=test), folds=folds)


def search_complete(tasks: Mapping[str, Task], *, profile: str, seed: int) -> dict[str, Search]:
    """Return what the search found for the FFNN on each task, by its name."""
    return {
        name: search_all_given(one, FFNN, profile=profile, seed=seed) for name, one in tasks.items()
    }


def predict_complete(
    tasks: Mapping[str, Task], found: Mapping[str, Search], *, profile: str, seed: int
) -> pd.DataFrame:
    """Return the test predictions of the FFNN of each task, under the name of the task."""
    frames = []
    for name, one in tasks.items():
        test = predict_held_out_with(one, FFNN, found[name].best, profile=profile, seed=seed)
        frames.append(test.assign(**{MODEL: name}))
    return pd.concat(frames, ignore_index=True)


def compare_complete(predictions: pd.DataFrame, profile: str) -> pd.DataFrame:
    """Return the scores after learning from complete cases minus those with gaps filled."""
    return compare_predictions(
        _result(predictions),
        reference=IMPUTED,
        metrics=METRICS[:3],
        n_resamples=EFFORTS[profile].n_resamples,
    )


# --- tables --------------------------------------------------------------------------------


def make_table(predictions: pd.DataFrame, table: str, profile: str) -> pd.DataFrame:
    """Return the scores of test predictions beside a printed table (``table3`` or ``table4``)."""
    names = PRINTED[table]
    own = _result(predictions[predictions[MODEL].isin(names)])
    scores = score_predictions(own, metrics=METRICS, n_resamples=EFFORTS[profile].n_resamples)
    printed = read_published()["paper_a"][table]
    return beside_printed(scores, {model: printed[name] for model, name in names.items()})


def tabulate_searches(found: Mapping[str, Search], titles: Mapping[str, str]) -> pd.DataFrame:
    """Return the best settings of several searches: a row per setting, a column per search."""
    columns = {}
    for name, one in found.items():
        best = one.trials[one.trials["chosen"]].iloc[0]
        settings = one.best.flat()
        columns[titles.get(name, name)] = {
            **{setting: str(value) for setting, value in settings.items()},
            "trials": str(len(one.trials)),
            "mean PCC over folds": f"{best['pcc']:.3f}",
        }
    table = pd.DataFrame(columns).rename_axis("setting").reset_index()
    return table.fillna("")


def _result(predictions: pd.DataFrame) -> pd.DataFrame:
    return predictions[predictions[REPEAT] == 0]


def spread_of(predictions: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Return the seed-to-seed standard deviation of the estimates of a table of scores."""
    by_seed = [
        score_predictions(rows.assign(**{REPEAT: 0}), metrics=METRICS, n_resamples=1).set_index(
            [MODEL, "metric"]
        )[ESTIMATE]
        for _, rows in predictions.groupby(REPEAT)
    ]
    deviation = pd.concat(by_seed, axis=1).std(axis=1)
    places = pd.MultiIndex.from_frame(table[[MODEL, "metric"]])
    blank = table.copy()
    blank[blank.select_dtypes("number").columns] = float("nan")
    return blank.assign(**{ESTIMATE: deviation.reindex(places).to_numpy()})
