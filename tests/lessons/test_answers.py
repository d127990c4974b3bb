"""What chapters answer follows from numbers, and turns where the numbers do."""

import numpy as np
import pandas as pd
import pytest

from alsnb.evaluation.cuts import CHOSEN
from alsnb.lessons.ablations import tables as ablations
from alsnb.lessons.comparison import study as comparison
from alsnb.lessons.comparison import tables as compared
from alsnb.lessons.explaining import tables as explaining
from alsnb.lessons.fast import study as fast
from alsnb.lessons.fast import tables as called
from alsnb.lessons.leakage import tables as leakage
from alsnb.lessons.networks import tables as networks
from alsnb.lessons.ranking import fits as ranking
from alsnb.lessons.ranking import tables as ranked
from alsnb.lessons.survival_published import study as survival
from alsnb.lessons.survival_published import tables as survived
from alsnb.models.recipe import Recipe
from alsnb.report import say
from alsnb.schema import METRIC, MODEL, OBSERVED, PREDICTED

ROW = {"estimate": 0.02, "low": 0.01, "high": 0.03}


def test_names_are_listed_as_a_sentence_does():
    assert say.listed([]) == "none"
    assert say.listed(["FFNN"]) == "FFNN"
    assert say.listed(["FFNN", "CNN", "RNN"]) == "FFNN, CNN and RNN"


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [(-0.06, -0.02, "loses"), (0.01, 0.03, "gains"), (-0.01, 0.02, "shows no detectable change")],
)
def test_a_change_is_a_loss_only_if_its_interval_says_so(low, high, word):
    row = {"estimate": (low + high) / 2, "low": low, "high": high}
    assert ablations.change_in_words(row).startswith(f"{word} (")


# --- the comparison ------------------------------------------------------------------------


def gaps(**by_model):
    """Return differences in RMSD from the forest: estimate, half-width and adjusted p."""
    rows = [
        [model, "forest", "rmsd", middle, middle - half, middle + half, p]
        for model, (middle, half, p) in by_model.items()
    ]
    columns = [MODEL, "reference", METRIC, "estimate", "low", "high", "p_holm"]
    return pd.DataFrame(rows, columns=columns)


def test_the_plainest_model_that_is_not_worse_is_found():
    frame = gaps(mean=(0.07, 0.01, 0.001), ffnn=(0.0, 0.01, 1), ridge=(0.01, 0.008, 0.2))
    assert comparison.find_plainest(frame) == "Ridge"
    assert comparison.find_plainest(frame[frame[MODEL] == "mean"]) == "none"


def test_sides_are_named_after_adjustment():
    frame = gaps(ffnn=(-0.02, 0.01, 0.01), cnn=(-0.02, 0.01, 0.2), rnn=(0.03, 0.01, 0.001))
    assert compared.name_sides(frame) == {"better": "FFNN", "worse": "RNN", "neither": "CNN"}


def test_calibration_is_read_off_the_interval_and_not_the_estimate():
    rows = [["forest", 1.2, 1.05, 1.35], ["ffnn", 0.8, 0.7, 0.9], ["cnn", 1.2, 0.9, 1.5]]
    table = pd.DataFrame(rows, columns=[MODEL, "estimate", "low", "high"])
    read = compared.read_calibration(table.assign(**{METRIC: "calibration_slope"}))
    assert read == {"low": "Random forest (1.20)", "high": "FFNN (0.80)", "fine": "CNN (1.20)"}


def test_a_mean_error_is_found_with_its_sign():
    frame = pd.DataFrame(
        {MODEL: "forest", "repeat": 0, OBSERVED: [-1.0, -2.0, -1.5], PREDICTED: [-0.5, -1.5, -1.0]}
    )
    missed = comparison.miss_on_average(frame).iloc[0]
    assert missed["estimate"] == pytest.approx(-0.5)
    assert missed["low"] == pytest.approx(-0.5)


def test_a_mean_error_would_explain_the_quoted_rmsd_too():
    # the printed numbers: RMSD of 0.563 with a PCC of 0.446, where calibration and the networks'
    # spread of 0.587 would give 0.525
    rows = [["forest", 0.563, 0.446, 0.629], ["ffnn", 0, 0, 0.587], ["cnn", 0, 0, 0.587]]
    rows.append(["rnn", 0, 0, 0.587])
    table = pd.DataFrame(rows, columns=[MODEL, "rmsd", "pcc", "sd"])
    assert comparison.bias_instead(table) == {"sd": "0.587", "bias": "0.20"}
    spread = comparison.average_printed(table)
    assert (spread["sd"], spread["sd_quoted"]) == ("0.587", "0.629")


