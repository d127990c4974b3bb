"""Tables of the chapter as a page shows them."""

from collections.abc import Callable
from functools import partial

import pandas as pd

from alsnb.disclosure import say_tens
from alsnb.report.tables import minus, shown, signed

RULES = {name: (name, None) for name in ("table", "rule", "reason", "rows", "values")} | {
    "patients": ("patients", ".0f", "withheld"),
    "expected": ("expected", ",.0f"),
    "order": ("compared", lambda order: "" if order == "not known" else order),
    "without_defects": ("without defects", ",.0f"),
}
"""Columns of the table of rules, and how each is shown."""


def spell_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose columns are named in words."""
    return frame.rename(columns=lambda name: name.replace("_", " "))


def show_rules(rules: pd.DataFrame) -> pd.DataFrame:
    """Return the rules in whole numbers, and nothing where none is known."""
    return shown(rules, {name: RULES[name] for name in rules})


LOSSES = {"what": "what is lost", "unknown": "not understood", "remedy": "what to do"}
"""Columns of the table of losses that a page calls otherwise."""


def show_losses(losses: pd.DataFrame, *, is_real: bool) -> pd.DataFrame:
    """Return losses with counts in words; of real patients without those inside other cells."""
    say = counter(is_real=is_real)
    counted = {
        name: ["" if pd.isna(n) else say(int(n)) for n in losses[name]]
        for name in ("lost", "given")
    }
    if is_real:
        inner = {name: losses[name].str.replace(_COUNT, "", regex=True) for name in _WITH_COUNTS}
        losses = losses.assign(**inner)
    return losses.assign(**counted).rename(columns=LOSSES)


_WITH_COUNTS = ("what", "reasons", "unknown")
_COUNT = r" \([\d,]+\)"


def counter(*, is_real: bool, sign: str = "") -> Callable[[int], str]:
    """Return the function that says a count: of patients, rounded, or withheld if it is small."""
    if is_real:
        return partial(say_tens, sign=sign)
    return lambda n: minus(f"{int(n):{sign},}") if n else "0"


def show_effects(effects: pd.DataFrame, *, is_real: bool) -> pd.DataFrame:
    """Return effects on the cohort in words, of patients with counts rounded by `counter`.

    So none of fewer than five can be worked out from two of them.
    """
    say = counter(is_real=is_real)
    forms = dict.fromkeys(("n_patients", "slopes_moved", "values_changed"), say)
    forms |= {"more_or_fewer": counter(is_real=is_real, sign="+")}
    forms |= dict.fromkeys(("slope_mean", "slope_sd"), partial(signed, digits=3 if is_real else 4))
    there = [name for name in forms if name in effects]
    return effects.assign(**{name: effects[name].map(forms[name]) for name in there})


def show_match(match: pd.DataFrame) -> pd.DataFrame:
    """Return the comparison with the same world never spoiled, each line in digits of its own."""
    sizes = match["cleaned"].fillna(match["published"]).abs()
    digits = [0 if size >= 100 else 3 if size < 2 else 1 for size in sizes]
    lines = [
        [signed(value, n) if pd.notna(value) else "" for value in line]
        for line, n in zip(match.iloc[:, 1:].to_numpy(), digits, strict=True)
    ]
    words = pd.DataFrame(lines, columns=match.columns[1:])
    words.insert(0, "quantity", match["quantity"])
    return spell_columns(words)


def show_measures(measures: pd.DataFrame) -> pd.DataFrame:
    """Return measurements, absurd ones as powers of ten."""
    columns = {name: (name, _measure) for name in measures.columns[1:]}
    return spell_columns(shown(measures, {"measure": ("measure", None)} | columns))


def _measure(value: float) -> str:
    return f"{value:.2g}" if abs(value) >= 1e5 else f"{value:.2f}"


def show_prices(prices: pd.DataFrame, *, is_real: bool) -> pd.DataFrame:
    """Return what mistakes cost a forest."""
    columns = {
        "label": ("tables", None),
        "n_patients": ("patients", counter(is_real=is_real)),
        "r2_cleaned": ("R², cleaned", ".3f"),
        "r2": ("R², these tables", ".3f"),
        "estimate": ("difference", ("low", "high", 3)),
    }
    return shown(prices, columns)
