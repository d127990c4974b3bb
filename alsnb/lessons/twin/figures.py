"""The figures of the chapter: blocks of what is missing, how hard it is, and what is printed."""

import pandas as pd

from alsnb.report.cohort_figures import (
    describe_bars,
    describe_deviations,
    plot_bars,
    plot_deviations,
    plot_heatmap,
)


def describe_blocks(recorded: pd.DataFrame, share: float) -> str:
    """Return what the figure of recorded shares shows, in words."""
    if recorded.empty:
        return "Nothing is drawn, for 0 trials are named in this download."
    return (
        f"Shares of patients with a value for {len(recorded)} measures in {recorded.shape[1]} "
        f"trials; {share:.0%} of the cells are nearly full or nearly empty "
        "(a value for at least 80 % of the patients, or for at most 10 %)."
    )
