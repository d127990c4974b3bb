"""Vary the task of paper A: fewer features, complete cases, and the revised scale.

Each variation searches its own settings, as the paper does, with fewer trials than the main
task; everything else, from the folds to the one network, is the same.
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
from alsnb.lessons.ablations.fits import fit_ranked
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
from alsnb.vocabulary import BOOSTING, CNN, FFNN, FOREST, MEAN, METRICS, NETWORKS, ONSET, RNN

EFFORTS = room_efforts(
    n_curve_trees={"smoke": 20, "book": 60, "full": 60},
    n_step_trees={"smoke": 20, "book": 100, "full": 100},
)
"""By profile, with the trees of the forests along the curve and at every step."""

FIVE = ("onset_delta", "slope_fvc", "last_alsfrs_total", "slope_alsfrs_total", "mean_q9_climbing")
"""The five features that Pancotti et al. (2022) call the most important, in their order."""

FEW = {FFNN: "ffnn_few", CNN: "cnn_few", RNN: "rnn_few"}
"""Names of the networks that are given few features."""

IMPUTED, COMPLETE, AS_MANY = "ffnn_imputed", "ffnn_complete", "ffnn_as_many"
"""Networks trained with gaps filled, on complete cases, and on as many with gaps filled."""

PRINTED = {
    "table3": {FEW[FFNN]: "FFNN", FEW[CNN]: "CNN", FEW[RNN]: "RNN"},
    "table4": {IMPUTED: "FFNN_imputed", COMPLETE: "FFNN_complete_cases"},
}
"""By printed table, what our models are called there."""

COUNTS = (1, 2, 3, 5, 10, 20, 40, 80)
"""Numbers of features along the curve."""

YARDSTICK_FIVE = "given five"
"""Boosting on the features that the networks get, beside the curve of ranked ones."""

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


def score_counts(
    task: Task, features: Sequence[str], *, n_trees: int, n_resamples: int, seed: int
) -> pd.DataFrame:
    """Return the out-of-fold R² by ``n_features`` and ``learner``, and that of two yardsticks.

    Every fold ranks its features. A yardstick stands in the rows of the learner
    :data:`YARDSTICK_FIVE`, boosting on the given ``features``, and in those of the line on onset.
    """
    inputs = task.inputs(held_out=False, parts=False)
    how = {"n_trees": n_trees, "seed": seed}
    frames = {
        (learner, count): fit_ranked(inputs, learner, n_features=count, **how)
        for learner in (BOOSTING, FOREST)
        for count in COUNTS
    }
    five = replace(task, features=tuple(features)).inputs(held_out=False, parts=False)
    frames[YARDSTICK_FIVE, len(features)] = fit_ranked(five, BOOSTING, n_features=None, **how)
    line = reference_inputs(task, held_out=False)
    frames[ONSET, 1] = cross_validate_reference(line, ONSET, seed=seed)
    named = [frame.assign(**{MODEL: f"{name} {n}"}) for (name, n), frame in frames.items()]
    scores = score_predictions(pd.concat(named), metrics=["r2"], n_resamples=n_resamples)
    parts = scores[MODEL].str.rsplit(" ", n=1, expand=True)
    told = scores.assign(learner=parts[0], n_features=parts[1].astype(int))
    return told[["learner", "n_features", ESTIMATE, LOW, HIGH]]


def measure_curve(curve: pd.DataFrame) -> dict[str, float]:
    """Return what the curve of boosting says, and how far the forest lies below it at its start.

    ``one`` feature, the ``best`` number, and the fewest that come within 0.02 of the best; the
    ``line`` on onset, boosting on the ``five`` given features and on as many ranked ones, ``few``.
    """
    by = {name: rows.set_index("n_features")[ESTIMATE] for name, rows in curve.groupby("learner")}
    own, five = by[BOOSTING], by[YARDSTICK_FIVE]
    return {
        "one": own.iloc[0],
        "best": own.max(),
        "n_best": int(own.idxmax()),
        "n_enough": int(own.index[own >= own.max() - 0.02].min()),
        "line": by[ONSET].iloc[0],
        "forest_one": by[FOREST].iloc[0],
        "five": five.iloc[0],
        "few": own.get(five.index[0], np.nan),
    }


def match_statements(table: pd.DataFrame, losses: pd.DataFrame) -> pd.DataFrame:
    """Return what the paper says of its Table 3, beside what this run says.

    Parameters
    ----------
    table : DataFrame
        From :func:`make_table`, of ``table3``.
    losses : DataFrame
        From :func:`compare_few`.

    Returns
    -------
    DataFrame
        ``statement``, ``published``, ``here``, and ``holds``: whether the run agrees, None where
        the paper says nothing.
    """
    pcc = losses[losses[METRIC] == "pcc"].set_index("reference")
    drops, found = pcc[ESTIMATE], _names(pcc.index[pcc[HIGH] < 0])
    down = _names(drops.index[drops < 0])
    least, most = drops.idxmax().upper(), drops.idxmin().upper()
    rows = [
        ["PCC drops in", "FFNN, CNN, RNN", down, down == "FFNN, CNN, RNN"],
        ["PCC drops least in", "CNN", least, least == "CNN"],
        ["PCC drops most in", "RNN", most, most == "RNN"],
        ["The drop is detectable, patient by patient, in", "not tested", found, None],
    ]
    for metric, best in (("rmsd", "idxmin"), ("pcc", "idxmax")):
        own = table[table[METRIC] == metric].set_index(MODEL)
        winners = [getattr(own[column], best)() for column in ("published", ESTIMATE)]
        words = [
            f"{_network_of(winner)} ({own.loc[winner, column]:.3f})"
            for winner, column in zip(winners, ("published", ESTIMATE), strict=True)
        ]
        rows.append([f"Best of the three by {metric.upper()}", *words, winners[0] == winners[1]])
    return pd.DataFrame(rows, columns=["statement", "published", "here", "holds"])


def _names(networks: Sequence[str]) -> str:
    return ", ".join(network.upper() for network in networks) or "none"


def _network_of(few: str) -> str:
    return next(network.upper() for network, name in FEW.items() if name == few)


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
        predictions = _predict_each(tasks, found, n_seeds=effort.n_seeds, seed=seed)
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


def train_on_as_many(trained: _Trained, *, seed: int) -> pd.DataFrame:
    """Return the test predictions of a network with gaps filled, trained on fewer patients.

    They are drawn from those of the network with gaps filled, as many as there are complete cases
    to learn from, so that only the filling differs. Its settings are taken over.
    """
    if trained.problem:
        return trained.predictions
    task, n_cases = trained.tasks[IMPUTED], len(trained.tasks[COMPLETE].split.train)
    order = np.random.default_rng(seed).permutation(len(task.split.train))
    split = replace(task.split, train=task.split.train[np.sort(order[:n_cases])])
    found = {AS_MANY: trained.found[IMPUTED]}
    return _predict_each({AS_MANY: replace(task, split=split)}, found, n_seeds=1, seed=seed)


def compare_filling(trained: _Trained, as_many: pd.DataFrame, n_resamples: int) -> pd.DataFrame:
    """Return complete cases minus as many patients with gaps filled; empty without scores."""
    if trained.problem:
        return compare_both(trained, n_resamples)
    both = pd.concat([keep_result(trained.predictions), as_many], ignore_index=True)
    return compare_with(both, AS_MANY, n_resamples, [COMPLETE])


def predict_gaps(trained: _Trained, *, seed: int, test_share: float) -> pd.DataFrame:
    """Return what both networks predict for patients who lack one of the five features.

    A share of these patients is kept from the network with gaps filled, too. Empty if there are
    too few to be told of.
    """
    if trained.problem:
        return trained.predictions
    task = trained.tasks[IMPUTED]
    with_gap = task.split.train[~_is_complete(task).loc[task.split.train]]
    if len(with_gap) < SMALLEST_COUNT / test_share:
        return trained.predictions.iloc[:0]
    test = hold_out(with_gap, share=test_share, seed=seed).test
    train = task.split.train[~task.split.train.isin(test)]
    tasks = {
        IMPUTED: replace(task, split=replace(task.split, train=train, test=test)),
        COMPLETE: replace(
            trained.tasks[COMPLETE], split=replace(trained.tasks[COMPLETE].split, test=test)
        ),
    }
    return _predict_each(tasks, trained.found, n_seeds=1, seed=seed)


def compare_on_gaps(predictions: pd.DataFrame, n_resamples: int) -> pd.DataFrame:
    """Return complete cases minus gaps filled, in patients with a gap; empty without any."""
    if predictions.empty:
        return pd.DataFrame(columns=[MODEL, METRIC, ESTIMATE, LOW, HIGH, "p_holm"])
    return compare_with(predictions, IMPUTED, n_resamples)


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
    networks = predict_networks_once(task, n_trials=effort.n_ablation_trials, **how)
    return pd.concat([*frames, networks], ignore_index=True)


def make_s9(predictions: pd.DataFrame, n_resamples: int) -> pd.DataFrame:
    """Return the scores on the revised scale, beside what is entered of the supplement's S9."""
    own = keep_result(predictions)
    scores = score_predictions(own, metrics=METRICS, n_resamples=n_resamples)
    return beside_printed(scores, read_supplement()["S9"])


def find_steps(scores: pd.DataFrame) -> pd.DataFrame:
    """Return by how much R² moves at each step, with an interval that holds both ends' luck.

    The steps are scored on other patients, so their intervals are added in squares: too wide
    where patients are shared, never too narrow by much.
    """
    rows = scores[scores[METRIC] == "r2"].set_index(MODEL)
    found = []
    for before, after in ((ALL, FEWER), (FEWER, THEIRS), (THEIRS, REVISED)):
        moved = rows.loc[after, ESTIMATE] - rows.loc[before, ESTIMATE]
        half = np.hypot(
            *[(rows.loc[step, HIGH] - rows.loc[step, LOW]) / 2 for step in (before, after)]
        )
        found.append([after, moved, moved - half, moved + half])
    return pd.DataFrame(found, columns=[MODEL, ESTIMATE, LOW, HIGH])


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
