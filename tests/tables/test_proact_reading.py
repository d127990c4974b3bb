import csv
import io
import re
import zipfile

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from alsnb.checks import BadInput
from alsnb.cleaning.release import clean_release
from alsnb.tables.proact import schema
from alsnb.tables.proact.content import understand
from alsnb.tables.proact.costs import COSTS, cost_of_column, cost_of_table
from alsnb.tables.proact.reading import AUDIT, read_release
from alsnb.tables.proact.splitting import Cells, split

ALSFRS = "subject_id,Q1_Speech,ALSFRS_Delta,ALSFRS_Total\n"
LABS = "subject_id,Test_Name,Test_Result,Test_Unit,Laboratory_Delta\n"


def release(folder, **texts):
    """Write a 2022 release of a few tables given as text."""
    texts = {"alsfrs": ALSFRS + "11,4,0,40\n"} | texts
    for name, text in texts.items():
        content = text if isinstance(text, bytes) else text.encode()
        (folder / schema.tables()[name].files["2022"]).write_bytes(content)
    return folder


def parse(text, width=2, separator=","):
    import pyarrow as pa

    header = separator.join(["subject_id", *[f"c{place}" for place in range(1, width)]])
    content = pa.py_buffer((header + "\n").encode() + text)
    return split(understand(content, "alsfrs", "file.csv"), [0, width - 1], "file.csv")


def cells_of(records, place):
    cells = records.columns[place]
    return [cells.texts[code] for code in cells.codes]


def rules_of(raw, table):
    rules = raw.audit[raw.audit["table"] == table]
    return [
        tuple(row) for row in rules[["rule", "rows_before", "rows_after"]].itertuples(index=False)
    ]


# --- frames ------------------------------------------------------------------------------


def test_a_frame_has_every_column_of_the_schema_with_its_type(tmp_path):
    header = ",".join(column.name for column in schema.tables()["history"].columns)
    raw = read_release(release(tmp_path, history=f"{header}\n11,1{',' * 14}\n"))
    for name, frame in raw.frames.items():
        columns = schema.tables()[name].columns
        assert list(frame.columns) == ["row", *[column.key for column in columns]]
        assert frame["row"].dtype == np.int32
        assert frame["subject_id"].dtype == np.int64
        for column in columns[1:]:
            kind = "category" if column.kind == "text" else "float64"
            assert frame[column.key].dtype == kind, column.key


def test_cells_are_read_and_their_records_are_numbered_from_one(tmp_path):
    raw = read_release(release(tmp_path, alsfrs=ALSFRS + "11,4,0,40\n-,1,1,1\n12.0, 3 ,30,\n"))
    frame = raw.frames["alsfrs"]
    assert frame["row"].tolist() == [1, 3]
    assert frame["subject_id"].tolist() == [11, 12]
    assert frame["q1_speech"].tolist() == [4, 3]
    assert frame["alsfrs_total"].tolist()[0] == 40
    assert frame["alsfrs_total"].isna().tolist() == [False, True]
    assert frame["q9_climbing_stairs"].isna().all()


def test_only_results_of_used_tests_are_kept_and_the_others_are_counted(tmp_path):
    rows = "11,Albumin,44,g/L,0\n11,Alpha,1,,0\n12,  ALBUMIN ,-,,\n13,Beta,2,,0\n12,CK,,U/L,5\n"
    raw = read_release(release(tmp_path, labs=LABS + rows))
    frame = raw.frames["labs"]
    assert frame["measure"].tolist() == ["albumin", "albumin", "creatine_kinase"]
    assert frame["row"].tolist() == [1, 3, 5]
    assert frame["test_result"].tolist()[:2] == ["44", "-"]
    assert frame["test_result"].isna().tolist() == [False, False, True]
    assert rules_of(raw, "labs") == [
        ("broken line", 5, 5),
        ("footer or no subject", 5, 5),
        ("test not used", 5, 3),
    ]
    assert raw.audit["patients_touched"].tolist()[-1] == 2
    assert list(frame["measure"].cat.categories) == list(schema.lab_tests())


