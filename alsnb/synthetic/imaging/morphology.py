"""Thickness and area of cortical regions, and volumes: as they are, and as one scan measures them.

The variance of measured thickness between people is split into what persists and measurement error.
The error is as white as the measured correlations allow, and single regions are as reliable as the
retest says.
"""

from functools import cache

import numpy as np
import pandas as pd

from alsnb.synthetic.imaging.parameters import ImagingParameters
from alsnb.synthetic.imaging.template import is_motor, read_template, root_of

ABOVE_TARGET = 0.15
"""How much more reliable regions are taken to be on average before single ones are lowered."""

FASTER = ("temporal", "occipital", "fusiform", "lingual", "cuneus", "pericalcarine", "bankssts")
SLOWER = ("frontal", "anteriorcingulate", "pars")
"""Parts of names of regions that thin faster or slower with age (Storsve et al. 2014)."""

VENTRICLES = ("Ventricle", "Inf-Lat-Vent", "choroid-plexus", "CSF")
UNAGED = ("eTIV", "MaskVol")
WHITE = ("White", "CC_", "Optic", "Brain", "SupraTentorial")


@cache
def thickness_roots() -> tuple[np.ndarray, np.ndarray]:
    """Return roots of the correlation of thickness between people: what persists, and the error.

    Both have shape (68, 68); the two parts add up to what is measured.
    """
    template = read_template()
    target = template.regions["thickness_retest"].to_numpy()
    values, vectors = np.linalg.eigh(template.thickness_correlation)
    low, high = 0.0, values.max()
    for _ in range(60):
        cut = (low + high) / 2
        kept = np.maximum(values - cut, 0).sum() / len(values)
        low, high = (cut, high) if kept > target.mean() + ABOVE_TARGET else (low, cut)
    lasting = (vectors * np.maximum(values - cut, 0)) @ vectors.T
    scale = np.minimum(1, np.sqrt(target / np.diag(lasting)))
    lasting = lasting * np.outer(scale, scale)
    return root_of(lasting), root_of(template.thickness_correlation - lasting)


@cache
def age_speeds() -> tuple[np.ndarray, np.ndarray]:
    """Return -1, 0 or 1 for regions that thin slower, as usual or faster, and kinds of volumes.

    Kinds are "gray", "white", "ventricle" and "none"; shapes (68,) and (n_volumes,).
    """
    template = read_template()
    regions = [name[3:] for name in template.regions.index]
    speed = [_any(FASTER, name) * 1 - _any(SLOWER, name) * 1 for name in regions]
    kinds = [
        "ventricle"
        if _any(VENTRICLES, name)
        else "none"
        if name in UNAGED
        else "white"
        if _any(WHITE, name)
        else "gray"
        for name in template.volumes.index
    ]
    speed = np.array(speed, float)
    return speed - speed.mean(), np.array(kinds)


def _any(parts: tuple[str, ...], name: str) -> bool:
    return any(part in name for part in parts)


def draw_thickness(
    years: np.ndarray, reached: np.ndarray, p: ImagingParameters, rng: np.random.Generator
) -> np.ndarray:
    """Draw true thickness in mm, (n_people, 68).

    *years* is the age minus that of the tables, *reached* (n_people, 68) where the disease is.
    """
    regions = read_template().regions
    lasting, _ = thickness_roots()
    speed, _ = age_speeds()
    slope = np.log1p(p["thickness_slope"]) * (1 + p["age_contrast"] * speed)
    mean = regions["thickness_mean"].to_numpy() * np.exp(slope * years[:, None])
    loss = np.where(is_motor(), p["thinning_motor"], p["thinning_other"]) * reached
    own = rng.standard_normal((len(years), len(regions))) @ lasting.T
    return mean + regions["thickness_sd"].to_numpy() * (own - loss)


