"""Word the tables of the chapter on brains as numbers."""

import pandas as pd

from alsnb.report import say
from alsnb.report.tables import minus, shown

KINDS = {
    "clinical": ("Clinical table", "participants.tsv"),
    "thickness": ("Thickness of cortical regions, mm", "aparcstats2table"),
    "area": ("Surface of cortical regions, mm²", "aparcstats2table"),
    "volume": ("Volume of cortical regions, mm³", "aparcstats2table"),
    "structures": ("Volume of other structures, mm³", "asegstats2table"),
    "head": ("Volumes of the whole head, mm³", "asegstats2table"),
    "connections": ("Pairs of regions", "a connectome per person"),
}
"""What a reader calls each kind of number, and which program or file it comes from."""

MODALITIES = {"clinical": "Clinical", "morphology": "Morphology", "connectome": "Connectome"}

DIALECTS = {
    "mrtrix": "MRtrix: upper triangle, diagonal filled",
    "fsl": "FSL: both directions of tracking",
    "plain": "Symmetric, diagonal empty",
}

GROUPS = {
    "connections": "Connections of healthy people",
    "morphology": "Morphology of healthy people",
    "patients": "Case mix",
    "disease": "Disease",
    "survival": "Survival, and what can be known of it",
}


def show_files(files: pd.DataFrame) -> pd.DataFrame:
    """Return what becomes of the files of one person, for reading."""
    words = {kind: title for kind, (title, _) in KINDS.items()}
    sources = {kind: source for kind, (_, source) in KINDS.items()}
    return shown(
        files.assign(source=files["kind"]),
        {
            "kind": ("Numbers", words),
            "source": ("Written by", sources),
            "n_numbers": ("How many", ",.0f"),
            "example": ("One of them", None),
            "n_with": ("People with it", ",.0f", "withheld"),
            "n_lacking": ("People without", ",.0f", "withheld"),
        },
    )


def show_matrix(matrix: pd.DataFrame) -> pd.DataFrame:
    """Return a matrix of connections, for reading."""
    return matrix.map("{:g}".format).rename_axis("").reset_index()


def show_dialects(dialects: pd.DataFrame) -> pd.DataFrame:
    """Return what is done to each dialect, for reading."""
    return shown(
        dialects,
        {
            "dialect": ("Dialect", DIALECTS),
            "n_mirrored": ("Mirrored", ".0f"),
            "n_averaged": ("Averaged", ".0f"),
            "n_loops": ("Self-connections set aside", ".0f"),
            "gap": ("Largest difference afterwards", ".3g"),
        },
    )


def show_treatments(treatments: pd.DataFrame) -> pd.DataFrame:
    """Return what was done to whom, for reading."""
    return shown(
        treatments,
        {
            "modality": ("Modality", MODALITIES),
            "rule": ("What was found or done", None),
            "left_out": ("Consequence", {True: "left out", False: "used"}),
            "n_subjects": ("People", ",.0f", "withheld"),
        },
    )


def show_groups(summary: pd.DataFrame) -> pd.DataFrame:
    """Return how many figures are held by group, for reading."""
    return shown(
        summary,
        {
            "group": ("Group", GROUPS),
            "n_figures": ("Known figures", ".0f"),
            "n_within": ("Within the tolerance", ".0f"),
        },
    )


def show_fidelity(fidelity: pd.DataFrame) -> pd.DataFrame:
    """Return every figure of simulated people beside the known one, for reading."""
    told = fidelity.assign(
        known=[_short(value) for value in fidelity["printed"]],
        tolerated=[
            f"{_short(low)} to {_short(high)}"
            for low, high in zip(fidelity["low"], fidelity["high"], strict=True)
        ],
        simulated=[_short(value) for value in fidelity["twin"]],
    )
    return shown(
        told,
        {
            "quantity": ("Figure", None),
            "known": ("Known", None),
            "tolerated": ("Tolerated", None),
            "simulated": ("Simulated", None),
            "within": ("Held", {True: "yes", False: "no"}),
            "source": ("Source", None),
        },
    )


def _short(value: float) -> str:
    return minus(f"{value:.3g}")


def show_assumptions(assumptions: pd.DataFrame) -> pd.DataFrame:
    """Return the parameters that no source settles, for reading."""
    return shown(
        assumptions,
        {
            "meaning": ("What is assumed", None),
            "value": ("Value", None),
            "unit": ("Unit", None),
            "source": ("Where it comes from", None),
        },
    )
