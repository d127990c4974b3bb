"""Measure what each mistake of the laboratory seems to gain, with an interval over patients.

Every effect is the leaky pipeline's score minus the honest one's, on the same patients.
"""

from dataclasses import dataclass

import pandas as pd

from alsnb.compute.progress import report
from alsnb.effort import EFFORTS
from alsnb.evaluation.bootstrap import compare_predictions, score_predictions
from alsnb.lessons.leakage.leakage_mistakes import HONEST, LEAKY, MISTAKES, STARTS, commit_on
from alsnb.lessons.leakage.leakage_rows import Rows, double_patients, make_rows
from alsnb.schema import ESTIMATE, HIGH, LOW, METRIC, MODEL, N_PATIENTS
from alsnb.study.proact import Study

METRICS = ("r2", "pcc", "rmsd")

UNTIL = (4.0, 6.0, 9.0)
"""Months that the features see in the mistake of looking too far."""

TOGETHER = "together"


@dataclass(frozen=True, kw_only=True)
class LabEffort:
    """How much the laboratory computes.

    Attributes
    ----------
    sizes : tuple of int
        Patients of the studies drawn from the cohort.
    n_predicted : int
        How many predictions stand behind each size, over all its draws.
    counts : tuple of int
        Among how many settings the best is chosen.
    n_splits : int
        Splits over which that is averaged; twice as many for small studies.
    n_seeds : int
        Networks among which the best is chosen, at most.
    series : tuple of str
        Of :data:`alsnb.lessons.leakage.leakage_curves.BEST_OF`; a network costs seconds to compile.
    shares : tuple of float
        Shares of patients who are entered twice.
    """

    sizes: tuple[int, ...]
    n_predicted: int
    counts: tuple[int, ...]
    n_splits: int
    n_seeds: int
    series: tuple[str, ...]
    shares: tuple[float, ...]


ALL_SERIES = ("ridge_all", "ridge_small", "noise_small", "ffnn_all", "ffnn_small")

LAB_EFFORTS = {
    "smoke": LabEffort(
        sizes=(60, 240),
        n_predicted=240,
        counts=(1, 2, 5),
        n_splits=2,
        n_seeds=2,
        series=("ridge_all", "ridge_small", "ffnn_small"),
        shares=(0.05, 0.20),
    ),
    "book": LabEffort(
        sizes=(60, 120, 250, 500, 1000, 2000),
        n_predicted=1200,
        counts=(1, 2, 5, 10, 20, 60),
        n_splits=10,
        n_seeds=10,
        series=ALL_SERIES,
        shares=(0.05, 0.10, 0.20),
    ),
    "full": LabEffort(
        sizes=(60, 120, 250, 500, 1000, 2000),
        n_predicted=3000,
        counts=(1, 2, 5, 10, 20, 60),
        n_splits=20,
        n_seeds=20,
        series=ALL_SERIES,
        shares=(0.01, 0.02, 0.05, 0.10, 0.20),
    ),
}
"""The laboratory's effort, by profile."""


# --- every mistake by itself, and all together --------------------------------------------


def measure_mistakes(
    study: Study, mistakes: tuple[str, ...], *, models: tuple[str, ...], profile: str, seed: int
) -> pd.DataFrame:
    """Return what each mistake seems to gain, alone and all together.

    Parameters
    ----------
    study : Study
        Prepared with all laboratory results.
    mistakes : tuple of str
        Names of :data:`alsnb.lessons.leakage.leakage_mistakes.MISTAKES`. Features past month three
        are measured for each month of :data:`UNTIL`.
    models : tuple of str
        Of :data:`alsnb.lessons.leakage.leakage_pipeline.MODELS`.
    profile, seed
        Effort, and the seed of folds, settings and models.

    Returns
    -------
    DataFrame
        ``mistake``, ``label``, ``model``, ``metric``, ``n_patients``, ``honest``, ``leaky``
        and their paired difference as ``estimate``, ``low``, ``high``.
    """
    tables, rows_at_hand = [], {}
    for label, names, until in _variants(mistakes):
        months = until if "window" in names else None
        starts = STARTS if "patients" in names else (0.0,)
        if (months, starts) not in rows_at_hand:
            rows_at_hand[months, starts] = make_rows(study, until=months, starts=starts)
        rows = rows_at_hand[months, starts]
        for model in models:
            report(f"{label}, {model}")
            pair = commit_on(rows, names, model=model, profile=profile, seed=seed)
            name = names[0] if len(names) == 1 else TOGETHER
            facts = {"mistake": name, "label": label, "by": model}
            tables.append(measure_pair(pair, profile).assign(**facts))
    measured = pd.concat(tables, ignore_index=True).rename(columns={"by": MODEL})
    first = ["mistake", "label", MODEL, METRIC, N_PATIENTS, HONEST, LEAKY]
    return measured[[*first, ESTIMATE, LOW, HIGH]]


