"""The words and tables of the chapter."""

import numpy as np
import pandas as pd

from alsnb.report import say
from alsnb.report.scores import label_rows, tabulate_scores
from alsnb.study.fidelity import tabulate_aggregates


def tabulate_defects(defects: pd.DataFrame) -> pd.DataFrame:
    """Return the defects of the twin for reading, the commonest of each table first."""
    ordered = defects.sort_values(["table", "share"], ascending=[True, False], kind="stable")
    most = ordered["most"].astype(float)
    share = [f"{100 * value:.2g} %" for value in ordered["share"]]
    seldom = [f"at most {m:.0f} cases" if m > 1 else "one case" for m in most.fillna(0)]
    return pd.DataFrame(
        {
            "Table": ordered["table"],
            "Defect": ordered["defect"],
            "Rows": np.where(most.notna(), seldom, share),
            "Source": ordered["source"],
        }
    ).reset_index(drop=True)
