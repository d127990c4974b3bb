import numpy as np
import pandas as pd
import pytest

from alsnb.checks import BadInput
from alsnb.features.summaries import SUMMARIES, FeatureSettings, summarize


def summaries_of(values, months=None):
    """The summaries of a single group."""
    values = np.array(values, dtype=float)
    months = np.arange(len(values)) if months is None else np.array(months)
    found = summarize(np.zeros(len(values), dtype=int), months, values, n_groups=1)
    return {name: summary[0] for name, summary in found.items()}


def test_four_measurements_by_hand():
    found = summaries_of([4, 8, 6, 2], months=[0, 0.5, 1, 2.5])
    assert found == pytest.approx(
        {
            "minimum": 2,
            "maximum": 8,
            "median": 5,
            "sd": np.sqrt(20 / 3),
            "first": 4,
            "last": 2,
            "slope": -0.8,
            "mean": 5,
        }
    )


def test_three_measurements_have_the_middle_one_as_median():
    assert summaries_of([9, 1, 2])["median"] == 2


def test_one_measurement_has_no_spread_and_no_slope():
    found = summaries_of([7])
    assert np.isnan(found.pop("sd"))
    assert np.isnan(found.pop("slope"))
    assert set(found.values()) == {7}


def test_two_measurements_at_one_time_have_a_spread_but_no_slope():
    found = summaries_of([7, 9], months=[1, 1])
    assert found["sd"] == pytest.approx(np.sqrt(2))
    assert np.isnan(found["slope"])
    assert (found["first"], found["last"]) == (7, 9)


@pytest.mark.parametrize("value", [0.1, 1 / 3, 1e17, -98.6])
def test_equal_measurements_do_not_vary(value):
    found = summaries_of([value] * 7)
    assert found["sd"] == 0
    assert {found[name] for name in ("minimum", "maximum", "median", "mean")} == {value}


def test_no_measurements_give_nothing_but_missing_values():
    none = np.empty(0)
    found = summarize(none.astype(int), none, none, n_groups=3)
    assert list(found) == list(SUMMARIES)
    assert all(np.isnan(summary).all() and summary.shape == (3,) for summary in found.values())


@pytest.mark.parametrize("seed", range(5))
def test_the_quick_way_agrees_with_a_group_by(seed):
    rng = np.random.default_rng(seed)
    group = np.sort(rng.integers(0, 60, 200))
    months = np.arange(200) / 40
    values = rng.normal(50, 10, 200).round(rng.integers(0, 3))
    found = summarize(group, months, values, n_groups=60)
    by_group = pd.DataFrame({"values": values, "months": months}).groupby(group)
    plain = by_group["values"].agg(["min", "max", "median", "std", "first", "last", "mean"])
    times = by_group["months"].agg(["first", "last"])
    plain["slope"] = (plain["last"] - plain["first"]) / (times["last"] - times["first"])
    plain = plain.rename(columns={"min": "minimum", "max": "maximum", "std": "sd"})
    plain = plain.reindex(range(60))
    for name in SUMMARIES:
        np.testing.assert_allclose(found[name], plain[name], rtol=1e-9, err_msg=name)
    order = ["minimum", "median", "maximum"]
    assert (np.diff([found[name][plain["mean"].notna()] for name in order], axis=0) >= 0).all()


@pytest.mark.parametrize("change", [{"max_missing": 1.2}, {"screening_days": -1}])
def test_a_setting_without_sense_is_refused(change):
    with pytest.raises(BadInput, match=next(iter(change))):
        FeatureSettings(**change)
