"""The words and tables of the chapter."""

from alsnb.report import say  # noqa: F401
from alsnb.report.scores import tabulate_scores  # noqa: F401