def draw_volumes(
    people: pd.DataFrame,
    years: np.ndarray,
    extent: np.ndarray,
    p: ImagingParameters,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Draw true log volumes (n_people, n_volumes), and the score of each brain's size (n_people,).

    *extent* is that of the disease, 0 in controls.
    """
    template = read_template()
    facts = template.volumes
    scores = rng.standard_normal((len(people), len(facts))) @ root_of(template.volume_correlation).T
    women = (people["sex"] == "female").to_numpy()[:, None]
    log = np.where(women, facts["log_mean_women"], facts["log_mean_men"])
    # what persists, so that the error of a scan adds up to the measured spread
    log = log + facts["log_sd"].to_numpy() * np.sqrt(facts["retest"].to_numpy()) * scores
    _, kinds = age_speeds()
    slopes = {
        "gray": np.log1p(p["gray_slope"]),
        "white": np.log1p(p["white_slope"]),
        "ventricle": p["ventricle_slope"],
        "none": 0.0,
    }
    log = log + years[:, None] * np.array([slopes[kind] for kind in kinds])
    spread = np.maximum(extent, 0)[:, None]
    lateral = facts.index.str.contains("Lateral-Ventricle") * p["ventricle_growth"]
    pallidum = facts.index.str.contains("Pallidum") * p["pallidum_loss"]
    log = log + spread * (lateral - pallidum)
    return log, scores[:, facts.index.get_loc("BrainSegVol")]


def draw_area(
    years: np.ndarray, size: np.ndarray, p: ImagingParameters, rng: np.random.Generator
) -> np.ndarray:
    """Draw true areas in mm2, (n_people, 68); larger in large brains (*size*, standard scores)."""
    regions = read_template().regions
    n, half = len(years), len(regions) // 2
    shared = p["area_brain_correlation"]
    common = shared * size + np.sqrt(1 - shared**2) * rng.standard_normal(n)
    sides = p["area_sides_correlation"]
    both = np.tile(rng.standard_normal((n, half)), 2)
    own = np.sqrt(sides) * both + np.sqrt(1 - sides) * rng.standard_normal((n, 2 * half))
    lasting = regions["area_cv"].to_numpy() ** 2 * regions["area_retest"].to_numpy()
    own_sd = np.sqrt(np.maximum(lasting - p["area_common_sd"] ** 2, 0.03**2))
    log = (
        p["area_common_sd"] * common[:, None]
        + own_sd * own
        + np.log1p(p["area_slope"]) * years[:, None]
    )
    return regions["area_mean"].to_numpy() * np.exp(log)


def scan_thickness(
    thickness: np.ndarray, on_b: np.ndarray, p: ImagingParameters, rng: np.random.Generator
) -> np.ndarray:
    """Return thickness as one scan measures it; *on_b* says who was scanned on scanner B."""
    sd = read_template().regions["thickness_sd"].to_numpy()
    _, error = thickness_roots()
    noise = rng.standard_normal(thickness.shape) @ error.T
    shift = p["scanner_thickness"] * scanner_pattern(thickness.shape[1])
    return np.maximum(thickness + sd * (p["error_scale"] * noise + shift * on_b[:, None]), 0.5)


def scan_area(area: np.ndarray, p: ImagingParameters, rng: np.random.Generator) -> np.ndarray:
    """Return areas as one scan measures them."""
    regions = read_template().regions
    error = regions["area_cv"].to_numpy() * np.sqrt(1 - regions["area_retest"].to_numpy())
    return area * np.exp(p["error_scale"] * error * rng.standard_normal(area.shape))


def scan_volumes(log: np.ndarray, p: ImagingParameters, rng: np.random.Generator) -> np.ndarray:
    """Return volumes in mm3 as one scan measures them; sums of both sides add up."""
    facts = read_template().volumes
    error = (facts["log_sd"] * np.sqrt(1 - facts["retest"])).to_numpy()
    volumes = np.exp(log + p["error_scale"] * error * rng.standard_normal(log.shape))
    for name in ("CortexVol", "CerebralWhiteMatterVol"):
        sides = [facts.index.get_loc(f"{side}{name}") for side in ("lh", "rh")]
        volumes[:, facts.index.get_loc(name)] = volumes[:, sides].sum(axis=1)
    return volumes


def regional_volumes(thickness: np.ndarray, area: np.ndarray) -> np.ndarray:
    """Return the volume of each region in mm3: its area times its thickness times a factor."""
    return thickness * area * read_template().regions["volume_factor"].to_numpy()


def scanner_pattern(n: int) -> np.ndarray:
    """Return how much each of n measures moves between the scanners: the same for all cohorts."""
    return np.random.default_rng(20_171).normal(0.5, 0.87, n)
