"""Ask the same questions in every rival world, and of a table of real patients."""

from functools import cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import yaml

from alsnb.effort import room_efforts
from alsnb.evaluation.bootstrap import compare_predictions, score_predictions
from alsnb.features.order import shuffle_visits, steps_of
from alsnb.features.sequences import as_columns
from alsnb.fits.inputs import make_inputs
from alsnb.lessons.worlds import fits
from alsnb.schema import ESTIMATE, HIGH, LOW, METRIC, MODEL
from alsnb.splits import Fold, make_folds
from alsnb.study.aggregates import measure_target
from alsnb.study.attainable import (
    WorldCohort,
    best_learner,
    measure_attainable,
    simulate_cohort,
    true_early_r2,
)
from alsnb.study.difficulty import measure_difficulty, predict_references, score_references
from alsnb.study.fidelity import judge
from alsnb.study.people import (
    ask_people,
    best_traveller,
    measure_recalibration,
    open_people,
    score_transfer,
    transfer,
)
from alsnb.synthetic.worlds import WORLDS, compare_worlds
from alsnb.tables.dream_columns import DreamTable
from alsnb.vocabulary import BOOSTING, EARLY_SLOPE, ONSET, ORACLE

EFFORTS = room_efforts(
    n_world={"smoke": 320, "book": 6000, "full": 11_675},
    n_grown={"smoke": 320, "book": 6000, "full": 11_675},
    sizes={"smoke": (60,), "book": (500, 1500), "full": (500, 1500, 3000, 6000, 12_000, 25_000)},
    n_futures={"smoke": 20, "book": 100, "full": 200},
    n_world_folds={"smoke": 2, "book": 3, "full": 5},
    n_world_trees={"smoke": 10, "book": 50, "full": 200},
    n_draws_real={"smoke": 20, "book": 400, "full": 2000},
)
"""``n_world``: patients simulated in each world, of whom a quarter has a slope; ``n_grown``: so
many at a time for learners of the attainable ceiling, which see ``sizes`` of them;
``n_draws_real``: random draws of real patients for a recalibration."""

ORDERED, SHUFFLED, PLAIN, APART = "ordered", "shuffled", "plain", "apart"
"""Boosting on summaries and visits in their order or out of it; on summaries; trial by trial."""

LITTLE = 0.05
"""R² below which a single number explains next to nothing, or above which noise hides something."""

MOST_OF_ORACLE = 0.75
"""Part of the oracle's R² below which features hold clearly less than it knows."""

N_REAL = (50, 100, 200, 500)
"""Real patients that correct a model."""


def open_worlds(effort: SimpleNamespace, *, seed: int) -> dict[str, WorldCohort]:
    """Return the cohort of every world, by its name."""
    how = {"n_futures": effort.n_futures, "seed": seed}
    return {world: simulate_cohort(world, effort.n_world, **how) for world in WORLDS}


# --- what each world is, and how it resembles what is printed --------------------------------


def score_worlds(
    cohorts: dict[str, WorldCohort], effort: SimpleNamespace, *, seed: int
) -> pd.DataFrame:
    """Return the scores of the references in every world, with a column ``world``."""
    how = {"n_trees": effort.n_world_trees, "n_folds": effort.n_world_folds, "seed": seed}
    found = []
    for world, cohort in cohorts.items():
        predictions = predict_references(cohort.study, cohort.oracle, **how)
        scores = score_references(predictions, effort.n_resamples)
        found.append(scores.assign(world=world))
    return pd.concat(found, ignore_index=True)


def judge_worlds(cohorts: dict[str, WorldCohort], scores: pd.DataFrame) -> pd.DataFrame:
    """Return the aggregates of target and difficulty in every world, judged.

    The frame is that of :func:`alsnb.study.fidelity.judge` with a column ``world``.
    """
    found = []
    for world, cohort in cohorts.items():
        study = cohort.study
        measured = measure_target(study.cohort, study.features["onset_delta"])
        measured |= measure_difficulty(scores[scores["world"] == world])
        n_subjects = study.source.n_patients
        found.append(judge(measured, n_subjects=n_subjects).assign(world=world))
    return pd.concat(found, ignore_index=True)


