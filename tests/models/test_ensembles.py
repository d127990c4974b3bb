import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from alsnb.checks import BadInput
from alsnb.models.ensembles import PULLS, average, choose_pull, learn_weights, stack
from alsnb.schema import PREDICTIONS

MODELS = ["forest", "lasso", "network"]


def make_predictions(seed=0, n_patients=60, *, split="train", n_repeats=2, n_folds=5):
    """Three models of one signal, each with noise of its own, the last with most."""
    rng = np.random.default_rng(seed)
    observed = rng.normal(size=n_patients)
    if split == "test":
        n_repeats = n_folds = 1
    parts = []
    for repeat in range(n_repeats):
        fold = rng.permutation(n_patients) % n_folds
        for model, noise in zip(MODELS, (0.5, 0.7, 2.0), strict=True):
            columns = {
                "patient": [f"{split}{number:03d}" for number in range(n_patients)],
                "model": model,
                "split": split,
                "repeat": repeat,
                "fold": fold,
                "observed": observed,
                "predicted": observed + rng.normal(0, noise, n_patients),
            }
            parts.append(pd.DataFrame(columns)[list(PREDICTIONS)])
    return pd.concat(parts, ignore_index=True)


def mean_squared_error(predictions):
    return np.mean((predictions["predicted"] - predictions["observed"]) ** 2)


def test_average_by_hand():
    predictions = make_predictions(n_patients=1, split="test")
    predictions["predicted"] = [1.0, 2.0, 6.0]
    averaged = average(predictions, MODELS, "average")
    assert list(averaged.columns) == list(PREDICTIONS)
    assert averaged["predicted"].tolist() == [3.0]
    assert averaged["model"].tolist() == ["average"]
    assert average(predictions, MODELS[:2], "pair")["predicted"].tolist() == [1.5]


@pytest.mark.parametrize("seed", range(3))
def test_average_keeps_rows_and_forgets_their_order(seed):
    predictions = make_predictions(seed)
    averaged = average(predictions, MODELS, "average")
    assert len(averaged) == len(predictions) / 3
    shuffled = predictions.sample(frac=1, random_state=seed)
    pd.testing.assert_frame_equal(average(shuffled, MODELS[::-1], "average"), averaged)
    key = ["patient", "repeat"]
    expected = predictions.groupby(key)["predicted"].mean()
    np.testing.assert_allclose(averaged.set_index(key)["predicted"].sort_index(), expected)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("pull", [0.0, 0.05, 1.0])
def test_weights_are_a_mixture_that_trusts_the_better_model(seed, pull):
    weights = learn_weights(make_predictions(seed, 300), pull=pull)
    assert list(weights.index) == MODELS
    assert (weights >= 0).all()
    assert weights.sum() == pytest.approx(1)
    assert weights.is_monotonic_decreasing


def test_a_strong_pull_gives_equal_weights():
    np.testing.assert_allclose(learn_weights(make_predictions(), pull=1e4), 1 / 3, atol=1e-3)


@pytest.mark.parametrize("seed", range(3))
def test_weights_without_pull_are_least_squares_where_these_are_positive(seed):
    predictions = make_predictions(seed, 400)[lambda rows: rows["model"] != "network"]
    wide = predictions.pivot_table(
        index=["patient", "repeat", "observed"], columns="model", values="predicted"
    ).reset_index("observed")
    difference = wide[["forest"]].sub(wide["lasso"], axis=0)
    line = LinearRegression(fit_intercept=False)
    expected = line.fit(difference, wide["observed"] - wide["lasso"]).coef_[0]
    assert 0 < expected < 1
    assert learn_weights(predictions, pull=0.0)["forest"] == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("seed", range(3))
