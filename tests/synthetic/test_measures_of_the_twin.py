"""What the trials of the simulated twin measure, before anything goes wrong."""

import numpy as np
import pandas as pd
import pytest

from alsnb.synthetic.draw import draw_world
from alsnb.synthetic.laboratory import do_tests
from alsnb.synthetic.laboratory_tests import assays, decimals, name_in, unit_of, vocabulary
from alsnb.synthetic.measures import measure_capacity, measure_vitals, predicted_litres
from alsnb.synthetic.questionnaires import fill_in
from alsnb.synthetic.schedule import list_contacts, spaced
from alsnb.tables.proact.schema import RELEASES, lab_tests, tables


@pytest.fixture(scope="module")
def world():
    return draw_world(600, seed=3)


@pytest.fixture(scope="module")
def contacts(world):
    return list_contacts(world)


@pytest.fixture(scope="module")
def labs(world, contacts):
    found = do_tests(world, contacts, "2022", tidy=False)
    trial = world.patients["trial"].reindex(found["subject_id"]).to_numpy()
    return found.assign(trial=trial, usual=found["value"] * found["factor"])


def within(frame, table):
    for column in tables()[table].columns:
        if column.kind == "number" and column.low is not None:
            values = frame[column.name].dropna()
            assert values.between(column.low, column.high).all(), column.name


def test_vital_signs_lie_in_their_plausible_ranges(world, contacts):
    within(measure_vitals(world, contacts, tidy=True), "vitals")


@pytest.mark.parametrize("table", ["fvc", "svc"])
def test_vital_capacity_lies_in_its_plausible_range(world, contacts, table):
    frame = measure_capacity(world, contacts, table)
    within(frame, table)
    assert (frame["Subject_Liters_Trial_1"].notna() | frame["pct_of_Normal_Trial_1"].notna()).all()


def test_litres_normal_and_percent_agree(world, contacts):
    frame = measure_capacity(world, contacts, "fvc")
    percent = 100 * frame["Subject_Liters_Trial_1"] / frame["Subject_Normal"]
    off = (percent - frame["pct_of_Normal_Trial_1"]).abs().dropna()
    assert len(off) > 0
    assert (off <= 0.5 + 1e-9).mean() > 0.99  # but where percent is cut off


def test_predicted_litres_by_hand():
    male, age, height = np.array([True, False]), np.array([50.0, 60.0]), np.array([180.0, 160.0])
    expected = [0.0576 * 180 - 1.3 - 4.34, 0.0443 * 160 - 1.56 - 2.89]
    np.testing.assert_allclose(predicted_litres(male, age, height), expected)


def test_laboratory_results_lie_in_their_plausible_ranges(labs):
    for measure, test in lab_tests().items():
        values = labs.loc[(labs["measure"] == measure).to_numpy(), "usual"].dropna()
        assert len(values) or test.grades or measure == "c_reactive_protein", measure
        assert (values >= (test.low or -np.inf) * (1 - 1e-9)).all(), measure
        assert (values <= (test.high or np.inf) * (1 + 1e-9)).all(), measure


def test_medians_of_patients_are_near_the_printed_quartiles(labs):
    for measure in ("albumin", "potassium", "glucose", "hemoglobin", "platelets", "alt"):
        own = labs[(labs["measure"] == measure).to_numpy()]
        medians = own.groupby("subject_id")["usual"].median()
        low, middle, high = lab_tests()[measure].quartiles
        assert abs(medians.median() - middle) < 0.35 * (high - low), measure
        spread = medians.quantile(0.75) - medians.quantile(0.25)
        assert 0.6 * (high - low) < spread < 1.8 * (high - low), measure


def test_results_of_a_patient_go_together(labs):
    own = labs[(labs["measure"] == "platelets").to_numpy()].copy()
    own["log"] = np.log(own["usual"])
    groups = own.groupby("subject_id")["log"]
    between = groups.mean().var() - (groups.var() / groups.size()).mean()
    correlation = between / (between + groups.var().mean())
    assert 0.6 < correlation < 0.8


def test_women_have_less_creatinine_and_it_falls(labs, world):
    own = labs[(labs["measure"] == "creatinine").to_numpy()]
    male = world.patients["male"].reindex(own["subject_id"]).to_numpy()
    early = (own["Laboratory_Delta"] < 60).to_numpy()
    means = own[early].groupby(male[early])["usual"].mean()
    assert 66 < means[True] < 80
    assert 55 < means[False] < 67
    late = (own["Laboratory_Delta"] > 300).to_numpy()
    assert own.loc[late, "usual"].mean() < own.loc[early, "usual"].mean() - 2


