import numpy as np
import pandas as pd
import pytest
from proact_builder import draw_clean, make_clean, visit

from alsnb.checks import BadInput
from alsnb.cleaning.settings import CleaningSettings
from alsnb.cohort import select_cohort
from alsnb.commands import export as proact_export
from alsnb.commands.export import FILES, write_cohort
from alsnb.features.proact import derive_features
from alsnb.features.sequences import make_sequences
from alsnb.features.summaries import FeatureSettings
from alsnb.outcomes import SlopeSettings
from alsnb.study.losses.terms import LOSSES
from alsnb.study.proact import Reading


@pytest.fixture(autouse=True)
def release(monkeypatch):
    """Let every path lead to the same clean tables; returns them."""
    clean = draw_clean(5, 120)
    pretend_to_read(monkeypatch, clean)
    return clean


def pretend_to_read(monkeypatch, clean):
    nothing = pd.DataFrame()
    losses = pd.DataFrame(columns=list(LOSSES))
    found = {"counts": nothing, "notes": nothing, "failures": nothing, "losses": losses}
    reading = Reading(release="2022", **found)
    monkeypatch.setattr(proact_export, "read_and_clean", lambda path, **how: (reading, clean))


def export(tmp_path, **settings):
    return write_cohort("release", tmp_path / "cohort", **settings)


def contents(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_every_file_that_is_promised_is_there(tmp_path):
    folder = export(tmp_path)
    assert {file.name for file in folder.iterdir()} == set(FILES)
    assert list(tmp_path.iterdir()) == [folder]


def test_the_patients_of_both_rules_are_listed(tmp_path, release):
    table = pd.read_csv(export(tmp_path) / "cohort.csv", index_col="subject_id")
    for rule, column in (("paper", "slope"), ("challenge", "slope_challenge")):
        patients = select_cohort(release, SlopeSettings(rule=rule)).patients
        known = table[table[column].notna()]
        assert list(known.index) == list(patients.index)
        np.testing.assert_allclose(known[column], patients["slope"], rtol=1e-9)
        end = "t2_month" if rule == "paper" else "t2_month_challenge"
        np.testing.assert_allclose(known[end], patients["t2_month"], rtol=1e-9)
        np.testing.assert_array_equal(known["time_zero_day"], patients["time_zero_day"])
    assert table["in_paper_cohort"].tolist() == table["slope"].notna().tolist()
    assert 0 < table["in_paper_cohort"].sum() < len(table)


def test_features_and_catalogue_belong_together(tmp_path, release):
    folder = export(tmp_path)
    features = pd.read_parquet(folder / "features.parquet")
    catalogue = pd.read_csv(folder / "catalogue.csv")
    patients = pd.read_csv(folder / "cohort.csv")
    assert list(features) == ["subject_id", *catalogue["name"]]
    assert features["subject_id"].tolist() == patients["subject_id"].tolist()
    expected, paper = derive_features(release, select_cohort(release))
    ours = features.set_index("subject_id").loc[expected.index]
    pd.testing.assert_frame_equal(ours, expected)
    np.testing.assert_allclose(catalogue["missing"], paper["missing"], rtol=1e-9)
    assert catalogue["kept"].tolist() == paper["kept"].tolist()


def test_sequences_load_without_running_anything(tmp_path, release):
    with np.load(export(tmp_path) / "sequences.npz", allow_pickle=False) as arrays:
        found = {name: arrays[name] for name in arrays}
    expected = make_sequences(release, select_cohort(release, SlopeSettings(rule="challenge")))
    assert set(found) == {"subject_id", "values", "mask", "names"}
    for name in found:
        np.testing.assert_array_equal(found[name], getattr(expected, name))


def test_the_flow_of_both_rules_adds_up(tmp_path):
    flow = pd.read_csv(export(tmp_path) / "flow.csv")
    assert list(flow) == ["rule", "step", "excluded", "remaining"]
    for _, steps in flow.groupby("rule"):
        left = steps["remaining"].shift() - steps["excluded"]
        assert (steps["remaining"] == left)[1:].all()


def test_the_readme_names_files_release_and_settings(tmp_path):
    slope = SlopeSettings(window_months=2.5)
    folder = export(
        tmp_path,
        slope=slope,
        cleaning=CleaningSettings(both_cuttings="5b"),
        features=FeatureSettings(from_screening=True),
    )
    text = (folder / "README.txt").read_text()
    assert all(name in text for name in FILES)
    for fact in (
        "Release 2022, 120 subjects",
        "slope.window_months = 2.5",
        "cleaning.both_cuttings = 5b",
        "features.from_screening = True",
    ):
        assert fact in text
    assert "slope.rule" not in text
    assert str(tmp_path) not in text


def test_the_same_release_gives_the_same_bytes(tmp_path):
    first = contents(export(tmp_path))
    assert contents(write_cohort("release", tmp_path / "again")) == first


def test_an_earlier_export_is_replaced_and_nothing_lies_about(tmp_path):
    folder = export(tmp_path)
    (folder / "flow.csv").write_text("old")
    assert export(tmp_path) == folder
    assert (folder / "flow.csv").read_text() != "old"
    assert list(tmp_path.iterdir()) == [folder]


def test_an_empty_folder_and_missing_parents_are_no_obstacle(tmp_path):
    (tmp_path / "cohort").mkdir()
    assert (export(tmp_path) / "cohort.csv").is_file()
    assert (write_cohort("release", tmp_path / "a" / "b") / "cohort.csv").is_file()


@pytest.mark.parametrize("spoil", ["notes.txt", "cohort.csv"])
def test_a_folder_with_other_files_is_left_alone(tmp_path, spoil):
    (tmp_path / "cohort").mkdir()
    (tmp_path / "cohort" / spoil).write_text("mine")
    with pytest.raises(BadInput, match="nothing was touched"):
        export(tmp_path)
    assert contents(tmp_path / "cohort") == {spoil: b"mine"}


def test_an_export_to_which_somebody_added_a_file_is_left_alone(tmp_path):
    folder = export(tmp_path)
    (folder / "my_analysis.R").write_text("mine")
    with pytest.raises(BadInput, match="other files"):
        export(tmp_path)
    assert (folder / "my_analysis.R").read_text() == "mine"


def test_a_file_in_the_place_of_the_folder_is_left_alone(tmp_path):
    (tmp_path / "cohort").write_text("mine")
    with pytest.raises(BadInput, match="nothing was touched"):
        export(tmp_path)
    with pytest.raises(BadInput, match="a folder that can be written"):
        write_cohort("release", tmp_path / "cohort" / "below")


def test_a_failure_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(proact_export.np, "savez_compressed", full)
    with pytest.raises(BadInput, match="disk without room"):
        export(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_release_in_which_nobody_has_a_slope_is_refused(tmp_path, monkeypatch):
    pretend_to_read(monkeypatch, make_clean(alsfrs=[visit(1, 0), visit(1, 60)]))
    with pytest.raises(BadInput, match="nobody with a visit after 3 months"):
        export(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_release_with_patients_of_the_challenge_alone_is_written(tmp_path, monkeypatch):
    rows = [visit(1, 0), visit(1, 120), visit(1, 200)]
    pretend_to_read(monkeypatch, make_clean(alsfrs=rows))
    folder = export(tmp_path)
    patient = pd.read_csv(folder / "cohort.csv").iloc[0]
    assert not patient["in_paper_cohort"]
    assert np.isnan(patient["slope"])
    assert not pd.read_csv(folder / "catalogue.csv")["kept"].any()
