import numpy as np
import pandas as pd
import pytest

from alsnb.checks import BadInput
from alsnb.outcomes import DAYS_PER_MONTH, SlopeSettings, slopes_of

PAPER = SlopeSettings()
CHALLENGE = SlopeSettings(rule="challenge")
ROUND_MONTHS = {"days_per_month": 30.0}


def make_visits(*patients):
    """Visits of patients 1, 2, ...; each patient is a list of (day, total)."""
    rows = [(number, *visit) for number, visits in enumerate(patients, 1) for visit in visits]
    frame = pd.DataFrame(rows, columns=["subject_id", "day", "total"])
    return frame.astype({"subject_id": np.int64, "day": float, "total": float})


def draw_visits(seed, n_patients=60):
    """Visits of many patients, with missing days and totals and repeated days."""
    rng = np.random.default_rng(seed)
    n_rows = n_patients * 8
    frame = pd.DataFrame(
        {
            "subject_id": rng.integers(100, 100 + n_patients, n_rows),
            "day": rng.integers(-30, 700, n_rows).astype(float),
            "total": rng.integers(0, 41, n_rows).astype(float),
        }
    )
    frame.loc[rng.random(n_rows) < 0.05, "day"] = np.nan
    frame.loc[rng.random(n_rows) < 0.05, "total"] = np.nan
    return frame


def the_plain_way(visits, settings):
    """The rule in words, patient by patient."""
    rows = {}
    for subject, own in visits.dropna(subset=["day", "total"]).groupby("subject_id"):
        own = own.sort_values("day", kind="stable").drop_duplicates("day")
        months = (own["day"] - own["day"].iloc[0]) / settings.days_per_month
        after = months > 3 if settings.strict else months >= 3
        late = months > 12 if settings.strict else months >= 12
        first = own[after].iloc[0] if after.any() else None
        second = own[late].iloc[0] if late.any() else None
        if second is None and settings.rule == "challenge":
            second = own.iloc[-1]
        slope = np.nan
        if first is not None and second is not None and first["day"] != second["day"]:
            days = second["day"] - first["day"]
            slope = (second["total"] - first["total"]) / (days / settings.days_per_month)
        rows[subject] = slope
    return pd.Series(rows)


def test_a_slope_worked_by_hand_in_months_of_a_twelfth_of_365_24_days():
    visits = make_visits([(0, 38), (30, 37), (91, 36), (92, 35), (300, 30), (365, 27), (366, 26)])
    row = slopes_of(visits, PAPER).loc[1]
    # 3 months are 91.31 days and 12 are 365.24, so the slope joins days 92 and 366
    assert row["t1_month"] == pytest.approx(92 / (365.24 / 12))
    assert row["t2_month"] == pytest.approx(366 / (365.24 / 12))
    assert (row["total_t1"], row["total_t2"]) == (35, 26)
    assert row["slope"] == pytest.approx(-9 / (274 * 12 / 365.24))
    assert (row["n_visits"], row["n_in_window"], row["time_zero_day"]) == (7, 3, 0)
    assert row["last_month"] == row["t2_month"]


def test_a_month_has_the_length_that_the_challenge_prescribed():
    assert pytest.approx(30.4367, abs=1e-4) == DAYS_PER_MONTH


def test_months_count_from_the_first_questionnaire_not_from_the_day_of_the_trial():
    visits = make_visits([(-14, 40), (80, 36), (360, 27)])
    row = slopes_of(visits, PAPER).loc[1]
    assert row["time_zero_day"] == -14
    assert row["t1_month"] == pytest.approx(94 / DAYS_PER_MONTH)
    assert row["slope"] == pytest.approx(-9 / (280 / DAYS_PER_MONTH))


@pytest.mark.parametrize(
    ("strict", "t1", "t2", "in_window"), [(True, 4.0, 13.0, 2), (False, 3.0, 12.0, 1)]
)
def test_a_visit_exactly_on_a_bound_counts_as_the_setting_says(strict, t1, t2, in_window):
    visits = make_visits([(0, 40), (90, 38), (120, 37), (360, 30), (390, 28)])
    row = slopes_of(visits, SlopeSettings(strict=strict, **ROUND_MONTHS)).loc[1]
    assert (row["t1_month"], row["t2_month"], row["n_in_window"]) == (t1, t2, in_window)


@pytest.mark.parametrize("settings", [PAPER, CHALLENGE])
def test_a_patient_with_nothing_after_the_window_has_no_slope(settings):
    row = slopes_of(make_visits([(0, 40), (60, 38)]), settings).loc[1]
    assert row[["t1_month", "t2_month", "total_t1", "total_t2", "slope"]].isna().all()
    assert row["last_month"] == pytest.approx(60 / DAYS_PER_MONTH)


