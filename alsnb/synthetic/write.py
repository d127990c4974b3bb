"""Write a simulated release: every table as its trials report it, with the mess, and the truth."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from alsnb.checks import check_one_of, refuse
from alsnb.compute.progress import report
from alsnb.synthetic.events import list_events, list_medications
from alsnb.synthetic.files import MARKER, MARKER_TEXT, write_table
from alsnb.synthetic.histories import list_histories
from alsnb.synthetic.laboratory import do_tests
from alsnb.synthetic.measures import measure_capacity, measure_vitals
from alsnb.synthetic.mess import spoil
from alsnb.synthetic.mess_tables import counts_of, defects_of
from alsnb.synthetic.properties import header_of, names_in_order
from alsnb.synthetic.questionnaires import fill_in
from alsnb.synthetic.records import (
    list_deaths,
    list_demographics,
    list_el_escorial,
    list_families,
    list_riluzole,
    list_treatments,
)
from alsnb.synthetic.schedule import generator, list_contacts
from alsnb.synthetic.strength import measure_grip, measure_neurofilament, measure_strength
from alsnb.synthetic.truth import write_truth
from alsnb.synthetic.world import World
from alsnb.tables.proact.schema import RELEASES, Table, tables, tables_of

Make = Callable[[World, pd.DataFrame], pd.DataFrame]


def write_release(
    world: World,
    folder: Path,
    *,
    release: str | None = None,
    tidy: bool = False,
    truth: Path | None = None,
) -> None:
    """Write all tables of a release, and a marker that says that they are simulated.

    Same world and settings, same bytes. A simulated release that is already in the folder is
    replaced; a folder with anything else in it is left alone.

    Parameters
    ----------
    world, folder : World and Path
        What to report, and where the tables go; made if missing.
    release : {"2016", "2022", "F"}, optional
        Whose files, headers and habits to imitate; by default those of the release whose trials
        the world has.
    tidy : bool
        Whether to leave the mess out: one unit per measure, no duplicates, nothing impossible.
        What a trial did not measure is missing all the same.
    truth : Path, optional
        Where to write what lies behind the tables, see :mod:`alsnb.synthetic.truth`.

    Raises
    ------
    alsnb.checks.BadInput
        If there is no such release, the folder holds other files, or the truth would lie in it.
    """
    release = world.release if release is None else release
    check_one_of(release, RELEASES, "Release of the simulated twin")
    folder, truth = Path(folder), None if truth is None else Path(truth)
    _check_folders(folder, truth)
    _make_room(folder)
    numbers = _numbers(world, release)
    contacts = list_contacts(world)
    defects = []
    for name, table in tables_of(release).items():
        report(f"simulating {table.files[release]}")
        frame = _makers(release, tidy=tidy)[name](world, contacts)
        frame = frame.assign(subject_id=numbers.loc[frame["subject_id"]].to_numpy())
        found = _write(world, table, frame, folder, release=release, tidy=tidy)
        found.insert(0, "file", table.files[release])
        defects.append(found)
    if truth is not None:
        report("writing the truth behind the tables")
        every = pd.concat(defects, ignore_index=True)
        write_truth(world, truth, numbers, every, release=release, tidy=tidy)


def _makers(release: str, *, tidy: bool) -> dict[str, Make]:
    """Return for each table what makes it."""
    return {
        "alsfrs": lambda world, contacts: fill_in(world),
        "fvc": lambda world, contacts: measure_capacity(world, contacts, "fvc"),
        "svc": lambda world, contacts: measure_capacity(world, contacts, "svc"),
        "vitals": lambda world, contacts: measure_vitals(world, contacts, tidy=tidy),
        "labs": lambda world, contacts: do_tests(world, contacts, release, tidy=tidy),
        "demographics": lambda world, contacts: list_demographics(world),
        "history": lambda world, contacts: list_histories(world),
        "riluzole": lambda world, contacts: list_riluzole(world),
        "treatment": lambda world, contacts: list_treatments(world),
        "death": lambda world, contacts: list_deaths(world),
        "family": lambda world, contacts: list_families(world),
        "adverse_events": lambda world, contacts: list_events(world),
        "medication": lambda world, contacts: list_medications(world),
        "el_escorial": lambda world, contacts: list_el_escorial(world),
        "grip": measure_grip,
        "strength": measure_strength,
        "neurofilament": lambda world, contacts: measure_neurofilament(world),
    }


def _write(
    world: World, table: Table, frame: pd.DataFrame, folder: Path, *, release: str, tidy: bool
) -> pd.DataFrame:
    """Write one table, spoiled unless *tidy*, and return its defects."""
    names, header = names_in_order(table, release), header_of(table, release)
    defects = () if tidy else defects_of(table.name)
    counts = counts_of(table.name, release, len(frame), world.parameters) if defects else []
    rng = generator(world, f"mess {table.name}")
    cells, found = spoil(frame, names, defects, counts, seed=rng)
    found["column"] = found["column"].replace(dict(zip(names, header, strict=True)))
    write_table(cells, header, folder / table.files[release])
    return found


def _numbers(world: World, release: str) -> pd.Series:
    """Return the number that a release gives each subject; those of F have seven digits."""
    own = np.sort(world.patients.index.to_numpy())
    if release != "F":
        return pd.Series(own, index=own)
    apart = generator(world, "numbers of the F release").integers(0, 8, len(own))
    return pd.Series(1_000_000 + 8 * own + apart, index=own)


def _check_folders(folder: Path, truth: Path | None) -> None:
    """Refuse to write where somebody's files are, or the truth beside the tables."""
    others = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
    remedy = "Name another folder; nothing was written."
    if others and not (folder / MARKER).exists():
        raise refuse(
            f"Folder '{folder.name}' for the simulated release",
            expected="a new or empty folder, or one with a simulated release",
            found="other files",
            remedy=remedy,
        )
    if truth is not None and folder.resolve() in (truth.resolve(), *truth.resolve().parents):
        raise refuse(
            f"Folder '{truth.name}' for the truth",
            expected="a folder outside that of the tables",
            found="one inside it",
            remedy=remedy,
        )


def _make_room(folder: Path) -> None:
    """Leave in the folder only the marker, which comes first: no table is without it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARKER).write_text(MARKER_TEXT, encoding="utf-8")
    for table in tables().values():
        for name in table.files.values():
            (folder / name).unlink(missing_ok=True)
