"""Vary the task of paper A: fewer features, complete cases, and the revised scale.

Each variation searches its own settings, as the paper does, with fewer trials than the main
task; everything else, from the folds to the average of networks, is the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import pandas as pd

from alsnb.checks import BadInput, check_one_of, refuse
from alsnb.disclosure import SMALLEST_COUNT, tell_share
from alsnb.effort import Effort, room_efforts
from alsnb.evaluation.bootstrap import (
    GROUP,
    GROUP_COMPARISON,
    difference_between_groups,
    score_groups,
    score_predictions,
)
from alsnb.evaluation.repeats import keep_result, seed_spread
from alsnb.evaluation.resampling import draw_scores, find_interval, subtract_scores
from alsnb.fits.inputs import make_inputs
from alsnb.fits.networks import PROBLEM, fit_held_out
from alsnb.fits.references import cross_validate_reference, predict_with_reference
from alsnb.lessons.ablations.fits import fit_ranked_forest
from alsnb.models.recipe import Recipe
from alsnb.models.searched import make_inputs as make_preparation
from alsnb.published import read_published
from alsnb.report.scores import pick
from alsnb.schema import ESTIMATE, HIGH, LOW, METRIC, MODEL, N_PATIENTS, PREDICTIONS
from alsnb.splits import hold_out, make_folds
from alsnb.study.compare import compare_with
from alsnb.study.paper_a import choose, predict_networks, predict_networks_once
from alsnb.study.printed import beside_printed
from alsnb.study.references import predict_references, reference_inputs, reference_sizes
from alsnb.study.search import Search, search, tabulate_search, try_recipes
from alsnb.study.task import SlopeTask, Task, check_enough
from alsnb.supplement import read_supplement
from alsnb.vocabulary import CNN, FFNN, FOREST, MEAN, METRICS, NETWORKS, ONSET, RNN

EFFORTS = room_efforts(
    n_curve_trees={"smoke": 20, "book": 60, "full": 60},
    n_step_trees={"smoke": 20, "book": 100, "full": 100},
)
"""By profile, with the trees of the forests along the curve and at every step."""

FIVE = ("onset_delta", "slope_fvc", "last_alsfrs_total", "slope_alsfrs_total", "mean_q9_climbing")
"""The five features that Pancotti et al. (2022) call the most important, in their order."""

FEW = {FFNN: "ffnn_few", CNN: "cnn_few", RNN: "rnn_few"}
"""Names of the networks that are given few features."""

IMPUTED, COMPLETE = "ffnn_imputed", "ffnn_complete"

PRINTED = {
    "table3": {FEW[FFNN]: "FFNN", FEW[CNN]: "CNN", FEW[RNN]: "RNN"},
    "table4": {IMPUTED: "FFNN_imputed", COMPLETE: "FFNN_complete_cases"},
}
"""By printed table, what our models are called there."""

COUNTS = (1, 2, 3, 5, 10, 20, 40, 80)
"""Numbers of features along the curve."""

CASES, GAPS = "no gap", "a gap"
"""Patients in whom none of the five features is missing, and the others."""

GROUP_METRICS = METRICS[:4]

ALL, FEWER, THEIRS, REVISED = "all", "fewer", "theirs", "revised"
"""The steps from the main cohort to the revised scale; one thing changes at each."""


def search_each(tasks: Mapping[str, Task], *, n_trials: int, seed: int) -> dict[str, Search]:
    """Return what the search found for each task, every feature of which goes in.

    A task's name is the network that learns it; a task of another name is for the FFNN.
    """
    fixed = {"n_features": None, "ranking": "forest"}
    return {
        name: search(task, _learner(name), n_trials=n_trials, seed=seed, fixed=fixed)
        for name, task in tasks.items()
    }


def _learner(name: str) -> str:
    return name if name in NETWORKS else FFNN


def _predict_each(
    tasks: Mapping[str, Task], found: Mapping[str, Search], **how: int
) -> pd.DataFrame:
    """Return the test predictions of the network found for each task, under the task's name."""
    frames = []
    for name, task in tasks.items():
        own = {"network": _learner(name), "recipe": found[name].best}
        frame = fit_held_out(task.inputs(held_out=True), **own, **how)
        frames.append(frame.assign(**{MODEL: name}))
    return pd.concat(frames, ignore_index=True)