def test_pull_is_the_strongest_within_one_standard_error(seed):
    training = make_predictions(seed, 300)
    chosen = choose_pull(training, MODELS)

    def error_by_fold(pull):
        stacked = stack(training, training[:0], MODELS, "stack", pull=pull)
        errors = (stacked["observed"] - stacked["predicted"]) ** 2
        return errors.groupby([stacked["repeat"], stacked["fold"]]).mean()

    folds = {pull: error_by_fold(pull) for pull in PULLS}
    best = min(folds.values(), key=lambda errors: errors.mean())
    bound = best.mean() + best.std() / training["fold"].nunique() ** 0.5
    assert folds[chosen].mean() <= bound
    assert all(folds[pull].mean() > bound for pull in PULLS if pull > chosen)


@pytest.mark.parametrize("seed", range(3))
def test_stack_beats_its_members_on_held_out_patients(seed):
    training = make_predictions(seed, 300)
    held_out = make_predictions(seed + 50, 300, split="test")
    stacked = stack(training, held_out, MODELS, "stack")
    assert list(stacked.columns) == list(PREDICTIONS)
    assert len(stacked) == 2 * 300 + 300
    for frame, split in ((training, "train"), (held_out, "test")):
        ours = mean_squared_error(stacked[stacked["split"] == split])
        best = min(mean_squared_error(rows) for _, rows in frame.groupby("model"))
        assert ours < best


@pytest.mark.parametrize("seed", range(3))
def test_held_out_patients_do_not_matter_for_the_weights(seed):
    training = make_predictions(seed)
    held_out = make_predictions(seed + 50, split="test")
    expected = stack(training, held_out, MODELS, "stack")
    changed = held_out.copy()
    changed.loc[changed["patient"] != "test007", ["observed", "predicted"]] *= -20
    result = stack(training, changed, MODELS, "stack")
    same = expected["patient"].str.startswith("train") | (expected["patient"] == "test007")
    pd.testing.assert_frame_equal(result[same], expected[same])
    fewer = stack(training, held_out[:0], MODELS, "stack")
    pd.testing.assert_frame_equal(fewer, expected[expected["split"] == "train"])


@pytest.mark.parametrize("seed", range(3))
def test_a_fold_does_not_matter_for_its_own_weights(seed):
    training = make_predictions(seed)
    patients = training.loc[(training["repeat"] == 0) & (training["fold"] == 2), "patient"]
    inside = training["patient"].isin(patients)
    before = stack(training, training[:0], MODELS, "stack")
    changed = training.assign(observed=training["observed"].where(~inside, 99.0))
    after = stack(changed, training[:0], MODELS, "stack")
    rows = (before["repeat"] == 0) & (before["fold"] == 2)
    np.testing.assert_array_equal(after.loc[rows, "predicted"], before.loc[rows, "predicted"])
    assert not np.array_equal(after["predicted"], before["predicted"])


def test_weights_applied_to_held_out_patients_are_those_of_all_folds():
    training, held_out = make_predictions(), make_predictions(9, split="test")
    weights = learn_weights(training, MODELS)
    wide = held_out.pivot_table(index="patient", columns="model", values="predicted")
    stacked = stack(training, held_out, MODELS, "stack")
    stacked = stacked[stacked["split"] == "test"].set_index("patient")["predicted"]
    np.testing.assert_allclose(stacked, (wide[MODELS] * weights).sum(axis=1)[stacked.index])


def test_what_cannot_be_combined_is_said():
    training = make_predictions()
    with pytest.raises(BadInput, match="gaps in 'oracle'"):
        average(training, [*MODELS, "oracle"], "average")
    with pytest.raises(BadInput, match="gaps in 'network'"):
        average(training[:-1], MODELS, "average")
    with pytest.raises(BadInput, match="rows twice"):
        average(pd.concat([training, training[:1]]), MODELS, "average")
    with pytest.raises(BadInput, match="gaps in all"):
        average(training, [], "average")
    with pytest.raises(BadInput, match="at least 0"):
        learn_weights(training, pull=-1)
    with pytest.raises(BadInput, match="'train000', 'train001'"):
        stack(training, training, MODELS, "stack")
    with pytest.raises(BadInput, match="at least two folds"):
        stack(make_predictions(n_folds=1), training[:0], MODELS, "stack")
    with pytest.raises(BadInput, match="none named 'observed'"):
        learn_weights(training.drop(columns="observed"))
