import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot

from alsnb.evaluation.cuts import RULES
from alsnb.evaluation.small_calls import withhold_marked
from alsnb.lessons.fast import figures, study, tables
from alsnb.report.style import use_style
from alsnb.schema import SCORES
from alsnb.study.heads import COUNTERPARTS

FAST = study.FAST
FEW = {"n_resamples": 200}


@pytest.fixture(autouse=True)
def close_figures():
    use_style()
    yield
    pyplot.close("all")


def draw_frame(split, *, n_patients, seed, spread=0.5):
    """Predictions by every model of the chapter, calibrated, of patients who do not exist."""
    rng = np.random.default_rng(seed)
    known, unknown = rng.normal(size=(2, n_patients))
    observed = -0.7 + 0.57 * (spread * known + np.sqrt(1 - spread**2) * unknown)
    patients = [f"p{number:05d}" for number in range(n_patients)]
    frames = []
    for model in study.TITLES:
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


def test_the_oracle_is_there_if_it_is_known_for_everybody(frames):
    rows = frames[1][frames[1]["model"] == "forest"]
    oracle = pd.Series(-0.5, index=rows["patient"])
    assert set(study._add_oracle(rows, oracle)["model"]) == {"forest", "oracle"}
    for unknown in (None, oracle.iloc[1:]):
        assert set(study._add_oracle(rows, unknown)["model"]) == {"forest"}


# --- spread --------------------------------------------------------------------------------


def test_calibrated_predictions_spread_by_their_correlation(frames):
    spread = study.describe_spread(frames[1]).set_index("model")
    assert spread.index[0] == "observed"
    assert "ffnn_class" not in spread.index
    rest = spread.iloc[1:]
    np.testing.assert_allclose(rest["sd_ratio"], rest["pcc"], atol=0.1)
    assert (rest["share_below"] < spread.loc["observed", "share_below"]).all()
    words = tables.read_spread(spread.reset_index(), "ffnn")
    assert words["below"] == f"{spread.loc['ffnn', 'share_below']:.1%} of the patients"


def test_a_small_number_beyond_the_cut_is_withheld_of_real_patients(few):
    spread = withhold_marked(study.describe_spread(few[1]), is_real=True)
    shown = (spread["share_below"] * spread["n_patients"]).dropna().round()
    assert not shown.between(1, 4).any()
    assert spread["withheld"].any()
    assert tables.FEW in set(tables.show_spread(spread).iloc[:, -1])
    model = spread.loc[spread["withheld"], "model"].iloc[0]
    assert tables.read_spread(spread, model)["below"] == tables.FEW


@pytest.mark.parametrize("n_patients", [6, 40, 600])
def test_each_bar_holds_five_patients(n_patients):
    test = draw_frame("test", n_patients=n_patients, seed=2)
    bars = study.spread_bars(test, "ffnn")
    counts = (bars["high"] - bars["low"]) * bars["density"] * n_patients
    assert counts.min() > 4.99
    areas = counts.groupby(bars["series"]).sum() / n_patients
    np.testing.assert_allclose(areas, 1)
    for _, rows in bars.groupby("series"):
        np.testing.assert_allclose(rows["low"].iloc[1:], rows["high"].iloc[:-1])


# --- scores --------------------------------------------------------------------------------


def test_the_literal_cut_calls_fewest_and_the_quantile_about_as_many_as_are_fast(frames):
    scores = study.score_rules(*frames, ("ffnn", "ffnn_class"), **FEW)
    scores = withhold_marked(scores, is_real=False)
    called = scores[scores["metric"] == "share_called"].set_index(["model", "rule"])["estimate"]
    assert list(called["ffnn"].index) == list(RULES)
    assert called["ffnn", "literal"] < 0.1 < called["ffnn", "quantile"]
    share = (frames[1].loc[frames[1]["model"] == "ffnn", "observed"] < FAST).mean()
    assert called["ffnn", "quantile"] == pytest.approx(share, abs=0.05)
    assert called["ffnn", "recalibrated"] == pytest.approx(share, abs=0.05)
    assert len(tables.show_rules(scores)) == len(called)
    assert tables.read_rule(scores, "ffnn", "quantile")[0] == "some"


