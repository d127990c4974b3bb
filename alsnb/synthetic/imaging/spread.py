"""Say which regions and connections of a patient the disease has reached.

It begins in the precentral cortex and expands along the connections of the healthy brain. A region
that is reached loses a fixed amount, which does not grow afterwards: the disease expands rather
than deepens (Verstraete et al. 2014).
"""

import numpy as np
import pandas as pd

from alsnb.synthetic.imaging.parameters import ImagingParameters
from alsnb.synthetic.imaging.patients import ALSFRS_R_TOTAL
from alsnb.synthetic.imaging.template import path_lengths, read_template

DELAY_COUNTS = 0.7
"""How much the log of the diagnostic delay counts beside that of the progression; it is about its
part in the months over which points were lost."""

SEEDS = ("lh_precentral", "rh_precentral")


def arrival_steps(parameters: ImagingParameters) -> np.ndarray:
    """Return the extent of the disease at which it reaches each region, shape (68,).

    0 for the precentral cortex, then the regions of the sub-network of Verstraete et al. (2011),
    then the others in the order of their paths from these, evenly between 1 and 3.
    """
    names = read_template().regions.index
    first = [*SEEDS, *parameters["first_regions"]]
    later = np.flatnonzero(~names.isin(first))
    order = later[np.argsort(path_lengths(first)[later], kind="stable")]
    steps = np.full(len(names), parameters["first_step"], float)
    steps[order] = np.linspace(1, 3, len(order))
    steps[names.isin(SEEDS)] = 0.0
    return steps


def draw_extent(patients: pd.DataFrame, parameters: ImagingParameters) -> np.ndarray:
    """Return how far the disease has come in each patient at the scan, shape (n_patients,).

    A part goes with the measured progression and the diagnostic delay, and the rest is the
    ``spread_z`` that survival may depend on. Both measures are clinical characteristics that
    models read, so that in a world where the spread says nothing images add nothing to them.
    """
    p = parameters
    share = p["extent_clinical_share"]
    clinical, own = _clinical_scores(patients, p), patients["spread_z"].to_numpy()
    return p["extent_mean"] + p["extent_sd"] * (
        np.sqrt(share) * clinical + np.sqrt(1 - share) * own
    )


def _clinical_scores(patients: pd.DataFrame, p: ImagingParameters) -> np.ndarray:
    """Return standard scores of the log of measured progression and delay, together."""
    lost = np.maximum(ALSFRS_R_TOTAL - patients["alsfrs_r_total"], 0.5)
    rate = np.log(lost / patients["onset_to_scan_months"] / p["rate_median"])
    delay = np.log(patients["diagnostic_delay_months"] / p["delay_median"])
    sds = np.array([p["rate_log_sd"], DELAY_COUNTS * p["delay_log_sd"]])
    variance = (sds**2).sum() + 2 * p["rate_delay_correlation"] * sds.prod()
    return ((rate + DELAY_COUNTS * delay) / np.sqrt(variance)).to_numpy()


def draw_order(n: int, parameters: ImagingParameters, rng: np.random.Generator) -> np.ndarray:
    """Draw the extent at which each region of each patient is reached, shape (n, 68)."""
    steps = arrival_steps(parameters)
    return steps + parameters["arrival_jitter_sd"] * rng.standard_normal((n, len(steps)))


def reached_edges(reached: np.ndarray, some: np.ndarray | None = None) -> np.ndarray:
    """Return which connections (n, n_edges) join two regions that are reached (n, 68).

    *some* are the numbers of the connections that are wanted, by default all 2,278.
    """
    template = read_template()
    some = slice(None) if some is None else some
    return reached[:, template.rows[some]] & reached[:, template.columns[some]]
