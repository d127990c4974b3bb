"""Programs of strangers run on the files of every release, and find what they find in real ones.

Each range is the printed count, as a share of the subjects or rows of its release, give or take
what trials that come whole, and a release of a few hundred subjects, let expect.
"""

import ast
from pathlib import Path

import laboratory
import programs
import pytest

HERE = Path(__file__).parent
EVERY, OLD, NEW = ("2016", "2022", "F"), ("2016",), ("2022",)


def share(count, of, margin=0.04):
    return count / of - margin, count / of + margin


PRINTED = [
    # program, quantity, releases, lowest and highest, who printed it
    ("mean_of_three_trials", "rows_with_litres", EVERY, share(45572, 48856), "Gaskell"),
    ("mean_of_three_trials", "rows_with_two_trials", OLD, share(16552, 48856), "Gaskell"),
    ("mean_of_three_trials", "rows_with_percent", OLD, share(18746, 48856, 0.05), "Gaskell"),
    ("mean_of_three_trials", "rows_with_normal", OLD, share(17304, 48856, 0.05), "Gaskell"),
    ("mean_of_three_trials", "rows_with_unit", OLD, share(20082, 48856, 0.05), "Gaskell"),
    ("mean_of_three_trials", "rows_with_day", OLD, share(46308, 48856, 0.02), "Gaskell"),
    ("slow_capacity_by_attribute", "subjects", NEW, (0.065, 0.13), "a note on 2022"),
    ("slow_capacity_by_attribute", "rows_with_later_trials", EVERY, (1e-9, 0.02), "Papaiz"),
    ("laboratory_pivot", "subjects", OLD, share(8255, 10723), "ttompk"),
    ("laboratory_pivot", "albumin", EVERY, (42, 46), "UMich-HS650"),
    ("laboratory_pivot", "sodium", EVERY, (139, 141), "UMich-HS650"),
    ("laboratory_pivot", "tests", EVERY, (30, 60), "Curation"),
    ("first_and_last_visit", "q1", OLD, (5, 7), "ttompk"),
    ("first_and_last_visit", "median", OLD, (8, 10), "ttompk"),
    ("first_and_last_visit", "q3", OLD, (11, 13), "ttompk"),
    ("first_and_last_visit", "subjects", OLD, share(6844, 10723), "ttompk"),
    ("first_and_last_visit", "missing_days", OLD, share(188, 60775, 0.002), "ttompk"),
    ("revised_total_from_items", "rows_revised", OLD, share(31498, 60775, 0.06), "ttompk"),
    ("revised_total_from_items", "rows_original", OLD, share(36385, 60775, 0.06), "ttompk"),
    ("revised_total_from_items", "agree", EVERY, (0.98, 1), "several cleaners"),
    ("region_of_onset", "levels", EVERY, (6, 6), "Papaiz"),
    ("region_of_onset", "bulbar", EVERY, (0.17, 0.26), "several"),
    ("region_of_onset", "onset_rows", NEW, share(8194, 11675), "Papaiz"),
    ("region_of_onset", "onset_subjects", NEW, share(7754, 11675), "Papaiz"),
    ("region_of_onset", "diagnosis_rows", NEW, share(5325, 11675), "Papaiz"),
    ("region_of_onset", "text_rows", NEW, share(5533, 11675, 0.07), "Papaiz"),
    ("region_of_onset", "limb_flag_rows", NEW, share(3589, 11675, 0.07), "Papaiz"),
    ("region_of_onset", "subjects", NEW, share(10271, 11675), "Papaiz"),
    ("delay_in_months", "subjects", NEW, share(5323, 11675), "Papaiz"),
    ("delay_in_months", "months", EVERY, (30, 80), "Papaiz"),
    ("joins_on_subject", "rows", EVERY, (1, 1), "Papaiz"),
    ("joins_on_subject", "rows_more_with_deaths", EVERY, (1, 1), "Gaskell"),
    ("joins_on_subject", "riluzole_yes", OLD, (0.749, 0.829), "Gaskell"),
    ("joins_on_subject", "riluzole_known", OLD, share(8817, 10723), "Gaskell"),
    ("joins_on_subject", "active", OLD, share(6728, 9640), "Gaskell"),
    ("joins_on_subject", "arm_known", OLD, share(9640, 10723), "Gaskell"),
    ("joins_on_subject", "in_death_table", OLD, share(4633, 10723, 0.06), "Gaskell"),
    ("joins_on_subject", "died", OLD, (0.72, 0.84), "Gaskell"),
    ("doubles_by_subject_and_day", "alsfrs", EVERY, (0.001, 0.02), "2015 release"),
    ("doubles_by_subject_and_day", "fvc", EVERY, (0.0005, 0.02), "2016 release"),
    ("doubles_by_subject_and_day", "vitals", EVERY, (0.001, 0.02), "2015 release"),
    ("doubles_by_subject_and_day", "first_visits", EVERY, (0, 0), "modrak"),
    ("family_without_empty_columns", "subjects", OLD, share(1007, 10723), "ttompk"),
    ("family_without_empty_columns", "with_disease", OLD, (0.44, 0.68), "Curation"),
    ("family_without_empty_columns", "named_other", EVERY, (1, 100), "Curation"),
    ("family_by_place", "columns", EVERY, (39, 39), "davharris"),
    ("family_by_place", "relatives", EVERY, (0.4, 0.7), "Gaskell"),
    ("pressure_without_coercion", "median", EVERY, (120, 136), "UMich-HS650"),
    ("pressure_without_coercion", "slopes", EVERY, (20, 40), "Gaskell"),
    ("pressure_without_coercion", "rows", OLD, (8, 11), "Gaskell"),
    ("body_mass_index", "labels", EVERY, (0, 0), "Gaskell"),
    ("body_mass_index", "median", EVERY, (24.3, 27), "Atassi"),
    ("body_mass_index", "subjects_in_inches", NEW, share(175, 11675, 0.012), "Papaiz"),
    ("body_mass_index", "rows_in_inches", OLD, share(459, 10723, 0.02), "Gaskell"),
    ("body_mass_index", "rows_in_pounds", OLD, share(286, 10723, 0.02), "Gaskell"),
    ("strength_by_trial", "complete", ("2022", "F"), (1, 1), "Curation"),
    ("everything_with_default_types", "integer_subjects", EVERY, (1, 1), "Gaskell"),
    ("everything_with_default_types", "vitals_numeric", EVERY, (29, 29), "Gaskell"),
    ("everything_with_default_types", "labs_text", EVERY, (1, 1), "Gaskell"),
    ("everything_with_default_types", "pulse", EVERY, (72, 81), "UMich-HS650"),
    ("funnel_of_complete_cases", "sex_and_age", NEW, share(9598, 11675, 0.03), "Papaiz"),
    ("funnel_of_complete_cases", "onset", NEW, share(7753, 11675, 0.03), "Papaiz"),
    ("funnel_of_complete_cases", "diagnosis", NEW, share(5323, 11675, 0.03), "Papaiz"),
    ("funnel_of_complete_cases", "site", NEW, share(5271, 11675, 0.03), "Papaiz"),
    ("funnel_of_complete_cases", "age_given_onset", NEW, (0.997, 1), "Papaiz"),
    ("survival_class", "known", EVERY, (0.6, 1), "Papaiz"),
    ("survival_class", "died_within_24_months", NEW, (0.08, 0.25), "Papaiz"),
]