def test_every_name_and_alias_of_a_test_leads_to_its_measure(tmp_path):
    names = {
        n: test.measure for test in schema.lab_tests().values() for n in (test.name, *test.aliases)
    }
    rows = "".join(f"11,{name.upper()},1,,0\n" for name in names)
    frame = read_release(release(tmp_path, labs=LABS + rows)).frames["labs"]
    assert frame["measure"].tolist() == list(names.values())


def test_a_table_that_is_not_used_is_only_counted(tmp_path):
    raw = read_release(release(tmp_path, medication="subject_id,Dose\n11,2\n11,3\n12,1\n"))
    assert "medication" not in raw.frames
    assert raw.counts.iloc[-1].tolist() == ["medication", "PROACT_CONMEDS.csv", 3, 2, False]


def test_one_can_choose_what_is_read(tmp_path):
    release(tmp_path, labs=LABS, vitals="subject_id\n11\n", medication="subject_id\n1\n")
    raw = read_release(tmp_path, tables=["vitals"])
    assert list(raw.frames) == ["vitals"]
    assert raw.counts["table"].tolist() == ["vitals"]
    with pytest.raises(BadInput, match=r"tables=\.\.\."):
        read_release(tmp_path, tables=["medication"])


def test_the_source_says_whether_patients_stand_behind_the_rows(tmp_path):
    release(tmp_path)
    raw = read_release(tmp_path)
    assert raw.source.kind == "user"
    assert raw.source.n_patients == 1
    assert "the reader's own download" in raw.source.title
    (tmp_path / "SIMULATED.txt").write_text("drawn")
    assert read_release(tmp_path).source.kind == "simulated"


def test_the_digest_depends_on_the_content_and_not_on_the_package(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    release(folder, medication="subject_id\n1\n")
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        for file in folder.iterdir():
            archive.write(file, f"deep/{file.name}")
    first = read_release(folder)
    packed = read_release(tmp_path / "x.zip")
    assert first.source.sha256 == packed.source.sha256
    for name, frame in first.frames.items():
        pd.testing.assert_frame_equal(frame, packed.frames[name])
    release(folder, alsfrs=ALSFRS + "11,3,0,40\n")
    assert read_release(folder).source.sha256 != first.source.sha256


def test_frames_of_the_account_have_their_columns_even_if_they_are_empty(tmp_path):
    raw = read_release(release(tmp_path), tables=["vitals"])
    assert list(raw.audit.columns) == list(AUDIT)
    assert raw.audit["rows_before"].dtype == "int64"
    assert raw.failures["cells"].dtype == "int64"


def test_a_release_shows_no_cell_when_it_is_printed(tmp_path):
    raw = read_release(release(tmp_path, alsfrs=ALSFRS + "734191,4,0,40\n"))
    assert repr(raw) == "RawTables(release 2022: alsfrs 1)"


# --- splitting ---------------------------------------------------------------------------


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r", b"\n\n", b"\r\n\r\n"])
def test_any_line_end_separates_records(end):
    records = parse(end.join([b"1,a", b"2,b", b"3,c"]) + end)
    assert cells_of(records, 1) == ["a", "b", "c"]
    assert (records.lines, records.broken) == (3, 0)


def test_lines_with_too_many_or_few_cells_are_left_out_and_numbers_stay(tmp_path):
    records = parse(b"1,a\n2\n3,c\n4,d,e\n5,f")
    assert cells_of(records, 1) == ["a", "c", "f"]
    assert records.row.tolist() == [1, 3, 5]
    assert records.broken == 2


def test_a_footer_that_is_too_short_counts_as_a_footer(tmp_path):
    raw = read_release(
        release(tmp_path, alsfrs=ALSFRS + "11,4,0,40\n(1 row(s) affected)\n12,1\n13,4,0,40\n")
    )
    assert rules_of(raw, "alsfrs") == [("broken line", 4, 3), ("footer or no subject", 3, 2)]


def test_a_file_of_broken_lines_is_refused():
    with pytest.raises(BadInput, match="2 of 3 with more or fewer"):
        parse(b"1,a\n2\n3\n")


def test_a_line_end_within_quotes_belongs_to_the_cell():
    records = parse(b'1,a,x\n2,"b\nb",y\n', width=3)
    assert records.lines == 2
    assert cells_of(records, 2) == ["x", "y"]


def test_a_quote_that_is_never_closed_loses_no_line():
    lines = [f"{number},word,z" for number in range(1, 50)]
    lines[20] = '21,"word,z'
    records = parse("\n".join(lines).encode(), width=3)
    assert len(records.row) == 49
    assert cells_of(records, 2) == ["z"] * 49
    assert "never closed" in records.notes[0]


def test_quotes_are_taken_off_even_where_one_is_never_closed():
    records = parse(b'1,"a"\n2,"b\n3,"c"\n4,d\n5,e\n6,"f"\n7,"g')
    assert cells_of(records, 1) == ["a", "b", "c", "d", "e", "f", "g"]


def test_a_long_file_is_split_like_a_short_one():
    text = b"".join(b"%d,%d\n" % (number, number % 97) for number in range(700_000))
    records = parse(text)
    assert cells_of(records, 1) == [str(number % 97) for number in range(700_000)]
    careful = parse(text + b"broken\n")
    assert careful.footers == 1
    for place in (0, 1):
        assert cells_of(careful, place) == cells_of(records, place)


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 10**6), texts), min_size=1, max_size=12),
    st.sampled_from(",;\t|"),
)
@example([(0, "\r\t")], "\t")
@example([(0, "\n,"), (1, "a")], ",")
def test_what_the_csv_module_writes_is_read_or_refused_but_no_record_is_lost(rows, separator):
    # a line in a cell that is a record itself may as well be one that a quote has swallowed
    assume(not any(re.search(rf"^\W*\d+\W*{re.escape(separator)}", text, re.M) for _, text in rows))
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator="\n").writerows(rows)
    try:
        records = parse(out.getvalue().encode(), separator=separator)
    except BadInput:
        return
    assert records.lines >= len(rows)
    if records.broken == 0:
        assert cells_of(records, 0) == [str(number) for number, _ in rows]


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_below_a_header_are_read_or_refused(content):
    try:
        records = parse(content)
    except BadInput:
        return
    assert 0 <= len(records.row) <= records.lines
    assert (np.diff(records.row) > 0).all()


