"""Show what the cleaning did to a release, rule by rule, and what it costs to clean badly.

A switch of the cleaning, or a mistake in it, gives other clean tables, hence another cohort,
other features and other slopes. A forest that learnt from the tables as a mistake left them is
judged out of fold by the right slopes, beside one that learnt from the tables as cleaned.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from alsnb.cleaning.alsfrs import NINE, RAW_ITEMS
from alsnb.cleaning.expected import compare_with_expected
from alsnb.cleaning.release import CLEAN_BY_SUBJECT, CLEAN_OVER_TIME, CleanTables, describe_rules
from alsnb.cleaning.settings import DEFAULTS, CleaningSettings
from alsnb.cleaning.vitals import CM_PER_INCH, KG_PER_POUND, MEASURES
from alsnb.cohort import Cohort, select_cohort
from alsnb.compute.progress import report
from alsnb.disclosure import SMALLEST_COUNT
from alsnb.effort import room_efforts
from alsnb.evaluation.bootstrap import compare_predictions, score_predictions
from alsnb.features.proact import derive_features
from alsnb.fits.inputs import make_inputs
from alsnb.fits.references import cross_validate_reference
from alsnb.published import read_published
from alsnb.report.say import lower_first
from alsnb.report.tables import interval
from alsnb.schema import ESTIMATE, HIGH, LOW, MODEL, OBSERVED, PATIENT
from alsnb.splits import make_folds
from alsnb.study.defects import (
    NOT_VALUES,
    PUT_RIGHT,
    VERDICTS,
    WRONG,
    Case,
    judge_defects,
    judge_rest,
    open_case,
)
from alsnb.study.describe import VARIABLES, describe_patients
from alsnb.study.losses.find import find_losses as losses_of_release
from alsnb.study.proact import Study
from alsnb.tables.proact import schema
from alsnb.vocabulary import FOREST

EFFORTS = room_efforts(n_forest_trees={"smoke": 20, "book": 30, "full": 100})
"""The efforts of the chapter; it has several forests, each of so many trees."""

SWITCHES = (
    ("screening_visits", False, ("alsfrs",)),
    ("both_cuttings", "5b", ("alsfrs",)),
    ("both_cuttings", "higher", ("alsfrs",)),
    ("respiratory_from", "mean", ("alsfrs",)),
    ("recompute_totals", False, ("alsfrs",)),
    ("conflicting_days", "first", ("alsfrs", "vitals")),
    ("truncate_after_death", False, tuple(CLEAN_OVER_TIME)),
    ("trials", "mean", ("fvc", "svc")),
    ("trials", "first", ("fvc", "svc")),
    ("litres_from_percent", False, ("fvc", "svc")),
    ("unlabelled_units", False, ("vitals", "labs")),
    ("pounds_above", 160.0, ("vitals",)),
    ("fill_pressure_from_posture", False, ("vitals",)),
    ("rescale_blood_cells", False, ("labs",)),
    ("unitless_white_cells", "rescale", ("labs",)),
    ("censored_results", "drop", ("labs",)),
    ("age_from_birth_day", False, ("demographics",)),
    ("several_onsets", "first", ("history",)),
    ("onset_after_diagnosis", "swap", ("history",)),
)
"""Every setting of the cleaning with its other values, and the tables it concerns."""

READING = {
    "broken line": "it has not as many cells as the header, so none can be trusted",
    "footer or no subject": "a remark of the database, or a row that belongs to nobody",
    "test not used": "no feature is made of it",
}
"""Reasons of the rules that are applied while reading."""

COHORT = ("n_patients", "more_or_fewer", "slope_mean", "slope_sd", "slopes_moved")
"""What is said of a cohort beside another: patients, how many more than there, mean and SD of the
slope in points per month, and patients of both whose slope is not the same."""

CLEANED, NEVER = "cleaned", "never spoiled"

TITLES = {
    CLEANED: "Cleaned",
    NEVER: "Never spoiled",
    "tenth twice": "Item 10 and R-1 both added",
    "cutting twice": "5a and 5b both added",
    "blanks as zero": "Blank items counted as zero",
    "stored total": "The stored total, and nothing else",
    "last repeat": "Last of a day's rows, as it is",
    "no units": "Units ignored",
    "nothing": "Nothing cleaned",
}
"""What a reader calls the cleaned tables, those without a defect, and each mistake."""

MISTAKES = tuple(TITLES)[2:]

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


# --- the audit ---------------------------------------------------------------------------


def balance_rows(prepared: Study) -> pd.DataFrame:
    """Return the account of the rows of every table that is cleaned.

    Columns ``table``, ``in_file``, ``left_out`` (what the audit names), ``clean``, and what is
    ``unexplained``. Of patients' tables the others are rounded to tens, so that no small
    difference can be worked out.
    """
    audit = prepared.clean.audit
    by_table = _rows_lost(audit).groupby(audit["table"], sort=False).sum()
    frame = pd.DataFrame({"table": by_table.index, "left_out": by_table.to_numpy()})
    frame.insert(1, "in_file", frame["table"].map(prepared.counts.set_index("table")["rows"]))
    frame["clean"] = [len(prepared.clean.frames[table]) for table in frame["table"]]
    frame["unexplained"] = frame["in_file"] - frame["left_out"] - frame["clean"]
    counts = frame[["in_file", "left_out", "clean"]]
    is_real = prepared.source.is_real
    return frame.assign(**(counts / 10).round().astype("int64") * 10) if is_real else frame


def find_losses(case: Case) -> pd.DataFrame:
    """Return what is lost of features and patients, :data:`alsnb.study.losses.terms.LOSSES`."""
    losses, _ = losses_of_release(case.raw, case.clean)
    return losses


def sum_up_costs(losses: pd.DataFrame) -> str:
    """Return the features and patients that losses cost, each once."""
    return ", ".join(losses["costs"].str.split(", ").explode().dropna().unique())


def _rows_lost(audit: pd.DataFrame) -> pd.Series:
    return audit["rows_before"] - audit["rows_after"]


def list_rules(case: Case) -> pd.DataFrame:
    """Return what every rule touched, and its ``reason``, as :func:`compare_with_expected` does.

    In ``without_defects`` are the rows and values that the rule touches where every defect was
    undone, NaN if no truth is known.
    """
    keys = ["table", "rule"]
    rules = compare_with_expected(case.clean.audit).drop(columns="seen")
    reasons = rules[keys].merge(describe_rules(), how="left")["reason"]
    reasons = reasons.fillna(rules["rule"].map(READING)).fillna("")
    rules.insert(2, "reason", reasons)
    if case.right is None:
        return rules.assign(without_defects=np.nan)
    audit = case.right.audit.set_index(keys)
    touched = (_rows_lost(audit) + audit["values_changed"]).astype(float)
    found = touched.reindex(pd.MultiIndex.from_frame(rules[keys]))
    return rules.assign(without_defects=found.to_numpy())


def busiest_rules(rules: pd.DataFrame, without: str, per_table: int) -> pd.DataFrame:
    """Return of all tables but one the rules that touched most, in the order of application."""
    others = rules[(rules["table"] != without) & (rules["rule"] != "test not used")]
    touched = _touched(others)
    rank = touched.groupby(others["table"]).rank(method="first", ascending=False)
    return others[(rank <= per_table) & (touched > 0)]


def _touched(rules: pd.DataFrame) -> pd.Series:
    return rules[["rows", "values"]].max(axis=1)


def found_and_expected(rules: pd.DataFrame) -> pd.DataFrame:
    """Return the counts ``found`` and ``expected`` of rules where both are at least five."""
    frame = rules.assign(label=rules["table"] + ": " + rules["rule"], found=_touched(rules))
    enough = (frame[["found", "patients", "expected"]] >= SMALLEST_COUNT).all(axis=1)
    return frame.loc[enough, ["label", "found", "expected", "order"]].reset_index(drop=True)


def hard_kinds(verdicts: pd.DataFrame) -> pd.DataFrame:
    """Return the kinds of which under 95 % were put right, worst first, with a ``label``."""
    shares = verdicts[[PUT_RIGHT, WRONG]].div(verdicts["defects"], axis=0)
    hard = shares[shares[PUT_RIGHT] < 0.95]
    order = hard.sort_values([WRONG, PUT_RIGHT], ascending=[False, True], kind="stable").index
    hard = verdicts.loc[order].reset_index(drop=True)
    return hard.assign(label=hard["table"] + ": " + hard["kind"])


def share_verdicts(verdicts: pd.DataFrame) -> dict[str, float]:
    """Return the number of ``defects`` and the share of them with each verdict."""
    total = verdicts[["defects", *VERDICTS]].astype("int64").sum()
    return {"defects": total["defects"]} | (total[[*VERDICTS]] / total["defects"]).to_dict()


def sum_up_harm(rest: pd.DataFrame) -> dict[str, float]:
    """Return ``values`` without a defect, how many were ``lost`` or ``changed``, and ``one_in``."""
    total = rest[["values", "changed", "lost"]].astype("int64").sum()
    n_harmed = total["changed"] + total["lost"]
    return total.to_dict() | {"one_in": total["values"] / n_harmed if n_harmed else np.inf}


# --- switches ----------------------------------------------------------------------------


def effects_of_switches(case: Case, cohort: Cohort) -> pd.DataFrame:
    """Return what every switch of the cleaning changes, one at a time.

    Columns ``switch``, ``value`` instead of the default, ``tables`` it concerns,
    ``values_changed`` in them, and those of :data:`COHORT`.
    """
    row = {"switch": "all at their defaults", "value": "", "tables": "", "values_changed": 0}
    rows = [row | _compare_cohorts(cohort, cohort)]
    for name, value, concerned in SWITCHES:
        there = tuple(table for table in concerned if table in case.raw.frames)
        other = _clean_again(case, replace(DEFAULTS, **{name: value}), there)
        changed = sum(_count_changes(case.clean.frames[t], other.frames[t]) for t in there)
        now = select_cohort(other, cohort.settings) if "alsfrs" in there else cohort
        row = {"switch": name, "value": str(value), "tables": ", ".join(there)}
        rows.append(row | {"values_changed": changed} | _compare_cohorts(now, cohort))
    return pd.DataFrame(rows)


def _clean_again(case: Case, settings: CleaningSettings, concerned: tuple[str, ...]) -> CleanTables:
    """Return clean tables of which some were cleaned with other settings."""
    frames = dict(case.clean.frames)
    for table in concerned:
        if table in CLEAN_BY_SUBJECT:
            frames[table], _ = CLEAN_BY_SUBJECT[table](case.raw.frames[table], settings)
        else:
            make, death = CLEAN_OVER_TIME[table], case.clean.frames["death"]
            frames[table], _ = make(case.raw.frames[table], settings, death)
    return replace(case.clean, frames=frames)


def _count_changes(old: pd.DataFrame, new: pd.DataFrame) -> int:
    """Return how many values of a clean table are others, gone or new, by key and column."""
    keys = [name for name in ("subject_id", "day", "measure") if name in old]
    values = old.columns.difference([*keys, *NOT_VALUES])
    if len(old) == len(new) and old[keys].equals(new[keys]):
        return sum(int(_differs(old[name], new[name]).sum()) for name in values)
    n_changed = 0
    for name in values:
        known = [frame.loc[frame[name].notna(), [*keys, name]] for frame in (old, new)]
        marks = [pd.util.hash_pandas_object(one, index=False).to_numpy() for one in known]
        n_both = len(np.intersect1d(*marks, assume_unique=True))
        n_changed += max(len(marks[0]), len(marks[1])) - n_both
    return n_changed


def _differs(old: pd.Series, new: pd.Series) -> np.ndarray:
    if isinstance(old.dtype, pd.CategoricalDtype):
        old, new = old.astype(object), new.astype(object)
    return (old.ne(new) & ~(old.isna() & new.isna())).to_numpy(bool)


def find_top_switch(effects: pd.DataFrame) -> pd.Series | None:
    """Return the switch that moves most slopes; None if none moves those of five patients."""
    others = effects.iloc[1:]
    if not len(others) or others["slopes_moved"].max() < SMALLEST_COUNT:
        return None
    return others.loc[others["slopes_moved"].idxmax()]


def _compare_cohorts(cohort: Cohort, reference: Cohort) -> dict[str, float]:
    """Return the columns :data:`COHORT` of a cohort beside the one it might have been."""
    slope, other = cohort.patients["slope"], reference.patients["slope"]
    both = slope.index.intersection(other.index)
    moved = np.abs(slope[both] - other[both]) > 1e-9
    values = (len(slope), len(slope) - len(other), slope.mean(), slope.std(), int(moved.sum()))
    return dict(zip(COHORT, values, strict=True))


# --- mistakes ----------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class _Variant:
    """Tables cleaned in one way or another, and what follows from them."""

    cohort: Cohort
    features: pd.DataFrame

    def __repr__(self) -> str:
        return f"_Variant({len(self.features):,} patients)"


def make_variants(case: Case, prepared: Study) -> dict[str, _Variant]:
    """Return cohort and features by the names of :data:`TITLES`, never spoiled only if known.

    A mistake that leaves nobody in the cohort, such as to trust totals that nobody stored, is left
    out; :func:`name_impossible` says which.
    """
    variants = {CLEANED: _Variant(cohort=prepared.cohort, features=prepared.features)}
    if case.right is not None:
        variants[NEVER] = _derive(case.right, prepared)
    for name in MISTAKES:
        report(f"cleaning badly: {TITLES[name]}")
        variant = _derive(_make_mistake(name, case), prepared)
        if len(variant.cohort.patients):
            variants[name] = variant
    return variants


def name_impossible(variants: Mapping[str, _Variant]) -> list[str]:
    """Return the titles of the mistakes that are not among the variants."""
    return [lower_first(TITLES[name]) for name in MISTAKES if name not in variants]


def _derive(clean: CleanTables, prepared: Study) -> _Variant:
    cohort = select_cohort(clean, prepared.cohort.settings)
    return _Variant(cohort=cohort, features=derive_features(clean, cohort)[0])


def _make_mistake(name: str, case: Case) -> CleanTables:
    """Return clean tables in which one of :data:`MISTAKES` was made."""
    frames, asked = dict(case.clean.frames), case.raw.frames["alsfrs"]
    if name in ("no units", "nothing"):
        frames |= _without_units(case)
    if name in ("last repeat", "nothing"):
        frames["alsfrs"] = _last_repeats(asked)
    elif name != "no units":
        frames["alsfrs"] = _with_total(name, asked, frames["alsfrs"])
    return replace(case.clean, frames=frames)


def _with_total(name: str, raw: pd.DataFrame, clean: pd.DataFrame) -> pd.DataFrame:
    """Return clean questionnaires with a total that was added up wrongly."""
    asked = raw.iloc[pd.Index(raw["row"]).get_indexer(clean["row"])].reset_index(drop=True)
    if name == "stored total":
        return clean.assign(total=asked["alsfrs_total"])
    if name == "blanks as zero":
        return clean.assign(total=_sum_of_ten(asked))
    first, second = {
        "tenth twice": ("respiratory", "dyspnea"),
        "cutting twice": ("cutting_without", "cutting_with"),
    }[name]
    both = asked[RAW_ITEMS[first]].notna() & asked[RAW_ITEMS[second]].notna()
    return clean.assign(total=clean["total"] + asked[RAW_ITEMS[second]].where(both, 0.0))


def _sum_of_ten(asked: pd.DataFrame) -> pd.Series:
    """Return the sum of the items of the original scale, blanks as zero, 5a before 5b."""
    cutting = asked[RAW_ITEMS["cutting_without"]].fillna(asked[RAW_ITEMS["cutting_with"]])
    others = [RAW_ITEMS[name] for name in (*NINE, "respiratory") if name != "cutting"]
    return asked[others].sum(axis=1) + cutting.fillna(0.0)


def _last_repeats(raw: pd.DataFrame) -> pd.DataFrame:
    """Return the last questionnaire of each day; without a stored total, all answers are added."""
    names = {raw_name: name for name, raw_name in RAW_ITEMS.items()}
    frame = raw.rename(columns=names | {"alsfrs_delta": "day"})
    frame["total"] = raw["alsfrs_total"].fillna(_sum_of_ten(raw))
    frame["total_revised"] = raw["alsfrs_r_total"]
    frame["cutting"] = frame["cutting_without"].fillna(frame["cutting_with"])
    frame["gastrostomy"] = frame["cutting_with"].notna().astype(float)
    frame = frame[frame["day"].notna()].drop_duplicates(["subject_id", "day"], keep="last")
    columns = ["subject_id", "day", *NINE, "respiratory", "dyspnea", "orthopnea", "insufficiency"]
    columns += ["total", "total_revised", "gastrostomy", "row"]
    return frame[columns].sort_values(["subject_id", "day"], ignore_index=True)


def _without_units(case: Case) -> dict[str, pd.DataFrame]:
    """Return vital signs, vital capacity and laboratory with numbers as they were written."""
    raw, clean, frames = case.raw.frames, case.clean.frames, {}
    if "vitals" in raw:
        vitals = _as_written(raw["vitals"], clean["vitals"], MEASURES)
        height = vitals.groupby("subject_id")["height"].transform("median")
        frames["vitals"] = vitals.assign(height=height)
    if "fvc" in raw:
        litres = {"litres": "subject_liters_trial_1", "percent": "pct_of_normal_trial_1"}
        frames["fvc"] = _as_written(raw["fvc"], clean["fvc"], litres)
    if "labs" in raw:
        frames["labs"] = _labs_as_written(raw["labs"], clean["labs"])
    return frames


def _as_written(raw: pd.DataFrame, clean: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Return the records that cleaning kept, with the numbers of the file."""
    place = pd.Index(raw["row"]).get_indexer(clean["row"])
    written = {name: raw[raw_name].to_numpy()[place] for name, raw_name in names.items()}
    return clean.assign(**written)