RUNS = [
    pytest.param(name, release, marks=[] if release in NEW else [pytest.mark.slow])
    for name in dict.fromkeys(row[0] for row in PRINTED)
    for release in EVERY
    if (name, release) != ("strength_by_trial", "2016")  # which has no such table
]


@pytest.mark.parametrize(("name", "release"), RUNS)
def test_a_program_runs_and_finds_what_is_printed(releases, name, release):
    found = getattr(programs, name)(releases[release])
    for program, quantity, where, (low, high), source in PRINTED:
        if program == name and release in where:
            told = f"{quantity}: {found[quantity]:.3f}, {source} has {low:.3f} to {high:.3f}"
            assert low - 1e-9 <= found[quantity] <= high + 1e-9, told


def test_there_are_at_least_twelve_programs():
    assert len({run.values[0] for run in RUNS}) + 2 >= 12


def test_two_laboratory_tests_have_several_units(releases):
    assert laboratory.units_of_kept_tests(releases["2022"]) == {
        "Albumin",
        "Mean Corpuscular Hemoglobin Concentration",
    }


def test_few_tests_hold_text(releases):
    found = laboratory.texts_of_kept_tests(releases["2022"])
    blood = {"Protein", "Bilirubin (Total)", "Red Blood Cells (RBC)"}
    white = {"White Blood Cell (WBC)", "White Blood Cells (WBC)"}
    assert blood <= found["dash"] <= blood | white
    assert found["limit"] <= {
        *("Alkaline Phosphatase", "Bilirubin (Total)", "Creatine Kinase"),
        *("Creatinine", "Gamma-glutamyltransferase"),
    }
    assert len(found["normal"] - white) <= 6
    assert sum(found["comma"].values()) == 6
    assert found["other"] == set()


def test_the_programs_know_nothing_of_this_project():
    for file in ("programs.py", "laboratory.py"):
        tree = ast.parse((HERE / file).read_text(encoding="utf-8"))
        modules = {
            name.name.split(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.Import)
            for name in node.names
        }
        others = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        assert modules <= {"numpy", "pandas"}
        assert not others
