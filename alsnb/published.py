"""Give the numbers the two papers print, as data: they are quoted, never used in place of ours."""

from functools import cache
from pathlib import Path

import yaml

TOP_FIVE = {
    "Onset Delta": "onset_delta",
    "slope FVC": "slope_fvc",
    "last ALSFRS": "last_alsfrs_total",
    "slope ALSFRS": "slope_alsfrs_total",
    "mean Q9 climbing": "mean_q9_climbing",
}
"""Features as the paper's list of the five best names them, and as they are named here."""


@cache
def read_published() -> dict:
    """Return the papers' printed numbers by paper, table and row (``published.yaml``)."""
    return yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))


def fast_threshold() -> float:
    """Return the slope below which the paper calls a patient's decline fast."""
    return read_published()["paper_a"]["survival"]["fast_threshold"]
