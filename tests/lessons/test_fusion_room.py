"""The room of chapter 43: who is followed, what is compared, and what a study may lack."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from alsnb.lessons.fusion import fits, study, tables

CUTS = (12.0, 24.0)


@pytest.fixture(scope="module")
def followed():
    how = {"n_cohorts": 2, "n_people": 70, "n_fresh": 40, "world": "none", "cuts": CUTS}
    return study.follow_cohorts(**how, seed=1)


@pytest.fixture(scope="module")
def judged(followed):
    return study.judge(followed, CUTS, seed=1)


def test_a_cohort_is_seen_on_the_last_day_of_recruitment(followed):
    assert len(followed.cohorts) == 2
    for cohort, facts in zip(followed.cohorts, followed.seen.to_dict("records"), strict=True):
        assert len(cohort.months) == 70
        assert (cohort.months > 0).all()
        assert facts["died"] == pytest.approx(cohort.died.mean())
        # who has died has a class, and who is alive only beyond the last cut-off
        alive = ~cohort.died
        assert not np.isnan(cohort.classes[cohort.died]).any()
        assert (np.isnan(cohort.classes[alive]) == (cohort.months[alive] < CUTS[-1])).all()
        assert 0 < alive.mean() < 1
    first, second = (cohort.months for cohort in followed.cohorts)
    assert not np.array_equal(first, second)
    assert followed.fresh.true.shape == (40, 3)
    np.testing.assert_allclose(followed.fresh.true.sum(axis=1), 1)


def test_waiting_leaves_fewer_alive(followed):
    how = {"n_cohorts": 1, "n_people": 70, "n_fresh": 40, "world": "none", "cuts": CUTS}
    later = study.follow_cohorts(**how, seed=1, wait_months=120.0)
    assert later.seen["died"].iloc[0] > followed.seen["died"].iloc[0]


def test_every_model_is_judged_on_every_cohort(judged):
    counts = judged[judged["metric"] == "rps"].groupby("model").size()
    assert counts.to_dict() == dict.fromkeys(study.JUDGED, 2)
    assert set(study.JUDGED) == set(fits.MODELS)
    losses = judged[judged["metric"].isin(["rps", "log_loss", "accuracy"])]
    assert (losses["estimate"] >= 0).all()
    shares = study.shares_of(judged, study.name_spans(CUTS))
    assert shares["model"].iloc[0] == "truth"
    np.testing.assert_allclose(shares.iloc[:, 1:].sum(axis=1), 1)


def test_differences_between_models_on_the_same_cohorts_by_hand():
    rows = [(0, "a", 0.1), (0, "bounds", 0.3), (1, "a", 0.2), (1, "bounds", 0.2)]
    judged = pd.DataFrame(rows, columns=["repeat", "model", "estimate"]).assign(metric="rps")
    found = study.gaps_of(judged.replace("a", "cox"), "bounds").iloc[0]
    assert found["estimate"] == pytest.approx(-0.1)
    # two cohorts: Student's t of 12.706 times a standard error of 0.1
    assert found["high"] - found["estimate"] == pytest.approx(1.2706, abs=1e-3)
    assert found["model"] == "cox"


def test_names_of_spans():
    assert study.name_spans((12, 24)) == ["under 12 months", "12 to 24 months", "over 24 months"]
    assert study.read_months("12,24") == (12.0, 24.0)


def test_sites_go_with_the_class_where_they_take_part_one_after_another():
    how = {"n_people": 80, "world": "none", "cuts": (25.0, 50.0)}
    found = study.simulate_many_sites(**how, seed=3)
    site = pd.Series(found.covariates.values.site, found.task.classes.index)
    assert site.nunique() == study.N_SITES
    assert set(site.value_counts()) == {4}
    number = site.str.removeprefix("site ").astype(int)
    assert number.corr(found.task.classes) < -0.1
    assert found.covariates.names == ["scanner", "age", "head size"]


def test_a_study_without_scanner_is_corrected_for_what_it_has():
    clinical = pd.DataFrame({"age_years": [50.0, 60, 70]}, index=list("abc"))
    cohort = SimpleNamespace(patients=clinical)
    release = SimpleNamespace(clinical=clinical, morphology=pd.DataFrame(index=list("abc")))
    found = study.covariates_of(SimpleNamespace(cohort=cohort, release=release))
    assert found.names == ["age"]
    assert len(found.values.site) == 0
    assert found.values.numbers.tolist() == [[50], [60], [70]]
    one = clinical.assign(scanner=["A", "A", None])
    release = SimpleNamespace(clinical=one, morphology=pd.DataFrame(index=list("abc")))
    found = study.covariates_of(SimpleNamespace(cohort=cohort, release=release))
    assert found.values.site.tolist() == ["A", "A", "not recorded"]


def test_reliability_and_its_distance_by_hand():
    rows = []
    for number, chance in enumerate([0.2, 0.2, 0.8, 0.8]):
        key = {"patient": number, "model": study.RIDGE, "split": "test", "repeat": 0, "fold": 0}
        for at, said in enumerate((chance, 1 - chance)):
            rows.append(key | {"observed": float(at == number % 2), "predicted": said, "at": at})
    bins = study.reliability_of(pd.DataFrame(rows), ("short", "long"), n_bins=2)
    assert bins["class"].unique().tolist() == ["short", "long"]
    assert bins["n_of_class"].tolist() == [1, 1, 1, 1]
    # half observed everywhere, .2 or .8 predicted
    assert study.calibration_gap(bins)["estimate"].tolist() == pytest.approx([0.3])


def test_titles_within_lists_hold_no_commas():
    titles = [*study.TITLES.values(), *study.CORRECTED.values()]
    assert not [title for title in study.TITLES.values() if "," in title]
    assert len(set(titles)) == len(study.TITLES) + 4


def test_models_that_a_study_does_not_allow_are_told():
    there = [name for name in study.TITLES if name != study.COX]
    assert study.lacking(pd.DataFrame({"model": there})) == ["Clinical Cox regression"]


def test_tables_have_a_row_for_each_model(judged):
    shown = tables.show_losses(study.losses_of(judged))
    assert shown["Model"].tolist() == list(study.JUDGED.values())
    assert "Accuracy lost" in shown
