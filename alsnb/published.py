"""Give the numbers the two papers print, as data: they are quoted, never used in place of ours."""

from functools import cache
from pathlib import Path

import yaml


@cache
def read_published() -> dict:
    """Return the papers' printed numbers by paper, table and row (``published.yaml``)."""
    return yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text())
