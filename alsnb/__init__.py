"""Rebuild, check and go beyond two papers on predicting the course of ALS.

What flows, in this order: ``tables`` (files, as delivered) -> ``features`` (one row per
patient) -> ``splits`` and ``design`` (what is learnt on training patients only) ->
``models`` -> the *predictions frame* (:data:`alsnb.schema.PREDICTIONS`) -> ``evaluation``
(scores and intervals, from that frame alone) -> ``report`` (tables and figures).
``store`` keeps every costly result; ``book`` executes the chapters and prints them.
"""

import importlib
import os

# TensorFlow writes its start-up notes straight to file descriptor 2, so they must be
# turned off before anything imports it: a chapter with a line on stderr does not build.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

__version__ = "0.1.0"

_NAMES = {
    "find_input": "alsnb.study.input",
    "prepare": "alsnb.study.proact",
    "select_cohort": "alsnb.cohort",
    "make_task": "alsnb.study.task",
    "SlopeSettings": "alsnb.outcomes",
}
"""The public names, each with the module that it is loaded from when it is first used."""


def __getattr__(name: str) -> object:
    """Load a public name when it is first used, so that importing alsnb costs nothing."""
    if name not in _NAMES:
        raise AttributeError(f"module 'alsnb' has no attribute '{name}'")
    return getattr(importlib.import_module(_NAMES[name]), name)


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted([*_NAMES, "__version__"])
