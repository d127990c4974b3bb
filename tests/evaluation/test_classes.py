import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sklearn_metrics

from alsnb.checks import BadInput
from alsnb.evaluation.bootstrap import COMPARISON
from alsnb.evaluation.classes import (
    CALL_METRICS,
    CLASS_METRICS,
    compare_classes,
    count_calls,
    score_classes,
)
from alsnb.evaluation.cuts import (
    PROBABILITY_RULES,
    RULES,
    call_fast,
    cut_at_share,
    learn_cut,
    measure_optimism,
)
from alsnb.evaluation.ranked import RANK_METRICS, rank_rows, score_ranks
from alsnb.evaluation.resampling import draw_scores
from alsnb.schema import SCORES

FAST = -1.126


def frame(model, observed, predicted, *, repeat=0, first=0):
    patients = [f"p{number:04d}" for number in range(first, first + len(observed))]
    columns = {"patient": patients, "model": model, "split": "test", "repeat": repeat, "fold": 0}
    return pd.DataFrame(columns | {"observed": observed, "predicted": predicted})


def slopes_and_classes(seed=0, n_patients=150, digits=None):
    """Return a frame of a model of slopes and of a classifier, with ties if rounded."""
    rng = np.random.default_rng(seed)
    observed = rng.normal(-0.7, 0.57, n_patients)
    predicted = -0.7 + 0.2 * (observed + 0.7) + rng.normal(0, 0.2, n_patients)
    risk = 1 / (1 + np.exp(2 + 3 * (predicted + rng.normal(0, 0.1, n_patients))))
    if digits is not None:
        predicted, risk = predicted.round(digits), risk.round(digits)
    regression = frame("regression", observed, predicted)
    head = frame("head", (observed < FAST).astype(float), risk)
    return pd.concat([regression, head], ignore_index=True)


def of(predictions, model):
    return predictions[predictions["model"] == model]


def sklearn_scores(fast, risk, called):
    matrix = sklearn_metrics.confusion_matrix(fast, called, labels=[0, 1])
    return {
        "auc": sklearn_metrics.roc_auc_score(fast, risk),
        "average_precision": sklearn_metrics.average_precision_score(fast, risk),
        "balanced_accuracy": sklearn_metrics.balanced_accuracy_score(fast, called),
        "sensitivity": sklearn_metrics.recall_score(fast, called),
        "specificity": sklearn_metrics.recall_score(fast, called, pos_label=0),
        "ppv": sklearn_metrics.precision_score(fast, called),
        "share_called": matrix[:, 1].sum() / matrix.sum(),
    }


@pytest.mark.parametrize("digits", [None, 2, 1])
@pytest.mark.parametrize("seed", range(4))
def test_every_metric_is_that_of_scikit_learn_with_and_without_ties(seed, digits):
    predictions = slopes_and_classes(seed, digits=digits)
    cuts = {"regression": -0.8, "head": 0.4}
    scores = score_classes(predictions, threshold=FAST, cuts=cuts, n_resamples=5)
    assert tuple(scores.columns) == SCORES
    for model, sign in (("regression", -1), ("head", 1)):
        rows = of(predictions, model)
        fast = of(predictions, "head")["observed"].to_numpy(dtype=int)
        risk = sign * rows["predicted"].to_numpy()
        called = risk > 0.8 if sign < 0 else risk >= 0.4
        expected = sklearn_scores(fast, risk, called.astype(int))
        found = of(scores, model).set_index("metric")["estimate"]
        assert list(found.index) == list(CLASS_METRICS)
        for metric, value in expected.items():
            assert found[metric] == pytest.approx(value), metric


@pytest.mark.parametrize("digits", [None, 1])
def test_a_resample_scores_as_the_rows_it_repeats(digits):
    rng = np.random.default_rng(1)
    fast, risk = rng.random(40) < 0.3, rng.normal(size=40)
    risk = risk if digits is None else risk.round(digits)
    counts = rng.poisson(1, (20, 40)).astype(float)
    found = score_ranks(rank_rows(np.arange(40), fast, risk), counts)
    for number, times in enumerate(counts.astype(int)):
        drawn = np.repeat(np.arange(40), times)
        area = sklearn_metrics.roc_auc_score(fast[drawn], risk[drawn])
        precision = sklearn_metrics.average_precision_score(fast[drawn], risk[drawn])
        assert found[:, number] == pytest.approx([area, precision])


