"""Read an imaging study, bring its subjects together, and account for each of them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from alsnb.imaging.settings import ImagingSettings
from alsnb.tables.source import Source

AUDIT = ("subject", "modality", "file", "rule", "left_out", "found")
"""Columns of the account of subjects."""


@dataclass(frozen=True, kw_only=True)
class ImagingRelease:
    """An imaging study in which each subject has all that was asked for.

    Attributes
    ----------
    source : Source
        Where it came from, and whether people stand behind the rows.
    settings : ImagingSettings
        How it was read.
    subjects : Index of shape (n_subjects,)
        As ``participants.tsv`` writes them and in its order; the index of both frames.
    clinical : DataFrame of shape (n_subjects, n_columns)
        One row per subject; numbers are floats with NaN for missing, words are text.
    dictionary : DataFrame
        What the clinical columns mean: column, description, unit.
    morphology : DataFrame of shape (n_subjects, n_measures)
        Names end in their unit: ``lh_precentral_thickness_mm``, ``eTIV_mm3``.
    connectomes : float array of shape (n_subjects, n_regions, n_regions)
        Weights as in the files, symmetric, 0 on the diagonal and where there is no connection.
    labels : tuple of str of length n_regions
        Names of the regions, such as ``lh_precentral`` or ``Left-Thalamus``.
    presence : DataFrame
        Indexed by every subject that any file names; which modalities each has.
    audit : DataFrame
        What was done to whom: subject, modality, file, rule, left_out, found. Every subject of
        ``presence`` is in ``subjects``, or in a row with ``left_out`` here, and never in both.
    notes : DataFrame
        Remarks on whole files: file, note.
    """

    source: Source
    settings: ImagingSettings
    subjects: pd.Index
    clinical: pd.DataFrame
    dictionary: pd.DataFrame
    morphology: pd.DataFrame
    connectomes: np.ndarray
    labels: tuple[str, ...]
    presence: pd.DataFrame
    audit: pd.DataFrame
    notes: pd.DataFrame


def read_imaging(path: str | Path, settings: ImagingSettings | None = None) -> ImagingRelease:
    """Read an imaging study from a folder or a zip.

    Parameters
    ----------
    path : str or Path
        Laid out as :mod:`alsnb.imaging` says.
    settings : ImagingSettings, optional
        What is read, and whether a bad subject ends the reading.

    Returns
    -------
    ImagingRelease

    Raises
    ------
    BadInput
        If a file cannot be understood, no subject has all modalities, or a subject is bad and
        none may be left out.
    """
    raise NotImplementedError
