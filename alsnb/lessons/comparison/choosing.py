"""Choose the ensemble after a look at the test patients, and measure what the look is worth."""

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from alsnb.report.tables import signed
from alsnb.schema import ESTIMATE, HIGH, LOW, MODEL, OBSERVED, PATIENT, PREDICTED
from alsnb.study.compare import keep_result
from alsnb.study.paper_a import CNN, FFNN
from alsnb.study.references import MEMBERS, TITLES

DECLARED = (CNN, FFNN)
"""The ensemble of the paper, which was named here before anybody had looked."""

N_HALVINGS = {"smoke": 50, "book": 1000, "full": 1000}
"""How often the test patients are cut into two halves, by profile."""


def list_candidates(members: Sequence[str] = MEMBERS) -> list[tuple[str, ...]]:
    """Return every set of two members or more; each is an ensemble that could be reported."""
    sizes = range(2, len(members) + 1)
    return [one for size in sizes for one in combinations(sorted(members), size)]


def choose_after_looking(
    predictions: pd.DataFrame, members: Sequence[str] = MEMBERS, *, profile: str, seed: int
) -> pd.DataFrame:
    """Choose the best ensemble in one half of the test patients, and look at it in the other.

    Parameters
    ----------
    predictions : DataFrame
        Predictions frame of the held-out patients.
    members : sequence of str
        The models whose averages are candidates; FFNN and CNN are among them.
    profile : str
        Says how often the patients are halved.
    seed : int
        Seed of the halves.

    Returns
    -------
    DataFrame
        A row per halving: ``chosen`` (the members joined by a plus sign), ``seen`` and
        ``unseen`` (R² of the chosen ensemble minus that of :data:`DECLARED` in the half in
        which it was chosen, and in the other).
    """
    rows = keep_result(predictions)
    wide = rows[rows[MODEL].isin(members)].pivot_table(
        index=[PATIENT, OBSERVED], columns=MODEL, values=PREDICTED
    )
    observed = wide.index.get_level_values(OBSERVED).to_numpy()
    candidates = list_candidates(members)
    mixed = np.stack([wide[list(one)].mean(axis=1) for one in candidates], axis=1)
    squared = (mixed - observed[:, None]) ** 2
    declared = candidates.index(DECLARED)
    rng, halvings = np.random.default_rng(seed), []
    for _ in range(N_HALVINGS[profile]):
        order = rng.permutation(len(observed))
        halves = np.array_split(order, 2)
        gains = [_gains(squared[half], observed[half], declared) for half in halves]
        best = int(np.argmax(gains[0]))
        name = "+".join(candidates[best])
        halvings.append({"chosen": name, "seen": gains[0][best], "unseen": gains[1][best]})
    return pd.DataFrame(halvings)


def _gains(squared: np.ndarray, observed: np.ndarray, declared: int) -> np.ndarray:
    """Return the R² of every candidate minus that of the declared one, in one half."""
    errors = squared.mean(axis=0) / np.var(observed)
    return errors[declared] - errors


def measure_look(halvings: pd.DataFrame) -> pd.DataFrame:
    """Return what choosing seems to gain, what it gains, and the difference.

    Returns
    -------
    DataFrame
        ``label``, ``estimate`` (mean over halvings, in R²), ``low`` and ``high`` (the middle
        95 % of the halvings).
    """
    columns = {
        "Where it was chosen": halvings["seen"],
        "In the other half": halvings["unseen"],
        "What the look is worth": halvings["seen"] - halvings["unseen"],
    }
    rows = [
        {
            "label": label,
            ESTIMATE: values.mean(),
            LOW: values.quantile(0.025),
            HIGH: values.quantile(0.975),
        }
        for label, values in columns.items()
    ]
    return pd.DataFrame(rows)


def measure_looks(looks: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return :func:`measure_look` of several pools of models, each line with its pool's name."""
    parts = [measure_look(one).assign(pool=pool) for pool, one in looks.items()]
    table = pd.concat(parts, ignore_index=True)
    return table.assign(label=table["pool"] + ": " + table["label"].str.lower())


def word_look(halvings: pd.DataFrame) -> str:
    """Return in sentences how arbitrary the choice is and what the look was worth."""
    look = measure_look(halvings).set_index("label")
    seen, unseen, worth = (look.iloc[place] for place in range(3))
    counts = halvings["chosen"].value_counts()
    names = " + ".join(TITLES[name] for name in counts.index[0].split("+"))
    return (
        f"In {len(halvings):,} halvings, {len(counts)} different ensembles came out best; the "
        f"commonest ({names}) in {counts.iloc[0] / len(halvings):.0%} of them. Over FFNN+CNN the "
        f"chosen one seems to gain {signed(seen[ESTIMATE])} in R² where it was chosen, and gains "
        f"{signed(unseen[ESTIMATE])} in the other half: the look itself is worth "
        f"{signed(worth[ESTIMATE])} (middle 95 % of the halvings {signed(worth[LOW])} to "
        f"{signed(worth[HIGH])})."
    )
