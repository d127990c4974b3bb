"""Nothing is lost in silence: every column, word and label of a tiny release is tried in turn."""

import re

import numpy as np
import pytest
from tiny_release import TINY_TESTS, Tiny, moved_features

from alsnb.cleaning.small_tables import DISEASES
from alsnb.cleaning.unknown import closed_columns
from alsnb.features.catalogue import described
from alsnb.tables.proact.costs import NOTHING, cost_of_column
from alsnb.tables.proact.schema import normalise, tables

MEASURES = described("ALSFRS").set_index("name")["measure"]
USED = [name for name, table in tables().items() if table.used]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return Tiny(tmp_path_factory.mktemp("tiny") / "release")


def untold(tiny, found):
    """Return the measures that changed in a tenth of those who stay without a word of it."""
    told = found.names().replace("every laboratory test", " ".join(TINY_TESTS))
    moved = {MEASURES[name] for name in moved_features(tiny.found, found)}
    return {measure for measure in moved if not re.search(rf"\b{measure}\b", told)}


def assert_told(tiny, found):
    assert untold(tiny, found) == set()
    gone = tiny.found.slope.index.difference(found.slope.index)
    cohort = found.losses[found.losses["what"].str.startswith("the cohort with a slope")]
    assert cohort["lost"].max() >= len(gone) if len(gone) else True


def the_one(losses, what):
    return losses[losses["what"].str.split(", ").map(lambda named: what in named)].iloc[0]


def scaled(factor):
    """Return a change of a cell that multiplies its number."""
    return lambda cell: f"{float(cell) * factor:.3f}" if re.fullmatch(r"[\d.]+", cell) else cell


def test_nothing_is_lost_of_a_tidy_release_and_nothing_is_in_doubt(tiny):
    assert tiny.found.losses.empty
    assert tiny.found.remarks.empty


@pytest.mark.damage
@pytest.mark.parametrize("table", USED)
def test_what_a_missing_column_takes_is_told(tiny, table):
    header, *rows = tiny.rows(table)
    keys = [normalise(name) for name in header]
    day = normalise(tables()[table].day)
    kept_for_none = []
    for place, key in enumerate(keys):
        if key == "subject_id" or (table == "alsfrs" and key == day):
            continue
        if cost_of_column(table, key) == NOTHING:
            kept_for_none.append(place)
            continue
        without = [row[:place] + row[place + 1 :] for row in (header, *rows)]
        found = tiny.after(table, without)
        assert_told(tiny, found)
        name = tables()[table].column(key).name
        assert f"the column {name} is missing" in set(found.losses["what"])
    # all columns that are said to cost nothing, at once
    rest = [place for place in range(len(header)) if place not in kept_for_none]
    found = tiny.after(table, [[row[place] for place in rest] for row in (header, *rows)])
    assert moved_features(tiny.found, found) == set()
    assert found.slope.equals(tiny.found.slope)
    assert found.losses.empty


@pytest.mark.damage
@pytest.mark.parametrize("closed", closed_columns(), ids=lambda c: f"{c.table}-{c.column}")
def test_an_unknown_word_or_label_is_told_wherever_it_stands(tiny, closed):
    header, *rows = tiny.rows(closed.table)
    place = [normalise(name) for name in header].index(closed.column)
    for word in sorted({row[place] for row in rows} - {""}):
        changed = {header[place]: lambda cell, word=word: "Xyzzy" if cell == word else cell}
        found = tiny.changed(closed.table, **changed)
        cells = sum(row[place] == word for row in rows)
        assert_told(tiny, found)
        lost, doubts = found.losses, found.remarks
        assert len(lost) + len(doubts) == 1
        if closed.column.endswith("units"):
            # the values are as before, and say so
            assert lost.empty
            assert moved_features(tiny.found, found) == set()
            assert doubts["emptied"].tolist() == [0]
        elif lost.empty:
            assert doubts["cells"].tolist() == doubts["emptied"].tolist() == [cells]
        else:
            assert lost["reasons"].tolist() == [f"words not known ({cells:,})"]
        named = lost["unknown"].tolist() + doubts["named"].tolist()
        assert named == [f"'Xyzzy' ({cells:,})" if cells >= 5 else ""]