def _labs_as_written(raw: pd.DataFrame, clean: pd.DataFrame) -> pd.DataFrame:
    """Return every result that is a number, the first of a day; grades as cleaning read them."""
    texts = raw["test_result"].cat.categories
    numbers = pd.to_numeric(texts, errors="coerce").to_numpy(float)
    value = np.append(numbers, np.nan)[raw["test_result"].cat.codes.to_numpy()]
    written = pd.DataFrame(
        {
            "subject_id": raw["subject_id"],
            "day": raw["laboratory_delta"],
            "measure": pd.Categorical(raw["measure"], clean["measure"].cat.categories),
            "value": value,
            "censored": False,
            "row": raw["row"],
        }
    )
    written = written[np.isfinite(value) & written["day"].notna().to_numpy()]
    graded = [name for name, test in schema.lab_tests().items() if test.grades]
    is_graded = [frame["measure"].isin(graded) for frame in (written, clean)]
    both = pd.concat([written[~is_graded[0]], clean[is_graded[1]]], ignore_index=True)
    keys = ["subject_id", "day", "measure"]
    return both.drop_duplicates(keys).sort_values(keys, ignore_index=True)


# --- what they cost ----------------------------------------------------------------------


def effects_of_mistakes(variants: Mapping[str, _Variant]) -> pd.DataFrame:
    """Return ``label`` and the columns :data:`COHORT` of each variant, beside those cleaned."""
    cleaned = variants[CLEANED].cohort
    rows = [_compare_cohorts(variant.cohort, cleaned) for variant in variants.values()]
    frame = pd.DataFrame(rows)
    frame.insert(0, "label", [TITLES[name] for name in variants])
    return frame


