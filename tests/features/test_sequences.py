import numpy as np
import pytest
from proact_builder import ITEMS, draw_clean, make_clean, visit

from alsnb.cohort import select_cohort
from alsnb.features.catalogue import ITEMS as MEASURES
from alsnb.features.sequences import make_sequences
from alsnb.outcomes import DAYS_PER_MONTH, SlopeSettings

LATER = [visit(1, 120), visit(1, 400, level=1)]


def sequences_of(*visits):
    """The sequences of patient 1 with the visits of the window and two later ones."""
    clean = make_clean(alsfrs=[*visits, *LATER])
    return make_sequences(clean, select_cohort(clean))


def test_a_short_history_is_padded_with_its_last_visit():
    found = sequences_of(visit(1, 0, level=4), visit(1, 30, level=3))
    assert found.values.shape == (1, 11, 5)
    assert found.mask.tolist() == [[True, True, False, False, False]]
    np.testing.assert_array_equal(found.values[0, :10], np.tile([4, 3, 3, 3, 3], (10, 1)))
    month = 30 / DAYS_PER_MONTH
    np.testing.assert_allclose(found.values[0, 10], [0, month, month, month, month])
    assert found.names == (*MEASURES, "months")
    assert found.n_cut == 0


def test_of_more_than_five_visits_the_last_five_are_kept():
    found = sequences_of(*(visit(1, 10 * number, level=number / 2) for number in range(7)))
    assert found.mask.all()
    assert found.n_cut == 1
    np.testing.assert_allclose(found.values[0, 0], [1, 1.5, 2, 2.5, 3])
    np.testing.assert_allclose(found.values[0, 10] * DAYS_PER_MONTH, [20, 30, 40, 50, 60])


def test_a_missing_item_is_taken_from_the_nearest_earlier_visit_else_a_later_one():
    found = sequences_of(
        visit(1, 0, level=4, speech=np.nan),
        visit(1, 30, level=3),
        visit(1, 60, level=2, speech=np.nan, walking=np.nan),
    )
    assert found.values[0, 0, :3].tolist() == [3, 3, 3]
    assert found.values[0, 7, :3].tolist() == [4, 3, 3]


def test_a_visit_that_was_cut_off_still_fills_what_later_ones_lack():
    visits = [visit(1, 10 * number, salivation=np.nan) for number in range(1, 6)]
    found = sequences_of(visit(1, 0, salivation=1), *visits)
    assert found.values[0, 1].tolist() == [1, 1, 1, 1, 1]


def test_an_item_nobody_asked_in_the_window_stays_missing():
    found = sequences_of(visit(1, 0, speech=np.nan))
    assert np.isnan(found.values[0, 0]).all()
    assert not np.isnan(found.values[0, 1:]).any()


@pytest.mark.parametrize("seed", range(5))
def test_laws_of_sequences(seed):
    clean = draw_clean(seed)
    cohort = select_cohort(clean, SlopeSettings(rule="challenge"))
    found = make_sequences(clean, cohort)
    months, n_visits = found.values[:, 10], found.mask.sum(axis=1)
    np.testing.assert_array_equal(found.subject_id, cohort.patients.index)
    assert ((months >= 0) & (months <= 3)).all()
    assert (np.diff(months, axis=1)[found.mask[:, 1:]] > 0).all()
    assert (np.diff(months, axis=1)[~found.mask[:, 1:]] == 0).all()
    assert (found.mask[:, :-1] | ~found.mask[:, 1:]).all()
    # a visit without a total still shows its items
    assert (n_visits >= np.minimum(cohort.patients["n_in_window"], 5)).all()
    last = found.values[np.arange(len(n_visits)), :, n_visits - 1]
    np.testing.assert_array_equal(found.values[:, :, 4], last)


@pytest.mark.parametrize("seed", range(3))
def test_no_answer_reaches_another_patient(seed):
    clean = draw_clean(seed)
    cohort = select_cohort(clean, SlopeSettings(rule="challenge"))
    frame = clean.frames["alsfrs"].copy()
    other = frame["subject_id"] != cohort.patients.index[0]
    frame.loc[other, ITEMS] = np.nan
    changed = make_sequences(
        type(clean)(source=clean.source, frames=clean.frames | {"alsfrs": frame}, audit=None),
        cohort,
    )
    np.testing.assert_array_equal(changed.values[0], make_sequences(clean, cohort).values[0])
    assert np.isnan(changed.values[1:, :10]).all()


def test_an_empty_cohort_has_empty_sequences():
    clean = make_clean(alsfrs=[visit(1, 0)])
    found = make_sequences(clean, select_cohort(clean))
    assert found.values.shape == (0, 11, 5)
    assert found.mask.shape == (0, 5)
