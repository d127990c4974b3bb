"""The lesson on cleaning: its account of rows, its verdicts on defects, switches and mistakes."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot

from alsnb.cleaning.audit import make_audit
from alsnb.cleaning.release import clean_release
from alsnb.cleaning.settings import CleaningSettings
from alsnb.lessons.cleaning import figures, study, tables
from alsnb.lessons.cleaning.study import CLEANED, MISTAKES, NEVER, TITLES
from alsnb.report.style import use_style
from alsnb.study import defects
from alsnb.study.input import Input
from alsnb.study.proact import prepare, simulated_release
from alsnb.tables.proact.reading import read_release
from alsnb.tables.proact.schema import tables as known_tables

N_PATIENTS = 300
SEED = 3


@pytest.fixture(autouse=True)
def _close():
    use_style()
    yield
    pyplot.close("all")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ALSNB_STORE", str(tmp_path_factory.mktemp("releases")))
        release, truth = simulated_release(n_patients=N_PATIENTS, seed=SEED)
        yield Input(release=release, truth=truth)


@pytest.fixture(scope="module")
def prepared(files):
    return prepare(files.release)


@pytest.fixture(scope="module")
def case(files, prepared):
    return study.open_case(files, prepared)


@pytest.fixture(scope="module")
def download(files, prepared):
    """The same release without a truth, called real."""
    source = dataclasses.replace(prepared.source, kind="user")
    clean = dataclasses.replace(prepared.clean, source=source)
    real = dataclasses.replace(prepared, source=source, clean=clean)
    return real, study.open_case(Input(release=files.release), real)


@pytest.fixture(scope="module")
def variants(case, prepared):
    return study.make_variants(case, prepared)


# --- the audit ---------------------------------------------------------------------------


def test_every_row_of_the_file_is_accounted_for(prepared):
    balance = study.balance_rows(prepared)
    assert (balance["unexplained"] == 0).all()
    assert (balance["in_file"] == balance["left_out"] + balance["clean"]).all()
    assert balance["left_out"].sum() > 0


def test_a_row_lost_without_a_rule_is_seen(prepared):
    frames = dict(prepared.clean.frames)
    frames["fvc"] = frames["fvc"].iloc[3:]
    leaking = dataclasses.replace(
        prepared, clean=dataclasses.replace(prepared.clean, frames=frames)
    )
    balance = study.balance_rows(leaking).set_index("table")["unexplained"]
    assert balance["fvc"] == 3
    assert balance.drop("fvc").eq(0).all()


def test_rows_of_patients_are_shown_in_tens(download):
    balance = study.balance_rows(download[0])
    assert (balance[["in_file", "left_out", "clean"]] % 10 == 0).all(axis=None)
    assert (balance["unexplained"] == 0).all()


def test_what_is_lost_is_shown_without_small_counts_of_patients():
    lost = {"table": "alsfrs", "what": "the cohort", "lost": 3, "given": 61, "of": "patients"}
    words = {"reasons": "after death (3), day impossible (2)", "unknown": "'x (L)' (7)"}
    losses = pd.DataFrame([lost | words | {"costs": "male, age", "remedy": "Look."}])
    real = tables.show_losses(losses, is_real=True).iloc[0]
    assert real["lost"] == "fewer than 5"
    assert real["given"] == "60"
    assert real["reasons"] == "after death, day impossible"
    assert real["not understood"] == "'x (L)'"
    ours = tables.show_losses(losses, is_real=False).iloc[0]
    assert (ours["lost"], ours["reasons"]) == ("3", words["reasons"])
    assert study.sum_up_costs(pd.concat([losses, losses])) == "male, age"


def test_of_the_twin_no_more_is_lost_than_patients_whose_day_of_death_is_too_early(case):
    losses = study.find_losses(case)
    assert losses["what"].str.startswith("the cohort with a slope").all()
    assert losses["reasons"].str.startswith("visits after the day of death").all()
    assert (losses["lost"] < 0.02 * losses["given"]).all()


def test_a_rule_that_mends_defects_only_touches_nothing_without_them(case):
    rules = study.list_rules(case).set_index(["table", "rule"])
    assert rules.loc[("alsfrs", "exact copy"), "rows"] > 0
    assert rules.loc[("alsfrs", "exact copy"), "without_defects"] == 0
    assert rules.loc[("alsfrs", "dyspnea stands for item 10"), "without_defects"] > 0
    assert rules["reason"].ne("").all()


def test_without_a_truth_no_count_without_defects_is_shown(download):
    rules = study.list_rules(download[1])
    assert rules["without_defects"].isna().all()
    assert set(tables.show_rules(rules)["without defects"]) == {""}


def test_the_busiest_rules_are_of_other_tables_and_touched_something(case):
    rules = study.list_rules(case)
    busiest = study.busiest_rules(rules, without="alsfrs", per_table=2)
    assert "alsfrs" not in set(busiest["table"])
    assert busiest.groupby("table").size().max() <= 2
    assert (busiest[["rows", "values"]].max(axis=1) > 0).all()


def test_only_counts_of_five_or_more_are_drawn():
    rules = pd.DataFrame(
        {
            "table": "labs",
            "rule": list("abcd"),
            "rows": [4, 50, 50, 50],
            "values": [0, 0, 0, 0],
            "patients": [4, 3, 20, 20],
            "expected": [9.0, 9.0, 9.0, np.nan],
            "order": "more",
        }
    )
    assert study.found_and_expected(rules)["label"].tolist() == ["labs: c"]


# --- the truth ---------------------------------------------------------------------------


@pytest.mark.slow
def test_undoing_every_defect_gives_the_tidy_questionnaires(files, tmp_path, monkeypatch):
    monkeypatch.setenv("ALSNB_STORE", str(tmp_path))
    tidy = read_release(simulated_release(n_patients=N_PATIENTS, seed=SEED, tidy=True)[0])
    raw = read_release(files.release)
    undone = defects.undo_defects(raw, defects.read_defects(files.truth, raw))
    for table in ("alsfrs", "fvc", "demographics", "death"):
        ours, theirs = (r.frames[table].drop(columns="row") for r in (undone, tidy))
        pd.testing.assert_frame_equal(ours, theirs, check_categorical=False, check_dtype=False)


def test_without_defects_nothing_is_found_to_be_wrong(case):
    same = dataclasses.replace(case, clean=case.right)
    verdicts = study.judge_defects(same)
    over = verdicts["kind"] != "beyond a limit of detection"
    assert verdicts.loc[over, "wrong"].sum() == 0
    assert verdicts["put_right"].sum() == verdicts["defects"].sum()
    rest = study.judge_rest(same)
    assert (rest["same"] == rest["values"]).all()
    assert rest[["changed", "lost", "invented"]].to_numpy().sum() == 0


def test_every_defect_gets_one_verdict(case):
    verdicts = study.judge_defects(case)
    assert verdicts["defects"].sum() == len(case.defects)
    assert (verdicts[list(study.VERDICTS)].sum(axis=1) == verdicts["defects"]).all()


@pytest.mark.parametrize(
    ("table", "kind", "verdict"),
    [
        ("alsfrs", "exact copy", "put_right"),
        ("alsfrs", "day missing", "set_aside"),
        ("alsfrs", "fractional item", "wrong"),
        ("vitals", "ambiguous pounds", "wrong"),
        ("labs", "dash instead of a result", "set_aside"),
        ("labs", "comma of thousands", "put_right"),
    ],
)
def test_kinds_of_defect_end_as_they_must(case, table, kind, verdict):
    verdicts = study.judge_defects(case).set_index(["table", "kind"])
    row = verdicts.loc[(table, kind)]
    assert row[verdict] >= 0.9 * row["defects"]


def test_tables_that_were_not_cleaned_are_found_to_be_wrong(case, variants):
    spoiled = study._make_mistake("nothing", case)
    worse = study.judge_defects(dataclasses.replace(case, clean=spoiled))
    better = study.judge_defects(case)
    assert worse["wrong"].sum() > 3 * better["wrong"].sum()


def test_a_changed_value_is_harm(case):
    frames = dict(case.clean.frames)
    history = frames["history"]
    frames["history"] = history.assign(onset_day=history["onset_day"] - 5)
    harmed = dataclasses.replace(case, clean=dataclasses.replace(case.clean, frames=frames))
    before, after = (study.judge_rest(c).set_index("table") for c in (case, harmed))
    assert after.loc["history", "changed"] > 50
    assert after.drop("history").equals(before.drop("history"))


def test_a_download_has_no_truth_and_says_so(download):
    _, case = download
    verdicts, rest = study.judge_defects(case), study.judge_rest(case)
    assert verdicts.empty
    assert rest.empty
    assert study.hard_kinds(verdicts).empty
    assert study.share_verdicts(verdicts)["defects"] == 0
    assert study.sum_up_harm(rest)["values"] == 0
    assert "no truth known" in repr(case)


def test_shares_of_verdicts_add_up(case):
    shares = study.share_verdicts(study.judge_defects(case))
    assert shares.pop("defects") == len(case.defects)
    assert sum(shares.values()) == pytest.approx(1)


def test_harm_is_one_in_as_many_values_as_were_lost_or_changed():
    rest = pd.DataFrame({"values": [60, 40], "changed": [1, 0], "lost": [0, 4]})
    harm = study.sum_up_harm(rest)
    assert harm == {"values": 100, "changed": 1, "lost": 4, "one_in": 20}
    assert study.sum_up_harm(rest.assign(changed=0, lost=0))["one_in"] == np.inf


def test_of_the_hard_kinds_the_worst_is_first():
    verdicts = pd.DataFrame(
        {
            "table": "labs",
            "kind": list("abcd"),
            "defects": 10,
            "put_right": [10, 5, 2, 1],
            "set_aside": [0, 5, 1, 2],
            "wrong": [0, 0, 7, 7],
        }
    )
    assert study.hard_kinds(verdicts)["label"].tolist() == ["labs: d", "labs: c", "labs: b"]


# --- switches ----------------------------------------------------------------------------


def test_every_setting_is_switched():
    named = {name for name, _, _ in study.SWITCHES}
    assert named == set(CleaningSettings.__dataclass_fields__)
    concerned = {table for _, _, concerned in study.SWITCHES for table in concerned}
    assert concerned <= set(known_tables())


def test_switches_are_counted_in_values_and_slopes(case, prepared):
    effects = study.effects_of_switches(case, prepared.cohort)
    first = effects.iloc[0]
    assert first["n_patients"] == len(prepared.cohort.patients)
    assert first[["values_changed", "slopes_moved", "more_or_fewer"]].eq(0).all()
    by_switch = effects.set_index(["switch", "value"])
    assert by_switch.loc[("respiratory_from", "mean"), "slopes_moved"] > 0
    assert by_switch.loc[("age_from_birth_day", "False"), "values_changed"] > 0
    assert by_switch.loc[("age_from_birth_day", "False"), "slopes_moved"] == 0


def test_the_switch_that_moves_most_slopes_is_named(case, prepared):
    effects = study.effects_of_switches(case, prepared.cohort)
    top = study.find_top_switch(effects)
    assert (top["switch"], top["value"]) == ("respiratory_from", "mean")
    assert study.find_top_switch(effects.iloc[:1]) is None


def test_changes_are_counted_by_value_gone_new_or_other():
    old = pd.DataFrame({"subject_id": [1, 1, 2], "day": [0.0, 7, 0], "litres": [3.0, 2, 4]})
    new = pd.DataFrame({"subject_id": [1, 2, 2], "day": [0.0, 0, 9], "litres": [3.0, 5, 1]})
    assert study._count_changes(old, old) == 0
    assert study._count_changes(old, new) == 2
    assert study._count_changes(old, old.assign(litres=[3.0, np.nan, 4.5])) == 2


@pytest.mark.parametrize(
    ("n", "shown"),
    [
        (3, "fewer than 5"),
        (-2, "fewer than 5"),
        (0, "0"),
        (5, "10"),
        (-5, "\N{MINUS SIGN}10"),
        (2921, "2,920"),
    ],
)
def test_counts_of_patients_are_rounded_and_small_ones_withheld(n, shown):
    assert tables.counter(is_real=True)(n) == shown


def test_counts_of_simulated_patients_are_exact():
    assert tables.counter(is_real=False)(3) == "3"
    assert tables.counter(is_real=False, sign="+")(-3) == "\N{MINUS SIGN}3"


# --- mistakes ----------------------------------------------------------------------------


def test_every_mistake_leaves_keys_that_a_cohort_can_be_made_of(case):
    for name in MISTAKES:
        frames = study._make_mistake(name, case).frames
        assert not frames["alsfrs"].duplicated(["subject_id", "day"]).any()
        assert not frames["labs"].duplicated(["subject_id", "day", "measure"]).any()


def test_double_counting_adds_the_second_answer_only_where_both_are_there(case):
    wrong = study._make_mistake("tenth twice", case).frames["alsfrs"]
    right = case.clean.frames["alsfrs"]
    more = wrong["total"] - right["total"]
    both = more > 0
    assert both.any()
    assert (more[both] == right["dyspnea"][both]).all()
    assert wrong["total"].max() > 40


def test_the_stored_total_loses_the_revised_forms(variants):
    effects = study.effects_of_mistakes(variants).set_index("label")
    assert effects.loc[TITLES["stored total"], "more_or_fewer"] < 0
    assert effects.loc[TITLES[CLEANED], "slopes_moved"] == 0


def test_ignored_units_leave_slopes_and_spoil_weights(variants):
    effects = study.effects_of_mistakes(variants).set_index("label")
    assert effects.loc[TITLES["no units"], "slopes_moved"] == 0
    measures = study.effects_on_measures(variants).set_index("measure")
    assert measures.loc["Weight, kg", "sd_wrong"] > measures.loc["Weight, kg", "sd"]


def test_cleaning_comes_close_to_what_was_never_spoiled(variants):
    match = study.compare_with_never_spoiled(variants, is_real=False).set_index("quantity")
    assert abs(match.loc["Slope, SD", "difference"]) < 0.05
    assert match["published"].notna().sum() == len(match) - 3


def test_without_a_truth_there_is_no_world_never_spoiled(download):
    prepared, case = download
    variants = study.make_variants(case, prepared)
    assert NEVER not in variants
    match = study.compare_with_never_spoiled(variants, is_real=True)
    assert match["never_spoiled"].isna().all()
    assert match.set_index("quantity").loc["Patients", "cleaned"] % 10 == 0
    assert (tables.show_match(match)["never spoiled"] == "").all()


def test_a_mistake_that_changes_nothing_costs_nothing(variants, tmp_path, monkeypatch):
    monkeypatch.setenv("ALSNB_STORE", str(tmp_path))
    same = {name: variants[CLEANED] for name in (CLEANED, "cutting twice")}
    chosen = same | {"nothing": variants["nothing"]}
    predictions = study.predict_variants(chosen, n_folds=2, n_trees=20, seed=1, n_jobs=1)
    prices = study.compare_mistakes(predictions, n_resamples=200).set_index("label")
    assert prices.loc[TITLES["cutting twice"], ["estimate", "low", "high"]].eq(0).all()
    other = prices.loc[TITLES["nothing"]]
    assert other["low"] <= other["estimate"] <= other["high"]
    assert other["estimate"] == pytest.approx(other["r2"] - other["r2_cleaned"])
    shown = tables.show_prices(prices.reset_index(), is_real=True)
    assert shown["patients"].str.replace(",", "").astype(int).mod(10).eq(0).all()


def test_the_dearest_mistake_is_not_the_world_never_spoiled():
    prices = pd.DataFrame(
        {
            "label": ["Never spoiled", "Units ignored", "Nothing cleaned"],
            "estimate": [0.01, -0.02, -0.08],
            "low": [0.0, -0.05, -0.12],
            "high": [0.02, 0.01, -0.03],
        }
    )
    paid = study.sum_up_prices(prices)
    assert (paid["n_costly"], paid["n_mistakes"]) == (1, 2)
    assert paid["worst"] == "nothing cleaned"
    assert study.sum_up_prices(prices[:2])["n_costly"] == 0


def test_the_spread_is_between_the_mistakes_and_not_the_references():
    labels = [TITLES[CLEANED], TITLES[NEVER], "Units ignored", "Nothing cleaned"]
    effects = pd.DataFrame({"label": labels, "slope_sd": [0.5, 0.1, 0.6, 0.9]})
    spread = study.sum_up_spread(effects)
    assert (spread["cleaned"], spread["least"], spread["most"]) == (0.5, 0.6, 0.9)
    assert (spread["least_label"], spread["most_label"]) == ("units ignored", "nothing cleaned")


def test_the_audit_of_the_undone_tables_keeps_the_law(case):
    audit = case.right.audit
    assert list(audit) == list(make_audit())
    cleaned_again = clean_release(case.raw)
    assert cleaned_again.audit.equals(case.clean.audit)


# --- figures -----------------------------------------------------------------------------

VERDICTS = pd.DataFrame(
    {
        "label": ["alsfrs: exact copy", "vitals: ambiguous pounds"],
        "defects": [40, 10],
        "put_right": [40, 2],
        "set_aside": [0, 1],
        "wrong": [0, 7],
    }
)
FOUND = pd.DataFrame(
    {
        "label": ["alsfrs: day missing", "labs: dash", "death: twice"],
        "found": [200, 9, 600],
        "expected": [180.0, 4000.0, 7.0],
        "order": ["as expected", "fewer", "more"],
    }
)


def test_the_bars_of_a_kind_fill_its_row():
    ax = figures.plot_verdicts(VERDICTS)
    for row in (0, 1):
        bars = [bar for bar in ax.patches if round(bar.get_y() + bar.get_height() / 2) == row]
        assert sum(bar.get_width() for bar in bars) == pytest.approx(1.0)
    labels = [text.get_text() for text in ax.get_yticklabels()]
    assert labels == ["alsfrs: exact copy (40)", "vitals: ambiguous pounds (10)"]


def test_the_words_count_defects_and_name_what_is_still_wrong():
    words = figures.describe_verdicts(VERDICTS)
    assert "50 records: 84% put right, 2% set aside, 14% still wrong" in words
    assert "ambiguous pounds" in words
    assert "exact copy" not in words


def test_without_a_known_defect_figure_and_words_say_so():
    assert figures.describe_verdicts(VERDICTS[:0]) == figures.NOTHING
    assert [text.get_text() for text in figures.plot_verdicts(VERDICTS[:0]).texts] == [
        figures.NOTHING
    ]


def test_a_rule_outside_the_band_is_named_and_one_inside_is_not():
    ax = figures.plot_found(FOUND)
    assert [text.get_text() for text in ax.texts] == ["death: twice", "labs: dash"] or [
        text.get_text() for text in ax.texts
    ] == ["labs: dash", "death: twice"]
    words = figures.describe_found(FOUND)
    assert "labs: dash, 9 found and 4,000 expected" in words
    assert "1 lie within" in words
    assert "day missing" not in words


def test_if_all_counts_are_withheld_nothing_is_drawn():
    assert figures.plot_found(FOUND[:0]).lines[:] == []
    assert "beyond it: none" in figures.describe_found(FOUND[:0])
