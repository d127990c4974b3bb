"""Measure in a prepared release what others print about PRO-ACT, each aggregate by its name."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from alsnb.cohort import Cohort
from alsnb.disclosure import inner, tell_count, tell_share, tell_shares, withhold_rows
from alsnb.published import fast_threshold
from alsnb.study.everybody import measure_everybody
from alsnb.study.proact import Study

WRITTEN_SHARES = {
    "fvc": tuple(f"fvc_{name}" for name in ("litres", "litres_2", "percent", "normal", "unit")),
    "labs": ("labs_dashes",),
}
"""Shares of a table's rows before cleaning."""


def measure_study(study: Study, revised: Study) -> dict[str, float]:
    """Return our value of every aggregate that needs no model, by name.

    Parameters
    ----------
    study, revised : Study
        The same release prepared for the ALSFRS and for the ALSFRS-R cohort.
    """
    kept, revised_kept = (
        int((one.catalogue["kept"] & one.catalogue["in_paper"]).sum()) for one in (study, revised)
    )
    return (
        {"cohort_patients": len(study.cohort.patients), "features_kept": kept}
        | {"revised_patients": len(revised.cohort.patients), "revised_features_kept": revised_kept}
        | _measure_deaths(study)
        | _measure_table_1(study)
        | _measure_tables(study)
        | measure_target(study.cohort, study.features["onset_delta"], is_real=study.source.is_real)
        | _measure_written(study)
        | measure_everybody(study)
    )


def _measure_deaths(study: Study) -> dict[str, float]:
    """Return the deaths with a day in the cohort, and how the slope goes with that day."""
    death_day = study.clean.frames["death"].set_index("subject_id")["death_day"]
    patients = study.cohort.patients
    after_zero = death_day.reindex(patients.index) - patients["time_zero_day"]
    known = after_zero.notna()
    n_known = tell_count(int(known.sum()), len(known), is_real=study.source.is_real)
    n_known = n_known if death_day.notna().any() else np.nan
    pairs = patients["slope"][known].to_numpy(), after_zero[known].to_numpy()
    # among deaths on one day, or fewer than two, nothing goes with anything
    varies = all(len(np.unique(values)) > 1 for values in pairs) and not np.isnan(n_known)
    together = np.corrcoef(*pairs)[0, 1] if varies else np.nan
    return {"deaths_in_cohort": n_known, "pcc_slope_death": together}


def _measure_table_1(study: Study) -> dict[str, float]:
    """Return medians, quartiles, shares and observed rates of the cohort.

    The paper's rate of ages is that of ages that are written; others have a day of birth.
    """
    features, is_real = study.features, study.source.is_real
    columns = {
        "age": features["age"],
        "height": features["height"],
        "weight": features["first_weight"],
        "onset": -features["onset_delta"],
        "total": features["first_alsfrs_total"],
    }
    shares = ("male", "caucasian", "riluzole")
    sites = ("limb", "bulbar", "both", "other")
    observed = columns | {name: features[name] for name in shares}
    observed["site"] = features["site_limb"]
    written = features.index.isin(study.reading.with_age)
    observed["age"] = features["age"].where(written) if written.any() else features["age"]
    del observed["total"]
    flags = {f"share_{name}": features[name] for name in shares}
    flags |= {f"observed_{name}": values.notna() for name, values in observed.items()}
    of_sites = pd.DataFrame(
        {"n_patients": [features[f"site_{site}"].sum() for site in sites]},
        index=[f"share_{site}" for site in sites],
    )
    told = withhold_rows(of_sites, ["n_patients"], rows="parts") if is_real else of_sites
    return (
        {f"{name}_median": values.median() for name, values in columns.items()}
        | {name: tell_share(values, is_real=is_real) for name, values in flags.items()}
        | (told["n_patients"] / features["site_limb"].notna().sum()).to_dict()
        | {f"{name}_low": values.quantile(0.25) for name, values in columns.items()}
        | {f"{name}_high": values.quantile(0.75) for name, values in columns.items()}
    )


