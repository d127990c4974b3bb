"""Cleaning against the simulated twin, whose defects and right values are known."""

import numpy as np
import pandas as pd
import pytest

from alsnb.cleaning.release import clean_release
from alsnb.cleaning.settings import CleaningSettings
from alsnb.synthetic import write
from alsnb.synthetic.draw import draw_world
from alsnb.tables.proact.reading import read_release
from alsnb.tables.proact.schema import tables

SETTINGS = CleaningSettings(truncate_after_death=False)
"""The mess moves some deaths, so that visits after them would be missing on one side only."""

RELEASE = "2016"
"""The release that has every kind of defect."""

CAPACITY = {
    "exact copy": ("litres", "percent"),
    "same day, another value": ("litres",),
    "percent is a proportion": ("percent",),
    "litres are percent": ("litres", "percent"),
    "unit says percent": ("litres", "percent"),
}

UNAMBIGUOUS = {
    "alsfrs": {
        "exact copy": ("total", "total_revised"),
        "same day, other answers": ("speech", "climbing", "total", "total_revised"),
        "5a and 5b both answered": ("cutting", "total", "total_revised"),
        "stored total out of range": ("total",),
        "total differs from its items": ("total",),
    },
    "fvc": CAPACITY,
    "svc": CAPACITY,
    "vitals": {
        "exact copy": ("systolic", "pulse", "weight"),
        "same day, another row": ("systolic", "pulse", "temperature"),
        "pounds without a label": ("weight",),
        "inches without a label": ("height",),
        "metres": ("height",),
        "Fahrenheit": ("temperature",),
    },
    "labs": dict.fromkeys(
        (
            "exact copy",
            "same day, another result",
            "red cells of wrong magnitude",
            "red cells of 500",
            "cells twice on a day",
            "white cells over 1000",
            "platelets over 1000",
            "platelets near 0.2",
            "hematocrit as a fraction",
            "potassium above 20",
            "calcium above 5",
            "albumin in percent",
            "protein without a unit",
            "comma of thousands",
        ),
        ("value",),
    ),
    "history": {
        "exact copy": ("onset_day", "diagnosis_day"),
        "several onsets": ("onset_day", "diagnosis_day"),
    },
    "death": {"another row of the subject": ("death_day",)},
}
"""Defects of which only one reading is sensible, and the clean columns that must survive them.

Where one of several columns cannot be known any more, the others are compared.
"""

FURTHER_ROWS = {
    "exact copy",
    "same day, other answers",
    "same day, another value",
    "same day, another row",
    "same day, another result",
    "red cells of 500",
    "cells twice on a day",
    "albumin in percent",
    "protein without a unit",
    "another row of the subject",
    "several onsets",
}
"""Defects that are rows written behind the right ones."""

TOLERANCE = {"labs": 0.06}
"""How far a right value may be from that of the tidy release, which rounds in another unit."""

NECESSARY = {
    "alsfrs": {
        "dyspnea stands for item 10",
        "total summed from its items",
        "revised total summed from its items",
    },
    "fvc": {"litres from percent", "percent from litres", "normal from litres and percent"},
    "svc": {"litres from percent", "percent from litres", "normal from litres and percent"},
    "vitals": {
        "filled from another posture",
        "height of the subject",
        "inches with a label",
        "pounds with a label",
        "same day, filled from another row",
    },
    "labs": {"test not used", "word to grade", "unit converted"},
    "demographics": {"age from the day of birth"},
    "history": {"filled from another row", "another row of the subject", "nothing known"},
    "death": {"Yes without a day"},
    "family": {"another row of the subject"},
}
"""Rules that complete or convert, and so apply to a tidy release too."""


@pytest.fixture(scope="module")
def worlds(tmp_path_factory):
    """One world written tidily and with the mess, read and cleaned; and the list of defects."""
    folder = tmp_path_factory.mktemp("world")
    world, listed = draw_world(80, seed=4), []

    def keep_defects(world, truth, numbers, defects, **others):
        listed.append(defects)

    with pytest.MonkeyPatch.context() as patch:
        # The list of defects is all that is needed; the oracle beside it takes long.
        patch.setattr(write, "write_truth", keep_defects)
        for name in ("tidy", "messy"):
            truth = folder / f"truth of {name}"
            write.write_release(
                world, folder / name, release=RELEASE, tidy=name == "tidy", truth=truth
            )
    raw = {name: read_release(folder / name) for name in ("tidy", "messy")}
    clean = {name: clean_release(found, SETTINGS) for name, found in raw.items()}
    return raw["messy"], clean["messy"], clean["tidy"], listed[1]


