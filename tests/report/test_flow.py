import numpy as np
import pandas as pd
import pytest

from alsnb.report.flow import describe_flow, merge_small_steps, plot_flow


def a_flow(*excluded):
    remaining = [100]
    for count in excluded:
        remaining.append(remaining[-1] - count)
    steps = ["In the release", *[f"Step {place}" for place, _ in enumerate(excluded)]]
    return pd.DataFrame({"step": steps, "excluded": [0, *excluded], "remaining": remaining})


@pytest.mark.parametrize("excluded", [(10, 3, 20), (3, 10), (10, 3), (1, 1, 1, 1, 1), (0, 7)])
def test_counts_add_up_after_small_steps_are_joined(excluded):
    merged = merge_small_steps(a_flow(*excluded))
    assert merged["remaining"].iloc[0] - merged["excluded"].iloc[1:].sum() == 100 - sum(excluded)
    steps = merged["remaining"].shift() - merged["excluded"]
    assert (steps.iloc[1:] == merged["remaining"].iloc[1:]).all()


def test_no_small_exclusion_is_left_where_it_could_be_joined():
    merged = merge_small_steps(a_flow(10, 3, 20, 4))
    assert list(merged["excluded"]) == [0, 10, 27]
    assert merged["step"].iloc[2] == "Step 1, and Step 2, and Step 3"


def test_a_single_small_step_is_told_without_the_count_before_it():
    merged = merge_small_steps(a_flow(2))
    assert merged.to_dict("records") == [{"step": "Step 0", "excluded": 0, "remaining": 98}]


def test_steps_that_exclude_nobody_or_many_stay():
    flow = a_flow(0, 7, 50)
    pd.testing.assert_frame_equal(merge_small_steps(flow), flow)


def test_the_figure_and_its_words_hold_every_count():
    flow = a_flow(10, 30)
    texts = [text.get_text() for text in plot_flow(flow).texts]
    words = describe_flow(flow)
    for count in ("100", "90", "60", "10", "30"):
        assert any(count in text for text in texts)
        assert count in words


@pytest.mark.parametrize("seed", range(30))
def test_joined_steps_tell_of_nobody(seed):
    rng = np.random.default_rng(seed)
    flow = a_flow(*rng.integers(0, 9, rng.integers(1, 7)))
    joined = merge_small_steps(flow)
    assert not joined["excluded"].between(1, 4).any()
    if len(joined) > 1:
        assert joined["excluded"].sum() == flow["excluded"].sum()
    assert (joined["remaining"].diff().iloc[1:] == -joined["excluded"].iloc[1:]).all()
