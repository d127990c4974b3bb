import json

import numpy as np
import pandas as pd
import pytest

from alsnb.checks import BadInput
from alsnb.cleaning.expected import compare_with_expected
from alsnb.cleaning.release import RULES
from alsnb.commands.check import as_json, as_text, check_release, escape
from alsnb.synthetic.draw import draw_world
from alsnb.synthetic.write import write_release
from alsnb.tables.proact.reading import read_release


@pytest.fixture(scope="module", params=["2016", "2022", "F"])
def folder(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("simulated") / "files"
    write_release(draw_world(90, seed=4), folder, release=request.param)
    return folder


@pytest.fixture(scope="module")
def checkup(folder):
    return check_release(folder)


def alsfrs(folder, rows):
    text = "subject_id,ALSFRS_Delta,ALSFRS_Total\n" + "".join(f"{row}\n" for row in rows)
    (folder / "PROACT_ALSFRS.csv").write_text(text)
    return folder


def test_a_simulated_release_can_be_built_and_is_called_simulated(checkup):
    assert checkup.buildable
    assert checkup.reason == ""
    assert checkup.source.kind == "simulated"
    assert checkup.source.n_patients == 90
    assert checkup.unknown == ()
    assert "no patient behind any row" in as_text(checkup)


def test_every_rule_of_every_table_is_counted(checkup):
    listed = set(zip(checkup.rules["table"], checkup.rules["rule"], strict=True))
    used = set(checkup.counts.loc[checkup.counts["used"], "table"])
    assert {rule for rule in RULES if rule[0] in used} <= listed
    assert {(table, "broken line") for table in used} <= listed


def test_rows_left_out_are_those_between_the_file_and_the_clean_frame(checkup, folder):
    left_out = checkup.rules.groupby("table")["rows"].sum()
    raw = read_release(folder)
    for table, frame in raw.frames.items():
        in_file = checkup.counts.set_index("table").loc[table, "rows"]
        assert 0 <= left_out[table] <= in_file
        assert in_file - left_out[table] <= len(frame)


def test_the_last_step_of_the_flow_is_what_can_be_built(checkup):
    remaining = checkup.flow["remaining"].to_numpy()
    assert remaining[0] == 90
    assert remaining[-1] > 0
    np.testing.assert_array_equal(-np.diff(remaining), checkup.flow["excluded"][1:])


def test_both_forms_are_printable_and_the_json_holds_the_same_frames(checkup):
    text, machine = as_text(checkup), as_json(checkup)
    assert all(character.isprintable() or character == "\n" for character in text)
    content = json.loads(machine)
    assert machine.isascii()
    assert content["release"] == checkup.release
    assert len(content["rules"]) == len(checkup.rules)
    assert content["flow"] == checkup.flow.to_dict("records")
    unknown = [rule["expected"] for rule in content["rules"] if rule["order"] == "not known"]
    assert set(unknown) == {None}


def test_no_identifier_is_in_either_form(tmp_path):
    rows = [f"{subject},{day},30" for subject in (734_191, 734_228) for day in (0, 100, 400)]
    checkup = check_release(alsfrs(tmp_path, [*rows, "734191,x,30", "734228,0"]))
    for form in (as_text(checkup), as_json(checkup), repr(checkup)):
        assert not [subject for subject in ("734191", "734228", "734,191") if subject in form]


def test_what_is_missing_is_beside_what_it_costs(tmp_path):
    checkup = check_release(alsfrs(tmp_path, ["1,0,30", "1,100,29", "1,400,20"]))
    lost = checkup.lost.set_index(["table", "note"])["costs"]
    assert lost["riluzole", "the table is missing"] == "riluzole"
    assert lost["alsfrs", "the column Q1_Speech is missing"] == "q1_speech"
    assert checkup.buildable
    assert "riluzole: the table is missing; costs riluzole" in as_text(checkup)


@pytest.mark.parametrize("days", [(0,), (0, 50), (0, 100), (0, 0), (400, 400)])
def test_without_visits_to_join_the_cohort_cannot_be_built_and_a_step_is_named(days, tmp_path):
    checkup = check_release(alsfrs(tmp_path, [f"1,{day},30" for day in days]))
    assert not checkup.buildable
    assert checkup.reason.startswith("nobody is left with ")
    assert f"cannot be built: {checkup.reason}." in as_text(checkup)


def test_what_is_lost_comes_first_and_rules_that_found_nothing_are_left_to_be_asked_for(checkup):
    text, whole = as_text(checkup), as_text(checkup, every_rule=True)
    titles = ["What is lost", "Remarks", "The way to the", "Tables", "Cells that", "Rules: rows"]
    places = [text.index(f"\n{title}") for title in titles]
    assert places == sorted(places)
    rules = checkup.rules
    found = rules[(rules[["rows", "values", "patients"]] > 0).any(axis=1)]
    missed = rules[(rules["order"] == "fewer") & (rules["expected"] >= 1)]
    n_shown = len(found.index.union(missed.index))
    assert 0 < n_shown < len(rules)
    assert f"{len(rules) - n_shown:,} other rules found nothing; alsnb check --all" in text
    assert "other rules found nothing" not in whole
    assert len(whole.splitlines()) - len(text.splitlines()) == len(rules) - n_shown - 1


def test_words_that_nobody_knows_are_told_in_a_sentence_with_what_to_do(folder, tmp_path):
    for file in folder.iterdir():
        text = file.read_text(encoding="utf-8")
        if "DEMOGRAPHICS" in file.name.upper():
            text = text.replace(",Male", ",Man")
        (tmp_path / file.name).write_text(text, encoding="utf-8")
    checkup = check_release(tmp_path)
    lost = checkup.lost.set_index("what").loc["male"]
    assert lost["unknown"].startswith("'Man' (")
    text = " ".join(as_text(checkup).split())
    assert f"demographics: male: {lost['lost']:,} of {lost['given']:,} patients are lost" in text
    assert "not understood: 'Man'" in text
    assert "costs male. Write the answers in known words: male, m," in text
    assert json.loads(as_json(checkup))["lost"] == json.loads(
        checkup.lost.to_json(orient="records")
    )


def test_without_the_necessary_table_the_check_is_refused(tmp_path):
    (tmp_path / "PROACT_LABS.csv").write_text("subject_id\n1\n")
    with pytest.raises(BadInput, match="the ALSFRS table"):
        check_release(tmp_path)


def test_a_count_is_compared_with_what_a_release_of_this_size_would_have():
    table, rule = next(
        (r.table, r.name) for r in RULES.values() if r.expected and r.expected > 0.01
    )
    share = RULES[table, rule].expected

    def order_of(rows_left_out):
        audit = pd.DataFrame(
            [(table, rule, 100_000, 100_000 - rows_left_out, 0, 0), (table, "other", 50, 50, 0, 0)],
            columns=[
                "table",
                "rule",
                "rows_before",
                "rows_after",
                "values_changed",
                "patients_touched",
            ],
        )
        compared = compare_with_expected(audit)
        assert compared["order"].iloc[1] == "not known"
        assert compared["expected"].iloc[0] == pytest.approx(100_000 * share)
        return compared["order"].iloc[0]

    expected = round(100_000 * share)
    assert order_of(expected) == "as expected"
    assert order_of(expected // 30) == "fewer"
    assert order_of(min(expected * 30, 100_000)) in ("more", "as expected")
    assert order_of(0) == "fewer"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<b>&", "&lt;b&gt;&amp;"),
        ("\x1b[31m", "\\x1b\\[31m"),
        ("a\nb\u202e", "a\\nb\\u202e"),
        ("|`*", "\\|\\`\\*"),
        ("d\u00f6nn\u00e9es", "d\u00f6nn\u00e9es"),
    ],
)
def test_markup_and_control_characters_are_shown_and_not_obeyed(text, shown):
    assert escape(text) == shown


def test_a_file_name_with_markup_stays_text_in_json(tmp_path):
    alsfrs(tmp_path, ["1,0,30", "1,100,29", "1,400,20"])
    (tmp_path / "a<script>.csv").write_text("x")
    machine = as_json(check_release(tmp_path))
    assert "<" not in machine
    assert json.loads(machine)["unknown_files"] == ["a<script>.csv"]
