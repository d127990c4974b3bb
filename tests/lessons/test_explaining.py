from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator

from alsnb.features.questionnaire import ROWS, VISIT_COLUMNS
from alsnb.lessons.explaining import explaining
from alsnb.lessons.explaining import explaining_tables as tables
from alsnb.lessons.explaining import explaining_words as wording
from alsnb.lessons.explaining import figures as drawing
from alsnb.models.ffnn import FFNNSettings
from alsnb.models.recipe import Recipe
from alsnb.models.searched import make_searched
from alsnb.splits import hold_out, make_folds
from alsnb.study import rankings as stability
from alsnb.study.task import Task

EFFORT = explaining.Effort(
    n_held_out=20, n_training=15, n_background=8, n_permutations=1, n_networks=2, n_resampled=2
)
NAMES = ("good", "idle", "gaps")


def make_small_task(seed=0, n_patients=120):
    rng = np.random.default_rng(seed)
    patients = pd.Index(np.arange(n_patients) + 10, name="subject_id")
    columns = {name: rng.normal(size=n_patients) for name in NAMES}
    columns |= {name: rng.integers(0, 5, n_patients).astype(float) for name in VISIT_COLUMNS}
    predictors = pd.DataFrame(columns, index=patients)
    predictors.loc[rng.random(n_patients) < 0.1, "gaps"] = np.nan
    target = 0.5 * predictors["good"] + 0.1 * rng.normal(size=n_patients)
    split = hold_out(patients, share=0.25, seed=seed)
    folds = make_folds(split.train, n_folds=2, seed=seed)
    return Task(
        predictors=predictors,
        target=target,
        split=split,
        folds=folds,
        features=NAMES,
        questionnaire_features=(),
    )


class LinearInputs:
    """Stands for the fitted preparation of a network that reads visits."""

    visits = True

    def __init__(self, names):
        self.names_ = list(names)

    def transform(self, X):
        cells = X[list(VISIT_COLUMNS)].to_numpy().reshape(len(X), len(ROWS), -1)
        return {"visits": cells, "features": X[self.names_].fillna(0).to_numpy()}


class LinearNetworks(BaseEstimator):
    """Two networks: the slope is the first feature, and speech at the last visit."""

    def __init__(self, n_networks=2, seed=0):
        self.n_networks = n_networks
        self.seed = seed

    def fit(self, inputs, y):
        return self

    def predict_each(self, inputs):
        one = inputs["features"][:, 0] + 0.25 * inputs["visits"][:, 0, 4]
        return np.array([one + number for number in range(self.n_networks)])


class LinearModel(list):
    def fit(self, X, y):
        return self


@pytest.fixture(scope="module")
def task():
    return make_small_task()


def explain_linear(task, monkeypatch, **settings):
    def make(recipe, *, network, columns, leave_out, n_networks, seed):
        kept = [name for name in columns if name not in leave_out]
        return LinearModel([LinearInputs(kept), LinearNetworks(n_networks, seed)])

    monkeypatch.setattr(explaining, "make_searched", make)
    return explaining.explain_network(
        task, "cnn", Recipe(), profile="smoke", seed=0, effort=EFFORT, **settings
    )


def test_values_of_every_cell_and_feature_stand_at_its_name(task, monkeypatch):
    explained = explain_linear(task, monkeypatch)
    matrix, names = tables.matrix_of(explained)
    assert names == [*NAMES, *VISIT_COLUMNS]
    assert matrix.shape == (20, len(names))
    measured = tables.values_of(explained)
    moving = [names.index("good"), names.index("visit5_q1_speech")]
    for place, weight in zip(moving, (1.0, 0.25), strict=True):
        known = measured[names[place]].to_numpy()
        np.testing.assert_allclose(np.diff(matrix[:, place]), weight * np.diff(known), atol=1e-6)
    np.testing.assert_allclose(np.delete(matrix, moving, axis=1), 0, atol=1e-6)


def test_cells_are_summed_up_by_visit_and_by_item(task, monkeypatch):
    explained = explain_linear(task, monkeypatch)
    cells = tables.sum_cells(explained)
    assert cells.shape == (11, 5)
    assert (cells > 1e-6).sum().sum() == 1
    assert cells.loc["Q1 speech", "visit 5"] > 0.1
    visits = tables.sum_groups(explained, "visit", "smoke").set_index("group")
    assert list(visits.index) == [tables.STATIC, *(f"visit {n}" for n in range(1, 6))]
    assert visits.loc["visit 5", "estimate"] == pytest.approx(cells.loc["Q1 speech", "visit 5"])
    items = tables.sum_groups(explained, "item", "smoke").set_index("group")
    assert items.loc["Q1 speech", "estimate"] == visits.loc["visit 5", "estimate"]
    assert items.loc["months", "estimate"] == pytest.approx(0, abs=1e-6)
    words = wording.word_groups(visits.reset_index(), "CNN")
    assert "visit 5" in words
    assert "features of the table together move" in words
    drawing.plot_cells(cells)
    assert "visit 5 100%" in drawing.describe_cells(cells, "CNN")


