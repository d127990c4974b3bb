"""Select the patients whose class of survival is known, and account for those who drop out."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from alsnb.checks import refuse
from alsnb.disclosure import say_count
from alsnb.imaging.release import ImagingRelease
from alsnb.report.cards import card

CLASSES = {1: ("short", "long"), 2: ("short", "medium", "long")}
"""Names of the classes by the number of cuts between them, in the order of survival."""

MONTHS, DIED = "onset_to_death_or_censoring_months", "died"


@dataclass(frozen=True, kw_only=True)
class ClassSettings:
    """What makes a patient a short, medium or long survivor.

    Parameters
    ----------
    cut_months : tuple of float
        Months from onset between the classes, one or two; who dies at the month of a cut is in
        the class after the first cut, and in the class before the second.
        The paper's cuts are not in its abstract; 25 and 50 are unconfirmed.
    only_dead : bool
        Whether only patients who died are studied, as in the paper. Otherwise those alive after
        the last cut are long survivors, too. Who was lost before has no class.
    smallest_class : int
        So many patients a class must have.

    Raises
    ------
    BadInput
        If there are not one or two rising cuts.
    """

    cut_months: tuple[float, ...] = (25.0, 50.0)
    only_dead: bool = True
    smallest_class: int = 5

    def __post_init__(self) -> None:
        cuts = self.cut_months
        if len(cuts) not in CLASSES or any(np.diff((0.0, *cuts)) <= 0):
            raise refuse(
                "ClassSettings(cut_months=...)",
                expected="one or two months, rising",
                found=str(cuts),
                remedy="The paper's may be (25, 50).",
            )

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, from short to long survival."""
        return CLASSES[len(self.cut_months)]


@dataclass(frozen=True, kw_only=True)
class ImagingCohort:
    """The patients that are studied, and how they came to be the ones.

    Attributes
    ----------
    settings : ClassSettings
        The rule of the classes.
    patients : DataFrame
        Indexed by subject; ``months`` from onset to death or last contact, ``died`` (bool), and
        ``survival_class``, an ordered category.
    flow : DataFrame
        A row per step: ``step`` (what those who remain have), ``excluded``, ``remaining``.
    """

    settings: ClassSettings
    patients: pd.DataFrame
    flow: pd.DataFrame

    def __repr__(self) -> str:
        # what stands in a frame of patients is not for a page
        return (
            f"ImagingCohort({len(self.patients):,} patients, {len(self.settings.classes)} classes)"
        )

    def _repr_html_(self) -> str:
        cuts = " and ".join(f"{cut:g}" for cut in self.settings.cut_months)
        facts = {
            "Patients": len(self.patients),
            "Classes": ", ".join(self.settings.classes),
            "Cuts": f"{cuts} months",
            "See": ".flow for who dropped out, .survival_class for the target",
        }
        return card("Imaging cohort", facts)

    @property
    def survival_class(self) -> pd.Series:
        """The class of each patient, from short to long survival."""
        return self.patients["survival_class"]


def survival_class(
    months: pd.Series, died: pd.Series, settings: ClassSettings | None = None
) -> pd.Series:
    """Return the class of survival of each patient, missing where it is not known.

    Parameters
    ----------
    months : Series of shape (n_patients,)
        From onset to death or the last contact.
    died : bool Series of shape (n_patients,)
        Whether the month is that of death.
    settings : ClassSettings, optional
        Cuts, and what is done with who is alive.

    Returns
    -------
    Series of ordered categories
        Of a patient alive at the last contact the class is known only after the last cut, and
        only if not just the dead are studied.
    """
    settings = settings or ClassSettings()
    first, last = settings.cut_months[0], settings.cut_months[-1]
    months = months.astype(float)
    known = died.astype(bool) | ((months > last) & (not settings.only_dead))
    after = (months >= first).astype(int)
    if len(settings.cut_months) > 1:
        after += (months > last).astype(int)
    codes = after.where(known & months.notna(), -1).astype(int)
    values = pd.Categorical.from_codes(codes, list(settings.classes), ordered=True)
    return pd.Series(values, index=months.index, name="survival_class")


def select_imaging_cohort(
    release: ImagingRelease, settings: ClassSettings | None = None
) -> ImagingCohort:
    """Return the patients of a study whose class of survival is known.

    Parameters
    ----------
    release : ImagingRelease
        Read with its clinical table.
    settings : ClassSettings, optional
        Cuts, who has a class, and how small one may be.

    Returns
    -------
    ImagingCohort

    Raises
    ------
    BadInput
        If the clinical table lacks a column that is needed, nobody is left, or a class has too
        few patients.
    """
    cohort = follow_imaging_cohort(release, settings or ClassSettings())
    check_classes(cohort)
    return cohort


def follow_imaging_cohort(release: ImagingRelease, settings: ClassSettings) -> ImagingCohort:
    """Return the cohort however few they are, to say where patients were lost.

    Raises
    ------
    BadInput
        If the clinical table lacks a column that is needed.
    """
    clinical = release.clinical
    missing = [name for name in (MONTHS, DIED) if name not in clinical]
    if missing:
        raise refuse(
            "participants.tsv",
            expected=f"the columns {MONTHS} and {DIED}",
            found=f"none named {' or '.join(missing)}",
            remedy="Add them, or read the study for another question than survival.",
        )
    months, died = clinical[MONTHS].astype(float), clinical[DIED]
    classes = survival_class(months, died == "yes", settings)
    fulfilled = {
        "patients with ALS": _has_als(clinical),
        "with a known time, and known to have died or not": months.notna() & died.notna(),
        "with a known class of survival": classes.notna(),
    }
    remaining = {
        "in any file of the study": len(release.presence),
        "in all that was read, without problems": len(clinical),
    }
    left = pd.Series(True, index=clinical.index)
    for step, holds in fulfilled.items():
        left &= holds
        remaining[step] = int(left.sum())
    flow = pd.DataFrame({"step": list(remaining), "remaining": list(remaining.values())})
    flow["excluded"] = -flow["remaining"].diff().fillna(0).astype(int)
    patients = pd.DataFrame({"months": months, "died": died == "yes", "survival_class": classes})
    return ImagingCohort(
        settings=settings, patients=patients[left], flow=flow[["step", "excluded", "remaining"]]
    )


def _has_als(clinical: pd.DataFrame) -> pd.Series:
    if "group" not in clinical:
        return pd.Series(True, index=clinical.index)
    return clinical["group"] == "als"


def check_classes(cohort: ImagingCohort) -> None:
    """Refuse a cohort of nobody, and one with a class of too few patients."""
    settings, flow = cohort.settings, cohort.flow
    empty = flow.loc[flow["remaining"] == 0, "step"]
    if len(empty):
        raise refuse(
            "cohort",
            expected="patients whose class of survival is known",
            found=f"nobody {empty.iloc[0]}",
            remedy="Look at the steps of the flow, or choose only_dead=False.",
        )
    counts = cohort.survival_class.value_counts().reindex(list(settings.classes))
    least = counts.idxmin()
    if counts[least] < settings.smallest_class:
        raise refuse(
            f"class '{least}' of the cohort",
            expected=f"at least {settings.smallest_class:,} patients",
            found=say_count(int(counts[least])),
            remedy="Choose other cuts: ClassSettings(cut_months=...).",
        )
