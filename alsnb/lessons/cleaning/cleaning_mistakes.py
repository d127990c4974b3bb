"""Make the mistakes that are made with these tables, one at a time.

A mistake gives other clean tables, hence another cohort, other features and other slopes; what
that costs is measured in :mod:`alsnb.lessons.cleaning.cleaning_costs`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from alsnb.cleaning.alsfrs import NINE, RAW_ITEMS
from alsnb.cleaning.release import CleanTables
from alsnb.cleaning.vitals import MEASURES
from alsnb.cohort import Cohort, select_cohort
from alsnb.compute.progress import report
from alsnb.features.proact import derive_features
from alsnb.lessons.cleaning.cleaning_truth import Case
from alsnb.study.proact import Study
from alsnb.tables.proact.reading import RawTables
from alsnb.tables.proact.schema import lab_tests

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


@dataclass(frozen=True, kw_only=True)
class Variant:
    """Tables cleaned in one way or another, and what follows from them."""

    cohort: Cohort
    features: pd.DataFrame

    def __repr__(self) -> str:
        return f"Variant({len(self.features):,} patients)"


def make_variants(case: Case, study: Study) -> dict[str, Variant]:
    """Return cohort and features after cleaning, after each mistake, and without any defect.

    Parameters
    ----------
    case : Case
        The release before and after cleaning.
    study : Study
        What was made of it by cleaning.

    Returns
    -------
    dict of str to Variant
        By the names of :data:`TITLES`; without :data:`NEVER` where no truth is known.
    """
    variants = {CLEANED: Variant(cohort=study.cohort, features=study.features)}
    if case.right is not None:
        variants[NEVER] = _derive(case.right, study)
    for name in MISTAKES:
        report(f"cleaning badly: {TITLES[name]}")
        variants[name] = _derive(make_mistake(name, case.raw, case.clean), study)
    return variants


def _derive(clean: CleanTables, study: Study) -> Variant:
    cohort = select_cohort(clean, study.cohort.settings)
    return Variant(cohort=cohort, features=derive_features(clean, cohort)[0])


# --- the mistakes ------------------------------------------------------------------------


def make_mistake(name: str, raw: RawTables, clean: CleanTables) -> CleanTables:
    """Return clean tables in which one of :data:`MISTAKES` was made."""
    frames = dict(clean.frames)
    if name in ("no units", "nothing"):
        frames |= _without_units(raw, clean)
    if name in ("last repeat", "nothing"):
        frames["alsfrs"] = last_repeats(raw.frames["alsfrs"])
    elif name != "no units":
        frames["alsfrs"] = _with_total(name, raw.frames["alsfrs"], clean.frames["alsfrs"])
    return replace(clean, frames=frames)


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


def last_repeats(raw: pd.DataFrame) -> pd.DataFrame:
    """Return questionnaires as written, the last row of each day, blanks counted as zero.

    A stored total is taken; where there is none, whatever was answered is added.
    """
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


def _without_units(raw: RawTables, clean: CleanTables) -> Mapping[str, pd.DataFrame]:
    """Return vital signs, vital capacity and laboratory with numbers as they were written."""
    frames = {}
    if "vitals" in raw.frames:
        frames["vitals"] = _as_written(raw.frames["vitals"], clean.frames["vitals"], MEASURES)
        height = frames["vitals"].groupby("subject_id")["height"].transform("median")
        frames["vitals"] = frames["vitals"].assign(height=height)
    if "fvc" in raw.frames:
        litres = {"litres": "subject_liters_trial_1", "percent": "pct_of_normal_trial_1"}
        frames["fvc"] = _as_written(raw.frames["fvc"], clean.frames["fvc"], litres)
    if "labs" in raw.frames:
        frames["labs"] = _labs_as_written(raw.frames["labs"], clean.frames["labs"])
    return frames


def _as_written(raw: pd.DataFrame, clean: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Return the records that cleaning kept, with the numbers of the file."""
    place = pd.Index(raw["row"]).get_indexer(clean["row"])
    return clean.assign(
        **{name: raw[raw_name].to_numpy()[place] for name, raw_name in names.items()}
    )


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
    graded = [name for name, test in lab_tests().items() if test.grades]
    both = pd.concat(
        [written[~written["measure"].isin(graded)], clean[clean["measure"].isin(graded)]],
        ignore_index=True,
    )
    keys = ["subject_id", "day", "measure"]
    return both.drop_duplicates(keys).sort_values(keys, ignore_index=True)
