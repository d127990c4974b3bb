"""Compare all models, on one split and on others, and find what the comparison allows to say."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pandas as pd

from alsnb.checks import BadInput
from alsnb.compute.progress import report_step
from alsnb.compute.sharing import recall_many
from alsnb.effort import room_efforts
from alsnb.evaluation.bootstrap import COMPARISON, P_HOLM, compare_predictions, score_predictions
from alsnb.evaluation.calibration import calibration_table
from alsnb.evaluation.ceiling import SHARE, measure_ceiling
from alsnb.evaluation.repeated import compare_repeated, draw_test_sets
from alsnb.evaluation.repeats import keep_result, seed_spread, spread_over_seeds
from alsnb.fits.inputs import FitInputs, make_inputs
from alsnb.fits.networks import fit_held_out
from alsnb.fits.references import cross_validate_reference, predict_with_reference
from alsnb.lessons.comparison.fits import cross_validate_network
from alsnb.models.ensembles import average
from alsnb.published import read_published
from alsnb.report import say
from alsnb.report.say import family
from alsnb.report.tables import signed
from alsnb.schema import (
    ESTIMATE,
    HIGH,
    LOW,
    METRIC,
    MODEL,
    OBSERVED,
    PATIENT,
    PREDICTED,
    PREDICTIONS,
)
from alsnb.settings import n_cores
from alsnb.splits import Fold, hold_out, make_folds
from alsnb.study.compare import (
    PRINTED,
    QUOTED,
    compare_pairs,
    compare_with,
    compare_with_forest,
    make_table2,
    score_models,
)
from alsnb.study.fresh import (
    APART,
    compare_average,
    count_otherwise,
    predict_fresh,
    predict_several,
    spread_of_levels,
    with_fresh_patients,
)
from alsnb.study.input import find_input
from alsnb.study.paper_a import choose
from alsnb.study.proact import prepare
from alsnb.study.reference_search import search_reference
from alsnb.study.references import MEMBERS, predict_all, reference_inputs, weigh_members
from alsnb.study.search import Search
from alsnb.study.search_price import choose_by, price_search, recipe_by
from alsnb.study.task import SlopeTask, Task, make_task
from alsnb.vocabulary import (
    AVERAGE,
    BART,
    BOOSTING,
    CNN,
    EARLY_SLOPE,
    FFNN,
    FFNN_CNN,
    FOREST,
    METRIC_TITLES,
    MODEL_TITLES,
    NETWORKS,
    ONSET,
    ORACLE,
    RIDGE,
    STACK,
    in_order,
)

EFFORTS = room_efforts(
    # how often all patients are divided into folds anew, and how many test sets are drawn
    n_divisions={"smoke": 1, "book": 2, "full": 4},
    n_sets={"smoke": 50, "book": 1000, "full": 1000},
    # random splits; their forests have fewer trees, as many forests make up for it
    n_splits={"smoke": 3, "book": 8, "full": 25},
    n_small_trees={"smoke": 10, "book": 66, "full": 66},
    n_split_resamples={"smoke": 200, "book": 2000, "full": 2000},
    # how often the test patients are cut into two halves
    n_halvings={"smoke": 50, "book": 1000, "full": 1000},
    # how often trials are drawn to price a search
    n_draws_of_trials={"smoke": 20, "book": 200, "full": 200},
)

ENSEMBLE = (CNN, FFNN)
"""The ensemble of the paper, which was named here before anybody had looked."""

WITHIN = 0.03
"""How much R² a network may lack to the random forest and still count as level with it."""


def find_best(out_of_fold: pd.DataFrame) -> dict[str, str]:
    """Return the model with the lowest RMSD out of fold, and the best that is no mixture of all."""
    scores = score_predictions(out_of_fold, metrics=["rmsd"], n_resamples=1).set_index(MODEL)
    rmsd = scores[ESTIMATE].drop(ORACLE, errors="ignore")
    single = rmsd.drop([STACK, AVERAGE], errors="ignore")
    return {
        "best": MODEL_TITLES[rmsd.idxmin()],
        "rmsd": signed(rmsd.min()),
        "single": MODEL_TITLES[single.idxmin()],
        "single_rmsd": signed(single.min()),
    }


# --- Table 2 and differences -----------------------------------------------------------------


def explain_table2(table: pd.DataFrame) -> pd.DataFrame:
    """Return printed and own RMSD and PCC with what they imply: PCC squared, and an ``sd``.

    It is that of the slopes if predictions are calibrated. Ours end in ``_here``.
    """
    printed = read_published()["paper_a"]["table2"]
    ours = table.pivot_table(index=MODEL, columns=METRIC, values=ESTIMATE)
    rows = []
    for model, name in (PRINTED | QUOTED).items():
        there = _implied(printed[name]["rmsd"], printed[name]["pcc"])
        here = _implied(ours.loc[model, "rmsd"], ours.loc[model, "pcc"])
        gaps = {f"{key}_difference": here[key] - there[key] for key in there}
        mine = {f"{key}_here": value for key, value in here.items()}
        patients = "of the paper" if model in PRINTED else "of a third study"
        rows.append({MODEL: model, "patients": patients} | there | mine | gaps)
    return pd.DataFrame(rows)


def _implied(rmsd: float, pcc: float) -> dict[str, float]:
    return {"rmsd": rmsd, "pcc": pcc, "explained": pcc**2, "sd": rmsd / np.sqrt(1 - pcc**2)}


def average_printed(table: pd.DataFrame) -> dict[str, str]:
    """Return the mean printed RMSD and implied SD, of the paper's networks and of what it quotes.

    ``table`` is from :func:`explain_table2`; the words of what is quoted end in ``_quoted``.
    """
    quoted = table[MODEL].isin(QUOTED)
    words = {}
    for end, rows in (("", table[~quoted]), ("_quoted", table[quoted])):
        words |= {f"{name}{end}": signed(rows[name].mean()) for name in ("rmsd", "sd")}
    return words


def bias_instead(table: pd.DataFrame) -> dict[str, str]:
    """Return which bias would give the printed forest's RMSD on slopes as spread as the networks'.

    An RMSD above what PCC and spread allow a calibrated model is either another spread or
    predictions that are wrong on average; the table, from :func:`explain_table2`, cannot say which.
    """
    rows = table.set_index(MODEL)
    spread = rows.loc[list(NETWORKS), "sd"].mean()
    forest = rows.loc[FOREST]
    squared = forest["rmsd"] ** 2 - spread**2 * (1 - forest["pcc"] ** 2)
    return {"sd": signed(spread), "bias": signed(np.sqrt(max(squared, 0.0)), 2)}


def miss_on_average(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return by model the mean of observed minus predicted, with a normal 95 % interval.

    In points per month, over the patients held out; below zero, patients lose more than predicted.
    """
    own = keep_result(predictions)
    missed = (own[OBSERVED] - own[PREDICTED]).groupby(own[MODEL], sort=False)
    middle, half = missed.mean(), 1.96 * missed.sem()
    rows = pd.DataFrame({ESTIMATE: middle, LOW: middle - half, HIGH: middle + half})
    return in_order(rows.rename_axis(MODEL).reset_index())


