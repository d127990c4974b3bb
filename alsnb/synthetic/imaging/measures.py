"""Measure on a simulated cohort what others measured on people."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from alsnb.synthetic.imaging.draw import Scan, SimulatedCohort, expand
from alsnb.synthetic.imaging.spread import SEEDS, reached_edges
from alsnb.synthetic.imaging.template import read_template, to_matrices

N_PAIRS = 60
"""People among whom all pairs are compared."""

N_COMPONENTS_OF = 200
"""People whose components are counted, as many as in the reference."""

N_DIAGNOSED = (404, 98)
"""Patients and controls who are told apart, as many as in the reference."""

VISITS_APART_MONTHS = 5.5
"""Between the two scans of Verstraete et al. (2014)."""


def measure_connections(counts: np.ndarray) -> dict[str, float]:
    """Measure which connections exist in healthy people and how they vary, counts (n, 2278)."""
    exists = counts > 0
    share = exists.mean(axis=0)
    return {
        "density": share.mean(),
        "density_sd": exists.mean(axis=1).std(ddof=1),
        # as in the reference, whose 212 people miss what is rarer
        "in_everybody": exists[:212].all(axis=0).mean(),
        "in_nobody": (~exists[:212].any(axis=0)).mean(),
        "uncertain": ((share >= 0.05) & (share <= 0.95)).mean(),
        **_overlap(exists[:N_PAIRS].astype(float)),
        **_log_counts(counts[:, share >= 0.9], np.flatnonzero(share >= 0.9)),
        **_components(counts[:N_COMPONENTS_OF, share >= 0.75]),
        **_strengths(counts),
    }


def _overlap(exists: np.ndarray) -> dict[str, float]:
    pairs = np.triu_indices(len(exists), 1)
    both, size = exists @ exists.T, exists.sum(axis=1)
    dice = 2 * both / (size[:, None] + size)
    return {"dice": np.median(dice[pairs]), "phi": np.median(np.corrcoef(exists)[pairs])}


def _log_counts(counts: np.ndarray, numbers: np.ndarray) -> dict[str, float]:
    template = read_template()
    log = _filled_log(counts)
    correlation = np.corrcoef(log.T)
    ends = [template.rows[numbers], template.columns[numbers]]
    shares = np.logical_or.reduce([a[:, None] == b for a in ends for b in ends])
    pairs = np.triu_indices(len(numbers), 1)
    shares, correlation = shares[pairs], correlation[pairs]
    sd, centred = log.std(axis=0, ddof=1), log - log.mean(axis=0)
    left = centred - centred.mean(axis=1, keepdims=True)
    people = np.corrcoef(log[:N_PAIRS])[np.triu_indices(min(N_PAIRS, len(log)), 1)]
    return {
        "log_count_sd": sd.mean(),
        "sd_mean_correlation": np.corrcoef(sd, log.mean(axis=0))[0, 1],
        "people_correlation": np.median(people),
        "sharing_correlation": correlation[shares].mean(),
        "other_correlation": correlation[~shares].mean(),
        "global_share": 1 - (left**2).sum() / (centred**2).sum(),
    }


def _filled_log(counts: np.ndarray) -> np.ndarray:
    """Return log counts, with the mean of the others where a connection was not found."""
    log = np.log(np.maximum(counts, 1), dtype=float)
    found = counts > 0
    mean = (log * found).sum(axis=0) / found.sum(axis=0)
    return np.where(found, log, mean)


def _components(counts: np.ndarray) -> dict[str, float]:
    log = _filled_log(counts)
    scores = (log - log.mean(axis=0)) / log.std(axis=0)
    values = np.linalg.svd(scores, compute_uv=False) ** 2
    held = np.cumsum(values) / values.sum()
    names = {"components_half": 0.5, "components_most": 0.8}
    return {name: float(1 + np.searchsorted(held, share)) for name, share in names.items()}


def _strengths(counts: np.ndarray) -> dict[str, float]:
    strength = to_matrices(counts.astype(float)).sum(axis=1)
    correlation = np.corrcoef(strength.T)
    total = strength.sum(axis=1)
    return {
        "strength_eigenvalue": np.linalg.eigvalsh(correlation)[-1] / len(correlation),
        "strength_correlation": np.median(correlation[np.triu_indices(len(correlation), 1)]),
        "strength_cv": (strength.std(axis=0) / strength.mean(axis=0)).mean(),
        "total_cv": total.std() / total.mean(),
    }


def measure_morphology(people: pd.DataFrame, scan: Scan, again: Scan) -> dict[str, float]:
    """Measure thickness, area and volumes of healthy people, scanned twice."""
    template = read_template()
    facts, volumes = template.regions, template.volumes.index
    residual, slopes = _at_one_age(people, scan.thickness)
    second, _ = _at_one_age(people, again.thickness)
    retest = _retest(residual, second)
    correlation = np.corrcoef(residual.T)
    pairs = np.triu_indices(len(correlation), 1)
    half = len(correlation) // 2
    precentral = facts.index.get_indexer(SEEDS)
    hippocampus = volumes.get_loc("Left-Hippocampus")
    head = scan.volumes[:, volumes.get_loc("eTIV")] / 1e6
    women = (people["sex"] == "female").to_numpy()
    small = np.log(scan.volumes[:, [hippocampus]]), np.log(again.volumes[:, [hippocampus]])
    by_sex = [_at_one_age(people, values)[0] for values in small]
    return {
        "thickness_means": np.corrcoef(scan.thickness.mean(axis=0), facts["thickness_mean"])[0, 1],
        "thickness_sd_ratio": np.median(residual.std(axis=0) / facts["thickness_sd"]),
        "precentral_sd": residual.std(axis=0)[precentral[0]],
        "thickness_correlation": np.median(correlation[pairs]),
        "thickness_eigenvalue": np.linalg.eigvalsh(correlation)[-1] / len(correlation),
        "sides_correlation": np.diagonal(correlation[:half, half:]).mean(),
        "etiv_women": head[women].mean(),
        "etiv_men": head[~women].mean(),
        "hippocampus_cv": _at_one_age(people.assign(sex=""), small[0])[0].std(),
        "thickness_retest": np.median(retest),
        "precentral_retest": retest[precentral].mean(),
        "hippocampus_retest": _retest(*by_sex)[0],
        "thickness_ageing": _percent(slopes, scan.thickness),
        "area_ageing": _percent(_at_one_age(people, scan.area)[1], scan.area),
        "volume_ageing": _percent(_at_one_age(people, scan.volume)[1], scan.volume),
    }


def _at_one_age(people: pd.DataFrame, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what age, sex and scanner leave unexplained, and the slopes over age."""
    known = np.column_stack(
        [
            np.ones(len(people)),
            people["age_years"] - people["age_years"].mean(),
            people["sex"] == "female",
            people["scanner"] == "B",
        ]
    ).astype(float)
    fitted, *_ = np.linalg.lstsq(known, values, rcond=None)
    return values - known @ fitted, fitted[1]


