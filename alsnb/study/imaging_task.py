"""Make of an imaging study what Paper B asks: sources of inputs, classes and random divisions."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from alsnb.features.imaging import BOUNDS as TIMES
from alsnb.features.imaging import (
    clinical_inputs,
    connectivity_inputs,
    frugal_inputs,
    morphology_inputs,
)
from alsnb.fits.imaging import LayeredInputs, make_layered_inputs
from alsnb.imaging.cohort import ImagingCohort
from alsnb.imaging.release import ImagingRelease
from alsnb.splits import sizes_like, split_in_three

CLINICAL, CONNECTIVITY, MORPHOLOGY = "clinical", "connectivity", "morphology"
SOURCES = (CLINICAL, CONNECTIVITY, MORPHOLOGY)
"""The sources of Paper B, in its order."""

FRUGAL, BOUNDS = "frugal", "bounds"

SIZES = (83, 20, 32)
"""Patients to learn from, to watch and to predict in Paper B."""


@dataclass(frozen=True, kw_only=True)
class ImagingTask:
    """Patients with a class of survival, and what is known of them at the scan.

    Attributes
    ----------
    tables : dict of str to DataFrame of shape (n_patients, n_inputs)
        By source (:data:`SOURCES`), and the inputs of rivals: ``frugal``, the clinical
        characteristics and three measures of the brain named beforehand, and ``bounds``, the times
        that bound survival from below. NaN is a gap.
    classes : Series of shape (n_patients,)
        Number of the class, 0 the shortest survival; indexed as the tables.
    names : tuple of str
        What the classes are called, by their number.
    """

    tables: dict[str, pd.DataFrame]
    classes: pd.Series
    names: tuple[str, ...]

    def inputs(self, n_splits: int, *, sources: Sequence[str], seed: int) -> LayeredInputs:
        """Return some tables with as many random divisions into three parts as wanted.

        The parts have Paper B's sizes, or the same proportions of another number of patients.
        """
        sizes = sizes_like(len(self.classes), SIZES)
        how = {"sizes": sizes, "n_splits": n_splits, "seed": seed, "strata": self.classes}
        splits = split_in_three(self.classes.index, **how)
        chosen = {name: self.tables[name] for name in sources}
        return make_layered_inputs(chosen, self.classes, splits)


def make_imaging_task(release: ImagingRelease, cohort: ImagingCohort) -> ImagingTask:
    """Return the task of the patients of a study whose class is known.

    Raises
    ------
    alsnb.checks.BadInput
        If the study lacks a column or measure that an input is made of.
    """
    patients = cohort.patients.index
    clinical = release.clinical.loc[patients]
    weights = release.connectomes[release.subjects.get_indexer(patients)]
    edges = connectivity_inputs(weights, release.labels, patients)
    morphology = morphology_inputs(release.morphology.loc[patients])
    eight = clinical_inputs(clinical)
    return ImagingTask(
        tables={
            CLINICAL: eight,
            CONNECTIVITY: edges,
            MORPHOLOGY: morphology,
            FRUGAL: pd.concat([eight, frugal_inputs(morphology, edges)], axis=1),
            BOUNDS: clinical_inputs(clinical, characteristics=TIMES),
        },
        classes=pd.Series(cohort.survival_class.cat.codes, patients, name="class").astype(int),
        names=cohort.settings.classes,
    )
