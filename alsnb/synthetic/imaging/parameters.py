"""The named, cited numbers that the simulated imaging cohort is drawn from, and its worlds.

They stand in ``parameters.yaml``, each with a value, a unit, a meaning and a source, and in tables
by region, volume and connection (:mod:`alsnb.synthetic.imaging.template`). ``sources.yaml`` says
what the sources are; "ours" means that nobody printed such a number.
"""

from functools import cache
from pathlib import Path

import pandas as pd
import yaml

from alsnb.checks import check_one_of, refuse
from alsnb.synthetic.parameters import Parameters

FOLDER = Path(__file__).parent

WORLDS = {"none": 0.0, "small": 0.6, "large": 0.92}
"""Worth of the anatomy beyond the clinical state, by world: parameter ``anatomy_share``.

In ``none``, the default, images say nothing about survival that the clinical state does not say.
In ``small`` knowing the spread of the disease adds about as much to the accuracy as Schuster et al.
(2017) found, in ``large`` more than Paper B's networks found; ``laws.yaml`` holds them to that.
"""


class ImagingParameters(Parameters):
    """Parameters of the simulated imaging cohort."""

    whose = "the simulated imaging cohort"


def imaging_parameters(world: str = "none", **changes: object) -> ImagingParameters:
    """Return the parameters of a world, some of them with another value.

    Parameters
    ----------
    world : {"none", "small", "large"}
        How much anatomy says about survival beyond the clinical state.
    **changes
        Other values by the name of the parameter.

    Raises
    ------
    alsnb.checks.BadInput
        If there is no such world or parameter, a value is of another type, a share does not lie
        between 0 and 1, or a spread is negative.
    """
    check_one_of(world, WORLDS, "The world of the simulated imaging cohort")
    values = {name: facts["value"] for name, facts in _facts("parameters.yaml").items()}
    parameters = ImagingParameters(values | {"anatomy_share": WORLDS[world]}).altered(**changes)
    for name in changes:
        _check_value(name, parameters[name])
    return parameters


def _check_value(name: str, value: object) -> None:
    if not isinstance(value, int | float):
        return
    high = 1.0 if _facts("parameters.yaml")[name]["unit"] == "share" else float("inf")
    positive = name.endswith(("_sd", "_scale", "_factor", "_median", "_months", "_width"))
    if high == 1.0 or positive:
        least = 1e-6 if name.endswith(("_factor", "_median", "_width", "survival_log_sd")) else 0.0
        if not least <= value <= high:
            between = (
                "a share between 0 and 1" if high == 1.0 else f"a number of at least {least:g}"
            )
            raise refuse(
                f"Parameter '{name}' of {ImagingParameters.whose}",
                expected=between,
                found=repr(value),
                remedy="Correct the value; nothing was simulated.",
            )


def describe_imaging_parameters() -> pd.DataFrame:
    """Return what every parameter is: name, value, unit, meaning, source."""
    facts = pd.DataFrame.from_dict(_facts("parameters.yaml"), orient="index")
    facts = facts.rename_axis("name").reset_index()
    facts["value"] = [str(value) for value in facts["value"]]
    return facts[["name", "value", "unit", "meaning", "source"]]


def list_assumptions() -> pd.DataFrame:
    """Return the parameters that no source settles, as :func:`describe_imaging_parameters` does."""
    told = describe_imaging_parameters()
    return told[told["source"].str.startswith("ours")].reset_index(drop=True)


def describe_sources() -> pd.Series:
    """Return what the sources are that parameters and laws name, by their short name."""
    return pd.Series(_facts("sources.yaml"), name="source")


@cache
def _facts(name: str) -> dict:
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
