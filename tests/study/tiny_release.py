"""A tiny simulated release, one table of which is read again after a change of its text."""

import csv
import io
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from alsnb.cleaning.release import CLEAN_BY_SUBJECT, CLEAN_OVER_TIME, CleanTables, clean_release
from alsnb.cleaning.settings import DEFAULTS
from alsnb.cohort import select_cohort
from alsnb.features.proact import derive_features
from alsnb.study.losses.find import find_losses
from alsnb.synthetic.draw import draw_world
from alsnb.synthetic.write import write_release
from alsnb.tables.proact.reading import RawTables, read_release

LABS_USED = ("Albumin", "Blood Urea Nitrogen (BUN)", "Sodium", "Urine Protein")
"""So few tests are kept, for speed."""

TINY_TESTS = ("albumin", "urea_nitrogen", "sodium", "urine_protein")
"""The same by the names of their features."""

Rows = list[list[str]]


@dataclass(frozen=True)
class Found:
    """What a release leads to: losses, remarks, slopes and features of the patients."""

    losses: pd.DataFrame
    remarks: pd.DataFrame
    clean: CleanTables
    features: pd.DataFrame
    slope: pd.Series

    def names(self) -> str:
        """Return everything that the losses say is lost or costs something."""
        return " ".join([*self.losses["what"], *self.losses["costs"]])


class Tiny:
    """A tiny release in a folder.

    Parameters
    ----------
    folder : Path
        Where it is written.
    n_patients : int
        Simulated patients.
    """

    def __init__(self, folder: Path, n_patients: int = 120) -> None:
        write_release(draw_world(n_patients, seed=4), folder, release="2022", tidy=True)
        self._folder = folder
        labs = folder / "PROACT_LABS.csv"
        header, *rows = self._rows("labs", labs)
        self._write(labs, [header, *(row for row in rows if row[1] in LABS_USED)])
        raw = read_release(folder)
        self._absent = "".join(raw.notes["note"])
        self.raw = replace(raw, notes=raw.notes[:0])
        self.whole = clean_release(self.raw)
        self.found = self._judge(self.raw)

    def rows(self, table: str) -> Rows:
        """Return the header and the records of a table."""
        return self._rows(table, self._folder / self.raw.release.files[table])

    def after(self, table: str, rows: Rows) -> Found:
        """Return what the release leads to with other records in one of its tables."""
        path = self._folder / self.raw.release.files[table]
        before = path.read_bytes()
        self._write(path, rows)
        try:
            read = read_release(self._folder, tables=[table])
        finally:
            path.write_bytes(before)
        # of the tests that were left out for speed nothing shall be said
        left_out = read.notes["note"] == self._absent
        return self._judge(
            replace(
                read,
                notes=read.notes[~left_out],
                frames=self.raw.frames | read.frames,
                source=self.raw.source,
                audit=_replaced(self.raw.audit, read.audit, table),
            ),
            table,
        )

    def changed(self, table: str, **columns: object) -> Found:
        """Return what the release leads to with changed cells: a function of the cell by column."""
        header, *rows = self.rows(table)
        for name, change in columns.items():
            place = header.index(name)
            for row in rows:
                row[place] = change(row[place])
        return self.after(table, [header, *rows])

    @staticmethod
    def _rows(table: str, path: Path) -> Rows:
        return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))

    @staticmethod
    def _write(path: Path, rows: Rows) -> None:
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(rows)
        path.write_text(out.getvalue(), encoding="utf-8")

    def _judge(self, raw: RawTables, table: str = "death") -> Found:
        clean = self._cleaned(raw, table)
        cohort = select_cohort(clean)
        features, _ = derive_features(clean, cohort)
        return Found(*find_losses(raw, clean), clean, features, cohort.slope)

    def _cleaned(self, raw: RawTables, table: str) -> CleanTables:
        """Clean one table again, and all if it is that of deaths, on which the others hang."""
        if table == "death":
            return clean_release(raw)
        if table in CLEAN_BY_SUBJECT:
            frame, audit = CLEAN_BY_SUBJECT[table](raw.frames[table])
        else:
            deaths = self.whole.frames["death"]
            frame, audit = CLEAN_OVER_TIME[table](raw.frames[table], DEFAULTS, deaths)
        of_reading = raw.audit[raw.audit["table"] == table]
        whole = _replaced(self.whole.audit, pd.concat([of_reading, audit]), table)
        return replace(self.whole, frames=self.whole.frames | {table: frame}, audit=whole)


def _replaced(audit: pd.DataFrame, new: pd.DataFrame, table: str) -> pd.DataFrame:
    return pd.concat([audit[audit["table"] != table], new], ignore_index=True)


def moved_features(before: Found, after: Found, share: float = 0.1) -> set[str]:
    """Return the features that changed, or went missing, in more than a share of those who stay."""
    stay = before.features.index.intersection(after.features.index)
    old, new = (found.features.loc[stay].to_numpy() for found in (before, after))
    same = np.isclose(old, new, rtol=1e-6, equal_nan=True)
    moved = (~same).sum(axis=0) > share * np.maximum((~np.isnan(old)).sum(axis=0), 1)
    return set(before.features.columns[moved])
