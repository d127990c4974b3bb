"""Write a simulated cohort as the files that the field's own programs write.

FreeSurfer's ``aparcstats2table`` and ``asegstats2table`` (tab-separated, the first cell names the
table), one connectome per subject in a dialect, and a clinical table with its dictionary as BIDS
asks for.
"""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from alsnb.checks import check_one_of
from alsnb.compute.files import write_atomically
from alsnb.synthetic.files import MARKER
from alsnb.synthetic.imaging.draw import SimulatedCohort
from alsnb.synthetic.imaging.patients import ECAS_TOTAL
from alsnb.synthetic.imaging.template import read_template, to_matrices

MARKER_TEXT = (
    "These tables are simulated: a program drew every number in them, in the layout of an imaging\n"
    "study. No person stands behind any row, and nothing about ALS can be learned from them.\n"
)

MISSING = "n/a"
"""How BIDS writes what is missing."""

_YES_NO = {"yes": "yes", "no": "no"}
COLUMNS = {
    "group": {"Description": "Group", "Levels": {"als": "patient", "control": "healthy control"}},
    "age_years": {"Description": "Age at the scan", "Units": "years"},
    "sex": {"Description": "Sex", "Levels": {"female": "female", "male": "male"}},
    "site_of_onset": {
        "Description": "Where the weakness began",
        "Levels": {"bulbar": "speech or swallowing", "arm": "arm", "leg": "leg"},
    },
    "onset_to_scan_months": {
        "Description": "Time from the first weakness to the scan",
        "Units": "months",
    },
    "diagnostic_delay_months": {
        "Description": "Time from the first weakness to the diagnosis",
        "Units": "months",
    },
    "alsfrs_r_total": {
        "Description": "ALSFRS-R at the scan, 0 to 48, higher is better",
        "Units": "points",
    },
    "fvc_percent": {
        "Description": "Forced vital capacity at the scan",
        "Units": "percent of what is predicted",
    },
    "el_escorial": {
        "Description": "Certainty of the diagnosis by the revised El Escorial criteria"
    },
    "c9orf72": {"Description": "Repeat expansion in C9orf72", "Levels": _YES_NO},
    "bvftd": {"Description": "Behavioural-variant frontotemporal dementia", "Levels": _YES_NO},
    "ecas_total": {
        "Description": f"Edinburgh Cognitive and Behavioural ALS Screen, 0 to {ECAS_TOTAL}, higher "
        "is better",
        "Units": "points",
    },
    "kings_stage": {"Description": "King's clinical stage at the scan, 1 to 4"},
    "scanner": {"Description": "Scanner"},
    "onset_to_death_or_censoring_months": {
        "Description": "Time from the first weakness to death, or to the last contact of who was "
        "alive then",
        "Units": "months",
    },
    "died": {"Description": "Whether the patient had died by the last contact", "Levels": _YES_NO},
}
"""Columns of ``participants.tsv`` behind ``participant_id``, as their dictionary describes them."""

DECIMALS = {
    "age_years": 1,
    "onset_to_scan_months": 1,
    "diagnostic_delay_months": 1,
    "fvc_percent": 0,
    "alsfrs_r_total": 0,
    "ecas_total": 0,
    "kings_stage": 0,
    "onset_to_death_or_censoring_months": 1,
}
"""Decimals that are written down."""

SCAN_COLUMNS = ("BrainSegVolNotVent", "eTIV")
"""Volumes that ``aparcstats2table`` repeats behind the regions."""

_FORMATS = {"thickness": "%.3f", "area": "%.0f", "volume": "%.0f"}


def write_study(cohort: SimulatedCohort, folder: Path, *, dialect: str = "mrtrix") -> None:
    """Write the files of a study into a folder.

    Parameters
    ----------
    cohort : SimulatedCohort
    folder : Path
        Exists and is empty.
    dialect : {"mrtrix", "fsl", "plain"}
        How connectomes are written: :data:`DIALECTS`.

    Raises
    ------
    alsnb.checks.BadInput
        If there is no such dialect.
    """
    check_one_of(dialect, DIALECTS, "The dialect of the connectomes")
    (folder / MARKER).write_text(MARKER_TEXT, encoding="utf-8")
    participants_table(cohort).to_csv(folder / "participants.tsv", sep="\t", na_rep=MISSING)
    dictionary = {"participant_id": {"Description": "Simulated participant"}} | COLUMNS
    write_atomically(folder / "participants.json", json.dumps(dictionary, indent=2) + "\n")
    (folder / "freesurfer").mkdir()
    (folder / "connectomes").mkdir()
    _write_freesurfer(cohort, folder / "freesurfer")
    _write_connectomes(cohort, folder / "connectomes", dialect)


