"""What the models to choose among have in common."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from sklearn.base import BaseEstimator

from alsnb.checks import listed, refuse
from alsnb.features.questionnaire import VISIT_COLUMNS


def features_in(columns: Iterable[str]) -> list[str]:
    """Return the columns that are features: all but the cells of the questionnaires."""
    cells = set(VISIT_COLUMNS)
    return [name for name in columns if name not in cells]


class Choice(ABC):
    """A model to choose."""

    is_quick: ClassVar[bool] = False
    """Whether fitting it costs less than starting a process."""

    def make(self, columns: Iterable[str], *, seed: int = 0) -> BaseEstimator:
        """Return the unfitted estimator for a table of these columns, its chance from the seed."""
        return self._make(list(columns), seed)

    @abstractmethod
    def _make(self, columns: list[str], seed: int) -> BaseEstimator: ...


@dataclass(frozen=True, kw_only=True)
class TabularChoice(Choice):
    """A model that learns from ``features``, by default all columns but cells of questionnaires."""

    features: tuple[str, ...] | None = None

    def columns(self, offered: Sequence[str]) -> list[str]:
        """Return the columns it may use, or refuse those that are not offered."""
        if self.features is None:
            return features_in(offered)
        check_offered(self.features, offered)
        return list(self.features)


def check_offered(names: Iterable[str], offered: Iterable[str]) -> None:
    """Raise :class:`alsnb.checks.BadInput` if a column that a model needs is not in the table."""
    offered = list(offered)
    missing = [name for name in names if name not in offered]
    if missing:
        raise refuse(
            "The columns of X",
            expected=listed(missing),
            found="none of that name",
            remedy="Name features of the table; its catalogue lists them.",
        )
