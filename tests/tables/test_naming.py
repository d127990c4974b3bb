import numpy as np
import pytest

from alsnb.tables.proact.naming import name_commonest


@pytest.mark.parametrize(
    ("codes", "subjects", "named"),
    [
        ([0] * 5, [1, 2, 3, 4, 5], "'a' (5)"),
        ([0] * 4, [1, 2, 3, 4], ""),
        # one patient's own text is not named, however often it was written
        ([0] * 50, [1] * 50, ""),
        ([0] * 6 + [1] * 7, [*range(6), *range(7)], "'b' (7), 'a' (6)"),
        ([-1] * 9, range(9), ""),
        ([], [], ""),
    ],
)
def test_a_text_is_named_only_if_five_subjects_wrote_it(codes, subjects, named):
    found = name_commonest(np.array(codes, int), ["a", "b"], np.array(subjects, int))
    assert found == named


def test_a_long_text_of_several_lines_is_cut_to_one():
    assert name_commonest(np.zeros(5, int), ["x\n" * 60], np.arange(5)) == f"'{'x ' * 20}' (5)"
