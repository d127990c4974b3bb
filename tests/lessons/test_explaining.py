import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator

from alsnb.features.questionnaire import ROWS, VISIT_COLUMNS
from alsnb.fits import explain
from alsnb.lessons.explaining import figures, study, tables
from alsnb.models.ffnn import FFNNSettings
from alsnb.models.inputs import VISITS
from alsnb.models.recipe import Recipe
from alsnb.models.searched import make_searched
from alsnb.splits import hold_out, make_folds
from alsnb.study.task import SlopeTask

SIZES = {
    "n_held_out": 20,
    "n_training": 15,
    "n_background": 8,
    "n_permutations": 1,
    "n_networks": 2,
    "n_resampled": 2,
}
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
    return SlopeTask(
        predictors=predictors,
        target=target,
        split=split,
        folds=folds,
        features=NAMES,
        questionnaire_features=(),
    )


class LinearInputs:
    """Stands for the fitted preparation of a network that reads visits."""

    parts = (VISITS,)

    def __init__(self, names):
        self.names_ = list(names)

    def transform(self, X):
        cells = X[list(VISIT_COLUMNS)].to_numpy().reshape(len(X), len(ROWS), -1)
        return {"features": X[self.names_].fillna(0).to_numpy(), "visits": cells}


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


@pytest.fixture(scope="module")
def linear(task):
    """What is found for networks that are sums, by the functions that explain any network."""

    def make(recipe, *, network, columns, leave_out, n_networks, seed):
        kept = [name for name in columns if name not in leave_out]
        return LinearModel([LinearInputs(kept), LinearNetworks(n_networks, seed)])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(explain, "make_searched", make)
        inputs = task.inputs(held_out=True)
        how = {"network": "cnn", "recipe": Recipe(), "seed": 0}
        return explain.fit_and_explain.__wrapped__(inputs, **how, **SIZES)


def test_values_of_every_cell_and_feature_stand_at_its_name(linear):
    matrix, names = study.matrix_of(linear)
    assert names == [*NAMES, *VISIT_COLUMNS]
    assert matrix.shape == (20, len(names))
    measured = study._values_of(linear)
    moving = [names.index("good"), names.index("visit5_q1_speech")]
    for place, weight in zip(moving, (1.0, 0.25), strict=True):
        known = measured[names[place]].to_numpy()
        np.testing.assert_allclose(np.diff(matrix[:, place]), weight * np.diff(known), atol=1e-6)
    np.testing.assert_allclose(np.delete(matrix, moving, axis=1), 0, atol=1e-6)


def test_cells_are_summed_up_by_visit_and_by_item(linear):
    cells = study.sum_cells(linear)
    assert cells.shape == (11, 5)
    assert (cells > 1e-6).sum().sum() == 1
    assert cells.loc["Q1 speech", "visit 5"] > 0.1
    visits = study.sum_groups(linear, "visit", 200).set_index("group")
    assert list(visits.index) == [study.STATIC, *(f"visit {n}" for n in range(1, 6))]
    assert visits.loc["visit 5", "estimate"] == pytest.approx(cells.loc["Q1 speech", "visit 5"])
    items = study.sum_groups(linear, "item", 200).set_index("group")
    assert items.loc["Q1 speech", "estimate"] == visits.loc["visit 5", "estimate"]
    assert items.loc["months", "estimate"] == pytest.approx(0, abs=1e-6)
    words = tables.most_moving(visits.reset_index())
    assert words["group"] == "visit 5"
    assert "static" in words
    assert "static" not in tables.most_moving(visits.drop(study.STATIC).reset_index())
    figures.plot_cells(cells)
    assert "visit 5 100%" in figures.describe_cells(cells, "CNN")


def test_opposite_effects_within_a_visit_cancel():
    names = ["visit1_q1_speech", "visit1_q2_salivation"]
    frame = explained_from(np.array([[0.2, -0.2], [-0.1, 0.1]]), names)
    visits = study.sum_groups(frame, "visit", 200)
    assert visits["estimate"].to_list() == [0]
    items = study.sum_groups(frame, "item", 200)
    np.testing.assert_allclose(items["estimate"], 0.15)


