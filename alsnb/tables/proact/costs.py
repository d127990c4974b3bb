"""Say which features are lost when a table or a column of a release is not there."""

_ITEMS = {
    "q1_speech": "q1_speech",
    "q2_salivation": "q2_salivation",
    "q3_swallowing": "q3_swallowing",
    "q4_handwriting": "q4_handwriting",
    "q5a_cutting_without_gastrostomy": "q5_cutting",
    "q5b_cutting_with_gastrostomy": "q5_cutting of patients with a gastrostomy",
    "q6_dressing_and_hygiene": "q6_dressing",
    "q7_turning_in_bed": "q7_turning",
    "q8_walking": "q8_walking",
    "q9_climbing_stairs": "q9_climbing",
    "q10_respiratory": "q10_respiratory where the revised scale was not asked",
    "r_1_dyspnea": "q10_respiratory where the original item was not asked, and r1_dyspnea",
    "r_2_orthopnea": "r2_orthopnea",
    "r_3_respiratory_insufficiency": "r3_insufficiency",
    "alsfrs_total": "alsfrs_total where an item is missing",
    "alsfrs_r_total": "alsfrs_r_total where an item is missing",
}

COSTS: dict[str, dict[str, str]] = {
    "alsfrs": _ITEMS,
    "fvc": {
        "": "fvc, fvc_percent",
        "forced_vital_capacity_delta": "fvc, fvc_percent",
        "subject_liters_trial_1": "fvc where it cannot be derived from percent and normal",
        "pct_of_normal_trial_1": "fvc_percent where it cannot be derived from the normal",
        "subject_normal": "fvc_percent where it is not recorded",
    },
    "svc": {
        "": "svc",
        "slow_vital_capacity_delta": "svc",
        "subject_liters_trial_1": "svc where it cannot be derived from percent and normal",
    },
    "vitals": {
        "": "systolic, diastolic, pulse, respiratory_rate, temperature, weight, height, bmi",
        "vital_signs_delta": "systolic, diastolic, pulse, respiratory_rate, temperature, weight, "
        "bmi",
        "blood_pressure_systolic": "systolic",
        "blood_pressure_diastolic": "diastolic",
        "pulse": "pulse",
        "respiratory_rate": "respiratory_rate",
        "temperature": "temperature",
        "weight": "weight, bmi",
        "height": "height, bmi",
        "height_units": "nothing, but heights in inches are told by their size alone",
        "weight_units": "nothing, but weights in pounds are told by their size alone",
    },
    "labs": {
        "": "every laboratory test",
        "test_name": "every laboratory test",
        "test_result": "every laboratory test",
        "laboratory_delta": "every laboratory test",
        "test_unit": "results that cannot be told from their unit",
    },
    "demographics": {
        "": "age, male, caucasian",
        "age": "age where the day of birth is not recorded",
        "date_of_birth": "age where it is not recorded",
        "sex": "male",
        "race_caucasian": "caucasian",
    },
    "history": {
        "": "onset_delta, diagnosis_delta, site_limb, site_bulbar, site_both, site_other",
        "onset_delta": "onset_delta",
        "diagnosis_delta": "diagnosis_delta",
        "site_of_onset": "the site of onset where it is not ticked",
        "site_of_onset_bulbar": "the site of onset where it is not written out",
        "site_of_onset_limb": "the site of onset where it is not written out",
    },
    "riluzole": {"": "riluzole", "subject_used_riluzole": "riluzole"},
    "treatment": {"": "active", "study_arm": "active"},
    "death": {
        "": "no feature; visits after a death cannot be told",
        "subject_died": "no feature; visits after a death cannot be told",
        "death_days": "no feature; visits after a death cannot be told",
    },
    "family": {"": "family_als"},
    "el_escorial": {"": "el_escorial", "el_escorial": "el_escorial"},
}
"""Features lost by table and column key; the key ``""`` stands for the whole table."""

NOTHING = "nothing"


def cost_of_table(table: str) -> str:
    """Return which features are lost without a table."""
    return COSTS.get(table, {}).get("", NOTHING)


def cost_of_column(table: str, key: str) -> str:
    """Return which features are lost without a column, by its normalized name."""
    return COSTS.get(table, {}).get(key, NOTHING)
