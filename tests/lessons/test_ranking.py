from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot

from alsnb.checks import BadInput
from alsnb.fits import rankings as fitted
from alsnb.lessons.ranking import figures, fits, study, tables
from alsnb.models.recipe import Recipe
from alsnb.splits import hold_out, make_folds
from alsnb.study import rankings
from alsnb.study.task import SlopeTask


@pytest.fixture(autouse=True)
def one_process(monkeypatch):
    for module in (rankings, fits, fitted):
        monkeypatch.setattr(module, "n_cores", lambda: 1)


@pytest.fixture(autouse=True)
def close_figures():
    yield
    pyplot.close("all")


def make_small_task(seed=0, n_patients=160):
    """A task in which 'good' tells much of the target, 'twin' the same, and the rest nothing."""
    rng = np.random.default_rng(seed)
    patients = pd.Index(np.arange(n_patients) + 10, name="subject_id")
    target = pd.Series(rng.normal(size=n_patients), index=patients)
    good = target + rng.normal(scale=0.7, size=n_patients)
    columns = {"good": good, "twin": good + rng.normal(scale=0.05, size=n_patients)}
    columns |= {f"noise{number}": rng.normal(size=n_patients) for number in range(6)}
    predictors = pd.DataFrame(columns, index=patients).assign(constant=1.0, gaps=np.nan)
    predictors.loc[rng.random(n_patients) < 0.2, "noise0"] = np.nan
    split = hold_out(patients, share=0.25, seed=seed)
    folds = make_folds(split.train, n_folds=3, seed=seed, strata=target.loc[split.train])
    return SlopeTask(
        predictors=predictors,
        target=target,
        split=split,
        folds=folds,
        features=tuple(predictors),
        questionnaire_features=(),
    )


def make_small_study(task):
    names = list(task.features)
    measures = ["family" if name in ("good", "twin") else name for name in names]
    titles = [name.capitalize() for name in names]
    catalogue = pd.DataFrame({"name": names, "title": titles, "measure": measures})
    return SimpleNamespace(catalogue=catalogue)


@pytest.fixture(scope="module")
def task():
    return make_small_task()


def test_a_quarter_gives_the_printed_numbers_and_a_fifth_does_not():
    counts = study.implied_counts()
    quarter = counts["share"] == 0.25
    assert (counts.loc[quarter, "difference"] == 0).all()
    assert (counts.loc[~quarter, "difference"] != 0).all()
    # the training set that the paper prints for imputed patients
    everyone = counts.loc[quarter & (counts["patients"] == "all"), "n_patients"].iloc[0]
    complete = counts.loc[quarter & (counts["patients"] != "all"), "held_out"].iloc[0]
    assert everyone - complete == 2338
    assert list(tables.shown(counts, tables.IMPLIED)["Difference"])[1::2] == ["0", "0"]


def test_every_part_is_counted(task):
    parts = study.count_split(task)
    assert list(parts["part"]) == ["hold-out", "fold 1", "fold 2", "fold 3"]
    assert parts["n_held_out"].iloc[0] == 40
    assert parts["n_held_out"].iloc[1:].sum() == parts["n_learnt_from"].iloc[0] == 120


def test_features_are_followed_on_training_patients_only(task):
    followed = study.follow_features(task).set_index("part")
    assert (followed.loc[["fold 1", "fold 2", "fold 3"], "too_often_missing"] == 1).all()
    assert (followed["constant"].dropna() == 1).all()
    assert followed.loc["in every fold", "left"] == 8
    changed = task.predictors.copy()
    changed.loc[task.split.test] = np.nan
    other = SlopeTask(**(vars(task) | {"predictors": changed}))
    pd.testing.assert_frame_equal(study.follow_features(other).set_index("part"), followed)
    assert len(tables.shown(followed.reset_index(), tables.FOLLOWED)) == 5


def test_what_is_learnt_differs_between_folds_and_is_worded_as_a_range(task):
    learnt = study.learnt_values(task, make_small_study(task), ("good", "noise0", "constant"))
    assert set(learnt["name"]) == {"good", "noise0"}
    fold = task.folds[0]
    filling = learnt.set_index(["name", "fold"]).loc[("noise0", 1), "filling"]
    assert filling == pytest.approx(task.predictors.loc[fold.train, "noise0"].median())
    words = tables.learnt(learnt)
    assert words["A gap becomes"].str.contains("to").all()


@pytest.mark.parametrize("ranking", ["forest", "pearson"])
def test_features_that_tell_the_target_come_first_in_every_fold(task, ranking):
    ranked = study.rank_in_folds(task, ranking)
    assert sorted(ranked["fold"].unique()) == [0, 1, 2]
    first = ranked[ranked["rank"] <= 2].groupby("fold")["feature"].agg(set)
    assert all(names == {"good", "twin"} for names in first)
    assert not set(ranked["feature"]) & {"constant", "gaps"}