def test_every_model_is_scored_in_the_order_of_the_titles(frames):
    scores = withhold_marked(study.score_models(*frames, **FEW), is_real=False)
    assert set(SCORES) < set(scores.columns)
    assert set(scores["model"]) == set(study.TITLES)
    assert not scores["withheld"].any()
    assert list(tables.show_models(scores)["Model"]) == list(study.TITLES.values())
    assert len(tables.show_published(study.beside_published(scores, "ffnn"))) == 7


def test_cuts_come_from_training_patients_alone(frames):
    out_of_fold, test = frames
    cuts = study.score_models(out_of_fold, test, **FEW)["cut"]
    other = draw_frame("test", n_patients=600, seed=9)
    pd.testing.assert_series_equal(cuts, study.score_models(out_of_fold, other, **FEW)["cut"])


def test_scores_behind_which_small_counts_stand_are_withheld_of_real_patients(few):
    scores = study.score_rules(*few, ("ffnn", "ffnn_class"), **FEW)
    scores = withhold_marked(scores, is_real=True)
    assert scores["withheld"].any()
    assert scores.loc[scores["withheld"], ["estimate", "low", "high"]].isna().all(axis=None)
    called = scores[(scores["metric"] == "share_called") & ~scores["withheld"]]["estimate"] * 40
    assert not called.round().between(1, 4).any()
    assert "withheld" in tables.show_rules(scores).to_string()
    rule = scores[(scores["model"] == "ffnn") & scores["withheld"]]["rule"].iloc[0]
    assert tables.read_rule(scores, "ffnn", rule)[0] == "withheld"


def test_cuts_that_are_nearly_the_same_are_not_both_shown_of_real_patients(frames):
    scores = study.score_shares(*frames, ("ffnn", "onset"), **FEW)
    scores = withhold_marked(scores, is_real=True)
    shown = scores[(scores["metric"] == "share_called") & ~scores["withheld"]]
    for _, rows in shown.groupby("model"):
        called = np.sort(rows["estimate"] * 600)
        assert (np.diff(called) > 4.5).all()
    assert len(shown) > 4


def test_the_area_is_shown_whatever_the_counts(few):
    scores = withhold_marked(study.score_models(*few, **FEW), is_real=True)
    areas = scores[scores["metric"] == "auc"]
    assert not areas["withheld"].any()
    assert areas["estimate"].notna().all()
    assert scores["withheld"].any()


def test_each_classifier_is_held_against_its_regression(frames):
    gaps = withhold_marked(study.compare_heads(*frames, **FEW), is_real=False)
    pairs = gaps[["model", "reference"]].drop_duplicates().itertuples(index=False)
    assert {head: of for head, of in pairs} == COUNTERPARTS
    assert tables.show_heads(gaps).iloc[0, 0] == "Log onset delta"
    words = tables.read_areas(tables.label_areas(gaps))
    assert words["better"] + words["worse"] + words["equal"] == words["n"] == len(COUNTERPARTS)


def test_more_calls_find_more(frames):
    scores = study.score_shares(*frames, ("ffnn", "ffnn_class"), **FEW)
    for _, rows in scores[scores["metric"] == "sensitivity"].groupby("model"):
        assert rows["estimate"].is_monotonic_increasing
        assert list(rows["share"]) == list(study.SHARES)


def test_a_choice_on_the_test_patients_promises_too_much(frames):
    choice = study.measure_choice(*frames, "ffnn", n_splits=2000, seed=0)
    chosen = choice[choice["cut"] == "chosen on these patients"]
    assert (chosen["estimate"] > 0).all()
    assert chosen["estimate"].is_monotonic_decreasing
    assert len(tables.show_choice(choice)) == len(choice)
    assert "on 50 patients, and by" in tables.read_choice(choice)
    assert study.compare_choice(*frames, "ffnn", **FEW)["estimate"] >= 0


