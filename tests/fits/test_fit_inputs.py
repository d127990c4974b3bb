"""What stored trainings are made from: folds, repeats, one split, and patients in none."""

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from alsnb.checks import BadInput
from alsnb.compute.digests import digest
from alsnb.fits.inputs import make_inputs
from alsnb.splits import Fold, hold_out, make_folds


@pytest.fixture
def table():
    patients = pd.Index([f"p{number}" for number in range(12)], name="patient")
    return pd.DataFrame({"a": range(12), "b": range(12, 24)}, index=patients, dtype=float)


def facts(folds):
    return [(f.repeat, f.fold, list(f.train), list(f.test)) for f in folds]


def test_the_folds_that_went_in_come_out(table):
    folds = make_folds(table.index, n_folds=3, n_repeats=2, seed=1)
    inputs = make_inputs(table, table["a"], folds)
    assert facts(inputs.folds()) == facts(folds)
    assert inputs.features == ("a", "b")
    assert_frame_equal(inputs.table, table)


def test_one_split_is_one_fold_and_leaves_away_who_is_on_neither_side(table):
    whole = hold_out(table.index, share=0.25, seed=2)
    split = Fold(0, 0, whole.train[1:], whole.test)
    inputs = make_inputs(table, table["a"], [split], features=["b"])
    assert facts(inputs.folds()) == facts([split])
    assert whole.train[0] not in inputs.target.index
    assert list(inputs.table) == ["b"]


def test_who_is_in_no_fold_changes_no_key(table):
    folds = make_folds(table.index[:9], n_folds=3, seed=1)
    changed = table.copy()
    changed.iloc[9:] = 1e6
    first, second = (make_inputs(one, one["a"], folds) for one in (table, changed))
    assert digest(first) == digest(second)
    assert digest(first) != digest(make_inputs(table + 1, table["a"], folds))


def test_a_feature_that_is_not_there_is_refused(table):
    folds = make_folds(table.index, n_folds=3, seed=1)
    with pytest.raises(BadInput, match="'c'"):
        make_inputs(table, table["a"], folds, features=["a", "c"])