def _variants(mistakes: tuple[str, ...]) -> list[tuple[str, tuple[str, ...], float]]:
    """Return label, names and last month of everything that is measured."""
    found = []
    for name in mistakes:
        title = MISTAKES[name].title
        if name == "window":
            found += [(f"Features until month {until:g}", (name,), until) for until in UNTIL]
        else:
            found.append((title, (name,), UNTIL[1]))
    if len(mistakes) > 1:
        found.append((f"All {len(mistakes)} together", tuple(mistakes), UNTIL[1]))
    return found


def measure_pair(
    predictions: pd.DataFrame, profile: str, metrics: tuple[str, ...] = METRICS
) -> pd.DataFrame:
    """Return both scores and the paired difference of an honest and a leaky model."""
    settings = {"metrics": metrics, "n_resamples": n_lab_resamples(profile)}
    gaps = compare_predictions(predictions, reference=HONEST, **settings)
    once = score_predictions(predictions, metrics=metrics, n_resamples=1)
    by_model = once.pivot_table(index=METRIC, columns=MODEL, values=ESTIMATE, dropna=False)
    scores = by_model.loc[gaps[METRIC], [HONEST, LEAKY]].reset_index(drop=True)
    return pd.concat([gaps[[METRIC, N_PATIENTS, ESTIMATE, LOW, HIGH]], scores], axis=1)


def n_lab_resamples(profile: str) -> int:
    """Return the resamples behind an interval: there are many intervals, for a few figures."""
    return max(EFFORTS[profile].n_resamples // 5, 100)


# --- the same patient twice ----------------------------------------------------------------


def measure_doubles(
    rows: Rows, *, models: tuple[str, ...], profile: str, seed: int
) -> pd.DataFrame:
    """Return what it gains if some patients are in the table twice, under another number.

    Parameters
    ----------
    rows : Rows
        One per patient; copies are added.
    models : tuple of str
        Of :data:`alsnb.lessons.leakage.leakage_pipeline.MODELS`.
    profile, seed
        Effort, and the seed of copies, folds and models.

    Returns
    -------
    DataFrame
        ``share``, ``model`` and the columns of a pair: with copies divided by chance, and with
        each copy beside its original. Every patient is scored once. R² only.
    """
    tables = []
    for share in LAB_EFFORTS[profile].shares:
        doubled = double_patients(rows, share, seed)
        for model in models:
            report(f"{share:.0%} of patients twice, {model}")
            pair = commit_on(doubled, ("patients",), model=model, profile=profile, seed=seed)
            facts = {"share": share, "by": model}
            tables.append(measure_pair(pair, profile, ("r2",)).assign(**facts))
    return pd.concat(tables, ignore_index=True).rename(columns={"by": MODEL})


def count_lookalikes(study: Study) -> pd.DataFrame:
    """Return how many patients have a double, by how much must agree.

    Returns
    -------
    DataFrame
        ``agreeing in`` and ``patients``, who share all of it with somebody else.
    """
    kept = list(study.catalogue.loc[study.catalogue["kept"], "name"])
    facts = ["age", "male", "height", "site_limb", "site_bulbar"]
    measured = ["onset_delta", "first_alsfrs_total", "first_weight"]
    sets = {
        "age, sex, height and site of onset": facts,
        "the same, days since onset, first total and first weight": [*facts, *measured],
        "every feature that is kept": kept,
    }
    known = study.features.dropna(subset=[*facts, *measured])
    counts = {
        label: int(known.duplicated(names, keep=False).sum()) for label, names in sets.items()
    }
    return pd.DataFrame({"agreeing in": list(counts), "patients": list(counts.values())})