def recovered(worlds, table, kind):
    """Return which defective records lead to the same clean values as in the tidy release."""
    raw, messy, tidy, defects = worlds
    here = defects["file"] == tables()[table].files[RELEASE]
    rows = defects.loc[here & (defects["kind"] == kind), "row"].astype(int).unique()
    frame = raw.frames[table]
    frame = frame[frame["row"].isin(rows)]
    names = {column.key: "day" for column in tables()[table].columns if column.kind == "day"}
    key = [name for name in ("subject_id", "day", "measure") if name in messy.frames[table]]
    frame = frame.rename(columns=names)[key].drop_duplicates().dropna()
    columns = list(UNAMBIGUOUS[table][kind])
    found, right = (
        frame.merge(side.frames[table][[*key, *columns]], how="left", on=key)[columns]
        for side in (messy, tidy)
    )
    close = np.isclose(found, right, rtol=TOLERANCE.get(table, 0.01))
    # The predicted volume is not in every file, and without it litres and percent are apart.
    unknown = found.isna().to_numpy() | right.isna().to_numpy()
    one_side = found.isna().to_numpy() ^ right.isna().to_numpy()
    if table in ("fvc", "svc"):
        return (close | unknown).all(axis=1)
    return ((close | unknown) & ~one_side).all(axis=1)


@pytest.mark.parametrize("table", UNAMBIGUOUS)
def test_a_further_row_never_displaces_the_right_one(worlds, table):
    _, messy, _, defects = worlds
    here = defects["file"] == tables()[table].files[RELEASE]
    rows = defects.loc[here & defects["kind"].isin(FURTHER_ROWS), "row"]
    assert len(rows)
    assert not messy.frames[table]["row"].isin(rows).any()


@pytest.mark.parametrize(
    ("table", "kind"), [(table, kind) for table, kinds in UNAMBIGUOUS.items() for kind in kinds]
)
def test_an_unambiguous_defect_is_put_right(worlds, table, kind):
    good = recovered(worlds, table, kind)
    assert len(good) > 0, "no such defect in the world"
    assert good.mean() >= 0.99, f"{(~good).sum()} of {len(good)} are not"


def test_in_a_tidy_release_nothing_is_dropped_or_put_right(worlds):
    audit = worlds[2].audit
    active = (audit["rows_before"] > audit["rows_after"]) | (audit["values_changed"] > 0)
    for table, rules in audit[active].groupby("table")["rule"]:
        assert set(rules) <= NECESSARY.get(table, set()), table


def test_the_audit_of_a_simulated_release_is_one_chain(worlds):
    raw, messy, _, _ = worlds
    for table, lines in messy.audit.groupby("table"):
        assert lines["rows_before"].tolist()[1:] == lines["rows_after"].tolist()[:-1]
        counted = raw.counts.set_index("table")["rows"][table]
        assert lines["rows_before"].iloc[0] == counted
        assert lines["rows_after"].iloc[-1] == len(messy.frames[table])


def test_what_is_clean_in_both_is_nearly_always_the_same(worlds):
    _, messy, tidy, _ = worlds
    for table, column in (("alsfrs", "total"), ("fvc", "litres"), ("labs", "value")):
        key = ["subject_id", "day"] + ["measure"] * (table == "labs")
        both = messy.frames[table].merge(tidy.frames[table], on=key, suffixes=("", "_right"))
        known = both[[column, f"{column}_right"]].dropna()
        tolerance = TOLERANCE.get(table, 0.01)
        share = np.isclose(known[column], known[f"{column}_right"], rtol=tolerance).mean()
        assert share > 0.985, table
        assert len(both) > 0.9 * len(tidy.frames[table]), table


def test_empty_categories_do_not_disturb(worlds):
    clean = worlds[1].frames["labs"]
    assert isinstance(clean["measure"].dtype, pd.CategoricalDtype)
    assert clean["measure"].notna().all()