def participants_table(cohort: SimulatedCohort) -> pd.DataFrame:
    """Return the clinical table as it is written, indexed by ``participant_id``, all text.

    Months in it are rounded, but never so that a scan comes after death.
    """
    people = cohort.people[list(COLUMNS)].astype(object)
    for name, decimals in DECIMALS.items():
        values = pd.to_numeric(people[name])
        text = values.map(lambda value, places=decimals: f"{value:.{places}f}", na_action="ignore")
        people[name] = text
    return people


def _write_freesurfer(cohort: SimulatedCohort, folder: Path) -> None:
    template, scan, subjects = read_template(), cohort.scan, cohort.people.index
    volumes = pd.DataFrame(scan.volumes, subjects, template.volumes.index)
    for side in ("lh", "rh"):
        of_side = template.regions.index.str.startswith(side)
        for measure, form in _FORMATS.items():
            names = [f"{region}_{measure}" for region in template.regions.index[of_side]]
            table = pd.DataFrame(getattr(scan, measure)[:, of_side], subjects, names)
            if measure == "thickness":
                area = scan.area[:, of_side]
                mean = (table.to_numpy() * area).sum(axis=1) / area.sum(axis=1)
                table[f"{side}_MeanThickness_thickness"] = mean
            text = table.map(lambda value, form=form: form % value)
            for name in SCAN_COLUMNS:
                text[name] = volumes[name].map("{:.0f}".format)
            name = f"{side}.aparc.{measure}"
            text.rename_axis(name).to_csv(folder / f"{name}.tsv", sep="\t")
    text = volumes.map("{:.1f}".format).rename(columns={"eTIV": "EstimatedTotalIntraCranialVol"})
    text.rename_axis("Measure:volume").to_csv(folder / "aseg.volume.tsv", sep="\t")


def _write_connectomes(cohort: SimulatedCohort, folder: Path, dialect: str) -> None:
    names = [f"ctx-{region[:2]}-{region[3:]}" for region in read_template().regions.index]
    (folder / "labels.csv").write_text("\n".join(names) + "\n", encoding="utf-8")
    put, ending, separator = DIALECTS[dialect]
    rng = np.random.default_rng([cohort.seed, 7])
    for subject, counts in zip(cohort.people.index, cohort.scan.counts, strict=True):
        matrix = put(to_matrices(counts.astype("int64")), rng).astype(str)
        lines = "\n".join(map(separator.join, matrix.tolist()))
        name = f"{subject}_connectome{ending}"
        (folder / name).write_text(lines + "\n", encoding="utf-8")


def _as_mrtrix(matrix: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the upper triangle, with streamlines that end where they began on the diagonal."""
    inside = rng.poisson(0.05 * matrix.sum(axis=1) + 1)
    return np.triu(matrix, 1) + np.diag(inside)


def _as_fsl(matrix: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return samples that differ by the direction of tracking, and add up to twice the count."""
    upper = np.triu_indices(len(matrix), 1)
    both = 2 * matrix[upper]
    there = np.round(both / (1 + np.exp(rng.normal(0, 0.3, len(both))))).astype(both.dtype)
    tracked = np.zeros_like(matrix)
    tracked[upper] = there
    tracked.T[upper] = both - there
    return tracked


def _as_plain(matrix: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return matrix


Dialect = tuple[Callable[[np.ndarray, np.random.Generator], np.ndarray], str, str]
DIALECTS: dict[str, Dialect] = {
    "mrtrix": (_as_mrtrix, ".csv", ","),
    "fsl": (_as_fsl, ".txt", " "),
    "plain": (_as_plain, ".csv", ","),
}
"""How each dialect lays out a symmetric matrix of counts, the ending of its files, and what parts
their columns: ``mrtrix`` writes the upper triangle with the diagonal filled, ``fsl`` a matrix that
is not symmetric, and ``plain`` the symmetric matrix."""
