import time

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from alsnb.checks import BadInput
from alsnb.evaluation.bootstrap import (
    COMPARISON,
    GROUP_COMPARISON,
    compare_predictions,
    difference_between_groups,
    score_groups,
    score_predictions,
)
from alsnb.evaluation.calibration import CALIBRATION, calibration_table
from alsnb.evaluation.resampling import adjust_holm, draw_scores, find_interval, find_p_value
from alsnb.evaluation.scores import METRICS
from alsnb.schema import PREDICTIONS, SCORES


def make_predictions(seed=0, n_patients=80, noises=(("good", 0.3), ("poor", 0.6)), repeats=1):
    rng = np.random.default_rng(seed)
    observed = rng.normal(-0.7, 0.6, n_patients)
    frames = [
        pd.DataFrame(
            {
                "patient": [f"p{number:04d}" for number in range(n_patients)],
                "model": model,
                "split": "test",
                "repeat": repeat,
                "fold": 0,
                "observed": observed,
                "predicted": observed + rng.normal(0, noise, n_patients) if noise else -0.7,
            }
        )
        for repeat in range(repeats)
        for model, noise in noises
    ]
    return pd.concat(frames, ignore_index=True)


def arrays(predictions, model):
    rows = predictions[predictions["model"] == model]
    return rows["observed"].to_numpy(), rows["predicted"].to_numpy()


def test_scores_frame_has_its_columns_and_the_scores_of_all_patients():
    predictions = make_predictions()
    scores = score_predictions(predictions, n_resamples=200)
    assert tuple(scores.columns) == SCORES
    assert list(scores["model"].unique()) == ["good", "poor"]
    assert set(scores["n_patients"]) == {80}
    for row in scores.itertuples():
        assert row.estimate == pytest.approx(METRICS[row.metric](*arrays(predictions, row.model)))
        assert row.low <= row.estimate <= row.high


def test_intervals_agree_with_scipy():
    metrics = ["rmsd", "pcc", "r2", "calibration_slope"]
    predictions = make_predictions()
    table = score_predictions(predictions, metrics=metrics, n_resamples=40_000)
    ours = table[table["model"] == "poor"]
    theirs = stats.bootstrap(
        arrays(predictions, "poor"),
        lambda y, p: [METRICS[metric](y, p) for metric in metrics],
        paired=True,
        vectorized=False,
        n_resamples=5_000,
        method="percentile",
        rng=np.random.default_rng(1),
    )
    # a quantile at 2.5 % of 5,000 draws has a standard error of about 0.04 deviations
    within = 0.12 * theirs.standard_error
    assert (np.abs(ours["low"] - theirs.confidence_interval.low) < within).all()
    assert (np.abs(ours["high"] - theirs.confidence_interval.high) < within).all()


def test_interval_of_a_paired_difference_agrees_with_scipy():
    predictions = make_predictions()
    observed, good = arrays(predictions, "good")
    _, poor = arrays(predictions, "poor")

    def difference(y, p, q, axis):
        return np.sqrt(np.mean((y - p) ** 2, axis)) - np.sqrt(np.mean((y - q) ** 2, axis))

    table = compare_predictions(predictions, reference="poor", metrics=["rmsd"], n_resamples=40_000)
    row = table.iloc[0]
    theirs = stats.bootstrap(
        (observed, good, poor),
        difference,
        paired=True,
        n_resamples=40_000,
        method="percentile",
        rng=np.random.default_rng(1),
    )
    within = 0.06 * theirs.standard_error
    assert row["estimate"] == pytest.approx(difference(observed, good, poor, 0))
    assert row["low"] == pytest.approx(theirs.confidence_interval.low, abs=within)
    assert row["high"] == pytest.approx(theirs.confidence_interval.high, abs=within)