def explained_from(matrix, names, values=None, part=explain.HELD_OUT, draw=0):
    """The long frame of given Shapley values of one network."""
    values = matrix if values is None else values
    n, k = matrix.shape
    return pd.DataFrame(
        {
            "row": np.repeat(np.arange(n), k),
            "input": np.tile(names, n),
            "value": values.ravel(),
            "cause": explain.SEED,
            "draw": draw,
            "shap": matrix.ravel(),
            "part": part,
        }
    )


def test_a_trained_network_is_explained_exactly_and_by_what_moves_it(task):
    settings = FFNNSettings(
        hidden_sizes=(8, 8, 8),
        n_epochs=30,
        dropout_rate=0.0,
        learning_rate=0.01,
        weight_decay=0.0,
        validation_share=0.0,
    )
    recipe = Recipe(n_features=None, network=settings)
    explained = study.explain_network(task, "ffnn", recipe, seed=1, **SIZES)
    assert set(explained["part"]) == {explain.HELD_OUT, explain.TRAINING}
    assert explained.groupby(["part", "cause"])["draw"].nunique().to_list() == [2, 2, 2, 2]
    sums = explained[explained["cause"] == explain.SEED].groupby(["part", "row"])["shap"].sum()
    model = make_searched(recipe, network="ffnn", columns=list(NAMES), n_networks=2, seed=1)
    train = task.split.train
    model.fit(task.predictors.loc[train], task.target.loc[train])
    wanted = model.predict(task.predictors.loc[task.split.test])
    # two networks, so each patient's values add up to twice the mean prediction
    found = sums[explain.HELD_OUT].to_numpy() / 2
    assert all(np.abs(wanted - value).min() < 1e-5 for value in found)
    table = study.sum_up(explained, {"good": "Good"}, 200)
    assert table["label"].iloc[0] == "Good"
    assert table["direction"].iloc[0] > 0.9
    assert (table["least"] <= table["most"]).all()
    assert list(tables.sums(table)["Place"]) == [1, 2, 3]
    overlap = study.overlap_of(study.rank_networks(explained), (1,))
    assert (overlap["shared"] == 1).all()
    assert (tables.overlaps(overlap)["By"] == "SHAP").all()
    parts = study.compare_parts(explained, 200).set_index("what")["estimate"]
    assert parts["difference"] == pytest.approx(parts["training"] - parts["held out"])


def test_points_are_patients_if_simulated_and_bins_of_five_if_real():
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(43, 2))
    values = np.column_stack([matrix[:, 0], np.full(43, 2.0)])
    explained = explained_from(matrix, ["a", "b"], values)
    table = study.sum_up(explained, {}, 200)
    single = study.swarm_of(explained, table, is_real=False)
    assert len(single) == 86
    pooled = study.swarm_of(explained, table, is_real=True)
    assert (pooled["n_patients"] >= 5).all()
    assert pooled.groupby("label")["n_patients"].sum().to_list() == [43, 43]
    means = pooled[pooled["label"] == "a"]
    assert np.average(means["shap"], weights=means["n_patients"]) == pytest.approx(
        matrix[:, 0].mean()
    )
    assert pooled[pooled["label"] == "b"]["colour"].isna().all()
    for frame in (single, pooled):
        figures.plot_swarm(frame)
        assert "high values slower" in figures.describe_swarm(frame)
    few = study.swarm_of(explained_from(matrix[:4], ["a", "b"]), table, is_real=True)
    assert few.empty
    figures.plot_swarm(few)


def test_a_value_that_few_have_gives_a_bin_no_colour():
    matrix = np.arange(10.0)[:, None]
    values = np.where(matrix < 4, matrix, np.nan)
    explained = explained_from(matrix, ["a"], values)
    pooled = study.swarm_of(explained, study.sum_up(explained, {}, 200), is_real=True)
    assert pooled["colour"].isna().all()


def test_agreement_with_the_forest_is_a_rank_correlation():
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(80, 4)) * [1.0, 3.0, 9.0, 27.0]
    explained = explained_from(matrix, list("abcd"))
    forest = pd.DataFrame({"feature": list("dcba"), "estimate": [0.4, 0.3, 0.2, 0.1]})
    same = study.agree_with_forest(explained, forest, 200)
    assert same["estimate"] == pytest.approx(1)
    turned = forest.assign(estimate=forest["estimate"].to_numpy()[::-1])
    assert study.agree_with_forest(explained, turned, 200)["estimate"] == pytest.approx(-1)
    assert tables.size(same, digits=2).startswith("1.00")


