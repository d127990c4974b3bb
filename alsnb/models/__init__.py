"""Models: those of the papers, those they have to beat, and the networks with their training.

What a researcher chooses among are the capitalised names, such as ``alsnb.models.Forest`` or
``alsnb.models.FFNN``: settings from which a model is made. They are described in
:mod:`alsnb.models.choices`, and loaded from there when one is first used.
"""

import importlib


def __getattr__(name: str) -> object:
    """Load a model that can be chosen when it is first used."""
    if name[:1].isupper():
        choices = importlib.import_module("alsnb.models.choices")
        if name in choices.__all__:
            return getattr(choices, name)
    raise AttributeError(f"module 'alsnb.models' has no attribute '{name}'")


def __dir__() -> list[str]:
    """Return the models to choose among."""
    return list(importlib.import_module("alsnb.models.choices").__all__)
