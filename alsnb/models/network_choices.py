"""The networks to choose among, each a small frozen object that holds its settings."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import ClassVar, Self

from sklearn.pipeline import Pipeline

from alsnb.checks import refuse
from alsnb.features.catalogue import questionnaire_features
from alsnb.features.questionnaire import VISIT_COLUMNS
from alsnb.models.architectures import find_architecture
from alsnb.models.choice import TabularChoice
from alsnb.models.cnn import CNNSettings
from alsnb.models.ffnn import FFNNSettings
from alsnb.models.recipe import Recipe
from alsnb.models.rnn import RNNSettings
from alsnb.models.searched import make_searched


@dataclass(frozen=True, kw_only=True)
class NetworkChoice(TabularChoice):
    """A network of Pancotti et al. (2022), with all that goes before it.

    One network is trained, as in the paper; to average ``n_networks`` from different seeds is an
    extension. ``imputing``, ``scaling`` and ``ranking`` are
    as in :func:`alsnb.design.make_design`; ``n_features`` of those ranked highest go
    in (all if None). The settings of its architecture and training, such as ``n_epochs``,
    ``learning_rate``, ``hidden_sizes`` and ``dropout_rate``, come beside these; see
    :class:`alsnb.models.ffnn.FFNNSettings`.
    """

    n_networks: int = 1
    imputing: str = Recipe.imputing
    scaling: str = Recipe.scaling
    ranking: str = Recipe.ranking
    n_features: int | None = Recipe.n_features

    network: ClassVar[str]

    @classmethod
    def from_recipe(cls, recipe: Recipe, **own: object) -> Self:
        """Return the choice that a recipe describes; what is not in a recipe comes by keyword."""
        settings = {
            field.name: getattr(recipe.network, field.name) for field in fields(recipe.network)
        }
        steps = {field.name: getattr(recipe, field.name) for field in fields(recipe)}
        del steps["network"]
        return cls(**settings, **steps, **own)

    @property
    def recipe(self) -> Recipe:
        """The settings of the preparation, and of the network."""
        kind = find_architecture(self.network).settings_class
        own = {field.name: getattr(self, field.name) for field in fields(kind)}
        steps = {name: getattr(self, name) for name in ("imputing", "scaling", "ranking")}
        return Recipe(network=kind(**own), n_features=self.n_features, **steps)

    @property
    def left_out(self) -> tuple[str, ...]:
        """Features that the network does not get although they are in the table."""
        return ()

    def _make(self, columns: list[str], seed: int) -> Pipeline:
        return make_searched(
            self.recipe,
            network=self.network,
            columns=self.columns(columns),
            leave_out=self.left_out,
            n_networks=self.n_networks,
            seed=seed,
        )


@dataclass(frozen=True, kw_only=True)
class VisitReader(NetworkChoice):
    """A network that reads the questionnaires visit by visit.

    The table must hold their cells: ``alsnb.make_features(clean, cohort, visits=True)``. Features
    to ``leave_out`` it does not get; by default, as in the paper, those that are made from the
    questionnaires, which it reads itself.
    """

    leave_out: tuple[str, ...] | None = None

    @property
    def left_out(self) -> tuple[str, ...]:
        """Features that the network does not get although they are in the table."""
        return questionnaire_features() if self.leave_out is None else self.leave_out

    def columns(self, offered: Sequence[str]) -> list[str]:
        """Return the features it may use, or refuse a table without questionnaires."""
        if not set(VISIT_COLUMNS) <= set(offered):
            raise refuse(
                f"The columns of X for the {find_architecture(self.network).title}",
                expected=f"the {len(VISIT_COLUMNS)} cells of the questionnaires, which it reads "
                "visit by visit",
                found="none of them" if not set(VISIT_COLUMNS) & set(offered) else "only some",
                remedy="Take X from alsnb.make_features(clean, cohort, visits=True).",
            )
        return super().columns(offered)


@dataclass(frozen=True, kw_only=True)
class FFNN(NetworkChoice, FFNNSettings):
    """The feed-forward network, which reads features alone; see :class:`NetworkChoice`."""

    network: ClassVar[str] = "ffnn"


@dataclass(frozen=True, kw_only=True)
class CNN(VisitReader, CNNSettings):
    """The convolutional network, which reads the questionnaires; see :class:`VisitReader`."""

    network: ClassVar[str] = "cnn"


@dataclass(frozen=True, kw_only=True)
class RNN(VisitReader, RNNSettings):
    """The recurrent network, which reads the questionnaires; see :class:`VisitReader`."""

    network: ClassVar[str] = "rnn"


NETWORKS = {choice.network: choice for choice in (FFNN, CNN, RNN)}
"""The networks to choose among, by name of the architecture."""
