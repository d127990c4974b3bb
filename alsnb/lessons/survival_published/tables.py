"""Show the survival analysis: its tables, and the words that depend on its numbers."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from alsnb.disclosure import say_count
from alsnb.lessons.survival_published.study import OUT_OF_FOLD, PRINTED, QUANTILE, TEST
from alsnb.lessons.survival_published.study import RESUBSTITUTION as OWN
from alsnb.report import say
from alsnb.report.tables import interval, shown, signed
from alsnb.schema import ESTIMATE, HIGH, LOW

SETS = {OWN: "Training, resubstituted", OUT_OF_FOLD: "Training, out of fold", TEST: "Test"}
"""What a reader calls those whose predictions are cut."""

CUTS = {PRINTED: "as printed", QUANTILE: "quantile"}
"""What a reader calls either cut."""

SUFFICES = 0.05
"""A p-value below it is called a difference, as is the custom."""

NO_DIFFERENCE = "do not differ detectably"

INTERVAL = (LOW, HIGH, 2)


def _p(p_value: float) -> str:
    """Return a p-value for a sentence or a legend."""
    if np.isnan(p_value):
        return "p not defined"
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}"


def _whole(value: float) -> str:
    return f"{int(value):,}"


def show_account(accounted: pd.DataFrame) -> pd.DataFrame:
    """Return the account of how times end for readers."""
    names = {"end": "What is known", "counts_as": "Counts as", "n_patients": "Patients"}
    return accounted.rename(columns=names)


def show_times(described: pd.DataFrame) -> pd.DataFrame:
    """Return the description of the times for readers."""
    is_count = ~described["quantity"].str.startswith("Months")
    digits = described["value"].map("{:.1f}".format, na_action="ignore")
    values = digits.mask(is_count, described["value"].map(_whole, na_action="ignore"))
    return pd.DataFrame({"Quantity": described["quantity"], "Value": values.fillna("withheld")})


def show_comparison(compared: pd.DataFrame) -> pd.DataFrame:
    """Return the comparisons of fast and medium-slow patients for readers."""
    sizes = {f"{group}_words": _count(compared, group) for group in ("fast", "slow")}
    columns = {
        "set": ("Patients", SETS),
        "cut": ("Cut", CUTS),
        "threshold": ("at", ".3f"),
        "fast_words": ("Fast (dead)", None),
        "slow_words": ("Others (dead)", None),
        ESTIMATE: ("Hazard ratio", INTERVAL),
        "p_value": ("Log-rank", _p),
        "days": ("Days of life", ("days_low", "days_high", 0)),
    }
    return shown(compared.assign(**sizes), columns, missing=_p(np.nan))


def _count(compared: pd.DataFrame, group: str) -> list[str]:
    pairs = compared[[f"n_{group}", f"deaths_{group}"]].to_numpy()
    return [
        "withheld" if np.isnan(n) else f"{_whole(n)} ({say_count(int(deaths))})"
        for n, deaths in pairs
    ]


def count_fast(compared: pd.DataFrame) -> str:
    """Return how many of each set are fast where predictions are cut as printed."""
    rows = compared[compared["cut"] == PRINTED]
    told = [
        "too few to be told" if np.isnan(fast) else f"{_whole(fast)} of {_whole(fast + slow)}"
        for fast, slow in rows[["n_fast", "n_slow"]].to_numpy()
    ]
    sets = rows["set"].map(SETS).map(say.lower_first)
    return ", ".join(f"{share} ({whose})" for share, whose in zip(told, sets, strict=True))


def read_test(compared: pd.DataFrame, split: str, cut: str) -> tuple[str, dict[str, str]]:
    """Return how much may be said of one comparison, and what test and hazard ratio say."""
    row = compared[(compared["set"] == split) & (compared["cut"] == cut)].iloc[0]
    words = {
        "verdict": "survive differently" if row["p_value"] < SUFFICES else NO_DIFFERENCE,
        "p": _p(row["p_value"]),
        "ratio": interval(*row[[ESTIMATE, LOW, HIGH]], 2),
    }
    if np.isnan(row["p_value"]):
        return "nothing", words
    return ("test" if np.isnan(row[ESTIMATE]) else "ratio"), words


def share_called(compared: pd.DataFrame, split: str, cut: str) -> float:
    """Return the share of a set that is called fast; NaN if it may not be told."""
    row = compared[(compared["set"] == split) & (compared["cut"] == cut)].iloc[0]
    return row["n_fast"] / (row["n_fast"] + row["n_slow"])


def read_periods(ratios: pd.DataFrame) -> tuple[str, dict[str, str]]:
    """Return whether the intervals of two periods overlap, and the hazard ratios in words."""
    early, late = ratios.to_dict("records")
    words = {
        row["period"]: interval(row[ESTIMATE], row[LOW], row[HIGH], 2) for row in (early, late)
    }
    if np.isnan([early[ESTIMATE], late[ESTIMATE]]).any():
        return "nothing", words
    apart = early[LOW] > late[HIGH] or late[LOW] > early[HIGH]
    return ("apart" if apart else "overlap"), words


def title_panels(curves: pd.DataFrame, compared: pd.DataFrame) -> pd.DataFrame:
    """Return curves with a ``panel`` that says which patients, which cut and the log-rank p."""
    titles = {
        (row.set, row.cut): f"{SETS[row.set]}; cut {CUTS[row.cut]} ({signed(row.threshold)}); "
        f"log-rank {_p(row.p_value)}"
        for row in compared.itertuples()
    }
    pairs = zip(curves["set"], curves["cut"], strict=True)
    return curves.assign(panel=[titles[pair] for pair in pairs])


def list_titles(panels: Sequence[tuple[str, str]], compared: pd.DataFrame) -> list[str]:
    """Return the titles of a figure's panels in order, those of empty ones too."""
    wanted = pd.DataFrame(list(panels), columns=["set", "cut"])
    return list(title_panels(wanted, compared)["panel"])


