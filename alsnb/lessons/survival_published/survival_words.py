"""Word the results of the survival analysis for tables, legends and sentences."""

import numpy as np
import pandas as pd

from alsnb.disclosure import say_count as count
from alsnb.lessons.survival_published.survival_lesson import PRINTED, QUANTILE, SETS
from alsnb.lessons.survival_published.survival_models import RESUBSTITUTION
from alsnb.published import read_published
from alsnb.report.tables import interval, signed
from alsnb.schema import ESTIMATE, HIGH, LOW

CUTS = {PRINTED: "as printed", QUANTILE: "quantile"}
"""What a reader calls either cut."""

SUFFICES = 0.05
"""A p-value below it is called a difference, as is the custom."""


def say_p(p_value: float) -> str:
    """Return a p-value for a sentence or a legend."""
    if np.isnan(p_value):
        return "p not defined"
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}"


def word_comparison(compared: pd.DataFrame) -> pd.DataFrame:
    """Return the comparisons of fast and medium-slow patients as a table for readers."""
    ratio, days = (ESTIMATE, LOW, HIGH), ("days", "days_low", "days_high")
    return pd.DataFrame(
        {
            "Patients": compared["set"].map(SETS),
            "Cut": compared["cut"].map(CUTS),
            "at": [signed(value) for value in compared["threshold"]],
            "Fast (dead)": _counts(compared, "fast"),
            "Others (dead)": _counts(compared, "slow"),
            "Hazard ratio": [interval(*row, 2) for row in compared[list(ratio)].to_numpy()],
            "Log-rank": [say_p(value) for value in compared["p_value"]],
            "Days of life": [interval(*row, 0) for row in compared[list(days)].to_numpy()],
        }
    )


def _counts(compared: pd.DataFrame, group: str) -> list[str]:
    pairs = compared[[f"n_{group}", f"deaths_{group}"]].to_numpy()
    return [
        "withheld" if np.isnan(n) else f"{int(n):,} ({count(int(deaths))})" for n, deaths in pairs
    ]


def title_panels(curves: pd.DataFrame, compared: pd.DataFrame) -> pd.DataFrame:
    """Return curves with a ``panel`` that says which patients, which cut and the log-rank p."""
    titles = {
        (row.set, row.cut): f"{SETS[row.set]}; cut {CUTS[row.cut]} ({signed(row.threshold)}); "
        f"log-rank {say_p(row.p_value)}"
        for row in compared.itertuples()
    }
    pairs = zip(curves["set"], curves["cut"], strict=True)
    return curves.assign(panel=[titles[pair] for pair in pairs])


def list_titles(curves: pd.DataFrame, compared: pd.DataFrame, panels: tuple) -> list[str]:
    """Return the titles of a figure's panels in order, those of empty ones too."""
    wanted = pd.DataFrame(list(panels), columns=["set", "cut"])
    return list(title_panels(wanted, compared)["panel"])


def word_slope(correlations: pd.DataFrame) -> pd.DataFrame:
    """Return the correlations of slope and time to death as a table for readers."""
    numbers = correlations[[ESTIMATE, LOW, HIGH]].to_numpy()
    return pd.DataFrame(
        {
            "Whom, and what": correlations["label"],
            "Patients": [_number(value) for value in correlations["n_patients"]],
            "Estimate": [interval(*row, 2) for row in numbers],
        }
    )


def word_times(described: pd.DataFrame) -> pd.DataFrame:
    """Return the description of the times for readers."""
    is_count = ~described["quantity"].str.startswith("Months")
    values = [
        _number(value) if whole else ("withheld" if np.isnan(value) else f"{value:.1f}")
        for value, whole in zip(described["value"], is_count, strict=True)
    ]
    return pd.DataFrame({"Quantity": described["quantity"], "Value": values})


def _number(value: float) -> str:
    return "withheld" if np.isnan(value) else f"{int(value):,}"


def word_published(beside: pd.DataFrame) -> pd.DataFrame:
    """Return printed numbers beside ours, with a verdict that follows from them."""
    rows = []
    for row in beside.itertuples(index=False):
        is_p = row.label.startswith("Log-rank")
        digits = 0 if row.published >= 1 else 3
        ours = interval(row.estimate, row.low, row.high, digits)
        rows.append(
            [
                row.label,
                f"< {row.published:g}" if is_p else f"{row.published:,.{digits}f}",
                say_p(row.estimate).removeprefix("p ").removeprefix("= ") if is_p else ours,
                "a bound" if is_p else signed(row.difference, digits),
                judge(row.label, row.published, row.estimate, row.low, row.high),
            ]
        )
    columns = ["", "Published", "This run", "Difference", "Verdict"]
    return pd.DataFrame(rows, columns=columns)


