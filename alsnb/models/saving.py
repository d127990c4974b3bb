"""Save a fitted network with its preparation, as Keras files and JSON, and read it again.

Nothing is pickled: reading a saved model runs no code but this library's. What is written are
weights, and what was learnt from training patients as a whole (medians, means, spreads); no
value of a single patient but the smallest and largest, if the scaling asks for them.
"""

import json
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, clone
from sklearn.pipeline import Pipeline

from alsnb.checks import listed, name_of, refuse, told_of
from alsnb.compute.digests import digest, file_digest
from alsnb.models.architectures import find_architecture
from alsnb.models.inputs import NetworkInputs
from alsnb.models.network import NetworkRegressor
from alsnb.models.recipe import Recipe
from alsnb.models.searched import make_searched

DESCRIPTION = "model.json"
"""The file that says what a folder holds."""

FORM = 2
"""Goes up when the form of the files changes."""


def save_network(
    pipeline: Pipeline, folder: Path, *, network: str, recipe: Recipe, facts: dict[str, object]
) -> None:
    """Write a fitted network and what goes before it to an existing folder.

    ``pipeline`` is from :func:`alsnb.models.searched.make_searched`, ``network`` and ``recipe`` are
    what it was made from, and ``facts`` whatever else is to be known, in types that JSON knows.
    A scaling that holds the values of single patients is refused.
    """
    if recipe.scaling == "quantile":
        raise refuse(
            "Saving a network",
            expected="a scaling that holds no values of single patients",
            found="scaling='quantile', which holds all of them",
            remedy="Use 'standard', 'clipped' or 'minmax'.",
        )
    inputs, regressor = (step for _, step in pipeline.steps)
    regressor.save(folder)
    description = {
        "form": FORM,
        "network": network,
        "columns": list(inputs.design["select"].columns),
        "leave_out": list(inputs.leave_out),
        "preparation": {
            f.name: getattr(recipe, f.name) for f in fields(recipe) if f.name != "network"
        },
        "learnt": {name: _learnt(step) for name, step in inputs.design_.steps},
        "learnt_of_inputs": _learnt(inputs, leave=("design_", "scalers_")),
        "learnt_of_parts": {name: _learnt(found) for name, found in inputs.scalers_.items()},
        "facts": facts,
    }
    files = sorted(path for path in folder.iterdir() if path.name != DESCRIPTION)
    description["files"] = {path.name: file_digest(path) for path in files}
    description["digest"] = digest(json.dumps(description))
    text = json.dumps(description, indent=1) + "\n"
    (folder / DESCRIPTION).write_text(text, encoding="utf-8")


def load_network(folder: Path) -> tuple[Pipeline, str, Recipe, dict[str, object]]:
    """Return pipeline, network, recipe and facts as they were given to :func:`save_network`.

    The pipeline predicts the same. A folder that holds no such network is refused, and so is one
    whose files are not what was written, by their digests.
    """
    folder = Path(folder)
    with told_of(name_of(folder), expected="a folder with a saved network"):
        description = _read_description(folder)
        return _load(folder, description)


def _load(folder: Path, description: dict) -> tuple[Pipeline, str, Recipe, dict[str, object]]:
    network = description["network"]
    architecture = find_architecture(network)
    regressor = NetworkRegressor.load(
        folder, settings_class=architecture.settings_class, make_network=architecture.make_network
    )
    recipe = Recipe(network=regressor.settings, **description["preparation"])
    pipeline = make_searched(
        recipe,
        network=network,
        columns=description["columns"],
        leave_out=description["leave_out"],
        n_networks=regressor.n_networks,
        seed=regressor.seed,
    )
    inputs: NetworkInputs = pipeline[0]
    inputs.design_ = clone(inputs.design)
    for name, step in inputs.design_.steps:
        _put(step, description["learnt"][name])
    _put(inputs, description["learnt_of_inputs"])
    inputs.scalers_ = {}
    for part, learnt in description["learnt_of_parts"].items():
        inputs.scalers_[part] = inputs.make_scaler()
        _put(inputs.scalers_[part], learnt)
    pipeline.steps[-1] = (pipeline.steps[-1][0], regressor)
    return pipeline, network, recipe, description["facts"]


def _read_description(folder: Path) -> dict:
    """Return what a saved network's folder says of itself, if all of it is as it was written."""
    path, expected = folder / DESCRIPTION, "a folder with a saved network"
    remedy = "Name the folder that alsnb.save wrote."
    if not path.is_file():
        found = f"none: there is no {DESCRIPTION}" if folder.is_dir() else "no such folder"
        raise refuse(name_of(folder), expected=expected, found=found, remedy=remedy)
    try:
        description = json.loads(path.read_text(encoding="utf-8"))
        form = description["form"]
    except (ValueError, KeyError, TypeError, RecursionError):
        found = f"a {DESCRIPTION} that is damaged or of another program"
        raise refuse(name_of(folder), expected=expected, found=found, remedy=remedy) from None
    if form != FORM:
        raise refuse(
            name_of(folder),
            expected=f"a network saved in form {FORM}",
            found=f"form {str(form)[:20]}, of another version of this library",
            remedy="Read it with the version that wrote it, or fit the network again.",
        )
    if changed := _changed(folder, description):
        raise refuse(
            name_of(folder),
            expected="a network as it was written",
            found=f"{listed(changed)}, which was cut, changed or lost since",
            remedy="Copy the folder again from where it was saved, or fit the network again.",
        )
    return description


def _changed(folder: Path, description: dict) -> list[str]:
    """Return the files that are not what was written."""
    own = {name: value for name, value in description.items() if name != "digest"}
    if description.get("digest") != digest(json.dumps(own)):
        return [DESCRIPTION]
    written = description["files"]
    there = {path.name for path in folder.iterdir() if path.is_file()}
    return [n for n, seen in written.items() if n not in there or file_digest(folder / n) != seen]


def _learnt(estimator: BaseEstimator, leave: Iterable[str] = ()) -> dict[str, object]:
    """Return what an estimator learnt, in types that JSON knows."""
    return {
        name: _as_json(value)
        for name, value in vars(estimator).items()
        if name.endswith("_") and not name.startswith("_") and name not in leave
    }


def _put(estimator: BaseEstimator, learnt: dict[str, object]) -> None:
    for name, value in learnt.items():
        setattr(estimator, name, _from_json(value))


def _as_json(value: object) -> object:
    # numbers are written with all digits that tell them apart, so that they come back the same
    if isinstance(value, np.ndarray):
        return {"array": value.tolist(), "dtype": str(value.dtype)}
    if isinstance(value, pd.Series):
        return {"series": value.tolist(), "index": value.index.tolist()}
    if isinstance(value, dict):
        return {name: _as_json(item) for name, item in value.items()}
    return value.item() if isinstance(value, np.generic) else value


def _from_json(value: object) -> object:
    if isinstance(value, dict) and "array" in value:
        return np.array(value["array"], dtype=value["dtype"])
    if isinstance(value, dict) and "series" in value:
        return pd.Series(value["series"], index=value["index"])
    if isinstance(value, dict):
        return {name: _from_json(item) for name, item in value.items()}
    return value
