from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from alsnb.evaluation.cuts import RULES
from alsnb.lessons.fast import fast_lesson as lesson
from alsnb.lessons.fast import fast_models as models
from alsnb.lessons.fast import fast_words as words
from alsnb.models.architectures import find_architecture
from alsnb.models.recipe import Recipe
from alsnb.models.searched import make_searched
from alsnb.schema import PREDICTIONS, SCORES
from alsnb.splits import hold_out, make_folds

FAST = lesson.fast_threshold()
SETTINGS = {"profile": "smoke", "is_real": False}


def draw_frame(split, *, n_patients, seed, spread=0.5):
    """Predictions by every model of the chapter, calibrated, of patients who do not exist."""
    rng = np.random.default_rng(seed)
    known, unknown = rng.normal(size=(2, n_patients))
    observed = -0.7 + 0.57 * (spread * known + np.sqrt(1 - spread**2) * unknown)
    patients = [f"p{number:05d}" for number in range(n_patients)]
    frames = []
    for model in words.TITLES:
        blur = 0.0 if model == "oracle" else 0.3
        seen = (known + blur * rng.normal(size=n_patients)) / (1 + blur**2)
        slope = -0.7 + 0.57 * spread * seen
        is_class = model.endswith("_class")
        columns = {
            "patient": patients,
            "model": model,
            "split": split,
            "repeat": 0,
            "fold": 0,
            "observed": (observed < FAST).astype(float) if is_class else observed,
            "predicted": 1 / (1 + np.exp(2 + 4 * (slope + 0.5))) if is_class else slope,
        }
        frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)


@pytest.fixture(scope="module")
def frames():
    return draw_frame("train", n_patients=1200, seed=0), draw_frame("test", n_patients=600, seed=1)


@pytest.fixture(scope="module")
def few():
    """Frames of so few patients that counts are small."""
    return draw_frame("train", n_patients=200, seed=0), draw_frame("test", n_patients=40, seed=1)


def make_task(n_patients=120, seed=0):
    """A task with two features and without questionnaires."""
    rng = np.random.default_rng(seed)
    keys = pd.Index(range(100, 100 + n_patients), name="subject_id")
    slope = pd.Series(rng.normal(-0.8, 0.6, n_patients), index=keys)
    predictors = pd.DataFrame(
        {
            "a": slope + rng.normal(0, 0.5, n_patients),
            "b": rng.normal(size=n_patients),
            "log_onset_delta": slope + rng.normal(0, 0.8, n_patients),
        },
        index=keys,
    )
    split = hold_out(keys, share=0.25, seed=seed)
    folds = make_folds(split.train, n_folds=2, seed=seed, strata=slope.loc[split.train])
    fold_of = pd.concat([pd.Series(fold.fold, index=fold.test) for fold in folds])
    return SimpleNamespace(
        predictors=predictors,
        target=slope,
        split=split,
        features=("a", "b"),
        questionnaire_features=(),
        fold_of=lambda: fold_of.loc[split.train],
    )


# --- models --------------------------------------------------------------------------------


@pytest.mark.parametrize("head", ["onset_class", "forest_class"])
def test_a_classifier_predicts_each_patient_once_and_never_its_own(head, monkeypatch):
    monkeypatch.setattr(models, "n_cores", lambda: 1)
    task = make_task()
    out_of_fold, test = models._predict_head(
        task, head, threshold=FAST, recipe=None, profile="smoke", seed=0
    )
    assert tuple(out_of_fold.columns) == PREDICTIONS
    assert sorted(out_of_fold["patient"]) == sorted(task.split.train)
    assert sorted(test["patient"]) == sorted(task.split.test)
    for rows in (out_of_fold, test):
        fast = (task.target.loc[rows["patient"]] < FAST).to_numpy(dtype=float)
        np.testing.assert_array_equal(rows["observed"], fast)
        assert rows["predicted"].between(0, 1).all()
        assert np.corrcoef(fast, rows["predicted"])[0, 1] > 0


def test_test_patients_teach_nothing(monkeypatch):
    monkeypatch.setattr(models, "n_cores", lambda: 1)
    task, settings = make_task(), {"threshold": FAST, "recipe": None, "profile": "smoke", "seed": 0}
    turned = task.target.copy()
    turned.loc[task.split.test] = -5 - turned.loc[task.split.test]
    other = SimpleNamespace(**vars(task) | {"target": turned})
    for head in ("onset_class", "forest_class"):
        pairs = [models._predict_head(one, head, **settings) for one in (task, other)]
        pd.testing.assert_frame_equal(pairs[0][0], pairs[1][0])
        np.testing.assert_array_equal(pairs[0][1]["predicted"], pairs[1][1]["predicted"])


