"""Draw the latent course of the disease, and the ratings, breath and muscle that follow from it.

A patient loses points of function along a line with one bend, three months after the first
visit: at ``rate`` points per month before it and ``rate_later`` after it. Both are drawn
around ``typical_rate``, which onset, site, age, breath, trial and constitution decide.
Each of five domains has its part of what is lost at baseline and of the rate, and each item
of what its domain has lost. In some worlds the course turns once more before the bend, and spreads
to another domain (:mod:`alsnb.synthetic.turns`). A rating is four less the loss, with noise,
rounded and cut off at 0 and 4, so that a domain at its floor declines no further.
"""

import numpy as np
import pandas as pd

from alsnb.outcomes import DAYS_PER_MONTH
from alsnb.synthetic.parameters import Parameters
from alsnb.synthetic.turns import draw_rates, draw_turns, rate_at_bend

DOMAINS = {
    "bulbar": ("speech", "salivation", "swallowing"),
    "fine": ("handwriting", "cutting"),
    "trunk": ("dressing", "turning"),
    "gross": ("walking", "climbing"),
    "breath": ("respiratory", "dyspnea", "orthopnea", "insufficiency"),
}
"""Items of each domain; the breath domain has item 10 and the three that replace it."""

ITEMS = tuple(item for items in DOMAINS.values() for item in items)
"""The ten items of the original scale and the three of the revised one."""

ORIGINAL = ITEMS[:10]
"""The ten items of the original scale."""

REVISED = (*ITEMS[:9], *ITEMS[10:])
"""The twelve items of the revised scale."""

BEST = 4
"""Rating of a function that is normal."""


def draw_course(
    patients: pd.DataFrame, parameters: Parameters, rng: np.random.Generator
) -> pd.DataFrame:
    """Return the patients, who have a ``first_day``, with their latent course.

    The columns of the second list at the head of :mod:`alsnb.synthetic.patients` are added.
    """
    patients = patients.assign(bend_day=patients["first_day"] + 3 * DAYS_PER_MONTH)
    noise = rng.standard_normal(len(patients))
    patients["breath_percent"] = parameters["breath_mean"] + parameters["breath_sd"] * noise
    noise = rng.standard_normal(len(patients))
    patients["constitution"] = np.exp(parameters["constitution_sd"] * noise)
    patients["typical_rate"] = _typical_rate(patients, parameters)
    patients["rate"] = draw_rates(patients["typical_rate"], parameters, "early_rate_sd", rng)
    patients = patients.assign(**_draw_domains(patients, parameters, rng))
    patients = patients.assign(**_draw_rest(patients, parameters, rng))
    patients = draw_turns(patients, tuple(DOMAINS), parameters, rng)
    return patients.assign(**draw_later(patients, parameters, rng))


