"""The files of a simulated release: which there are, what they look like, what lies behind."""

import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import yaml

from alsnb.checks import BadInput
from alsnb.synthetic.draw import draw_world
from alsnb.synthetic.files import MARKER, write_table
from alsnb.synthetic.parameters import read_parameters
from alsnb.synthetic.write import write_release
from alsnb.tables.proact.schema import RELEASES, tables, tables_of

N_FILES = {"2016": 13, "2022": 16, "F": 17}


def make_world(seed, release="F"):
    parameters = read_parameters().altered(oracle_futures=10)
    return draw_world(300, release=release, seed=seed, parameters=parameters)


@pytest.fixture(scope="module")
def world():
    return make_world(4)


@pytest.fixture(scope="module")
def written(world, tmp_path_factory):
    """Return the folder of each release, and that of the truth behind F."""
    top = tmp_path_factory.mktemp("releases")
    for release in RELEASES:
        truth = top / "truth" if release == "F" else None
        own = world if release == "F" else make_world(4, release)
        write_release(own, top / release, truth=truth)
    return top


def test_a_release_has_exactly_its_files(written):
    for release in RELEASES:
        names = {path.name for path in (written / release).iterdir()}
        expected = {table.files[release] for table in tables_of(release).values()}
        assert names == expected | {MARKER}
        assert len(expected) == N_FILES[release]


def test_the_usual_reader_parses_every_file(written):
    for release in RELEASES:
        for table in tables_of(release).values():
            name = table.files[release]
            frame = pd.read_csv(written / release / name, low_memory=False)
            assert len(frame) > 0
            assert frame.columns[0] == "subject_id"
            assert frame["subject_id"].dtype == np.int64


def test_the_marker_says_in_two_sentences_that_nobody_stands_behind_it(written):
    text = (written / "2022" / MARKER).read_text()
    assert text.count(".") == 2
    assert "simulated" in text


def test_tests_are_spelled_in_the_way_of_the_release(written):
    names = {
        release: set(pd.read_csv(written / release / file, usecols=["Test_Name"])["Test_Name"])
        for release, file in (("2016", "Labs.csv"), ("2022", "PROACT_LABS.csv"))
    }
    assert "CK" in names["2016"]
    assert "CK" not in names["2022"]
    assert "Creatine Kinase" in names["2022"]
    assert {"White Blood Cell (WBC)", "White Blood Cells (WBC)"} <= names["2022"]
    folded = {name.lower() for name in names["2016"]}
    assert len(folded) < len(names["2016"])
    assert len({name.lower() for name in names["2022"]}) == len(names["2022"])


def test_same_world_same_bytes(world, written, tmp_path):
    write_release(make_world(4), tmp_path / "F", release="F", truth=tmp_path / "truth")
    for folder in ("F", "truth"):
        for path in sorted((written / folder).iterdir()):
            assert (tmp_path / folder / path.name).read_bytes() == path.read_bytes(), path.name


def test_another_seed_gives_other_files(tmp_path, written):
    write_release(make_world(5, "2022"), tmp_path / "a")
    one, other = (top / "PROACT_ALSFRS.csv" for top in (tmp_path / "a", written / "2022"))
    assert one.read_bytes() != other.read_bytes()


def test_numbers_of_f_have_seven_digits_and_the_truth_knows_them(world, written):
    patients = pd.read_csv(written / "truth" / "patients.csv")
    assert patients["subject_id"].between(1_000_000, 9_999_999).all()
    assert patients["subject_id"].is_unique
    assert set(patients["world_id"]) == set(world.patients.index)
    death = pd.read_csv(written / "F" / "F_PROACT_DEATHDATA.csv")
    assert death["subject_id"].isin(patients["subject_id"]).all()


def test_the_truth_holds_traits_slopes_visits_and_settings(world, written):
    truth = written / "truth"
    patients = pd.read_csv(truth / "patients.csv").set_index("world_id")
    age = world.patients["age_years"].reindex(patients.index)
    np.testing.assert_allclose(patients["age_years"], age)
    assert patients["slope_paper"].notna().sum() == patients["oracle_paper"].notna().sum() > 20
    assert patients["slope_challenge"].notna().sum() > patients["slope_paper"].notna().sum()
    assert len(pd.read_csv(truth / "trials.csv")) == len(world.trials)
    visits = pd.read_parquet(truth / "visits.parquet")
    assert len(visits) == len(world.visits)
    assert set(visits["subject_id"]) <= set(patients["subject_id"])
    course = pd.read_parquet(truth / "course.parquet")
    first = course[course["month"] == 0].set_index("subject_id")["lost_bulbar"]
    expected = patients.set_index("subject_id")["lost_bulbar"]
    np.testing.assert_allclose(first.reindex(expected.index), expected, rtol=1e-5)
    facts = yaml.safe_load((truth / "parameters.yaml").read_text())
    assert facts["seed"] == 4
    assert facts["release"] == "F"
    assert facts["parameters"] == dict(world.parameters)


def test_a_simulated_release_is_replaced_by_another(world, tmp_path):
    small = draw_world(30, seed=1)
    write_release(small, tmp_path, release="2016")
    write_release(small, tmp_path, tidy=True)
    expected = {table.files["2022"] for table in tables_of("2022").values()}
    assert {path.name for path in tmp_path.iterdir()} == expected | {MARKER}


def test_a_folder_with_other_files_is_left_alone(tmp_path):
    (tmp_path / "PROACT_ALSFRS.csv").write_text("subject_id\n1\n")
    with pytest.raises(BadInput, match="nothing was written"):
        write_release(draw_world(30), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["PROACT_ALSFRS.csv"]


def test_the_truth_may_not_lie_beside_the_tables(tmp_path):
    for truth in (tmp_path / "a", tmp_path / "a" / "truth"):
        with pytest.raises(BadInput, match="outside"):
            write_release(draw_world(30), tmp_path / "a", truth=truth)
    with pytest.raises(BadInput, match="2022"):
        write_release(draw_world(30), tmp_path / "a", release="2019")


def test_a_cell_with_comma_quote_or_line_end_is_quoted(tmp_path):
    texts = {"a": ["1,5", None, 'say "x"'], "b": ["", "two\nlines", "z"]}
    cells = pa.table({name: pa.array(column) for name, column in texts.items()})
    write_table(cells, ["a", "b"], tmp_path / "t.csv")
    text = (tmp_path / "t.csv").read_text()
    back = pd.read_csv(io.StringIO(text), keep_default_na=False)
    assert back.to_dict("list") == {"a": ["1,5", "", 'say "x"'], "b": ["", "two\nlines", "z"]}


def test_every_table_of_the_schema_is_written_for_some_release():
    made = {name for release in RELEASES for name in tables_of(release)}
    assert made == set(tables())