@pytest.mark.parametrize("network", ["ffnn", "cnn", "rnn"])
def test_a_network_head_is_made_from_the_recipe_of_the_regression(network):
    settings = find_architecture(network).settings_class(n_epochs=3)
    recipe = Recipe(n_features=2, network=settings)
    regression = make_searched(recipe, network=network, columns=["a", "b"], n_networks=2, seed=4)
    head = models.make_network_head(
        recipe, network=network, features=["a", "b"], leave_out=[], n_networks=2, seed=4
    )
    classifier = head[-1].classifier
    assert repr(head[0]) == repr(regression[0])
    assert classifier.get_params() == regression[-1].get_params()
    assert classifier.settings.n_epochs == 3


def test_a_fold_without_a_fast_patient_teaches_that_nobody_is():
    task = make_task()
    head = models.make_forest_head(0, n_trees=5).fit(task.predictors, np.zeros(120))
    np.testing.assert_array_equal(head.predict(task.predictors), np.zeros(120))


def test_the_ensemble_is_the_mean_of_its_members(frames):
    both = models.add_ensemble(frames[1][frames[1]["model"] != models.BOTH_HEADS])
    wide = both.pivot_table(index="patient", columns="model", values="predicted")
    expected = (wide["ffnn_class"] + wide["cnn_class"]) / 2
    np.testing.assert_allclose(wide[models.BOTH_HEADS], expected)


def test_the_oracle_is_there_if_it_is_known_for_everybody(frames):
    rows = frames[1][frames[1]["model"] == "forest"]
    oracle = pd.Series(-0.5, index=rows["patient"])
    assert set(models.add_oracle(rows, oracle)["model"]) == {"forest", "oracle"}
    for unknown in (None, oracle.iloc[1:]):
        assert set(models.add_oracle(rows, unknown)["model"]) == {"forest"}


# --- spread --------------------------------------------------------------------------------


def test_calibrated_predictions_spread_by_their_correlation(frames):
    spread = lesson.describe_spread(frames[1], is_real=False).set_index("model")
    assert spread.index[0] == "observed"
    assert "ffnn_class" not in spread.index
    rest = spread.iloc[1:]
    np.testing.assert_allclose(rest["sd_ratio"], rest["pcc"], atol=0.1)
    assert (rest["share_below"] < spread.loc["observed", "share_below"]).all()
    sentence = words.word_spread(spread.reset_index(), "ffnn")
    assert f"{spread.loc['ffnn', 'share_below']:.1%} of the patients" in sentence


def test_a_small_number_beyond_the_cut_is_withheld_of_real_patients(few):
    spread = lesson.describe_spread(few[1], is_real=True)
    shown = (spread["share_below"] * spread["n_patients"]).dropna().round()
    assert not shown.between(1, 4).any()
    assert spread["withheld"].any()
    assert "fewer than 5" in " ".join(words.tabulate_spread(spread).iloc[:, -1])
    model = spread.loc[spread["withheld"], "model"].iloc[0]
    assert "fewer than 5 patients" in words.word_spread(spread, model)


@pytest.mark.parametrize("n_patients", [6, 40, 600])
def test_each_bar_holds_five_patients(n_patients):
    test = draw_frame("test", n_patients=n_patients, seed=2)
    bars = lesson.spread_bars(test, "ffnn")
    counts = (bars["high"] - bars["low"]) * bars["density"] * n_patients
    assert counts.min() > 4.99
    areas = counts.groupby(bars["series"]).sum() / n_patients
    np.testing.assert_allclose(areas, 1)
    for _, rows in bars.groupby("series"):
        np.testing.assert_allclose(rows["low"].iloc[1:], rows["high"].iloc[:-1])


# --- scores --------------------------------------------------------------------------------


def test_the_literal_cut_calls_fewest_and_the_quantile_about_as_many_as_are_fast(frames):
    scores = lesson.score_rules(*frames, ("ffnn", "ffnn_class"), **SETTINGS)
    called = scores[scores["metric"] == "share_called"].set_index(["model", "rule"])["estimate"]
    assert list(called["ffnn"].index) == list(RULES)
    assert called["ffnn", "literal"] < 0.1 < called["ffnn", "quantile"]
    share = (frames[1].loc[frames[1]["model"] == "ffnn", "observed"] < FAST).mean()
    assert called["ffnn", "quantile"] == pytest.approx(share, abs=0.05)
    assert called["ffnn", "recalibrated"] == pytest.approx(share, abs=0.05)
    shown = words.tabulate_rules(scores)
    assert len(shown) == len(called)
    assert words.word_rules(scores, "ffnn", "literal").startswith("By the rule 'literal', ")