def test_agreement_of_models_is_set_beside_the_oracle():
    table = pd.DataFrame(
        [["ridge", "r2", 0.2], ["forest", "r2", 0.23], ["mean", "r2", 0.0], ["cnn", "r2", 0.24]],
        columns=[MODEL, METRIC, "estimate"],
    )
    ceiling = pd.DataFrame(
        [["cnn", "r2", -0.19, -0.24, -0.14, 0.55]],
        columns=[MODEL, METRIC, "estimate", "low", "high", "share_of_oracle"],
    )
    words = comparison.find_limit(table, ceiling)
    assert (words["lowest"], words["highest"], words["share"]) == ("0.20", "0.24", "55%")
    assert words["best"] == "below"
    assert comparison.find_limit(table, ceiling.assign(high=0.01))["best"] == "not below"
    assert comparison.find_limit(table, ceiling.iloc[:0]) == {}


# --- rankings and explanations -------------------------------------------------------------


def test_shuffled_copies_do_not_come_first_where_there_is_a_signal():
    rng = np.random.default_rng(0)
    signals = pd.DataFrame(rng.normal(size=(300, 3)), columns=["a", "b", "c"])
    target = signals.sum(axis=1)
    how = {"n_seeds": 2, "n_trees": 20, "seed": 0}
    assert ranking.count_shadows(signals, target, k=3, **how)["shadows"].tolist() == [0, 0]
    noise = pd.Series(rng.normal(size=300))
    found = ranking.count_shadows(signals, noise, k=6, **how)
    assert found["shadows"].tolist() == [3, 3]
    assert ranked.read_shadows(found, 6).startswith("On average 3.0 of the first 6")
    assert ranked.read_shadows(found.assign(shadows=0), 6).startswith("None of the first 6")


def test_overlap_is_read_at_the_size_that_is_there():
    rows = [["other seeds", 10, 5.8], ["patients drawn again", 10, 4.3], ["other seeds", 20, 12.0]]
    overlap = pd.DataFrame(rows, columns=["cause", "k", "shared"])
    assert explaining.read_overlap(overlap) == {"k": 10, "seeds": "5.8", "patients": "4.3"}
    assert explaining.read_overlap(overlap[overlap["k"] == 20])["patients"] == "an unknown number"
    assert explaining.read_overlap(overlap.iloc[:0]) == {}


def test_summaries_that_pull_opposite_ways_are_named():
    rows = [["x1", "First X", -0.9], ["y1", "First Y", 0.9], ["x2", "Last X", 0.8]]
    table = pd.DataFrame(rows, columns=["input", "label", "direction"])
    measures = {"x1": "x", "x2": "x", "y1": "y"}
    assert explaining.find_opposed(table, measures) == {"down": "First X", "up": "Last X"}
    assert explaining.find_opposed(table.head(2), measures) == {}


# --- who is called fast ---------------------------------------------------------------------


def test_a_probability_for_everybody_saves_nothing():
    is_fast = np.r_[np.ones(20), np.zeros(80)]
    frames = [
        pd.DataFrame({MODEL: "onset_class", OBSERVED: is_fast, PREDICTED: 0.2}),
        pd.DataFrame({MODEL: "forest_class", OBSERVED: is_fast, PREDICTED: 0.9 * is_fast}),
        pd.DataFrame({MODEL: "forest", OBSERVED: is_fast - 1, PREDICTED: -0.7}),
    ]
    scores = fast.score_probabilities(pd.concat(frames)).set_index(MODEL)
    assert list(scores.index) == ["onset_class", "forest_class"]
    assert scores.loc["onset_class", ["brier", "skill", "missed"]].tolist() == pytest.approx(
        [0.16, 0.0, 0.0]
    )
    # one tenth off in a fifth of the patients
    assert scores.loc["forest_class", "brier"] == pytest.approx(0.2 * 0.01)
    assert scores.loc["forest_class", "missed"] == pytest.approx(0.02)


@pytest.mark.parametrize(
    ("cut", "outcome"), [(-1.0, "nearer"), (-1.2, "farther"), (-np.inf, "nowhere")]
)
def test_a_rule_that_moves_the_cut_says_which_way(cut, outcome):
    rows = [["ffnn", "literal", -1.126], ["ffnn", "least_squares", cut]]
    rules = pd.DataFrame(rows, columns=[MODEL, "rule", "cut"])
    assert called.read_moved(rules, "ffnn", "least_squares")[0] == outcome


def test_a_choice_promises_too_much_only_if_it_does():
    rows = [[50, CHOSEN, 0.09], [200, CHOSEN, 0.04]]
    choice = pd.DataFrame(rows, columns=["n_patients", "cut", "estimate"])
    assert called.read_overpromise(choice).endswith("the more so the fewer they are")
    assert "does not" in called.read_overpromise(choice.assign(estimate=[-0.01, 0.0]))


