"""The files of the twin have the headers, order, types and spellings of the real ones."""

import re

import pandas as pd
import pytest

from alsnb.synthetic.draw import draw_world
from alsnb.synthetic.properties import (
    CONFIDENCE,
    describe_absent,
    describe_properties,
    file_columns,
    most_cases,
    subjects_of,
)
from alsnb.synthetic.write import write_release
from alsnb.tables.proact.schema import RELEASES, normalise, tables, tables_of

pytestmark = pytest.mark.slow

N_PATIENTS = 1100
"""Enough for every spelling that is not rare."""

KINDS = [("2016", False), ("2022", False), ("F", False), ("2022", True)]
"""Releases, with the mess and without."""

FEW = 5
"""Of so many spellings every one is in the twin; of more, most."""


@pytest.fixture(scope="module")
def frames(tmp_path_factory):
    """Return every file of every release as pandas reads it, by release, tidiness and table."""
    found = {}
    for release, tidy in KINDS:
        folder = tmp_path_factory.mktemp("files")
        write_release(draw_world(N_PATIENTS, release=release, seed=4), folder, tidy=tidy)
        for name, table in tables_of(release).items():
            path = folder / table.files[release]
            found[release, tidy, name] = pd.read_csv(path, low_memory=False)
    return found


@pytest.fixture(params=KINDS, ids=lambda kind: f"{kind[0]}{'-tidy' * kind[1]}")
def release(request, frames):
    """Return the name of a release, whether it is tidy, and its files by table."""
    name, tidy = request.param
    return name, tidy, {key[2]: f for key, f in frames.items() if key[:2] == request.param}


def type_of(column):
    return str(column.dtype) if pd.api.types.is_numeric_dtype(column) else "text"


def test_headers_and_their_order(release):
    name, _, files = release
    for table, frame in files.items():
        assert list(frame) == [column.name for column in file_columns(table, name)]


def test_types_as_pandas_infers_them(release):
    name, tidy, files = release
    for table, frame in files.items():
        for column in file_columns(table, name):
            # a tidy column has no gap and no fraction, so it may hold whole numbers only
            allowed = {column.dtype} | ({"int64"} if tidy and column.dtype == "float64" else set())
            if not column.rare:
                assert type_of(frame[column.name]) in allowed, (table, column.name)


def test_columns_that_are_ever_filled(release):
    name, _, files = release
    for table, frame in files.items():
        for column in file_columns(table, name):
            if not column.rare:
                assert frame[column.name].notna().any() == column.filled, (table, column.name)