def draw_later(
    patients: pd.DataFrame, parameters: Parameters, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Return the columns of rates after the bend; nobody can know them before."""
    most = parameters["lost_effect_most"]
    rate, turned = rate_at_bend(patients)
    kept = np.where(turned, parameters["turned_rate_kept"], parameters["rate_kept"])
    expected = (1 - kept) * patients["typical_rate"] + kept * rate
    expected = expected * parameters["later_speed"]
    for domain in ("bulbar", "gross"):
        lost = np.minimum(patients[f"lost_{domain}"], most)
        unusual = lost - parameters[f"lost_{domain}_usual"]
        expected = expected * parameters[f"later_speed_{domain}"] ** unusual
    later = draw_rates(expected, parameters, "innovation_sd", rng)
    faster = (1 + later) / (1 + patients["rate"].to_numpy())
    return {
        "rate_later": later,
        "breath_rate_later": patients["breath_rate"].to_numpy() * faster,
        "muscle_rate_later": patients["muscle_rate"].to_numpy() * faster,
    }


def progress_at(patients: pd.DataFrame, day: np.ndarray, *, of: str = "rate") -> np.ndarray:
    """Return how much was lost from baseline to a day, at a rate with a bend.

    Parameters
    ----------
    patients, day : DataFrame and ndarray of shape (n_rows,) or (n_rows, n_days)
        Days since baseline, of the patient of the row.
    of : {"rate", "breath_rate", "muscle_rate"}
        Which rate: points, percent of normal vital capacity, or muscle per month.
    """
    day = np.asarray(day, dtype=float)
    shape = (-1,) + (1,) * (day.ndim - 1)
    bend, rate, later = (
        patients[name].to_numpy(dtype=float).reshape(shape)
        for name in ("bend_day", of, f"{of}_later")
    )
    before = np.minimum(day, bend)
    if f"{of}_turned" not in patients:
        return (before * rate + (day - before) * later) / DAYS_PER_MONTH
    turn, turned = (
        patients[name].to_numpy().reshape(shape) for name in ("turn_day", f"{of}_turned")
    )
    early = np.minimum(day, turn)
    lost = early * rate + (before - early) * turned + (day - before) * later
    return lost / DAYS_PER_MONTH


def item_lines(
    patients: pd.DataFrame, parameters: Parameters, *, of: str = "share"
) -> tuple[np.ndarray, np.ndarray]:
    """Return points lost in each item at baseline, and per point lost of the total.

    Both are of shape (n_patients, 13), in the order of :data:`ITEMS`. The second holds up to the
    turn of a course; with ``of="turned"`` both describe the line after it.
    """
    weights = parameters["item_weights"]
    start, share = np.empty((2, len(patients), len(ITEMS)))
    for domain, items in DOMAINS.items():
        n_items = 1 if domain == "breath" else len(items)
        for item in items:
            column = ITEMS.index(item)
            part = weights[item] / n_items
            start[:, column] = patients[f"lost_{domain}"] * part + patients[f"bias_{item}"]
            share[:, column] = patients[f"{of}_{domain}"] * part
    if of == "turned":
        _, before = item_lines(patients, parameters)
        start += (before - share) * _lost_at_turn(patients)[:, None]
    return start, share


def known_lines(patients: pd.DataFrame, parameters: Parameters) -> tuple[np.ndarray, np.ndarray]:
    """Return the lines of :func:`item_lines` that hold from the bend on."""
    of = "turned" if "turn_day" in patients else "share"
    return item_lines(patients, parameters, of=of)


def items_lost(
    patients: pd.DataFrame, parameters: Parameters, row: np.ndarray, day: np.ndarray
) -> np.ndarray:
    """Return the points lost in each item by the patients of these rows on these days."""
    start, share = item_lines(patients, parameters)
    progress = progress_at(patients.iloc[row], day)[:, None]
    if "turn_day" not in patients:
        return start[row] + share[row] * progress
    start_turned, share_turned = item_lines(patients, parameters, of="turned")
    late = (day > patients["turn_day"].to_numpy()[row])[:, None]
    before, after = (
        start[row] + share[row] * progress,
        start_turned[row] + share_turned[row] * progress,
    )
    return np.where(late, after, before)


def domains_lost(patients: pd.DataFrame, day: np.ndarray) -> dict[str, np.ndarray]:
    """Return the points lost in each domain on a day; one row of patients per day."""
    lost = progress_at(patients, day)
    columns = {
        name: patients[f"lost_{name}"] + patients[f"share_{name}"] * lost for name in DOMAINS
    }
    if "turn_day" in patients:
        further = np.maximum(lost - _lost_at_turn(patients), 0.0)
        for name in DOMAINS:
            columns[name] += (patients[f"turned_{name}"] - patients[f"share_{name}"]) * further
    return {name: column.to_numpy() for name, column in columns.items()}


def draw_items(
    lost: np.ndarray, noisiness: np.ndarray, parameters: Parameters, rng: np.random.Generator
) -> np.ndarray:
    """Return ratings of visits at which the items have lost so many points.

    *noisiness* is a factor per visit: how noisy the ratings of its trial are.
    """
    noise = parameters["item_noise_sd"] * rng.standard_normal(lost.shape, dtype=np.float32)
    noise += parameters["visit_noise_sd"] * rng.standard_normal((len(lost), 1), dtype=np.float32)
    noise *= noisiness[:, None].astype(np.float32)
    return np.clip(np.rint(BEST - lost + noise), 0, BEST).astype(np.int8)


def breath_percent_at(patients: pd.DataFrame, day: np.ndarray) -> np.ndarray:
    """Return vital capacity in percent of normal on a day; one row of patients per day."""
    lost = progress_at(patients, day, of="breath_rate")
    return np.maximum(patients["breath_percent"].to_numpy() - lost, 5.0)


def muscle_at(patients: pd.DataFrame, day: np.ndarray) -> np.ndarray:
    """Return muscle relative to the average of the sex on a day; one row of patients per day."""
    lost = progress_at(patients, day, of="muscle_rate")
    return patients["muscle"].to_numpy() * np.exp(-lost)


def _lost_at_turn(patients: pd.DataFrame) -> np.ndarray:
    """Return the points lost from baseline to the turn; less than none if it lies before it."""
    return (patients["turn_day"] * patients["rate"]).to_numpy() / DAYS_PER_MONTH


def _typical_rate(patients: pd.DataFrame, parameters: Parameters) -> np.ndarray:
    """Return the rate that onset, site, age, breath, trial and constitution lead one to expect."""
    onset = np.clip(patients["onset_days"].to_numpy(), *parameters["onset_effect_limits"])
    bulbar = patients["site"].map({"bulbar": 1.0, "both": 0.5}).fillna(0.0).to_numpy()
    low_breath = (parameters["breath_mean"] - patients["breath_percent"].to_numpy()) / 10
    log_rate = (
        -parameters["onset_power"] * np.log(onset / parameters["onset_median_days"])
        + np.log(parameters["bulbar_speed"]) * bulbar
        + np.log(parameters["age_speed"]) * (patients["age_years"].to_numpy() - 55) / 10
        + np.log(parameters["breath_speed"]) * low_breath
    )
    own = patients["constitution"].to_numpy() * patients["trial_rate"].to_numpy()
    return parameters["rate_median"] * own * np.exp(log_rate)


def _draw_domains(patients: pd.DataFrame, parameters: Parameters, rng: np.random.Generator) -> dict:
    """Return what each domain has lost, its part of the rate, and how its items differ."""
    n = len(patients)
    alphas = np.array([parameters["domain_alphas"][site] for site in patients["site"]])
    weight = rng.gamma(alphas)
    means = np.asarray(parameters["domain_rate_shares"])
    followed = (weight / alphas.mean(axis=0)) ** parameters["domain_persistence"]
    share = means * followed * rng.gamma(parameters["domain_rate_shape"], size=weight.shape)
    share /= share.sum(axis=1, keepdims=True)
    lost = parameters["lost_median"] * np.exp(parameters["lost_log_sd"] * rng.standard_normal(n))
    lost = lost * patients["constitution"].to_numpy() ** parameters["lost_power"]
    doublings = np.log2(lost / parameters["lost_median"])
    breath = patients["breath_percent"].to_numpy() - parameters["breath_by_lost"] * doublings
    lost = lost[:, None] * weight / weight.sum(axis=1, keepdims=True)
    columns = {"breath_percent": np.clip(breath, *parameters["breath_limits"])}
    columns |= {f"lost_{name}": lost[:, i] for i, name in enumerate(DOMAINS)}
    columns |= {f"share_{name}": share[:, i] for i, name in enumerate(DOMAINS)}
    bias = parameters["item_bias_sd"] * rng.standard_normal((n, len(ITEMS)))
    return columns | {f"bias_{item}": bias[:, i] for i, item in enumerate(ITEMS)}


def _draw_rest(patients: pd.DataFrame, parameters: Parameters, rng: np.random.Generator) -> dict:
    """Return how fast breath, muscle and weight change, and muscle at baseline."""
    n = len(patients)
    rate, typical = patients["rate"].to_numpy(), patients["typical_rate"].to_numpy()
    spread = np.exp(parameters["breath_rate_log_sd"] * rng.standard_normal(n))
    pace = typical ** parameters["breath_rate_power"]
    breath_rate = parameters["breath_rate_median"] * pace * spread
    weight_rate = parameters["weight_rate_mean"] - parameters["weight_rate_by_rate"] * typical
    wasted = patients["constitution"].to_numpy() ** -parameters["muscle_power"]
    return {
        "breath_rate": breath_rate,
        "muscle": wasted * np.exp(parameters["muscle_log_sd"] * rng.standard_normal(n)),
        "muscle_rate": parameters["muscle_rate"] * rate,
        "weight_rate": weight_rate + parameters["weight_rate_sd"] * rng.standard_normal(n),
    }