def test_every_model_is_scored_in_the_order_of_the_titles(frames):
    scores = lesson.score_models(*frames, **SETTINGS)
    assert set(SCORES) < set(scores.columns)
    assert set(scores["model"]) == set(words.TITLES)
    assert not scores["withheld"].any()
    shown = words.tabulate_models(scores)
    assert list(shown["Model"]) == list(words.TITLES.values())
    assert len(words.tabulate_published(lesson.beside_published(scores, "ffnn"))) == 7


def test_cuts_come_from_training_patients_alone(frames):
    out_of_fold, test = frames
    cuts = lesson.score_models(out_of_fold, test, **SETTINGS)["cut"]
    other = draw_frame("test", n_patients=600, seed=9)
    pd.testing.assert_series_equal(cuts, lesson.score_models(out_of_fold, other, **SETTINGS)["cut"])


def test_scores_behind_which_small_counts_stand_are_withheld_of_real_patients(few):
    out_of_fold, test = few
    scores = lesson.score_rules(
        out_of_fold, test, ("ffnn", "ffnn_class"), profile="smoke", is_real=True
    )
    assert scores["withheld"].any()
    assert scores.loc[scores["withheld"], ["estimate", "low", "high"]].isna().all(axis=None)
    called = scores[(scores["metric"] == "share_called") & ~scores["withheld"]]["estimate"] * 40
    assert not called.round().between(1, 4).any()
    words.tabulate_rules(scores)
    literal = scores[(scores["model"] == "ffnn") & scores["withheld"]]["rule"].iloc[0]
    assert "forbid" in words.word_rules(scores, "ffnn", literal)


def test_cuts_that_are_nearly_the_same_are_not_both_shown_of_real_patients(frames):
    settings = {"profile": "smoke", "is_real": True}
    scores = lesson.score_shares(*frames, ("ffnn", "onset"), **settings)
    shown = scores[(scores["metric"] == "share_called") & ~scores["withheld"]]
    for _, rows in shown.groupby("model"):
        called = np.sort(rows["estimate"] * 600)
        assert (np.diff(called) > 4.5).all()
    assert len(shown) > 4


def test_the_area_is_shown_whatever_the_counts(few):
    scores = lesson.score_models(*few, profile="smoke", is_real=True)
    areas = scores[scores["metric"] == "auc"]
    assert not areas["withheld"].any()
    assert areas["estimate"].notna().all()
    assert scores["withheld"].any()
    assert "withheld" in words.tabulate_models(scores).to_string()


def test_each_classifier_is_held_against_its_regression(frames):
    gaps = lesson.compare_heads(*frames, **SETTINGS)
    pairs = gaps[["model", "reference"]].drop_duplicates().itertuples(index=False)
    assert {head: of for head, of in pairs} == models.PAIRS
    shown = words.tabulate_heads(gaps)
    assert shown.iloc[0, 0] == "Log onset delta"
    assert len(words.label_heads(gaps, "auc")) == len(models.PAIRS)
    sentence = words.word_heads(gaps)
    assert f"of {len(models.PAIRS)} classifiers" in sentence


def test_more_calls_find_more(frames):
    scores = lesson.score_shares(*frames, ("ffnn", "ffnn_class"), **SETTINGS)
    for _, rows in scores[scores["metric"] == "sensitivity"].groupby("model"):
        assert rows["estimate"].is_monotonic_increasing
        assert list(rows["share"]) == list(lesson.SHARES)


def test_a_choice_on_the_test_patients_promises_too_much(frames):
    choice = lesson.measure_choice(*frames, "ffnn", profile="book", seed=0)
    chosen = choice[choice["cut"] == "chosen on these patients"]
    assert (chosen["estimate"] > 0).all()
    assert chosen["estimate"].is_monotonic_decreasing
    assert len(words.tabulate_choice(choice)) == len(choice)
    assert "on 50 patients" in words.word_choice(choice)
    whole = lesson.compare_choice(*frames, "ffnn", profile="smoke")
    assert whole["estimate"] >= 0


def test_a_small_test_set_is_drawn_in_halves(few):
    choice = lesson.measure_choice(*few, "ffnn", profile="smoke", seed=0)
    assert set(choice["n_patients"]) == {20}
    assert words.word_choice(choice).count("on 20 patients") == 1
