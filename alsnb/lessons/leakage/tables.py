"""Tables of the laboratory of leaks, and the words that its sentences share."""

from collections.abc import Iterable, Mapping

import pandas as pd

from alsnb.disclosure import SMALLEST_COUNT, say_count
from alsnb.lessons.leakage.study import HONEST, LEAKY, MISTAKES, TITLES
from alsnb.report import say
from alsnb.report.tables import interval, shown, signed
from alsnb.schema import ESTIMATE, HIGH, LOW, METRIC, MODEL

FEW_TITLES = {"preparing": "filled and scaled before", "ranking": "ranked before"}
"""What a reader calls the mistakes that are measured in studies of all sizes."""


def tabulate_mistakes(mistakes: tuple[str, ...]) -> pd.DataFrame:
    """Return the catalogue: the name of each switch, what is done, and what is right."""
    rows = [[name, *MISTAKES[name]] for name in mistakes]
    return pd.DataFrame(rows, columns=["Switch", "Mistake", "What is done", "What is right"])


def tabulate_measured(measured: pd.DataFrame) -> pd.DataFrame:
    """Return a row per mistake and model: both R², and the differences in R² and PCC."""
    keys = ["label", MODEL]
    r2, pcc = (measured[measured[METRIC] == name] for name in ("r2", "pcc"))
    pcc = pcc.assign(pcc=[interval(*row) for row in pcc[[ESTIMATE, LOW, HIGH]].to_numpy()])
    columns = {
        "label": ("Mistake", None),
        MODEL: ("Model", TITLES),
        HONEST: ("Honest R²", ".3f"),
        LEAKY: ("Leaky R²", ".3f"),
        ESTIMATE: ("Difference in R²", (LOW, HIGH, 3)),
        "pcc": ("Difference in PCC", None),
    }
    return shown(r2.merge(pcc[[*keys, "pcc"]], on=keys, how="left"), columns)


def named(effects: pd.DataFrame) -> str:
    """Return the labels of effects, each with its estimate."""
    return ", ".join(f"{row.label} ({signed(row.estimate)})" for row in effects.itertuples())


def listed(names: Iterable[str], rows: pd.DataFrame) -> str:
    """Return names, each with the estimate of its row and the interval."""
    pairs = zip(names, rows.to_dict("records"), strict=True)
    return "; ".join(f"{name} {say.estimate(row)}" for name, row in pairs)


def which_is_lower(first: Mapping, second: Mapping) -> str:
    """Return which interval lies below the other, ``first`` or ``second``, or ``neither``."""
    if first[HIGH] < second[LOW]:
        return "first"
    return "second" if second[HIGH] < first[LOW] else "neither"


def tabulate_lookalikes(alike: pd.DataFrame) -> pd.DataFrame:
    """Return how many patients agree with another one, by what they agree in."""
    titles = {"agreeing in": "Agreeing in", "patients": "Patients"}
    return alike.rename(columns=titles)
