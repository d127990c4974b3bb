"""Name the questions of the ALSFRS, and the cells of a patient's questionnaires in a table."""

_CUTTING = ("Q5a_Cutting_without_Gastrostomy", "Q5b_Cutting_with_Gastrostomy")
_BREATHING = ("Q10_Respiratory", "R_1_Dyspnea")

ITEMS = {
    "q1_speech": ("speech", ("Q1_Speech",)),
    "q2_salivation": ("salivation", ("Q2_Salivation",)),
    "q3_swallowing": ("swallowing", ("Q3_Swallowing",)),
    "q4_handwriting": ("handwriting", ("Q4_Handwriting",)),
    "q5_cutting": ("cutting", _CUTTING),
    "q6_dressing": ("dressing", ("Q6_Dressing_and_Hygiene",)),
    "q7_turning": ("turning", ("Q7_Turning_in_Bed",)),
    "q8_walking": ("walking", ("Q8_Walking",)),
    "q9_climbing": ("climbing", ("Q9_Climbing_Stairs",)),
    "q10_respiratory": ("respiratory", _BREATHING),
}
"""The ten items by measure: the column of the clean table, and those of the raw file."""

N_VISITS = 5
"""Visits per patient in a picture of the questionnaires; there are seldom more in three months."""

ROWS = (*ITEMS, "months")
"""What is known of a visit: the ten items and the months since time zero."""

VISIT_COLUMNS = tuple(f"visit{visit}_{row}" for row in ROWS for visit in range(1, N_VISITS + 1))
"""Names of the 55 cells of a questionnaire picture, row by row, where it lies in a table."""