def test_rows_of_one_patient_are_drawn_together():
    one = slopes_and_classes()
    twice = pd.concat([one, one.assign(repeat=1)])
    settings = {"threshold": FAST, "cuts": {"regression": -0.8, "head": 0.4}, "n_resamples": 300}
    once, doubled = (score_classes(rows, **settings) for rows in (one, twice))
    pd.testing.assert_frame_equal(once, doubled)


def test_the_resamples_are_those_of_the_other_scores():
    # the share of fast patients is the mean of the classes: both modules must draw it alike
    head = of(slopes_and_classes(), "head")
    perfect = head.assign(predicted=head["observed"])
    table = score_classes(
        perfect, threshold=FAST, cuts={"head": 0.5}, metrics=["share_called"], n_resamples=400
    )
    flat = perfect.assign(predicted=0.0)
    drawn, _ = draw_scores(flat, ("mse",), n_resamples=400, seed=0)
    low, high = np.quantile(drawn["head"][0, 1:], [0.025, 0.975])
    assert table.loc[0, ["low", "high"]].tolist() == pytest.approx([low, high])


def test_the_order_of_rows_does_not_matter_and_the_seed_does():
    predictions = slopes_and_classes()
    settings = {"threshold": FAST, "metrics": RANK_METRICS, "n_resamples": 200}
    table = score_classes(predictions, **settings)
    shuffled = score_classes(predictions.iloc[::-1], **settings)
    key = ["model", "metric"]
    pd.testing.assert_frame_equal(
        table.sort_values(key, ignore_index=True), shuffled.sort_values(key, ignore_index=True)
    )
    assert not table.equals(score_classes(predictions, seed=1, **settings))


def test_a_predictive_value_without_a_call_is_not_defined():
    predictions = of(slopes_and_classes(), "regression")
    scores = score_classes(predictions, threshold=FAST, cuts={"regression": -9.0}, n_resamples=50)
    by_metric = scores.set_index("metric")
    assert by_metric.loc["ppv", ["estimate", "low", "high"]].isna().all()
    assert by_metric.loc["share_called", "estimate"] == 0
    assert by_metric.loc["sensitivity", "estimate"] == 0
    assert by_metric.loc["balanced_accuracy", "estimate"] == 0.5


def test_resamples_without_a_fast_patient_are_left_out():
    observed = np.array([-2.0, *np.full(19, -0.5)])
    predictions = frame("regression", observed, np.linspace(-1.5, 0, 20))
    scores = score_classes(predictions, threshold=FAST, metrics=RANK_METRICS, n_resamples=300)
    assert np.isfinite(scores[["estimate", "low", "high"]]).all(axis=None)
    assert scores["estimate"].tolist() == [1.0, 1.0]


@pytest.mark.parametrize("observed", [[-2.0, -3.0, -2.5], [0.1, -0.3, 0.2]])
def test_patients_of_one_kind_have_no_area(observed):
    scores = score_classes(frame("m", observed, [0.1, 0.2, 0.3]), threshold=FAST, metrics="auc")
    assert scores[["estimate", "low", "high"]].isna().all(axis=None)


def test_equal_predictions_order_nobody():
    predictions = of(slopes_and_classes(), "regression").assign(predicted=-0.7)
    scores = score_classes(predictions, threshold=FAST, metrics=RANK_METRICS, n_resamples=100)
    by_metric = scores.set_index("metric")
    assert by_metric.loc["auc", ["estimate", "low", "high"]].tolist() == [0.5, 0.5, 0.5]
    share = (predictions["observed"] < FAST).mean()
    assert by_metric.loc["average_precision", "estimate"] == pytest.approx(share)


def test_scores_do_not_change_if_risks_are_only_reordered_upwards():
    head = of(slopes_and_classes(), "head")
    bent = head.assign(predicted=head["predicted"] ** 3)
    settings = {"threshold": FAST, "metrics": RANK_METRICS, "n_resamples": 100}
    pd.testing.assert_frame_equal(score_classes(head, **settings), score_classes(bent, **settings))