def test_ranks_do_not_look_at_held_out_patients(task):
    changed = task.target.copy()
    changed.loc[task.folds[0].test] = 1e3
    changed.loc[task.split.test] = -1e3
    other = SlopeTask(**(vars(task) | {"target": changed}))
    before, after = (study.rank_in_folds(one, "pearson") for one in (task, other))
    same = before["fold"] == 0
    pd.testing.assert_frame_equal(before[same], after[after["fold"] == 0])


def test_a_fold_that_cannot_be_ranked_says_so(task):
    empty = task.predictors.assign(**dict.fromkeys(task.features, np.nan))
    with pytest.raises(BadInput, match="varying column"):
        study.rank_in_folds(SlopeTask(**(vars(task) | {"predictors": empty})), "pearson")


def some_ranks():
    rows = [
        (0, "a", 0.6, 1),
        (0, "b", 0.3, 2),
        (0, "c", 0.1, 3),
        (1, "b", 0.7, 1),
        (1, "a", 0.3, 2),
    ]
    return pd.DataFrame(rows, columns=["fold", "feature", "usefulness", "rank"])


def test_usefulness_is_averaged_and_a_feature_that_is_gone_is_last():
    table = study.average_ranking(some_ranks(), {"a": "Feature A"})
    assert list(table["feature"]) == ["b", "a", "c"]
    assert list(table["place"]) == [1, 2, 3]
    np.testing.assert_allclose(table["estimate"], [0.5, 0.45, 0.05])
    np.testing.assert_allclose(table["low"], [0.3, 0.3, 0.0])
    assert list(table["worst"]) == [2, 2, 3]
    assert list(table["n_folds"]) == [2, 2, 1]
    assert list(table["label"]) == ["b", "Feature A", "c"]


def test_importances_of_a_measure_add_up_and_of_correlations_the_largest_counts():
    measures = {"a": "first", "b": "second", "c": "second"}
    table = study.average_measures(some_ranks(), measures).set_index("measure")
    assert table.loc["second", "estimate"] == pytest.approx((0.4 + 0.7) / 2)
    assert table.loc["second", "n_features"] == 2
    halved = some_ranks().assign(usefulness=lambda t: t["usefulness"] / 2)
    table = study.average_measures(halved, measures).set_index("measure")
    assert table.loc["second", "estimate"] == pytest.approx((0.15 + 0.35) / 2)


def ranking_of(names):
    usefulness = np.linspace(0.5, 0.1, len(names))
    facts = {"feature": names, "usefulness": usefulness, "rank": np.arange(1, len(names) + 1)}
    ranked = pd.concat([pd.DataFrame(facts).assign(fold=fold) for fold in range(2)])
    return study.average_ranking(ranked, {})


def test_the_paper_s_features_are_looked_up_in_ours():
    ours = ["slope_fvc", "onset_delta", "age", "last_alsfrs_total"]
    five = study.beside_top_five(ranking_of(ours), ranking_of(ours[::-1]))
    assert list(five["published"]) == [1, 2, 3, 4, 5]
    assert list(five["forest"].fillna(0)) == [2, 1, 4, 0, 0]
    assert list(five["pearson"].fillna(0)) == [3, 4, 1, 0, 0]
    words = tables.beside(five)
    assert list(words["Here, random forest"]) == ["2", "1", "4", "discarded", "discarded"]


def test_the_paper_s_sentence_is_looked_up_by_measure():
    table = pd.DataFrame({"measure": ["fvc", "onset_delta", "weight"], "place": [1, 2, 3]})
    said = study.beside_statement(table, table)
    assert list(said["forest"].fillna(0)) == [2, 1, 0, 0, 3]
    assert len(tables.beside(said)) == 5


@pytest.fixture(scope="module")
def again(task):
    sizes = {"n_resamples": 4, "n_seeds": 3, "n_trees": 10, "n_correlations": 50}
    return study.rank_again(task, **sizes, seed=1)


def test_rankings_are_drawn_again_for_every_cause(again):
    sizes = again.groupby(["ranking", "cause"])["draw"].nunique()
    assert sizes["forest", study.PATIENTS] == 4
    assert sizes["forest", study.SEEDS] == 3
    assert sizes["pearson", study.PATIENTS] == 50
    assert sizes["forest", study.FOLDS] == sizes["pearson", study.FOLDS] == 3
    ranges = study.rank_ranges(again, {"good": "Good"}, n_features=2)
    assert set(ranges["label"]) == {"Good", "twin"}
    overlap = study.overlap_of(again, (2,))
    assert (overlap["estimate"] > 0.9).all()
    words = tables.overlaps(overlap)
    assert len(words) == len(overlap)