def sum_up_spread(effects: pd.DataFrame) -> dict[str, object]:
    """Return the SD of the slope ``cleaned``, ``least`` and ``most`` of the mistakes, and which."""
    spread = effects.set_index("label")["slope_sd"]
    mistakes = spread.drop([TITLES[CLEANED], TITLES[NEVER]], errors="ignore")
    found = {"cleaned": spread[TITLES[CLEANED]]}
    for name, label in (("least", mistakes.idxmin()), ("most", mistakes.idxmax())):
        found |= {name: mistakes[label], f"{name}_label": lower_first(label)}
    return found


def effects_on_measures(variants: Mapping[str, _Variant]) -> pd.DataFrame:
    """Return how ignored units change the distribution of measurements in the cohort.

    Columns ``measure``, ``median``, ``mean``, ``sd``, and with the mistake ``median_wrong`` etc.
    """
    table = {"measure": list(PLACES.values())}
    for ending, name in (("", CLEANED), ("_wrong", "no units")):
        chosen = variants[name].features[list(PLACES)]
        found = {"median": chosen.median(), "mean": chosen.mean(), "sd": chosen.std()}
        table |= {f"{key}{ending}": values.to_numpy() for key, values in found.items()}
    return pd.DataFrame(table)


def compare_with_never_spoiled(variants: Mapping[str, _Variant], *, is_real: bool) -> pd.DataFrame:
    """Return Table 1 and the slope as ``published``, uncleaned, cleaned and never spoiled.

    The last is NaN where no truth is known; ``difference`` is cleaned minus never spoiled. Of
    patients' tables shares are rounded to hundredths and patients to tens, for two columns may
    differ by few.
    """
    names = {"nothing": "uncleaned", CLEANED: "cleaned", NEVER: "never_spoiled"}
    columns, there = list(names.values()), [name for name in names if name in variants]
    found = {names[name]: _describe(variants[name], is_real=is_real) for name in there}
    table = pd.DataFrame(found).reindex(columns=columns).astype(float)
    printed = read_published()["paper_a"]["table1"]
    facts = [(v.title, printed[v.published], v.share) for v in VARIABLES]
    known = {title: fact.get("median", fact.get(share)) for title, fact, share in facts}
    table.insert(0, "published", pd.Series(known).reindex(table.index))
    if is_real:
        shares = [variable.title for variable in VARIABLES if variable.kind == "share"]
        table.loc[shares, columns] = table.loc[shares, columns].round(2)
    table["difference"] = table["cleaned"] - table["never_spoiled"]
    return table.rename_axis("quantity").reset_index()


