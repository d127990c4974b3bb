"""Word the tables of the chapter on what 32 patients can show."""

import numpy as np
import pandas as pd

from alsnb.evaluation.increments import N_STUDIES
from alsnb.fits.increments import GAIN, GAIN_HIGH, GAIN_LOW, LOST, P_MCNEMAR, P_PERMUTED, WON
from alsnb.lessons.thirty_two.figures import TEST_TITLES, WORLD_TITLES
from alsnb.lessons.thirty_two.study import (
    CLASS_NAMES,
    CLOSING,
    MAJORITY,
    MODEL,
    SIZE,
    TEST,
    TESTS,
    TITLES,
    WORLD,
)
from alsnb.report import say
from alsnb.report.tables import shown
from alsnb.schema import ESTIMATE, HIGH, LOW

IN_A_SENTENCE = {
    "mcnemar": "McNemar's test",
    "interval": "the paired interval",
    "permutation": "the permutation test",
}

PATH_TITLES = {
    "usual": "Usual path, patients held out",
    "least": "Worst path, patients held out",
    "best": "Best path, patients held out",
    "best_on_fresh": "The same best path, fresh patients",
    "flattery": "Best path: held out less fresh",
}


def show_shares(shares: pd.DataFrame) -> pd.DataFrame:
    """Return what part of the published accuracy each model reaches, for reading."""
    return shown(
        shares,
        {
            MODEL: ("Model reads", TITLES),
            "n_inputs": ("Inputs", ".0f"),
            ESTIMATE: ("Accuracy (range of 95 % of the divisions)", (LOW, HIGH, 3)),
            "of_published": ("Of the published accuracy", ".0%"),
            "fresh": ("Accuracy on fresh simulated patients", ".3f"),
        },
    )


def show_tests(tested: pd.DataFrame) -> pd.DataFrame:
    """Return the tests of one division, for reading."""
    return shown(
        tested,
        {
            "learner": ("Learner", str.capitalize),
            WON: ("Right only with MRI", ".0f"),
            LOST: ("Right only without", ".0f"),
            P_MCNEMAR: ("McNemar, exact p", say.p_value),
            GAIN: ("Score saved by MRI (95 % interval)", (GAIN_LOW, GAIN_HIGH, 3)),
            P_PERMUTED: ("Permutation p", say.p_value, "not done"),
        },
    )


def show_claims(claims: pd.DataFrame) -> pd.DataFrame:
    """Return rates of claims in one world and size, for reading."""
    return shown(
        claims,
        {
            TEST: ("Test", TEST_TITLES),
            ESTIMATE: ("Studies that claim a gain (95 % interval)", (LOW, HIGH, 3)),
            N_STUDIES: ("Studies", ",.0f"),
        },
    )


def show_power(claims: pd.DataFrame) -> pd.DataFrame:
    """Return power, a row per world and test and a column per size, for reading."""
    wide = claims.pivot_table(ESTIMATE, [WORLD, TEST], SIZE, sort=False)
    wide = wide.sort_index(axis=1)
    worlds, tests = (list(dict.fromkeys(claims[WORLD])), list(TESTS))
    rows = [(world, test) for world in worlds for test in tests if (world, test) in wide.index]
    cells = wide.loc[rows].map(lambda share: "" if np.isnan(share) else f"{share:.0%}")
    cells.columns = [f"{size:,}" for size in cells.columns]
    names = {"World": [WORLD_TITLES[w] for w, _ in rows], "Test": [TEST_TITLES[t] for _, t in rows]}
    return pd.concat([pd.DataFrame(names), cells.reset_index(drop=True)], axis=1)


def show_learning(learning: pd.DataFrame) -> pd.DataFrame:
    """Return scores on fresh patients, a row per world and model, for reading."""
    wide = learning.pivot_table(ESTIMATE, [WORLD, MODEL], SIZE, sort=False)
    rows = [
        (world, model)
        for world in dict.fromkeys(learning[WORLD])
        for model in TITLES
        if (world, model) in wide.index
    ]
    cells = wide.loc[rows].map("{:.4f}".format)
    cells.columns = [f"{size:,}" for size in cells.columns]
    names = {"World": [WORLD_TITLES[w] for w, _ in rows], "Model": [TITLES[m] for _, m in rows]}
    return pd.concat([pd.DataFrame(names), cells.reset_index(drop=True)], axis=1)


def show_selection(selected: pd.DataFrame) -> pd.DataFrame:
    """Return how classes and accuracy move when only the dead are kept, for reading."""
    return shown(
        selected,
        {
            CLOSING: ("Months from the last scan to the end", _closing),
            "share_dead": ("Dead by then", ".0%"),
            **{name: (name.capitalize(), ".0%") for name in CLASS_NAMES},
            MAJORITY: ("Accuracy of the largest class", ".3f"),
            "dead": ("Clinical characteristics, on the dead", ".3f"),
            "everybody": ("On everybody", ".3f"),
        },
    )


def _closing(months: float) -> str:
    return f"{months:.0f}" if np.isfinite(months) else "until all have died"


def show_paths(paths: pd.DataFrame) -> pd.DataFrame:
    """Return mean gains on the usual and the best path, for reading."""
    return shown(
        paths,
        {
            "what": ("Accuracy with MRI less without", PATH_TITLES),
            ESTIMATE: ("Mean over studies (95 % interval)", (LOW, HIGH, 3)),
            "share_as_large": ("Studies that reach the published gain", ".0%"),
        },
    )


def claimed(tested: pd.DataFrame) -> list[str]:
    """Return which tests claim a gain in one division, and by which learner."""
    found = []
    for row in tested.to_dict("records"):
        claims = {
            "mcnemar": row[P_MCNEMAR] < 0.05 and row[WON] > row[LOST],
            "interval": row[GAIN_LOW] > 0,
            "permutation": row[P_PERMUTED] < 0.05,
        }
        found += [
            f"{IN_A_SENTENCE[test]} of the {row['learner']}"
            for test, is_one in claims.items()
            if is_one
        ]
    return found


def patients(size: float) -> str:
    """Return from how many patients on something holds, or that it holds at none of the sizes."""
    return f"from {size:,.0f} patients on" if np.isfinite(size) else "at none of the sizes tried"