def draw_many(n_data_sets, n_patients, noises, metrics):
    """Return the bootstrap scores of two models, (n_data_sets, n_metrics, 1 + n_resamples).

    Each data set is a pair of models of one frame, so that a single call scores them all.
    """
    rng = np.random.default_rng(0)
    shape = (n_data_sets, 1, n_patients)
    observed = np.broadcast_to(rng.normal(-0.7, 0.6, shape), (n_data_sets, 2, n_patients))
    predicted = observed + rng.normal(0, 1, observed.shape) * np.reshape(noises, (1, 2, 1))
    number = np.arange(observed.size)
    predictions = pd.DataFrame(
        {
            "patient": number % n_patients,
            "model": number // n_patients,
            "split": "test",
            "repeat": 0,
            "fold": 0,
            "observed": observed.ravel(),
            "predicted": predicted.ravel(),
        }
    )
    scores, _ = draw_scores(predictions, metrics, n_resamples=1_000, seed=0)
    drawn = np.stack(list(scores.values()))
    return drawn[0::2], drawn[1::2]


def test_intervals_cover_the_truth():
    """Coverage over 400 data sets of rmsd, pcc and the paired difference of two rmsd."""
    first, second = draw_many(400, 200, (0.5, 0.6), ("rmsd", "pcc"))
    quantities = {
        "rmsd": (first[:, 0], 0.5),
        "pcc": (first[:, 1], 0.6 / np.hypot(0.6, 0.5)),
        "difference": (first[:, 0] - second[:, 0], 0.5 - 0.6),
    }
    for quantity, (scores, truth) in quantities.items():
        intervals = [find_interval(values, 0.95) for values in scores]
        covered = np.mean([low <= truth <= high for low, high in intervals])
        assert 0.92 <= covered <= 0.97, (quantity, covered)


def test_p_value_of_equally_good_models_is_uniform():
    first, second = draw_many(400, 200, (0.5, 0.5), ("rmsd",))
    p_values = np.array([find_p_value(values) for values in first[:, 0] - second[:, 0]])
    assert 0.03 <= np.mean(p_values < 0.05) <= 0.08
    assert stats.kstest(p_values, "uniform").pvalue > 0.01
    assert p_values.min() > 0


def test_p_value_and_interval_agree():
    first, second = draw_many(100, 60, (0.4, 0.5), ("rmsd",))
    for values in first[:, 0] - second[:, 0]:
        low, high = find_interval(values, 0.95)
        p_value = find_p_value(values)
        # the p-value counts one resample more than there are, so a tie may fall either way
        assert (low > 0 or high < 0) == (p_value < 0.05) or p_value == pytest.approx(0.05, abs=0.01)


def test_differences_are_antisymmetric():
    predictions = make_predictions()
    forth = compare_predictions(predictions, reference="poor", n_resamples=500)
    back = compare_predictions(predictions, reference="good", n_resamples=500)
    assert tuple(forth.columns) == COMPARISON
    np.testing.assert_allclose(forth["estimate"], -back["estimate"])
    np.testing.assert_allclose(forth["low"], -back["high"])
    np.testing.assert_allclose(forth["high"], -back["low"])
    pd.testing.assert_series_equal(forth["p_value"], back["p_value"])


def test_a_model_does_not_differ_from_its_copy():
    predictions = make_predictions(noises=(("good", 0.3),))
    copies = [predictions.assign(model=name) for name in ("first", "second", "third")]
    table = compare_predictions(pd.concat(copies), reference="first", n_resamples=300)
    assert (table[["estimate", "low", "high"]] == 0).all(axis=None)
    assert (table[["p_value", "p_holm"]] == 1).all(axis=None)


def test_pairing_narrows_the_interval_of_a_difference():
    predictions = make_predictions(noises=(("a", 0.5),))
    shifted = predictions.assign(model="b", predicted=predictions["predicted"] + 0.01)
    both = pd.concat([predictions, shifted])
    alone = score_predictions(both, metrics=["rmsd"], n_resamples=500).iloc[0]
    paired = compare_predictions(both, reference="a", metrics=["rmsd"], n_resamples=500).iloc[0]
    assert paired["high"] - paired["low"] < 0.2 * (alone["high"] - alone["low"])