def _retest(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    first, second = ((x - x.mean(axis=0)) / x.std(axis=0) for x in (first, second))
    return (first * second).mean(axis=0)


def _percent(slopes: np.ndarray, values: np.ndarray) -> float:
    """Return the mean slope over regions, in % a year of the mean value."""
    return float(100 * np.mean(slopes / values.mean(axis=0)))


def measure_patients(patients: pd.DataFrame) -> dict[str, float]:
    """Measure the case mix."""
    median: Callable[[str], float] = lambda name: float(patients[name].median())  # noqa: E731
    months, total = patients["onset_to_scan_months"], patients["alsfrs_r_total"]
    return {
        "onset_age": median("age_at_onset_years"),
        "female": (patients["sex"] == "female").mean(),
        "bulbar": (patients["site_of_onset"] == "bulbar").mean(),
        "delay": median("diagnostic_delay_months"),
        "duration_q1": months.quantile(0.25),
        "duration": months.median(),
        "duration_q3": months.quantile(0.75),
        "alsfrs_q1": total.quantile(0.25),
        "alsfrs": total.median(),
        "alsfrs_q3": total.quantile(0.75),
        "progression": ((48 - total) / months).median(),
        "fvc": median("fvc_percent"),
        "c9orf72": (patients["c9orf72"] == "yes").mean(),
        "bvftd": (patients["bvftd"] == "yes").mean(),
        "ecas": median("ecas_total"),
        "kings_1": (patients["kings_stage"] == 1).mean(),
    }


def measure_disease(cohort: SimulatedCohort) -> dict[str, float]:
    """Measure where the disease is, and where it goes in the months after the scan."""
    names, ill = read_template().regions.index, cohort.is_patient
    residual, _ = _at_one_age(cohort.people, cohort.scan.thickness)
    # ages and scanners are those of controls in both groups, so the groups differ by the disease
    scores = (residual - residual[~ill].mean(axis=0)) / residual[~ill].std(axis=0)
    right = names.get_loc("rh_precentral")
    reached = cohort.anatomy.reached[ill]
    later = expand(cohort, VISITS_APART_MONTHS)
    before, after = reached_edges(reached), reached_edges(later.reached[ill])
    deeper = later.connections.loss[ill] - cohort.anatomy.connections.loss[ill]
    network = names.get_indexer([*SEEDS, *cohort.parameters["first_regions"]])
    often = np.argsort(-reached.mean(axis=0))[: len(network) + 1]
    thinner = -scores[ill].mean(axis=0)
    seeds = names.get_indexer(SEEDS)
    return {
        "motor_below": (scores[ill, right] < -1).mean(),
        "first_regions": np.isin(network, often).mean(),
        "expansion": after.sum() / before.sum(),
        "deepening": np.abs(deeper[before]).mean(),
        "diagnosis": _diagnose(cohort),
        "motor_first": thinner[seeds].mean() - np.delete(thinner, seeds).mean(),
    }


def _diagnose(cohort: SimulatedCohort) -> float:
    """Return the cross-validated AUC of a ridge that tells patients from controls."""
    ill = cohort.is_patient
    some = np.concatenate(
        [np.flatnonzero(ill)[: N_DIAGNOSED[0]], np.flatnonzero(~ill)[: N_DIAGNOSED[1]]]
    )
    seen = np.column_stack([np.log1p(cohort.scan.counts), cohort.scan.thickness])[some]
    seen = seen[:, (seen > 0).mean(axis=0) > 0.5]
    scores, ill = (seen - seen.mean(axis=0)) / seen.std(axis=0), ill[some].astype(float)
    folds = StratifiedKFold(5, shuffle=True, random_state=0).split(scores, ill)
    said = cross_val_predict(Ridge(float(scores.shape[1])), scores, ill, cv=list(folds))
    return roc_auc_score(ill, said)
