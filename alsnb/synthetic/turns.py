"""Let courses turn within the first three months, when the disease reaches another region.

By default nobody's course turns. In a world with ``turn_share`` above zero, a part of the patients
lose points at ``rate``, spread over the domains by ``share_bulbar`` and so on, up to ``turn_day``;
from there to the bend at ``rate_turned``, spread by ``turned_bulbar`` and so on. These columns are
in the frame of patients of such a world alone. ``turn_day`` is the bend of who does not turn.
"""

import numpy as np
import pandas as pd

from alsnb.outcomes import DAYS_PER_MONTH
from alsnb.synthetic.parameters import Parameters


def draw_turns(
    patients: pd.DataFrame,
    domains: tuple[str, ...],
    parameters: Parameters,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Return the patients with the columns of their turn, or as they are if nobody turns.

    The domain that the disease reaches is drawn from those that have lost little so far: the
    chance of a domain falls with its part of what is lost. ``spread_share`` of the rate after the
    turn falls on it.
    """
    if not parameters["turn_share"]:
        return patients
    n = len(patients)
    turns = rng.random(n) < parameters["turn_share"]
    bend = patients["bend_day"].to_numpy()
    earliest, latest = parameters["turn_months"]
    month = np.where(turns, rng.uniform(earliest, latest, n), 3.0)
    lost = patients[[f"lost_{name}" for name in domains]].to_numpy()
    untouched = np.exp(-parameters["spread_order"] * lost / lost.sum(axis=1, keepdims=True))
    chance = np.cumsum(untouched * parameters["domain_rate_shares"], axis=1)
    reached = (rng.random(n)[:, None] * chance[:, -1:] > chance).sum(axis=1)
    before = patients[[f"share_{name}" for name in domains]].to_numpy()
    part = np.where(turns, parameters["spread_share"], 0.0)[:, None]
    after = (1 - part) * before + part * np.eye(len(domains))[reached]
    typical = patients["typical_rate"].to_numpy()
    unusual = patients["rate"].to_numpy() - typical
    mean = parameters["turned_speed"] * typical - parameters["turn_contrast"] * unusual
    fresh = draw_rates(np.maximum(mean, 0.1 * typical), parameters, "turned_rate_sd", rng)
    columns = {
        "turn_day": bend - (3.0 - month) * DAYS_PER_MONTH,
        "rate_turned": np.where(turns, fresh, patients["rate"]),
    }
    columns |= {f"turned_{name}": after[:, i] for i, name in enumerate(domains)}
    return patients.assign(**columns)


def draw_rates(
    mean: np.ndarray, parameters: Parameters, sd: str, rng: np.random.Generator
) -> np.ndarray:
    """Return gamma rates with these means; their variance grows with a power of the mean."""
    mean = np.asarray(mean)
    variance = parameters[sd] ** 2 * mean ** parameters["rate_variance_power"]
    if not parameters[sd]:
        return mean.copy()
    return rng.gamma(mean**2 / variance) * variance / mean


def rate_at_bend(patients: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the rate of each patient at the bend, and whether the course has turned by then."""
    rate = patients["rate"].to_numpy()
    if "turn_day" not in patients:
        return rate, np.zeros(len(patients), dtype=bool)
    turned = (patients["turn_day"] < patients["bend_day"]).to_numpy()
    return np.where(turned, patients["rate_turned"], rate), turned