def test_a_resample_s_correlation_is_that_of_its_rows():
    rng = np.random.default_rng(0)
    features = pd.DataFrame(rng.normal(size=(30, 3)), columns=list("abc")).assign(flat=2.0)
    target = pd.Series(rng.normal(size=30))
    again = fitted.correlate_again(features, target, n_draws=2, seed=5)
    counts = np.random.default_rng(5).multinomial(30, np.full(30, 1 / 30), size=2)[1]
    rows = np.repeat(np.arange(30), counts)
    wanted = features.iloc[rows][list("abc")].corrwith(target.iloc[rows], method="pearson")
    table = features.iloc[rows].reset_index(drop=True)
    wanted = table[list("abc")].corrwith(target.iloc[rows].reset_index(drop=True)).abs()
    found = again[again["draw"] == 1].set_index("feature")["usefulness"]
    np.testing.assert_allclose(found[list("abc")], wanted, rtol=1e-9)
    assert found["flat"] == 0


def test_kuncheva_s_index_is_one_for_equal_lists_and_about_zero_by_chance():
    rng = np.random.default_rng(0)

    def draws(order_of):
        frames = [
            pd.DataFrame({"feature": np.arange(60), "rank": order_of(draw), "draw": draw})
            for draw in range(40)
        ]
        return pd.concat(frames).assign(ranking="forest", cause="seeds", usefulness=0.0)

    same = study.overlap_of(draws(lambda draw: np.arange(1, 61)), (5, 20, 60))
    assert list(same["k"]) == [5, 20]
    np.testing.assert_allclose(same["estimate"], 1)
    np.testing.assert_allclose(same["jaccard"], 1)
    chance = study.overlap_of(draws(lambda draw: rng.permutation(60) + 1), (5, 20))
    assert (chance["estimate"].abs() < 0.03).all()


def test_measures_are_ranked_again_as_families(task, again):
    measures = study.measures_of(make_small_study(task))
    families = study.rank_measures_again(again, measures)
    first = families[families["rank"] == 1]
    assert set(first["feature"]) == {"family"}
    overlaps = [study.overlap_of(table, (2,)) for table in (again, families)]
    assert tables.shared(overlaps[0], k=2) == {"forest": "2", "pearson": "2"}
    assert set(tables.shared(overlaps[0], k=20).values()) == {"none that could be counted"}
    lines = study.label_lines(*overlaps)
    assert lines["label"].nunique() == 5


def test_copies_take_importance_from_the_feature_and_fill_the_first_places(task):
    copied = study.copy_best(task, n_seeds=3, seed=0, n_trees=20)
    assert len(copied) == len(study.N_COPIES) * 3
    averaged = study.average_copies(copied)
    table = averaged.set_index(["n_copies", "which"])["estimate"]
    original, family = study.COPIED
    assert table[8, original] < 0.5 * table[0, original]
    assert table[8, family] >= 0.9 * table[0, family]
    assert table[0, family] == table[0, original]
    gaps = study.difference_of_copies(copied).set_index(["n_copies", "which"])
    assert gaps.loc[(8, original), "high"] < 0
    in_ten = copied.groupby("n_copies")["copies_in_ten"].mean()
    assert in_ten[0] == 0
    assert in_ten[8] >= 7


def small_search(ranks, scores):
    recipes = [Recipe(ranking=ranking, n_features=10 + n) for n, ranking in enumerate(ranks)]
    trials = pd.DataFrame({"trial": range(len(ranks)), "ranking": ranks, "pcc": scores})
    best = recipes[int(trials["pcc"].idxmax())]
    return SimpleNamespace(recipes=recipes, trials=trials, best=best)


def fake_trials(recipes, fail=""):
    rng = np.random.default_rng(0)
    observed, noise = rng.normal(size=(2, 80))
    frames = []
    for recipe in recipes:
        known = 1.0 if recipe.ranking == "forest" else 0.3
        facts = {
            "patient": np.arange(80),
            "model": "ffnn",
            "split": "train",
            "repeat": 0,
            "fold": 0,
            "observed": observed,
            "problem": "",
        }
        frames.append(pd.DataFrame(facts | {"predicted": known * observed + noise}))
        if recipe.ranking == fail:
            frames[-1]["problem"] = "A fold failed."
    return frames


ENDS = {"above": "better", "below": "worse", "neither": "no telling"}


