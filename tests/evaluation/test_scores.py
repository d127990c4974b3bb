import numpy as np
import pytest
from scipy.stats import linregress, pearsonr
from sklearn.metrics import mean_squared_error, r2_score, root_mean_squared_error

from alsnb.checks import BadInput
from alsnb.evaluation.moments import FROM_MOMENTS
from alsnb.evaluation.scores import METRICS


def draw(seed, n_patients=60, offset=0.0):
    rng = np.random.default_rng(seed)
    observed = rng.normal(-0.7, 0.6, n_patients) + offset
    return observed, 0.4 * observed + rng.normal(0, 0.3, n_patients)


def score(observed, predicted):
    return {name: metric(observed, predicted) for name, metric in METRICS.items()}


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_metrics_agree_with_other_libraries(seed, offset):
    observed, predicted = draw(seed, offset=offset)
    line = linregress(predicted, observed)
    expected = {
        "mse": mean_squared_error(observed, predicted),
        "rmsd": root_mean_squared_error(observed, predicted),
        "pcc": pearsonr(observed, predicted).statistic,
        "r2": r2_score(observed, predicted),
        "calibration_slope": line.slope,
        "calibration_intercept": line.intercept,
        "sd_observed": np.std(observed),
    }
    assert score(observed, predicted) == pytest.approx(expected, rel=1e-7, abs=1e-7)


def test_three_patients_by_hand():
    # errors 0, 1 and -1; variances 2/3 and 2; covariance 1
    assert score([1, 2, 3], [1, 1, 4]) == pytest.approx(
        {
            "mse": 2 / 3,
            "rmsd": np.sqrt(2 / 3),
            "pcc": 1 / np.sqrt(2 / 3 * 2),
            "r2": 0,
            "calibration_slope": 0.5,
            "calibration_intercept": 1,
            "sd_observed": np.sqrt(2 / 3),
        }
    )


def test_perfect_predictions():
    observed, _ = draw(0)
    scores = score(observed, observed)
    assert scores["mse"] == 0
    assert scores["r2"] == 1
    assert scores["pcc"] == pytest.approx(1)
    assert scores["pcc"] <= 1
    assert scores["calibration_slope"] == pytest.approx(1)
    assert scores["calibration_intercept"] == pytest.approx(0)


# the last two are one mean, taken in two orders of the training patients
@pytest.mark.parametrize("predicted", [[0.1] * 7, [-0.7] * 6 + [-0.7000000000000001]])
def test_constant_predictions_have_no_correlation_and_no_calibration(predicted):
    scores = score([-1.0, 0.2, 0.3, -0.4, 0.1, 0.0, -2.0], predicted)
    for metric in ("pcc", "calibration_slope", "calibration_intercept"):
        assert np.isnan(scores[metric])
    for metric in ("mse", "rmsd", "r2", "sd_observed"):
        assert np.isfinite(scores[metric])


def test_constant_observed_values():
    scores = score([0.3, 0.3, 0.3], [0.1, 0.2, 0.4])
    assert np.isnan(scores["pcc"])
    assert np.isnan(scores["r2"])
    assert scores["calibration_slope"] == pytest.approx(0)
    assert scores["calibration_intercept"] == pytest.approx(0.3)
    assert scores["sd_observed"] == 0


def test_mean_of_the_scored_patients_has_r2_zero_and_their_deviation():
    observed, _ = draw(1)
    scores = score(observed, np.full_like(observed, observed.mean()))
    assert scores["r2"] == pytest.approx(0, abs=1e-12)
    assert scores["rmsd"] == pytest.approx(scores["sd_observed"])


@pytest.mark.parametrize("seed", range(5))
def test_relations_between_metrics(seed):
    observed, predicted = draw(seed)
    scores = score(observed, predicted)
    assert scores["rmsd"] ** 2 == pytest.approx(scores["mse"])
    assert scores["r2"] == pytest.approx(1 - (scores["rmsd"] / scores["sd_observed"]) ** 2)
    shifted = score(observed, 3 * predicted + 2)
    assert shifted["pcc"] == pytest.approx(scores["pcc"])
    assert shifted["calibration_slope"] == pytest.approx(scores["calibration_slope"] / 3)


@pytest.mark.parametrize("seed", range(3))
def test_order_of_patients_does_not_matter(seed):
    observed, predicted = draw(seed)
    order = np.random.default_rng(seed).permutation(len(observed))
    assert score(observed[order], predicted[order]) == pytest.approx(score(observed, predicted))


def test_every_metric_has_both_doors():
    assert list(METRICS) == list(FROM_MOMENTS)


@pytest.mark.parametrize("metric", METRICS.values())
@pytest.mark.parametrize(
    ("observed", "predicted", "sentence"),
    [
        ([1.0], [1.0], "at least 2 patients"),
        ([1.0, 2.0], [1.0, 2.0, 3.0], "the shapes"),
        ([[1.0, 2.0]], [[1.0, 2.0]], "one dimension"),
        ([1.0, np.nan], [1.0, 2.0], "observed values that are all finite; found 1 of 2"),
        ([1.0, 2.0], [np.inf, np.nan], "predicted values that are all finite; found 2 of 2"),
    ],
)
def test_bad_arrays_are_refused_in_a_sentence(metric, observed, predicted, sentence):
    with pytest.raises(BadInput, match=sentence):
        metric(observed, predicted)