def _measure_written(study: Study) -> dict[str, float]:
    """Return what the files hold before cleaning; of cells of one to four rows nothing is told."""
    written, is_real = dict(study.reading.written), study.source.is_real
    rows = study.reading.counts.set_index("table")["rows"]
    shares = {
        name: (round(written[name] * rows[table]), int(rows[table]))
        for table, names in WRITTEN_SHARES.items()
        for name in names
        if name in written and table in rows.index
    }
    told = tell_shares(shares, is_real=is_real) if is_real else {}
    if "labs_commas" in written:
        n_rows = int(rows["labs"])
        told["labs_commas"] = tell_count(int(written["labs_commas"]), n_rows, is_real=is_real)
    return written | told


def _measure_tables(study: Study) -> dict[str, float]:
    """Return how large the tables are, and the days of visits, onset and death in them."""
    frames, counts = study.clean.frames, study.reading.counts.set_index("table")
    n_subjects = study.source.n_patients
    visits = frames["alsfrs"].groupby("subject_id").size()
    onset, death = frames["history"]["onset_day"], frames["death"]["death_day"]
    is_real = study.source.is_real
    # the ends of real patients' are those of a single one
    ends = inner(visits) if is_real else visits
    measured = {"visits_min": ends.min(), "visits_mean": visits.mean(), "visits_max": ends.max()}
    measured |= _quartiles(visits, "visits", ("q1", "median", "q3"))
    for name, days in {"onset": onset, "death": death}.items():
        measured |= {f"{name}_mean": days.mean(), f"{name}_sd": days.std()}
        measured |= _quartiles(days, name, ("q1", "q2", "q3"))
    ends = inner(death) if is_real else death
    measured |= {"death_p5": ends.quantile(0.05), "death_p95": ends.quantile(0.95)}
    for name in ("alsfrs", "fvc", "death"):
        n_covered = int(counts["subjects"].get(name, 0))
        told = tell_count(n_covered, n_subjects, is_real=is_real)
        measured[f"{name}_coverage"] = told / n_subjects
    for name in ("fvc", "vitals", "labs"):
        if name in counts.index:
            measured[f"{name}_rows"] = counts.loc[name, "rows"] / counts.loc[name, "subjects"]
    return measured


def _quartiles(values: pd.Series, name: str, keys: tuple[str, str, str]) -> dict[str, float]:
    found = values.quantile([0.25, 0.5, 0.75])
    return {f"{name}_{key}": value for key, value in zip(keys, found, strict=True)}


def measure_target(
    cohort: Cohort, onset_delta: pd.Series, *, is_real: bool = False
) -> dict[str, float]:
    """Return how the slope is distributed, and how its spread goes with the time since onset.

    The latter is NaN if the time since onset is known of fewer patients than make five groups.
    What would tell of one to four real patients is left out.
    """
    slope = cohort.patients["slope"]
    ranks = onset_delta.rank(method="first")
    n_known = int(ranks.notna().sum())
    fifth = pd.qcut(ranks, 5, labels=False) if n_known >= 5 else ranks * np.nan
    by_fifth = slope.groupby(fifth)
    spread, middle = (found.reindex(range(5)) for found in (by_fifth.std(), by_fifth.mean()))
    measured = {
        "slope_sd": slope.std(),
        "slope_mean": slope.mean(),
        "slope_skew": slope.skew(),
        "share_fast": tell_share(slope < fast_threshold(), is_real=is_real),
        "sd_longest": spread[0],
        "sd_middle": spread[2],
        "sd_shortest": spread[4],
        "mean_longest": middle[0],
        "mean_shortest": middle[4],
    }
    return told(measured) if is_real else measured


def told(measured: Mapping[str, float]) -> dict[str, float]:
    """Return what may be told of real patients: what may not is NaN."""
    return {name: value for name, value in measured.items() if not np.isnan(value)}
