"""The named, cited numbers that the simulated imaging cohort is drawn from, and its worlds.

They stand in ``parameters.yaml``, each with a value, a unit, a meaning and a source, and in tables
by region, volume and connection (:mod:`alsnb.synthetic.imaging.template`). ``sources.yaml`` says
what the sources are; "ours" means that nobody printed such a number.
"""

from functools import cache
from pathlib import Path

import pandas as pd
import yaml

from alsnb.checks import check_one_of
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
        If there is no such world or parameter, or a value is of another type.
    """
    check_one_of(world, WORLDS, "The world of the simulated imaging cohort")
    values = {name: facts["value"] for name, facts in _facts("parameters.yaml").items()}
    return ImagingParameters(values | {"anatomy_share": WORLDS[world]}).altered(**changes)


def describe_imaging_parameters() -> pd.DataFrame:
    """Return what every parameter is: name, value, unit, meaning, source."""
    facts = pd.DataFrame.from_dict(_facts("parameters.yaml"), orient="index")
    facts = facts.rename_axis("name").reset_index()
    facts["value"] = [str(value) for value in facts["value"]]
    return facts[["name", "value", "unit", "meaning", "source"]]


def describe_sources() -> pd.Series:
    """Return what the sources are that parameters and laws name, by their short name."""
    return pd.Series(_facts("sources.yaml"), name="source")


@cache
def _facts(name: str) -> dict:
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
