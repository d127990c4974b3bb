"""Names of regions and measures as FreeSurfer writes them, and as they are called here."""

import re

DESIKAN_KILLIANY = (
    "bankssts caudalanteriorcingulate caudalmiddlefrontal cuneus entorhinal fusiform"
    " inferiorparietal inferiortemporal isthmuscingulate lateraloccipital lateralorbitofrontal"
    " lingual medialorbitofrontal middletemporal parahippocampal paracentral parsopercularis"
    " parsorbitalis parstriangularis pericalcarine postcentral posteriorcingulate precentral"
    " precuneus rostralanteriorcingulate rostralmiddlefrontal superiorfrontal superiorparietal"
    " superiortemporal supramarginal frontalpole temporalpole transversetemporal insula"
)
DESIKAN_KILLIANY = tuple(DESIKAN_KILLIANY.split())
"""The 34 regions of a hemisphere, in the order of ``aparcstats2table``."""

DKT = tuple(
    name for name in DESIKAN_KILLIANY if name not in ("bankssts", "frontalpole", "temporalpole")
)
"""The 31 regions of a hemisphere of Desikan-Killiany-Tourville, which has no poles."""

UNITS = {"thickness": "mm", "area": "mm2", "volume": "mm3"}
"""Unit of each measure of a region."""

_PAIRED = (
    "Lateral-Ventricle Inf-Lat-Vent Cerebellum-White-Matter Cerebellum-Cortex Thalamus Caudate"
    " Putamen Pallidum Hippocampus Amygdala Accumbens-area VentralDC vessel choroid-plexus"
)
_MIDLINE = (
    "3rd-Ventricle 4th-Ventricle 5th-Ventricle Brain-Stem CSF WM-hypointensities"
    " non-WM-hypointensities Optic-Chiasm CC_Posterior CC_Mid_Posterior CC_Central"
    " CC_Mid_Anterior CC_Anterior"
)
ASEG = (
    *(f"{side}-{name}" for side in ("Left", "Right") for name in _PAIRED.split()),
    *_MIDLINE.split(),
)
"""Structures of ``asegstats2table``; the thalamus is named as FreeSurfer 7 does."""

_GLOBAL = (
    "BrainSegVol BrainSegVolNotVent BrainSegVolNotVentSurf lhCortexVol rhCortexVol CortexVol"
    " lhCerebralWhiteMatterVol rhCerebralWhiteMatterVol CerebralWhiteMatterVol SubCortGrayVol"
    " TotalGrayVol SupraTentorialVol SupraTentorialVolNotVent SupraTentorialVolNotVentVox"
    " MaskVol eTIV"
)
GLOBAL = tuple(_GLOBAL.split())
"""Volumes of the whole head; eTIV is the estimated total intracranial volume."""

_SAME = {
    "EstimatedTotalIntraCranialVol": "eTIV",
    "Left-Thalamus-Proper": "Left-Thalamus",
    "Right-Thalamus-Proper": "Right-Thalamus",
}
_HEMISPHERE = re.compile(r"^(?:ctx[-_.])?(lh|rh|l|r|left|right)[-_. ]+(.+)$", re.IGNORECASE)


def atlas_regions(atlas: str) -> tuple[str, ...]:
    """Return the regions of a hemisphere, none for a parcellation that is not listed here."""
    return {"dk": DESIKAN_KILLIANY, "dkt": DKT}.get(atlas, ())


def measure_name(column: str) -> str:
    """Return the name of a FreeSurfer column with its unit, empty for what is not read.

    ``lh_precentral_thickness`` is ``lh_precentral_thickness_mm``, ``Left-Thalamus-Proper`` is
    ``Left-Thalamus_volume_mm3``, and ``eTIV`` is ``eTIV_mm3``.
    """
    column = _SAME.get(column, column)
    if cortical := re.fullmatch(r"(?:lh|rh)_.+_(thickness|area|volume)", column):
        return f"{column}_{UNITS[cortical[1]]}"
    if column in ASEG:
        return f"{column}_volume_mm3"
    return f"{column}_mm3" if column in GLOBAL else ""


def region_name(text: str) -> str:
    """Return the label of a region in one notation, as it is if it is in none that is known.

    ``ctx-lh-precentral``, ``L_precentral`` and ``lh.precentral`` are ``lh_precentral``;
    structures of ``aseg`` keep their names.
    """
    text = text.strip().strip('"')
    text = _SAME.get(text, text)
    parts = _HEMISPHERE.match(text)
    if text in ASEG or not parts or parts[2].lower() not in DESIKAN_KILLIANY:
        return text
    return f"{parts[1][0].lower()}h_{parts[2].lower()}"


def region_of(measure: str) -> str:
    """Return the cortical region of a measure's name without its side, empty if it has none.

    That of ``lh_precentral_thickness_mm`` is ``precentral``.
    """
    found = re.fullmatch(r"(?:lh|rh)_(.+)_(?:thickness_mm|area_mm2|volume_mm3)", measure)
    return found[1] if found else ""


def written_atlas(written: str) -> str:
    """Return the parcellation that the first cell of a table names."""
    if "dkt" in written.lower():
        return "dkt"
    return {"": "", "aparc": "dk", "aparc.a2009s": "destrieux"}.get(written, "other")


def guessed_atlas(regions: set[str]) -> str:
    """Return the parcellation to which most of the regions belong."""
    if sum(region.startswith(("G_", "S_", "G&", "S&")) for region in regions) > len(regions) / 2:
        return "destrieux"
    only_dk = set(atlas_regions("dk")) - set(atlas_regions("dkt"))
    if len(regions & set(atlas_regions("dk"))) <= len(regions) / 2:
        return "other"
    return "dk" if regions & only_dk else "dkt"