def test_copies_are_offered_beside_the_feature_and_no_ranking_chooses(task, monkeypatch):
    asked = {}

    def remember(inputs, **how):
        asked.update(how, inputs=inputs)

    monkeypatch.setattr(study, "fit_and_explain", remember)
    explained = explained_from(np.ones((5, 2)), ["good", "gaps"])
    study.explain_beside_copies(task, Recipe(), explained, "gaps", n_copies=2, seed=0, **SIZES)
    inputs = asked["inputs"]
    assert inputs.features == ("good", "gaps", "copy 1 of gaps", "copy 2 of gaps")
    assert list(inputs.folds()[0].test) == list(task.split.test)
    table = inputs.table
    assert (table["copy 1 of gaps"].isna() == table["gaps"].isna()).all()
    assert table["copy 1 of gaps"].corr(table["gaps"]) > 0.98
    assert asked["recipe"].n_features is None
    assert asked["n_held_out"] == SIZES["n_held_out"]
    assert asked["n_resampled"] == 0


ENDS = {"above": "more", "below": "less", "neither": "no telling"}


def test_a_feature_that_shares_with_its_copies_is_seen_to_lose():
    rng = np.random.default_rng(0)
    effect = rng.normal(size=(60, 1))
    before = explained_from(np.column_stack([effect, 0.4 * effect]), ["x", "y"])
    names = ["x", "y", "copy 1 of x", "copy 2 of x"]
    after = explained_from(effect * [[0.3, 0.4, 0.3, 0.4]], names)
    compared = study.compare_copies(before, after, "x", 200).set_index("what")
    sizes = compared["estimate"]
    assert sizes["with its copies together"] == pytest.approx(sizes["without copies"])
    assert sizes["difference"] == pytest.approx(-0.7 * sizes["without copies"])
    assert compared["high"]["difference"] < 0
    assert compared.loc["without copies", "place"] == 1
    assert tables.difference(compared.reset_index(), ENDS)["end"] == "less"
    assert list(tables.sizes(compared.reset_index(), "Which")["Place"]) == ["1", "3", "", ""]


@pytest.mark.parametrize(
    ("low", "high", "end"), [(0.1, 0.2, "more"), (-0.2, -0.1, "less"), (-0.1, 0.1, "no telling")]
)
def test_what_is_said_of_a_difference_follows_the_interval(low, high, end):
    table = pd.DataFrame([{"what": "difference", "estimate": 0.0, "low": low, "high": high}])
    assert tables.difference(table, ENDS)["end"] == end


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
    named = study.beside_discussion(table, measures).set_index("named")
    assert named.loc["ALSFRS questionnaire", "place"] == 2
    assert named.loc["FVC", "share"] == pytest.approx(0.2)
    assert named.loc["Creatinine", "n_inputs"] == 0
    shown = tables.shown(named.reset_index(), tables.DISCUSSED)
    assert "none chosen" in shown["Best place"].to_list()


def test_inputs_keep_their_shape_on_the_way_through_one_table():
    rng = np.random.default_rng(0)
    inputs = {"visits": rng.random((3, 11, 5)).astype("f"), "features": rng.random((3, 2))}
    back = explain._unflat(explain._flat(inputs), inputs)
    for name, array in inputs.items():
        np.testing.assert_allclose(back[name], array, rtol=1e-6)
    alone = {"visits": inputs["visits"]}
    assert set(explain._unflat(explain._flat(alone), alone)) == {"visits"}


def test_mean_absolute_values_come_with_intervals():
    values = np.random.default_rng(0).normal(size=(200, 3)) * [1.0, 2.0, 0.0]
    found = study._mean_absolute(values, 500)
    np.testing.assert_allclose(found["estimate"], np.abs(values).mean(axis=0))
    assert (found["low"] < found["estimate"])[:2].all()
    assert (found["estimate"] < found["high"])[:2].all()
    assert (found.iloc[2] == 0).all()


def test_means_of_resamples_scatter_around_the_mean():
    values = np.random.default_rng(0).normal(size=(100, 1))
    drawn = study._resampled_means(values, n_resamples=2000, seed=1)
    assert drawn.mean() == pytest.approx(values.mean(), abs=0.02)
    assert drawn.std() == pytest.approx(values.std() / 10, rel=0.1)