def _describe(variant: _Variant, *, is_real: bool) -> pd.Series:
    """Return medians and shares of Table 1, the size of the cohort and its slope."""
    described = describe_patients(variant.features, is_real=is_real).set_index("variable")
    size, slope = len(variant.features), variant.cohort.patients["slope"]
    size = round(size, -1) if is_real else size
    facts = {"Patients": size, "Slope, mean": slope.mean(), "Slope, SD": slope.std()}
    return pd.concat([described["value"].astype(float), pd.Series(facts)])


def predict_variants(
    variants: Mapping[str, _Variant],
    *,
    n_folds: int,
    n_trees: int,
    seed: int,
    n_jobs: int | None = None,
) -> dict[str, pd.DataFrame]:
    """Return out-of-fold predictions by a forest that learnt from each variant.

    All use the same folds. What is observed is the right slope: that of the tables without a
    defect where they are known, else that after cleaning. Who has none, or is not in the cleaned
    cohort, is left out.
    """
    cleaned = variants[CLEANED]
    dividing = cleaned.cohort.patients["slope"]
    judge = variants.get(NEVER, cleaned).cohort.patients["slope"]
    folds = make_folds(dividing.index, n_folds=n_folds, seed=seed, strata=dividing)
    known = cleaned.features.notna().mean() >= LEAST_KNOWN
    found = {}
    for name, variant in variants.items():
        slope = variant.cohort.patients["slope"]
        both = cleaned.features.index.intersection(slope.index)
        inputs = make_inputs(variant.features.loc[both, known.index[known]], slope[both], folds)
        frame = cross_validate_reference(inputs, FOREST, size=n_trees, seed=seed, n_jobs=n_jobs)
        frame = frame[frame[PATIENT].isin(judge.index)]
        found[name] = frame.assign(**{MODEL: name, OBSERVED: frame[PATIENT].map(judge)})
    return found


