"""The named, cited numbers that the simulated twin is drawn from, and how to alter them.

They stand in ``parameters_world.yaml`` (patients and their course) and
``parameters_files.yaml`` (what is measured, written down, and gets wrong on the way), each
with a value, a unit and a source. Source "ours" means that nobody printed such a number
and we chose it, for the aggregates that others printed to come out.
"""

from functools import cache
from pathlib import Path
from typing import Self

import pandas as pd
import yaml

from alsnb.checks import listed, refuse

FILES = ("parameters_world.yaml", "parameters_files.yaml")


class Parameters(dict):
    """Numbers, lists of numbers and dictionaries of these by name."""

    whose = "the simulated twin"

    def altered(self, **changes: object) -> Self:
        """Return parameters of which some have another value.

        Raises
        ------
        alsnb.checks.BadInput
            If there is no parameter of that name, or the value is of another type.
        """
        for name, value in changes.items():
            where = f"Parameter '{name}' of {self.whose}"
            if name not in self:
                raise refuse(
                    where,
                    expected=f"one of {listed(self, most=200)}",
                    found="no such parameter",
                    remedy="Correct the name; nothing was simulated.",
                )
            if _kind(value) != _kind(self[name]):
                raise refuse(
                    where,
                    expected=f"a {_kind(self[name])}",
                    found=repr(value),
                    remedy="Correct the value; nothing was simulated.",
                )
        return type(self)(dict(self) | changes)


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "yes or no"
    if isinstance(value, int | float):
        return "number"
    return "text" if isinstance(value, str) else f"{type(value).__name__}"


@cache
def read_parameters() -> Parameters:
    """Return the default parameters."""
    return Parameters({name: facts["value"] for name, facts in _facts().items()})


def describe_parameters() -> pd.DataFrame:
    """Return what every parameter is: name, value, unit, meaning, source."""
    facts = pd.DataFrame.from_dict(_facts(), orient="index").rename_axis("name").reset_index()
    facts["value"] = [str(value) for value in facts["value"]]
    return facts[["name", "value", "unit", "meaning", "source"]].fillna("")


@cache
def _facts() -> dict[str, dict]:
    facts: dict[str, dict] = {}
    for name in FILES:
        facts |= yaml.safe_load((Path(__file__).parent / name).read_text(encoding="utf-8")) or {}
    return facts
