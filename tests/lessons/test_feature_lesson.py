from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from proact_builder import draw_clean
from sklearn.linear_model import LinearRegression

from alsnb.cohort import select_cohort
from alsnb.features.proact import derive_features
from alsnb.features.sequences import make_sequences
from alsnb.features.summaries import SUMMARIES
from alsnb.lessons.features import feature_lesson as lesson
from alsnb.lessons.features import feature_relations as relations
from alsnb.lessons.features import feature_windows as windows
from alsnb.outcomes import SlopeSettings
from alsnb.study.proact import Study
from alsnb.tables.source import Source


def make_study(seed=0, n_patients=120, kind="simulated", **settings):
    """A study of drawn patients; the challenge's rule keeps most of them."""
    clean = draw_clean(seed, n_patients)
    cohort = select_cohort(clean, SlopeSettings(**({"rule": "challenge"} | settings)))
    features, catalogue = derive_features(clean, cohort)
    source = Source(**vars(clean.source) | {"kind": kind})
    return Study(
        source=source,
        reading=None,
        clean=clean,
        cohort=cohort,
        features=features,
        catalogue=catalogue,
        sequences=make_sequences(clean, cohort),
    )


def test_counts_by_table_add_up():
    study = make_study()
    counts = lesson.count_by_table(study).set_index("table")
    assert counts.loc["all", "n_features"] == len(study.catalogue) == study.features.shape[1]
    assert counts.loc["all", "n_kept"] == study.catalogue["kept"].sum()
    assert (counts["in_paper_kept"] <= counts["n_kept"]).all()
    assert set(lesson.TABLE_TITLES) == {"table", *counts.columns}


def test_both_scales_are_counted_with_what_is_printed():
    counts = lesson.count_both_scales(make_study())
    assert list(counts["scale"]) == ["ALSFRS", "ALSFRS", "ALSFRS-R", "ALSFRS-R"]
    assert list(counts["published"].dropna()) == [274, 204]
    words = lesson.word_counts(counts)
    assert list(words["Published"]) == ["not printed", "274", "not printed", "204"]


def test_a_study_on_its_own_scale_stays_as_it_is():
    study = make_study()
    assert lesson.on_scale(study, "ALSFRS") is study
    other = lesson.on_scale(study, "ALSFRS-R")
    assert other.cohort.settings.rule == study.cohort.settings.rule
    assert "first_r1_dyspnea" in other.features


def test_a_measure_has_a_row_per_summary():
    rows = lesson.describe_measure(make_study(), "fvc")
    assert list(rows["name"]) == [f"{summary}_fvc" for summary in SUMMARIES]


def test_more_may_be_missing_the_more_features_are_left():
    study = make_study()
    counts = lesson.count_kept(study)
    assert counts["n_kept"].is_monotonic_increasing
    at_limit = counts.set_index("limit").loc[0.3, "n_kept"]
    assert at_limit == study.catalogue["kept"].sum()


def test_measures_are_listed_from_the_least_missing_on():
    study = make_study()
    missing = lesson.missing_measures(study, most=0.6)
    assert missing["missing"].is_monotonic_increasing
    assert (missing["missing"] <= 0.6).all()
    assert (missing["missing_slope"] >= missing["missing"]).all()


def test_trials_are_looked_up_where_the_truth_is_known(tmp_path):
    study = make_study()
    trial = study.features.index.to_numpy() % 2
    truth = pd.DataFrame({"subject_id": study.features.index, "trial": trial})
    truth.to_csv(tmp_path / "patients.csv", index=False)
    blocks = lesson.missing_in_trials(study, tmp_path)
    assert sorted(blocks.columns) == [1, 2]
    assert "%" in lesson.word_trials(blocks)
    share = study.features.loc[trial == 1, "first_fvc"].isna().mean()
    assert blocks.loc["fvc", 2] == pytest.approx(share)
    assert lesson.missing_in_trials(study, None).empty
    assert "not known" in lesson.word_trials(pd.DataFrame())


def test_missing_pairs_are_symmetric_and_named_for_people():
    pairs = lesson.missing_pairs(make_study())
    np.testing.assert_allclose(pairs, pairs.T)
    assert not pairs.index.str.contains("_").any()


def test_measures_that_are_alike_are_correlated_both_ways():
    alike = relations.correlate_measures(make_study())
    np.testing.assert_allclose(alike, alike.T)
    np.testing.assert_allclose(np.diag(alike), 1)


def test_a_repeated_feature_counts_as_alike():
    rng = np.random.default_rng(0)
    one, two = rng.normal(size=(2, 400))
    features = pd.DataFrame({"a": one, "b": -one, "c": two})
    catalogue = pd.DataFrame({"name": ["a", "b", "c"], "kept": True})
    study = SimpleNamespace(features=features, catalogue=catalogue)
    repeated = relations.measure_redundancy(study)
    assert repeated == {"n_kept": 3, "share_alike": pytest.approx(2 / 3), "n_components": 2}


def test_correlations_with_the_slope_come_with_intervals():
    study = make_study()
    strongest = relations.correlate_with_slope(study, "smoke", n_features=5)
    assert len(strongest) == 5
    assert strongest["estimate"].abs().is_monotonic_decreasing
    assert (
        (strongest["low"] <= strongest["estimate"]) & (strongest["estimate"] <= strongest["high"])
    ).all()
    name = strongest["name"].iloc[0]
    pcc = study.features[name].corr(study.cohort.patients["slope"])
    assert strongest["estimate"].iloc[0] == pytest.approx(pcc)


