"""Make the parameter tables of the simulated imaging cohort from public references.

    python -m benchmarks.imaging_calibration FOLDER

FOLDER holds the tables that ``alsnb/synthetic/imaging/sources.yaml`` describes: AOMIC-PIOP2 (one
row per person, read here and never written), the retest summary, the group connectome of the
ENIGMA Toolbox and the shares of people who have each connection. What is written into
``alsnb/synthetic/imaging`` are means, standard deviations and correlations, never a person.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

OUT = Path(__file__).parent.parent / "alsnb" / "synthetic" / "imaging"
NOT_DRAWN = ("5th-Ventricle", "non-WM-hypointensities", "Holes", "-to-eTIV")
"""Columns of the volumes that are zero in nearly everybody, or follow from others."""

MEDIAN_RETEST = 0.52
"""Median retest correlation of regional thickness; single regions are drawn half way to it."""


def main(folder: Path) -> None:
    """Write every table."""
    people = pd.read_csv(folder / "aomic_piop2_freesurfer.csv.gz")
    retest = pd.read_csv(folder / "retest_three_years.csv").set_index("measure")
    labels = (folder / "hcp_strucLabels_ctx.csv").read_text(encoding="utf-8").strip().split(",")
    regions = [f"{label[0].lower()}h_{label[2:]}" for label in labels]
    write_regions(people, retest, regions)
    write_volumes(people, retest)
    write_edges(folder)


def write_regions(people: pd.DataFrame, retest: pd.DataFrame, regions: list[str]) -> None:
    thickness = people[[f"{region}_thickness" for region in regions]]
    twin = pd.DataFrame(
        {"thickness_mean": thickness.mean(), "thickness_sd": thickness.std()}
    ).set_axis(regions)
    for measure in ("thickness", "area"):
        twin[f"{measure}_retest"] = _steadied(retest, regions, measure)
    facts = {m: retest.loc[[f"{r}_{m}" for r in regions]] for m in ("thickness", "area", "volume")}
    twin["area_mean"] = facts["area"]["mean_first"].to_numpy()
    twin["area_cv"] = (facts["area"]["sd_first"] / facts["area"]["mean_first"]).to_numpy()
    product = facts["area"]["mean_first"].to_numpy() * facts["thickness"]["mean_first"].to_numpy()
    twin["volume_factor"] = facts["volume"]["mean_first"].to_numpy() / product
    twin.round(4).rename_axis("region").to_csv(OUT / "regions.csv")
    _write_matrix(np.corrcoef(thickness.to_numpy().T), "thickness_correlation.txt")


def _steadied(retest: pd.DataFrame, regions: list[str], measure: str) -> np.ndarray:
    """Return retest correlations, the mean of both sides, drawn half way to the median."""
    both = [
        np.mean([retest.loc[f"{side}_{region[3:]}_{measure}", "retest_r"] for side in ("lh", "rh")])
        for region in regions
    ]
    middle = MEDIAN_RETEST if measure == "thickness" else np.median(both)
    return np.clip(0.5 * (np.array(both) + middle), 0.2, 0.98)


def write_volumes(people: pd.DataFrame, retest: pd.DataFrame) -> None:
    start = people.columns.get_loc("Left-Lateral-Ventricle")
    names = [c for c in people.columns[start:] if not any(part in c for part in NOT_DRAWN)]
    known = people[people["sex"].isin(["F", "M"])]
    log = np.log(known[names].clip(lower=1.0))
    means = log.groupby(known["sex"]).mean()
    within = log - means.loc[known["sex"]].to_numpy()
    renamed = [name.replace("-Proper", "") for name in names]
    again = retest["retest_r"].rename({"EstimatedTotalIntraCranialVol": "eTIV"})
    facts = pd.DataFrame(
        {
            "log_mean_women": means.loc["F"].to_numpy(),
            "log_mean_men": means.loc["M"].to_numpy(),
            "log_sd": within.std(ddof=2).to_numpy(),
            "retest": again.reindex(renamed).to_numpy(),
        },
        index=renamed,
    )
    # what nobody measured twice is taken to be as steady as the median structure
    facts["retest"] = facts["retest"].fillna(facts["retest"].median())
    facts.round(4).rename_axis("volume").to_csv(OUT / "volumes.csv")
    _write_matrix(np.corrcoef(within.to_numpy().T), "volume_correlation.txt")


def write_edges(folder: Path) -> None:
    share = pd.read_csv(folder / "dk68_edge_probability.csv", index_col=0).to_numpy()
    weight = np.loadtxt(folder / "hcp_strucMatrix_ctx.csv", delimiter=",")
    upper = np.triu_indices(len(share), 1)
    share, weight = share[upper], weight[upper]
    both = (share > 0) & (weight > 0)
    # the group matrix keeps strong connections only: the others get what their share lets expect
    slope, start = np.polyfit(share[both], weight[both], 1)
    weight = np.where(weight > 0, weight, start + slope * share)
    edges = pd.DataFrame({"share_of_people": share, "log_count": weight})
    edges.round(3).to_csv(OUT / "edges.csv", index=False)


def _write_matrix(correlation: np.ndarray, name: str) -> None:
    """Write the lower triangle of a correlation matrix, in hundredths, a row to a line."""
    rows = [
        " ".join(f"{100 * value:.0f}" for value in row[:number])
        for number, row in enumerate(correlation)
    ]
    (OUT / name).write_text("\n".join(rows[1:]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
