"""Each way of dealing with gaps does what its name says, from training patients alone."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from threadpoolctl import threadpool_limits

from alsnb.checks import BadInput
from alsnb.models.gaps import WAYS, DrawnValues, FilledWithFlags, make_with_gaps


@pytest.fixture(autouse=True)
def one_thread():
    with threadpool_limits(1):
        yield


def draw_table(n=240, seed=0):
    """Return six columns that go together, a third of the cells of two of them lost."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=n)
    table = pd.DataFrame({f"x{k}": common + 0.3 * rng.normal(size=n) for k in range(6)})
    target = pd.Series(common + 0.2 * rng.normal(size=n))
    whole = table.copy()
    table[["x0", "x1"]] = table[["x0", "x1"]].mask(rng.random((n, 2)) < 0.33)
    return table, target, whole


@pytest.mark.parametrize("way", WAYS)
def test_every_way_predicts_new_patients_with_gaps_and_the_same_again(way):
    table, target, _ = draw_table()
    model = make_with_gaps(way, 3, n_trees=30, n_imputations=2)
    first = clone(model).fit(table[:160], target[:160])
    predicted = first.predict(table[160:])
    assert np.mean((predicted - target[160:]) ** 2) < 0.5 * target.var()
    again = clone(model).fit(table[:160], target[:160])
    np.testing.assert_array_equal(predicted, again.predict(table[160:]))
    np.testing.assert_array_equal(predicted, first.predict(table[160:]))


@pytest.mark.parametrize("way", WAYS)
def test_held_out_patients_change_nothing_of_what_is_learnt(way):
    table, target, _ = draw_table()
    model = make_with_gaps(way, 3, n_trees=20, n_imputations=2).fit(table[:160], target[:160])
    others = table.copy()
    others.iloc[160:] = others.iloc[160:] * 5
    other = make_with_gaps(way, 3, n_trees=20, n_imputations=2)
    other.fit(others[:160], target[:160])
    np.testing.assert_array_equal(model.predict(table[:50]), other.predict(table[:50]))


def test_draws_lie_near_what_was_lost_and_differ_from_seed_to_seed():
    table, _, whole = draw_table()
    lost = table["x0"].isna()
    fillings = [
        DrawnValues(seed=seed).fit(table).transform(table).loc[lost, "x0"] for seed in range(4)
    ]
    assert np.corrcoef(np.mean(fillings, axis=0), whole.loc[lost, "x0"])[0, 1] > 0.8
    spread = np.std(fillings, axis=0).mean()
    assert 0.1 < spread < 0.6
    filled = DrawnValues(seed=1).fit(table).transform(table)
    pd.testing.assert_frame_equal(filled[["x2", "x3"]], table[["x2", "x3"]])
    assert filled["x0"].between(table["x0"].min(), table["x0"].max()).all()


def test_flags_say_where_there_was_a_gap():
    table = pd.DataFrame({"a": [1.5, np.nan, 3.5, 2.5], "b": [1.0, 2.0, 3.0, 4.0]})
    filled = FilledWithFlags().fit(table).transform(table)
    assert filled["no_a"].tolist() == [0, 1, 0, 0]
    assert filled.loc[1, "a"] == 2.5
    assert list(filled) == ["a", "b", "no_a"]


def test_an_unknown_way_is_refused():
    with pytest.raises(BadInput, match="way of dealing with gaps"):
        make_with_gaps("zero", 1)