def test_a_small_test_set_is_drawn_in_halves(few):
    choice = study.measure_choice(*few, "ffnn", n_splits=50, seed=0)
    assert set(choice["n_patients"]) == {20}
    assert tables.read_choice(choice).count("on 20 patients") == 1


# --- figures -------------------------------------------------------------------------------


def some_spreads():
    return pd.DataFrame(
        {
            "series": ["observed", "observed", "observed", "predicted", "predicted"],
            "low": [-3.0, -1.0, 0.0, -1.0, -0.5],
            "high": [-1.0, 0.0, 1.0, -0.5, 0.0],
            "density": [0.2, 0.4, 0.2, 1.5, 0.5],
        }
    )


def some_shares():
    rows = []
    for model in ("ffnn", "onset"):
        for share, called in ((0.1, 0.12), (0.5, 0.48)):
            values = {"sensitivity": 2 * share, "ppv": 0.6 - share / 2, "share_called": called}
            rows += [
                {
                    "model": model,
                    "metric": metric,
                    "share": share,
                    "estimate": value,
                    "low": value - 0.05,
                    "high": value + 0.05,
                    "n_patients": 99,
                }
                for metric, value in values.items()
            ]
    return pd.DataFrame(rows)


def test_both_spreads_have_the_area_one_and_cuts_are_lines():
    cuts = {"literal": -1.126, "quantile": -0.8}
    ax = figures.plot_spreads(some_spreads(), cuts=cuts, title="a model")
    bars = [patch for patch in ax.patches if hasattr(patch, "get_width")]
    assert sum(bar.get_width() * bar.get_height() for bar in bars) == pytest.approx(1)
    assert [line.get_xdata()[0] for line in ax.lines] == list(cuts.values())
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert {"observed", "predicted by a model", "literal", "quantile"} == set(labels)


def test_the_words_of_the_spreads_come_from_the_frame():
    words = figures.describe_spreads(some_spreads(), {"literal": -1.126})
    words = words.replace("\N{MINUS SIGN}", "-")
    assert "observed slopes reach from -3.0 to 1.0, densest from -1.0 to 0.0" in words
    assert "predicted slopes reach from -1.0 to 0.0" in words
    assert "literal at -1.13" in words


def test_the_share_called_stands_beside_the_other_scores():
    drawn = figures.label_shares(some_shares())
    assert set(drawn["metric"]) == {"sensitivity", "ppv"}
    assert (drawn.loc[drawn["share"] == 0.1, "share_called"] == 0.12).all()
    assert set(drawn["label"]) == {"FFNN, slope", "Log onset delta, slope"}


def test_each_score_has_a_panel_with_a_line_for_each_model():
    drawn = figures.label_shares(some_shares())
    left, right = figures.plot_shares(drawn).axes
    assert len(left.lines) == 3  # two models, and calling at random
    assert len(right.lines) == 2
    np.testing.assert_allclose(left.lines[0].get_xdata(), [0.12, 0.48])
    np.testing.assert_allclose(left.lines[0].get_ydata(), [0.2, 1.0])


def test_the_words_of_the_lines_name_their_ends():
    drawn = figures.label_shares(some_shares())
    words = figures.describe_shares(drawn)
    assert "FFNN, slope, sensitivity 20% when 12% are called and 100% when 48% are" in words
    assert "Log onset delta, slope, PPV 55% when 12%" in words


def test_what_is_withheld_is_neither_drawn_nor_said():
    drawn = figures.label_shares(some_shares())
    first = drawn["share"] == 0.1
    values = ["estimate", "low", "high", "share_called"]
    drawn = drawn.assign(**{name: drawn[name].mask(first) for name in values})
    left = figures.plot_shares(drawn).axes[0]
    assert len(left.lines[0].get_xdata()) == 1
    assert "12%" not in figures.describe_shares(drawn)
    assert "Sensitivity" in figures.describe_shares(drawn.iloc[:0])
