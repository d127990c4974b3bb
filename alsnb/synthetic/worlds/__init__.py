"""Rival worlds: sets of parameters that meet the same aggregates and differ where none decides.

A world is a small file of differences from ``parameters_world.yaml``: ``NAME.yaml`` has ``title``,
``assumes`` (what a reader should know of it) and ``changes``, the parameters that have another
value. The first world, :data:`DEFAULT`, changes nothing.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pandas as pd
import yaml

from alsnb.checks import check_one_of
from alsnb.synthetic.parameters import Parameters, read_parameters

WORLDS = ("changing", "persistent", "spreading", "trials")
"""Names of the worlds, in the order of the tables."""

DEFAULT = WORLDS[0]
"""The world of the book, unless another is asked for."""


def world_parameters(
    world: str = DEFAULT, changes: Mapping[str, object] | None = None
) -> Parameters:
    """Return the parameters of a world, some of them altered by hand.

    Raises
    ------
    alsnb.checks.BadInput
        If there is no such world or parameter.
    """
    check_one_of(world, WORLDS, "The world of the simulated twin")
    return read_parameters().altered(**_read(world)["changes"]).altered(**dict(changes or {}))


def describe_worlds() -> pd.DataFrame:
    """Return what each world is: ``world``, ``title``, ``assumes`` and ``n_changes``."""
    facts = {world: _read(world) for world in WORLDS}
    rows = [
        {"world": world, "title": own["title"], "assumes": own["assumes"]}
        | {"n_changes": len(own["changes"])}
        for world, own in facts.items()
    ]
    return pd.DataFrame(rows)


def compare_worlds() -> pd.DataFrame:
    """Return the parameters in which worlds differ: ``parameter``, and a value per world."""
    names = [name for name in read_parameters() if any(name in _read(w)["changes"] for w in WORLDS)]
    from_world = {world: world_parameters(world) for world in WORLDS}
    columns = {world: [own[name] for name in names] for world, own in from_world.items()}
    return pd.DataFrame({"parameter": names} | columns)


@cache
def _read(world: str) -> dict:
    return yaml.safe_load((Path(__file__).parent / f"{world}.yaml").read_text(encoding="utf-8"))