def make_table(predictions: pd.DataFrame, table: str, n_resamples: int) -> pd.DataFrame:
    """Return the scores of test predictions beside a printed table (``table3`` or ``table4``)."""
    names, printed = PRINTED[table], read_published()["paper_a"][table]
    own = keep_result(predictions[predictions[MODEL].isin(names)])
    scores = score_predictions(own, metrics=METRICS, n_resamples=n_resamples)
    return beside_printed(scores, {model: printed[name] for model, name in names.items()})


def spread_of(predictions: pd.DataFrame, table: str) -> pd.DataFrame:
    """Return the seed-to-seed standard deviation of the estimates of :func:`make_table`."""
    spread = seed_spread(predictions, partial(make_table, table=table, n_resamples=1))
    others = spread.select_dtypes("number").columns.drop(ESTIMATE)
    return spread.assign(**dict.fromkeys(others, np.nan))


# --- fewer features ------------------------------------------------------------------------


def choose_five(task: Task, whose: str) -> list[str]:
    """Return five features: the paper's, or those ranked highest on the patients to learn from."""
    check_one_of(whose, ("paper", "own"), "The parameter five")
    return list(FIVE) if whose == "paper" else best_features(task)


def best_features(task: Task, n: int = 5) -> list[str]:
    """Return the features that a forest ranks highest on the patients to learn from, best first."""
    inputs = task.inputs(held_out=False, parts=False)
    unfitted = make_preparation(Recipe(n_features=n), network=FFNN, columns=inputs.features)
    fitted = unfitted.fit(inputs.predictors, inputs.target)
    return list(fitted.design_["rank"].usefulness_.index[:n])


def describe_five(
    task: SlopeTask, catalogue: pd.DataFrame, features: Sequence[str], *, is_real: bool = False
) -> pd.DataFrame:
    """Return what the features are and the share of training patients who lack each.

    NaN if that tells of one to four real patients that they lack or have it.
    """
    train = task.predictors.loc[task.split.train, list(features)]
    known = catalogue.set_index("name").loc[list(features), ["title", "definition", "unit"]]
    return known.rename(columns={"title": "feature"}).assign(
        missing=[tell_share(train[name].isna(), is_real=is_real) for name in features]
    )


def few_tasks(task: SlopeTask, features: Sequence[str] = FIVE) -> dict[str, SlopeTask]:
    """Return the task with few features for each network; those that read visits get one less.

    As in the paper, the feature that is left out is the last, and nothing else that was made
    from the questionnaires is.
    """
    return {
        network: _with_all_of(task, features if network == FFNN else features[:-1])
        for network in NETWORKS
    }


def _with_all_of(task: SlopeTask, features: Sequence[str]) -> SlopeTask:
    """Return the task with these features, which every network gets."""
    return replace(task.with_features(features), questionnaire_features=())


def predict_few(tasks: Mapping[str, Task], found: Mapping[str, Search], **how: int) -> pd.DataFrame:
    """Return the test predictions of the networks found, under the names of :data:`FEW`."""
    few = _predict_each(tasks, found, **how)
    return few.assign(**{MODEL: few[MODEL].map(FEW)})


def join_networks(full: pd.DataFrame, few: pd.DataFrame) -> pd.DataFrame:
    """Return the test predictions of the networks with all features and with few, in one frame."""
    return pd.concat([full[full[MODEL].isin(FEW)], few], ignore_index=True)


def compare_few(predictions: pd.DataFrame, n_resamples: int) -> pd.DataFrame:
    """Return each network's scores with few features minus those with all, patient by patient."""
    gaps = [compare_with(predictions, network, n_resamples, [few]) for network, few in FEW.items()]
    return pd.concat(gaps, ignore_index=True)


def score_counts(task: Task, *, n_trees: int, n_resamples: int, seed: int) -> pd.DataFrame:
    """Return the out-of-fold R² of a forest by ``n_features``, which every fold ranks anew."""
    inputs = task.inputs(held_out=False, parts=False)
    how = {"n_trees": n_trees, "seed": seed}
    frames = [fit_ranked_forest(inputs, n_features=count, **how) for count in COUNTS]
    predictions = pd.concat(frames, ignore_index=True)
    scores = score_predictions(predictions, metrics=["r2"], n_resamples=n_resamples)
    return scores.assign(n_features=scores[MODEL].astype(int))[["n_features", ESTIMATE, LOW, HIGH]]


