"""Compare all models, on one split and on others, and find what the comparison allows to say."""

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from alsnb.checks import BadInput
from alsnb.compute.progress import report_step
from alsnb.compute.sharing import recall_many
from alsnb.effort import room_efforts
from alsnb.evaluation.bootstrap import P_HOLM, compare_predictions, score_predictions
from alsnb.evaluation.calibration import calibration_table  # noqa: F401
from alsnb.evaluation.ceiling import SHARE, measure_ceiling  # noqa: F401
from alsnb.evaluation.repeated import compare_repeated, draw_test_sets  # noqa: F401
from alsnb.evaluation.repeats import keep_result, seed_spread, spread_over_seeds  # noqa: F401
from alsnb.fits.inputs import FitInputs, make_inputs
from alsnb.fits.references import cross_validate_reference, predict_with_reference
from alsnb.lessons.comparison.fits import cross_validate_network
from alsnb.models.ensembles import average  # noqa: F401
from alsnb.published import read_published
from alsnb.report import say
from alsnb.report.say import family  # noqa: F401
from alsnb.report.tables import signed
from alsnb.schema import ESTIMATE, HIGH, LOW, METRIC, MODEL, OBSERVED, PATIENT, PREDICTED
from alsnb.settings import n_cores
from alsnb.splits import Fold, hold_out, make_folds
from alsnb.study.compare import (  # noqa: F401
    PRINTED,
    QUOTED,
    compare_pairs,
    compare_with,
    compare_with_forest,
    make_table2,
    score_models,
)
from alsnb.study.paper_a import choose
from alsnb.study.references import MEMBERS, predict_all, weigh_members  # noqa: F401
from alsnb.study.task import LOG_ONSET, Task
from alsnb.vocabulary import (
    AVERAGE,
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
)

ENSEMBLE = (CNN, FFNN)
"""The ensemble of the paper, which was named here before anybody had looked."""

WITHIN = 0.03
"""How much R² a network may lack to the random forest and still count as level with it."""