def test_classifiers_are_named_by_the_side_of_their_difference():
    rows = [["FFNN", -0.05, -0.08, -0.02, 0.01], ["CNN", 0.0, -0.02, 0.02, 1.0]]
    areas = pd.DataFrame(rows, columns=["label", "estimate", "low", "high", "p_holm"])
    assert called.name_heads(areas).endswith(
        "beat the regression of their kind: none; that lose: FFNN"
    )
    assert called.name_heads(areas.iloc[1:]).startswith("no classifier differs detectably")


# --- survival ------------------------------------------------------------------------------


def ratios(early, late):
    rows = [["early", *early], ["late", *late]]
    return pd.DataFrame(rows, columns=["period", "estimate", "low", "high"])


def test_hazard_ratios_of_two_periods_are_compared_by_their_intervals():
    first = (2.0, 1.5, 2.6)
    assert survived.read_periods(ratios(first, (1.0, 0.7, 1.4)))[0] == "apart"
    assert survived.read_periods(ratios(first, (1.4, 0.9, 2.1)))[0] == "overlap"
    assert survived.read_periods(ratios(first, (np.nan, np.nan, np.nan)))[0] == "nothing"


def test_a_ratio_that_reverses_in_time_is_seen_in_its_periods(monkeypatch):
    # the fast die at once, the others late
    n, month = 40, 30.4375
    patients = pd.RangeIndex(2 * n, name="subject_id")
    days = np.r_[np.linspace(13, 17, n), np.linspace(13, 30, n)] * month
    died = np.r_[np.ones(n, bool), np.arange(n) % 2 == 0]
    times = pd.DataFrame({"duration_days": days, "event": died}, index=patients)
    groups = pd.Series(pd.Categorical(["fast"] * n + ["medium-slow"] * n), patients)
    monkeypatch.setattr(survival, "split_groups", lambda *_: groups)
    monkeypatch.setattr(survival, "find_cuts", lambda _: {"quantile": 0.0})
    found = survival.ratio_by_period(pd.DataFrame(), times, is_real=False).set_index("period")
    assert found.loc["early", "low"] > 1
    # nobody of the fast is left to die
    assert np.isnan(found.loc["late", "estimate"])


def test_the_share_called_is_withheld_with_its_counts():
    rows = [["test", "printed", 40.0, 160.0], ["test", "quantile", np.nan, np.nan]]
    table = pd.DataFrame(rows, columns=["set", "cut", "n_fast", "n_slow"])
    assert survived.share_called(table, "test", "printed") == 0.2
    assert np.isnan(survived.share_called(table, "test", "quantile"))


# --- networks and leaks --------------------------------------------------------------------


def test_the_words_of_a_recipe_are_its_settings():
    recipe = Recipe(n_features=30, ranking="forest").with_settings(dropout_rate=0.0)
    outcome, words = networks.read_recipe(recipe)
    assert outcome == "none"
    assert (words["n_features"], words["ranking"]) == ("30", "a forest")
    assert networks.read_recipe(recipe.with_settings(dropout_rate=0.2))[0] == "dropout"


def test_a_loss_that_rises_again_is_called_learning_by_heart():
    assert "by heart" in networks.read_losses({"lowest": 0.8, "last": 0.9})
    assert networks.read_losses({"lowest": 0.8, "last": 0.9}).startswith("After that it rises")
    assert networks.read_losses({"lowest": 0.8, "last": 0.801}).startswith("It does not rise")


@pytest.mark.parametrize(
    ("low", "word"), [(0.01, "a gain, "), (-0.05, "no detectable change, "), (-0.2, "a loss, ")]
)
def test_what_a_mistake_does_to_a_network_follows_the_interval(low, word):
    row = {MODEL: "x", METRIC: "pcc", "estimate": low + 0.05, "low": low, "high": low + 0.1}
    assert networks.loses(pd.DataFrame([row]), "x").startswith(word)


def test_lookalikes_are_headed_in_words():
    table = leakage.tabulate_lookalikes(pd.DataFrame({"agreeing in": ["age"], "patients": [7]}))
    assert list(table) == ["Agreeing in", "Patients"]


@pytest.mark.parametrize(("low", "which"), [(0.0, "first"), (0.2, "second"), (0.12, "neither")])
def test_estimates_are_ordered_only_if_their_intervals_are(low, which):
    other = {"low": 0.1, "high": 0.15}
    assert leakage.which_is_lower({"low": low, "high": low + 0.05}, other) == which