def lay_beside(judged: pd.DataFrame) -> pd.DataFrame:
    """Return a row per aggregate: ``meaning``, ``published``, bounds, ``must``, and each world."""
    keys = ["name", "meaning", "published", "low", "high", "must"]
    facts = judged[keys].drop_duplicates("name").set_index("name")
    values = judged.pivot_table(index="name", columns="world", values="ours", sort=False)
    return facts.join(values[list(WORLDS)]).reset_index(drop=True)


def outside(judged: pd.DataFrame) -> dict[str, list[str]]:
    """Return for each world the aggregates it is held to and misses, by what they mean."""
    missed = judged[judged["must"] & (judged["verdict"] == "outside")]
    return {world: list(missed.loc[missed["world"] == world, "meaning"]) for world in WORLDS}


# --- the same questions everywhere -----------------------------------------------------------


def ask_worlds(
    cohorts: dict[str, WorldCohort],
    scores: pd.DataFrame,
    attainable: pd.DataFrame,
    effort: SimpleNamespace,
    *,
    seed: int,
) -> pd.DataFrame:
    """Return the answer of every world to every question that is computed.

    Columns ``conclusion``, ``world``, ``estimate`` with ``low`` and ``high`` (NaN where it has no
    interval), and ``holds``.
    """
    found = []
    for world, cohort in cohorts.items():
        own = _r2(scores[scores["world"] == world])
        grown = attainable[attainable["world"] == world]
        told = _compare(cohort, effort, seed=seed)
        best, oracle = best_learner(grown)[ESTIMATE], own.loc[ORACLE, ESTIMATE]
        early = own.loc[EARLY_SLOPE]
        hidden = true_early_r2(cohort) - early[ESTIMATE]
        share = best / oracle
        answers = {
            "early_slope": (early, early[ESTIMATE] < LITTLE),
            "noise": (_alone(hidden), hidden > LITTLE),
            "forest": (told["forest"], told["forest"][LOW] > 0),
            "order": (told["order"], told["order"][LOW] > 0),
            "trials": (told["trials"], told["trials"][LOW] > 0),
            "ceiling": (_alone(share), share < MOST_OF_ORACLE),
        }
        found += [
            {"conclusion": name, "world": world, "holds": bool(holds)}
            | {key: float(row[key]) for key in (ESTIMATE, LOW, HIGH)}
            for name, (row, holds) in answers.items()
        ]
    return pd.DataFrame(found)


def _alone(value: float) -> dict[str, float]:
    return {ESTIMATE: value, LOW: np.nan, HIGH: np.nan}


def _r2(scores: pd.DataFrame) -> pd.DataFrame:
    return scores[scores[METRIC] == "r2"].set_index(MODEL)


def _compare(cohort: WorldCohort, effort: SimpleNamespace, *, seed: int) -> dict[str, pd.Series]:
    """Return differences of R²: boosting less a line, order less none, random folds less trials."""
    features, slope = cohort.features, cohort.slope
    folds = make_folds(slope.index, n_folds=effort.n_world_folds, seed=seed, strata=slope)
    pictures = as_columns(cohort.study.sequences).loc[slope.index]
    line = features[["log_onset_delta"]]
    tables = {
        ORDERED: (features.join(steps_of(pictures)), folds),
        SHUFFLED: (features.join(steps_of(shuffle_visits(pictures, seed=seed))), folds),
        PLAIN: (features, folds),
        ONSET: (line, folds),
        APART: (features, _trial_folds(cohort.trial, effort.n_world_folds)),
    }
    frames = [
        fits.boost(make_inputs(table, slope, own), name) for name, (table, own) in tables.items()
    ]
    predictions = pd.concat(frames, ignore_index=True)
    pairs = {"order": (ORDERED, SHUFFLED), "trials": (PLAIN, APART), "forest": (PLAIN, ONSET)}
    return {key: _difference(predictions, *pair, effort.n_resamples) for key, pair in pairs.items()}


def _difference(
    predictions: pd.DataFrame, model: str, reference: str, n_resamples: int
) -> pd.Series:
    rows = predictions[predictions[MODEL].isin([model, reference])]
    how = {"reference": reference, "metrics": ["r2"], "n_resamples": n_resamples}
    return compare_predictions(rows, **how).iloc[0]


def _trial_folds(trial: pd.Series, n_folds: int) -> list[Fold]:
    """Return folds that hold out whole trials, the largest trials in different ones."""
    order = trial.value_counts(sort=True).index
    group = trial.map({one: i % n_folds for i, one in enumerate(order)})
    found = [trial.index[group == number] for number in range(min(n_folds, len(order)))]
    return [Fold(0, i, trial.index.difference(out), out) for i, out in enumerate(found)]