@pytest.mark.parametrize("function", [score_predictions, calibration_table])
def test_order_of_rows_does_not_matter(function):
    predictions = make_predictions(repeats=3)
    shuffled = pd.concat(
        rows.sample(frac=1, random_state=1) for _, rows in predictions.groupby("model")
    )
    pd.testing.assert_frame_equal(function(predictions), function(shuffled))


def test_same_seed_same_table_and_another_seed_another():
    predictions = make_predictions()
    first = score_predictions(predictions, n_resamples=300, seed=3)
    pd.testing.assert_frame_equal(first, score_predictions(predictions, n_resamples=300, seed=3))
    other = score_predictions(predictions, n_resamples=300, seed=4)
    np.testing.assert_array_equal(first["estimate"], other["estimate"])
    assert (first["low"] != other["low"]).all()


def test_names_of_patients_do_not_matter_to_scores():
    predictions = make_predictions(n_patients=200)
    patients = predictions["patient"].unique()
    names = dict(zip(patients, np.random.default_rng(0).permutation(patients), strict=True))
    renamed = predictions.assign(patient=predictions["patient"].map(names))
    ours, theirs = score_predictions(predictions), score_predictions(renamed)
    np.testing.assert_allclose(ours["estimate"], theirs["estimate"])
    np.testing.assert_allclose(ours["low"], theirs["low"], rtol=0.03, atol=0.01)


def test_a_model_is_scored_the_same_among_others():
    predictions = make_predictions(noises=(("a", 0.3), ("b", 0.5), ("mean", 0)))
    together = score_predictions(predictions, n_resamples=300)
    alone = score_predictions(predictions[predictions["model"] == "b"], n_resamples=300)
    among = together[together["model"] == "b"].reset_index(drop=True)
    pd.testing.assert_frame_equal(among, alone)


def test_number_of_chunks_does_not_matter(monkeypatch):
    predictions = make_predictions()
    whole = score_predictions(predictions, n_resamples=100)
    monkeypatch.setattr("alsnb.evaluation.resampling.COUNTS_PER_CHUNK", 80 * 7)
    pd.testing.assert_frame_equal(whole, score_predictions(predictions, n_resamples=100))


def test_repeated_rows_are_not_more_patients():
    once = make_predictions(noises=(("a", 0.5),))
    often = pd.concat([once.assign(repeat=repeat) for repeat in range(10)])
    narrow, wide = (score_predictions(rows, n_resamples=500) for rows in (often, once))
    pd.testing.assert_frame_equal(narrow, wide)


def test_repeats_narrow_less_than_as_many_patients():
    widths = []
    for predictions in (
        make_predictions(n_patients=50, noises=(("a", 0.5),)),
        make_predictions(n_patients=50, noises=(("a", 0.5),), repeats=10),
        make_predictions(n_patients=500, noises=(("a", 0.5),)),
    ):
        row = score_predictions(predictions, metrics=["sd_observed"], n_resamples=2_000).iloc[0]
        widths.append(row["high"] - row["low"])
    once, repeated, more_patients = widths
    assert repeated == pytest.approx(once, rel=1e-9)
    assert more_patients < 0.5 * once


def test_mean_model_has_intervals_where_its_scores_are_defined():
    predictions = make_predictions(noises=(("mean", 0), ("a", 0.5)))
    scores = score_predictions(predictions, n_resamples=300).set_index(["model", "metric"])
    for metric in ("mse", "rmsd", "r2", "sd_observed"):
        assert scores.loc[("mean", metric), ["estimate", "low", "high"]].notna().all()
    for metric in ("pcc", "calibration_slope", "calibration_intercept"):
        assert scores.loc[("mean", metric), ["estimate", "low", "high"]].isna().all()
    table = compare_predictions(predictions, reference="mean", n_resamples=300)
    table = table.set_index("metric")
    assert table.loc["pcc", ["estimate", "p_value", "p_holm"]].isna().all()
    assert table.loc["rmsd", ["estimate", "p_value", "p_holm"]].notna().all()


