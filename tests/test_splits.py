import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alsnb.checks import BadInput
from alsnb.splits import hold_out, make_folds, rotate_in_three, sizes_like, split_in_three

PATIENTS = [f"P{number:03d}" for number in range(103)]


@settings(max_examples=60, deadline=None)
@given(
    n_patients=st.integers(2, 80),
    n_folds=st.integers(2, 10),
    seed=st.integers(0, 10_000),
    stratify=st.booleans(),
)
def test_every_patient_is_held_out_once_per_repeat(n_patients, n_folds, seed, stratify):
    n_folds = min(n_folds, n_patients)
    patients = np.arange(n_patients) * 7
    strata = np.random.default_rng(seed).normal(size=n_patients) if stratify else None
    folds = make_folds(patients, n_folds=n_folds, n_repeats=2, seed=seed, strata=strata)
    assert len(folds) == 2 * n_folds
    for fold in folds:
        assert not set(fold.train) & set(fold.test)
        assert set(fold.train) | set(fold.test) == set(patients)
    for repeat in range(2):
        held_out = [fold.test for fold in folds if fold.repeat == repeat]
        assert sorted(np.concatenate(held_out)) == sorted(patients)
        sizes = [len(keys) for keys in held_out]
        assert max(sizes) - min(sizes) <= 1


def test_rows_of_one_patient_never_meet_across_sides():
    visits = pd.DataFrame({"patient": np.repeat(PATIENTS, 4)})
    for fold in make_folds(visits["patient"].unique(), n_folds=5, seed=1):
        train = visits[visits["patient"].isin(fold.train)]
        test = visits[visits["patient"].isin(fold.test)]
        assert len(train) + len(test) == len(visits)
        assert not set(train["patient"]) & set(test["patient"])


def test_same_seed_same_folds_and_another_seed_others():
    def keys(seed, n_repeats=2):
        folds = make_folds(PATIENTS, n_folds=4, n_repeats=n_repeats, seed=seed)
        return [list(fold.test) for fold in folds]

    assert keys(3) == keys(3)
    assert keys(3) != keys(4)
    assert keys(3)[:4] != keys(3)[4:]
    assert keys(3, n_repeats=5)[:8] == keys(3)


@pytest.mark.parametrize("seed", range(5))
def test_strata_give_every_fold_the_same_quantiles(seed):
    target = pd.Series(np.random.default_rng(seed).gumbel(size=len(PATIENTS)), index=PATIENTS)
    folds = make_folds(PATIENTS, n_folds=5, seed=seed, strata=target)
    share_low = [np.mean(target[fold.test] < target.median()) for fold in folds]
    assert np.ptp(share_low) < 0.1


def test_strata_may_be_classes():
    fast = np.repeat([True, False], [20, 80])
    folds = make_folds(range(100), n_folds=5, seed=0, strata=fast)
    assert [int(fast[fold.test].sum()) for fold in folds] == [4] * 5


def test_order_of_keys_is_kept():
    fold = make_folds(PATIENTS, n_folds=3, seed=0)[0]
    assert list(fold.train) == sorted(fold.train)


def test_fold_cannot_be_changed():
    fold = hold_out(PATIENTS, share=0.2, seed=0)
    with pytest.raises(AttributeError):
        fold.train = fold.test


@pytest.mark.parametrize(
    ("n_patients", "share", "n_held_out"), [(2921, 0.25, 731), (30, 0.1, 3), (31, 0.1, 4)]
)
def test_hold_out_rounds_up(n_patients, share, n_held_out):
    fold = hold_out(range(n_patients), share=share, seed=5)
    assert len(fold.test) == n_held_out
    assert sorted([*fold.train, *fold.test]) == list(range(n_patients))
    assert list(fold.test) == list(hold_out(range(n_patients), share=share, seed=5).test)


