"""Read an imaging study, bring its subjects together, and account for each of them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from alsnb.checks import BadInput, refuse
from alsnb.imaging.account import Account, Problem, count_rules
from alsnb.imaging.files import StudyFiles
from alsnb.imaging.keys import pattern_of
from alsnb.imaging.parts import Parts
from alsnb.imaging.settings import ImagingSettings
from alsnb.report.cards import card
from alsnb.tables.source import Source


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

    def __repr__(self) -> str:
        # what stands in a frame of subjects is not for a page
        sizes = f"{self.morphology.shape[1]:,} measures, {len(self.labels):,} regions connected"
        return f"ImagingRelease({len(self.subjects):,} subjects, {sizes})"

    def _repr_html_(self) -> str:
        facts = {
            "Data": self.source.title,
            "Subjects": len(self.subjects),
            "Left out": len(self.presence) - len(self.subjects),
            "Measures of regions": self.morphology.shape[1],
            "Regions of the connectomes": len(self.labels),
        }
        return card("Imaging study", facts | {"See": ".audit, .notes, .presence"})


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
    settings = settings or ImagingSettings()
    account = Account()
    with StudyFiles(path, need_participants="clinical" in settings.modalities) as files:
        if files.outside:
            note = f"{files.outside:,} members of the zip lead out of its folder; not read"
            account.note("", note)
        parts = Parts(files, settings, account)
        parts.read_all()
        source = parts.source()
    return _joined(parts, source)


# --- bringing the modalities together ----------------------------------------------------


def _joined(parts: Parts, source: Source) -> ImagingRelease:
    """Return the subjects that have everything, with an account of the others."""
    account, held = parts.account, parts.by_modality()
    keys = pd.Index(list(parts.keys()), dtype="str")
    presence = pd.DataFrame({name: keys.isin(list(found)) for name, found in held.items()}, keys)
    if not presence.all(axis=1).any():
        raise _no_key_in_common(parts)
    for modality in presence:
        for key in keys[~presence[modality]]:
            others = " and ".join(name for name in presence if presence.loc[key, name])
            problem = Problem(
                key, modality, WHERE[modality], f"no {modality}", "the subject", f"{others} alone"
            )
            account.problems.append(problem)
    out = account.settle(parts.settings)
    kept = keys[~keys.isin(out)]
    if kept.empty:
        raise _nobody_left(account)
    names = pd.Index([account.names[key] for key in keys], dtype="str", name="subject")
    subjects = names[~keys.isin(out)]
    weights, labels = _connectomes_of(parts, kept)
    return ImagingRelease(
        source=source,
        settings=parts.settings,
        subjects=subjects,
        clinical=_rows(parts.clinical, kept, subjects),
        dictionary=parts.dictionary,
        morphology=_rows(parts.morphology, kept, subjects),
        connectomes=weights,
        labels=labels,
        presence=presence.set_axis(names),
        audit=account.audit(),
        notes=account.notes(),
    )


WHERE = {"clinical": "participants.tsv", "morphology": "freesurfer", "connectome": "connectomes"}
"""Where a subject is missing."""


def _rows(frame: pd.DataFrame | None, kept: pd.Index, subjects: pd.Index) -> pd.DataFrame:
    """Return the rows of the subjects that are kept; no column of a modality that was not read."""
    if frame is None:
        return pd.DataFrame(index=subjects)
    return frame.loc[kept].set_axis(subjects)


def _connectomes_of(parts: Parts, kept: pd.Index) -> tuple[np.ndarray, tuple[str, ...]]:
    if parts.connectomes is None:
        return np.zeros((len(kept), 0, 0)), ()
    rows = np.array([parts.connectomes.rows[key] for key in kept])
    weights, labels = parts.connectomes.weights, parts.connectomes.labels
    in_order = len(rows) == len(weights) and (rows == np.arange(len(rows))).all()
    return (weights if in_order else weights[rows]), labels


def _no_key_in_common(parts: Parts) -> BadInput:
    names = parts.account.names
    held = [
        f"{len(keys):,} in {WHERE[modality]}, named like '{pattern_of(names[k] for k in keys)}'"
        for modality, keys in parts.by_modality().items()
    ]
    return refuse(
        parts.files.where,
        expected="subjects under the same names in all files",
        found=f"no subject that is in all of them: {'; '.join(held)}",
        remedy="Name the subjects alike; sub-01, 01 and 1 are the same to the reader.",
    )


def _nobody_left(account: Account) -> BadInput:
    counts = count_rules(account.audit()).query("left_out")
    rules = ", ".join(f"{row.rule} {row.subjects:,}" for row in counts.itertuples())
    first = account.problems[0]
    return refuse(
        first.file,
        expected=f"a subject without problems, such as {first.expected}",
        found=f"none ({rules}); of the first, {first.found}",
        remedy=first.remedy or "Correct the files.",
    )
