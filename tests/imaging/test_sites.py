"""Scanners are taken out as ComBat does it, and by what training subjects teach alone."""

import numpy as np
import pandas as pd
import pytest

from alsnb.checks import BadInput
from alsnb.imaging.sites import WithoutSites, find_effects

OF_NEUROCOMBAT = {
    0: [3.7373, 4.9856, 2.0546, 3.1446, 1.7624, 3.4583],
    12: [2.6140, 3.4127, 2.6866, 2.2972, 2.3990, 2.3486],
    23: [3.6011, 1.7675, 2.3910, 2.8828, 1.6203, 0.2222],
}
"""Rows of ``draw()`` as neuroCombat 0.2.12 corrects them, age kept."""


def draw():
    rng = np.random.default_rng(5)
    site = np.repeat(["A", "B", "C"], [10, 8, 6])
    age = rng.normal(60, 8, 24)
    values = rng.normal(size=(24, 6)) * [1, 2, 0.5, 1, 1.5, 3] + 0.05 * age[:, None]
    values += (site == "B")[:, None] * np.array([0.5, 1, 0.2, 0.3, 0.9, 2])
    values += np.where(site == "C", -0.5, 0)[:, None]
    values *= np.where(site == "C", 1.6, 1.0)[:, None]
    table = pd.DataFrame(np.round(values, 2), columns=[f"m{n}" for n in range(6)])
    return table.assign(scanner=site, age=np.round(age, 1))


def test_with_all_subjects_it_is_combat():
    table = draw()
    found = WithoutSites("scanner", keep=("age",)).fit(table).transform(table)
    for row, stated in OF_NEUROCOMBAT.items():
        np.testing.assert_allclose(found.loc[row], stated, atol=2e-4)


def test_one_measure_worked_out_by_hand():
    table = pd.DataFrame({"m": [1.0, 2, 3, 5, 7, 9], "scanner": list("aaabbb")})
    fitted = WithoutSites("scanner").fit(table)
    # means 2 and 7, so 4.5 over all; left over -1 0 1 -2 0 2, whose mean square is 10 / 6
    sd = np.sqrt(10 / 6)
    np.testing.assert_allclose(fitted.effects_["a"].shift, [-2.5 / sd])
    np.testing.assert_allclose(fitted.effects_["b"].variance, [4 / sd**2])
    # each is moved to 4.5 and stretched to the common spread
    np.testing.assert_allclose(
        fitted.transform(table)["m"], 4.5 + sd * np.array([-1, 0, 1, -1, 0, 1])
    )


def test_effects_are_drawn_towards_each_other():
    rng = np.random.default_rng(0)
    scores = rng.normal(0.5, 1, (5, 400))
    found = find_effects(scores)
    raw = scores.mean(axis=0)
    assert found.shift.std() < raw.std() * 0.7
    assert found.shift.mean() == pytest.approx(0.5, abs=0.1)
    assert found.variance.std() < scores.var(axis=0, ddof=1).std() * 0.7


def test_what_is_removed_no_longer_goes_with_the_measures():
    table = draw()
    table["m0"] += 0.3 * table["age"]
    alone = table.drop(columns="scanner")
    found = WithoutSites("", remove=("age",)).fit(alone).transform(alone)
    assert abs(np.corrcoef(found["m0"], table["age"])[0, 1]) < 1e-9
    assert found["m0"].mean() == pytest.approx(table["m0"].mean())
    kept = WithoutSites("scanner", keep=("age",)).fit(table).transform(table)
    assert np.corrcoef(kept["m0"], table["age"])[0, 1] > 0.9


def test_held_out_subjects_teach_nothing():
    table = draw()
    train, held = table.iloc[::2], table.iloc[1::2].copy()
    fitted = WithoutSites("scanner", remove=("age",)).fit(train)
    before = fitted.transform(train)
    one = fitted.transform(held).iloc[0]
    held.iloc[1:, :6] = 1e3
    pd.testing.assert_frame_equal(fitted.transform(train), before)
    pd.testing.assert_series_equal(fitted.transform(held).iloc[0], one)


def test_a_scanner_that_training_lacks_is_left_as_it_is():
    table = draw().drop(columns="age")
    fitted = WithoutSites("scanner").fit(table)
    other = table.head(2).assign(scanner="new")
    np.testing.assert_allclose(fitted.transform(other), other[fitted.measures_])
    assert list(fitted.get_feature_names_out()) == [f"m{n}" for n in range(6)]


def test_what_cannot_be_corrected_is_refused():
    table = draw()
    gap = table.copy()
    gap.loc[0, "m0"] = np.nan
    with pytest.raises(BadInput, match="1 gaps in 6 columns"):
        WithoutSites("scanner", keep=("age",)).fit(gap)
    with pytest.raises(BadInput, match="more than"):
        WithoutSites("scanner", keep=("age",)).fit(table.head(3))
    with pytest.raises(BadInput, match="age"):
        WithoutSites("scanner", keep=("age",)).fit(table.drop(columns="age"))