@pytest.mark.parametrize(
    ("patients", "settings", "words"),
    [
        (["a", "b", "a"], {"n_folds": 2}, "'a' more than once"),
        (["a", "b"], {"n_folds": 3}, "2 patients"),
        (["a", "b"], {"n_folds": 1}, "at least two folds"),
        (["a", "b"], {"n_folds": 2, "n_repeats": 0}, "0 repeats"),
        (["a", "b"], {"n_folds": 2, "strata": [1.0]}, "1 values"),
        (["a", "b"], {"n_folds": 2, "strata": [1.0, np.nan]}, "1 of them missing"),
    ],
)
def test_what_cannot_be_divided_is_said(patients, settings, words):
    with pytest.raises(BadInput, match=words):
        make_folds(patients, seed=0, **settings)


@pytest.mark.parametrize("share", [0.0, 1.0, -0.5, 2.0])
def test_a_share_that_empties_a_side_is_said(share):
    with pytest.raises(BadInput, match="both sides"):
        hold_out(PATIENTS, share=share, seed=0)
    with pytest.raises(BadInput, match="more than once"):
        hold_out(["a", "a"], share=0.5, seed=0)


@settings(max_examples=60, deadline=None)
@given(classes=st.lists(st.integers(0, 3), min_size=12, max_size=150), seed=st.integers(0, 10_000))
def test_three_parts_hold_everybody_once_and_each_class_by_its_share(classes, seed):
    n = len(classes)
    sizes = sizes_like(n, (83, 20, 32))
    splits = split_in_three(range(n), sizes=sizes, n_splits=2, seed=seed, strata=classes)
    for split in splits:
        parts = [split.train, split.validation, split.test]
        assert [len(part) for part in parts] == list(sizes)
        assert sorted(np.concatenate(parts)) == list(range(n))
        for one in set(classes):
            of_class = [number for number in range(n) if classes[number] == one]
            for part, size in zip(parts, sizes, strict=True):
                expected = len(of_class) * size / n
                assert abs(len(part.intersection(of_class)) - expected) < 2
    first = split_in_three(range(n), sizes=sizes, n_splits=1, seed=seed, strata=classes)[0]
    assert list(first.train) == list(splits[0].train)


def test_paper_b_is_divided_as_printed():
    classes = np.repeat([0, 1, 2], [50, 60, 25])
    split = split_in_three(range(135), sizes=(83, 20, 32), seed=1, strata=classes)[0]
    assert (len(split.train), len(split.validation), len(split.test)) == (83, 20, 32)
    assert sizes_like(135, (83, 20, 32)) == (83, 20, 32)
    assert sizes_like(270, (83, 20, 32)) == (166, 40, 64)


@pytest.mark.parametrize("sizes", [(83, 20), (83, 20, 31), (103, 0, 32)])
def test_three_parts_that_do_not_add_up_are_refused(sizes):
    with pytest.raises(BadInput, match="add up to 135"):
        split_in_three(range(135), sizes=sizes, seed=1, strata=np.zeros(135))


@given(st.integers(3, 8), st.integers(1, 3), st.integers(1, 3), st.integers(0, 10_000))
def test_parts_that_take_turns_predict_and_watch_everybody_once_a_round(
    n_folds, n_rounds, per_class, seed
):
    n = 3 * n_folds * per_class
    strata = np.repeat([0, 1, 2], n_folds * per_class)
    how = {"n_folds": n_folds, "n_rounds": n_rounds, "seed": seed, "strata": strata}
    splits = rotate_in_three(range(n), **how)
    assert [split.number for split in splits] == list(range(n_folds * n_rounds))
    for split in splits:
        parts = [split.train, split.validation, split.test]
        assert sorted(np.concatenate(parts)) == list(range(n))
        assert [len(part) for part in parts[1:]] == [3 * per_class] * 2
        assert set(np.bincount(strata[split.test])) == {per_class}
    for start in range(0, len(splits), n_folds):
        in_turn = splits[start : start + n_folds]
        for part in ("test", "validation"):
            assert sorted(np.concatenate([getattr(s, part) for s in in_turn])) == list(range(n))
