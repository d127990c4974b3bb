"""The words and tables of the chapter."""

from alsnb.report import say  # noqa: F401
from alsnb.report.tables import interval  # noqa: F401
from alsnb.study.fidelity import tabulate_aggregates  # noqa: F401