def test_the_paper_s_five_features_are_found_here():
    ranks = relations.rank_published(make_study(n_patients=200), "smoke")
    assert list(ranks["name"]) == list(relations.TOP_FIVE.values())
    words = relations.word_ranks(ranks)
    assert len(words) == 5
    assert (ranks["rank"].isna() == (words["Rank here"] == "discarded")).all()


def test_sequences_are_averaged_over_those_who_have_the_visit():
    study = make_study()
    frame = lesson.average_sequences(study)
    mask, values = study.sequences.mask, study.sequences.values
    assert frame["share"].iloc[0] == 1
    second = values[mask[:, 1], 0, 1]
    assert frame["Speech"].iloc[1] == pytest.approx(np.nanmean(second))


def test_a_share_that_tells_of_fewer_than_five_real_patients_is_not_told():
    mask = np.zeros((40, 5), dtype=bool)
    mask[:, 0], mask[:38, 1], mask[:20, 2], mask[:17, 3] = True, True, True, True
    sequences = SimpleNamespace(mask=mask)
    told = lesson._shares_of_visits(sequences, is_real=False)
    real = lesson._shares_of_visits(sequences, is_real=True)
    np.testing.assert_array_equal(np.isnan(told), [False, False, False, False, True])
    np.testing.assert_array_equal(np.isnan(real), [False, True, False, True, True])


def test_the_target_stays_while_the_window_grows():
    study = make_study()
    honest, later = windows.features_until(study, 3), windows.features_until(study, 9)
    pd.testing.assert_frame_equal(honest, study.features)
    assert later.index.equals(honest.index)
    assert (later["maximum_alsfrs_total"] >= honest["maximum_alsfrs_total"]).all()
    assert later.notna().sum().sum() > honest.notna().sum().sum()


def test_a_model_trained_on_later_features_predicts_from_early_ones():
    later = pd.DataFrame({"x": [0.0, 1.0, 2.0]})
    both = pd.concat([later * 0 + 5, later.add_prefix("later ")], axis=1)
    model = windows.TrainedOnLater(LinearRegression()).fit(both, 2 * later["x"])
    np.testing.assert_allclose(model.predict(both), [10.0, 10.0, 10.0])


@pytest.fixture(scope="module")
def two_windows():
    """Predictions of two windows: as published perfect after nine months, in use worthless."""
    rng = np.random.default_rng(1)
    observed, noise = rng.normal(size=(2, 60))
    frames = []
    for model in windows.TITLES:
        for months in windows.WINDOWS:
            for use in windows.USES:
                known = months / 9 if use == windows.IN_STUDY else 0.1
                facts = {
                    "patient": np.arange(60),
                    "model": model,
                    "split": "train",
                    "repeat": 0,
                    "fold": 0,
                    "observed": observed,
                    "months": months,
                    "use": use,
                }
                predicted = known * observed + 0.2 * (1 - known) * noise
                frames.append(pd.DataFrame(facts | {"predicted": predicted}))
    return pd.concat(frames, ignore_index=True)


def test_windows_are_scored_apart_and_compared_in_pairs(two_windows):
    scores = windows.score_windows(two_windows, "smoke")
    prices = windows.price_windows(two_windows, "smoke")
    assert len(scores) == 2 * 4 * 2 * 3
    assert len(prices) == 2 * 3 * 2 * 3
    key = ["model", "use", "months", "metric"]
    table = scores.set_index(key)["estimate"]
    for row in prices.to_dict("records"):
        place = (row["model"], row["use"])
        gap = table[(*place, row["months"], row["metric"])] - table[(*place, 3, row["metric"])]
        assert row["estimate"] == pytest.approx(gap)


def test_words_about_windows_follow_the_numbers(two_windows):
    scores = windows.score_windows(two_windows, "smoke")
    prices = windows.price_windows(two_windows, "smoke")
    assert "seems to explain 100%" in windows.word_leak(scores)
    assert "95 % interval" in windows.word_four(prices)
    assert windows.word_price(prices).startswith("For the forest")
    costly = prices.assign(estimate=-0.2, low=-0.3, high=-0.1)
    assert "forgotten to do without" in windows.word_price(costly)
    assert len(windows.word_windows(prices, ("r2",))) == 12
    labelled = windows.label_windows(scores, "r2")
    assert labelled["label"].nunique() == 4


def test_every_window_is_predicted_by_both_models_in_both_uses(monkeypatch):
    calls = []

    def remember(features, slope, model, *, later, profile, seed):
        calls.append((model, later, sum(name.startswith("later ") for name in features)))
        facts = {"patient": slope.index, "model": model, "observed": slope, "predicted": 0.0}
        return pd.DataFrame(facts).assign(split="train", repeat=0, fold=0)

    monkeypatch.setattr(windows, "_cross_validated", remember)
    study = make_study()
    predictions = windows.predict_with_windows(study, profile="smoke", seed=0)
    sizes = predictions.groupby(["model", "months", "use"]).size()
    assert len(sizes) == 2 * 4 * 2
    assert (sizes == len(study.cohort.patients)).all()
    assert len(calls) == 2 * 4 + 2 * 3
    assert all((n_later > 0) == later for _, later, n_later in calls)


def test_a_line_can_be_validated_on_later_features():
    study = make_study(n_patients=150)
    columns = ["slope_alsfrs_total"]
    honest = study.features[columns]
    both = pd.concat([honest, honest.add_prefix("later ")], axis=1)
    slope = study.cohort.patients["slope"]
    settings = {"profile": "smoke", "seed": 0}
    one = windows._cross_validated(honest, slope, windows.LINE, later=False, **settings)
    other = windows._cross_validated(both, slope, windows.LINE, later=True, **settings)
    np.testing.assert_allclose(one["predicted"], other["predicted"])
