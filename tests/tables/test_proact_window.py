"""The results of some days, read block by block, are those that the careful way finds."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from alsnb.checks import BadInput
from alsnb.tables.proact import schema, window
from alsnb.tables.proact.content import understand
from alsnb.tables.proact.framing import Log, make_frame, split_table
from alsnb.tables.proact.reading import ReleaseBeingRead

HEADER = "subject_id,Test_Name,Test_Result,Test_Unit,Laboratory_Delta\n"
LABS = schema.tables()["labs"]
DAYS = pd.DataFrame(
    {"first": [0.0, -10.0, 5.0, 30.0], "last": [90.0, 90.0, 4.0, 60.0]}, index=[14, 11, 12, 17]
)


def many_rows(n=400, seed=0):
    """Return rows of all kinds: footers, tests not used, days that are missing or no number."""
    rng = np.random.default_rng(seed)
    cells = [
        rng.choice(["11", "12", "13", "14", "14.0", "", "x", "17"], n),
        rng.choice(["Albumin", "ALBUMIN", "CK", "Unheard of", "Sodium", "pH"], n),
        rng.choice(["1", "4.5", "-", "", "<2", "trace", "1e3"], n),
        rng.choice(["g/L", "", "U/L"], n),
        rng.choice(["0", "30", "91", "-11", "", "x", "60.0", "NA"], n),
    ]
    return "".join(",".join(row) + "\n" for row in zip(*cells, strict=True))


ROWS = many_rows()
PLAIN = {
    "plain": HEADER + ROWS,
    "other line ends": (HEADER + ROWS).replace("\n", "\r\n"),
    "no line end at the end": HEADER + ROWS.rstrip("\n"),
    "other order of columns": "Laboratory_Delta,Test_Name,subject_id\n"
    + "0,CK,11\n91,CK,14\n" * 90,
    "no day": "subject_id,Test_Name,Test_Result\n" + "11,CK,1\n13,CK,5\n" * 90,
    "unknown column": HEADER.replace("\n", ",Note\n") + ROWS.replace("\n", ",n\n"),
    "quotes": HEADER + ROWS + '11,CK,"263,000","per ""mm3""",0\n' * 20,
    "letters with accents": HEADER + ROWS + "11,CK,1,\u00b5mol/L,0\n" * 20,
    "lines above": "made today\n\n" + HEADER + ROWS,
}
ODD = {
    "too many cells": HEADER + ROWS + "11,CK,263,000,U/L,0\n" + ROWS,
    "too few cells": HEADER + ROWS + "11,CK\n" + ROWS,
    "a footer": HEADER + ROWS + "(400 rows affected)\n",
    "NUL": HEADER + ROWS + "11,CK,\0 5,U/L,0\n" + ROWS,
    "a line end within quotes": HEADER + ROWS + '11,CK,"5\n6",U/L,0\n' + ROWS,
    "a quote never closed": HEADER + ROWS + '11,CK,"5,U/L,0\n' + ROWS,
    "commas in days": HEADER + ROWS + '11,CK,5,U/L,"0,5"\n14,CK,5,U/L,"91,25"\n' + ROWS,
    "another encoding": (HEADER + ROWS + "11,CK,1,\u00b5mol/L,0\n" + ROWS).encode("cp1252"),
}
WHOLE = {
    "semicolons": (HEADER + ROWS).replace(",", ";"),
    "tabs": (HEADER + ROWS).replace(",", "\t"),
    "a column twice": HEADER.replace("\n", ",Test_Unit\n") + ROWS.replace("\n", ",mg\n"),
    "an overlong line": HEADER + ROWS + "11,CK," + "5" * 3_000 + ",U/L,0\n" + ROWS,
}


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    """Even these tables have several blocks."""
    monkeypatch.setattr(window, "BLOCK_BYTES", 2_500)
    monkeypatch.setattr(window, "LONGEST_LINE", 1_000)


def release(folder, labs):
    folder.mkdir(exist_ok=True)
    alsfrs = "subject_id,Q1_Speech,ALSFRS_Delta,ALSFRS_Total\n11,4,0,40\n"
    (folder / "PROACT_ALSFRS.csv").write_text(alsfrs)
    content = labs if isinstance(labs, bytes) else labs.encode()
    (folder / "PROACT_LABS.csv").write_bytes(content)
    return folder, pa.py_buffer(content)