def test_distinct_spellings(release):
    name, tidy, files = release
    for table, frame in files.items():
        for column in file_columns(table, name):
            found = set(frame[column.name].dropna().unique())
            if not column.values:
                continue
            assert found <= set(column.values), (table, column.name)
            missing = set(column.values) - found
            if not tidy and not column.rare:
                few = len(column.values) <= FEW
                assert len(missing) <= (0 if few else len(column.values) // 3), (table, missing)


@pytest.mark.parametrize(("release_name", "count"), [("2016", 10_723), ("2022", 11_675)])
def test_as_many_subjects_as_the_real_release(release_name, count):
    world = draw_world(release=release_name)
    assert len(world.patients) == subjects_of(release_name) == count
    assert (world.trials["n_patients"] > 0).sum() == {"2016": 20, "2022": 23}[release_name]


# --- what strangers' programs stumbled over, one by one ------------------------------------


def test_1_the_normal_volume_is_spelled_in_lower_case_in_forced_capacity_only(frames):
    for name in RELEASES:
        small = "subject_normal" if name != "2016" else "Subject_Normal"
        assert small in frames[name, False, "fvc"]
        assert "Subject_Normal" in frames[name, False, "svc"]
        assert "subject_normal" not in frames[name, False, "svc"]


def test_2_and_7_litres_and_pressures_are_numbers(release):
    _, _, files = release
    for table, columns in (
        ("fvc", [c for c in files["fvc"] if c.startswith("Subject_Liters")]),
        ("svc", [c for c in files["svc"] if c.startswith("Subject_Liters")]),
        ("vitals", ["Blood_Pressure_Systolic", "Blood_Pressure_Diastolic"]),
    ):
        assert files[table][columns].mean(axis=1).notna().mean() > 0.5


def test_3_and_4_family_history_has_the_columns_and_the_order_of_the_real_one(release):
    _, _, files = release
    family = files["family"]
    filled = set(family.columns[family.notna().any()])
    needed = "Grandfather Grandfather__Paternal_ Grandmother__Maternal_ Grandmother__Paternal_"
    needed += " Aunt__Paternal_ Uncle__Maternal_ Nephew Niece Daughter Sister"
    assert set(needed.split()) | {"Neurological_Disease_Other"} <= filled
    assert not {"Sibling", "Volunteer", "Other", "Cousin__Maternal_"} & filled
    assert list(family.columns[32:36]) == [
        *("Family_Hx_of_Neuro_Disease_Other", "Neurological_Disease"),
        *("Neurological_Disease_Other", "Son"),
    ]
    # a public script takes relatives by their places
    by_place = [*range(6, 10), *range(12, 21), 23, *range(29, 32), *range(35, 39)]
    assert all(pd.api.types.is_numeric_dtype(family.iloc[:, place]) for place in by_place)


def test_5_muscle_strength_has_three_trials_on_both_sides(frames):
    for name in ("2022", "F"):
        strength = frames[name, False, "strength"]
        assert set(zip(strength["Test_trial"], strength["Test_Laterality"], strict=True)) == {
            (trial, side) for trial in (1, 2, 3) for side in ("Left", "Right")
        }


def test_6_and_9_and_12_one_row_per_subject_but_for_one_death(release):
    _, tidy, files = release
    for table in ("demographics", "riluzole", "treatment", "death"):
        assert pd.api.types.is_integer_dtype(files[table]["subject_id"])
        repeated = files[table]["subject_id"].duplicated().sum()
        assert repeated == (table == "death" and not tidy), table
    assert set(files["demographics"]["Sex"].dropna()) == {"Female", "Male"}


def test_8_the_onset_is_written_in_five_ways(release):
    _, _, files = release
    texts = files["history"]["Site_of_Onset"].dropna()
    assert texts.nunique() == 5
    assert 0 < (texts == "Onset: Spine").mean() < 0.1


def test_10_no_diagnosis_comes_more_than_ten_years_after_the_onset(release):
    _, _, files = release
    days = files["history"].groupby("subject_id")[["Onset_Delta", "Diagnosis_Delta"]].first()
    assert ((days["Diagnosis_Delta"] - days["Onset_Delta"]) / 30.4375).max() <= 120


def test_11_first_questionnaires_are_there_once(release):
    _, _, files = release
    visits = files["alsfrs"].dropna(subset=["ALSFRS_Delta"])
    first = visits.groupby("subject_id")["ALSFRS_Delta"].transform("min")
    assert not visits[visits["ALSFRS_Delta"] == first].duplicated(["subject_id"]).any()


def test_13_flags_of_race_are_one_or_blank(release):
    _, _, files = release
    flags = files["demographics"].filter(regex="^Race_(?!Other_Specify)")
    assert (flags.isna() | (flags == 1)).all(axis=None)


def test_14_one_label_for_every_unit_of_the_vital_signs(release):
    _, tidy, files = release
    columns = files["vitals"].filter(regex="_Units$")
    labels = {name: set(columns[name].dropna()) for name in columns}
    assert labels["Height_Units"] == {"Centimeters"} | ({"Inches"} if not tidy else set())
    assert labels["Weight_Units"] == {"Kilograms"} | ({"Pounds"} if not tidy else set())
    assert all(len(labels[name]) == 1 for name in labels if "eight" not in name)


# --- the list of properties ----------------------------------------------------------------


def test_every_property_has_a_source_and_a_confidence():
    properties, absent = describe_properties(), describe_absent()
    assert set(properties["confidence"]) | set(absent["confidence"]) <= set(CONFIDENCE)
    assert properties["source"].str.len().min() > 10
    assert properties["confidence"].isin(["A", "B"]).mean() > 0.5
    assert set(properties["release"]) == set(RELEASES)


def test_the_columns_are_those_that_the_reader_knows():
    for name in RELEASES:
        for key, table in tables_of(name).items():
            written = {normalise(column.name) for column in file_columns(key, name)}
            assert written == {column.key for column in table.columns}, key


def test_how_many_cases_of_a_defect_there_are_at_most():
    assert most_cases("death", "another row of the subject", "2016") == 1
    assert most_cases("alsfrs", "exact copy", "2016") is None


def test_what_is_absent_names_a_table_and_where_it_was_seen():
    absent = describe_absent()
    assert set(absent["table"]) <= set(tables())
    assert all(re.search(r"20\d\d|programs", seen) for seen in absent["seen"])
