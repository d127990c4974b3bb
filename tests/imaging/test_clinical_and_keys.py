import json
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alsnb.checks import BadInput
from alsnb.imaging.account import Account
from alsnb.imaging.cells import as_number, read_cells
from alsnb.imaging.clinical import read_clinical
from alsnb.imaging.keys import pattern_of, subject_key, subjects_of_files
from alsnb.imaging.labels import labels_of_atlas, read_labels


def read(text, words=None, account=None):
    account = Account() if account is None else account
    words = None if words is None else json.dumps(words).encode()
    return read_clinical(text.encode(), "participants.tsv", words=words, account=account)


def test_words_are_understood_in_the_spellings_of_the_field():
    text = "participant_id\tdiagnosis\tgender\tdied\n1\tPatient\tF\tTRUE\n2\tHC\tmale\t0\n"
    account = Account()
    frame, _ = read(text, account=account)
    assert list(frame.columns) == ["group", "sex", "died"]
    assert frame.to_numpy().tolist() == [["als", "female", "yes"], ["control", "male", "no"]]
    assert len(account.notes()) == 2


def test_codes_are_understood_by_the_dictionary():
    words = {"sex": {"Levels": {"1": "male", "2": "female"}}, "x": {"Units": "mm", "Levels": []}}
    frame, dictionary = read("participant_id\tsex\tx\n1\t2\t3\n2\t1\tn/a\n", words)
    assert list(frame["sex"]) == ["female", "male"]
    assert frame["x"].to_numpy() == pytest.approx([3, np.nan], nan_ok=True)
    assert dictionary.set_index("column").loc["x", "unit"] == "mm"


def test_other_groups_are_kept_and_said():
    account = Account()
    frame, _ = read("participant_id\tgroup\n1\tALS\n2\tFTD\n", account=account)
    assert list(frame["group"]) == ["als", "ftd"]
    assert "'ftd'" in account.notes()["note"].iloc[0]


def test_columns_are_numbers_if_they_hold_nothing_else():
    frame, _ = read("participant_id,a,b,c,scanner\n1,1.5,x,,3\n2,n/a,2,n/a,4\n")
    assert frame["a"].dtype == float
    assert list(frame["b"]) == ["x", "2"]
    assert frame["c"].isna().all()
    assert list(frame["scanner"]) == ["3", "4"]


def test_decimal_commas_are_read():
    frame, _ = read("participant_id\tage_years\n1\t61,5\n2\t60\n")
    assert list(frame["age_years"]) == [61.5, 60]


def test_a_damaged_dictionary_is_a_note():
    account = Account()
    read_clinical(b"participant_id\n1\n", "p.tsv", words=b"{cut", account=account)
    assert "cannot be read as JSON" in account.notes()["note"].iloc[0]


SAME = [
    ("sub-01", "1"),
    ("01", "1"),
    ("1", "1"),
    ("1.0", "1"),
    ("sub-01_ses-2", "1"),
    ("/data/fs/sub-01", "1"),
    ("C:\\fs\\sub-01", "1"),
    ("sub-01.long.base", "1"),
    ("ALS-007", "als-7"),
    ("als-7", "als-7"),
    ("sub-ALS007", "als7"),
    ("subject_12", "12"),
    ("100", "100"),
    ("0", "0"),
]


@pytest.mark.parametrize(("written", "key"), SAME)
def test_names_of_one_subject_have_one_key(written, key):
    assert subject_key(written) == key


@given(st.text(max_size=20))
@settings(max_examples=100, deadline=None)
def test_any_name_has_a_key_that_is_its_own(text):
    key = subject_key(text)
    assert subject_key(f"  {text} ") == key
    assert key == key.lower() or not key.isascii()


def test_files_say_their_subject():
    found = subjects_of_files(
        ["c/sub-01_ses-1_connectome.csv", "c/ALS_07_dk.mat", "c/x9_dk.mat"], {"als_7"}
    )
    assert list(found.values()) == ["sub-01", "ALS_07", "x9_dk"]
    only = subjects_of_files(["a_1_count.csv", "a_2_count.csv"], ())
    assert list(only.values()) == ["a_1", "a_2"]
    odd = subjects_of_files(["_count.csv", "a_count.csv"], ())
    assert list(odd.values()) == ["_count", "a"]


def test_a_pattern_says_no_name():
    assert pattern_of(["sub-0123", "sub-9"]) == "sub-####"
    assert pattern_of(["ALS07"]) == "aaa##"
    assert pattern_of([]) == ""


def test_numbers_of_cells():
    assert as_number(" 1e3 ") == 1000
    assert as_number("1,5") == 1.5
    assert np.isnan(as_number("n/a"))
    for text in ("1,500,000", "x", "inf", "1_0", "1 5"):
        assert as_number(text) is None, text


@given(st.binary(max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_cells_or_a_sentence(content):
    try:
        cells = read_cells(content, "x.tsv")
    except BadInput:
        return
    assert all(len(row) == len(cells.header) for row in cells.rows)


@given(st.binary(max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_labels_or_a_sentence(content):
    account = Account()
    with suppress(BadInput):
        assert all(read_labels(content, "labels.csv", atlas="", account=account))
    with suppress(BadInput):
        assert all(labels_of_atlas(content, "atlas.csv", account))


LABELS = {
    "a column": "lh_insula\nrh_insula\n",
    "with a header": "label\nL_insula\nR_insula\n",
    "one line": "lh_insula,rh_insula",
    "counted": "1\tctx-lh-insula\n2\tctx-rh-insula\n",
    "index and name": "index,name,lobe\n1,lh.insula,x\n2,rh.insula,x\n",
    "colours of MRtrix": "# labels\n1 L_insula 255 0 0 0\n2 R_insula 0 0 0 0\n",
}


@pytest.mark.parametrize("form", list(LABELS))
def test_labels_are_the_same_in_every_form(form):
    account = Account()
    found = read_labels(LABELS[form].encode(), "labels.csv", atlas="dk", account=account)
    assert found == ("lh_insula", "rh_insula")


def test_labels_of_another_parcellation_are_kept_and_noted():
    account = Account()
    assert read_labels(b"V1\nV2\n", "labels.csv", atlas="", account=account) == ("V1", "V2")
    assert "no parcellation that is known" in account.notes()["note"].iloc[0]
    with pytest.raises(BadInput, match="regions of the parcellation dkt"):
        read_labels(b"V1\nV2\n", "labels.csv", atlas="dkt", account=account)
    with pytest.raises(BadInput, match="'lh_bankssts'"):
        read_labels(b"lh_bankssts\nlh_insula\n", "labels.csv", atlas="dkt", account=account)


@given(st.text(st.characters(codec="utf-8"), max_size=60))
@settings(max_examples=100, deadline=None)
def test_any_text_in_a_cell_is_read_or_a_sentence(text):
    account = Account()
    try:
        read(f"participant_id\tage_years\tsex\tnote\n1\t{text}\tf\t{text}\n", account=account)
    except BadInput:
        return
    assert all(problem.key == "1" for problem in account.problems)
