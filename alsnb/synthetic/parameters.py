"""The named, cited numbers that the simulated twin is drawn from, and how to alter them.

They stand in ``parameters_world.yaml`` (patients and their course) and
``parameters_files.yaml`` (what is measured, written down, and gets wrong on the way), each
with a value, a unit and a source. Source "ours" means that nobody printed such a number
and we chose it, for the aggregates that others printed to come out.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pandas as pd
import yaml

from alsnb.checks import listed, refuse

FILES = ("parameters_world.yaml", "parameters_files.yaml")


class Parameters(Mapping):
    """Numbers by name, as in ``parameters["bulbar_speed"]``; two with equal numbers are equal.

    Parameters
    ----------
    values : dict of str to number, or list of numbers, or dict of these
        Every parameter's value.
    """

    def __init__(self, values: Mapping[str, object]):
        self._values = dict(values)

    def __getitem__(self, name: str) -> object:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def altered(self, **changes: object) -> "Parameters":
        """Return parameters of which some have another value.

        Raises
        ------
        alsnb.checks.BadInput
            If there is no parameter of that name, or the value is of another type.
        """
        for name, value in changes.items():
            if name not in self._values:
                raise refuse(
                    f"Parameter '{name}' of the simulated twin",
                    expected=f"one of {listed(self._values, most=200)}",
                    found="no such parameter",
                    remedy="Correct the name; nothing was simulated.",
                )
            if _kind(value) != _kind(self._values[name]):
                raise refuse(
                    f"Parameter '{name}' of the simulated twin",
                    expected=f"a {_kind(self._values[name])}",
                    found=repr(value),
                    remedy="Correct the value; nothing was simulated.",
                )
        return Parameters(self._values | changes)


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
    rows = [
        [name, str(f["value"]), f.get("unit", ""), f["meaning"], f["source"]]
        for name, f in _facts().items()
    ]
    return pd.DataFrame(rows, columns=["name", "value", "unit", "meaning", "source"])


@cache
def _facts() -> dict[str, dict]:
    facts: dict[str, dict] = {}
    for name in FILES:
        facts |= yaml.safe_load((Path(__file__).parent / name).read_text()) or {}
    return facts
