"""The words and tables of the chapter."""

from alsnb.report import say
from alsnb.report.tables import interval
from alsnb.study.fidelity import tabulate_aggregates
