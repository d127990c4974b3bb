"""Say among which settings a search chooses, and draw from them.

The supplement of Pancotti et al. (2022), with the settings they found, is not available; what
is searched is what their text names, over ranges that are ours. What the text does not name is
held fixed: how the learning rate falls, the average of the weights and the weight decay. These
make one network stable, so that none has to be averaged with others.
"""

from collections.abc import Mapping

import numpy as np

from alsnb.checks import check_one_of, refuse
from alsnb.models.architectures import find_architecture
from alsnb.models.recipe import Recipe

SHARED = {
    "imputing": ("median", "mean"),
    "scaling": ("clipped", "minmax"),
    "ranking": ("forest", "pearson"),
    "n_features": (10, 20, 30, 40, 60, 80),
    "hidden_sizes": ((32, 16, 8), (32, 32, 32), (64, 32, 16), (64, 64, 64), (128, 64, 32)),
    "activation": ("relu", "elu", "silu", "tanh"),
    "dropout_rate": (0.1, 0.2, 0.3, 0.4),
    "batch_size": (32, 64, 128),
    "n_epochs": (20, 30, 40, 60),
}
"""What is searched for every network."""

OWN = {
    "ffnn": {},
    "cnn": {"n_filters": ((8, 8), (16, 8), (16, 16), (32, 16), (32, 32))},
    "rnn": {
        "n_units": ((8, 8), (16, 8), (16, 16), (32, 16), (32, 32)),
        # the two that are dear to train are drawn less often
        "cell": ("simple", "simple", "simple", "gru", "lstm"),
    },
}
"""What is searched for one network beside that."""

FIXED = {
    "learning_rate": 1e-3,
    "schedule": "cosine",
    "averaging": 0.99,
    "validation_share": 0.0,
    "weight_decay": 0.01,
}
"""What is not searched. Nobody is set aside to stop early: the epochs are searched instead. The
weight decay is the default of AdamW in PyTorch."""


def describe_space(network: str) -> dict[str, tuple]:
    """Return the values of every setting that is searched for a network, by name."""
    check_one_of(network, OWN, "The network")
    return SHARED | OWN[network]


def draw_recipes(
    network: str, n: int, *, seed: int, fixed: Mapping[str, object] | None = None
) -> list[Recipe]:
    """Draw recipes at random, every value of a setting with the same chance.

    The first of ``n`` recipes are the same however many follow. Settings that are ``fixed`` are not
    drawn but given. An unknown network or setting is refused, and none to draw.
    """
    if n < 1:
        raise refuse(
            "The search",
            expected="at least one configuration to try",
            found=str(n),
            remedy="Raise n_trials.",
        )
    space, fixed = describe_space(network), dict(fixed or {})
    start = Recipe(network=find_architecture(network).settings_class())
    for name in fixed:
        check_one_of(name, [*space, *FIXED, "patience"], "A fixed setting of the search")
    recipes, own = [], list(OWN).index(network)
    for number in range(n):
        # a start of its own, so that no two networks try the same draws of what they share
        rng = np.random.default_rng([seed, number, own])
        # drawn whether fixed or not, so that fixing one setting leaves the others as they were
        drawn = {name: values[rng.integers(len(values))] for name, values in space.items()}
        recipes.append(start.with_settings(**(FIXED | drawn | fixed)))
    return recipes