def test_only_the_challenge_lets_the_last_visit_stand_in():
    visits = make_visits([(0, 40), (120, 36), (210, 33), (300, 30)])
    settings = SlopeSettings(rule="challenge", **ROUND_MONTHS)
    row = slopes_of(visits, settings).loc[1]
    assert (row["t1_month"], row["t2_month"], row["slope"]) == (4, 10, -1.0)
    row = slopes_of(visits, SlopeSettings(**ROUND_MONTHS)).loc[1]
    assert row["t1_month"] == 4
    assert np.isnan(row["t2_month"])
    assert np.isnan(row["slope"])


@pytest.mark.parametrize("settings", [PAPER, CHALLENGE])
def test_two_ends_that_are_one_visit_make_no_slope(settings):
    visits = make_visits([(0, 40), (400, 30)], [(0, 40), (400, 30), (500, 20)])
    slopes = slopes_of(visits, settings)
    assert slopes["t1_month"].equals(slopes["t2_month"])
    assert slopes["slope"].isna().all()


def test_the_first_of_two_visits_on_a_day_counts():
    visits = make_visits([(0, 40), (0, 10), (120, 36), (120, 12), (400, 27), (400, 5)])
    row = slopes_of(visits, PAPER).loc[1]
    assert (row["n_visits"], row["total_t1"], row["total_t2"]) == (3, 36, 27)


def test_a_visit_without_a_day_or_a_total_does_not_count():
    visits = make_visits(
        [(np.nan, 40), (0, np.nan), (7, 38), (100, np.nan), (127, 36), (400, 27)], [(3, np.nan)]
    )
    slopes = slopes_of(visits, PAPER)
    assert list(slopes.index) == [1]
    assert slopes.loc[1, "time_zero_day"] == 7
    assert slopes.loc[1, "t1_month"] == pytest.approx(120 / DAYS_PER_MONTH)


def test_the_revised_scale_counts_visits_that_have_it():
    visits = make_visits([(0, 38), (30, 37), (130, 35), (400, 26)])
    visits["total_revised"] = [np.nan, 45.0, 42.0, 33.0]
    row = slopes_of(visits, SlopeSettings(scale="ALSFRS-R")).loc[1]
    assert (row["time_zero_day"], row["total_t1"], row["n_visits"]) == (30, 42, 3)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("rule", ["paper", "challenge"])
@pytest.mark.parametrize("strict", [True, False])
def test_the_quick_way_agrees_with_the_plain_way(seed, rule, strict):
    settings = SlopeSettings(rule=rule, strict=strict, **ROUND_MONTHS)
    visits = draw_visits(seed)
    slopes = slopes_of(visits, settings)["slope"]
    expected = the_plain_way(visits, settings)
    assert slopes.index.equals(expected.index)
    np.testing.assert_allclose(slopes, expected, rtol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_laws_of_the_rules(seed):
    visits = draw_visits(seed)
    before = visits.copy()
    paper, challenge = slopes_of(visits, PAPER), slopes_of(visits, CHALLENGE)
    pd.testing.assert_frame_equal(visits, before)
    ended = paper["t2_month"].notna()
    pd.testing.assert_frame_equal(paper[ended], challenge[ended])
    assert (paper.loc[ended, "t2_month"] > 12).all()
    assert (challenge["slope"].notna() | paper["slope"].isna()).all()
    assert (paper["n_in_window"] >= 1).all()
    shifted = visits.assign(day=visits["day"] + 1000)
    moved = slopes_of(shifted, PAPER)
    pd.testing.assert_series_equal(moved["slope"], paper["slope"])
    assert (moved["time_zero_day"] == paper["time_zero_day"] + 1000).all()


def test_no_visits_give_no_rows():
    slopes = slopes_of(make_visits(), PAPER)
    assert slopes.shape == (0, 9)
    assert slopes.index.name == "subject_id"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"scale": "ALSFRS-S"}, "scale"),
        ({"rule": "both"}, "rule"),
        ({"window_months": 0.0}, "window_months"),
        ({"window_months": 13.0}, "end_months"),
        ({"days_per_month": 0.0}, "days_per_month"),
    ],
)
def test_a_setting_without_sense_is_refused(change, message):
    with pytest.raises(BadInput, match=message):
        SlopeSettings(**change)


def test_a_missing_column_is_named():
    with pytest.raises(BadInput, match="total_revised"):
        slopes_of(make_visits(), SlopeSettings(scale="ALSFRS-R"))