def measure_curve(curve: pd.DataFrame) -> dict[str, float]:
    """Return R² with one feature, the best, with how many, and how many come near it."""
    best = curve.loc[curve[ESTIMATE].idxmax()]
    return {
        "one": curve[ESTIMATE].iloc[0],
        "best": best[ESTIMATE],
        "n_best": int(best["n_features"]),
        "n_enough": curve.loc[curve[ESTIMATE] >= best[ESTIMATE] - 0.02, "n_features"].min(),
    }


def match_order(table: pd.DataFrame) -> pd.DataFrame:
    """Return which network is best in Table 3 as printed and here: ``best`` and its ``score``."""
    rows = []
    for metric, best in (("rmsd", "idxmin"), ("pcc", "idxmax")):
        own = table[table[METRIC] == metric].set_index(MODEL)
        for column, where in (("published", "printed"), (ESTIMATE, "here")):
            winner = getattr(own[column], best)()
            rows.append([metric, where, winner, own.loc[winner, column]])
    return pd.DataFrame(rows, columns=[METRIC, "where", "best", "score"])


def compare_widths(predictions: pd.DataFrame, n_resamples: int) -> pd.DataFrame:
    """Return RMSD of the FFNN with five features minus with all, with two kinds of ``interval``."""
    few = FEW[FFNN]
    paired = pick(compare_with(predictions, FFNN, n_resamples, [few]), metric="rmsd")
    own = keep_result(predictions)
    scores = []
    for number, model in enumerate([few, FFNN]):
        rows, how = own[own[MODEL] == model], {"n_resamples": n_resamples, "seed": number}
        scores.append(draw_scores(rows, ("rmsd",), **how)[0][model][0])
    gap = subtract_scores(*scores)
    rows = [
        ["as if on different patients", gap[0], *find_interval(gap, 0.95)],
        ["patient by patient", *paired[[ESTIMATE, LOW, HIGH]]],
    ]
    return pd.DataFrame(rows, columns=["interval", ESTIMATE, LOW, HIGH])


def read_widths(widths: pd.DataFrame) -> dict[str, object]:
    """Return how much wider the separate interval is, and what either says about zero."""
    apart, paired = (
        "crosses zero" if low <= 0 <= high else "excludes zero"
        for low, high in widths[[LOW, HIGH]].to_numpy()
    )
    wide, narrow = widths[HIGH] - widths[LOW]
    return {"times": wide / narrow, "apart": apart, "paired": paired}


def compare_with_onset(
    task: Task, few: pd.DataFrame, *, n_resamples: int, seed: int
) -> pd.DataFrame:
    """Return the scores of the FFNN with five features minus those of the line on onset."""
    line = predict_with_reference(reference_inputs(task, held_out=True), ONSET, seed=seed)
    both = pd.concat([few, line], ignore_index=True)
    return compare_with(both, ONSET, n_resamples, [FEW[FFNN]])


# --- complete cases ------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, eq=False)
class _Trained:
    """The FFNN with gaps filled and on complete cases, or the ``problem`` if there is one."""

    tasks: dict[str, Task] = field(default_factory=dict)
    found: dict[str, Search] = field(default_factory=dict)
    predictions: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=PREDICTIONS))
    problem: str = ""

    def __repr__(self) -> str:
        return f"Trained({', '.join(self.tasks) or self.problem})"


def train_both(task: SlopeTask, effort: Effort, *, seed: int, test_share: float) -> _Trained:
    """Search and train the FFNN with gaps filled and on complete cases, or say why not."""
    try:
        tasks = _complete_case_tasks(task, n_folds=effort.n_folds, seed=seed, test_share=test_share)
        found = search_each(tasks, n_trials=effort.n_ablation_trials, seed=seed)
        sizes = {"n_networks": effort.n_averaged, "n_seeds": effort.n_seeds}
        predictions = _predict_each(tasks, found, **sizes, seed=seed)
    except BadInput as problem:
        return _Trained(problem=str(problem))
    return _Trained(tasks=tasks, found=found, predictions=predictions)


