"""Check an imaging study before anything is built on it, and say what was found."""

import json
import re
import textwrap
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from alsnb.checks import BadInput
from alsnb.commands.losses import WIDTH, escape
from alsnb.imaging.account import count_rules
from alsnb.imaging.cohort import ClassSettings, check_classes, follow_imaging_cohort
from alsnb.imaging.release import ImagingRelease, read_imaging
from alsnb.imaging.settings import ImagingSettings
from alsnb.tables.source import Source

LEAVERS = ("subject", "file", "rule", "found")
"""Columns of the list of those who were left out."""


@dataclass(frozen=True, kw_only=True)
class ImagingCheckup:
    """What a study holds, what was wrong with it, and whether a cohort can be made.

    Attributes
    ----------
    source : Source
        Where it came from.
    modalities : DataFrame
        By modality: modality, subjects (who have it), lacking (who have another alone).
    subjects, measures, regions : int
        Who has all of it without problems; sizes of the morphology and of the connectomes.
    rules : DataFrame
        Every rule of reading: modality, rule, left_out, subjects.
    notes : DataFrame
        Remarks on whole files: file, note.
    flow : DataFrame
        The steps to the cohort: step, excluded, remaining. Empty if it cannot be selected.
    classes : DataFrame
        By class of survival: survival_class, patients.
    leavers : DataFrame
        Who was left out and why, with names; not part of what is shown by default.
    buildable, reason : bool and str
        Whether a cohort can be made, and why not.
    """

    source: Source
    modalities: pd.DataFrame
    subjects: int
    measures: int
    regions: int
    rules: pd.DataFrame
    notes: pd.DataFrame
    flow: pd.DataFrame
    classes: pd.DataFrame
    leavers: pd.DataFrame
    buildable: bool
    reason: str


def check_imaging(
    path: str | Path, settings: ImagingSettings | None = None, classes: ClassSettings | None = None
) -> ImagingCheckup:
    """Read a study, leaving out bad subjects, and write down what was found.

    Parameters
    ----------
    path : str or Path
        Folder or zip of the study.
    settings : ImagingSettings, optional
        How it is read; bad subjects are left out whatever it says.
    classes : ClassSettings, optional
        The classes of survival.

    Returns
    -------
    ImagingCheckup

    Raises
    ------
    BadInput
        If the study cannot be read at all.
    """
    settings = replace(settings or ImagingSettings(), bad_subjects="leave_out")
    release = read_imaging(path, settings)
    flow, counts, reason = _as_far_as_it_goes(release, classes or ClassSettings())
    present = release.presence
    left = release.audit[release.audit["left_out"]]
    return ImagingCheckup(
        source=release.source,
        modalities=pd.DataFrame(
            {
                "modality": present.columns,
                "subjects": present.sum().to_numpy(),
                "lacking": (~present).sum().to_numpy(),
            }
        ),
        subjects=len(release.subjects),
        measures=release.morphology.shape[1],
        regions=len(release.labels),
        rules=count_rules(release.audit),
        notes=release.notes,
        flow=flow,
        classes=counts,
        leavers=left[list(LEAVERS)].reset_index(drop=True),
        buildable=not reason,
        reason=reason,
    )


def _as_far_as_it_goes(
    release: ImagingRelease, settings: ClassSettings
) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    """Return the flow to the cohort, the sizes of the classes, and why there is none, if so."""
    flow = pd.DataFrame(columns=["step", "excluded", "remaining"])
    counts = pd.DataFrame(columns=["survival_class", "patients"])
    try:
        cohort = follow_imaging_cohort(release, settings)
        flow = cohort.flow
        sizes = cohort.survival_class.value_counts(sort=False)
        counts = pd.DataFrame({"survival_class": list(sizes.index), "patients": list(sizes)})
        check_classes(cohort)
    except BadInput as error:
        return flow, counts, str(error)
    return flow, counts, ""


# --- for people --------------------------------------------------------------------------


def as_text(checkup: ImagingCheckup, *, names: bool = False) -> str:
    """Return a checkup as plain text; with ``names`` it lists who was left out."""
    n_found = int(checkup.flow["remaining"].iloc[0]) if len(checkup.flow) else None
    of_found = f" of {n_found:,}" if n_found is not None else ""
    verdict = "A cohort can be made." if checkup.buildable else "No cohort can be made: "
    head = [
        checkup.source.title,
        f"Subjects with everything: {checkup.subjects:,}{of_found}."
        f" Measures of regions: {checkup.measures:,}. Regions connected: {checkup.regions:,}.",
        *textwrap.wrap(verdict + escape(checkup.reason), WIDTH),
    ]
    if len(checkup.leavers):
        head.append(
            f"To read it, {len(checkup.leavers):,} subjects must be corrected or left out"
            " (bad_subjects='leave_out')."
        )
    left_out = checkup.rules["left_out"]
    sections = {
        "Modalities": _aligned(checkup.modalities),
        "Why subjects are left out": _aligned(checkup.rules[left_out].drop(columns="left_out")),
        "What is done to files": _aligned(checkup.rules[~left_out].drop(columns="left_out")),
        "Remarks": _listed(checkup.notes),
        "The way to the cohort": _aligned(checkup.flow),
        "Classes of survival": _aligned(checkup.classes),
    }
    if names:
        sections["Who is left out"] = _aligned(checkup.leavers)
    parts = [f"{title}\n{'-' * len(title)}\n{body or 'none'}" for title, body in sections.items()]
    return "\n\n".join(["\n".join(head), *parts]) + "\n"


def _aligned(frame: pd.DataFrame) -> str:
    if frame.empty:
        return ""
    shown = frame.map(lambda cell: f"{cell:,}" if isinstance(cell, int) else escape(str(cell)))
    return shown.to_string(index=False)


def _listed(notes: pd.DataFrame) -> str:
    lines = []
    for note in notes.itertuples(index=False):
        text = escape(f"{note.file}: {note.note}" if note.file else note.note)
        lines += textwrap.wrap(text, WIDTH, initial_indent="- ", subsequent_indent="  ")
    return "\n".join(lines)


# --- for machines ------------------------------------------------------------------------


def as_json(checkup: ImagingCheckup, *, names: bool = False) -> str:
    """Return a checkup as JSON in plain ASCII; with ``names`` it lists who was left out."""
    content = {
        "title": checkup.source.title,
        "kind": checkup.source.kind,
        "sha256": checkup.source.sha256,
        "buildable": checkup.buildable,
        "reason": checkup.reason,
        "subjects": checkup.subjects,
        "measures": checkup.measures,
        "regions": checkup.regions,
    }
    frames = ["modalities", "rules", "notes", "flow", "classes", *(["leavers"] if names else [])]
    for name in frames:
        frame = getattr(checkup, name)
        content[name] = json.loads(frame.to_json(orient="records"))
    text = json.dumps(content, indent=1, ensure_ascii=True, allow_nan=False)
    return re.sub(r"[<>&]", lambda match: f"\\u{ord(match[0]):04x}", text)
