"""The words and tables of the chapter."""

from alsnb.report import say
from alsnb.report.scores import tabulate_scores