def count_inside(table: pd.DataFrame) -> dict[str, object]:
    """Return how many printed numbers lie in the intervals of a Table 2, and which is farthest."""
    printed = table[table[MODEL].isin(PRINTED) & table["published"].notna()]
    inside = (printed[LOW] <= printed["published"]) & (printed["published"] <= printed[HIGH])
    farthest = printed.loc[printed["difference"].abs().idxmax()]
    return {
        "n": len(printed),
        "inside": inside.sum(),
        "gap": signed(farthest["difference"]),
        "metric": METRIC_TITLES[farthest[METRIC]],
        "model": MODEL_TITLES[farthest[MODEL]],
    }


def compare_networks(predictions: pd.DataFrame, n_resamples: int) -> pd.DataFrame:
    """Return the differences of the networks and their ensemble among themselves."""
    return compare_pairs(predictions, list(combinations((*NETWORKS, FFNN_CNN), 2)), n_resamples)


def compare_with_little(predictions: pd.DataFrame, n_resamples: int) -> pd.DataFrame:
    """Return what the networks gain over the early slope and over the time since onset."""
    pairs = [(line, model) for line in (EARLY_SLOPE, ONSET) for model in (*NETWORKS, FFNN_CNN)]
    return compare_pairs(predictions, pairs, n_resamples)