def compare_mistakes(predictions: Mapping[str, pd.DataFrame], *, n_resamples: int) -> pd.DataFrame:
    """Return ``r2`` after each mistake, ``r2_cleaned``, and their paired difference.

    All are of the ``n_patients`` with both predictions; below zero, the mistake costs.
    """
    others, rows = dict(predictions), []
    reference = others.pop(CLEANED)
    for name, frame in others.items():
        both = set(frame[PATIENT]) & set(reference[PATIENT])
        pair = pd.concat([reference, frame], ignore_index=True)
        pair = pair[pair[PATIENT].isin(both)]
        how = {"metrics": ["r2"], "n_resamples": n_resamples}
        gap = compare_predictions(pair, reference=CLEANED, **how).iloc[0]
        scores = score_predictions(pair, metrics=["r2"], n_resamples=1).set_index(MODEL)[ESTIMATE]
        row = {"label": TITLES[name], "n_patients": len(both)}
        row |= {"r2_cleaned": scores[CLEANED], "r2": scores[name]}
        rows.append(row | {key: gap[key] for key in (ESTIMATE, LOW, HIGH)})
    return pd.DataFrame(rows)


def sum_up_prices(prices: pd.DataFrame) -> dict[str, object]:
    """Return ``n_costly`` of ``n_mistakes`` by their intervals; the worst, and its difference."""
    mistakes = prices[prices["label"] != TITLES[NEVER]]
    worst = mistakes.loc[mistakes[ESTIMATE].idxmin()]
    return {
        "n_costly": int((mistakes[HIGH] < 0).sum()),
        "n_mistakes": len(mistakes),
        "worst": lower_first(worst["label"]),
        "difference": interval(worst[ESTIMATE], worst[LOW], worst[HIGH]),
    }