def find_best(out_of_fold: pd.DataFrame) -> dict[str, str]:
    """Return which model the training patients alone would have chosen, by its RMSD.

    Returns
    -------
    dict
        ``best`` and ``rmsd``, and ``single`` and ``single_rmsd`` of the models that are no
        mixture of all.
    """
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
    """Return printed and own RMSD and PCC with what either implies about the patients.

    Parameters
    ----------
    table : DataFrame
        As :func:`alsnb.study.compare.make_table2` returns it.

    Returns
    -------
    DataFrame
        A row per printed model: ``rmsd``, ``pcc``, ``explained`` (PCC squared) and
        ``sd`` (the standard deviation of the slopes under which RMSD and PCC fit together if
        predictions are calibrated), each as printed, here (``_here``) and the difference.
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


def count_inside(table: pd.DataFrame) -> dict[str, object]:
    """Return how many printed numbers lie in the intervals of a Table 2, and which is farthest.

    Returns
    -------
    dict
        ``n`` printed numbers of the networks, how many lie ``inside``, and the largest
        difference, ``gap``, with its ``metric`` and ``model``.
    """
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
    """Return the model whose R² varies most from seed to seed; nothing if there is one seed.

    Parameters
    ----------
    spread : DataFrame
        As :func:`alsnb.evaluation.repeats.spread_over_seeds` returns it.
    """
    rows = spread[(spread[METRIC] == "r2") & spread["sd"].notna()]
    if rows.empty:
        return {}
    most = rows.loc[rows["sd"].idxmax()]
    bounds = {end: signed(most[end]) for end in ("lowest", "highest")}
    return {"n_seeds": most["n_seeds"], "model": MODEL_TITLES[most[MODEL]]} | bounds


# --- other divisions of the patients ---------------------------------------------------------


def predict_repeatedly(
    task: Task, *, n_trials: int, n_trees: int, n_folds: int, n_divisions: int, seed: int
) -> pd.DataFrame:
    """Return out-of-fold predictions of all patients, divided into folds again and again.

    Each network is a single one, made by the recipe that the search on the training patients
    chose; no fold chooses anew.

    Parameters
    ----------
    task : Task
        Both sides of its split are divided.
    n_trials : int
        Length of the networks' search.
    n_trees : int
        Trees of each forest.
    n_folds, n_divisions : int
        Into how many folds the patients are divided, and how often.
    seed : int
        Seed of the folds and start of the models' seeds.

    Returns
    -------
    DataFrame
        A predictions frame of split ``"train"`` with the line on the time since onset, the
        forest and the networks.
    """
    target = task.target
    folds = make_folds(
        target.index, n_folds=n_folds, n_repeats=n_divisions, seed=seed, strata=target
    )
    plain = _divide(_for_references(task), folds)
    frames = [
        cross_validate_reference(plain, ONSET, seed=seed),
        cross_validate_reference(plain, FOREST, size=n_trees, seed=seed),
    ]
    inputs = _divide(task.inputs(held_out=True), folds)
    for network in NETWORKS:
        recipe = choose(task, network, n_trials=n_trials, seed=seed).best
        frames.append(cross_validate_network(inputs, network=network, recipe=recipe, seed=seed))
    return pd.concat(frames, ignore_index=True)


def _for_references(task: Task) -> FitInputs:
    features = [*task.features, LOG_ONSET]
    return task.inputs(held_out=True, features=features, parts=False)


def _divide(inputs: FitInputs, folds: Sequence[Fold]) -> FitInputs:
    """Return the same inputs with the patients divided in another way."""
    own = {"features": inputs.features, "leave_out": inputs.leave_out}
    return make_inputs(inputs.predictors, inputs.target, folds, **own)


def beside_split(split: pd.DataFrame, over: pd.DataFrame) -> pd.DataFrame:
    """Return differences in R² from the single split and from the repeats, model by model.

    Parameters
    ----------
    split, over : DataFrame
        Comparisons with the same reference.

    Returns
    -------
    DataFrame
        ``label``, ``design``, ``estimate``, ``low``, ``high`` of the models in both.
    """
    both = set(split[MODEL]) & set(over[MODEL])
    named = {"one set held out": split, "repeated cross-validation": over}
    parts = [
        rows[(rows[METRIC] == "r2") & rows[MODEL].isin(both)].assign(design=design)
        for design, rows in named.items()
    ]
    table = pd.concat(parts, ignore_index=True)
    return table.assign(label=say.models(table))[["label", "design", ESTIMATE, LOW, HIGH]]


def list_ahead(sets: pd.DataFrame) -> list[dict[str, str]]:
    """Return by network in which share of drawn sets it is ahead, and between which bounds."""
    rows = sets.set_index(MODEL).loc[list(NETWORKS)]
    return [
        {"model": MODEL_TITLES[name], "share": say.share(row["ahead"]), "bounds": say.between(row)}
        for name, row in rows.iterrows()
    ]


def try_splits(
    task: Task, *, n_splits: int, n_trees: int, n_resamples: int, seed: int
) -> pd.DataFrame:
    """Return what other random splits would have said about models that are quickly trained.

    Parameters
    ----------
    task : Task
        Its patients are split anew, with the share of its own split.
    n_splits : int
        How often.
    n_trees : int
        Trees of each forest.
    n_resamples : int
        Bootstrap resamples of patients.
    seed : int
        Start of the seeds of the splits.

    Returns
    -------
    DataFrame
        ``split`` and the columns of a comparison in R²: line and ridge minus forest, with
        intervals over the patients held out; and ``forest``, the forest's own R².

    Raises
    ------
    alsnb.checks.BadInput
        If a model cannot be fitted in a split.
    """
    plain, share = _for_references(task), len(task.split.test) / len(task.target)
    seeds = range(seed + 1, seed + n_splits + 1)
    splits = [hold_out(task.target.index, share=share, seed=one) for one in seeds]
    sizes = {ONSET: 0, RIDGE: 0, FOREST: n_trees}
    calls = [
        {"inputs": inputs, "model": model, "size": size, "seed": one}
        for one, inputs in zip(seeds, [_divide(plain, [split]) for split in splits], strict=True)
        for model, size in sizes.items()
    ]
    frames = recall_many(predict_with_reference, calls, n_jobs=n_cores(), tell=_tell_fit)
    for problem in frames:
        if isinstance(problem, BadInput):
            raise problem
    parts = []
    for number in range(n_splits):
        own = frames[number * len(sizes) : (number + 1) * len(sizes)]
        predictions = pd.concat(own, ignore_index=True)
        settings = {"metrics": ["r2"], "n_resamples": n_resamples}
        gaps = compare_predictions(predictions, reference=FOREST, **settings)
        forest = score_predictions(own[-1], metrics=["r2"], n_resamples=1)[ESTIMATE].iloc[0]
        parts.append(gaps.assign(forest=forest, split=number + 1))
    return pd.concat(parts, ignore_index=True)


def _tell_fit(done: int, total: int, *_: object) -> None:
    report_step(done, total, "fits in random splits")


def summarize_splits(splits: pd.DataFrame) -> pd.DataFrame:
    """Return for each model how its difference from the forest varies over the splits.

    Returns
    -------
    DataFrame
        ``model``, ``n_splits``, ``mean``, ``lowest`` and ``highest`` difference in R²,
        ``below_zero``, ``above_zero`` (splits whose interval lies there) and ``width`` (of
        the mean interval).
    """
    rows = [
        {
            MODEL: model,
            "n_splits": len(own),
            "mean": own[ESTIMATE].mean(),
            "lowest": own[ESTIMATE].min(),
            "highest": own[ESTIMATE].max(),
            "below_zero": int((own[HIGH] < 0).sum()),
            "above_zero": int((own[LOW] > 0).sum()),
            "width": (own[HIGH] - own[LOW]).mean(),
        }
        for model, own in splits.groupby(MODEL)
    ]
    return in_order(pd.DataFrame(rows))


def list_splits(summary: pd.DataFrame) -> list[dict[str, object]]:
    """Return the rows of :func:`summarize_splits` with titles and rounded bounds, to be glued."""
    return [
        row
        | {MODEL: MODEL_TITLES[row[MODEL]]}
        | {end: signed(row[end]) for end in ("lowest", "highest")}
        for row in summary.to_dict("records")
    ]


# --- what was demanded, and what can be known ------------------------------------------------


def find_nearest(ceiling: pd.DataFrame) -> dict[str, object]:
    """Return which model comes nearest to the oracle in R²; nothing if there is no oracle.

    Returns
    -------
    dict
        ``n`` models, how many lie ``above`` the oracle, and of the nearest its ``model``, its
        ``gap`` and its ``share`` of what the oracle explains.
    """
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


def check_quality(
    predictions: pd.DataFrame, ceiling: pd.DataFrame, n_resamples: int
) -> pd.DataFrame:
    """Return what the models had to reach, what they reach, and whether they do.

    Parameters
    ----------
    predictions : DataFrame
        Predictions frame of the held-out patients.
    ceiling : DataFrame
        As :func:`alsnb.evaluation.ceiling.measure_ceiling` returns it; empty if no truth is
        known.
    n_resamples : int
        Bootstrap resamples of patients.

    Returns
    -------
    DataFrame
        ``demand``, ``model``, ``estimate``, ``low``, ``high`` (differences in R²) and ``held``.
    """
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


def count_met(quality: pd.DataFrame) -> dict[str, object]:
    """Return how many demands are ``met`` of ``n``, and the names of those that are ``missed``."""
    missed = quality[~quality["held"].astype(bool)]
    named = [f"{MODEL_TITLES[row.model]} ({row.demand})" for row in missed.itertuples()]
    return {"met": len(quality) - len(missed), "n": len(quality), "missed": "; ".join(named)}


# --- choosing after a look at the test patients ----------------------------------------------


def list_candidates(members: Sequence[str] = MEMBERS) -> list[tuple[str, ...]]:
    """Return every set of two members or more; each is an ensemble that could be reported."""
    sizes = range(2, len(members) + 1)
    return [one for size in sizes for one in combinations(sorted(members), size)]


def choose_after_looking(
    predictions: pd.DataFrame, members: Sequence[str] = MEMBERS, *, n_halvings: int, seed: int
) -> pd.DataFrame:
    """Choose the best ensemble in one half of the test patients, and look at it in the other.

    Parameters
    ----------
    predictions : DataFrame
        Predictions frame of the held-out patients.
    members : sequence of str
        The models whose averages are candidates; FFNN and CNN are among them.
    n_halvings : int
        How often the patients are halved.
    seed : int
        Seed of the halves.

    Returns
    -------
    DataFrame
        A row per halving: ``chosen`` (the members joined by a plus sign), ``seen`` and
        ``unseen`` (R² of the chosen ensemble minus that of :data:`ENSEMBLE` in the half in
        which it was chosen, and in the other).
    """
    rows = keep_result(predictions)
    wide = rows[rows[MODEL].isin(members)].pivot_table(
        index=[PATIENT, OBSERVED], columns=MODEL, values=PREDICTED
    )
    observed = wide.index.get_level_values(OBSERVED).to_numpy()
    candidates = list_candidates(members)
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


def measure_look(halvings: pd.DataFrame) -> pd.DataFrame:
    """Return what choosing seems to gain, what it gains, and the difference.

    Returns
    -------
    DataFrame
        ``label``, ``estimate`` (mean over halvings, in R²), ``low`` and ``high`` (the middle
        95 % of the halvings).
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
    """Return :func:`measure_look` of several pools of models, each line with its pool's name."""
    parts = [measure_look(one).assign(pool=pool) for pool, one in looks.items()]
    table = pd.concat(parts, ignore_index=True)
    return table.assign(label=table["pool"] + ": " + table["label"].str.lower())


def name_chosen(halvings: pd.DataFrame) -> dict[str, str]:
    """Return how arbitrary the choice is and what the look was worth.

    Returns
    -------
    dict
        ``n`` halvings, how many ``different`` ensembles came out best, the ``commonest`` and
        its ``share``; the gain where it was chosen (``seen``) and elsewhere (``unseen``), and
        what the look is ``worth``, with ``bounds``.
    """
    seen, unseen, worth = measure_look(halvings).to_dict("records")
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
