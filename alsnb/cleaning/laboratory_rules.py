"""The rules of the laboratory results, in the order of application."""

from alsnb.cleaning.audit import make_rules
from alsnb.cleaning.rows import DAY_RULES
from alsnb.tables.proact.schema import lab_tests

RULES = make_rules(
    "labs",
    DAY_RULES
    | {
        "exact copy": (
            "the same result of a test twice on one day",
            "red cells twice on a day: 1,635 subjects (2016)",
        ),
        "dash instead of a result": ("no result", "49,959 rows (2016)", 49_959 / 2_445_059),
        "result missing": ("the result is blank", "1,031 rows (2016)", 1_031 / 2_445_059),
        "comma of thousands": ("229,000 is 229000", "seen in printed lists"),
        "decimal comma": ("any other comma is a decimal point",),
        "word to grade": ("dipsticks and colours are graded from 0 to 4", "seen in printed lists"),
        "result not a number": ("a word where a number is expected", "seen in printed lists"),
        "beyond a limit of detection": (
            "<0.2 counts as 0.2 and is marked as censored",
            "seen in printed lists",
        ),
        "censored result": ("dropped only if the settings say so",),
        "red cells of 500": (
            "a code, always beside a real value",
            "174 subjects (2016)",
            174 / 2_445_059,
        ),
        "white cells without a unit": (
            "dropped, as the source did, unless the settings rescale them",
            "4,407 rows (2016)",
            4_407 / 2_445_059,
        ),
        "protein without a unit": ("a urine dipstick, not serum", "seen in public code"),
        "unit cannot be converted": (
            "albumin as a share, cells in absolute counts where shares are meant",
            "seen in public code",
        ),
        "unit converted": ("to the one unit of the test",),
        "zero glucose or creatinine": ("no living person has none", "per-subject minima of 0"),
        "blood cells by powers of ten": (
            "counts that are off by powers of ten",
            "281 red cells of one of five magnitudes (2016)",
        ),
        "hematocrit as a fraction": ("multiplied by 100", "seen in public code"),
        "potassium above 20": ("a decimal point was lost", "a maximum of 43"),
        "calcium above 5": ("mg/dL in a column of mmol/L", "a maximum of 9.46"),
        "cell hemoglobin in g/dL": ("brought to g/L; the table mixes both", "unit mixed"),
        "outside the plausible range": ("fixed limits, one pair per test",),
        "unit unknown": (
            "without a label a value counts only if it is plausible in the usual unit; under a "
            "label that nobody knows also only if many values say that it means this unit",
        ),
        "same day, same result": ("in another writing or unit",),
        "same day, another result": ("the first plausible result of a day is kept",),
    },
)


NAMES = tuple(rule.name for rule in RULES)
"""The names of the rules, in order."""

TESTS = tuple(lab_tests())
"""The tests that are used, in order."""