def test_opposite_effects_within_a_visit_cancel():
    names = ["visit1_q1_speech", "visit1_q2_salivation"]
    frame = explained_from(np.array([[0.2, -0.2], [-0.1, 0.1]]), names)
    visits = tables.sum_groups(frame, "visit", "smoke")
    assert visits["estimate"].to_list() == [0]
    items = tables.sum_groups(frame, "item", "smoke")
    np.testing.assert_allclose(items["estimate"], 0.15)


def explained_from(matrix, names, values=None, part=explaining.HELD_OUT, draw=0):
    """The long frame of given Shapley values of one network."""
    values = matrix if values is None else values
    n, k = matrix.shape
    return pd.DataFrame(
        {
            "row": np.repeat(np.arange(n), k),
            "input": np.tile(names, n),
            "value": values.ravel(),
            "cause": explaining.SEED,
            "draw": draw,
            "shap": matrix.ravel(),
            "part": part,
        }
    )


def test_a_trained_network_is_explained_exactly_and_by_what_moves_it(task):
    settings = FFNNSettings(
        hidden_sizes=(8, 8, 8),
        n_epochs=60,
        dropout_rate=0.0,
        learning_rate=0.01,
        weight_decay=0.0,
        validation_share=0.0,
    )
    recipe = Recipe(n_features=None, network=settings)
    explained = explaining.explain_network(
        task, "ffnn", recipe, profile="smoke", seed=1, effort=EFFORT
    )
    assert set(explained["part"]) == {explaining.HELD_OUT, explaining.TRAINING}
    assert explained.groupby(["part", "cause"])["draw"].nunique().to_list() == [2, 2, 2, 2]
    sums = explained[explained["cause"] == explaining.SEED].groupby(["part", "row"])["shap"].sum()
    model = make_searched(recipe, network="ffnn", columns=list(NAMES), n_networks=2, seed=1)
    train = task.split.train
    model.fit(task.predictors.loc[train], task.target.loc[train])
    wanted = model.predict(task.predictors.loc[task.split.test])
    # two networks, so each patient's values add up to twice the mean prediction
    found = sums[explaining.HELD_OUT].to_numpy() / 2
    assert all(np.abs(wanted - value).min() < 1e-5 for value in found)
    table = tables.sum_up(explained, {"good": "Good"}, "smoke")
    assert table["label"].iloc[0] == "Good"
    assert table["direction"].iloc[0] > 0.9
    assert (table["least"] <= table["most"]).all()
    assert wording.word_first(table).startswith("What moves the predictions most is “Good”")
    assert list(wording.word_sums(table)["Place"]) == [1, 2, 3]
    overlap = stability.overlap_of(tables.rank_networks(explained), (1,))
    assert (overlap["shared"] == 1).all()
    assert (stability.word_overlap(overlap, "features")["By"] == "SHAP").all()
    parts = tables.compare_parts(explained, "smoke").set_index("what")["estimate"]
    assert parts["difference"] == pytest.approx(parts["training"] - parts["held out"])


def test_points_are_patients_if_simulated_and_bins_of_five_if_real():
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(43, 2))
    values = np.column_stack([matrix[:, 0], np.full(43, 2.0)])
    explained = explained_from(matrix, ["a", "b"], values)
    table = tables.sum_up(explained, {}, "smoke")
    single = tables.swarm_of(explained, table, is_real=False)
    assert len(single) == 86
    pooled = tables.swarm_of(explained, table, is_real=True)
    assert (pooled["n_patients"] >= 5).all()
    assert pooled.groupby("label")["n_patients"].sum().to_list() == [43, 43]
    means = pooled[pooled["label"] == "a"]
    assert np.average(means["shap"], weights=means["n_patients"]) == pytest.approx(
        matrix[:, 0].mean()
    )
    assert pooled[pooled["label"] == "b"]["colour"].isna().all()
    for frame in (single, pooled):
        drawing.plot_swarm(frame)
        assert "high values slower" in drawing.describe_swarm(frame)
    few = tables.swarm_of(explained_from(matrix[:4], ["a", "b"]), table, is_real=True)
    assert few.empty
    drawing.plot_swarm(few)


def test_a_value_that_few_have_gives_a_bin_no_colour():
    matrix = np.arange(10.0)[:, None]
    values = np.where(matrix < 4, matrix, np.nan)
    explained = explained_from(matrix, ["a"], values)
    pooled = tables.swarm_of(explained, tables.sum_up(explained, {}, "smoke"), is_real=True)
    assert pooled["colour"].isna().all()


def test_agreement_with_the_forest_is_a_rank_correlation():
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(80, 4)) * [1.0, 3.0, 9.0, 27.0]
    explained = explained_from(matrix, list("abcd"))
    forest = pd.DataFrame({"feature": list("dcba"), "estimate": [0.4, 0.3, 0.2, 0.1]})
    same = tables.agree_with_forest(explained, forest, "smoke")
    assert same["estimate"] == pytest.approx(1)
    assert same["n_features"] == 4
    turned = forest.assign(estimate=forest["estimate"].to_numpy()[::-1])
    assert tables.agree_with_forest(explained, turned, "smoke")["estimate"] == pytest.approx(-1)
    assert wording.word_agreement(same).startswith("1.00")


