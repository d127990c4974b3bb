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

_SITE = "site_limb, site_bulbar, site_both, site_other"
_ONLY_RACE = "caucasian of patients of whom only this race is ticked"
_BEST_FORCED = "fvc, fvc_percent of sessions of which this trial is the best"
_BEST_SLOW = "svc of sessions of which this trial is the best"

COSTS: dict[str, dict[str, str]] = {
    "alsfrs": _ITEMS,
    "fvc": {
        "": "fvc, fvc_percent",
        "forced_vital_capacity_delta": "fvc, fvc_percent",
        "subject_liters_trial_1": "fvc where it cannot be derived from percent and normal, and "
        "fvc_percent where it is derived from litres",
        "subject_liters_trial_2": _BEST_FORCED,
        "subject_liters_trial_3": _BEST_FORCED,
        "pct_of_normal_trial_1": "fvc_percent where it cannot be derived from the normal",
        "pct_of_normal_trial_2": _BEST_FORCED,
        "pct_of_normal_trial_3": _BEST_FORCED,
        "subject_normal": "fvc_percent where it is not recorded, fvc where only percent is",
        "forced_vital_capacity_units": "nothing, but percentages are told from litres by their "
        "size alone",
    },
    "svc": {
        "": "svc",
        "slow_vital_capacity_delta": "svc",
        "subject_liters_trial_1": "svc where it cannot be derived from percent and normal",
        "subject_liters_trial_2": _BEST_SLOW,
        "subject_liters_trial_3": _BEST_SLOW,
        "pct_of_normal_trial_1": "svc where only percent is recorded",
        "pct_of_normal_trial_2": _BEST_SLOW,
        "pct_of_normal_trial_3": _BEST_SLOW,
        "subject_normal": "svc where only percent is recorded",
        "slow_vital_capacity_units": "nothing, but percentages are told from litres by their "
        "size alone",
    },
    "vitals": {
        "": "systolic, diastolic, pulse, respiratory_rate, temperature, weight, height, bmi",
        "vital_signs_delta": "systolic, diastolic, pulse, respiratory_rate, temperature, weight, "
        "height, bmi",
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
        "race_black_african_american": _ONLY_RACE,
        "race_asian": _ONLY_RACE,
        "race_americ_indian_alaska_native": _ONLY_RACE,
        "race_hawaiian_pacific_islander": _ONLY_RACE,
        "race_other": _ONLY_RACE,
    },
    "history": {
        "": f"onset_delta, diagnosis_delta, {_SITE}",
        "onset_delta": "onset_delta",
        "diagnosis_delta": "diagnosis_delta",
        "site_of_onset": f"{_SITE} where the site is not ticked",
        **{
            f"site_of_onset_{site}": f"{_SITE} where the site is not written out"
            for site in ("bulbar", "limb", "limb_and_bulbar", "other", "spine")
        },
    },
    "riluzole": {"": "riluzole", "subject_used_riluzole": "riluzole"},
    "treatment": {"": "active", "study_arm": "active"},
    "death": {
        "": "no feature; visits after a death cannot be told",
        "subject_died": "no feature; visits after a death cannot be told",
        "death_days": "no feature; visits after a death cannot be told",
    },
    "family": {
        "": "family_als",
        "neurological_disease": "family_als, which then says No of relatives with ALS",
        "neurological_disease_other": "family_als where the disease is written out",
        "family_hx_of_neuro_disease": "family_als where the disease is written out",
    },
    "el_escorial": {"": "el_escorial", "el_escorial": "el_escorial"},
}
"""Features lost by table and column key; the key ``""`` stands for the whole table."""

MAY_BE_EMPTY = {
    "alsfrs": ("q5b_cutting_with_gastrostomy",),
    "fvc": (
        *("subject_liters_trial_2", "subject_liters_trial_3", "forced_vital_capacity_units"),
        *("pct_of_normal_trial_2", "pct_of_normal_trial_3"),
    ),
    "svc": (
        *("subject_liters_trial_2", "subject_liters_trial_3", "slow_vital_capacity_units"),
        *("pct_of_normal_trial_1", "pct_of_normal_trial_2", "pct_of_normal_trial_3"),
        "subject_normal",
    ),
    "demographics": tuple(key for key, cost in COSTS["demographics"].items() if cost == _ONLY_RACE),
    "history": tuple(key for key in COSTS["history"] if key.startswith("site_of_onset_")),
    "family": ("neurological_disease_other", "family_hx_of_neuro_disease"),
}
"""Columns that are blank in a release where nobody had anything to write there."""

NOTHING = "nothing"


def cost_of_table(table: str) -> str:
    """Return which features are lost without a table."""
    return COSTS.get(table, {}).get("", NOTHING)


def cost_of_column(table: str, key: str) -> str:
    """Return which features are lost without a column, by its normalized name."""
    return COSTS.get(table, {}).get(key, NOTHING)


def cost_if_empty(table: str, key: str) -> str:
    """Return which features are lost if a column that is there holds no value."""
    return NOTHING if key in MAY_BE_EMPTY.get(table, ()) else cost_of_column(table, key)