def name_differing(gaps: pd.DataFrame) -> dict[str, object]:
    """Return how many pairs of a family there are, how many differ in RMSD, and which."""
    rows = gaps[gaps[METRIC] == "rmsd"]
    pairs = say.models(rows) + " against " + rows["reference"].map(MODEL_TITLES)
    found = say.sides(rows, pairs, p=P_HOLM)
    named = [f"{pair} ({side})" for side in ("better", "worse") for pair in found[side]]
    return {"n": len(rows), "differing": len(named), "named": ", ".join(named)}


def find_restless(spread: pd.DataFrame) -> dict[str, object]:
    """Return the model whose R² varies most from seed to seed; nothing if there is one seed."""
    rows = spread[(spread[METRIC] == "r2") & spread["sd"].notna()]
    if rows.empty:
        return {}
    most = rows.loc[rows["sd"].idxmax()]
    bounds = {end: signed(most[end]) for end in ("lowest", "highest")}
    return {"n_seeds": most["n_seeds"], "model": MODEL_TITLES[most[MODEL]]} | bounds


# --- other divisions of the patients ---------------------------------------------------------


def predict_repeatedly(task: Task, effort: SimpleNamespace, *, seed: int) -> pd.DataFrame:
    """Return out-of-fold predictions of all patients, divided into folds again and again.

    Both sides of the task's split are divided. Each network is a single one, made by the recipe
    that the search on the training patients chose; no fold chooses anew. Beside the networks
    there are the line on the time since onset and the forest, with the settings that its search
    chose.
    """
    how = {"n_folds": effort.n_folds, "n_repeats": effort.n_divisions, "seed": seed}
    folds = make_folds(task.target.index, strata=task.target, **how)
    plain = _divide(reference_inputs(task, held_out=True), folds)
    frames = [
        cross_validate_reference(plain, ONSET, seed=seed),
        cross_validate_reference(
            plain,
            FOREST,
            size=effort.n_small_trees,
            settings=search_reference(task, FOREST, effort, seed=seed).best,
            seed=seed,
        ),
    ]
    inputs = _divide(task.inputs(held_out=True), folds)
    for network in NETWORKS:
        recipe = choose(task, network, n_trials=effort.n_trials, seed=seed).best
        frames.append(cross_validate_network(inputs, network=network, recipe=recipe, seed=seed))
    return pd.concat(frames, ignore_index=True)


def _divide(inputs: FitInputs, folds: Sequence[Fold]) -> FitInputs:
    """Return the same inputs with the patients divided in another way."""
    own = {"features": inputs.features, "leave_out": inputs.leave_out}
    return make_inputs(inputs.predictors, inputs.target, folds, **own)


