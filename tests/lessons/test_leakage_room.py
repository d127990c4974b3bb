"""Every switch of the laboratory lets something in, and the honest pipeline nothing."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot
from proact_builder import draw_clean, make_study

from alsnb.checks import BadInput
from alsnb.design import make_design
from alsnb.evaluation.scores import r2
from alsnb.lessons.leakage import figures, fits, tables
from alsnb.lessons.leakage import study as lab
from alsnb.lessons.leakage.fits import (
    Rows,
    _deal,
    _draw_settings,
    _predict_rows,
    _prepare_inputs,
    _Setting,
)

EFFORT = lab.EFFORTS["smoke"]
SETTINGS = {"model": "ridge", "n_folds": 4, "seed": 0}


def simulate_rows(seed, n_patients=80, n_features=60, n_turns=1, strength=1.0):
    """Rows in which a few features go with the slope, more so if they look further."""
    rng = np.random.default_rng(seed)
    n = n_patients * n_turns
    patient = np.repeat(np.arange(n_patients), n_turns)
    known = rng.normal(size=(n_patients, n_features))[patient] + 0.1 * rng.normal(
        size=(n, n_features)
    )
    target = strength * known[:, :3].sum(axis=1) + rng.normal(size=n_patients)[patient]
    late = known.copy()
    late[:, :3] += target[:, None]
    known[rng.random(known.shape) < 0.1] = np.nan
    return Rows(
        predictors=known,
        late=late,
        target=target,
        patient=patient + 100,
        turn=np.tile(np.arange(n_turns), n_patients),
    )


def predict(rows, mistakes, **settings):
    frame = _predict_rows(rows, mistakes, **(SETTINGS | settings))
    return frame.set_index("patient")["predicted"]


def change_held_out(rows, seed):
    """The rows with half of one fold's patients altered, and the other half's keys."""
    fold = _deal(rows.patient, False, n_folds=4, seed=0)
    held_out = np.unique(rows.patient[fold == 1])
    altered = np.isin(rows.patient, held_out[::2])
    rng = np.random.default_rng(seed)
    predictors = rows.predictors.copy()
    predictors[altered] = 5 + 3 * rng.normal(size=(altered.sum(), predictors.shape[1]))
    target = np.where(altered, -6 * rows.target + 3, rows.target)
    return replace(rows, predictors=predictors, late=predictors, target=target), held_out[1::2]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("mistake", [name for name in lab.MISTAKES if name != "window"])
def test_changed_held_out_rows_move_leaky_predictions_only(mistake, seed):
    rows = simulate_rows(seed, n_turns=3 if mistake == "patients" else 1)
    rows = replace(rows, late=rows.predictors)
    changed, others = change_held_out(rows, seed)
    n_settings = 20 if mistake == "settings" else 1
    honest = [predict(r, (), n_settings=n_settings)[others] for r in (rows, changed)]
    leaky = [predict(r, (mistake,), n_settings=n_settings)[others] for r in (rows, changed)]
    np.testing.assert_array_equal(*honest)
    assert (leaky[0] != leaky[1]).all()


@pytest.mark.parametrize("seed", range(3))
def test_what_happens_later_moves_leaky_predictions_only(seed):
    rows = simulate_rows(seed)
    changed = replace(rows, late=rows.late + rows.target[:, None] ** 2)
    np.testing.assert_array_equal(predict(rows, ()), predict(changed, ()))
    assert (predict(rows, ("window",)) != predict(changed, ("window",))).all()


def test_all_mistakes_together_leak_as_well():
    rows = simulate_rows(0, n_turns=2)
    changed, others = change_held_out(rows, 0)
    both = [predict(r, tuple(lab.MISTAKES), n_settings=3)[others] for r in (rows, changed)]
    assert (both[0] != both[1]).all()


@pytest.mark.parametrize("seed", range(3))
def test_in_pure_noise_only_the_leaky_ranking_finds_something(seed):
    rows = lab._shuffle_target(simulate_rows(seed, n_patients=60, n_features=200), seed)
    pair = lab._commit_on(rows, ("ranking",), EFFORT, model="ridge", seed=seed)
    scores = {m: r2(p["observed"], p["predicted"]) for m, p in pair.groupby("model")}
    assert scores["honest"] < 0.05
    assert scores["leaky"] > scores["honest"] + 0.2
    assert scores["leaky"] > 0


@pytest.mark.parametrize("seed", range(2))
def test_features_that_look_further_gain_and_filling_hardly_does(seed):
    rows = simulate_rows(seed, n_patients=300, strength=0.3)
    gains = {}
    for mistake in ("window", "imputing", "scaling"):
        pair = lab._commit_on(rows, (mistake,), EFFORT, model="ridge", seed=seed)
        gap = lab.measure_pair(pair, 100, ("r2",)).iloc[0]
        gains[mistake] = gap["estimate"]
    assert gains["window"] > 0.1
    assert abs(gains["imputing"]) < 0.02
    assert abs(gains["scaling"]) < 0.02


def test_the_honest_preparation_is_that_of_the_library():
    rows = simulate_rows(1)
    train, test = np.arange(60), np.arange(60, 80)
    values, target = rows.predictors, rows.target
    inputs = _prepare_inputs(values, target, train, test)
    named = pd.DataFrame(values).rename(columns=str)
    design = make_design(scaling="clipped", ranking="pearson", n_features=30)
    design.fit(named.iloc[train], target[train])
    expected = design.transform(named.iloc[test]).to_numpy()
    found = inputs[test][:, :30]
    np.testing.assert_allclose(np.sort(found, axis=1), np.sort(expected, axis=1), atol=1e-12)


def test_a_column_without_values_or_spread_does_no_harm():
    rows = simulate_rows(0)
    values = rows.predictors.copy()
    values[:, 0], values[:, 1] = np.nan, 7.0
    inputs = _prepare_inputs(values, rows.target, np.arange(60), np.arange(60, 80))
    assert np.isfinite(inputs).all()


def test_rows_of_a_patient_stay_together_unless_dealt_by_row():
    patient = np.repeat(np.arange(40), 3)
    together = _deal(patient, False, n_folds=4, seed=0).reshape(40, 3)
    apart = _deal(patient, True, n_folds=4, seed=0).reshape(40, 3)
    assert (together == together[:, :1]).all()
    assert (apart != apart[:, :1]).any()
    np.testing.assert_array_equal(together[:, 0], apart[:, 0])


def test_mistakes_are_read_from_a_parameter():
    assert lab.read_mistakes("all") == tuple(lab.MISTAKES)
    assert lab.read_mistakes("window, ranking") == ("ranking", "window")
    for text in ("", "all,window", "luck"):
        with pytest.raises(BadInput, match="The mistakes to commit"):
            lab.read_mistakes(text)


def test_a_setting_is_the_same_however_many_are_drawn():
    assert _draw_settings(4, seed=3) == _draw_settings(9, seed=3)[:4]
    assert _draw_settings(1, seed=3) == [_Setting()]


@pytest.fixture(scope="module")
def study():
    return make_study(draw_clean(0, 90), rule="challenge")


def test_rows_without_settings_are_the_study(study):
    rows = lab.make_rows(study)
    kept = study.catalogue.loc[study.catalogue["kept"], "name"]
    np.testing.assert_array_equal(rows.predictors, study.features[list(kept)])
    np.testing.assert_array_equal(rows.target, study.cohort.patients["slope"])
    assert not rows.turn.any()
    assert str(rows.patient[0]) not in repr(rows)


def test_later_windows_have_slopes_of_their_own(study):
    rows = lab.make_rows(study, until=6, starts=(0.0, 3.0))
    assert set(rows.patient) == set(study.cohort.patients.index)
    first = rows.turn == 0
    np.testing.assert_array_equal(rows.target[first], study.cohort.patients["slope"])
    assert (~first).any()
    assert not pd.Series(rows.patient[first]).duplicated().any()
    later = pd.Series(rows.target[~first], index=rows.patient[~first])
    assert (later != study.cohort.patients["slope"][later.index]).any()
    assert not np.array_equal(rows.late, rows.predictors, equal_nan=True)
    names = list(study.catalogue.loc[study.catalogue["kept"], "name"])
    highest = names.index("maximum_alsfrs_total")
    assert (rows.late[:, highest] >= rows.predictors[:, highest]).all()


@pytest.mark.parametrize("mistakes", [("patients",), ("imputing", "window")])
def test_both_pipelines_predict_every_patient_once(study, mistakes):
    pair = lab.commit(study, mistakes, EFFORT, model="ridge", seed=0)
    for _, rows in pair.groupby("model"):
        assert sorted(rows["patient"]) == list(study.cohort.patients.index)
    assert set(pair["model"]) == {"honest", "leaky"}


def test_an_unknown_mistake_is_refused(study):
    with pytest.raises(BadInput, match="one of"):
        lab.commit(study, ("haste",), EFFORT, model="ridge", seed=0)


@pytest.fixture(scope="module")
def measured(study):
    return lab.measure_mistakes(study, ("ranking", "window"), EFFORT, models=("ridge",), seed=0)


def test_a_measured_difference_is_leaky_minus_honest(measured):
    np.testing.assert_allclose(measured["estimate"], measured["leaky"] - measured["honest"])
    assert (measured["low"] <= measured["high"]).all()
    assert measured["label"].nunique() == 1 + len(lab.UNTIL) + 1
    assert (measured["mistake"] == lab.TOGETHER).sum() == len(lab.METRICS)


def test_effects_are_told_apart_by_whether_their_interval_leaves_out_zero(measured):
    effects = lab.only_r2(measured).assign(low=-0.1, high=0.1)
    effects.loc[0, ["low", "high"]] = 0.1, 0.2
    effects.loc[1, ["low", "high"]] = -0.2, -0.1
    shows, hidden = lab.split_at_zero(effects)
    assert list(shows.index) == [0, 1]
    assert len(hidden) == len(effects) - 3  # all together is none of the single ones
    shown = tables.tabulate_measured(measured)
    assert list(shown["Mistake"]) == list(effects["label"])
    assert tables.named(shows).count("(") == 2
    assert tables.listed(["Ridge", "Forest"], shows).startswith("Ridge ")


def test_the_catalogue_names_every_switch():
    mistakes = tuple(lab.MISTAKES)
    assert tuple(tables.tabulate_mistakes(mistakes)["Switch"]) == mistakes


@pytest.fixture(scope="module")
def few():
    return lab.measure_few(simulate_rows(0, n_patients=250), EFFORT, seed=0)


def test_small_studies_are_measured_with_and_without_something_to_find(few):
    sizes = few.groupby(["target", "mistake"])["size"].apply(list)
    assert sizes[lab.SLOPES, "preparing"] == [60, 240]
    assert sizes[lab.NOISE, "ranking"] == [60, 240]
    small = few[(few["target"] == lab.NOISE)].iloc[0]
    assert small["honest"] < 0.05
    assert small["low"] > 0


def test_a_cohort_smaller_than_every_study_is_taken_whole():
    rows = simulate_rows(0, n_patients=40)
    assert lab._sizes_within(rows, EFFORT.sizes) == [40]
    assert rows.draw(60, (0, 0)) is rows


@pytest.fixture(scope="module")
def best_of():
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(fits.MODELS, "ffnn", _noisy_network)
        rows = simulate_rows(0, n_patients=260)
        yield lab.measure_best_of(rows, EFFORT, share=0.25, seed=0)


def _noisy_network(inputs, target, wanted, setting, n_trees):
    return target.mean() + 0.3 * np.random.default_rng(setting.seed).normal(size=len(wanted))


def test_the_best_of_one_is_honest_and_of_more_never_worse(best_of):
    one = best_of["count"] == 1
    assert (best_of.loc[one, ["estimate", "low", "high"]] == 0).all(axis=None)
    assert (best_of["estimate"] >= 0).all()
    assert set(best_of["series"]) <= set(lab.BEST_OF)
    assert set(best_of.loc[best_of["series"] == "ffnn_small", "count"]) == {1, 2}


@pytest.mark.parametrize("seed", range(2))
def test_a_leak_by_doubles_needs_a_memory(seed):
    rows = lab._double_patients(simulate_rows(seed, n_patients=120, strength=0.2), 0.9, seed)
    gains = {}
    for model in ("ridge", "deep"):
        pair = lab._commit_on(rows, ("patients",), EFFORT, model=model, seed=seed)
        gains[model] = lab.measure_pair(pair, 100, ("r2",)).iloc[0]
    assert gains["deep"]["low"] > 0
    assert gains["deep"]["estimate"] > gains["ridge"]["estimate"]
    assert gains["deep"]["n_patients"] == 120


def test_doubles_are_measured_by_share_and_model():
    rows = simulate_rows(2, n_patients=60, n_features=20)
    doubles = lab.measure_doubles(rows, EFFORT, models=("ridge", "deep"), seed=0)
    assert sorted(doubles["share"].unique()) == [0.05, 0.20]
    drawn = figures.plot_doubles(doubles, titles=lab.TITLES)
    assert len(drawn.lines) == 3
    assert "Deep trees" in figures.describe_doubles(doubles, lab.TITLES)
    pyplot.close("all")


def test_doubled_patients_are_copied_row_for_row():
    rows = simulate_rows(0)
    doubled = lab._double_patients(rows, 0.25, seed=0)
    copies = np.flatnonzero(doubled.turn == 1)
    assert len(copies) == 20
    for copy in copies:
        original = np.flatnonzero(doubled.patient == doubled.patient[copy])[0]
        assert doubled.target[copy] == doubled.target[original]
        np.testing.assert_array_equal(doubled.predictors[copy], doubled.predictors[original])


def test_lookalikes_are_counted(study):
    before = lab.count_lookalikes(study)["patients"].iloc[-1]
    facts = [
        "age",
        "male",
        "height",
        "site_limb",
        "site_bulbar",
        "onset_delta",
        "first_alsfrs_total",
        "first_weight",
    ]
    whole = study.features[facts].dropna().index
    twins = study.features.copy()
    twins.loc[whole[1]] = twins.loc[whole[0]]
    assert lab.count_lookalikes(replace(study, features=twins))["patients"].iloc[-1] == before + 2


def test_figures_are_drawn_and_described(measured, few, best_of):
    effects = lab.only_r2(measured)
    figures.plot_effects(effects, titles=lab.TITLES, xlabel="R²")
    assert "Features until month 9" in figures.describe_effects(effects, lab.TITLES, "R²")
    few = few.assign(title=few["mistake"].map(tables.FEW_TITLES))
    figures.plot_few(few)
    assert "ranked before" in figures.describe_few(few)
    figures.plot_best_of(best_of, titles=lab.BEST_OF)
    assert "best of 5" in figures.describe_best_of(best_of, lab.BEST_OF)
    pyplot.close("all")
