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
    # data
    "read_release": "alsnb.tables.proact.reading",
    "simulate": "alsnb.api.data",
    "find_input": "alsnb.study.input",
    "check_release": "alsnb.commands.check",
    "clean": "alsnb.api.data",
    "select_cohort": "alsnb.cohort",
    "make_features": "alsnb.api.data",
    "make_sequences": "alsnb.features.sequences",
    "prepare": "alsnb.study.proact",
    "make_task": "alsnb.study.task",
    "write_cohort": "alsnb.commands.export",
    "read_dream": "alsnb.tables.dream",
    "fetch_dream": "alsnb.tables.dream",
    "read_imaging": "alsnb.imaging.release",
    "select_imaging_cohort": "alsnb.imaging.cohort",
    "check_imaging": "alsnb.commands.imaging_check",
    "read_mice": "alsnb.imaging.mice",
    "fetch_mice": "alsnb.imaging.mice",
    "ImagingSettings": "alsnb.imaging.settings",
    "ClassSettings": "alsnb.imaging.cohort",
    "CleaningSettings": "alsnb.cleaning.settings",
    "SlopeSettings": "alsnb.outcomes",
    "FeatureSettings": "alsnb.features.summaries",
    # predictions
    "make_folds": "alsnb.api.fitting",
    "hold_out": "alsnb.api.fitting",
    "models": "alsnb.models",
    "cross_validate": "alsnb.api.fitting",
    "predict_held_out": "alsnb.api.fitting",
    "learning_curve": "alsnb.api.fitting",
    "search": "alsnb.api.searching",
    "average": "alsnb.models.ensembles",
    "fit": "alsnb.api.fitted",
    "save": "alsnb.api.fitted",
    "load": "alsnb.api.fitted",
    # evaluation
    "score": "alsnb.api.scoring",
    "compare": "alsnb.api.scoring",
    "plot": "alsnb.api.plot",
    "PREDICTIONS": "alsnb.schema",
    "BadInput": "alsnb.checks",
}
"""The public names, each with the module that it is loaded from when it is first used.

A name that ends its module's is the module itself.
"""


def __getattr__(name: str) -> object:
    """Load a public name when it is first used, so that importing alsnb costs nothing."""
    if name not in _NAMES:
        raise AttributeError(f"module 'alsnb' has no attribute '{name}'")
    module = importlib.import_module(_NAMES[name])
    found = module if _NAMES[name].endswith(f".{name}") else getattr(module, name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted([*_NAMES, "__version__"])
