"""Subjects are any text, and one rule joins them across tables."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from alsnb.checks import BadInput
from alsnb.cleaning.release import clean_release
from alsnb.cohort import select_cohort
from alsnb.commands.check import as_json, as_text, check_release
from alsnb.commands.export import write_cohort
from alsnb.features.proact import derive_features
from alsnb.synthetic.damage.small_release import FIRST_ID, small_release, write
from alsnb.tables.proact import schema
from alsnb.tables.proact.reading import read_release
from alsnb.tables.proact.subjects import TEXT_FROM, merged

ALSFRS, LABS, DEATH = "PROACT_ALSFRS.csv", "PROACT_LABS.csv", "PROACT_DEATHDATA.csv"
N = 24


def renamed(text, name):
    """Return a table with other subjects, which stand in the first column."""
    header, *lines = text.splitlines()
    pairs = [line.split(",", 1) for line in lines]
    return "\n".join([header, *(",".join([name(pair[0]), *pair[1:]]) for pair in pairs)]) + "\n"


def renamed_in(files, name, *tables):
    return files | {table: renamed(files[table], name) for table in tables or files}


def read(folder, files):
    return read_release(write(folder, files))


def told(raw, table):
    """Return what is said of a table and what it costs, without what is said of every release."""
    usual = ("is missing", "holds no value")
    of_table = raw.notes[raw.notes["table"] == table]
    return [
        (note, costs)
        for note, costs in zip(of_table["note"], of_table["costs"], strict=True)
        if not note.endswith(usual) and not note.startswith("no row of")
    ]


def with_letter(subject):
    return f"P{subject}" if int(subject) % 3 == 0 else subject


@pytest.fixture(scope="module")
def files():
    return small_release(n_patients=N)


@pytest.fixture(scope="module")
def plain(files, tmp_path_factory):
    return read(tmp_path_factory.mktemp("plain"), files)


def test_whole_numbers_stay_themselves_and_nothing_is_remarked(plain):
    assert plain.names == {}
    assert set(plain.frames["alsfrs"]["subject_id"]) == set(FIRST_ID + 37 * np.arange(N))
    assert not any(told(plain, table) for table in schema.tables())
    assert clean_release(plain).written(pd.Index([3, 4])).tolist() == [3, 4]


@pytest.mark.parametrize(
    "name",
    [
        lambda subject: f"P{subject}",
        lambda subject: f"patient {subject} \u00e9",
        lambda subject: f"-{subject}",
        lambda subject: subject * 5,
        with_letter,
    ],
)
def test_features_and_slopes_do_not_depend_on_how_subjects_are_called(name, files, plain, tmp_path):
    raw = read(tmp_path, renamed_in(files, name))
    assert raw.source.n_patients == N
    results = []
    for tables in (plain, raw):
        clean = clean_release(tables)
        cohort = select_cohort(clean)
        features, _ = derive_features(clean, cohort)
        made = features.assign(slope=cohort.slope)
        results.append((cohort.flow, made.set_index(clean.written(made.index).astype(str))))
    (flow, expected), (flow_found, found) = results
    pd.testing.assert_frame_equal(flow_found, flow)
    expected.index = expected.index.map(name)
    pd.testing.assert_frame_equal(found.sort_index(), expected.sort_index(), check_names=False)


def test_a_table_whose_subjects_are_written_in_another_way_is_remarked(files, tmp_path):
    raw = read(tmp_path, renamed_in(files, lambda subject: f"1{subject}", LABS))
    [(note, costs)] = told(raw, "labs")
    assert "24 of its 24 subjects occur in no other table" in note
    assert costs == "of these subjects: every laboratory test"
    assert not told(raw, "alsfrs")


def test_a_third_of_subjects_written_in_another_way_is_remarked(files, tmp_path):
    raw = read(tmp_path, renamed_in(files, with_letter, ALSFRS))
    [(note, _)] = told(raw, "alsfrs")
    assert "8 of its 24 subjects occur in no other table" in note


def test_two_tables_that_agree_with_each_other_and_not_with_the_rest_are_remarked(files, tmp_path):
    tables = (LABS, "PROACT_VITALSIGNS.csv")
    raw = read(tmp_path, renamed_in(files, lambda subject: f"1{subject}", *tables))
    for table in ("labs", "vitals"):
        [(note, _)] = told(raw, table)
        assert "24 of its 24 subjects have no row in the table alsfrs" in note


def test_a_release_of_few_tables_of_few_patients_is_not_remarked(files, tmp_path):
    raw = read(tmp_path, {name: files[name] for name in (ALSFRS, DEATH)})
    assert not told(raw, "alsfrs")
    assert not told(raw, "death")


def test_rounded_subjects_are_left_out_and_counted(files, tmp_path):
    raw = read(tmp_path, renamed_in(files, lambda subject: f"{float(subject):.2E}", LABS))
    notes = told(raw, "labs")
    assert "1,200 rows whose subject is written like 9.88E+08" in notes[0][0]
    assert notes[0][1] == "every laboratory test"
    with pytest.raises(BadInput, match=r"no row with a subject; they are written like 9\.88E\+08"):
        read(tmp_path, renamed_in(files, lambda subject: f"{float(subject):.2E}", ALSFRS))


def test_a_footer_is_no_subject_even_where_subjects_have_letters(files, tmp_path):
    lettered = renamed_in(files, with_letter)
    for end in ("(24 rows affected)", "Total"):
        footed = {
            name: f"{text}{end}{',' * text.splitlines()[0].count(',')}\n"
            for name, text in lettered.items()
        }
        raw = read(tmp_path / end, footed)
        assert raw.source.n_patients == N
        assert len(raw.names) == 8
        rule = raw.audit[raw.audit["rule"] == "footer or no subject"].set_index("table")
        assert (rule["rows_before"] - rule["rows_after"]).tolist() == [1] * len(rule)


def test_a_choice_of_tables_gives_the_same_numbers_to_subjects(files, tmp_path):
    raw = read(tmp_path, renamed_in(files, with_letter))
    alone = read_release(tmp_path, tables=["alsfrs"])
    pd.testing.assert_frame_equal(alone.frames["alsfrs"], raw.frames["alsfrs"])
    assert alone.names == raw.names


def test_two_texts_never_become_one_patient():
    assert merged([{TEXT_FROM: "a"}, {TEXT_FROM: "a", TEXT_FROM + 1: "b"}])[TEXT_FROM] == "a"
    with pytest.raises(BadInput, match="two identifiers with one"):
        merged([{TEXT_FROM: "a"}, {TEXT_FROM: "b"}])


def test_no_subject_is_shown_and_the_export_writes_them_as_the_files_do(files, tmp_path):
    path = write(tmp_path / "release", renamed_in(files, with_letter))
    raw = read_release(path)
    checkup = check_release(path)
    shown = as_text(checkup) + as_json(checkup) + repr(raw) + repr(clean_release(raw))
    shown += raw._repr_html_() + clean_release(raw)._repr_html_()
    known = set(raw.frames["alsfrs"]["subject_id"])
    assert not any(str(subject) in shown for subject in [*known, *raw.names.values()])
    out = write_cohort(path, tmp_path / "out")
    cohort = pd.read_csv(out / "cohort.csv", dtype={"subject_id": str})["subject_id"].tolist()
    assert sorted(cohort) == sorted(with_letter(str(FIRST_ID + 37 * at)) for at in range(N))
    assert pd.read_parquet(out / "features.parquet")["subject_id"].tolist() == cohort
    with np.load(out / "sequences.npz", allow_pickle=False) as arrays:
        assert arrays["subject_id"].tolist() == cohort
    others = [
        file for file in out.iterdir() if file.name in ("flow.csv", "audit.csv", "README.txt")
    ]
    assert not any(name in file.read_text() for file in others for name in raw.names.values())


# --- files that are cut ------------------------------------------------------------------


@pytest.mark.parametrize("missing", [9, 25, 40])
def test_a_file_that_ends_within_a_record_says_so(missing, files, tmp_path):
    raw = read(tmp_path, files | {LABS: files[LABS][:-missing]})
    [(note, costs)] = told(raw, "labs")
    assert note == "the file ends within a record, so it was cut"
    assert costs == "of what is cut off: every laboratory test"


def test_a_file_cut_in_its_last_cell_differs_from_the_others_in_its_end(files, tmp_path):
    raw = read(tmp_path, files | {LABS: files[LABS][:-2]})
    [(note, costs)] = told(raw, "labs")
    assert "no line end after its last record" in note
    assert costs == "nothing"
    bare = read(tmp_path / "bare", {name: text.rstrip() for name, text in files.items()})
    assert not any(told(bare, table) for table in schema.tables())


def test_a_footer_is_no_cut_record(files, tmp_path):
    for at, end in enumerate(("(24 rows affected)\n", "\n\n", "Completion time: 12:30")):
        raw = read(tmp_path / f"{at}", {name: t + end for name, t in files.items()})
        assert not any("cut" in note for note, _ in told(raw, "labs"))


def test_a_table_without_the_last_subjects_is_remarked_unless_rows_are_in_another_order(
    files, tmp_path
):
    header, *lines = files[ALSFRS].splitlines()
    raw = read(tmp_path, files | {ALSFRS: "\n".join([header, *lines[:120]]) + "\n"})
    [(note, _)] = told(raw, "alsfrs")
    assert "12 of the 24 subjects of the table fvc come after the last one" in note
    mixed = np.random.default_rng(1).permutation(lines[:120])
    raw = read(tmp_path, files | {ALSFRS: "\n".join([header, *mixed]) + "\n"})
    assert not any("come after" in note for note, _ in told(raw, "alsfrs"))


def test_a_sparse_table_is_not_taken_to_be_cut(files, tmp_path):
    subjects = [str(FIRST_ID + 37 * at) for at in (0, 3, 4, 9, 20)]
    rows = "".join(f"{subject},Yes,700\n" for subject in subjects)
    raw = read(tmp_path, files | {DEATH: f"subject_id,Subject_Died,Death_Days\n{rows}"})
    assert not told(raw, "death")


def test_frames_hold_numbers_whatever_the_files_hold(files, tmp_path):
    raw = read(tmp_path, renamed_in(files, with_letter))
    for frame in raw.frames.values():
        assert frame["subject_id"].dtype == np.int64
    again = replace(clean_release(raw), audit=raw.audit)
    assert again.names == raw.names
