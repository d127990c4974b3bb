"""Go from the files of a PRO-ACT release to cohort, target, features and sequences."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from alsnb.checks import refuse
from alsnb.cleaning.release import CleanTables, clean_release
from alsnb.cleaning.settings import CleaningSettings
from alsnb.cohort import Cohort, select_cohort
from alsnb.compute.progress import report
from alsnb.compute.store import being_made, entry_of, lock_of, told_of_store
from alsnb.features.proact import derive_features
from alsnb.features.sequences import Sequences, make_sequences
from alsnb.features.summaries import FeatureSettings
from alsnb.outcomes import SlopeSettings
from alsnb.report.cards import card
from alsnb.study.as_written import measure_written, subjects_with_age
from alsnb.study.losses.find import find_losses
from alsnb.study.recorded import unrecorded
from alsnb.tables.proact.reading import read_release
from alsnb.tables.proact.schema import tables
from alsnb.tables.source import Source


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What was found while reading: release, tables with their rows, remarks, odd cells.

    ``written`` holds aggregates of the files before cleaning (:func:`measure_written`),
    ``with_age`` the subjects whose age is written down. ``losses`` are what is lost downstream, as
    :func:`alsnb.study.losses.find.find_losses` tells it; None unless it was asked for.
    """

    release: str
    counts: pd.DataFrame
    notes: pd.DataFrame
    failures: pd.DataFrame
    losses: pd.DataFrame | None = None
    written: Mapping[str, float] = field(default_factory=dict)
    with_age: pd.Index = field(default_factory=lambda: pd.Index([]), repr=False)


@dataclass(frozen=True, kw_only=True)
class Study:
    """All that is made from a release before anything is predicted.

    Attributes
    ----------
    reading : Reading
        What was found while reading the tables of the ``source``.
    clean, cohort : CleanTables, Cohort
        The cleaned tables, and the patients with a slope.
    features : DataFrame of shape (n_patients, n_features)
        Indexed by ``subject_id`` as the cohort is; the ``catalogue`` says what each is.
    sequences : Sequences
        The questionnaires of the window.
    """

    source: Source
    reading: Reading
    clean: CleanTables
    cohort: Cohort
    features: pd.DataFrame
    catalogue: pd.DataFrame
    sequences: Sequences

    def __repr__(self) -> str:
        # what stands in the frames is not for a page
        return f"Study({self.source.name}, {self.source.kind}, {self.cohort!r})"

    def _repr_html_(self) -> str:
        facts = {
            "Data": self.source.title,
            "Patients with a slope": len(self.cohort.patients),
            "Features": self.features.shape[1],
            "See": ".clean, .cohort, .features, .catalogue, .sequences",
        }
        return card("Prepared release", facts)

    @property
    def counts(self) -> pd.DataFrame:
        """The tables that were found, with their rows and subjects."""
        return self.reading.counts

    @property
    def lacking(self) -> tuple[str, ...]:
        """What is recorded of nobody in the cohort, by its title."""
        return unrecorded(self.clean.frames, self.cohort.patients.index)


def prepare(
    path: str | Path,
    *,
    cleaning: CleaningSettings | None = None,
    slope: SlopeSettings | None = None,
    features: FeatureSettings | None = None,
) -> Study:
    """Read a release, clean it, select the cohort and derive what models learn from.

    Parameters
    ----------
    path : str or Path
        Folder or zip of a release.
    cleaning, slope, features : optional
        Settings of the stages; the defaults are those of the paper.

    Returns
    -------
    Study

    Raises
    ------
    alsnb.checks.BadInput
        If there is no release, or no patient has what the rule asks for.
    """
    reading, clean = read_and_clean(path, cleaning=cleaning)
    report("selecting the cohort and deriving features")
    cohort = select_cohort(clean, slope)
    check_not_empty(cohort, reading.release)
    derived, catalogue = derive_features(clean, cohort, features)
    return Study(
        source=clean.source,
        reading=reading,
        clean=clean,
        cohort=cohort,
        features=derived,
        catalogue=catalogue,
        sequences=make_sequences(clean, cohort),
    )


