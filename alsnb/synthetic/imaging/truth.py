"""Write what lies behind a simulated cohort with MRI, into the folder ``truth`` beside its files.

- ``patients.csv``: true clinical state, spread of the disease beyond it (``spread_z``), extent,
  time from onset to death whether or not it was seen, and the probabilities of each class of
  survival that two oracles give: one knows the true clinical state, the other the spread too.
- ``thickness.csv``, ``reached.csv``: true thickness in mm, without error of measurement, and which
  regions the disease has reached (1 or 0), by participant and region.
- ``connections.csv``: how many connections exist in the scan and how many the disease has reached.
- ``parameters.yaml``: what the cohort was drawn from.
"""

from pathlib import Path

import pandas as pd
import yaml

from alsnb.synthetic.imaging.draw import SimulatedCohort
from alsnb.synthetic.imaging.spread import reached_edges
from alsnb.synthetic.imaging.survival import CUTOFFS_MONTHS, class_probabilities
from alsnb.synthetic.imaging.template import read_template

LATENT = (
    "age_at_onset_years",
    "rate",
    "survival_months",
    "expected_log_months",
    "spread_z",
    "scan_month",
    "follow_up_months",
)
"""True traits of a patient that no file of the study shows as they are."""

CLASSES = ("short", "medium", "long")
"""Names of the classes, in the order of their numbers."""


def true_patients(cohort: SimulatedCohort) -> pd.DataFrame:
    """Return the true traits of the patients and what oracles say of them, by participant.

    Columns are :data:`LATENT`, ``extent`` (steps), and ``short_clinical`` to ``long_anatomy``, the
    probability of each class at :data:`CUTOFFS_MONTHS` of an oracle that knows the true clinical
    state, or the spread of the disease too.
    """
    patients = cohort.patients
    table = patients[list(LATENT)].copy()
    table["extent"] = cohort.anatomy.extent[cohort.is_patient]
    for known in ("clinical", "anatomy"):
        chances = class_probabilities(
            patients, cohort.parameters, CUTOFFS_MONTHS, know_anatomy=known == "anatomy"
        )
        table[[f"{name}_{known}" for name in CLASSES]] = chances
    return table


def write_truth(cohort: SimulatedCohort, folder: Path) -> None:
    """Write the truth into a folder that exists."""
    regions, people = read_template().regions.index, cohort.people.index
    true_patients(cohort).to_csv(folder / "patients.csv", float_format="%.6g")
    anatomy = cohort.anatomy
    thickness = pd.DataFrame(anatomy.thickness, people, regions)
    thickness.to_csv(folder / "thickness.csv", float_format="%.4f")
    reached = pd.DataFrame(anatomy.reached.astype(int), people, regions)
    reached.to_csv(folder / "reached.csv")
    counts = {
        "connections": (cohort.scan.counts > 0).sum(axis=1),
        "reached": reached_edges(anatomy.reached).sum(axis=1),
    }
    pd.DataFrame(counts, people).to_csv(folder / "connections.csv")
    drawn_from = {
        "patients": int(cohort.is_patient.sum()),
        "controls": int((~cohort.is_patient).sum()),
        "seed": cohort.seed,
        "parameters": dict(cohort.parameters),
    }
    text = yaml.safe_dump(drawn_from, sort_keys=False)
    (folder / "parameters.yaml").write_text(text, encoding="utf-8")
