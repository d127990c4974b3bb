"""Make what models read of a patient with MRI: clinical characteristics, connections, morphology.

Nothing here is learnt from patients: scaling and the filling of gaps are left to the models.
"""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import pandas as pd

from alsnb.checks import check_columns, check_one_of

ALSFRS_R_TOTAL = 48
"""Points of the ALSFRS-R in health."""

MOTOR = ("precentral", "paracentral")
"""Regions of the motor strip, as labels end."""

SLOWEST = 0.05
"""Points of the ALSFRS-R a month below which progressions are not told apart."""

EARLY = ("caudalmiddlefrontal", "posteriorcingulate", "precuneus")
"""Regions outside the motor strip of the network that Verstraete et al. (2011) found impaired."""

CORTEX = {
    "motor": MOTOR,
    "early": EARLY,
    "frontal": (
        *("superiorfrontal", "rostralmiddlefrontal", "parsopercularis", "parsorbitalis"),
        *("parstriangularis", "lateralorbitofrontal", "medialorbitofrontal"),
    ),
    "parietal": ("postcentral", "superiorparietal", "inferiorparietal", "supramarginal"),
    "temporal": ("superiortemporal", "middletemporal", "inferiortemporal", "fusiform"),
    "occipital": ("lateraloccipital", "lingual", "cuneus", "pericalcarine"),
}
"""Parts of the cortex by the regions that labels end with."""


def _words(column: str, *yes: str) -> Callable[[pd.DataFrame], pd.Series]:
    """Return what gives 1 for some words of a column, 0 for others and NaN where it is missing."""
    return lambda clinical: clinical[column].isin(yes).astype(float).where(clinical[column].notna())


def _progression(clinical: pd.DataFrame) -> pd.Series:
    months = clinical["onset_to_scan_months"].where(clinical["onset_to_scan_months"] > 0)
    return (ALSFRS_R_TOTAL - clinical["alsfrs_r_total"]) / months


def _log_months(column: str) -> Callable[[pd.DataFrame], pd.Series]:
    return lambda clinical: np.log1p(clinical[column].astype(float))


CHARACTERISTICS = {
    "age_at_onset": (
        ("age_years", "onset_to_scan_months"),
        lambda clinical: clinical["age_years"] - clinical["onset_to_scan_months"] / 12,
    ),
    "bulbar_onset": (("site_of_onset",), _words("site_of_onset", "bulbar")),
    "diagnostic_delay": (("diagnostic_delay_months",), _log_months("diagnostic_delay_months")),
    "progression": (("alsfrs_r_total", "onset_to_scan_months"), _progression),
    "fvc": (("fvc_percent",), lambda clinical: clinical["fvc_percent"].astype(float)),
    "definite_als": (("el_escorial",), _words("el_escorial", "definite")),
    "c9orf72": (("c9orf72",), _words("c9orf72", "yes")),
    "bvftd": (("bvftd",), _words("bvftd", "yes")),
}
"""The eight clinical characteristics: the columns that each needs, and how it is made. The list is
ours, after the ENCALS model: the abstract of Paper B says that there are eight and names none."""

BOUNDS = {
    "months_at_scan": (("onset_to_scan_months",), _log_months("onset_to_scan_months")),
    "diagnostic_delay": CHARACTERISTICS["diagnostic_delay"],
}
"""What bounds the class from below by itself: who is scanned late can no longer be a short
survivor. Both are times, in logarithms of months plus one."""


def clinical_inputs(
    clinical: pd.DataFrame, characteristics: Iterable[str] = tuple(CHARACTERISTICS)
) -> pd.DataFrame:
    """Return clinical characteristics as numbers, with the gaps of their columns.

    Parameters
    ----------
    clinical : DataFrame of shape (n_patients, n_columns)
        A clinical table, named as :mod:`alsnb.features.imaging` reads it.
    characteristics : iterable of str
        Names among :data:`CHARACTERISTICS` and :data:`BOUNDS`.

    Raises
    ------
    alsnb.checks.BadInput
        If there is no such characteristic, or the table lacks a column that it needs.
    """
    known = CHARACTERISTICS | BOUNDS
    made = {}
    for name in characteristics:
        check_one_of(name, known, "The clinical characteristics")
        columns, make = known[name]
        check_columns(clinical, columns, f"The clinical table, for '{name}'")
        made[name] = make(clinical).astype(float)
    return pd.DataFrame(made, index=clinical.index)


def log_progression(inputs: pd.DataFrame) -> pd.DataFrame:
    """Return clinical inputs with the logarithm of the progression in place of it.

    A few patients progress ten times as fast as most, and a linear model of the progression itself
    hangs on them. Less than :data:`SLOWEST` points a month counts as so many.
    """
    return inputs.assign(progression=np.log(inputs["progression"].clip(lower=SLOWEST)))