def _complete_case_tasks(
    task: SlopeTask, *, n_folds: int, seed: int, test_share: float
) -> dict[str, SlopeTask]:
    """Return the task with gaps filled and that of complete cases, with the same test patients.

    These are a share of the complete cases. One task learns from everybody else, the other
    from the complete cases that are left; if there are too few, they are refused.
    """
    whole = _is_complete(task)
    cases = whole.index[whole]
    if len(cases) < 4:
        raise refuse(
            "The complete cases",
            expected=f"patients in whom none of {len(FIVE)} features is missing",
            found=f"{len(cases)} of {len(whole)}",
            remedy="Take a larger release, or features that fewer patients lack.",
        )
    test = hold_out(cases, share=test_share, seed=seed).test
    tasks = {}
    for name, learners in ((IMPUTED, whole.index), (COMPLETE, cases)):
        train = learners[~learners.isin(test)]
        check_enough(len(train), n_folds)
        folds = make_folds(train, n_folds=n_folds, seed=seed, strata=task.target.loc[train])
        split = replace(task.split, train=train, test=test)
        tasks[name] = replace(_with_all_of(task, FIVE), split=split, folds=folds)
    return tasks


def _is_complete(task: SlopeTask) -> pd.Series:
    return task.predictors[list(FIVE)].notna().all(axis=1)


def count_patients(task: SlopeTask, trained: _Trained) -> pd.DataFrame:
    """Return how many patients learn and are tested, printed and here (``n_patients``)."""
    printed = read_published()["paper_a"]
    table4 = printed["table4"]
    n_imputed, n_complete = (table4[name]["n_train"] for name in PRINTED["table4"].values())
    whole = _is_complete(task)
    sizes = {name: len(one.split.train) for name, one in trained.tasks.items()}
    held_out = [len(one.split.test) for one in trained.tasks.values()]
    rows = [
        ["In the cohort", printed["cohort"]["patients"], len(whole)],
        ["Complete cases", n_complete + table4["n_test"], int(whole.sum())],
        ["To learn from, gaps filled", n_imputed, sizes.get(IMPUTED, 0)],
        ["To learn from, complete cases", n_complete, sizes.get(COMPLETE, 0)],
        ["Held out, complete cases", table4["n_test"], max(held_out, default=0)],
    ]
    return _beside_counts(rows)


def _beside_counts(rows: list[list]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["patients", "published", N_PATIENTS])
    return table.assign(difference=table[N_PATIENTS] - table["published"])


def make_table4(trained: _Trained, n_resamples: int) -> pd.DataFrame:
    """Return Table 4 beside the printed one; if there are no scores, the ``problem``."""
    if not trained.problem:
        return make_table(trained.predictions, "table4", n_resamples).assign(**{PROBLEM: ""})
    rows = [{MODEL: model, METRIC: metric} for model in PRINTED["table4"] for metric in METRICS]
    none = pd.DataFrame(rows).assign(**dict.fromkeys([ESTIMATE, LOW, HIGH], np.nan))
    return beside_printed(none, {}).assign(**{PROBLEM: trained.problem})


def compare_both(trained: _Trained, n_resamples: int) -> pd.DataFrame:
    """Return the paired differences, complete cases minus gaps filled; empty without scores."""
    if trained.problem:
        return pd.DataFrame(columns=[MODEL, METRIC, ESTIMATE, LOW, HIGH, "p_holm"])
    return compare_with(trained.predictions, IMPUTED, n_resamples)


def compare_imputings(task: Task, recipe: Recipe, *, n_resamples: int, seed: int) -> pd.DataFrame:
    """Return the scores of filling with the mean minus those of the median, out of fold."""
    names = ("median", "mean")
    recipes = [recipe.with_settings(imputing=name) for name in names]
    found = zip(try_recipes(task, FFNN, recipes, seed=seed), names, strict=True)
    frames = [frame.drop(columns=PROBLEM).assign(**{MODEL: name}) for frame, name in found]
    return compare_with(pd.concat(frames, ignore_index=True), names[0], n_resamples)


def group_by_gaps(task: SlopeTask) -> pd.Series:
    """Return for each patient to learn from whether one of the five features is missing.

    Patients of a group that is too small to be scored are left out.
    """
    whole = _is_complete(task).loc[task.split.train]
    groups = pd.Series(np.where(whole, CASES, GAPS), index=whole.index, name=GROUP)
    return groups[groups.map(groups.value_counts()) >= SMALLEST_COUNT]


