"""Write cohort, features and sequences of a release to a folder, for an analyst to go on with."""

import textwrap
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pandas as pd

from alsnb.checks import name_of, refuse, told_of
from alsnb.cleaning.release import CleanTables
from alsnb.cleaning.settings import CleaningSettings
from alsnb.cohort import Cohort, select_cohort
from alsnb.commands.losses import listed, say_losses
from alsnb.compute.files import folder_being_made
from alsnb.compute.progress import report
from alsnb.features.catalogue import make_catalogue
from alsnb.features.proact import derive_features
from alsnb.features.sequences import make_sequences
from alsnb.features.summaries import FeatureSettings
from alsnb.outcomes import RULES, SlopeSettings
from alsnb.study.proact import Reading, check_not_empty, read_and_clean

FIRST_LINE = "Cohort of a PRO-ACT release, written by alsnb cohort"
"""First line of the folder's README, by which an earlier export is recognized."""

FILES = {
    "cohort.csv": "a row per patient of either rule: subject_id, as the files of the release write "
    "it; time_zero_day (day of the trial "
    "on which the patient's time begins, at the first questionnaire); t1_month, t2_month (months "
    "from then to the two visits that the slope joins) and slope (points per month) by the rule "
    "of the paper, blank where it gives none; in_paper_cohort; t2_month_challenge and "
    "slope_challenge by the rule of the challenge, which lets the last visit stand in.",
    "features.parquet": "a row per patient as in cohort.csv: subject_id and the features.",
    "catalogue.csv": "a row per feature: what it is and where it comes from; missing and kept are "
    "counted over the patients of the paper's rule.",
    "sequences.npz": "arrays subject_id (patients as in cohort.csv), values (patients x 11 x 5: "
    "ten items and months, by visit), mask (True for visits, False for copies of the last) and "
    "names (of the eleven).",
    "flow.csv": "by rule, how many subjects drop out at each step and how many remain.",
    "audit.csv": "what reading and cleaning did: rows before and after each rule, values changed, "
    "patients touched.",
    "lost.csv": "what is lost between the files and the features or the cohort: how much, why, "
    "which words or labels are not known, which features it costs, and what to do; no row if "
    "nothing is.",
    "README.txt": "this file.",
}
"""The files of an export, and what they hold."""

MONTHS = "%.10g"


def write_cohort(
    path: str | Path,
    out: str | Path,
    *,
    cleaning: CleaningSettings | None = None,
    slope: SlopeSettings | None = None,
    features: FeatureSettings | None = None,
) -> Path:
    """Write what an analyst needs from a release to a folder.

    The folder appears in one step when it is complete and takes the place of an earlier
    export of the same name. As it is about single patients, only its owner may read it.

    Parameters
    ----------
    path : str or Path
        Folder or zip of a release.
    out : str or Path
        The folder that is written.
    cleaning, slope, features : optional
        Settings of the stages. Both rules are exported, so the rule of ``slope`` is not used.

    Returns
    -------
    Path
        The folder, with the files of :data:`FILES`.

    Raises
    ------
    alsnb.checks.BadInput
        If something else than an earlier export lies there, if there is no release, or if
        no patient has a slope by either rule.
    """
    out = Path(out)
    with told_of(name_of(out), expected="a folder that can be written"):
        check_is_free(out)
    settings = {
        "cleaning": cleaning or CleaningSettings(),
        "slope": slope or SlopeSettings(),
        "features": features or FeatureSettings(),
    }
    reading, clean = read_and_clean(path, cleaning=settings["cleaning"], tell_losses=True)
    report("selecting the cohort and deriving features")
    tables, features, sequences = _make(reading, clean, settings)
    report("writing the cohort")
    with (
        told_of(name_of(out), expected="a folder that can be written"),
        # beside the place they go to, then the folder is put there
        folder_being_made(out.resolve(), check=check_is_free, own=True) as unfinished,
    ):
        for name, frame in tables.items():
            frame.to_csv(unfinished / f"{name}.csv", index=False, float_format=MONTHS)
        # pyarrow takes a name in UTF-8 only, whatever the system calls its files in
        with (unfinished / "features.parquet").open("wb") as file:
            features.to_parquet(file, index=False)
        np.savez_compressed(unfinished / "sequences.npz", **sequences)
        readme = _readme(reading, clean, settings)
        (unfinished / "README.txt").write_text(readme, encoding="utf-8")
    return out