def test_a_comparison_subtracts_on_the_same_resamples():
    predictions = slopes_and_classes()
    cuts = {"regression": -0.8, "head": 0.3}
    settings = {"threshold": FAST, "cuts": cuts, "n_resamples": 300}
    table = compare_classes(predictions, pairs=[("head", "regression")], **settings)
    scores = score_classes(predictions, **settings).set_index(["model", "metric"])["estimate"]
    assert tuple(table.columns) == COMPARISON
    assert list(table["metric"]) == list(CLASS_METRICS)
    for row in table.itertuples():
        expected = scores["head", row.metric] - scores["regression", row.metric]
        assert row.estimate == pytest.approx(expected)
        assert row.low <= row.estimate <= row.high


def test_a_model_held_against_its_double_differs_by_nothing():
    regression = of(slopes_and_classes(), "regression")
    both = pd.concat([regression, regression.assign(model="double")])
    cuts = {"regression": -0.8, "double": -0.8}
    table = compare_classes(
        both, pairs=[("double", "regression")], threshold=FAST, cuts=cuts, n_resamples=100
    )
    assert (table[["estimate", "low", "high"]] == 0).all(axis=None)
    assert (table["p_holm"] == 1).all()


def test_p_values_are_adjusted_over_the_pairs_of_a_metric():
    predictions = pd.concat(
        [slopes_and_classes(), of(slopes_and_classes(), "head").assign(model="again")]
    )
    pairs = [("head", "regression"), ("again", "regression")]
    table = compare_classes(
        predictions, pairs=pairs, threshold=FAST, metrics="auc", n_resamples=200
    )
    assert (table["p_holm"] >= table["p_value"]).all()
    assert table["p_holm"].iloc[0] == pytest.approx(min(1, 2 * table["p_value"].iloc[0]))


def test_models_that_disagree_about_who_is_fast_are_not_compared():
    predictions = slopes_and_classes()
    turned = predictions["observed"].where(
        predictions["model"] == "regression", 1 - predictions["observed"]
    )
    with pytest.raises(BadInput, match="observed value"):
        compare_classes(
            predictions.assign(observed=turned),
            pairs=[("head", "regression")],
            threshold=FAST,
            metrics="auc",
        )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"metrics": ["accuracy"]}, "metrics"),
        ({"cuts": None}, "cuts"),
        ({"cuts": {"head": 0.5}}, "cuts"),
        ({"n_resamples": 0}, "resamples"),
        ({"level": 95}, "level"),
    ],
)
def test_settings_that_cannot_be_used_are_refused(change, words):
    settings = {"threshold": FAST, "cuts": {"regression": -1.0, "head": 0.5}} | change
    with pytest.raises(BadInput, match=words):
        score_classes(slopes_and_classes(), **settings)


def test_a_class_predicted_by_a_slope_is_refused():
    head = of(slopes_and_classes(), "head")
    with pytest.raises(BadInput, match="probabilities"):
        score_classes(head.assign(predicted=-0.7), threshold=FAST, metrics="auc")


def test_counts_add_up_to_the_patients():
    predictions = slopes_and_classes()
    counts = count_calls(predictions, threshold=FAST, cuts={"regression": -0.8, "head": 0.3})
    assert (counts[["found", "alarms", "missed", "spared"]].sum(axis=1) == 150).all()
    regression = of(predictions, "regression")
    assert (
        counts.loc[0, "found"] + counts.loc[0, "alarms"] == (regression["predicted"] < -0.8).sum()
    )


def test_the_literal_cut_is_the_threshold_or_a_half():
    predictions = slopes_and_classes()
    assert learn_cut(of(predictions, "regression"), "literal", FAST) == FAST
    assert learn_cut(of(predictions, "head"), "literal", FAST) == 0.5


@pytest.mark.parametrize("model", ["regression", "head"])
@pytest.mark.parametrize("seed", range(3))
def test_the_quantile_calls_as_many_as_are_fast(model, seed):
    predictions = slopes_and_classes(seed)
    rows = of(predictions, model)
    n_fast = int(of(predictions, "head")["observed"].sum())
    assert call_fast(rows, learn_cut(rows, "quantile", FAST)).sum() == n_fast


@pytest.mark.parametrize("share", [0.1, 0.25, 0.5])
def test_a_cut_at_a_share_calls_this_share(share):
    for model in ("regression", "head"):
        rows = of(slopes_and_classes(n_patients=200), model)
        assert call_fast(rows, cut_at_share(rows, share)).mean() == pytest.approx(share)


