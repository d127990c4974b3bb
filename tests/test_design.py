import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm, rankdata
from sklearn.base import clone
from sklearn.feature_selection import r_regression
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline

from alsnb.checks import BadInput
from alsnb.design import Imputer, InformativeFeatures, NormalScores, RankedFeatures, make_design


def make_table(seed=0, n_patients=60):
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "age": rng.normal(60, 10, n_patients),
            "weight": rng.gamma(9, 8, n_patients),
            "speech": rng.integers(0, 5, n_patients).astype(float),
            "bulbar": rng.random(n_patients) < 0.3,
            "noise": rng.normal(size=n_patients),
        },
        index=[f"P{number}" for number in range(n_patients)],
    )
    for name in ("age", "speech"):
        table.loc[rng.random(n_patients) < 0.1, name] = np.nan
    target = pd.Series(-0.05 * table["weight"] + 0.1 * rng.normal(size=n_patients))
    target.index = table.index
    return table, target


ALL_SETTINGS = [
    {"imputing": imputing, "scaling": scaling, "ranking": ranking, "n_features": n_features}
    for imputing in ("median", "mean")
    for scaling in ("standard", "minmax", "quantile", None)
    for ranking, n_features in ((None, None), ("pearson", 2), ("pearson", None))
]


@pytest.mark.parametrize("keywords", ALL_SETTINGS)
def test_every_design_gives_a_named_complete_frame(keywords):
    table, target = make_table()
    before = table.copy()
    design = make_design(**keywords)
    inputs = design.fit_transform(table, target)
    assert isinstance(inputs, pd.DataFrame)
    assert list(inputs.index) == list(table.index)
    assert np.isfinite(inputs.to_numpy()).all()
    assert list(inputs.columns) == list(design.get_feature_names_out())
    assert inputs.shape[1] == (keywords["n_features"] or 5)
    pd.testing.assert_frame_equal(table, before)
    pd.testing.assert_frame_equal(clone(design).fit(table, target).transform(table), inputs)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(
    ("scaling", "ranking"),
    [("standard", "pearson"), ("minmax", "pearson"), ("quantile", "forest"), (None, "pearson")],
)
def test_held_out_patients_change_nothing_that_is_learnt(scaling, ranking, seed):
    table, target = make_table(seed)
    design = make_design(scaling=scaling, ranking=ranking, n_features=3, seed=seed)
    design.fit(table, target)
    held_out, _ = make_table(seed + 100)
    alone = pd.concat([design.transform(held_out.iloc[[row]]) for row in range(8)])
    together = design.transform(held_out)
    pd.testing.assert_frame_equal(together.iloc[:8], alone)
    changed = held_out.astype(float)
    changed.iloc[8:] = 1e6
    pd.testing.assert_frame_equal(design.transform(changed).iloc[:8], alone)


def test_works_inside_cross_validation():
    table, target = make_table(n_patients=200)
    model = make_pipeline(make_design(ranking="pearson", n_features=2), Ridge(1.0))
    predicted = cross_val_predict(model, table, target, cv=5)
    assert np.corrcoef(predicted, target)[0, 1] > 0.9


def test_mostly_missing_empty_and_constant_columns_are_dropped():
    table = pd.DataFrame(
        {
            "third": [1.0, 2.0, np.nan] * 10,
            "half": [1.0, np.nan, 2.0, np.nan, 3.0, np.nan] * 5,
            "empty": [np.nan] * 30,
            "constant": [7.0] * 30,
            "kept": np.arange(30.0),
        }
    )
    assert InformativeFeatures(0.30).fit(table).kept_ == ["kept"]
    assert InformativeFeatures(0.40).fit(table).kept_ == ["third", "kept"]
    assert InformativeFeatures(1.0).fit(table).kept_ == ["third", "half", "kept"]
    with pytest.raises(BadInput, match="a varying column"):
        make_design().fit(table[["constant", "empty"]])


def test_a_column_that_is_empty_only_at_predict_is_filled():
    table, target = make_table()
    design = make_design(scaling=None).fit(table, target)
    empty = table.assign(age=np.nan)
    assert (design.transform(empty)["age"] == table["age"].median()).all()


def test_imputer_by_hand():
    table = pd.DataFrame(
        {
            "item": [4.0, 4.0, 1.0, 0.0, np.nan],
            "tied": [2.0, 1.0, 2.0, 1.0, np.nan],
            "litres": [1.5, 2.5, 8.0, 3.0, np.nan],
        }
    )
    medians = Imputer("median").fit(table).fillings_
    assert medians.to_dict() == {"item": 4.0, "tied": 1.0, "litres": 2.75}
    assert Imputer("mean").fit(table).fillings_["litres"] == 3.75
    assert Imputer("mean").fit(table).fillings_["item"] == 4.0