def grow(cohorts: dict[str, WorldCohort], effort: SimpleNamespace, *, seed: int) -> pd.DataFrame:
    """Return R² of learners in every world as they get more patients, with a column ``world``."""
    how = {"sizes": effort.sizes, "n_patients": effort.n_grown, "seed": seed}
    how |= {"n_trees": effort.n_world_trees, "n_resamples": effort.n_resamples}
    found = [measure_attainable(own, **how).assign(world=w) for w, own in cohorts.items()]
    return pd.concat(found, ignore_index=True)


# --- which parameters decide which conclusion ------------------------------------------------


@cache
def _conclusions() -> dict[str, dict]:
    return yaml.safe_load(Path(__file__).with_name("conclusions.yaml").read_text(encoding="utf-8"))


def trace_conclusions(answers: pd.DataFrame, real: pd.DataFrame) -> pd.DataFrame:
    """Return of each conclusion what decides it, where it holds, and what real patients say.

    Parameters
    ----------
    answers, real : DataFrame
        From :func:`ask_worlds`; and ``conclusion``, ``holds`` of real patients, empty without them.

    Returns
    -------
    DataFrame
        ``conclusion``, ``question``, ``chapters``, ``parameters``, ``n_worlds`` in which it was
        asked, ``n_holds``, and ``real`` ("yes", "no", "not here" or "cannot be asked").
    """
    rows = []
    for name, facts in _conclusions().items():
        own = answers[answers["conclusion"] == name]
        told = real[real["conclusion"] == name] if len(real) else real
        word = "yes" if len(told) and told["holds"].iloc[0] else "no" if len(told) else "not here"
        rows.append(
            {"conclusion": name, "question": facts["question"]}
            | {"chapters": ", ".join(facts["chapters"])}
            | {"parameters": ", ".join(facts["parameters"])}
            | {"n_worlds": len(own), "n_holds": int(own["holds"].sum())}
            | {"real": word if facts["real"] else "cannot be asked"}
        )
    return pd.DataFrame(rows)


def shares_of_oracle(attainable: pd.DataFrame) -> dict[str, float]:
    """Return for each world R² of the best learner divided by that of the oracle."""
    found = {}
    for world, own in attainable.groupby("world", sort=False):
        oracle = own.loc[own[MODEL] == ORACLE, ESTIMATE].iloc[0]
        found[world] = best_learner(own)[ESTIMATE] / oracle
    return found


# --- from the twin to people -----------------------------------------------------------------


def move_models(
    cohorts: dict[str, WorldCohort],
    people: DreamTable | None,
    effort: SimpleNamespace,
    *,
    seed: int,
) -> SimpleNamespace:
    """Return what becomes of models among other patients than those they learnt from.

    ``scores`` as :func:`alsnb.study.people.score_transfer`, ``recalibrated`` as
    :func:`alsnb.study.people.measure_recalibration`, and ``answers`` of the real training patients
    to the questions that can be asked: ``conclusion``, ``holds``. Without the table all are empty.
    """
    if people is None:
        return SimpleNamespace(
            scores=pd.DataFrame(), recalibrated=pd.DataFrame(), answers=pd.DataFrame()
        )
    predictions = transfer(cohorts, people, seed=seed)
    how = {"sizes": N_REAL, "n_draws": effort.n_draws_real, "seed": seed}
    return SimpleNamespace(
        scores=score_transfer(predictions, effort.n_resamples),
        recalibrated=measure_recalibration(predictions, people, **how),
        answers=_ask_people(people, effort, seed=seed),
    )


def _ask_people(people: DreamTable, effort: SimpleNamespace, *, seed: int) -> pd.DataFrame:
    predictions = ask_people(people, n_folds=effort.n_folds, seed=seed)
    early = predictions[predictions[MODEL] == EARLY_SLOPE]
    r2 = score_predictions(early, metrics=["r2"], n_resamples=1)[ESTIMATE].iloc[0]
    gain = _difference(predictions, BOOSTING, ONSET, effort.n_resamples)
    rows = [("early_slope", r2 < LITTLE), ("forest", gain[LOW] > 0)]
    return pd.DataFrame(rows, columns=["conclusion", "holds"])