def on_scale(study: Study, scale: str) -> Study:
    """Return the study of the patients with a slope on a scale, by the same rule otherwise."""
    if study.cohort.settings.scale == scale:
        return study
    cohort = select_cohort(study.clean, replace(study.cohort.settings, scale=scale))
    features, catalogue = derive_features(study.clean, cohort)
    made = {"features": features, "catalogue": catalogue}
    return replace(study, cohort=cohort, sequences=make_sequences(study.clean, cohort), **made)


def read_and_clean(
    path: str | Path, *, cleaning: CleaningSettings | None = None, tell_losses: bool = False
) -> tuple[Reading, CleanTables]:
    """Read and clean a release; the raw tables are let go, for they fill the memory."""
    raw, cleaning = read_release(path), cleaning or CleaningSettings()
    clean = clean_release(raw, cleaning)
    reading = Reading(
        release=raw.release.name,
        counts=raw.counts,
        notes=raw.notes,
        failures=raw.failures,
        losses=find_losses(raw, clean, cleaning)[0] if tell_losses else None,
        written=measure_written(raw),
        with_age=subjects_with_age(raw),
    )
    return reading, clean


def check_not_empty(cohort: Cohort, release: str) -> None:
    """Raise :class:`alsnb.checks.BadInput` if nobody is in the cohort, naming the last step."""
    if len(cohort.patients):
        return
    lost = cohort.flow[cohort.flow["remaining"] == 0].iloc[0]
    raise refuse(
        f"The table {tables()['alsfrs'].files[release]}",
        expected="patients who were followed up for long enough to have a slope",
        found=f"nobody {lost['step']}",
        remedy="Check that the download is complete, or relax the rule of the slope.",
    )


def simulated_release(
    *,
    n_patients: int,
    release: str = "2022",
    seed: int,
    tidy: bool = False,
    world: str = "",
    changes: tuple[tuple[str, object], ...] = (),
    only_cohort: bool = False,
) -> tuple[Path, Path]:
    """Return a simulated release from the store; it is simulated if it is not there.

    Parameters
    ----------
    n_patients, seed : int
        Subjects of the release; the same settings and seed give the same files.
    release : {"2016", "2022", "F"}
        Whose layout it has.
    tidy : bool
        Whether the tables are written without defects.
    world : str
        One of :data:`alsnb.synthetic.worlds.WORLDS`; the first of them by default.
    changes : tuple of (name, value)
        Parameters of the twin that have another value than in this world.
    only_cohort : bool
        Whether only patients with a slope by the paper's rule are written down, a quarter of
        ``n_patients``; for studies that look at nobody else.

    Returns
    -------
    release, truth : Path
        The folder of the tables, and the one that says what is true.
    """
    # who reads a download does without the twin
    from alsnb.synthetic.draw import draw_world, keep_with_slope
    from alsnb.synthetic.worlds import DEFAULT, world_parameters
    from alsnb.synthetic.write import write_release

    settings = {"n_patients": n_patients, "release": release, "seed": seed, "tidy": tidy}
    parameters = world_parameters(world or DEFAULT, dict(changes))
    settings |= {"only_cohort": True} if only_cohort else {}
    makers = ["alsnb.synthetic.draw", "alsnb.synthetic.write"]
    entry = entry_of("releases", release, makers, settings | {"parameters": dict(parameters)})
    if not entry.exists():
        with told_of_store(), lock_of(entry):
            if not entry.exists():
                with being_made(entry, **settings) as workshop:
                    drawn = draw_world(
                        n_patients, release=release, seed=seed, parameters=parameters
                    )
                    drawn = keep_with_slope(drawn) if only_cohort else drawn
                    folder, truth = workshop / "release", workshop / "truth"
                    write_release(drawn, folder, tidy=tidy, truth=truth)
    return entry.folder / "release", entry.folder / "truth"