def parts_of(content):
    """Return what each block gives, nothing where more care is needed."""
    text, days = understand(content, "labs", "labs.csv"), DAYS.sort_index()
    return [window.read_block(block, text, days) for block in window.blocks_of(text)]


def check_as_with_care(folder, labs):
    """Check that both ways find the same records and write the same down."""
    folder, content = release(folder, labs)
    with ReleaseBeingRead(folder, labs_later=True) as reading:
        reading.keep_labs(DAYS)
        found = reading.finished
    log = Log(LABS, "PROACT_LABS.csv")
    frame = make_frame(*split_table(content, LABS, log.file), log, DAYS)
    pd.testing.assert_frame_equal(
        found.frames["labs"].astype(object), frame.astype(object), check_exact=True
    )
    assert (found.frames["labs"].dtypes == frame.dtypes).all() or len(frame) == 0
    in_audit = found.audit[found.audit["table"] == "labs"]
    assert in_audit.to_numpy().tolist() == [list(entry) for entry in log.audit]
    assert found.counts.to_numpy().tolist()[1:] == [list(entry) for entry in log.counts]
    in_notes = found.notes[found.notes["table"] == "labs"]
    assert in_notes.to_numpy().tolist() == [list(entry) for entry in log.notes]
    in_failures = found.failures[found.failures["table"] == "labs"]
    assert in_failures.to_dict("records") == log.failures
    return frame


@pytest.mark.parametrize("labs", PLAIN.values(), ids=PLAIN.keys())
def test_a_table_without_oddities_is_read_block_by_block(tmp_path, labs):
    _, content = release(tmp_path, labs)
    parts = parts_of(content)
    assert len(parts) > 1 or content.size < 2_500
    assert all(parts)
    assert len(check_as_with_care(tmp_path, labs))


@pytest.mark.parametrize("labs", ODD.values(), ids=ODD.keys())
def test_a_block_with_an_oddity_asks_for_more_care(tmp_path, labs):
    _, content = release(tmp_path, labs)
    parts = parts_of(content)
    assert any(part is None for part in parts) or not parts
    assert len(check_as_with_care(tmp_path, labs))


@pytest.mark.parametrize("labs", WHOLE.values(), ids=WHOLE.keys())
def test_some_tables_are_only_read_as_a_whole(tmp_path, labs):
    _, content = release(tmp_path, labs)
    assert parts_of(content) == []
    check_as_with_care(tmp_path, labs)


@pytest.mark.parametrize("seed", range(5))
def test_any_mixture_of_rows_gives_the_same_both_ways(tmp_path, seed):
    check_as_with_care(tmp_path, HEADER + many_rows(seed=seed + 1))


def test_a_table_without_a_row_gives_an_empty_frame(tmp_path):
    assert check_as_with_care(tmp_path, HEADER).empty


def test_nothing_is_kept_if_no_subject_has_a_day_but_what_has_none(tmp_path):
    folder, _ = release(tmp_path, HEADER + "21,CK,5,U/L,0\n21,CK,5,U/L,\n" * 100)
    with ReleaseBeingRead(folder, labs_later=True) as reading:
        reading.keep_labs(DAYS)
        frame = reading.finished.frames["labs"]
    assert len(frame) == 100
    assert frame["laboratory_delta"].isna().all()


def test_digests_and_counts_are_there_even_if_nobody_says_which_results_are_wanted(tmp_path):
    folder, _ = release(tmp_path, PLAIN["plain"])
    (folder / "PROACT_CONMEDS.csv").write_text("subject_id,Dose\n11,2\n")
    with ReleaseBeingRead(folder, labs_later=True) as later, ReleaseBeingRead(folder) as at_once:
        assert later.finished.source == at_once.finished.source
        pd.testing.assert_frame_equal(later.finished.counts, at_once.finished.counts)


def test_a_table_of_results_that_is_none_is_refused(tmp_path):
    folder, _ = release(tmp_path, "one,two\n1,2\n")
    refused = pytest.raises(BadInput, match="PROACT_LABS")
    with ReleaseBeingRead(folder, labs_later=True) as reading, refused:
        reading.keep_labs(DAYS)
