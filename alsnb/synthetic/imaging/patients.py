"""Draw who comes to the scanner: patients as at their first visit, and healthy controls."""

import numpy as np
import pandas as pd
from scipy.special import expit, logit, ndtri

from alsnb.synthetic.imaging.parameters import ImagingParameters

ONSET_SITES = ("bulbar", "arm", "leg")
EL_ESCORIAL = ("possible", "probable, laboratory supported", "probable", "definite")
ECAS_TOTAL = 136
"""Points of the Edinburgh Cognitive and Behavioural ALS Screen."""

ALSFRS_R_TOTAL = 48


def draw_patients(n: int, parameters: ImagingParameters, rng: np.random.Generator) -> pd.DataFrame:
    """Draw patients at the scan.

    Returns
    -------
    DataFrame of shape (n, n_columns)
        Measured: ``age_years`` at the scan, ``sex``, ``site_of_onset``, ``onset_to_scan_months``,
        ``diagnostic_delay_months``, ``alsfrs_r_total`` (0-48, higher is better), ``fvc_percent``,
        ``el_escorial``, ``c9orf72``, ``bvftd``, ``ecas_total``, ``kings_stage``. True:
        ``age_at_onset_years``, ``rate`` (points lost a month up to now), and the standard scores
        ``rate_z``, ``delay_z`` and ``burden_z`` (of the points lost).
    """
    p = parameters
    age = np.clip(rng.normal(p["onset_age_mean"], p["onset_age_sd"], n), *p["onset_age_limits"])
    site = rng.choice(ONSET_SITES, n, p=_shares(p["onset_site_shares"]))
    female = rng.random(n) < p["female_share"]
    rate_z, delay_z = _correlated(n, p["rate_delay_correlation"], rng)
    delay = p["delay_median"] * np.exp(p["delay_log_sd"] * delay_z)
    to_scan = p["to_scan_median"] * np.exp(p["to_scan_log_sd"] * rng.standard_normal(n))
    rate = p["rate_median"] * np.exp(p["rate_log_sd"] * rate_z)
    months = delay + to_scan
    lost = np.minimum(rate * months, ALSFRS_R_TOTAL)
    burden_z = _standard(np.log(lost), p)
    total = ALSFRS_R_TOTAL - lost + rng.normal(0, p["alsfrs_noise_sd"], n)
    c9orf72 = rng.random(n) < p["c9orf72_share"]
    bvftd = _draw_bvftd(c9orf72, p, rng)
    return pd.DataFrame(
        {
            "age_years": age + months / 12,
            "sex": np.where(female, "female", "male"),
            "site_of_onset": site,
            "onset_to_scan_months": months,
            "diagnostic_delay_months": delay,
            "alsfrs_r_total": np.clip(np.round(total), 0, ALSFRS_R_TOTAL),
            "fvc_percent": _along(burden_z, p["fvc_burden_correlation"], rng) * p["fvc_sd"]
            + p["fvc_mean"],
            "el_escorial": rng.choice(EL_ESCORIAL, n, p=_shares(p["el_escorial_shares"])),
            "c9orf72": np.where(c9orf72, "yes", "no"),
            "bvftd": np.where(bvftd, "yes", "no"),
            "ecas_total": _draw_ecas(bvftd, p, rng),
            "kings_stage": _draw_stage(burden_z, p, rng),
            "age_at_onset_years": age,
            "rate": rate,
            "rate_z": rate_z,
            "delay_z": delay_z,
            "burden_z": burden_z,
        }
    )


def draw_controls(n: int, parameters: ImagingParameters, rng: np.random.Generator) -> pd.DataFrame:
    """Draw healthy people: ``age_years`` and ``sex``, with the patients' mix of both."""
    p = parameters
    age = np.clip(rng.normal(p["control_age_mean"], p["onset_age_sd"], n), *p["onset_age_limits"])
    sex = np.where(rng.random(n) < p["female_share"], "female", "male")
    return pd.DataFrame({"age_years": age, "sex": sex})


def _correlated(n: int, correlation: float, rng: np.random.Generator) -> np.ndarray:
    """Draw two standard scores with a correlation, shape (2, n)."""
    first = rng.standard_normal(n)
    return np.array([first, _along(first, correlation, rng)])


def _along(scores: np.ndarray, correlation: float, rng: np.random.Generator) -> np.ndarray:
    """Draw standard scores that correlate with given ones."""
    own = rng.standard_normal(len(scores))
    return correlation * scores + np.sqrt(1 - correlation**2) * own


def _standard(log_lost: np.ndarray, p: ImagingParameters) -> np.ndarray:
    """Return standard scores of the log of the points lost, by its distribution, not the draw's.

    The months since onset are a sum of two log-normal times, nearly log-normal (Fenton 1960).
    """
    medians = np.array([p["delay_median"], p["to_scan_median"]])
    variances = np.array([p["delay_log_sd"], p["to_scan_log_sd"]]) ** 2
    means = medians * np.exp(variances / 2)
    months_variance = np.log1p((means**2 * np.expm1(variances)).sum() / means.sum() ** 2)
    centre = np.log(p["rate_median"] * means.sum()) - months_variance / 2
    covariance = means[0] / means.sum() * p["delay_log_sd"]
    covariance *= p["rate_delay_correlation"] * p["rate_log_sd"]
    variance = months_variance + p["rate_log_sd"] ** 2 + 2 * covariance
    return (log_lost - centre) / np.sqrt(variance)


def _draw_bvftd(c9orf72: np.ndarray, p: ImagingParameters, rng: np.random.Generator) -> np.ndarray:
    odds = logit(p["bvftd_share"]) + np.log(p["bvftd_odds_c9orf72"]) * (
        c9orf72 - p["c9orf72_share"]
    )
    return rng.random(len(c9orf72)) < expit(odds)


def _draw_ecas(bvftd: np.ndarray, p: ImagingParameters, rng: np.random.Generator) -> np.ndarray:
    lacking = p["ecas_lost_median"] * np.exp(
        p["ecas_lost_log_sd"] * rng.standard_normal(len(bvftd))
    )
    lacking = lacking * np.where(bvftd, p["ecas_bvftd_factor"], 1.0)
    return np.round(np.clip(ECAS_TOTAL - lacking, 0, ECAS_TOTAL))


def _draw_stage(burden_z: np.ndarray, p: ImagingParameters, rng: np.random.Generator) -> np.ndarray:
    latent = _along(burden_z, p["kings_burden_correlation"], rng)
    limits = ndtri(np.cumsum(_shares(p["kings_shares"]))[:-1])
    return 1 + np.searchsorted(limits, latent)


def _shares(values: list[float]) -> np.ndarray:
    return np.array(values) / sum(values)