def read_what_is_lost(folder: Path) -> str:
    """Return what an export says is lost downstream, in sentences."""
    lost = pd.read_csv(folder / "lost.csv", dtype="str", keep_default_na=False)
    if lost.empty:
        return "Nothing is lost downstream."
    return f"What is lost downstream (in lost.csv):\n{listed(lost)}"


def check_is_free(out: Path) -> None:
    """Raise :class:`alsnb.checks.BadInput` if writing an export there would destroy other files."""
    if not out.exists() or _is_export(out):
        return
    if not out.is_dir() or any(out.iterdir()):
        raise refuse(
            name_of(out),
            expected="a new folder, or that of an earlier export, which is replaced",
            found="other files",
            remedy="Name another folder; nothing was touched.",
        )


def _is_export(out: Path) -> bool:
    readme = out / "README.txt"
    if not readme.is_file() or {file.name for file in out.iterdir()} - set(FILES):
        return False
    return readme.read_text(encoding="utf-8", errors="replace").startswith(FIRST_LINE)


def _make(
    reading: Reading, clean: CleanTables, settings: dict[str, object]
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame, dict[str, np.ndarray]]:
    """Return tables by name, features and arrays of those who have a slope by either rule."""
    cohorts = {rule: select_cohort(clean, replace(settings["slope"], rule=rule)) for rule in RULES}
    paper, challenge = cohorts["paper"], cohorts["challenge"]
    # who has a visit after a year has it by both rules, so the challenge's patients are all
    check_not_empty(challenge, reading.release)
    features, _ = derive_features(clean, challenge, settings["features"])
    catalogue = make_catalogue(
        features.loc[paper.patients.index],
        scale=settings["slope"].scale,
        max_missing=settings["features"].max_missing,
    )
    flows = [cohort.flow.assign(rule=rule) for rule, cohort in cohorts.items()]
    flow = pd.concat(flows, ignore_index=True)
    tables = {
        "cohort": _as_written(_both_rules(paper, challenge), clean),
        "catalogue": catalogue,
        "flow": flow[["rule", "step", "excluded", "remaining"]],
        "audit": clean.audit,
        "lost": say_losses(reading.losses),
    }
    pictures = make_sequences(clean, challenge)
    arrays = ("subject_id", "values", "mask", "names")
    sequences = {name: np.asarray(getattr(pictures, name)) for name in arrays}
    sequences["subject_id"] = clean.written(pictures.subject_id).to_numpy()
    if clean.names:
        # an array of texts of fixed length, as one of objects would be pickled
        sequences["subject_id"] = sequences["subject_id"].astype(str)
    return tables, _as_written(features.reset_index(), clean), sequences


def _as_written(patients: pd.DataFrame, clean: CleanTables) -> pd.DataFrame:
    """Return a frame of patients with their identifiers as the release writes them."""
    return patients.assign(subject_id=clean.written(patients["subject_id"]))


def _both_rules(paper: Cohort, challenge: Cohort) -> pd.DataFrame:
    patients = challenge.patients
    ours = paper.patients.reindex(patients.index)
    return pd.DataFrame(
        {
            "time_zero_day": patients["time_zero_day"],
            "t1_month": patients["t1_month"],
            "t2_month": ours["t2_month"],
            "slope": ours["slope"],
            "in_paper_cohort": patients.index.isin(paper.patients.index),
            "t2_month_challenge": patients["t2_month"],
            "slope_challenge": patients["slope"],
        },
        index=patients.index,
    ).reset_index()


def _readme(reading: Reading, clean: CleanTables, settings: dict[str, object]) -> str:
    indent = {"initial_indent": "    ", "subsequent_indent": "    "}
    files = [f"{name}\n{textwrap.fill(what, 88, **indent)}" for name, what in FILES.items()]
    chosen = [
        f"{stage}.{name} = {value}"
        for stage, of_stage in settings.items()
        for name, value in asdict(of_stage).items()
        if (stage, name) != ("slope", "rule")
    ]
    source = clean.source
    made_from = [
        f"Release {reading.release}, {source.n_patients:,} subjects: {source.title}",
        f"SHA-256 of its content: {source.sha256}",
    ]
    parts = [[FIRST_LINE], made_from, ["Files", *files], ["Settings", *chosen]]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"