def search_that_found(monkeypatch, ranks, scores, fail=""):
    """Let the search have found these; return the list of what is tried from then on."""
    asked = []

    def remember(task, network, recipes, *, seed):
        asked.append(recipes)
        return fake_trials(recipes, fail)

    monkeypatch.setattr(study, "choose", lambda *_, **__: small_search(ranks, scores))
    monkeypatch.setattr(study, "try_recipes", remember)
    return asked


def test_both_rankings_are_compared_with_the_same_and_with_their_own_settings(monkeypatch):
    asked = search_that_found(monkeypatch, ["pearson", "forest", "pearson"], [0.1, 0.3, 0.2])
    predictions = study.predict_with_rankings(None, n_trials=3, seed=0)
    assert [[r.n_features for r in recipes] for recipes in asked] == [[11, 11], [11, 12]]
    scores = study.score_rankings(predictions, 200)
    assert len(scores) == 2 * 3 * 2
    assert {"published", "estimate", "low", "high", "difference"} <= set(scores)
    gaps = tables.gaps(scores, ENDS)
    assert [gap["settings"] for gap in gaps] == [study.SAME, study.OWN]
    assert gaps[0]["end"] == "better"
    shown = tables.scores(scores)
    titles = ["Random forest", "Correlation", "Forest less correlation"]
    assert list(shown["Ranked by"][:3]) == titles


@pytest.mark.parametrize(
    ("low", "high", "end"), [(-0.1, 0.2, "no telling"), (-0.2, -0.1, "worse"), (0.1, 0.2, "better")]
)
def test_what_is_said_of_two_rankings_follows_the_interval(low, high, end):
    row = {"settings": study.SAME, "ranking": study.GAP, "metric": "pcc", "estimate": 0.0}
    (gap,) = tables.gaps(pd.DataFrame([row | {"low": low, "high": high}]), ENDS)
    assert gap["end"] == end


def test_a_ranking_that_was_not_drawn_or_failed_leaves_a_pair_out(monkeypatch):
    found = (["forest", "forest"], [0.1, 0.3])
    search_that_found(monkeypatch, *found)
    predictions = study.predict_with_rankings(None, n_trials=2, seed=0)
    assert set(predictions["settings"]) == {study.SAME}
    search_that_found(monkeypatch, *found, fail="pearson")
    predictions = study.predict_with_rankings(None, n_trials=2, seed=0)
    scores = study.score_rankings(predictions, 200)
    assert scores.empty
    assert tables.gaps(scores, ENDS) == []


# --- figures ---


def some_features():
    return pd.DataFrame(
        {
            "label": ["Onset delta", "Age"],
            "estimate": [0.4, 0.1],
            "low": [0.3, 0.05],
            "high": [0.5, 0.2],
        }
    )


def test_usefulness_is_drawn_from_the_top_with_its_range():
    ax = figures.plot_importance(some_features(), xlabel="Importance")
    assert [label.get_text() for label in ax.get_yticklabels()] == ["Onset delta", "Age"]
    assert [bar.get_width() for bar in ax.patches] == [0.4, 0.1]
    assert ax.get_yticks()[0] > ax.get_yticks()[1]
    words = figures.describe_importance(some_features(), "Importance")
    assert "Onset delta 0.400 (0.300 to 0.500); Age" in words


def test_agreement_has_a_line_for_each_label():
    frame = pd.DataFrame({"label": ["a", "a", "b"], "k": [5, 10, 5], "estimate": [0.5, 0.7, -0.2]})
    ax = figures.plot_overlap(frame)
    assert len(ax.get_legend().get_texts()) == 2
    assert ax.get_ylim()[0] < -0.2
    words = figures.describe_overlap(frame, "Index")
    assert "a: 0.50 in the first 5, 0.70 in the first 10" in words


@pytest.mark.parametrize("worst", [1, 250])
def test_ranks_are_drawn_however_far_they_reach(worst):
    frame = pd.DataFrame(
        {"label": ["a", "b"], "estimate": [1.0, 1.0], "low": [1.0, 1.0], "high": [1.0, worst]}
    )
    ax = figures.plot_ranks(frame)
    assert ax.get_xlim()[1] >= worst
    assert f"b 1 (1 to {worst})" in figures.describe_ranks(frame, "Ranks")


def test_copies_are_drawn_for_the_feature_and_the_family():
    frame = pd.DataFrame(
        {
            "n_copies": [0, 8, 0, 8],
            "which": ["one", "one", "all", "all"],
            "estimate": [0.3, 0.1, 0.3, 0.4],
            "low": 0.0,
            "high": 0.5,
        }
    )
    ax = figures.plot_copies(frame)
    assert len(ax.lines) == 2
    assert "one: 30% with 0 copies, 10% with 8 copies" in figures.describe_copies(frame)
