"""From a release, real or simulated, to the table that models learn from."""

from collections.abc import Mapping

import pandas as pd

from alsnb.checks import refuse
from alsnb.cleaning.release import CleanTables, clean_release
from alsnb.cleaning.settings import CleaningSettings
from alsnb.cohort import Cohort
from alsnb.features.proact import derive_features
from alsnb.features.sequences import as_columns, make_sequences
from alsnb.features.summaries import FeatureSettings
from alsnb.study.proact import simulated_release
from alsnb.tables.proact.reading import RawTables, read_release


def simulate(
    n_patients: int = 3000,
    *,
    seed: int = 0,
    release: str = "2022",
    tidy: bool = False,
    world: str = "changing",
    changes: Mapping[str, object] | None = None,
) -> RawTables:
    """Simulate a release of PRO-ACT, with its defects, and read it.

    Nobody stands behind the patients. The files are kept in the store, so that asking for the
    same release again only reads them.

    Parameters
    ----------
    n_patients : int
        Subjects of the release, at least 30; about one in four has a slope. The release of
        2022 has 11,675.
    seed : int
        Same settings, same seed: same patients.
    release : {"2016", "2022", "F"}
        Whose layout is imitated.
    tidy : bool
        Whether the defects of the real files are left out.
    world : {"changing", "persistent", "spreading", "trials"}
        Which of the rival worlds patients are drawn from: they meet the same published
        aggregates, and differ where none decides.
    changes : mapping of str to number, optional
        Parameters of the twin that have another value than in this world; ``alsnb simulate
        --list`` prints them.
    """
    changes = tuple(sorted((changes or {}).items()))
    how = {"release": release, "seed": seed, "tidy": tidy, "world": world, "changes": changes}
    files, _ = simulated_release(n_patients=n_patients, **how)
    return read_release(files)


def clean(release: RawTables, settings: CleaningSettings | None = None) -> CleanTables:
    """Clean a release: days, units, doubles, impossible values; every step is in the audit.

    Parameters
    ----------
    release : RawTables
        From :func:`alsnb.read_release` or :func:`alsnb.simulate`.
    settings : CleaningSettings, optional
        The choices among readings of the files.

    Returns
    -------
    CleanTables
        ``frames`` by table, and ``audit``, a row per table and rule.
    """
    if not isinstance(release, RawTables):
        raise refuse(
            "alsnb.clean",
            expected="a release that was read",
            found=f"something of type {type(release).__name__}",
            remedy="Pass what alsnb.read_release or alsnb.simulate returned.",
        )
    return clean_release(release, settings or CleaningSettings())


def make_features(
    clean: CleanTables,
    cohort: Cohort,
    settings: FeatureSettings | None = None,
    *,
    visits: bool = False,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make one row of numbers per patient from what was measured in the window.

    Parameters
    ----------
    clean : CleanTables
        The clean release.
    cohort : Cohort
        Its patients; no feature sees anything after the window of its settings.
    settings : FeatureSettings, optional
        Whether screening counts, and the share of missing values that is tolerated.
    visits : bool
        Whether the cells of the questionnaires, visit by visit, stand behind the features. The
        CNN and the RNN read them; the other models of :mod:`alsnb.models` leave them alone.

    Returns
    -------
    X : DataFrame of shape (n_patients, n_features)
        Indexed by ``subject_id`` as the cohort is, missing values included. The columns are
        the same for every cohort of a scale, so that a model can predict another release.
        With ``visits``, 55 more (:data:`alsnb.features.questionnaire.VISIT_COLUMNS`).
    catalogue : DataFrame
        A row per feature: name, title, unit, definition, source, share missing.
    """
    features, catalogue = derive_features(clean, cohort, settings)
    if visits:
        features = features.join(as_columns(make_sequences(clean, cohort)), validate="one_to_one")
    return features, catalogue
