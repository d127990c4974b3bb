"""The words and tables of the chapter."""

from alsnb.report import say
from alsnb.report.scores import label_rows, tabulate_scores
from alsnb.study.fidelity import tabulate_aggregates
