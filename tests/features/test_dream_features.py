import numpy as np
import pandas as pd
import pytest

from alsnb.checks import BadInput
from alsnb.features.dream import ITEMS, derive_features, needed_columns


def make_table(n_patients=12, seed=0):
    """A table with the names of the real one and invented values."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {name: rng.uniform(0, 4, n_patients) for name in needed_columns()},
        index=[f"P{number}" for number in range(n_patients)],
    )
    table["Onset.Delta"] = -rng.integers(30, 2000, n_patients)
    table["last.alsfrs.score"] = rng.integers(10, 40, n_patients)
    table["last.alsfrs.score.date"] = rng.integers(60, 92, n_patients)
    table["Height"] = 170.0
    return table


def test_a_patient_by_hand():
    table = make_table(1)
    table["Onset.Delta"] = -(365.25 - 91)
    table["last.alsfrs.score.date"] = 91
    table["last.alsfrs.score"] = 28
    table["last.climbing.stairs"] = 1.0
    table["alsfrs.score.slope"] = -1.5
    table["Age"] = 60.0
    row = derive_features(table).iloc[0]
    assert row["total_slope_since_onset"] == pytest.approx(-1.0)
    assert row["climbing_stairs_slope_since_onset"] == pytest.approx(-0.25)
    assert row["total_acceleration"] == pytest.approx(-0.5)
    assert row["log_onset_delta"] == pytest.approx(np.log(274.25))
    assert row["age_at_onset"] == pytest.approx(60 - 274.25 / 365.25)


def test_the_table_stays_in_front_and_unchanged():
    table = make_table()
    before = table.copy()
    derived = derive_features(table)
    pd.testing.assert_frame_equal(table, before)
    pd.testing.assert_frame_equal(derived[table.columns], before)
    assert derived.columns.is_unique
    assert derived.shape[1] == table.shape[1] + 23
    assert {f"{item.replace('.', '_')}_slope_since_onset" for item in ITEMS} <= set(derived)


@pytest.mark.parametrize("seed", range(5))
def test_every_row_is_derived_by_itself(seed):
    table = make_table(seed=seed)
    derived = derive_features(table)
    rows = np.random.default_rng(seed).permutation(len(table))
    pd.testing.assert_frame_equal(derive_features(table.iloc[rows]), derived.iloc[rows])
    alone = pd.concat([derive_features(table.iloc[[row]]) for row in range(len(table))])
    pd.testing.assert_frame_equal(alone, derived)


def test_numbers_are_finite_even_at_the_day_of_onset():
    table = make_table()
    table["Onset.Delta"] = 0
    table["last.alsfrs.score.date"] = 0
    assert np.isfinite(derive_features(table)).all(axis=None)


def test_what_is_missing_stays_missing():
    table = make_table()
    table.loc["P3", "last.alsfrs.score"] = np.nan
    derived = derive_features(table)
    assert np.isnan(derived.loc["P3", "total_slope_since_onset"])
    assert derived.drop(index="P3").notna().all(axis=None)


def test_a_missing_column_is_named():
    with pytest.raises(BadInput, match=r"none named 'Onset\.Delta'"):
        derive_features(make_table().drop(columns="Onset.Delta"))
