"""Word the tables of gaps, trials and groups for reading."""

import pandas as pd

from alsnb.disclosure import HELD
from alsnb.lessons.missing_trials.study import LEFT_OUT, RANDOM
from alsnb.models.gaps import INDICATORS, MEAN, MEDIAN, MULTIPLE, NATIVE
from alsnb.report import say
from alsnb.report.scores import tabulate_differences, tabulate_scores
from alsnb.report.tables import interval, shown
from alsnb.schema import ESTIMATE, HIGH, LOW, METRIC, MODEL, N_PATIENTS
from alsnb.vocabulary import METRIC_TITLES

TITLES = {
    MEDIAN: "Median",
    MEAN: "Mean",
    INDICATORS: "Median and indicators",
    NATIVE: "Left as a gap",
    MULTIPLE: "Multiple imputation",
}
"""What a reader calls the ways of dealing with a gap."""

DESIGNS = {LEFT_OUT: "Left out as a whole", RANDOM: "Random folds"}
"""How patients were held out."""

SCORES = METRIC_TITLES | {"large": "Calibration in the large"}


def tabulate_gaps(gaps: pd.DataFrame) -> pd.DataFrame:
    """Return how many features lack how much."""
    return shown(gaps, {"missing": ("Missing", None), "n_features": ("Features", ",.0f")})


def tabulate_levels(levels: pd.DataFrame, what: str) -> pd.DataFrame:
    """Return the calibration in the large of each group left out."""
    columns = {
        "group": (what, None),
        N_PATIENTS: ("Patients", ",.0f", HELD),
        ESTIMATE: ("Observed less predicted, points per month", (LOW, HIGH, 3)),
    }
    return shown(levels, columns)


def tabulate_subgroups(subgroups: pd.DataFrame) -> pd.DataFrame:
    """Return a row per group, a column per score."""
    rows = []
    for (family, group), cells in subgroups.groupby(["family", "group"], sort=False):
        size = cells[N_PATIENTS].iloc[0]
        row = {"By": family, "Group": group, "Patients": HELD if pd.isna(size) else f"{size:,.0f}"}
        words = {
            cell[METRIC]: interval(cell[ESTIMATE], cell[LOW], cell[HIGH], 2)
            for cell in cells.to_dict("records")
            if pd.notna(cell[ESTIMATE])
        }
        rows.append(
            row
            | {
                SCORES[name]: words.get(name, "")
                for name in ("rmsd", "r2", "calibration_slope", "large")
            }
        )
    return pd.DataFrame(rows)


def sides(gaps: pd.DataFrame, metric: str = "rmsd") -> dict[str, str]:
    """Return the names of the ways that are better, worse and neither, in one score."""
    rows = gaps[gaps[METRIC] == metric]
    names = [say.lower_first(TITLES[model]) for model in rows[MODEL]]
    return {side: say.several(found) for side, found in say.sides(rows, names).items()}
