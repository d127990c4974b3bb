"""Read each modality of a study from where it lies."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import PurePosixPath

import pandas as pd

from alsnb.checks import refuse
from alsnb.imaging.account import Account
from alsnb.imaging.clinical import DICTIONARY, read_clinical
from alsnb.imaging.connectomes import Connectomes, read_connectomes
from alsnb.imaging.files import MARKER, PARTICIPANTS, StudyFiles
from alsnb.imaging.freesurfer import read_freesurfer
from alsnb.imaging.labels import is_labels, labels_of_atlas, read_labels
from alsnb.imaging.region_tables import read_region_tables
from alsnb.imaging.settings import ImagingSettings
from alsnb.tables.source import Source

MORPHOLOGY_FOLDERS = ("freesurfer", "morphology", "stats")
REGION_FOLDERS = ("features", "regions")
CONNECTOME_FOLDERS = ("connectomes", "connectome", "connectivity", "edgelists")
"""Folders in which each modality is looked for, at any depth."""

TABLES = (".tsv", ".csv", ".txt", ".dat", ".table")


@dataclass
class Parts:
    """What was read of each modality, indexed by the keys of the subjects."""

    files: StudyFiles
    settings: ImagingSettings
    account: Account
    clinical: pd.DataFrame | None = None
    dictionary: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=list(DICTIONARY), dtype="str")
    )
    morphology: pd.DataFrame | None = None
    connectomes: Connectomes | None = None
    digests: dict[str, str] = field(default_factory=dict)

    def read_all(self) -> None:
        """Read what the settings name, in the order in which keys become known."""
        if "clinical" in self.settings.modalities:
            self._read_clinical()
        labels = self._labels()
        if "morphology" in self.settings.modalities:
            self._read_morphology(labels)
        if "connectome" in self.settings.modalities:
            names = [n for n in self.files.below(*CONNECTOME_FOLDERS) if not is_labels(n)]
            self.connectomes = read_connectomes(
                names,
                self._read,
                labels,
                known=self.keys(),
                settings=self.settings,
                account=self.account,
            )

    def keys(self) -> dict[str, Collection[str]]:
        """Return the keys of the subjects in any modality, in order."""
        return dict.fromkeys(key for keys in self.by_modality().values() for key in keys)

    def by_modality(self) -> dict[str, Collection[str]]:
        """Return the keys of the subjects that have files, by modality that was read."""
        held = {
            "clinical": None if self.clinical is None else self.clinical.index,
            "morphology": None if self.morphology is None else self.morphology.index,
            "connectome": None if self.connectomes is None else self.connectomes.keys,
        }
        return {modality: keys for modality, keys in held.items() if keys is not None}

    def source(self) -> Source:
        """Return where the study came from; the digest is the same for a folder and its zip."""
        names = {name.lower() for name in self.files.names}
        simulated = MARKER.lower() in names
        behind = "simulated: nobody behind any row" if simulated else "the reader's own"
        parts = "".join(f"{name}:{self.digests[name]}\n" for name in sorted(self.digests))
        return Source(
            name="imaging",
            kind="simulated" if simulated else "user",
            title=f"An imaging study, {behind}",
            n_patients=len(self.keys()),
            sha256=hashlib.sha256(parts.encode()).hexdigest(),
            file_name=PurePosixPath(self.files.where.replace("\\", "/")).name,
            notes=tuple(self.account.notes()["note"]),
        )

    def _read(self, name: str) -> bytes:
        content = self.files.read(name)
        # faster than SHA-256, which is taken of these
        self.digests[name] = hashlib.blake2b(content, digest_size=32).hexdigest()
        return content

    def _read_clinical(self) -> None:
        names = {name.lower(): name for name in self.files.names}
        table = next(names[name] for name in PARTICIPANTS if name in names)
        words = names.get("participants.json")
        self.clinical, self.dictionary = read_clinical(
            self._read(table),
            table,
            words=self._read(words) if words else None,
            account=self.account,
        )

    def _labels(self) -> tuple[str, ...]:
        """Return the labels beside the connectomes, else those of an atlas of one side."""
        beside = [name for name in self.files.below(*CONNECTOME_FOLDERS) if is_labels(name)]
        if len(beside) > 1:
            raise refuse(
                "connectomes",
                expected="one file of labels",
                found=f"{len(beside)}",
                remedy="Keep the one of this parcellation.",
            )
        if beside:
            file = PurePosixPath(beside[0]).name
            atlas = self.settings.atlas
            return read_labels(self._read(beside[0]), file, atlas=atlas, account=self.account)
        if "atlas.csv" in self.files.names:
            return labels_of_atlas(self._read("atlas.csv"), "atlas.csv", self.account)
        return ()

    def _read_morphology(self, labels: tuple[str, ...]) -> None:
        """Read group tables of FreeSurfer, or tables of one subject each where there are none."""
        names = [n for n in self.files.below(*MORPHOLOGY_FOLDERS) if n.lower().endswith(TABLES)]
        if names:
            contents = ((PurePosixPath(name).name, self._read(name)) for name in names)
            found = read_freesurfer(contents, self.settings, self.account)
        else:
            names = [n for n in self.files.below(*REGION_FOLDERS) if n.lower().endswith(TABLES)]
            known, account = self.keys(), self.account
            found = (
                read_region_tables(names, self._read, labels, known=known, account=account)
                if names
                else pd.DataFrame()
            )
        if found.empty:
            raise refuse(
                "freesurfer",
                expected="tables as aparcstats2table and asegstats2table write them",
                found=f"{len(names):,} tables, none of them such a one",
                remedy="Put them into the folder freesurfer, or read without:"
                " ImagingSettings(modalities=('clinical', 'connectome')).",
            )
        self.morphology = found
