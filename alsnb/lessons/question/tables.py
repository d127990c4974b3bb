"""The words and tables of the chapter."""

import pandas as pd

from alsnb.report import say
from alsnb.report.tables import interval
from alsnb.study.fidelity import tabulate_aggregates

ITEMS = {
    "item": "Question",
    "domain": "Region",
    "after_3": "After month 3",
    "after_12": "After month 12",
    "lost": "Lost",
}
"""What a reader calls the columns of the table of items."""


def show_items(items: pd.DataFrame) -> pd.DataFrame:
    """Return the table of items as it is read, in points."""
    return items.round(2).rename(columns=ITEMS)