def judge(label: str, published: float, estimate: float, low: float, high: float) -> str:
    """Return what may be said of a printed number beside ours."""
    if np.isnan(estimate):
        return "cannot be worked out here"
    if label.startswith("Log-rank"):
        return "below the bound, too" if estimate < published else "not below the bound"
    if np.isnan(low):
        return "goes with the size of the cohort"
    if low <= published <= high:
        return "inside our interval"
    return "below our interval" if published < low else "above our interval"


def word_account(accounted: pd.DataFrame) -> pd.DataFrame:
    """Return the account of how times end for readers."""
    names = {"end": "What is known", "counts_as": "Counts as", "n_patients": "Patients"}
    return accounted.rename(columns=names)


def word_prices(prices: pd.DataFrame) -> pd.DataFrame:
    """Return what resubstitution does to the hazard ratio as a table for readers."""
    ratios = prices[["own", "out_of_fold"]].to_numpy()
    own, out_of_fold = (
        [interval(value, np.nan, np.nan, 2) for value in ratios.T[i]] for i in (0, 1)
    )
    return pd.DataFrame(
        {
            "Cut": prices["cut"].map(CUTS),
            "Resubstituted": own,
            "Out of fold": out_of_fold,
            "Ratio": [interval(*row, 2) for row in prices[[ESTIMATE, LOW, HIGH]].to_numpy()],
            "Resamples that count": [f"{share:.0%}" for share in prices["n_defined"]],
        }
    )


def word_censoring(survival: pd.DataFrame) -> pd.DataFrame:
    """Return the shares alive as a table for readers: a row per month, a column per idea."""
    values = survival[["survival", LOW, HIGH]].to_numpy()
    cells = survival.assign(cell=[interval(*row, 2) for row in values])
    wide = cells.pivot_table(index="months", columns="whom", values="cell", aggfunc="first")
    wide = wide[list(survival["whom"].unique())].rename_axis(columns=None)
    return wide.rename_axis("Month").reset_index()


def say_price(prices: pd.DataFrame, cut: str) -> str:
    """Return in a sentence what resubstitution does to the hazard ratio."""
    row = prices[prices["cut"] == cut].iloc[0]
    if np.isnan(row[LOW]):
        return (
            "the two hazard ratios cannot be compared, because in one of the groups that this "
            "cut makes nobody dies, or hardly anybody is in it"
        )
    ratios = f"{row['own']:.2f} by resubstitution and {row['out_of_fold']:.2f} out of fold"
    inside = row[LOW] <= 1 <= row[HIGH]
    told = "the resamples cannot tell it from one" if inside else "one lies outside its interval"
    return (
        f"the hazard ratio is {ratios}. The first divided by the second is {row[ESTIMATE]:.2f} "
        f"(95 % interval {row[LOW]:.2f} to {row[HIGH]:.2f}): {told}"
    )


def say_small(compared: pd.DataFrame) -> str:
    """Return in a sentence how many are fast where predictions are cut as printed."""
    rows = compared[compared["cut"] == PRINTED]
    parts = []
    for row in rows.itertuples():
        n_fast, total = row.n_fast, row.n_fast + row.n_slow
        told = "too few to be told" if np.isnan(n_fast) else f"{int(n_fast):,} of {int(total):,}"
        parts.append(f"{told} ({SETS[row.set][0].lower()}{SETS[row.set][1:]})")
    return ", ".join(parts)


def say_test(compared: pd.DataFrame, split: str, cut: str) -> str:
    """Return in a sentence what the log-rank test and the hazard ratio say of one comparison."""
    row = compared[(compared["set"] == split) & (compared["cut"] == cut)].iloc[0]
    if np.isnan(row["p_value"]):
        return "cannot be compared, for want of patients in one of the groups"
    ratio = interval(row[ESTIMATE], row[LOW], row[HIGH], 2)
    told = "survive differently" if row["p_value"] < SUFFICES else "cannot be told apart"
    hazard = "" if np.isnan(row[ESTIMATE]) else f", hazard ratio {ratio}"
    return f"{told} ({say_p(row['p_value'])}{hazard})"


def say_censoring(survival: pd.DataFrame, months: int) -> str:
    """Return in a sentence how many live on by different ideas, and in truth if it is known."""
    rows = survival[survival["months"] == months].set_index("whom")["survival"]
    words = {
        "As published": "{} of the patients live on as the paper counts",
        "Only where life or death is recorded": "{} if only those count of whom anything is "
        "recorded about death",
        "As it truly is": "{} in truth, which only a twin can tell",
    }
    parts = [
        words[whom].format("an untold share" if np.isnan(value) else f"{value:.0%}")
        for whom, value in rows.items()
    ]
    return f"{'; '.join(parts[:-1])}; and {parts[-1]}"


def say_published_threshold() -> str:
    """Return the printed threshold with a true minus sign."""
    return signed(read_published()["paper_a"]["survival"]["fast_threshold"])


def say_own(compared: pd.DataFrame) -> str:
    """Return what :func:`say_test` says of the panel that the paper shows for training."""
    return say_test(compared, RESUBSTITUTION, PRINTED)