POUNDS = {"Weight": scaled(1 / 0.45359237)}
STONES = {"Weight": scaled(1 / 6.35)}
LITRES = [f"Subject_Liters_Trial_{trial}" for trial in (1, 2, 3)]
SYSTOLIC, PRESSURE = "Blood_Pressure_Systolic", "Blood_Pressure_Systolic_Units"
CAPACITY = "Forced_Vital_Capacity_Units"


@pytest.mark.parametrize(
    ("table", "feature", "columns", "outcome"),
    [
        ("vitals", "weight", {"Weight_Units": lambda c: "lbs."} | POUNDS, "read"),
        ("vitals", "weight", {"Weight_Units": lambda c: "Pounds."} | POUNDS, "read"),
        ("vitals", "weight", {"Weight_Units": lambda c: "livres"} | POUNDS, "lost"),
        (
            "vitals",
            "weight",
            {"Weight_Units": lambda c: "stone", "Weight": scaled(1 / 6.35)},
            "lost",
        ),
        ("vitals", "weight", {"Weight_Units": lambda c: "K.G."}, "read"),
        ("vitals", "weight", {"Weight_Units": lambda c: "kilogr"}, "doubt"),
        ("vitals", "height", {"Height_Units": lambda c: "Zoll", "Height": scaled(0.3937)}, "lost"),
        ("vitals", "systolic", {PRESSURE: lambda c: "kPa", SYSTOLIC: scaled(0.1333)}, "lost"),
        ("fvc", "fvc", {CAPACITY: lambda c: "cc"} | dict.fromkeys(LITRES, scaled(1000)), "read"),
        ("fvc", "fvc", {CAPACITY: lambda c: "dL"} | dict.fromkeys(LITRES, scaled(10)), "lost"),
        ("fvc", "fvc", {CAPACITY: lambda c: "Lt"}, "doubt"),
        ("labs", "urea_nitrogen", {"Test_Unit": lambda c: c.replace("mmol/L", "MMOL/L.")}, "read"),
        ("labs", "urea_nitrogen", {"Test_Unit": lambda c: c.replace("mmol", "millimole")}, "doubt"),
        # as numbers of millimoles these would be plausible, one by one
        (
            "labs",
            "urea_nitrogen",
            {"Test_Unit": lambda c: "mg%", "Test_Result": scaled(1 / 0.357)},
            "lost",
        ),
    ],
)
def test_a_unit_is_read_by_its_label_or_its_values_or_not_at_all(
    tiny, table, feature, columns, outcome
):
    found = tiny.changed(table, **columns)
    name = feature if feature in found.features else f"median_{feature}"
    stay = found.features.index
    before, after = tiny.found.features.loc[stay, name], found.features[name]
    if outcome == "lost":
        assert after.isna().mean() > before.isna().mean() + 0.1
        assert the_one(found.losses, feature)["lost"] > 0
        # what is left was not labelled
        np.testing.assert_allclose(after.dropna(), before[after.notna()], rtol=0.2)
    else:
        np.testing.assert_allclose(after, before, rtol=1e-2)
        columns_in_doubt = " ".join(found.remarks["column"])
        assert found.losses.empty
        assert (outcome == "doubt") == bool(columns_in_doubt)


