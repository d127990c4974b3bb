"""Measure what mistakes of the cleaning cost: in the cohort, in its description, in a prediction.

A forest that learnt from the tables as a mistake left them is judged out of fold by the right
slopes, beside a forest that learnt from the tables as they were cleaned.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from alsnb.compute.progress import report
from alsnb.compute.store import stored
from alsnb.effort import EFFORTS
from alsnb.evaluation.bootstrap import compare_predictions, score_predictions
from alsnb.evaluation.crossval import cross_validate
from alsnb.lessons.cleaning.cleaning_lesson import compare_cohorts, show_count
from alsnb.lessons.cleaning.cleaning_mistakes import CLEANED, NEVER, TITLES, Variant
from alsnb.models.baselines import make_forest
from alsnb.published import read_published
from alsnb.report.tables import interval, signed
from alsnb.schema import ESTIMATE, HIGH, LOW, MODEL, OBSERVED, PATIENT
from alsnb.settings import n_cores
from alsnb.splits import make_folds
from alsnb.study.describe import VARIABLES, describe_patients

TREES = {"smoke": 20, "book": 30, "full": 100}
"""Trees of each forest, by profile."""

LEAST_KNOWN = 0.7
"""A forest learns from features known in this share of the cleaned cohort, as in the paper."""

PLACES = {
    "first_weight": "Weight, kg",
    "height": "Height, cm",
    "first_temperature": "Temperature, C",
    "first_fvc": "Forced vital capacity, litres",
    "first_creatinine": "Creatinine, umol/L",
    "first_glucose": "Glucose, mmol/L",
    "first_hemoglobin": "Hemoglobin, g/L",
    "first_red_cells": "Red cells, 10E12/L",
    "first_platelets": "Platelets, 10E9/L",
}
"""Features in which it shows whether units were heeded."""


def effects_of_mistakes(variants: Mapping[str, Variant]) -> pd.DataFrame:
    """Return cohort and slope after each mistake, beside those after cleaning.

    Returns
    -------
    DataFrame
        ``label``, then the columns of :data:`alsnb.lessons.cleaning.cleaning_lesson.COHORT`.
    """
    reference = variants[CLEANED].cohort
    rows = [
        {"label": TITLES[name]} | compare_cohorts(variant.cohort, reference)
        for name, variant in variants.items()
    ]
    return pd.DataFrame(rows)


def effects_on_measures(variants: Mapping[str, Variant], name: str = "no units") -> pd.DataFrame:
    """Return how a mistake changes the distribution of measurements in the cohort.

    Returns
    -------
    DataFrame
        ``measure``; ``median``, ``mean`` and ``sd`` after cleaning, and the same with the
        mistake as ``median_wrong``, ``mean_wrong`` and ``sd_wrong``.
    """
    right, wrong = (variants[key].features for key in (CLEANED, name))
    table = {"measure": list(PLACES.values())}
    for ending, features in (("", right), ("_wrong", wrong)):
        chosen = features[list(PLACES)]
        table |= {
            f"median{ending}": chosen.median().to_numpy(),
            f"mean{ending}": chosen.mean().to_numpy(),
            f"sd{ending}": chosen.std().to_numpy(),
        }
    return pd.DataFrame(table)


def compare_with_never_spoiled(variants: Mapping[str, Variant], *, is_real: bool) -> pd.DataFrame:
    """Return Table 1 and the slope of the same world, uncleaned, cleaned and never spoiled.

    Returns
    -------
    DataFrame
        ``quantity``, ``published``, ``uncleaned``, ``cleaned``, ``never_spoiled`` (NaN where no
        truth is known) and ``difference``, cleaned minus never spoiled. Of patients' tables
        shares are rounded to hundredths and patients to tens, for two columns may differ by few.
    """
    columns = {"uncleaned": "nothing", "cleaned": CLEANED, "never_spoiled": NEVER}
    found = {
        column: _describe(variants[name], is_real=is_real)
        for column, name in columns.items()
        if name in variants
    }
    table = pd.DataFrame(found).reindex(columns=list(columns)).astype(float)
    printed = _published()
    table.insert(0, "published", pd.Series(printed).reindex(table.index))
    if is_real:
        shares = [variable.title for variable in VARIABLES if variable.kind == "share"]
        table.loc[shares, list(columns)] = table.loc[shares, list(columns)].round(2)
    table["difference"] = table["cleaned"] - table["never_spoiled"]
    return table.rename_axis("quantity").reset_index()


def _describe(variant: Variant, *, is_real: bool) -> pd.Series:
    """Return medians and shares of Table 1, the size of the cohort and its slope."""
    described = describe_patients(variant.features, is_real=is_real)
    values = described.set_index("variable")["value"]
    size, slope = len(variant.features), variant.cohort.patients["slope"]
    size = round(size, -1) if is_real else size
    facts = {"Patients": size, "Slope, mean": slope.mean(), "Slope, SD": slope.std()}
    return pd.concat([values.astype(float), pd.Series(facts)])


def _published() -> dict[str, float]:
    printed = read_published()["paper_a"]["table1"]
    values = {}
    for variable in VARIABLES:
        facts = printed[variable.published]
        values[variable.title] = facts.get("median", facts.get(variable.share))
    return values


def predict_variants(
    variants: Mapping[str, Variant], *, profile: str, seed: int, n_jobs: int | None = None
) -> dict[str, pd.DataFrame]:
    """Return out-of-fold predictions by a forest that learnt from each variant.

    Patients are divided into the same folds for all; one who is not in the cleaned cohort is left
    out. What is observed is the right slope: that of the tables without a defect, where they are
    known, else that after cleaning. A patient who has none is left out.

    Returns
    -------
    dict of str to DataFrame
        A predictions frame by variant.
    """
    cleaned = variants[CLEANED]
    judge = variants.get(NEVER, cleaned).cohort.patients["slope"]
    known = cleaned.features.notna().mean() >= LEAST_KNOWN
    found = {}
    for name, variant in variants.items():
        report(f"forest: {TITLES[name]}")
        slope = variant.cohort.patients["slope"]
        both = cleaned.features.index.intersection(slope.index)
        features = variant.features.loc[both, known.index[known]]
        dividing = cleaned.cohort.patients["slope"]
        settings = {"profile": profile, "seed": seed, "n_jobs": n_jobs}
        frame = _out_of_fold(features, slope[both], dividing, name, **settings)
        frame = frame[frame[PATIENT].isin(judge.index)]
        found[name] = frame.assign(**{OBSERVED: frame[PATIENT].map(judge)})
    return found


@stored(ignore=("n_jobs",))
def _out_of_fold(
    features: pd.DataFrame,
    slope: pd.Series,
    dividing: pd.Series,
    name: str,
    *,
    profile: str,
    seed: int,
    n_jobs: int | None = None,
) -> pd.DataFrame:
    """Predict in the folds that the cleaned cohort is divided into, whoever is left of them."""
    n_folds = EFFORTS[profile].n_folds
    folds = [
        replace(
            fold,
            train=fold.train.intersection(features.index, sort=False),
            test=fold.test.intersection(features.index, sort=False),
        )
        for fold in make_folds(dividing.index, n_folds=n_folds, seed=seed, strata=dividing)
    ]
    make_model = partial(make_forest, n_trees=TREES[profile])
    return cross_validate(
        make_model, features, slope, folds, name=name, seed=seed, n_jobs=n_jobs or n_cores()
    )


def compare_mistakes(predictions: Mapping[str, pd.DataFrame], profile: str) -> pd.DataFrame:
    """Return R² after each mistake minus R² after cleaning, on the patients of both.

    Returns
    -------
    DataFrame
        ``label``, ``n_patients`` with both predictions, ``r2_cleaned`` and ``r2`` on them,
        and their difference ``estimate`` with its paired 95 % interval ``low`` to ``high``;
        below zero, the mistake costs.
    """
    n_resamples = EFFORTS[profile].n_resamples
    reference, rows = predictions[CLEANED], []
    for name, frame in predictions.items():
        if name == CLEANED:
            continue
        both = set(frame[PATIENT]) & set(reference[PATIENT])
        pair = pd.concat([reference, frame], ignore_index=True)
        pair = pair[pair[PATIENT].isin(both)]
        gap = compare_predictions(
            pair, reference=CLEANED, metrics=["r2"], n_resamples=n_resamples
        ).iloc[0]
        scores = score_predictions(pair, metrics=["r2"], n_resamples=1).set_index(MODEL)["estimate"]
        row = {"label": TITLES[name], "n_patients": len(both)}
        row |= {"r2_cleaned": scores[CLEANED], "r2": scores[name]}
        rows.append(row | {key: gap[key] for key in ("estimate", "low", "high")})
    return pd.DataFrame(rows)


def show_costs(costs: pd.DataFrame, *, is_real: bool) -> pd.DataFrame:
    """Return what mistakes cost as a page shows it."""
    return pd.DataFrame(
        {
            "tables": costs["label"],
            "patients": [show_count(n, is_real=is_real) for n in costs["n_patients"]],
            "R², cleaned": [signed(value) for value in costs["r2_cleaned"]],
            "R², these tables": [signed(value) for value in costs["r2"]],
            "difference": [
                interval(row[ESTIMATE], row[LOW], row[HIGH]) for _, row in costs.iterrows()
            ],
        }
    )


def word_costs(costs: pd.DataFrame) -> str:
    """Return in a sentence which mistakes the intervals say to cost something."""
    mistakes = costs[costs["label"] != TITLES[NEVER]]
    costly = mistakes.loc[mistakes[HIGH] < 0, "label"]
    if costly.empty:
        return "on these patients no interval lies wholly below zero"
    worst = mistakes.loc[mistakes[ESTIMATE].idxmin()]
    return (
        f"the interval lies wholly below zero for {len(costly)} of {len(mistakes)} mistakes; the "
        f'dearest is "{_in_a_sentence(worst["label"])}", at {spelled(worst)}'
    )


def spelled(row: pd.Series) -> str:
    """Return a difference of R² with its interval."""
    return interval(row[ESTIMATE], row[LOW], row[HIGH])


def show_match(table: pd.DataFrame) -> pd.DataFrame:
    """Return the comparison with the same world never spoiled as a page shows it."""
    shown = pd.DataFrame({"quantity": table["quantity"]})
    for name in table.columns[1:]:
        sizes = table["cleaned"].fillna(table["published"]).abs()
        digits = [0 if size >= 100 else 3 if size < 2 else 1 for size in sizes]
        shown[name.replace("_", " ")] = [
            signed(value, n) if pd.notna(value) else ""
            for value, n in zip(table[name], digits, strict=True)
        ]
    return shown


def _in_a_sentence(label: str) -> str:
    return label[:1].lower() + label[1:]


def show_measures(measures: pd.DataFrame) -> pd.DataFrame:
    """Return measurements as a page shows them, absurd ones as powers of ten."""
    shown = pd.DataFrame({"measure": measures["measure"]})
    for name in measures.columns[1:]:
        form = ["{:.2g}" if abs(v) >= 1e5 else "{:.2f}" for v in measures[name]]
        values = zip(form, measures[name], strict=True)
        words = [each.format(v) if pd.notna(v) else "" for each, v in values]
        shown[name.replace("_", " ")] = words
    return shown


def word_spread(effects: pd.DataFrame) -> str:
    """Return in a sentence between what standard deviations of the slope the mistakes lie."""
    cleaned = effects.loc[effects["label"] == TITLES[CLEANED], "slope_sd"].iloc[0]
    mistakes = effects[~effects["label"].isin([TITLES[CLEANED], TITLES[NEVER]])]
    least = mistakes.loc[mistakes["slope_sd"].idxmin()]
    most = mistakes.loc[mistakes["slope_sd"].idxmax()]
    return (
        f"After cleaning, the slopes have a standard deviation of {cleaned:.3f} points a month; "
        f'after the mistakes, of {least["slope_sd"]:.3f} ("{_in_a_sentence(least["label"])}") to '
        f'{most["slope_sd"]:.3f} ("{_in_a_sentence(most["label"])}").'
    )


def word_spared(table: pd.DataFrame) -> str:
    """Return in a sentence how far cleaning comes back to the tables that were never spoiled."""
    slope = table.set_index("quantity").loc["Slope, SD"]
    if np.isnan(slope["never_spoiled"]):
        return (
            f"The slopes have a standard deviation of {slope['uncleaned']:.3f} before and "
            f"{slope['cleaned']:.3f} after cleaning; what it would be without any defect is not "
            "known of these tables."
        )
    return (
        f"The standard deviation of the slope is {slope['uncleaned']:.3f} uncleaned, "
        f"{slope['cleaned']:.3f} cleaned and {slope['never_spoiled']:.3f} in the same world never "
        "spoiled."
    )


def word_heavy(measures: pd.DataFrame) -> str:
    """Return in a sentence what ignoring units does to the weight of the cohort."""
    row = measures.iloc[0]
    return (
        f"the median weight goes from {row['median']:.1f} to {row['median_wrong']:.1f} kg, the "
        f"mean from {row['mean']:.1f} to {row['mean_wrong']:.1f}, and the standard deviation from "
        f"{row['sd']:.1f} to {row['sd_wrong']:.1f}"
    )
