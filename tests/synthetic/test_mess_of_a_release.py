"""The defects of a simulated release: that they are there, where the truth says, and curable."""

import numpy as np
import pandas as pd
import pytest

from alsnb.cleaning.release import clean_release
from alsnb.synthetic.draw import draw_world
from alsnb.synthetic.mess_tables import defects_of
from alsnb.synthetic.parameters import read_parameters
from alsnb.synthetic.properties import most_cases
from alsnb.synthetic.write import write_release
from alsnb.tables.proact.reading import read_release
from alsnb.tables.proact.schema import tables_of

N_PATIENTS = 300

RELEASE = "2016"
"""The release that has every kind of defect."""

# What cleaning must make of the cell: its column in the clean table, and how near to the right
# value it must come, which the rounding of the other unit allows for.
RECOVERED = {
    ("alsfrs", "stored total out of range"): ("total", 0),
    ("alsfrs", "total differs from its items"): ("total", 0),
    ("fvc", "litres are percent"): ("litres", 0.04),
    ("fvc", "unit says percent"): ("litres", 0.04),
    ("vitals", "pounds without a label"): ("weight", 0.06),
    ("vitals", "Fahrenheit"): ("temperature", 0.06),
    ("labs", "comma of thousands"): ("value", 0.001),
    ("labs", "hematocrit as a fraction"): ("value", 0.001),
    ("labs", "potassium above 20"): ("value", 0.001),
    ("labs", "calcium above 5"): ("value", 0.001),
    ("labs", "red cells of wrong magnitude"): ("value", 0.001),
    ("labs", "white cells over 1000"): ("value", 0.001),
    ("labs", "platelets over 1000"): ("value", 0.001),
    ("labs", "platelets near 0.2"): ("value", 0.001),
}
RIGHT_COLUMN = {
    "total": "ALSFRS_Total",
    "litres": "Subject_Liters_Trial_1",
    "weight": "Weight",
    "temperature": "Temperature",
    "value": "Test_Result",
}
GONE = {
    ("alsfrs", "exact copy"),
    ("alsfrs", "same day, other answers"),
    ("alsfrs", "day missing"),
    ("fvc", "exact copy"),
    ("fvc", "same day, another value"),
    ("vitals", "exact copy"),
    ("vitals", "same day, another row"),
    ("labs", "exact copy"),
    ("labs", "red cells of 500"),
    ("labs", "protein without a unit"),
    ("labs", "albumin in percent"),
    ("labs", "dash instead of a result"),
    ("labs", "zero glucose or creatinine"),
    ("death", "another row of the subject"),
}


def make_world(seed=2, **changes):
    parameters = read_parameters().altered(oracle_futures=2, **changes)
    return draw_world(N_PATIENTS, release=RELEASE, seed=seed, parameters=parameters)


def table_of(file):
    return next(name for name, t in tables_of(RELEASE).items() if t.files[RELEASE] == file)


def read_defects(folder):
    return pd.read_csv(folder / "defects.csv", dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Return the folder of a release with its mess, and that of its truth."""
    top = tmp_path_factory.mktemp("messy")
    write_release(make_world(), top / "release", truth=top / "truth")
    return top / "release", top / "truth"


@pytest.fixture(scope="module")
def defects(folders):
    found = read_defects(folders[1]).astype({"row": int})
    return found.assign(table=found["file"].map(table_of))


@pytest.fixture(scope="module")
def clean(folders):
    return clean_release(read_release(folders[0]))


def test_every_kind_of_defect_occurs_in_a_small_release(defects):
    seen = set(zip(defects["table"], defects["kind"], strict=True))
    every = {(table, d.kind) for table in tables_of(RELEASE) for d in defects_of(table)}
    assert seen == {(table, kind) for table, kind in every if most_cases(table, kind, RELEASE) != 0}


def test_defects_are_where_the_truth_says(folders, defects):
    for file, own in defects.groupby("file"):
        cells = pd.read_csv(folders[0] / file, dtype=str, keep_default_na=False)
        found = [cells[d.column].iloc[d.row - 1] for d in own.itertuples()]
        np.testing.assert_array_equal(found, own["written"].to_numpy(dtype=object))


def test_no_cell_is_listed_twice(defects):
    assert not defects.duplicated(["file", "row", "column"]).any()


def test_written_and_right_differ(defects):
    assert (defects["written"] != defects["right"]).all()


@pytest.mark.parametrize(("table", "kind"), sorted(RECOVERED))
def test_cleaning_recovers_what_is_right(clean, defects, table, kind):
    column, tolerance = RECOVERED[table, kind]
    own = defects[(defects["table"] == table) & (defects["kind"] == kind)]
    own = own[own["column"] == RIGHT_COLUMN[column]].set_index("row")
    frame = clean.frames[table].set_index("row")
    value = frame[column].reindex(own.index).dropna()
    # The rest goes with patients' last rows, or has no predicted volume to come back by.
    assert len(value) >= 0.6 * len(own) > 0
    right = pd.to_numeric(own["right"]).reindex(value.index)
    # One of three attempts was changed beside the others, of which cleaning takes the largest.
    off = (value - right).abs() if column != "litres" else (right - value).clip(lower=0)
    assert (off <= tolerance + 1e-9 * right.abs()).all()


@pytest.mark.parametrize(("table", "kind"), sorted(GONE))
def test_cleaning_drops_rows_that_should_not_exist(clean, defects, table, kind):
    own = defects[(defects["table"] == table) & (defects["kind"] == kind)]
    assert not clean.frames[table]["row"].isin(own["row"]).any()


def test_cleaning_of_a_messy_release_comes_near_the_tidy_one(clean, tmp_path):
    write_release(make_world(), tmp_path / "tidy", tidy=True)
    tidy = clean_release(read_release(tmp_path / "tidy")).frames
    for table, columns in {
        "alsfrs": ["total", "speech"],
        "fvc": ["litres"],
        "vitals": ["systolic", "pulse"],
    }.items():
        key = ["subject_id", "day"]
        both = tidy[table].merge(clean.frames[table], on=key, suffixes=("", "_messy"))
        assert len(both) > 0.9 * len(tidy[table])
        for column in columns:
            same = np.isclose(both[column], both[f"{column}_messy"], atol=0.02, equal_nan=True)
            assert same.mean() > 0.98


def test_a_tidy_release_has_no_defect(tmp_path):
    write_release(make_world(), tmp_path / "a", tidy=True, truth=tmp_path / "truth")
    assert read_defects(tmp_path / "truth").empty
    raw = read_release(tmp_path / "a")
    assert raw.failures.empty
    audit = clean_release(raw).audit
    touched = audit[(audit["rows_before"] > audit["rows_after"]) | (audit["values_changed"] > 0)]
    touched = set(zip(touched["table"], touched["rule"], strict=True))
    assert not touched & {*RECOVERED, *GONE}


def test_the_mess_can_be_turned_off_and_up(tmp_path):
    write_release(make_world(mess_factor=0.0), tmp_path / "none", truth=tmp_path / "t0")
    assert read_defects(tmp_path / "t0").empty
    changes = {"mess_floor": 0, "mess_alsfrs_fractional_item": 0.5}
    write_release(make_world(**changes), tmp_path / "much", truth=tmp_path / "t1")
    many = read_defects(tmp_path / "t1")
    visits = pd.read_csv(tmp_path / "much" / tables_of(RELEASE)["alsfrs"].files[RELEASE])
    assert (many["kind"] == "fractional item").sum() > 0.45 * len(visits)