@pytest.mark.parametrize(
    ("table", "columns", "what", "reason", "unknown"),
    [
        ("labs", {"Test_Result": lambda c: f"{c} H"}, "sodium", "result not a number", " H' ("),
        ("vitals", {"Weight": lambda c: c and f"{c} kg"}, "weight", "not a number", " kg'"),
        (
            *("vitals", {"Pulse": lambda c: c and f"{float(c) / 60:.2f}"}),
            *("pulse", "pulse impossible", ""),
        ),
        ("demographics", {"Sex": lambda c: {"Male": "Man"}.get(c, c)}, "male", "words", "'Man' ("),
        (
            *("history", {"Onset_Delta": lambda c: c.lstrip("-")}),
            *("onset_delta", "onset not before the baseline", ""),
        ),
        (
            *("history", {"Site_of_Onset": lambda c: c.replace("Onset: ", "Début: ")}),
            *("site of onset", "words not known", "'Début: Limb' ("),
        ),
        ("demographics", {"Age": lambda c: c and f"{c}00"}, "age", "age impossible", ""),
        ("death", {"Death_Days": lambda c: c and f"-{c}"}, "day of death", "day impossible", ""),
        (
            *("death", {"Death_Days": lambda c: c and f"{float(c) // 30}"}),
            *("the cohort with a slope on the ALSFRS", "visits after the day of death", ""),
        ),
        (
            *("alsfrs", {"ALSFRS_Delta": lambda c: f"day {c}" if c[-1] in "369" else c}),
            *("the cohort with a slope on the ALSFRS", "a day that cannot be read", ""),
        ),
        (
            *("alsfrs", {"Q1_Speech": lambda c: {"4": "normal"}.get(c, c)}),
            *("q1_speech", "not a number", "'normal'"),
        ),
        (
            *("alsfrs", {"Q1_Speech": lambda c: c and f"{c}0"}),
            *("q1_speech", "item outside 0 to 4", ""),
        ),
    ],
)
def test_what_cleaning_empties_is_told_with_its_reason(tiny, table, columns, what, reason, unknown):
    found = tiny.changed(table, **columns)
    loss = the_one(found.losses, what)
    assert 0 < loss["lost"] <= loss["given"]
    assert reason in loss["reasons"]
    assert unknown in loss["unknown"]
    assert loss["costs"]
    assert loss["remedy"].endswith(".")


def test_a_day_beside_a_word_that_nobody_knows_is_no_day_of_death(tiny):
    found = tiny.changed("death", Subject_Died=lambda c: "Alive", Death_Days=lambda c: "100")
    assert found.clean.frames["death"].empty
    assert found.slope.equals(tiny.found.slope)
    loss = the_one(found.losses, "day of death")
    assert loss["unknown"].startswith("'Alive' (")


def test_a_family_table_that_names_no_disease_says_no_of_nobody(tiny):
    names = [tables()["family"].column(key).name for key in DISEASES]
    found = tiny.changed("family", **dict.fromkeys(names, lambda c: ""))
    assert found.clean.frames["family"]["family_als"].isna().all()
    assert "family_als" in found.names()


def test_a_text_of_fewer_than_five_subjects_is_named_nowhere(tiny):
    once = iter(["Mrs Example", *["Man"] * 10_000])
    found = tiny.changed("demographics", Sex=lambda c: next(once))
    loss = the_one(found.losses, "male")
    assert loss["lost"] == loss["given"]
    assert loss["unknown"] == f"'Man' ({loss['lost'] - 1})"
    assert "Example" not in found.losses.to_csv() + found.remarks.to_csv()


def test_renamed_tests_are_told_with_the_names_that_are_not_used(tiny):
    header, *rows = tiny.rows("labs")
    renamed = [[row[0], row[1].replace("Sodium", "Na+"), *row[2:]] for row in rows]
    found = tiny.after("labs", [header, *renamed])
    n_rows = sum(row[1] == "Na+" for row in renamed)
    loss = found.losses.iloc[0]
    assert loss["what"].endswith(
        f"the commonest names of tests that are not used: 'Na+' ({n_rows:,})"
    )
    assert "sodium" in loss["costs"]
    assert untold(tiny, found) == set()


def test_lines_that_are_broken_in_a_tenth_of_a_table_are_told(tiny):
    header, *rows = tiny.rows("vitals")
    broken = [row[:-2] if place % 5 == 0 else row for place, row in enumerate(rows)]
    loss = the_one(tiny.after("vitals", [header, *broken]).losses, "rows")
    assert (loss["lost"], loss["given"]) == (-(-len(rows) // 5), len(rows))
    assert loss["reasons"] == "broken line"
