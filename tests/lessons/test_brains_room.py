import numpy as np
import pandas as pd
import pytest

from alsnb.imaging.release import ImagingRelease
from alsnb.lessons.brains import figures, study, tables


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("ALSNB_STORE", str(tmp_path_factory.mktemp("store")))
        yield study.open_study("", n_people=60, seed=5)


def test_all_numbers_of_a_person_are_counted_once(release):
    files = study.describe_files(release).set_index("kind")["n_numbers"]
    assert files["area"] == files["volume"] == 68
    assert files["thickness"] == 70  # with the mean of either side
    assert files["connections"] == 68 * 67 / 2
    shapes = files.drop(["clinical", "connections"])
    assert shapes.sum() == release.morphology.shape[1]
    assert (study.describe_files(release)["n_lacking"] == 0).all()


def test_all_dialects_give_the_same_connectomes():
    dialects = study.compare_dialects(seed=2, n_people=2).set_index("dialect")
    assert (dialects["gap"] == 0).all()
    assert dialects["n_mirrored"].to_dict() == {"mrtrix": 4, "fsl": 0, "plain": 0}
    assert dialects["n_averaged"].to_dict() == {"mrtrix": 0, "fsl": 4, "plain": 0}


def test_the_example_is_mirrored_and_its_diagonal_set_aside():
    written, read = study.settle_example()
    assert not np.diag(read).any()
    pd.testing.assert_frame_equal(read, read.T)
    assert read.loc["insula", "postcentral"] == written.loc["postcentral", "insula"]


def test_each_fault_leaves_one_person_out():
    spoilt = study.read_spoilt(seed=2)
    faults = study.count_treatments(spoilt)
    left = faults[faults["left_out"]]
    assert len(left) == len(study.FAULTS)
    assert (left["n_subjects"] == 1).all()
    assert study.balance(spoilt) == {"n_found": 20, "n_studied": 14, "n_left": 6}
    assert "left out" in set(tables.show_treatments(faults)["Consequence"])


def test_the_motor_strip_is_thinnest_in_simulated_patients(release):
    effects = study.compare_thickness(release)
    assert set(effects.index) == set(figures.drawn_regions())
    motor = effects[effects.index.str.contains("precentral|paracentral")]
    assert motor.mean() < effects.drop(motor.index).mean() - 0.3
    words = figures.describe_effects(effects)
    assert "below zero: thinner" in words


def test_nothing_is_said_of_groups_of_a_few(release):
    few = vars(release) | {"clinical": release.clinical.assign(group="als")}
    effects = study.compare_thickness(ImagingRelease(**few))
    assert effects.isna().all()
    assert "too few" in figures.describe_effects(effects)
    elsewhere = pd.Series([0.5], ["G_precentral"])
    assert "not those of Desikan" in figures.describe_effects(elsewhere)


def test_the_disease_expands_and_does_not_deepen():
    disease = study.follow_disease(study.draw_same(60, seed=5))
    first, *_, last = study.MONTHS
    assert (disease.regions[last] >= disease.regions[first]).all()
    assert disease.edges[last].mean() > disease.edges[first].mean()
    assert disease.loss[last] == pytest.approx(disease.loss[first])
    assert disease.regions[first].idxmax().endswith("precentral")
    assert len(disease.edges) > 300
    assert "At the scan" in figures.describe_connections(disease)


def test_of_people_who_are_real_no_disease_is_drawn():
    for describe in (figures.describe_reached, figures.describe_connections):
        assert describe(None) == figures.UNKNOWN


def test_what_lies_outside_its_tolerance_is_named():
    frame = pd.DataFrame(
        {
            "quantity": ["a", "b"],
            "group": ["connections", "survival"],
            "low": [0.0, 1.0],
            "high": [2.0, 3.0],
            "twin": [1.5, 3.5],
            "within": [True, False],
        }
    )
    words = figures.describe_misses(frame)
    assert "1 lie within one" in words
    assert "Outside: b at 1.5" in words
    summary = study.summarise_fidelity(frame).set_index("group")
    assert summary.loc["connections", "n_within"] == 1
    assert summary.loc["survival", "n_within"] == 0


def test_more_error_means_less_agreement_between_scans():
    agreed = [study.compare_retest(80, scale, seed=1).median() for scale in (0.0, 1.0, 2.0)]
    assert agreed[0] == pytest.approx(1.0)
    assert agreed[0] > agreed[1] > agreed[2]