def test_two_patients_are_enough():
    scores = score_predictions(make_predictions(n_patients=2), n_resamples=50)
    assert scores["estimate"].notna().all()


def test_a_reference_without_rivals_gives_an_empty_comparison():
    alone = make_predictions(noises=(("good", 0.3),))
    table = compare_predictions(alone, reference="good", n_resamples=10)
    assert tuple(table.columns) == COMPARISON
    assert table.empty


def test_one_metric_may_be_named_without_a_list():
    predictions = make_predictions()
    groups = pd.Series("limb", index=predictions["patient"].unique())
    one = score_groups(predictions, groups, metrics="rmsd", n_resamples=10)
    assert list(one["metric"]) == ["rmsd", "rmsd"]


def test_holm_by_hand():
    p_values = pd.Series([0.01, 0.04, np.nan, 0.03, 0.9], index=list("abcde"))
    expected = pd.Series([0.04, 0.09, np.nan, 0.09, 0.9], index=list("abcde"))
    pd.testing.assert_series_equal(adjust_holm(p_values), expected)


def test_groups_are_scored_as_if_alone():
    predictions = make_predictions(n_patients=90)
    patients = predictions["patient"].unique()
    groups = pd.Series(np.where(np.arange(90) % 3, "limb", "bulbar"), index=patients)
    scores = score_groups(predictions, groups, n_resamples=200)
    assert tuple(scores.columns) == ("group", *SCORES)
    for label, part in scores.groupby("group"):
        rows = predictions[predictions["patient"].map(groups) == label]
        alone = score_predictions(rows, n_resamples=200)
        pd.testing.assert_frame_equal(part.drop(columns="group").reset_index(drop=True), alone)


def test_difference_between_groups():
    predictions = make_predictions(n_patients=400, noises=(("a", 0.3),))
    patients = predictions["patient"]
    groups = pd.Series(np.where(np.arange(400) < 100, "bulbar", "limb"), index=patients)
    noisy = patients.map(groups) == "bulbar"
    error = predictions["predicted"] - predictions["observed"]
    predictions["predicted"] = predictions["observed"] + error * np.where(noisy, 2, 1)
    settings = {"metrics": ["rmsd"], "n_resamples": 1_000}
    table = difference_between_groups(
        predictions, groups, group="bulbar", reference="limb", **settings
    )
    assert tuple(table.columns) == GROUP_COMPARISON
    row = table.iloc[0]
    scores = score_groups(predictions, groups, **settings).set_index("group")
    assert row["estimate"] == pytest.approx(
        scores.loc["bulbar", "estimate"] - scores.loc["limb", "estimate"]
    )
    assert row["n_patients"] == 400
    # independent groups: the squared widths of the two add up
    widths = scores["high"] - scores["low"]
    assert row["high"] - row["low"] == pytest.approx(np.hypot(*widths), rel=0.15)
    assert row["low"] > 0
    assert row["p_value"] == pytest.approx(2 / 1001)


def test_calibration_table():
    predictions = make_predictions(n_patients=100, noises=(("a", 0.4), ("mean", 0)))
    table = calibration_table(predictions, 10)
    assert tuple(table.columns) == CALIBRATION
    ours = table[table["model"] == "a"]
    assert list(ours["bin"]) == list(range(10))
    assert set(ours["n_patients"]) == {10}
    assert ours["predicted"].is_monotonic_increasing
    rows = predictions[predictions["model"] == "a"].nsmallest(10, "predicted")
    interval = stats.ttest_1samp(rows["observed"], 0).confidence_interval(0.95)
    expected = (rows["predicted"].mean(), rows["observed"].mean(), *interval)
    found = ours.iloc[0][["predicted", "observed", "low", "high"]].astype(float)
    assert tuple(found) == pytest.approx(expected)
    constant = table[table["model"] == "mean"]
    assert constant["n_patients"].tolist() == [100]
    assert constant["observed"].iloc[0] == pytest.approx(predictions["observed"].mean())