def connectivity_inputs(
    connectomes: np.ndarray, labels: Sequence[str], patients: pd.Index
) -> pd.DataFrame:
    """Return the logarithm of each connection's weight plus one, one column per pair of regions.

    Parameters
    ----------
    connectomes : array of shape (n_patients, n_regions, n_regions)
        Symmetric, not negative.
    labels : sequence of str of length n_regions
    patients : Index of shape (n_patients,)
    """
    rows, columns = np.triu_indices(len(labels), 1)
    names = [f"{labels[row]} - {labels[column]}" for row, column in zip(rows, columns, strict=True)]
    return pd.DataFrame(np.log1p(connectomes[:, rows, columns]), index=patients, columns=names)


def morphology_inputs(morphology: pd.DataFrame) -> pd.DataFrame:
    """Return the thickness of regions in mm, and the log of volumes relative to the head.

    Parameters
    ----------
    morphology : DataFrame
        Columns named by measure and unit: ``lh_precentral_thickness_mm``,
        ``Left-Hippocampus_volume_mm3``, ``eTIV_mm3``. Area and volume of cortical regions are
        not used, as they follow the head.

    Raises
    ------
    alsnb.checks.BadInput
        If there are volumes without the size of the head.
    """
    thickness = morphology.filter(regex=r"^[lr]h_.+_thickness_mm$")
    thickness = thickness.loc[:, ~thickness.columns.str.contains("MeanThickness")]
    volumes = morphology.filter(regex=r"_volume_mm3$")
    volumes = volumes.loc[:, ~volumes.columns.str.match("[lr]h_")]
    if volumes.shape[1]:
        check_columns(morphology, ["eTIV_mm3"], "The morphology")
        head = morphology["eTIV_mm3"]
        volumes = np.log(volumes.where(volumes > 0)).sub(np.log(head.where(head > 0)), axis=0)
        volumes.columns = volumes.columns.str.replace("_volume_mm3", "_log_share")
    return pd.concat([thickness, volumes], axis=1)


def frugal_inputs(morphology: pd.DataFrame, connectivity: pd.DataFrame) -> pd.DataFrame:
    """Return three numbers named beforehand, a rival of networks that read everything.

    ``precentral_thickness`` (mm, mean of both sides), ``motor_connections`` (mean log weight
    between regions of the motor strip) and ``lateral_ventricles`` (log share of the head).

    Parameters
    ----------
    morphology, connectivity : DataFrame
        From :func:`morphology_inputs` and :func:`connectivity_inputs`.
    """
    precentral = [f"{side}_precentral_thickness_mm" for side in ("lh", "rh")]
    ventricles = [f"{side}-Lateral-Ventricle_log_share" for side in ("Left", "Right")]
    check_columns(morphology, [*precentral, *ventricles], "The morphology")
    pairs = {name: name.split(" - ") for name in connectivity.columns}
    motor = [name for name, ends in pairs.items() if all(end.endswith(MOTOR) for end in ends)]
    return pd.DataFrame(
        {
            "precentral_thickness": morphology[precentral].mean(axis=1),
            "motor_connections": connectivity[motor].mean(axis=1),
            "lateral_ventricles": morphology[ventricles].mean(axis=1),
        }
    )


def reduced_inputs(morphology: pd.DataFrame, connectivity: pd.DataFrame) -> pd.DataFrame:
    """Return eleven numbers of a brain, for models that are trained thousands of times.

    The mean thickness of each part of the :data:`CORTEX` (``thickness_motor`` and so on, mm), the
    log share of the head of the lateral ventricles and of the pallidum, and the mean log weight of
    connections within the motor strip, between it and the early regions, and within these.

    Parameters
    ----------
    morphology, connectivity : DataFrame
        From :func:`morphology_inputs` and :func:`connectivity_inputs`.
    """
    columns = {
        f"thickness_{part}": [
            f"{side}_{region}_thickness_mm" for side in ("lh", "rh") for region in regions
        ]
        for part, regions in CORTEX.items()
    }
    for name, volume in {"ventricles": "Lateral-Ventricle", "pallidum": "Pallidum"}.items():
        columns[name] = [f"{side}-{volume}_log_share" for side in ("Left", "Right")]
    check_columns(morphology, [one for of in columns.values() for one in of], "The morphology")
    made = {name: morphology[of].mean(axis=1) for name, of in columns.items()}
    found: dict[str, list[str]] = {"motor": [], "between": [], "early": []}
    for name in connectivity.columns:
        sides = [_part(end) for end in name.split(" - ")]
        if None not in sides:
            found[sides[0] if sides[0] == sides[1] else "between"].append(name)
    return pd.DataFrame(
        made | {f"connections_{part}": connectivity[of].mean(axis=1) for part, of in found.items()}
    )


def _part(label: str) -> str | None:
    """Return ``motor`` or ``early`` for the label of such a region."""
    region = label.replace("-", "_").rsplit("_", maxsplit=1)[-1]
    return "motor" if region in MOTOR else "early" if region in EARLY else None