def test_compacting_keeps_the_cells_and_drops_the_texts_nobody_holds():
    cells = Cells(np.array([2, 0, 2], dtype=np.int32), ["a", "b", "c"])
    compact = cells.compact()
    assert compact.texts == ["a", "c"]
    assert [compact.texts[code] for code in compact.codes] == ["c", "a", "c"]


# --- what is lost ------------------------------------------------------------------------


def test_costs_are_known_by_names_that_the_schema_has():
    for table, columns in COSTS.items():
        keys = {column.key for column in schema.tables()[table].columns}
        assert set(columns) - {""} <= keys, table


def test_every_optional_used_table_has_a_cost():
    for name, table in schema.tables().items():
        if table.used and not table.necessary:
            assert cost_of_table(name) != "nothing", name
    assert cost_of_column("vitals", "supine_pulse") == "nothing"


def test_a_missing_table_and_a_missing_column_say_what_they_cost(tmp_path):
    notes = read_release(release(tmp_path, vitals="subject_id,Vital_Signs_Delta\n11,0\n")).notes
    cost = notes.set_index(["table", "note"])["costs"]
    assert cost["fvc", "the table is missing"] == "fvc, fvc_percent"
    assert cost["vitals", "the column Pulse is missing"] == "pulse"


def test_a_table_that_the_release_never_had_is_not_missed(tmp_path):
    (tmp_path / "alsfrs.csv").write_text(ALSFRS + "11,4,0,40\n")
    notes = read_release(tmp_path).notes
    assert "el_escorial" not in set(notes["table"])
    assert "fvc" in set(notes["table"])


def test_units_of_measures_are_not_confused_by_a_decimal_comma_in_a_result(tmp_path):
    labs = LABS.replace(",", ";") + "11;Potassium;4,3;mmol/L;0\n11;Potassium;<4,3;mmol/L;1\n"
    raw = read_release(release(tmp_path, labs=labs))
    assert raw.frames["labs"]["test_result"].tolist() == ["4,3", "<4,3"]
    clean = clean_release(raw).frames["labs"]
    assert clean["value"].tolist() == [4.3, 4.3]
    assert clean["censored"].tolist() == [False, True]