def test_calibrated_predictions_are_not_moved_by_least_squares():
    rng = np.random.default_rng(0)
    predicted = rng.normal(-0.7, 0.25, 4000)
    observed = predicted + rng.normal(0, 0.5, 4000)
    cut = learn_cut(frame("m", observed, predicted), "least_squares", FAST)
    assert cut == pytest.approx(FAST, abs=0.05)


def test_stretching_finds_the_cut_by_mean_and_spread():
    rows = of(slopes_and_classes(), "regression")
    cut = learn_cut(rows, "recalibrated", FAST)
    observed, predicted = rows["observed"].to_numpy(), rows["predicted"].to_numpy()
    stretched = observed.mean() + (predicted - predicted.mean()) * observed.std() / predicted.std()
    np.testing.assert_array_equal(predicted < cut, stretched < FAST)


def test_a_line_that_does_not_rise_calls_nobody_or_everybody():
    rows = frame("m", np.linspace(-1.5, 0.5, 50), np.linspace(0.5, -1.5, 50))
    assert learn_cut(rows, "least_squares", FAST) == -np.inf
    assert learn_cut(rows, "least_squares", 0.0) == np.inf


@pytest.mark.parametrize("model", ["regression", "head"])
@pytest.mark.parametrize("digits", [None, 1])
@pytest.mark.parametrize("seed", range(3))
def test_no_cut_is_better_balanced_than_the_one_learnt(model, digits, seed):
    predictions = slopes_and_classes(seed, digits=digits)
    rows = of(predictions, model)
    fast = of(predictions, "head")["observed"].to_numpy(dtype=int)

    def balance(cut):
        return sklearn_metrics.balanced_accuracy_score(fast, call_fast(rows, cut))

    values = np.sort(rows["predicted"].unique())
    best = max(balance(cut) for cut in (values[1:] + values[:-1]) / 2)
    assert balance(learn_cut(rows, "balanced", FAST)) == pytest.approx(best)


def test_rules_for_slopes_are_not_used_on_probabilities():
    head = of(slopes_and_classes(), "head")
    for rule in set(RULES) - set(PROBABILITY_RULES):
        with pytest.raises(BadInput, match="rule"):
            learn_cut(head, rule, FAST)


@pytest.mark.parametrize("rule", ["quantile", "balanced"])
def test_a_cut_is_not_learnt_from_patients_of_one_kind(rule):
    rows = of(slopes_and_classes(), "regression").assign(observed=-0.5)
    with pytest.raises(BadInput, match="some who are not"):
        learn_cut(rows, rule, FAST)


def test_a_cut_is_learnt_for_one_model_at_a_time():
    with pytest.raises(BadInput, match="one cut"):
        learn_cut(slopes_and_classes(), "quantile", FAST)


@pytest.fixture(scope="module")
def optimism():
    rows = of(slopes_and_classes(n_patients=400), "regression")
    return measure_optimism(
        rows, threshold=FAST, cut=-0.8, sizes=[50, 200], n_splits=400, seed=0
    ).set_index(["cut", "n_patients"])


def test_a_cut_chosen_on_the_patients_flatters_itself_the_more_the_fewer_they_are(optimism):
    chosen = optimism.loc["chosen on these patients"]
    assert chosen["estimate"].between(0.005, 0.2).all()
    assert chosen.loc[50, "estimate"] > chosen.loc[200, "estimate"]
    np.testing.assert_allclose(chosen["these"] - chosen["others"], chosen["estimate"])


def test_a_cut_learnt_beforehand_does_not(optimism):
    assert optimism.loc["learnt beforehand", "estimate"].abs().max() < 0.01


def test_draws_without_a_fast_patient_measure_nothing():
    rows = frame("m", np.full(30, -0.5), np.linspace(-1, 0, 30))
    table = measure_optimism(rows, threshold=FAST, cut=-0.8, sizes=[10], n_splits=5, seed=0)
    assert table["estimate"].isna().all()


def test_all_call_metrics_lie_between_zero_and_one():
    for seed in range(5):
        scores = score_classes(
            slopes_and_classes(seed, n_patients=30, digits=1),
            threshold=FAST,
            cuts={"regression": -0.9, "head": 0.3},
            metrics=CALL_METRICS,
            n_resamples=50,
        )
        values = scores[["estimate", "low", "high"]].to_numpy()
        assert ((values >= 0) & (values <= 1)).all()