@pytest.mark.parametrize(("imputing", "column"), [("median", "age"), ("mean", "age")])
def test_imputer_agrees_with_scikit_learn(imputing, column):
    table, _ = make_table()
    ours = Imputer(imputing).fit(table[[column]].astype(float)).transform(table[[column]])
    theirs = SimpleImputer(strategy=imputing).fit_transform(table[[column]])
    np.testing.assert_allclose(ours, theirs)


@settings(max_examples=50, deadline=None)
@given(values=st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=60))
def test_normal_scores_are_normal_quantiles_of_middle_ranks(values):
    table = pd.DataFrame({"x": values})
    scores = NormalScores().fit(table).transform(table)["x"]
    expected = norm.ppf((rankdata(values) - 0.5) / len(values))
    np.testing.assert_allclose(scores, expected, atol=1e-9)


def test_normal_scores_clip_tails_and_keep_order():
    rng = np.random.default_rng(0)
    scaler = NormalScores().fit(pd.DataFrame({"x": rng.lognormal(size=1000)}))
    far = scaler.transform(pd.DataFrame({"x": [-1e9, 0.5, 1.0, 1e9, 1e12]}))["x"]
    assert far.is_monotonic_increasing
    assert far.iloc[-1] == far.iloc[-2] == pytest.approx(3.29, abs=0.01)


def test_ranking_by_correlation_agrees_with_scikit_learn():
    table, target = make_table()
    table = Imputer().fit(table.astype(float)).transform(table.astype(float))
    ranked = RankedFeatures("pearson").fit(table, target)
    expected = pd.Series(np.abs(r_regression(table, target)), index=table.columns)
    pd.testing.assert_series_equal(ranked.usefulness_.sort_index(), expected.sort_index())
    assert ranked.usefulness_.is_monotonic_decreasing


@pytest.mark.parametrize("ranking", ["forest", "pearson"])
def test_the_useful_feature_is_kept_and_the_order_is_the_tables(ranking):
    table, target = make_table(n_patients=150)
    complete = Imputer().fit(table.astype(float)).transform(table.astype(float))
    assert RankedFeatures(ranking, 1).fit(complete, target).kept_ == ["weight"]
    kept = RankedFeatures(ranking, 3, seed=1).fit(complete, target).kept_
    assert kept == [name for name in table.columns if name in kept]
    assert RankedFeatures(ranking, 99).fit(complete, target).kept_ == list(table.columns)


def test_correlation_of_a_constant_counts_as_none():
    table = pd.DataFrame({"constant": 1.0, "x": np.arange(9.0)})
    usefulness = RankedFeatures("pearson").fit(table, np.arange(9.0)).usefulness_
    assert usefulness.to_dict() == {"x": pytest.approx(1.0), "constant": 0.0}


def test_columns_may_come_in_another_order_but_not_others():
    table, target = make_table()
    design = make_design().fit(table, target)
    expected = design.transform(table)
    pd.testing.assert_frame_equal(design.transform(table[table.columns[::-1]]), expected)
    with pytest.raises(BadInput, match="missing: 'age'; unknown: none"):
        design.transform(table.drop(columns="age"))
    with pytest.raises(BadInput, match="unknown: 'extra'"):
        design.transform(table.assign(extra=1.0))


def test_chosen_columns_need_no_company():
    table, target = make_table()
    chosen = InformativeFeatures(columns=["weight"]).fit(table, target)
    assert list(chosen.transform(table[["noise", "weight"]]).columns) == ["weight"]
    with pytest.raises(BadInput, match="'weight'"):
        chosen.transform(table[["noise"]])


@pytest.mark.parametrize(
    ("keywords", "words"),
    [
        ({"n_features": 3}, "a ranking with n_features"),
        ({"scaling": "robust"}, "'robust'"),
        ({"imputing": "mode"}, "'mode'"),
        ({"ranking": "lasso"}, "'lasso'"),
        ({"ranking": "pearson", "n_features": 0}, "at least one feature"),
    ],
)
def test_impossible_settings_are_said(keywords, words):
    table, target = make_table()
    with pytest.raises(BadInput, match=words):
        make_design(**keywords).fit(table, target)


def test_words_infinities_arrays_and_repeated_names_are_said():
    table, target = make_table()
    with pytest.raises(BadInput, match="something else in 'sex'"):
        make_design().fit(table.assign(sex="F"), target)
    with pytest.raises(BadInput, match="something else in 'age'"):
        make_design().fit(table.assign(age=np.inf), target)
    with pytest.raises(BadInput, match="ndarray"):
        make_design().fit(table.to_numpy(), target)
    with pytest.raises(BadInput, match="repeated"):
        make_design().fit(pd.concat([table, table], axis=1), target)
