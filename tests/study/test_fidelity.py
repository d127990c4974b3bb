"""Aggregates are held to what is printed, and references say how hard the target is."""

import dataclasses

import numpy as np
import pytest

from alsnb.published import read_published
from alsnb.study import aggregates, difficulty, fidelity
from alsnb.study.proact import prepare
from alsnb.study.truth import read_oracle
from alsnb.synthetic.draw import draw_world
from alsnb.synthetic.write import write_release


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("twin")
    write_release(draw_world(600, seed=5), folder / "release", truth=folder / "truth")
    return folder


@pytest.fixture(scope="module")
def study(files):
    return prepare(files / "release")


@pytest.fixture(scope="module")
def predictions(study, files, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ALSNB_STORE", str(tmp_path_factory.mktemp("store")))
        oracle = read_oracle(files / "truth")
        return difficulty.predict_references(study, oracle, n_trees=20, n_folds=2, seed=1)


# --- judging -----------------------------------------------------------------------------


def test_a_share_within_its_points_is_within_and_the_bound_belongs_to_it():
    judged = fidelity.judge({"share_male": 0.664, "share_limb": 0.60}, n_subjects=11_675)
    assert list(judged["verdict"]) == ["within", "outside"]
    np.testing.assert_allclose(judged["difference"], [0.03, -0.078])


def test_what_the_paper_prints_is_the_same_here_and_where_it_is_kept():
    paper = read_published()["paper_a"]
    here = {n: f for group in fidelity.GROUPS for n, f in fidelity._expected()[group].items()}
    table = paper["table1"]
    kept = {
        "cohort_patients": paper["cohort"]["patients"],
        "revised_patients": paper["cohort"]["alsfrs_r_patients"],
        "features_kept": paper["cohort"]["features"],
        "deaths_in_cohort": paper["survival"]["time_to_death_known"],
        "age_median": table["age_years"]["median"],
        "height_median": table["height_cm"]["median"],
        "weight_median": table["weight_first_kg"]["median"],
        "onset_median": table["time_of_onset_days"]["median"],
        "total_median": table["alsfrs_total_first"]["median"],
        "share_male": table["sex_male"]["share"],
        "share_bulbar": table["onset_site"]["bulbar"],
        "share_riluzole": table["riluzole_use"]["share"],
        "observed_height": table["height_cm"]["observed"],
    }
    assert {name: here[name]["published"] for name in kept} == kept


def test_counts_are_scaled_to_the_subjects_and_medians_are_not():
    judged = fidelity.judge({"cohort_patients": 1400, "age_median": 55}, n_subjects=11_675 // 2)
    assert judged["published"].round().tolist() == [1460, 55]
    assert list(judged["verdict"]) == ["within", "within"]


def test_every_aggregate_has_a_source_and_bounds(study, predictions):
    scores = difficulty.score_references(predictions, 200)
    table = fidelity.assess(study, scores)
    assert set(table["name"]) == {
        name for group in fidelity.GROUPS for name in fidelity._expected()[group]
    }
    assert table["source"].str.len().min() > 3
    assert (table["low"] <= table["high"]).all()
    assert table["ours"].notna().all()


def test_words_have_a_row_for_each_aggregate_and_a_true_minus_sign():
    judged = fidelity.judge({"onset_mean": -700.0, "slope_sd": 0.58}, n_subjects=11_675)
    words = fidelity.tabulate_aggregates(judged)
    assert words["This run"].tolist() == ["\N{MINUS SIGN}700", "0.580"]
    assert words["Tolerated"][0] == "\N{MINUS SIGN}830 to \N{MINUS SIGN}680"


def test_the_spread_is_told_from_the_longest_to_the_shortest_ill(study):
    onset = study.features["onset_delta"]
    patients = study.cohort.patients.assign(slope=-onset.abs())
    cohort = dataclasses.replace(study.cohort, patients=patients)
    told = aggregates.measure_target(cohort, onset)
    assert told["mean_longest"] < told["mean_shortest"]


@pytest.mark.parametrize("known", [0, 4])
def test_what_nobody_has_is_not_judged(study, known):
    onset = study.features["onset_delta"].where(
        study.features["onset_delta"].notna().cumsum() <= known
    )
    told = aggregates.measure_target(study.cohort, onset)
    groups = ["sd_longest", "sd_middle", "sd_shortest", "mean_longest", "mean_shortest"]
    assert np.isnan([told[name] for name in groups]).all()
    judged = fidelity.judge(told, n_subjects=600).set_index("name")["verdict"]
    assert set(judged[groups]) == {"unknown"}
    assert "unknown" not in set(judged.drop(groups))


@pytest.mark.parametrize("day", [np.nan, 500.0])
def test_slope_and_death_go_together_only_where_days_differ(study, day):
    death = study.clean.frames["death"].assign(death_day=day)
    frames = study.clean.frames | {"death": death}
    clean = dataclasses.replace(study.clean, frames=frames)
    told = aggregates._measure_deaths(dataclasses.replace(study, clean=clean))
    assert np.isnan(told["pcc_slope_death"])
    n_known = study.cohort.patients.index.isin(death["subject_id"]).sum()
    assert (
        np.isnan(told["deaths_in_cohort"]) if np.isnan(day) else told["deaths_in_cohort"] == n_known
    )


def test_what_is_recorded_of_nobody_in_the_cohort_is_named(study):
    assert study.lacking == ()
    frames, patients = study.clean.frames, study.cohort.patients.index
    history = frames["history"]
    of_others = history["onset_day"].where(~history["subject_id"].isin(patients))
    changed = frames | {"history": history.assign(onset_day=of_others), "labs": frames["labs"][:0]}
    clean = dataclasses.replace(study.clean, frames=changed)
    lacking = dataclasses.replace(study, clean=clean).lacking
    assert lacking == ("Day of onset", "Laboratory tests")


# --- difficulty --------------------------------------------------------------------------


def test_every_reference_predicts_patients_of_the_cohort_out_of_fold(study, predictions):
    models = {"carried", "early_slope", "onset", "forest", "oracle"}
    assert set(predictions["model"]) == models <= set(difficulty.TITLES)
    assert predictions["patient"].isin(study.cohort.patients.index).all()
    counts = predictions.groupby(["model", "patient"]).size()
    assert (counts == 1).all()


def test_without_truth_there_is_no_oracle(predictions):
    scores = difficulty.score_references(
        predictions[predictions["model"] != difficulty.ORACLE], 200
    )
    assert "r2_oracle" not in difficulty.measure_difficulty(scores)


def test_the_oracle_is_the_ceiling_of_the_others(predictions):
    scores = difficulty.score_references(predictions, 200)
    r2 = scores[scores["metric"] == "r2"].set_index("model")["estimate"]
    assert r2[difficulty.ORACLE] == r2.max()
    assert r2[difficulty.CARRIED] < 0


# --- tolerances and use --------------------------------------------------------------------


def test_the_tolerance_of_a_share_follows_from_the_printed_count():
    told = fidelity.judge({"complete_short": 0.13}, n_subjects=11_675).iloc[0]
    share = 250 / 1967
    by = 4 * np.sqrt(2 * share * (1 - share) / 1967)
    np.testing.assert_allclose([told["low"], told["high"]], [share - by, share + by])


def test_the_tolerance_of_a_share_is_no_finer_than_a_trial():
    told = fidelity.judge({"age_given_onset": 0.985}, n_subjects=11_675).iloc[0]
    np.testing.assert_allclose(told["published"] - told["low"], fidelity.SMALLEST_TRIAL)


def test_the_tolerance_of_a_mean_and_a_correlation_follows_from_the_sample():
    told = fidelity.judge({"challenge_mean": -0.9, "r_fvc_slope": 0.2}, n_subjects=11_675)
    half = (told["high"] - told["low"]) / 2
    expected = [4 * 0.992 * np.sqrt(2 / 3533), 4 * (1 - 0.21**2) * np.sqrt(2 / 1766)]
    np.testing.assert_allclose(half, expected)


def test_a_third_of_the_aggregates_or_more_is_held_out_and_none_of_them_a_must():
    rows = [facts for group in fidelity.GROUPS for facts in fidelity._expected()[group].values()]
    held = [facts for facts in rows if facts.get("use", "tuned") == "held out"]
    assert {facts.get("use", "tuned") for facts in rows} == {"tuned", "held out"}
    assert len(held) >= len(rows) / 3
    assert not any(facts.get("must") for facts in held)


def test_what_cannot_be_measured_is_not_judged():
    judged = fidelity.judge({"fvc_unit": np.nan, "age_median": 55}, n_subjects=100)
    verdicts = judged.set_index("name")["verdict"].to_dict()
    assert verdicts == {"age_median": "within", "fvc_unit": "unknown"}