def test_calibration_table_counts_patients_not_rows():
    once = make_predictions(n_patients=60, noises=(("a", 0.4),))
    often = pd.concat([once.assign(repeat=repeat) for repeat in range(5)])
    pd.testing.assert_frame_equal(calibration_table(once, 6), calibration_table(often, 6))


def test_ten_thousand_resamples_of_ten_models_are_quick():
    noises = tuple((f"model {number}", 0.1 * number) for number in range(10))
    predictions = make_predictions(n_patients=625, noises=noises)
    start = time.perf_counter()
    scores = score_predictions(predictions)
    elapsed = time.perf_counter() - start
    assert len(scores) == 10 * len(METRICS)
    # well under a second alone; others may be using the machine
    assert elapsed < 5


def test_the_frames_given_are_not_changed():
    predictions = make_predictions()
    before = predictions.copy()
    score_predictions(predictions, n_resamples=10)
    compare_predictions(predictions, reference="good", n_resamples=10)
    calibration_table(predictions)
    pd.testing.assert_frame_equal(predictions, before)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda frame: frame.drop(columns="fold"), "none named 'fold'"),
        (lambda frame: frame.iloc[:0], "one split, .* found no rows"),
        (lambda frame: pd.concat([frame, frame.assign(split="train")]), "'test', 'train'"),
        (lambda frame: pd.concat([frame, frame.iloc[:3]]), "found 3 rows that come a second"),
        (lambda frame: frame.assign(predicted=np.nan), "'good': expected predicted values"),
        (lambda frame: frame[frame["patient"] == "p0000"], "'good': expected at least 2 patients"),
    ],
)
def test_frames_that_cannot_be_scored_are_refused(change, sentence):
    with pytest.raises(BadInput, match=sentence):
        score_predictions(change(make_predictions()), n_resamples=10)


def test_one_patient_with_several_rows_is_one_patient():
    rows = make_predictions(repeats=5).query("patient == 'p0000'")
    with pytest.raises(BadInput, match="at least 2 patients; found 1"):
        score_predictions(rows, n_resamples=10)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"metrics": ["auc"]}, "one of 'mse', .* found 'auc'"),
        ({"n_resamples": 0}, "number of resamples"),
        ({"level": 95}, "between 0 and 1; found 95"),
    ],
)
def test_settings_out_of_range_are_refused(settings, sentence):
    with pytest.raises(BadInput, match=sentence):
        score_predictions(make_predictions(), **settings)


def test_comparisons_that_are_not_paired_are_refused():
    predictions = make_predictions()
    good = predictions["model"] == "good"
    with pytest.raises(BadInput, match="found 1 patients with only one of the two"):
        compare_predictions(predictions.drop(index=0), reference="poor")
    other = predictions.assign(observed=predictions["observed"] + np.where(good, 1, 0))
    with pytest.raises(BadInput, match="different observed values"):
        compare_predictions(other, reference="poor")
    with pytest.raises(BadInput, match="reference model: expected one of 'good', 'poor'"):
        compare_predictions(predictions, reference="mean")


def test_groups_that_cannot_be_scored_are_refused():
    predictions = make_predictions(n_patients=10)
    patients = predictions["patient"].unique()
    groups = pd.Series(["limb"] * 8 + ["bulbar", None], index=patients)
    with pytest.raises(BadInput, match="1 patients without a group"):
        score_groups(predictions, groups)
    with pytest.raises(BadInput, match="groups 'bulbar': expected at least 2"):
        score_groups(predictions, groups.fillna("limb"))
    all_limb = pd.Series("limb", index=patients)
    with pytest.raises(BadInput, match="one of 'limb'; found 'spinal'"):
        difference_between_groups(
            predictions, all_limb, group="spinal", reference="limb", n_resamples=10
        )


def test_bins_that_cannot_be_filled_are_refused():
    with pytest.raises(BadInput, match="41 bins for 80 predictions"):
        calibration_table(make_predictions(), 41)


def test_simulated_frame_has_the_columns_of_the_schema():
    assert tuple(make_predictions().columns) == PREDICTIONS