def test_copies_are_offered_beside_the_feature(task):
    copied = explaining.with_copies(task, "gaps", n_copies=2, noise=0.1, seed=0)
    assert copied.features == (*NAMES, "copy 1 of gaps", "copy 2 of gaps")
    table = copied.predictors
    assert (table["copy 1 of gaps"].isna() == table["gaps"].isna()).all()
    assert table["copy 1 of gaps"].corr(table["gaps"]) > 0.98
    assert "copy 1 of gaps" not in task.predictors


def test_the_copies_run_keeps_patients_and_features_and_drops_the_ranking(task, monkeypatch):
    asked = {}

    def remember(task, network, recipe, *, profile, seed, effort):
        asked.update(features=task.features, recipe=recipe, effort=effort)
        return pd.DataFrame()

    monkeypatch.setattr(explaining, "explain_network", remember)
    explained = explained_from(np.ones((5, 2)), ["good", "idle"])
    settings = {"profile": "smoke", "seed": 0, "n_copies": 1}
    explaining.explain_beside_copies(task, Recipe(), explained, "good", **settings)
    assert asked["features"] == ("good", "idle", "copy 1 of good")
    assert asked["recipe"].n_features is None
    usual = explaining.effort_of("ffnn", "smoke")
    assert asked["effort"].n_held_out == usual.n_held_out
    assert asked["effort"].n_resampled == 0


def test_a_feature_that_shares_with_its_copies_is_seen_to_lose():
    rng = np.random.default_rng(0)
    effect = rng.normal(size=(60, 1))
    before = explained_from(np.column_stack([effect, 0.4 * effect]), ["x", "y"])
    names = ["x", "y", "copy 1 of x", "copy 2 of x"]
    after = explained_from(effect * [[0.3, 0.4, 0.3, 0.4]], names)
    compared = tables.compare_copies(before, after, "x", "smoke").set_index("what")
    sizes = compared["estimate"]
    assert sizes["with its copies together"] == pytest.approx(sizes["without copies"])
    assert sizes["difference"] == pytest.approx(-0.7 * sizes["without copies"])
    assert compared["high"]["difference"] < 0
    assert compared.loc["without copies", "place"] == 1
    words = wording.word_copies(compared.reset_index(), "X")
    assert "less important without having changed" in words
    assert len(wording.word_sizes(compared.reset_index(), "Which")) == 4


@pytest.mark.parametrize(
    ("low", "high", "of_copies", "of_parts"),
    [
        (0.1, 0.2, "more important", "moves more"),
        (-0.2, -0.1, "less important", "moves less"),
        (-0.1, 0.1, "not moved it measurably", "would not give away"),
    ],
)
def test_words_follow_the_interval(low, high, of_copies, of_parts):
    facts = {"estimate": (low + high) / 2, "low": low, "high": high, "place": 1.0}
    names = ["without copies", "beside copies", "difference"]
    table = pd.DataFrame([facts | {"what": name} for name in names])
    assert of_copies in wording.word_copies(table, "X")
    assert of_parts in wording.word_parts(table)


def test_what_the_paper_names_is_looked_up_by_measure():
    table = pd.DataFrame(
        {
            "place": [1, 2, 3],
            "input": ["onset_delta", "last_q1_speech", "slope_fvc"],
            "label": ["Onset delta", "Last Q1 speech", "Slope of FVC"],
            "estimate": [0.5, 0.3, 0.2],
        }
    )
    measures = {"onset_delta": "onset_delta", "last_q1_speech": "q1_speech", "slope_fvc": "fvc"}
    named = wording.beside_discussion(table, measures).set_index("named")
    assert named.loc["ALSFRS questionnaire", "place"] == 2
    assert named.loc["FVC", "share"] == pytest.approx(0.2)
    assert named.loc["Creatinine", "n_inputs"] == 0
    assert "none chosen" in wording.word_discussion(named.reset_index())["Best place"].to_list()


def test_the_effort_of_a_profile_is_that_of_its_kind_of_network():
    assert explaining.effort_of("ffnn", "book").n_resampled > 0
    assert explaining.effort_of("rnn", "book") is explaining.effort_of("cnn", "book")


def test_inputs_keep_their_shape_on_the_way_through_one_table():
    rng = np.random.default_rng(0)
    inputs = {"visits": rng.random((3, 11, 5)).astype("f"), "features": rng.random((3, 2))}
    shapes = explaining._shapes(inputs)
    back = explaining._unflat(explaining._flat(inputs), shapes)
    for name, array in inputs.items():
        np.testing.assert_allclose(back[name], array, rtol=1e-6)
    alone = {"visits": inputs["visits"]}
    assert set(explaining._unflat(explaining._flat(alone), explaining._shapes(alone))) == {"visits"}
    model = [SimpleNamespace(names_=["a"], visits=False)]
    assert explaining.inputs_of(model) == ["a"]
