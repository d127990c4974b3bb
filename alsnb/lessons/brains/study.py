"""Look at an imaging study as it is read, and at the simulated cohort as it is drawn."""

import tempfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd

from alsnb.disclosure import SMALLEST_COUNT
from alsnb.effort import room_efforts
from alsnb.imaging.account import count_rules
from alsnb.imaging.dialects import AVERAGED, MIRRORED, SELF, settle, spread
from alsnb.imaging.regions import region_name
from alsnb.imaging.release import ImagingRelease, read_imaging
from alsnb.imaging.settings import ImagingSettings
from alsnb.report.circle import EDGE
from alsnb.study.imaging_input import imaging_input, read_for_pages
from alsnb.synthetic.imaging.draw import (
    CONTROL,
    PATIENT,
    SimulatedCohort,
    draw_imaging_cohort,
    expand,
    scan_again,
)
from alsnb.synthetic.imaging.fidelity import LAW_GROUPS, assess_imaging_fidelity
from alsnb.synthetic.imaging.parameters import imaging_parameters, list_assumptions
from alsnb.synthetic.imaging.spread import reached_edges
from alsnb.synthetic.imaging.template import read_template
from alsnb.synthetic.imaging.write import DIALECTS, write_study

EFFORTS = room_efforts(
    n_people={"smoke": 40, "book": 135, "full": 135},
    n_fidelity={"smoke": 250, "book": 1_000, "full": 2_000},
)

MONTHS = {"At the scan": 0.0, "Six months later": 6.0, "Eighteen months later": 18.0}
"""How long after the scan the disease is looked at."""

IN_MOST = 0.9
"""Share of people who have a connection, for it to be drawn."""

KINDS = {
    "thickness": r"^[lr]h_.*_thickness_mm$",
    "area": r"^[lr]h_.*_area_mm2$",
    "volume": r"^[lr]h_.*_volume_mm3$",
    "structures": r"^(?![lr]h_).*_volume_mm3$",
    "head": r"^(?![lr]h_)(?!.*_volume_mm3$).*_mm3$",
}
"""Kinds of measures, by the form of their names."""

LEAVE_OUT = ImagingSettings(bad_subjects="leave_out")


def open_study(imaging_dir: str, *, n_people: int, seed: int) -> ImagingRelease:
    """Return the study that is named or simulated; subjects that cannot be used are left out."""
    where = imaging_input(imaging_dir, n_patients=n_people, seed=seed)
    return read_for_pages(where)