def test_creatinine_lies_on_a_grid_in_some_trials(labs):
    own = labs[(labs["measure"] == "creatinine").to_numpy()]
    steps = own["usual"] / 8.84
    on_grid = (steps - steps.round()).abs().lt(0.01).groupby(own["trial"]).mean()
    assert (on_grid > 0.99).any()
    assert (on_grid < 0.5).any()


def test_a_panel_is_there_or_not_for_a_whole_trial(labs, contacts):
    asked = contacts.groupby("trial")["subject_id"].nunique()
    for measure in ("creatinine", "hemoglobin", "total_cholesterol", "neutrophils"):
        own = labs[(labs["measure"] == measure).to_numpy()]
        share = own.groupby("trial")["subject_id"].nunique().reindex(asked.index).fillna(0) / asked
        large = share[asked > 10]
        assert ((large == 0) | (large > 0.7)).all(), measure
        assert (large == 0).any(), measure


def test_a_trial_writes_a_test_in_one_unit(labs):
    known = labs[(labs["measure"] != "").to_numpy()]
    units = known.groupby(["trial", "measure"], observed=True)["Test_Unit"].nunique(dropna=False)
    assert (units == 1).all()
    labels = known["Test_Unit"].astype("str").replace("IU/L", "U/L")
    number = labels.groupby(known["measure"].astype("str")).nunique()
    assert set(number.index[number > 1]) == {"mean_corpuscular_hemoglobin_concentration"}


def test_units_convert_by_the_catalogue():
    by_measure = {assay.measure: assay for assay in assays("2022") if assay.measure}
    assert unit_of(by_measure["glucose"], 0, "international") == ("mmol/L", 1.0)
    assert unit_of(by_measure["alt"], 0, "international") == ("IU/L", 1.0)
    assert unit_of(by_measure["alt"], 1, "tidy") == ("U/L", 1.0)
    for assay in by_measure.values():
        label, factor = unit_of(assay, 5, "international")
        test = lab_tests()[assay.measure]
        assert factor == test.factors.get(label.lower(), factor)


def test_the_releases_have_their_numbers_of_tests():
    number = {release: len(assays(release)) for release in RELEASES}
    assert number["2016"] < number["2022"] == number["F"]
    aliases = sum(len(test.aliases) for test in lab_tests().values())
    assert abs(number["2016"] + aliases - 1 - 222) <= 5
    assert abs(number["2022"] + aliases - 235) <= 5
    assert len(vocabulary()["rare"]) + len(vocabulary()["since_2022"]) > 90


def test_2016_writes_another_name_for_creatine_kinase():
    assay = next(a for a in assays("2016") if a.measure == "creatine_kinase")
    assert name_in(assay, 0, "2016", tidy=True) == "CK"
    assert name_in(assay, 0, "2022", tidy=True) == "Creatine Kinase"


@pytest.mark.parametrize(("step", "expected"), [(5, 0), (1, 0), (0.5, 1), (0.03, 2)])
def test_decimals_tell_steps_apart(step, expected):
    assert decimals(step) == expected


def test_contacts_are_the_visits_where_the_scale_was_asked(world, contacts):
    assert not contacts.duplicated(["subject_id", "day"]).any()
    asked = world.trials["has_alsfrs"].to_numpy()[contacts["trial"]]
    visits = world.visits[["subject_id", "day"]]
    assert len(contacts[asked].merge(visits)) == asked.sum() == len(visits)
    assert (~asked).any()


def test_spaced_contacts_keep_a_distance():
    rows = pd.DataFrame({"patient": [0, 0, 0, 0, 1, 1], "day": [0, 10, 60, 89, 0, 31]})
    assert spaced(rows, 60).tolist() == [True, False, True, False, True, True]


def test_questionnaires_hold_the_items_of_their_scale(world):
    frame = fill_in(world)
    within(frame, "alsfrs")
    trial = world.patients["trial"].reindex(frame["subject_id"])
    scale = world.trials["scale"].reindex(trial).to_numpy()
    assert frame.loc[scale == "revised", ["Q10_Respiratory", "ALSFRS_Total"]].isna().all(axis=None)
    assert frame.loc[scale == "original", ["R_1_Dyspnea", "ALSFRS_R_Total"]].isna().all(axis=None)
    assert frame.loc[scale == "both", ["Q10_Respiratory", "R_1_Dyspnea"]].notna().all(axis=None)
    cutting = [name for name in frame if name.startswith("Q5")]
    assert (frame[cutting].notna().sum(axis=1) == 1).all()
    items = [name for name in frame if name.startswith("Q")]
    totals = frame.loc[scale == "original", items].sum(axis=1)
    assert (totals == frame.loc[scale == "original", "ALSFRS_Total"]).all()
    tube = frame[cutting[1]].notna()
    assert 0.02 < tube.mean() < 0.4
    assert (tube.groupby(frame["subject_id"]).cummax() == tube).all()  # it stays
