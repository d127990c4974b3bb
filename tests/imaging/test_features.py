from dataclasses import replace

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from study_builder import LABELS, Study, symmetric

from alsnb.checks import BadInput
from alsnb.imaging.connectivity import (
    MEASURES,
    edge_weights,
    graph_measures,
    measure_graph,
    node_strengths,
)
from alsnb.imaging.learnt import PresentEdges, WithoutEffects
from alsnb.imaging.release import read_imaging


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    return read_imaging(Study(30).write(tmp_path_factory.mktemp("imaging") / "study"))


@pytest.fixture(scope="module")
def weighted():
    rng = np.random.default_rng(3)
    weights = symmetric(12, rng) * (symmetric(12, rng) > 20)
    weights[0, 1] = weights[1, 0] = 9
    return np.minimum(weights, weights.T)


# --- of one subject ----------------------------------------------------------------------


def test_edges_and_strengths_are_those_of_the_matrix(release):
    edges, strengths = edge_weights(release), node_strengths(release)
    assert edges.shape == (30, 15)
    first, second = LABELS[1], LABELS[4]
    np.testing.assert_array_equal(edges[f"{first}--{second}"], release.connectomes[:, 1, 4])
    by_hand = np.log1p(release.connectomes[:, 2].sum(axis=1))
    np.testing.assert_allclose(strengths[f"{LABELS[2]}_log_strength"], by_hand)


def test_measures_of_a_triangle_and_a_tail_by_hand():
    weights = np.zeros((4, 4))
    for i, j in ((0, 1), (0, 2), (1, 2), (2, 3)):
        weights[i, j] = weights[j, i] = 2
    found = measure_graph(weights)
    assert found["log_total_weight"] == pytest.approx(np.log(8))
    assert found["density"] == pytest.approx(4 / 6)
    # 1, 1, 1/3 and 0; four pairs at distance 1, two at 2
    assert found["clustering"] == pytest.approx(7 / 12)
    assert found["efficiency"] == pytest.approx((4 + 2 / 2) / 6)


def test_measures_are_those_of_networkx(weighted):
    graph = nx.from_numpy_array(weighted)
    found = measure_graph(weighted)
    assert found["clustering"] == pytest.approx(nx.average_clustering(graph, weight="weight"))
    assert found["assortativity"] == pytest.approx(nx.degree_assortativity_coefficient(graph))
    assert found["density"] == pytest.approx(nx.density(graph))
    plain = (weighted > 0).astype(float)
    assert measure_graph(plain)["efficiency"] == pytest.approx(nx.global_efficiency(graph))


def test_stronger_connections_make_shorter_paths_and_scale_does_not(weighted):
    once, twice = measure_graph(weighted), measure_graph(weighted * 7)
    for name in set(MEASURES) - {"log_total_weight"}:
        assert twice[name] == pytest.approx(once[name])
    cut = weighted.copy()
    cut[5] = cut[:, 5] = 0
    assert measure_graph(cut)["efficiency"] < once["efficiency"]


def test_regions_without_paths_and_equal_degrees_are_no_error():
    pair = np.zeros((4, 4))
    pair[0, 1] = pair[1, 0] = pair[2, 3] = pair[3, 2] = 1
    found = measure_graph(pair)
    assert found["efficiency"] == pytest.approx(2 / 6)
    assert np.isnan(found["assortativity"])
    assert found["modularity"] == pytest.approx(0.5)


def test_no_subject_changes_the_numbers_of_another(release):
    changed = release.connectomes.copy()
    changed[-1] = changed[-1][::-1, ::-1] * 3
    other = replace(release, connectomes=changed)
    for describe in (edge_weights, node_strengths, graph_measures):
        before, after = describe(release), describe(other)
        pd.testing.assert_frame_equal(before.iloc[:-1], after.iloc[:-1])
        assert not before.iloc[-1].equals(after.iloc[-1])


# --- learnt on training subjects ---------------------------------------------------------


def edges_of(n=40, seed=0):
    rng = np.random.default_rng(seed)
    shares = np.linspace(0, 1, 8)
    values = rng.poisson(30, (n, 8)) * (rng.random((n, 8)) < shares)
    return pd.DataFrame(values.astype(float), columns=[f"a--{k}" for k in range(8)])


def brains(n=60, seed=0):
    rng = np.random.default_rng(seed)
    head = rng.normal(1.5e6, 1e5, n)
    site = np.where(rng.random(n) < 0.5, "B", "A")
    volume = 4000 + 1e-3 * (head - 1.5e6) + 50 * (site == "B") + rng.normal(0, 1e-6, n)
    thick = rng.normal(2.5, 0.1, n)
    return pd.DataFrame({"eTIV_mm3": head, "site": site, "volume": volume, "thick": thick})


