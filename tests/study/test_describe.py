import numpy as np
import pandas as pd
import pytest
from proact_builder import make_patients, make_study

from alsnb.published import read_published
from alsnb.study.describe import VARIABLES, describe_patients, interval_of_median


def described(*, kind="user", n_patients, **tables):
    """The description of patients made by hand, by variable."""
    study = make_study(make_patients(n_patients, **tables), kind=kind)
    return describe_patients(study.features, is_real=study.source.is_real).set_index("variable")


def test_every_line_of_the_printed_table_is_there():
    named = {variable.published for variable in VARIABLES}
    assert named == set(read_published()["paper_a"]["table1"])


def test_days_from_onset_are_positive_as_in_print():
    lines = described(n_patients=1, kind="simulated", history=[{"onset_day": -500}])
    assert lines.loc["Days from onset to time zero", "value"] == 500


@pytest.mark.parametrize(
    ("n_men", "withheld"), [(0, False), (1, True), (4, True), (5, False), (16, True), (20, False)]
)
def test_a_small_number_of_real_patients_is_withheld(n_men, withheld):
    men = [{"age": 50.0, "male": float(number < n_men)} for number in range(20)]
    real = described(n_patients=20, demographics=men)
    assert np.isnan(real.loc["Men", "value"]) == withheld
    simulated = described(n_patients=20, demographics=men, kind="simulated")
    assert simulated.loc["Men", "value"] == n_men / 20


@pytest.mark.parametrize("n_patients", [4, 20])
def test_nothing_is_told_of_what_is_known_of_fewer_than_five(n_patients):
    ages = [{"age": age, "male": 1.0} for age in (50, 60, 70)]
    lines = described(n_patients=n_patients, demographics=ages)
    assert lines.loc["Age, years", ["n_known", "observed", "value", "low", "high"]].isna().all()
    assert not lines["n_known"].between(1, 4).any()


def test_a_withheld_site_cannot_be_told_from_the_others():
    sites = ["limb"] * 20 + ["bulbar"] * 12 + ["other"] * 9 + ["both"] * 2
    history = [{"site": site, "onset_day": -300.0} for site in sites]
    shares = described(n_patients=43, history=history)["value"]
    assert shares[["Onset: both", "Onset: other"]].isna().all()
    assert shares[["Onset: limb", "Onset: bulbar"]].notna().all()


def test_the_interval_of_a_median_is_that_of_the_ranks():
    six = pd.Series([3.0, 1.0, 6.0, 2.0, 5.0, 4.0])
    assert interval_of_median(six) == (1.0, 6.0)
    assert np.isnan(interval_of_median(six[:5])).all()


def test_the_interval_of_a_median_holds_it_as_often_as_it_says():
    rng = np.random.default_rng(0)
    drawn = (interval_of_median(pd.Series(rng.exponential(size=80))) for _ in range(800))
    held = np.mean([low <= np.log(2) <= high for low, high in drawn])
    assert 0.94 <= held <= 0.985
