import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from raw_frames import count, raw_frame, raw_labs

from alsnb.cleaning.labels import (
    ENOUGH,
    HEIGHT,
    KILOGRAMS,
    MILLILITRES,
    NONE,
    PERCENT,
    POUNDS,
    PRESSURE,
    UNKNOWN,
    VOLUME,
    WEIGHT,
    not_spoken_for,
    plain,
    rows_in,
    units_of,
)
from alsnb.cleaning.laboratory import clean_labs
from alsnb.cleaning.settings import CleaningSettings
from alsnb.cleaning.small_tables import clean_death, clean_family
from alsnb.cleaning.spirometry import clean_fvc
from alsnb.cleaning.vitals import clean_vitals


@pytest.mark.parametrize(
    ("known", "label", "unit"),
    [
        (WEIGHT, "Kilograms", KILOGRAMS),
        (WEIGHT, "k.g.", KILOGRAMS),
        (WEIGHT, "lbs.", POUNDS),
        (WEIGHT, " LB ", POUNDS),
        (WEIGHT, "lbsx", UNKNOWN),
        (WEIGHT, "stone", UNKNOWN),
        (HEIGHT, "In.", "in"),
        (VOLUME, "cc", MILLILITRES),
        (VOLUME, "Percent Predicted", PERCENT),
        (VOLUME, "% pred. (ECSC)", PERCENT),
        (VOLUME, "L/min", UNKNOWN),
        (PRESSURE, "MM  HG", "mmHg"),
        (PRESSURE, "kPa", UNKNOWN),
    ],
)
def test_a_label_stands_for_one_unit_or_for_none_that_is_known(known, label, unit):
    assert units_of([label], known) == [unit]


def test_a_micro_sign_is_a_u_and_dots_are_nothing():
    assert plain("\u00b5mol/L.") == plain("\u03bcmol / L").replace(" ", "") == "umol/l"


def test_a_blank_label_is_no_unknown_one():
    labels = pd.Categorical(["kg", None, "stone"])
    assert rows_in(labels, WEIGHT, KILOGRAMS).tolist() == [True, False, False]
    assert rows_in(labels, WEIGHT, NONE).tolist() == [False, True, False]
    assert rows_in(labels, WEIGHT, UNKNOWN).tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("n", "middle", "away"),
    [(ENOUGH, 70, False), (ENOUGH - 1, 70, True), (ENOUGH, 160, True), (ENOUGH, 11, True)],
)
def test_enough_values_of_the_usual_size_speak_for_a_label(n, middle, away):
    labels = pd.Categorical(["odd"] * n + [None, "kg", "lb"])
    values = np.r_[np.linspace(middle - 5, middle + 5, n), 160, 160, 160]
    found = not_spoken_for(labels, WEIGHT, values, (50, 105))
    assert found.tolist() == [away] * n + [False] * 3
    assert not_spoken_for(labels, WEIGHT, values, (50, 105), judge=False)[:n].all()


@given(st.lists(st.sampled_from(["kg", "lbs.", "odd", "other", None]), max_size=40), st.data())
@settings(max_examples=50, deadline=None)
def test_only_values_under_unknown_labels_are_ever_taken_away(labels, data):
    values = data.draw(st.lists(st.floats(20, 400), min_size=len(labels), max_size=len(labels)))
    texts = pd.Categorical(labels, ["kg", "lbs.", "odd", "other"])
    away = not_spoken_for(texts, WEIGHT, np.array(values), (50, 105))
    assert not away[[label not in ("odd", "other") for label in labels]].any()


def test_weights_under_an_odd_label_are_never_kilograms_by_default():
    labels = ["lbs.", "livre", None, "kg"]
    raw = raw_frame(
        "vitals", vital_signs_delta=range(4), weight=[154, 154, 70, 70], weight_units=labels
    )
    clean, audit = clean_vitals(raw)
    np.testing.assert_allclose(clean["weight"], [154 * 0.453592, 70, 70])
    assert count(audit, "weight's unit unknown") == (0, 1, 1)
    clean, _ = clean_vitals(raw, CleaningSettings(unlabelled_units=False))
    np.testing.assert_allclose(clean["weight"], [154 * 0.453592, 70, 70])


def test_millilitres_with_a_label_are_litres_however_few_and_odd_volumes_are_gone():
    raw = raw_frame(
        "fvc",
        forced_vital_capacity_delta=range(4),
        subject_liters_trial_1=[450, 2500, 31, 3.1],
        forced_vital_capacity_units=["mL", "cc", "dL", "Liters"],
    )
    clean, audit = clean_fvc(raw)
    assert clean["litres"].tolist() == [0.45, 2.5, 3.1]
    assert count(audit, "litres' unit unknown") == (0, 1, 1)


def results(measure, value, label, n):
    return [(measure, f"{value + at / 100:.2f}", label) for at in range(n)]


@pytest.mark.parametrize(
    ("measure", "value", "label", "n", "kept"),
    [
        # as millimoles 15 is plausible, but no group of patients has that for its middle
        ("urea_nitrogen", 15.0, "mg%", 30, 0),
        ("urea_nitrogen", 5.4, "millimolar", 30, 30),
        # a few could be milligrams per decilitre, which would be plausible too
        ("urea_nitrogen", 5.4, "millimolar", 3, 0),
        # sodium has no other known unit in which 140 could be
        ("sodium", 140.0, "??", 3, 3),
        ("magnesium", 2.0, "mg/dl", 30, 0),
        ("urea_nitrogen", 15.0, "", 30, 30),
    ],
)
def test_laboratory_results_under_an_odd_label_count_only_if_they_say_so(
    measure, value, label, n, kept
):
    clean, _ = clean_labs(raw_labs(*results(measure, value, label or None, n)))
    assert len(clean) == kept


@pytest.mark.parametrize(
    ("word", "day", "died"),
    [
        ("Yes", 300, [1]),
        (None, 300, [1]),
        ("Alive", 300, []),
        ("No", 300, [0]),
        ("Alive", None, []),
    ],
)
def test_a_day_is_one_of_death_unless_a_word_stands_beside_it_that_says_otherwise(word, day, died):
    raw = raw_frame("death", subject_died=[word], death_days=[np.nan if day is None else day])
    clean, _ = clean_death(raw)
    assert clean["died"].tolist() == died


def test_a_blank_form_is_a_no_only_where_others_are_filled_in():
    def answers(*diseases):
        raw = raw_frame("family", subject_id=[1, 2], neurological_disease=diseases)
        return clean_family(raw)[0]["family_als"]

    assert answers("ALS", None).tolist() == [1, 0]
    assert answers(None, None).isna().all()