def show_slope(correlations: pd.DataFrame) -> pd.DataFrame:
    """Return the correlations of slope and time to death for readers."""
    columns = {
        "label": ("Whom, and what", None),
        "n_patients": ("Patients", _whole),
        ESTIMATE: ("Estimate", INTERVAL),
    }
    return shown(correlations, columns, missing="withheld")


def show_published(beside: pd.DataFrame) -> pd.DataFrame:
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
                _p(row.estimate).removeprefix("p ").removeprefix("= ") if is_p else ours,
                "a bound" if is_p else signed(row.difference, digits),
                _judge(*row[:-1]),
            ]
        )
    columns = ["", "Published", "This run", "Difference", "Verdict"]
    return pd.DataFrame(rows, columns=columns)


def _judge(label: str, published: float, estimate: float, low: float, high: float) -> str:
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


def show_prices(prices: pd.DataFrame) -> pd.DataFrame:
    """Return what resubstitution does to the hazard ratio for readers."""
    columns = {
        "cut": ("Cut", CUTS),
        "own": ("Resubstituted", ".2f"),
        "out_of_fold": ("Out of fold", ".2f"),
        ESTIMATE: ("Ratio", INTERVAL),
        "n_defined": ("Resamples that count", ".0%"),
    }
    return shown(prices, columns, missing="not defined")


def read_price(prices: pd.DataFrame, cut: str) -> tuple[str, dict[str, str]]:
    """Return whether the two hazard ratios can be compared, and what they are."""
    row = prices[prices["cut"] == cut].iloc[0]
    words = {name: f"{row[name]:.2f}" for name in ("own", "out_of_fold", ESTIMATE, LOW, HIGH)}
    outcome = "above" if row[LOW] > 1 else "below" if row[HIGH] < 1 else "inside"
    return ("nothing" if np.isnan(row[LOW]) else outcome), words


def show_censoring(survival: pd.DataFrame) -> pd.DataFrame:
    """Return the shares alive for readers: a row per month, a column per idea."""
    values = survival[["survival", LOW, HIGH]].to_numpy()
    cells = survival.assign(cell=[interval(*row, 2) for row in values])
    wide = cells.pivot_table(index="months", columns="whom", values="cell", aggfunc="first")
    wide = wide[list(survival["whom"].unique())].rename_axis(columns=None)
    return wide.rename_axis("Month").reset_index()


def read_censoring(survival: pd.DataFrame, months: int) -> list[str]:
    """Return which share lives on, by different ideas, and in truth if it is known."""
    shares = survival.loc[survival["months"] == months, "survival"]
    return ["a withheld share" if np.isnan(share) else say.share(share) for share in shares]
