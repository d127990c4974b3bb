"""The choices of the cleaning where users of PRO-ACT have differed."""

from dataclasses import dataclass

from alsnb.checks import check_one_of

CHOICES = {
    "both_cuttings": ("5a", "5b", "higher"),
    "respiratory_from": ("dyspnea", "mean"),
    "conflicting_days": ("most_complete", "first"),
    "trials": ("maximum", "mean", "first"),
    "unitless_white_cells": ("drop", "rescale"),
    "censored_results": ("keep", "drop"),
    "several_onsets": ("earliest", "first"),
    "onset_after_diagnosis": ("missing", "swap"),
}
"""Values that a setting which is a word can take."""


@dataclass(frozen=True, kw_only=True)
class CleaningSettings:
    """How the tables are cleaned; the defaults are the commonest reading of each defect.

    Attributes
    ----------
    screening_visits : bool
        Keep ALSFRS questionnaires from before the trial's baseline.
    both_cuttings : {"5a", "5b", "higher"}
        Which answer counts if cutting was scored without and with gastrostomy.
    respiratory_from : {"dyspnea", "mean"}
        What stands for item 10 where only the revised items were asked: R-1, or the mean of
        R-1 to R-3.
    recompute_totals : bool
        Replace a stored total that differs from its items, if all of them are there.
    conflicting_days : {"most_complete", "first"}
        Which of several differing rows of one subject and day is kept.
    trials : {"maximum", "mean", "first"}
        How up to three trials of one spirometry session become one value.
    litres_from_percent : bool
        Complete litres, percent or predicted volume from the other two.
    unlabelled_units : bool
        Judge the unit of a number without a label by its size. Otherwise it is taken to be
        in the usual unit, and a laboratory result without a known unit is dropped.
    pounds_above : float
        A weight without a label above this many is in pounds.
    fill_pressure_from_posture : bool
        Take pressure, pulse and weight from the supine, standing, baseline and endpoint
        columns where the regular one is blank.
    rescale_blood_cells : bool
        Bring counts of red cells, white cells and platelets that are off by powers of ten
        into range.
    unitless_white_cells : {"drop", "rescale"}
        What happens to white cell counts without a unit.
    censored_results : {"keep", "drop"}
        What happens to results such as ``<0.2``; kept, they count as the limit.
    age_from_birth_day : bool
        Compute a missing age from the day of birth.
    several_onsets : {"earliest", "first"}
        Which of several differing onsets of one subject is kept.
    onset_after_diagnosis : {"missing", "swap"}
        Set the diagnosis missing, or exchange the two days.
    truncate_after_death : bool
        Drop what is dated after the subject's death.

    Raises
    ------
    BadInput
        If a setting has no such value.
    """

    screening_visits: bool = True
    both_cuttings: str = "5a"
    respiratory_from: str = "dyspnea"
    recompute_totals: bool = True
    conflicting_days: str = "most_complete"
    trials: str = "maximum"
    litres_from_percent: bool = True
    unlabelled_units: bool = True
    pounds_above: float = 200.0
    fill_pressure_from_posture: bool = True
    rescale_blood_cells: bool = True
    unitless_white_cells: str = "drop"
    censored_results: str = "keep"
    age_from_birth_day: bool = True
    several_onsets: str = "earliest"
    onset_after_diagnosis: str = "missing"
    truncate_after_death: bool = True

    def __post_init__(self) -> None:
        for name, allowed in CHOICES.items():
            check_one_of(getattr(self, name), allowed, f"CleaningSettings({name}=...)")


DEFAULTS = CleaningSettings()
