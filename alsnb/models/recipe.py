"""Write down everything about a network that a search may choose."""

import dataclasses
from dataclasses import dataclass, field

from alsnb.models.batches import TrainingSettings
from alsnb.models.ffnn import FFNNSettings


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How inputs are prepared and what network learns from them.

    ``imputing``, ``scaling`` and ``ranking`` are as in :func:`alsnb.design.make_design`;
    ``n_features`` counts the features ranked highest that go in (all if None); ``network`` is
    architecture and training, of the class that belongs to the architecture.
    """

    imputing: str = "median"
    scaling: str = "clipped"
    ranking: str = "forest"
    n_features: int | None = 30
    network: TrainingSettings = field(default_factory=FFNNSettings)

    def flat(self) -> dict[str, object]:
        """Return every setting by its name, those of the network among them, tuples as text."""
        own = {name: value for name, value in vars(self).items() if name != "network"}
        settings = own | dataclasses.asdict(self.network)
        return {name: _as_text(value) for name, value in settings.items()}

    def with_settings(self, **changes: object) -> "Recipe":
        """Return the recipe with some settings changed, whether its own or the network's."""
        own = {name: value for name, value in changes.items() if name in _OWN}
        rest = {name: value for name, value in changes.items() if name not in _OWN}
        return dataclasses.replace(self, **own, network=dataclasses.replace(self.network, **rest))


_OWN = ("imputing", "scaling", "ranking", "n_features", "network")


def _as_text(value: object) -> object:
    return "-".join(map(str, value)) if isinstance(value, tuple | list) else value