def compare_groups(predictions: pd.DataFrame, groups: pd.Series, n_resamples: int) -> pd.DataFrame:
    """Return the scores in patients without a gap minus those with one; empty if there is no pair.

    As :func:`alsnb.evaluation.bootstrap.difference_between_groups` does.
    """
    if groups.nunique() < 2:
        return pd.DataFrame(columns=list(GROUP_COMPARISON))
    how = {"metrics": GROUP_METRICS, "n_resamples": n_resamples}
    return difference_between_groups(predictions, groups, group=CASES, reference=GAPS, **how)


# --- the revised scale ---------------------------------------------------------------------


def count_cohorts(main: Task, revised: Task) -> pd.DataFrame:
    """Return the patients with a slope of either scale, printed and here."""
    printed = read_published()["paper_a"]["cohort"]
    rows = [
        ["With a slope of the original scale", printed["patients"], len(main.target)],
        ["With a slope of the revised scale", printed["alsfrs_r_patients"], len(revised.target)],
    ]
    return _beside_counts(rows)


def predict_revised(task: Task, effort: Effort, *, seed: int) -> pd.DataFrame:
    """Return the test predictions of the networks and of three references on the revised scale."""
    inputs, sizes = reference_inputs(task, held_out=True), reference_sizes(effort)
    how = {"n_seeds": effort.n_seeds, "seed": seed}
    frames = [
        predict_with_reference(inputs, model, size=sizes.get(model, 0), **how)
        for model in (MEAN, ONSET, FOREST)
    ]
    own = {"n_trials": effort.n_ablation_trials, "n_networks": effort.n_averaged}
    return pd.concat([*frames, predict_networks_once(task, **own, **how)], ignore_index=True)


def make_s9(predictions: pd.DataFrame, n_resamples: int) -> pd.DataFrame:
    """Return the scores on the revised scale, beside what is entered of the supplement's S9."""
    own = keep_result(predictions)
    scores = score_predictions(own, metrics=METRICS, n_resamples=n_resamples)
    return beside_printed(scores, read_supplement()["S9"])


def search_other_tasks(
    main: SlopeTask, revised: Task, effort: Effort, *, seed: int, test_share: float
) -> dict[str, Search]:
    """Return what was found in every task but the main one, by task and network.

    The searches are those of the chapters on few features, on imputation and on this scale;
    what they stored is looked up. A task without patients to train on is left out.
    """
    how = {"n_trials": effort.n_ablation_trials, "seed": seed}
    titles = {IMPUTED: "FFNN, gaps filled", COMPLETE: "FFNN, complete cases"}
    trained = train_both(main, effort, seed=seed, test_share=test_share)
    few = search_each(few_tasks(main), **how)
    return {
        **{f"Few features: {name.upper()}": found for name, found in few.items()},
        **{titles[name]: found for name, found in trained.found.items()},
        **{f"ALSFRS-R: {name.upper()}": choose(revised, name, **how) for name in NETWORKS},
    }


def make_s4(found: Mapping[str, Search]) -> pd.DataFrame:
    """Return the best settings of several searches, one below the other.

    Returns
    -------
    DataFrame
        ``task``, then the columns of :func:`alsnb.study.search.tabulate_search`.
    """
    tables = {task: tabulate_search(one) for task, one in found.items()}
    return pd.concat(tables, names=["task"]).reset_index("task").reset_index(drop=True)


def score_steps(
    main: SlopeTask, revised: SlopeTask, *, n_folds: int, n_trees: int, n_resamples: int, seed: int
) -> pd.DataFrame:
    """Return the out-of-fold scores of a random forest at each step, which is their "model"."""
    everyone = main.target.index
    shared = revised.target.index.intersection(everyone)
    drawn = np.sort(np.random.default_rng(seed).permutation(len(everyone))[: len(shared)])
    steps = {
        ALL: (main, everyone),
        FEWER: (main, everyone[drawn]),
        THEIRS: (main, shared),
        REVISED: (revised, shared),
    }
    scores = []
    for step, (task, patients) in steps.items():
        target, features = task.target.loc[patients], list(task.features)
        folds = make_folds(patients, n_folds=n_folds, seed=seed, strata=target)
        inputs = make_inputs(task.predictors.loc[patients, features], target, folds)
        frame = cross_validate_reference(inputs, FOREST, size=n_trees, seed=seed)
        how = {"metrics": ("r2", "pcc", "rmsd", "sd_observed"), "n_resamples": n_resamples}
        scores.append(score_predictions(frame.assign(**{MODEL: step}), **how))
    return pd.concat(scores, ignore_index=True)
