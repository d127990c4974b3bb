"""Describe patients by the variables of the paper's Table 1.

Frames hold aggregates only. From data of real patients no number is in them that says of fewer
than five patients that they have, or lack, something.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import binom, binomtest

from alsnb.disclosure import SMALLEST_COUNT, tell_count

OWN = ("n_known", "observed", "value", "low", "high")
"""What a line of the description says of these patients, and of those in print."""

DESCRIPTION = (
    *("variable", "kind", *OWN),
    *(f"published_{name}" for name in OWN),
    *("difference", "interval_low", "interval_high"),
)
"""Columns of the description of a cohort.

``kind`` is ``"median"`` (with quartiles ``low`` and ``high``) or ``"share"``; ``n_known`` is the
number of patients in whom the variable is known and ``observed`` their share; ``difference`` is
``value`` less ``published_value``. Between ``interval_low`` and ``interval_high`` lies the value
among all patients of whom these are a sample, with 95 % confidence.
"""


@dataclass(frozen=True)
class Variable:
    """A line of the description: a feature, and the entry of the published table it belongs to."""

    title: str
    feature: str
    kind: str
    published: str = ""
    share: str = "share"
    sign: int = 1
    digits: int = 0


VARIABLES = (
    Variable("Age, years", "age", "median", "age_years"),
    Variable("Men", "male", "share", "sex_male"),
    Variable("Height, cm", "height", "median", "height_cm"),
    Variable("Caucasian", "caucasian", "share", "caucasian"),
    Variable("Weight at first, kg", "first_weight", "median", "weight_first_kg", digits=1),
    Variable(
        "Days from onset to time zero", "onset_delta", "median", "time_of_onset_days", sign=-1
    ),
    Variable("Onset: limb", "site_limb", "share", "onset_site", share="spinal"),
    Variable("Onset: bulbar", "site_bulbar", "share", "onset_site", share="bulbar"),
    Variable("Onset: both", "site_both", "share", "onset_site", share="both"),
    Variable("Onset: other", "site_other", "share", "onset_site", share="other"),
    Variable("ALSFRS total at first", "first_alsfrs_total", "median", "alsfrs_total_first"),
    Variable("Riluzole", "riluzole", "share", "riluzole_use"),
)
"""The lines of the paper's Table 1."""


def describe_patients(
    features: pd.DataFrame, variables: tuple[Variable, ...] = VARIABLES, *, is_real: bool
) -> pd.DataFrame:
    """Return a row per variable of patients with these features, columns :data:`DESCRIPTION`."""
    rows, fewest = [], SMALLEST_COUNT if is_real else 1
    for variable in variables:
        known = variable.sign * features[variable.feature].dropna()
        n_known = tell_count(len(known), len(features), is_real=is_real)
        row = {"variable": variable.title, "kind": variable.kind, "n_known": n_known}
        row["observed"] = n_known / max(len(features), 1)
        if variable.kind == "median":
            # of too few no quartile is told
            known = known[:0] if np.isnan(n_known) else known
            row["low"], row["value"], row["high"] = known.quantile([0.25, 0.5, 0.75])
            bounds = interval_of_median(known, fewest=fewest)
            row["interval_low"], row["interval_high"] = bounds
        elif len(known):
            n_with = tell_count(int(known.sum()), len(known), is_real=is_real)
            row["value"] = np.nan if np.isnan(n_known) else n_with / len(known)
            if not np.isnan(n_with) and not np.isnan(n_known):
                interval = binomtest(int(n_with), len(known)).proportion_ci(method="wilson")
                row["interval_low"], row["interval_high"] = interval
        rows.append(row)
    table = pd.DataFrame(rows).reindex(columns=list(DESCRIPTION))
    return _withhold_second(table, variables) if is_real else table


def interval_of_median(
    values: pd.Series, level: float = 0.95, *, fewest: int = 1
) -> tuple[float, float]:
    """Return an interval of the median that holds for any distribution, from the ranks.

    The number of values below the median is binomial; with fewer than six values there is none, nor
    where a bound would be nearer to an end than the value at place ``fewest``.
    """
    ordered, n = np.sort(values.to_numpy(dtype=float)), len(values)
    rank = int(binom.ppf((1 - level) / 2, n, 0.5))
    if n < 1 or rank < fewest:
        return np.nan, np.nan
    return ordered[rank - 1], ordered[n - rank]


def _withhold_second(table: pd.DataFrame, variables: tuple[Variable, ...]) -> pd.DataFrame:
    """Withhold a second share where one of several that add up to all is withheld.

    The first would otherwise be what the others lack to all.
    """
    value = table["value"].copy()
    parts = pd.Series([v.published if v.share != "share" else "" for v in variables])
    for part in parts[parts != ""].unique():
        lines = value[parts == part]
        if lines.isna().sum() == 1 and (known := lines[lines > 0]).size:
            value[known.idxmin()] = np.nan
    withheld = value.isna()
    bounds = {name: table[name].mask(withheld) for name in ("interval_low", "interval_high")}
    return table.assign(value=value, **bounds)
