"""Select the patients whose slope can be worked out, and account for those who drop out."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from alsnb.cleaning.release import CleanTables
from alsnb.outcomes import SlopeSettings, slopes_of
from alsnb.report.cards import card


@dataclass(frozen=True, kw_only=True)
class Cohort:
    """The patients that are studied, and how they came to be the ones.

    Attributes
    ----------
    settings : SlopeSettings
        The rule they were selected by.
    patients : DataFrame
        Indexed by ``subject_id``, ascending; columns of :func:`alsnb.outcomes.slopes_of`.
        Every slope is defined, unless patients without one were asked for.
    flow : DataFrame
        A row per step: ``step`` (what those who remain have), ``excluded`` (who drop out at
        this step for want of it) and ``remaining``, all patients. The first step excludes
        nobody, and ``remaining`` is what remained before less ``excluded``.
    """

    settings: SlopeSettings
    patients: pd.DataFrame
    flow: pd.DataFrame

    def __repr__(self) -> str:
        # what stands in a frame of patients is not for a page
        rule, scale = self.settings.rule, self.settings.scale
        return f"Cohort({len(self.patients):,} patients, {scale}, rule of the {rule})"

    def _repr_html_(self) -> str:
        rule = self.settings
        facts = {
            "Patients": len(self.patients),
            "Scale": rule.scale,
            "Rule": f"of the {rule.rule}",
            "Window": f"{rule.window_months:g} months",
            "See": ".flow for who dropped out, .slope for the target, .patients for both visits",
        }
        return card("Cohort", facts)

    @property
    def slope(self) -> pd.Series:
        """The slope of each patient, in points per month, lower is faster decline."""
        return self.patients["slope"]


def select_cohort(
    clean: CleanTables, settings: SlopeSettings | None = None, *, need_slope: bool = True
) -> Cohort:
    """Return the patients with a slope, with the number who drop out at each step before.

    Parameters
    ----------
    clean : CleanTables
        The cleaned release.
    settings : SlopeSettings, optional
        Scale, rule, window, month and bounds; those of the paper by default.
    need_slope : bool
        Whether patients must have been followed up until the slope is known. Without it all
        who have a visit in the window are selected, whose slope a model can predict.

    Returns
    -------
    Cohort
        Nobody, if no patient has what the rule asks for.
    """
    settings = settings or SlopeSettings()
    questionnaires = clean.frames["alsfrs"]
    slopes = slopes_of(questionnaires, settings)
    n_in_table = questionnaires["subject_id"].nunique()
    remaining = {
        "in the release": max(clean.source.n_patients, len(subjects_of(clean))),
        "with an ALSFRS questionnaire": n_in_table,
        f"with one that has a day and an {settings.scale} total": len(slopes),
    }
    left = np.ones(len(slopes), dtype=bool)
    for step, fulfilled in _steps(slopes, settings, need_slope=need_slope).items():
        left = left & fulfilled
        remaining[step] = int(left.sum())
    return Cohort(settings=settings, patients=slopes[left].copy(), flow=_flow(remaining))


def subjects_of(clean: CleanTables) -> np.ndarray:
    """Return the subjects with a row in any table, ascending."""
    ids = [np.empty(0, dtype=np.int64)]
    for frame in clean.frames.values():
        subject = frame["subject_id"].to_numpy()
        ids.append(subject[_runs(subject)])
    return np.unique(np.concatenate(ids))


def positions(subject: np.ndarray, index: pd.Index) -> np.ndarray:
    """Return where each row's subject stands in an index, -1 if nowhere.

    Parameters
    ----------
    subject : int array of shape (n_rows,)
        The subject of each row.
    index : Index
        Subjects, each once.
    """
    starts = _runs(subject)
    sizes = np.diff(np.append(starts, len(subject)))
    return np.repeat(index.get_indexer(subject[starts]), sizes)


def _runs(subject: np.ndarray) -> np.ndarray:
    """Return where runs of rows of one subject start, which mostly are all of its rows."""
    return np.flatnonzero(np.append(True, subject[1:] != subject[:-1])[: len(subject)])


def _steps(
    slopes: pd.DataFrame, settings: SlopeSettings, *, need_slope: bool
) -> dict[str, np.ndarray]:
    """Return by name what each step asks of patients with a questionnaire that counts."""
    window, end = f"{settings.window_months:g} months", f"{settings.end_months:g} months"
    steps = {f"with a visit in the first {window}": slopes["n_in_window"] > 0}
    if not need_slope:
        return {step: fulfilled.to_numpy() for step, fulfilled in steps.items()}
    steps[f"with a visit after {window}"] = slopes["t1_month"].notna()
    if settings.rule == "paper":
        steps[f"with a visit after {end}"] = slopes["t2_month"].notna()
    steps["with two different visits to join by a slope"] = slopes["slope"].notna()
    return {step: fulfilled.to_numpy() for step, fulfilled in steps.items()}


def _flow(remaining: dict[str, int]) -> pd.DataFrame:
    flow = pd.DataFrame({"step": list(remaining), "remaining": list(remaining.values())})
    flow["excluded"] = -flow["remaining"].diff().fillna(0).astype(int)
    return flow[["step", "excluded", "remaining"]]
