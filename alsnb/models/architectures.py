"""Name the networks of Pancotti et al. 2022, and what each of them reads."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from alsnb.checks import check_one_of
from alsnb.models.batches import TrainingSettings
from alsnb.models.cnn import CNNSettings, make_cnn
from alsnb.models.ffnn import FFNNSettings, make_ffnn
from alsnb.models.inputs import VISITS, Part
from alsnb.models.rnn import RNNSettings, make_rnn


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """One kind of network: its title for readers, the class of its settings, and how it is made.

    ``make_network`` takes the shape of the inputs and the settings and returns a Keras model;
    ``parts`` is what it reads beside features of the patient.
    """

    title: str
    settings_class: type[TrainingSettings]
    make_network: Callable[[Any, Any], Any]
    parts: tuple[Part, ...] = ()


ARCHITECTURES = {
    "ffnn": Architecture(title="FFNN", settings_class=FFNNSettings, make_network=make_ffnn),
    "cnn": Architecture(
        title="CNN", settings_class=CNNSettings, make_network=make_cnn, parts=(VISITS,)
    ),
    "rnn": Architecture(
        title="RNN", settings_class=RNNSettings, make_network=make_rnn, parts=(VISITS,)
    ),
}
"""The three networks by name."""


def find_architecture(network: str) -> Architecture:
    """Return the architecture of that name, or refuse a name that is none."""
    check_one_of(network, ARCHITECTURES, "The network")
    return ARCHITECTURES[network]