def test_edges_are_kept_by_the_share_of_training_subjects():
    X = pd.DataFrame({"ab": [1.0, 2, 3, 0], "ac": [0.0, 0, 5, 0], "bc": [0.0] * 4})
    half = PresentEdges(0.5).fit(X)
    assert half.kept_ == ["ab"]
    np.testing.assert_allclose(half.transform(X)["ab"], np.log([2, 3, 4, 1]))
    assert PresentEdges(0.25).fit(X).kept_ == ["ab", "ac"]
    assert PresentEdges(0.0, take_log=False).fit(X).transform(X)["ac"].tolist() == [0, 0, 5, 0]


def test_edges_that_nobody_has_are_a_sentence():
    X = edges_of()
    with pytest.raises(BadInput, match="Lower min_share"):
        PresentEdges(0.5).fit(X * 0)
    with pytest.raises(BadInput, match="negative or missing"):
        PresentEdges().fit(X - 1)
    with pytest.raises(BadInput, match="negative or missing"):
        PresentEdges().fit(X).transform(X.where(X > 0))


def test_effects_that_were_put_in_are_taken_out():
    X = brains()
    fitted = WithoutEffects(("eTIV_mm3", "site")).fit(X)
    assert fitted.effects_.loc["eTIV_mm3", "volume"] == pytest.approx(1e-3)
    assert fitted.effects_.loc["site=B", "volume"] == pytest.approx(50)
    left = fitted.transform(X)
    assert list(left.columns) == ["volume", "thick"]
    assert left["volume"].std() < 1e-5
    np.testing.assert_allclose(left.mean(), X[["volume", "thick"]].mean())


def test_effects_of_what_is_unknown_are_not_taken_out():
    X = brains()
    fitted = WithoutEffects(("eTIV_mm3", "site")).fit(X)
    new = pd.DataFrame({"eTIV_mm3": [np.nan], "site": ["C"], "volume": [4000.0], "thick": [2.5]})
    np.testing.assert_allclose(fitted.transform(new), new[["volume", "thick"]])


def test_a_measure_with_gaps_is_learnt_from_who_has_it():
    X = brains()
    X.loc[:9, "volume"] = np.nan
    fitted = WithoutEffects(("eTIV_mm3", "site")).fit(X)
    assert fitted.effects_.loc["eTIV_mm3", "volume"] == pytest.approx(1e-3)
    assert fitted.transform(X)["volume"].isna().sum() == 10


def test_words_among_the_measures_are_a_sentence():
    with pytest.raises(BadInput, match="words in 'site'"):
        WithoutEffects().fit(brains())
    with pytest.raises(BadInput, match="none named 'age'"):
        WithoutEffects(("age",)).fit(brains())


STEPS = {
    "edges": (PresentEdges(0.4), edges_of, lambda X: X * 0 + 9),
    "effects": (
        WithoutEffects(("eTIV_mm3", "site")),
        brains,
        lambda X: X.assign(eTIV_mm3=X["eTIV_mm3"] * 2, volume=-X["volume"], site="C"),
    ),
}


@pytest.mark.parametrize("name", list(STEPS))
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_held_out_subjects_teach_nothing(name, seed):
    """Whatever the held-out rows hold, training subjects come out as they did."""
    step, draw, change = STEPS[name]
    X = draw(seed=seed)
    train, held = X.iloc[:25], X.iloc[25:]
    altered = pd.concat([train, change(held)])
    first = clone(step).fit(X.iloc[:25])
    second = clone(step).fit(altered.iloc[:25])
    pd.testing.assert_frame_equal(first.transform(train), second.transform(train))
    pd.testing.assert_frame_equal(first.transform(held), second.transform(held))
    # and it does learn: other training subjects teach something else
    third = clone(step).fit(change(held))
    assert not first.transform(held).equals(third.transform(held))


@pytest.mark.parametrize("name", list(STEPS))
def test_subjects_are_transformed_one_by_one(name):
    step, draw, _ = STEPS[name]
    X = draw()
    fitted = clone(step).fit(X.iloc[:25])
    together = fitted.transform(X)
    alone = pd.concat([fitted.transform(X.iloc[[row]]) for row in range(25, 30)])
    pd.testing.assert_frame_equal(together.iloc[25:30], alone)
    assert list(fitted.get_feature_names_out()) == list(together.columns)


def test_they_are_steps_of_a_pipeline():
    X = edges_of()
    y = (X["a--6"] > 20).astype(int)
    model = make_pipeline(PresentEdges(0.4), LogisticRegression(max_iter=5000))
    assert model.fit(X.iloc[:25], y[:25]).predict(X.iloc[25:]).shape == (15,)