def describe_files(release: ImagingRelease) -> pd.DataFrame:
    """Return what became of the files of one person.

    Columns ``kind`` (a key of :data:`KINDS`, or ``"clinical"`` and ``"connections"``), ``example``
    (the name of a number), ``n_numbers`` and ``n_with`` and ``n_lacking``: people with the modality
    behind it, and those who are in another modality alone.
    """
    known = list(release.clinical.columns)
    example = "age_years" if "age_years" in known else "".join(known[:1])
    rows = [("clinical", example, len(known), "clinical")]
    for kind, form in KINDS.items():
        names = release.morphology.columns[release.morphology.columns.str.match(form)]
        if len(names):
            wanted = [name for name in names if "precentral" in name or "Hippocampus" in name]
            rows.append((kind, (wanted or list(names))[0], len(names), "morphology"))
    n, labels = len(release.labels), release.labels
    example = f"{labels[0]} - {labels[1]}" if n > 1 else ""
    rows.append(("connections", example, n * (n - 1) // 2, "connectome"))
    columns = ["kind", "example", "n_numbers", "modality"]
    held = release.presence.sum()
    frame = pd.DataFrame(rows, columns=columns)
    frame["n_with"] = frame["modality"].map(held).astype(int)
    return frame.assign(n_lacking=len(release.presence) - frame["n_with"])


def count_treatments(release: ImagingRelease) -> pd.DataFrame:
    """Return what was done to whom: ``modality``, ``rule``, ``left_out``, ``n_subjects``."""
    return count_rules(release.audit).rename(columns={"subjects": "n_subjects"})


def balance(release: ImagingRelease) -> dict[str, int]:
    """Return how many people are in any file, studied, and left out by the audit."""
    left = release.audit.loc[release.audit["left_out"], "subject"].nunique()
    return {"n_found": len(release.presence), "n_studied": len(release.subjects), "n_left": left}


def settle_example() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a matrix of three regions as MRtrix writes it, and what it is read as."""
    labels = ["precentral", "postcentral", "insula"]
    written = np.array([[9.0, 40.0, 3.0], [0.0, 7.0, 12.0], [0.0, 0.0, 5.0]])
    pairs, _ = settle(written)
    read = spread(pairs, len(labels))
    return tuple(pd.DataFrame(one, labels, labels) for one in (written, read))


def compare_dialects(seed: int, n_people: int = 6) -> pd.DataFrame:
    """Write the same simulated people in every dialect, read them, and compare.

    Columns ``dialect``; ``n_mirrored``, ``n_averaged`` and ``n_loops``, people to whose matrix that
    was done; ``gap``, the largest difference of any weight from the plain dialect.
    """
    cohort = draw_imaging_cohort(n_people, n_people, seed=seed)
    read = {}
    with tempfile.TemporaryDirectory() as top:
        for dialect in DIALECTS:
            folder = Path(top) / dialect
            folder.mkdir()
            write_study(cohort, folder, dialect=dialect)
            read[dialect] = read_imaging(folder)
    rows = []
    for dialect, release in read.items():
        done = release.audit.groupby("rule")["subject"].nunique()
        gap = np.abs(release.connectomes - read["plain"].connectomes).max()
        counts = [int(done.get(r, 0)) for r in (MIRRORED, AVERAGED, SELF)]
        rows.append((dialect, *counts, float(gap)))
    return pd.DataFrame(rows, columns=["dialect", "n_mirrored", "n_averaged", "n_loops", "gap"])


FAULTS = ("negative", "missing", "no file", "micrometres", "failed", "twice")
"""What is done to one simulated person each by :func:`read_spoilt`."""


def read_spoilt(seed: int, n_people: int = 10) -> ImagingRelease:
    """Write a small simulated study, spoil the files of six people, and read the rest."""
    cohort = draw_imaging_cohort(n_people, n_people, seed=seed)
    with tempfile.TemporaryDirectory() as top:
        folder = Path(top) / "study"
        folder.mkdir()
        write_study(cohort, folder, dialect="plain")
        _spoil(folder, dict(zip(FAULTS, cohort.people.index, strict=False)))
        return read_imaging(folder, LEAVE_OUT)


def _spoil(folder: Path, victims: dict[str, str]) -> None:
    """Alter the files of one person for each fault."""
    for fault, weight in {"negative": "-3", "missing": "NaN"}.items():
        file = folder / "connectomes" / f"{victims[fault]}_connectome.csv"
        first, mark, rest = file.read_text(encoding="utf-8").partition("\n")
        cells = [first.split(",")[0], weight, *first.split(",")[2:]]
        file.write_text(",".join(cells) + mark + rest, encoding="utf-8")
    (folder / "connectomes" / f"{victims['no file']}_connectome.csv").unlink()
    file = folder / "freesurfer" / "lh.aparc.thickness.tsv"
    table = pd.read_csv(file, sep="\t", index_col=0)
    thickness = [name for name in table if name.endswith("_thickness")]
    table.loc[victims["micrometres"], thickness] *= 1000
    table.loc[victims["failed"]] = 0
    table.to_csv(file, sep="\t")
    file = folder / "participants.tsv"
    lines = file.read_text(encoding="utf-8").splitlines()
    again = [line for line in lines if line.startswith(f"{victims['twice']}\t")]
    file.write_text("\n".join([*lines, *again]) + "\n", encoding="utf-8")


def _count_groups(release: ImagingRelease) -> pd.Series:
    """Return how many patients and controls there are, by group; 0 where nobody is."""
    groups = release.clinical.get("group", pd.Series(dtype=str))
    return groups.value_counts().reindex([PATIENT, CONTROL], fill_value=0)


def compare_thickness(release: ImagingRelease) -> pd.Series:
    """Return how much thinner each region is in patients than in controls.

    Mean of the patients minus that of the controls, in SDs of the controls: below zero is thinner.
    NaN throughout if one of the groups is too small to be told of.
    """
    names = release.morphology.filter(regex=KINDS["thickness"])
    names.columns = [region_name(c.removesuffix("_thickness_mm")) for c in names.columns]
    names = names.loc[:, ~names.columns.str.contains("MeanThickness")]
    if _count_groups(release).min() < SMALLEST_COUNT:
        return pd.Series(np.nan, names.columns, name="effect")
    ill = release.clinical["group"] == PATIENT
    well = names[release.clinical["group"] == CONTROL]
    return ((names[ill].mean() - well.mean()) / well.std()).rename("effect")


def draw_same(n_people: int, *, seed: int) -> SimulatedCohort:
    """Return the simulated cohort of the page as it was drawn, with what lies behind its files."""
    parameters = imaging_parameters()
    how = {"seed": seed, "parameters": parameters, "deceased_only": True}
    return draw_imaging_cohort(n_people, n_people, **how)


def follow_disease(cohort: SimulatedCohort) -> SimpleNamespace:
    """Return how many patients the disease has reached where, at the scan and later.

    Returns
    -------
    SimpleNamespace
        ``regions``: by region, a column of shares of patients for each of :data:`MONTHS`.
        ``edges``: the same of connections that most controls have, with the regions they join.
        ``loss``: mean loss of the log count of a connection that is reached, by time.
    """
    template, ill = read_template(), cohort.is_patient
    names = template.regions.index
    usual = np.flatnonzero((cohort.scan.counts[~ill] > 0).mean(axis=0) >= IN_MOST)
    regions = pd.DataFrame(index=pd.Index(names, name="region"))
    edges = pd.DataFrame(
        {EDGE[0]: names[template.rows[usual]], EDGE[1]: names[template.columns[usual]]}
    )
    loss = {}
    for title, months in MONTHS.items():
        later = expand(cohort, months)
        hit = reached_edges(later.reached[ill])
        regions[title] = later.reached[ill].mean(axis=0)
        edges[title] = hit[:, usual].mean(axis=0)
        loss[title] = float(later.connections.loss[ill][hit].mean()) if hit.any() else np.nan
    return SimpleNamespace(regions=regions, edges=edges, loss=loss)


def summarise_fidelity(fidelity: pd.DataFrame) -> pd.DataFrame:
    """Return by group how many figures there are, and how many lie within their tolerance."""
    by = fidelity.groupby("group")["within"].agg(n_figures="size", n_within="sum")
    return by.reindex(list(LAW_GROUPS)).reset_index()


def compare_retest(n_people: int, scale: float, *, seed: int) -> pd.Series:
    """Return the correlation of thickness between two scans of the same simulated controls.

    ``scale`` multiplies the measurement error: 0 measures without any.
    """
    parameters = imaging_parameters(error_scale=scale)
    cohort = draw_imaging_cohort(0, n_people, seed=seed, parameters=parameters)
    scans = cohort.scan.thickness, scan_again(cohort, seed=seed).thickness
    first, second = ((x - x.mean(axis=0)) / x.std(axis=0) for x in scans)
    return pd.Series((first * second).mean(axis=0), read_template().regions.index)