def beside_split(
    split: pd.DataFrame, over: pd.DataFrame, fresh: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return differences in R² from the single split and from the repeats, model by model.

    All are comparisons with the same reference, those on ``fresh`` patients too, if there are any;
    ``label`` and ``design`` name each row.
    """
    named = {"one set held out": split, "repeated cross-validation": over}
    if fresh is not None and len(fresh):
        named["fresh patients"] = fresh
    parts = [rows.assign(design=design) for design, rows in named.items()]
    table = pd.concat(parts, ignore_index=True)
    both = set(split[MODEL]) & set(over[MODEL])
    table = table[(table[METRIC] == "r2") & table[MODEL].isin(both)].reset_index(drop=True)
    return table.assign(label=say.models(table))[["label", "design", ESTIMATE, LOW, HIGH]]


def list_ahead(sets: pd.DataFrame) -> list[dict[str, str]]:
    """Return by network in which share of drawn sets it is ahead, and between which bounds."""
    rows = sets.set_index(MODEL).loc[list(NETWORKS)]
    return [
        {"model": MODEL_TITLES[name], "share": say.share(row["ahead"]), "bounds": say.between(row)}
        for name, row in rows.iterrows()
    ]


def try_splits(task: Task, effort: SimpleNamespace, *, seed: int) -> pd.DataFrame:
    """Return what other random splits would have said about models that are quickly trained.

    The task's patients are split anew, with the share of its own split. A row is line or ridge
    minus forest in one ``split``, in R², with its interval, and the ``forest``'s own R².
    """
    plain = reference_inputs(task, held_out=True)
    share = len(task.split.test) / len(task.target)
    sizes = {ONSET: 0, RIDGE: 0, FOREST: effort.n_small_trees}
    calls = []
    for number in range(seed + 1, seed + effort.n_splits + 1):
        inputs = _divide(plain, [hold_out(task.target.index, share=share, seed=number)])
        own = {"inputs": inputs, "seed": number}
        calls += [own | {"model": model, "size": size} for model, size in sizes.items()]

    def tell(done: int, total: int, *_: object) -> None:
        report_step(done, total, "fits in random splits")

    frames = recall_many(predict_with_reference, calls, n_jobs=n_cores(), tell=tell)
    for problem in frames:
        if isinstance(problem, BadInput):
            raise problem
    pairs = zip(frames, calls, strict=True)
    labelled = [frame.assign(split=call["seed"] - seed) for frame, call in pairs]
    settings = {"metrics": ["r2"], "n_resamples": effort.n_split_resamples}
    parts = []
    for number, rows in pd.concat(labelled, ignore_index=True).groupby("split"):
        gaps = compare_predictions(rows, reference=FOREST, **settings)
        forest = score_predictions(rows[rows[MODEL] == FOREST], metrics=["r2"], n_resamples=1)
        parts.append(gaps.assign(forest=forest[ESTIMATE].iloc[0], split=number))
    return pd.concat(parts, ignore_index=True)


def summarize_splits(splits: pd.DataFrame) -> pd.DataFrame:
    """Return for each model how its difference in R² from the forest varies over the splits.

    The intervals of some lie ``below_zero`` or ``above_zero``; ``width`` is that of the mean one.
    """
    sides = {"below_zero": splits[HIGH] < 0, "above_zero": splits[LOW] > 0}
    by_model = splits.assign(**sides, width=splits[HIGH] - splits[LOW]).groupby(MODEL)
    summary = by_model.agg(
        n_splits=(ESTIMATE, "size"),
        mean=(ESTIMATE, "mean"),
        lowest=(ESTIMATE, "min"),
        highest=(ESTIMATE, "max"),
        below_zero=("below_zero", "sum"),
        above_zero=("above_zero", "sum"),
        width=("width", "mean"),
    )
    return in_order(summary.reset_index())


def list_splits(summary: pd.DataFrame) -> list[dict[str, object]]:
    """Return the rows of a summary with titles and rounded bounds, to be glued."""
    return [
        row
        | {MODEL: MODEL_TITLES[row[MODEL]]}
        | {end: signed(row[end]) for end in ("lowest", "highest")}
        for row in summary.to_dict("records")
    ]


# --- the truth, where patients can be simulated ------------------------------------------------


def draw_fresh_patients(
    task: SlopeTask, *, is_real: bool, release: str, mess: bool, n_patients: int, seed: int
) -> SlopeTask | None:
    """Return the task with patients held out who were simulated for it; None if they are real."""
    if is_real:
        return None
    how = {"release": release, "n_patients": n_patients, "mess": mess, "seed": seed + APART}
    files = find_input(**how)
    n_folds = len(task.folds)
    own = {"n_folds": n_folds, "seed": seed, "truth": files.truth, "features": task.features}
    return with_fresh_patients(task, make_task(prepare(files.release), **own))


def predict_on_fresh(task: SlopeTask | None, effort: SimpleNamespace, *, seed: int) -> pd.DataFrame:
    """Return what all models predict of fresh patients; nothing if there are none."""
    if task is None:
        return pd.DataFrame(columns=list(PREDICTIONS))
    return predict_fresh(task, effort, seed=seed)


def compare_on_fresh(fresh: pd.DataFrame, n_resamples: int) -> pd.DataFrame:
    """Return the scores minus those of the forest on fresh patients; no rows if there are none."""
    if fresh.empty:
        return pd.DataFrame(columns=list(COMPARISON))
    return compare_with_forest(fresh, n_resamples)


def count_wrong(
    fresh: pd.DataFrame, split: pd.DataFrame, *, n_patients: int, n_sets: int, seed: int
) -> pd.DataFrame:
    """Return the truth beside what the one split says, and how often such a split would err.

    A row per model with the columns of :func:`alsnb.study.fresh.count_otherwise`, and ``split``,
    the difference in R² from the forest on the patients held out. No rows without fresh patients.
    """
    if fresh.empty:
        columns = [MODEL, ESTIMATE, LOW, HIGH, "ahead", "n_patients", "otherwise", "split"]
        return pd.DataFrame(columns=columns)
    how = {"n_patients": n_patients, "n_sets": n_sets, "seed": seed}
    table = count_otherwise(fresh, FOREST, **how)
    said = split[split[METRIC] == "r2"].set_index(MODEL)[ESTIMATE]
    return table.assign(split=table[MODEL].map(said))


def spell_wrong(wrong: pd.DataFrame) -> dict[str, object]:
    """Return of how many models the one split has the sign wrong, and who is hardest to tell."""
    if wrong.empty:
        return {}
    differ = (wrong["split"] > 0) != (wrong[ESTIMATE] > 0)
    networks = wrong[wrong[MODEL].isin([*NETWORKS, FFNN_CNN])]
    hardest = networks.loc[networks["otherwise"].idxmax()]
    return {
        "n": len(wrong),
        "n_wrong": int(differ.sum()),
        "wrong": say.several(wrong.loc[differ, MODEL].map(MODEL_TITLES)),
        "n_patients": f"{int(wrong['n_patients'].iloc[0]):,}",
        "hardest": MODEL_TITLES[hardest[MODEL]],
        "truth": signed(hardest[ESTIMATE]),
        "share": say.share(hardest["otherwise"]),
    }


def judge(predictions: pd.DataFrame, n_resamples: int) -> dict[str, object]:
    """Return what may be said of the best network and the best of the other models, in R².

    Mixtures of both kinds are in neither camp. ``side`` is ``"above"`` if the network explains
    more, ``"below"`` if it explains less, ``"neither"`` if the interval holds zero.
    """
    rows = keep_result(predictions)
    scores = score_predictions(rows, metrics=["r2"], n_resamples=1).set_index(MODEL)[ESTIMATE]
    networks = scores[[name for name in NETWORKS if name in scores]]
    others = scores.drop([*networks.index, FFNN_CNN, AVERAGE, STACK, ORACLE], errors="ignore")
    network, other = networks.idxmax(), others.idxmax()
    gap = compare_with(rows, other, n_resamples, [network])
    gap = gap[gap[METRIC] == "r2"].iloc[0]
    return {
        "n": f"{rows[PATIENT].nunique():,}",
        "network": MODEL_TITLES[network],
        "network_r2": signed(networks.max()),
        "other": say.lower_first(MODEL_TITLES[other]),
        "other_r2": signed(others.max()),
        "best": MODEL_TITLES[scores.idxmax()],
        "best_r2": signed(scores.max()),
        "gap": say.estimate(gap),
        "side": say.side(gap),
    }


# --- one network, and several -------------------------------------------------------------------


def predict_with_several(task: SlopeTask, effort: SimpleNamespace, *, seed: int) -> pd.DataFrame:
    """Return what several single networks of each kind predict of the patients held out."""
    recipes = {
        network: choose(task, network, n_trials=effort.n_trials, seed=seed).best
        for network in NETWORKS
    }
    return predict_several(task, recipes, n_networks=effort.n_averaged, seed=seed)


def spell_levels(levels: pd.DataFrame, gains: pd.DataFrame) -> dict[str, object]:
    """Return how far the levels of single networks spread, and what their average gains in R²."""
    r2 = gains[gains[METRIC] == "r2"]
    most = r2.loc[r2[ESTIMATE].idxmax()]
    restless = levels.loc[levels["sd"].idxmax()]
    return {
        "n": int(levels["n_networks"].max()),
        "model": MODEL_TITLES[restless[MODEL]],
        "sd": f"{restless['sd']:.4f}",
        "gainer": MODEL_TITLES[most[MODEL]],
        "gain": say.estimate(most, 4),
        "side": say.side(most),
    }


# --- what the search costs ------------------------------------------------------------------------


def find_all(task: SlopeTask, effort: SimpleNamespace, *, seed: int) -> dict[str, Search]:
    """Return what the search found for each network; the trials are looked up."""
    how = {"n_trials": effort.n_trials, "seed": seed}
    return {network: choose(task, network, **how) for network in NETWORKS}


def price_searches(found: Mapping[str, Search], *, n_draws: int, seed: int) -> pd.DataFrame:
    """Return what each search's best score loses on a fold that did not choose it, by trials."""
    tables = [
        price_search(one.by_fold, n_draws=n_draws, seed=seed).assign(**{MODEL: network})
        for network, one in found.items()
    ]
    table = pd.concat(tables, ignore_index=True)
    return in_order(table)[[MODEL, "n_trials", "seen", "unseen", "price"]]


def spell_price(prices: pd.DataFrame) -> dict[str, str]:
    """Return the largest price of a whole search, and what one trial, drawn blindly, reaches."""
    whole = prices.loc[prices.groupby(MODEL)["n_trials"].idxmax()]
    first = prices.loc[prices.groupby(MODEL)["n_trials"].idxmin()].set_index(MODEL)
    dearest = whole.loc[whole["price"].idxmax()]
    gain = first.loc[dearest[MODEL], "unseen"] - dearest["unseen"]
    return {
        "model": MODEL_TITLES[dearest[MODEL]],
        "n_trials": int(dearest["n_trials"]),
        "seen": signed(dearest["seen"]),
        "unseen": signed(dearest["unseen"]),
        "price": signed(dearest["price"]),
        "gain": signed(abs(gain)),
        "direction": "more" if gain > 0 else "less",
    }


def compare_criteria(
    task: SlopeTask, found: Mapping[str, Search], *, n_resamples: int, seed: int
) -> pd.DataFrame:
    """Return what PCC and RMSD choose for each network, and whether it matters to others.

    A row per network and criterion with the columns of
    :func:`alsnb.study.search_price.choose_by`, and R² (``estimate``, ``low``, ``high``) on the
    patients whom the task holds out.
    """
    rows = []
    inputs = task.inputs(held_out=True)
    for network, one in found.items():
        for choice in choose_by(one).to_dict("records"):
            recipe = recipe_by(one, choice["criterion"])
            predicted = fit_held_out(inputs, network=network, recipe=recipe, seed=seed)
            score = score_predictions(predicted, metrics=["r2"], n_resamples=n_resamples).iloc[0]
            rows.append({MODEL: network} | choice | dict(score[[ESTIMATE, LOW, HIGH]]))
    return pd.DataFrame(rows)


def spell_criteria(criteria: pd.DataFrame) -> dict[str, object]:
    """Return for how many networks both criteria choose the same, and where they part most."""
    wide = criteria.pivot_table(index=MODEL, columns="criterion", values=["trial", ESTIMATE])
    same = wide["trial"]["pcc"] == wide["trial"]["rmsd"]
    gap = (wide[ESTIMATE]["rmsd"] - wide[ESTIMATE]["pcc"]).loc[~same]
    words = {"n": len(wide), "n_same": int(same.sum())}
    if gap.empty:
        return words
    most = gap.abs().idxmax()
    return words | {"model": MODEL_TITLES[most], "gap": signed(gap[most])}


# --- what was demanded, and what can be known ------------------------------------------------


def find_nearest(ceiling: pd.DataFrame) -> dict[str, object]:
    """Return which model comes nearest to the oracle in R²; nothing if there is no oracle."""
    rows = ceiling[ceiling[METRIC] == "r2"]
    if rows.empty:
        return {}
    nearest = rows.loc[rows[ESTIMATE].idxmax()]
    return {
        "n": len(rows),
        "above": int((rows[ESTIMATE] > 0).sum()),
        "model": MODEL_TITLES[nearest[MODEL]],
        "gap": say.estimate(nearest),
        "share": say.share(nearest[SHARE]),
    }


def find_limit(table: pd.DataFrame, ceiling: pd.DataFrame) -> dict[str, str]:
    """Return how near in R² the models on all features lie together, and how far the oracle is.

    ``share`` is that of the oracle's R² which the best of them explains, ``gap`` its R² minus the
    oracle's, and ``best`` says whether that is below zero. Nothing without an oracle.
    """
    if ceiling.empty:
        return {}
    models = [RIDGE, FOREST, BOOSTING, BART, *NETWORKS, FFNN_CNN]
    r2 = table[(table[METRIC] == "r2") & table[MODEL].isin(models)].set_index(MODEL)[ESTIMATE]
    best = ceiling[(ceiling[METRIC] == "r2") & (ceiling[MODEL] == r2.idxmax())].iloc[0]
    words = {"lowest": signed(r2.min(), 2), "highest": signed(r2.max(), 2)}
    below = "below" if say.side(best) == "below" else "not below"
    return words | {"gap": say.estimate(best, 2), "share": say.share(best[SHARE]), "best": below}


def find_plainest(gaps: pd.DataFrame) -> str:
    """Return the plainest model that is not detectably worse than the reference in RMSD."""
    rows = in_order(gaps[gaps[METRIC] == "rmsd"])
    worse = say.sides(rows, rows[MODEL])["worse"]
    return next((MODEL_TITLES[model] for model in rows[MODEL] if model not in worse), "none")


def check_quality(
    predictions: pd.DataFrame, ceiling: pd.DataFrame, n_resamples: int
) -> pd.DataFrame:
    """Return what the models had to reach in R², what they reach, and whether it ``held``."""
    against = compare_with(predictions, FOREST, n_resamples, [*NETWORKS, FFNN_CNN])
    little = compare_with_little(predictions, n_resamples)
    parts = [
        against.assign(
            demand=f"R² at most {WITHIN} below the random forest", held=against[ESTIMATE] >= -WITHIN
        ),
        little.assign(
            demand="interval above zero, against: " + little["reference"].map(MODEL_TITLES),
            held=little[LOW] > 0,
        ),
        ceiling.assign(demand="does not beat the oracle", held=~(ceiling[LOW] > 0)),
    ]
    rows = pd.concat([part[part[METRIC] == "r2"] for part in parts], ignore_index=True)
    return rows[["demand", MODEL, ESTIMATE, LOW, HIGH, "held"]]


def check_on_fresh(task: SlopeTask | None, fresh: pd.DataFrame, n_resamples: int) -> pd.DataFrame:
    """Return what :func:`check_quality` does on fresh patients; no rows if there are none."""
    if task is None:
        return pd.DataFrame(columns=["demand", MODEL, ESTIMATE, LOW, HIGH, "held"])
    return check_quality(fresh, measure_ceiling(fresh, task.oracle, n_resamples), n_resamples)


def count_met(quality: pd.DataFrame) -> dict[str, object]:
    """Return how many demands are ``met`` of ``n``, and the names of those that are ``missed``."""
    missed = quality[~quality["held"].astype(bool)]
    named = [f"{MODEL_TITLES[row.model]} ({row.demand})" for row in missed.itertuples()]
    return {"met": len(quality) - len(missed), "n": len(quality), "missed": "; ".join(named)}


# --- choosing after a look at the test patients ----------------------------------------------


def choose_after_looking(
    predictions: pd.DataFrame, members: Sequence[str] = MEMBERS, *, n_halvings: int, seed: int
) -> pd.DataFrame:
    """Choose the best ensemble in one half of the test patients, and look at it in the other.

    Candidates are the averages of any two ``members`` or more. A row per halving: ``chosen``, and
    its R² minus that of :data:`ENSEMBLE` where it was chosen (``seen``) and in the other half.
    """
    rows = keep_result(predictions)
    wide = rows[rows[MODEL].isin(members)].pivot_table(
        index=[PATIENT, OBSERVED], columns=MODEL, values=PREDICTED
    )
    observed = wide.index.get_level_values(OBSERVED).to_numpy()
    sizes = range(2, len(members) + 1)
    candidates = [one for size in sizes for one in combinations(sorted(members), size)]
    mixed = np.stack([wide[list(one)].mean(axis=1) for one in candidates], axis=1)
    squared = (mixed - observed[:, None]) ** 2
    declared = candidates.index(ENSEMBLE)
    rng, halvings = np.random.default_rng(seed), []
    for _ in range(n_halvings):
        halves = np.array_split(rng.permutation(len(observed)), 2)
        gains = [_gains(squared[half], observed[half], declared) for half in halves]
        best = int(np.argmax(gains[0]))
        name = "+".join(candidates[best])
        halvings.append({"chosen": name, "seen": gains[0][best], "unseen": gains[1][best]})
    return pd.DataFrame(halvings)


def _gains(squared: np.ndarray, observed: np.ndarray, declared: int) -> np.ndarray:
    """Return the R² of every candidate minus that of the declared one, in one half."""
    errors = squared.mean(axis=0) / np.var(observed)
    return errors[declared] - errors


def _measure_look(halvings: pd.DataFrame) -> pd.DataFrame:
    """Return what choosing seems to gain in R², what it gains, and the difference.

    ``estimate`` is the mean over the halvings, ``low`` and ``high`` hold their middle 95 %.
    """
    columns = pd.DataFrame(
        {
            "Where it was chosen": halvings["seen"],
            "In the other half": halvings["unseen"],
            "What the look is worth": halvings["seen"] - halvings["unseen"],
        }
    )
    ends = {LOW: columns.quantile(0.025), HIGH: columns.quantile(0.975)}
    return pd.DataFrame({ESTIMATE: columns.mean()} | ends).rename_axis("label").reset_index()


def measure_looks(looks: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return what the look is worth in several pools of models, each line with its pool's name."""
    parts = [_measure_look(one).assign(pool=pool) for pool, one in looks.items()]
    table = pd.concat(parts, ignore_index=True)
    return table.assign(label=table["pool"] + ": " + table["label"].str.lower())


def name_chosen(halvings: pd.DataFrame) -> dict[str, str]:
    """Return how arbitrary the choice is, what it gains here and there, and the look's worth."""
    seen, unseen, worth = _measure_look(halvings).to_dict("records")
    counts = halvings["chosen"].value_counts()
    return {
        "n": f"{len(halvings):,}",
        "different": len(counts),
        "commonest": " + ".join(MODEL_TITLES[name] for name in counts.index[0].split("+")),
        "share": say.share(counts.iloc[0] / len(halvings)),
        "seen": signed(seen[ESTIMATE]),
        "unseen": signed(unseen[ESTIMATE]),
        "worth": signed(worth[ESTIMATE]),
        "bounds": say.between(worth),
    }
