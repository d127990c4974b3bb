"""The room of chapter 42: what a study can show, from frames worked out by hand."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from alsnb.checks import BadInput
from alsnb.features.imaging import CORTEX
from alsnb.lessons.thirty_two import figures, study, tables
from alsnb.lessons.thirty_two.fits import Brains, walk_paths
from alsnb.study.imaging_pool import Pool
from alsnb.study.imaging_task import ImagingTask

CUTS = (25.0, 50.0)


@pytest.fixture(autouse=True)
def own_store(tmp_path, monkeypatch):
    monkeypatch.setenv("ALSNB_STORE", str(tmp_path))


def outcomes():
    """Four studies of the paper's size and two larger ones without permutations."""
    rows = [
        # won, lost, McNemar, gain, low, high, permutation
        (8, 1, 0.039, 0.02, 0.01, 0.03, 0.02),
        (1, 8, 0.039, -0.02, -0.03, -0.01, 0.98),
        (5, 0, 0.0625, 0.01, -0.01, 0.03, 0.05),
        (3, 3, 1.0, 0.00, -0.02, 0.02, 0.04),
        (2, 2, 1.0, 0.00, -0.01, 0.01, np.nan),
        (9, 0, 0.004, 0.02, 0.01, 0.03, np.nan),
    ]
    names = ["n_won", "n_lost", "p_mcnemar", "gain", "low", "high", "p_permuted"]
    frame = pd.DataFrame(rows, columns=names)
    return frame.assign(world="none", n_patients=[135] * 4 + [500] * 2)


def test_a_claim_needs_the_right_direction_and_a_small_p_value():
    claims = study.count_claims(outcomes()).set_index(["n_patients", "test"])
    assert claims.loc[(135, "mcnemar"), "estimate"] == 1 / 4  # the second is significantly worse
    assert claims.loc[(135, "interval"), "estimate"] == 1 / 4
    assert claims.loc[(135, "permutation"), "estimate"] == 2 / 4  # 0.05 is not below 0.05
    assert claims.loc[(500, "interval"), "estimate"] == 1 / 2
    assert (500, "permutation") not in claims.index
    assert len(study.of_the_papers_size(claims.reset_index(), "none")) == 3


def test_a_gain_as_large_as_the_papers_is_five_patients():
    assert study._published_patients() == 5
    assert study.published_gain() == pytest.approx(5 / 32, abs=1e-3)
    # 7, -7, 5 and 0 patients
    assert study.count_large_gains(outcomes(), "none")["estimate"] == 2 / 4
    assert study.share_as_large(pd.Series([5 / 32, 4 / 32])) == 0.5


def test_the_size_that_is_needed():
    claims = pd.DataFrame(
        {"world": "large", "test": "interval", "n_patients": [80, 500], "estimate": [0.1, 0.9]}
    )
    assert study.needed(claims, "large", "interval") == 500
    assert tables.patients(study.needed(claims, "large", "interval")) == "from 500 patients on"
    assert np.isnan(study.needed(claims.assign(estimate=0.5), "large", "interval"))
    gains = pd.DataFrame({"world": "small", "n_patients": [80, 135], "estimate": [-0.1, 0.1]})
    assert study.helps_from(gains, "small") == 135
    assert tables.patients(study.helps_from(gains, "none")) == "at none of the sizes tried"


def test_claims_of_one_division_are_named():
    rows = outcomes().iloc[[0, 1]].assign(learner=["regressions", "networks"])
    assert tables.claimed(rows) == [
        "McNemar's test of the regressions",
        "the paired interval of the regressions",
        "the permutation test of the regressions",
    ]
    rows["p_permuted"] = np.nan
    assert tables.claimed(rows.iloc[1:]) == []


def pool(n=6, seed=0):
    """Patients of whom each dies 10 months after the scan, scanned at months 0, 20 and so on."""
    rng = np.random.default_rng(seed)
    table = {f"clinical:{i}": rng.standard_normal(n) for i in range(8)}
    table |= {f"bounds:{i}": rng.standard_normal(n) for i in range(2)}
    table |= {f"frugal:{i}": rng.standard_normal(n) for i in range(3)}
    table |= {f"reduced:{i}": rng.standard_normal(n) for i in range(11)}
    table |= {
        "truth:scan_month": np.arange(n) * 20.0,
        "truth:onset_to_scan": np.full(n, 15.0),
        "truth:months": np.full(n, 25.0),
    }
    return Pool(table=pd.DataFrame(table))


@pytest.mark.parametrize("text", ["25", "50,25", "25,50,75", "a,b", "0,50", ""])
def test_other_than_two_rising_cuts_is_refused(text):
    with pytest.raises(BadInput, match="two months, rising"):
        study.read_cuts(text)


def test_errors_of_tests_are_judged_over_four_hundred_studies_or_more():
    assert study.read_cuts("25, 50.5") == (25.0, 50.5)
    for profile in ("book", "full"):
        effort = study.EFFORTS[profile]
        assert effort.n_studies_null >= 400
        assert effort.n_pool >= effort.n_studies_null * 135
        # a p-value below 5 % has to be possible
        assert min(effort.n_permutations, effort.n_permutations_null) >= 20


def test_who_has_died_when_follow_up_ends():
    # recruitment takes 84 months: deaths at 10, 30, 50, 70, 90 and 110
    assert study._died_by(pool(), 0.0).tolist() == [True] * 4 + [False] * 2
    assert study._died_by(pool(), 12.0).tolist() == [True] * 5 + [False]
    assert study._died_by(pool(), np.inf).all()


def test_a_death_at_the_first_cut_is_a_medium_survivor():
    assert pool().classes(CUTS).tolist() == [1] * 6
    assert pool().classes((26.0, 50.0)).tolist() == [0] * 6


def test_the_longer_a_study_waits_the_more_long_survivors_it_has(monkeypatch):
    monkeypatch.setattr(study, "CLOSINGS", (0.0, 60.0))
    effort = SimpleNamespace(n_selected=800, n_fresh=200)
    found = study.keep_the_dead(effort, CUTS, world="none", seed=1)
    assert found["share_dead"].is_monotonic_increasing
    assert found["long"].is_monotonic_increasing
    assert found["short"].is_monotonic_decreasing
    assert np.allclose(found[["short", "medium", "long"]].sum(axis=1), 1)
    last = found.iloc[-1]
    assert last["share_dead"] == 1
    assert last["dead"] == last["everybody"]
    shown = tables.show_selection(found)
    assert shown.iloc[-1, 0] == "until all have died"


def brains(n, seed, shift=0.0):
    rng = np.random.default_rng(seed)
    return Brains(
        clinical=rng.standard_normal((n, 2)),
        thickness=rng.standard_normal((n, 8)),
        counts=rng.poisson(5, (n, 12)).astype(float),
        on_b=rng.random(n) < 0.5,
        months=np.exp(3.6 + 0.5 * rng.standard_normal(n)) + shift,
    )


def walk(studies):
    return walk_paths(
        studies,
        brains(50, 99),
        n_learnt=45,
        regions=np.arange(8) < 6,
        edges=np.arange(12) < 9,
        cuts=study.CUT_PAIRS,
    )


def test_every_path_is_walked_once():
    walked = walk([brains(60, 1), brains(60, 2)])
    assert len(walked) == 2 * 2 * 3 * 3 * 3
    assert not walked.duplicated(["study", "parcellation", "weight", "cuts", "harmonisation"]).any()
    compared = study.compare_paths(walked)
    by_study = walked.groupby("study")["own_gain"]
    assert compared["best"].tolist() == by_study.max().tolist()
    assert (compared["least"] <= compared["usual"]).all()
    assert (compared["usual"] <= compared["best"]).all()
    told = study.describe_paths(compared).set_index("what")
    flattery = (compared["best"] - compared["best_on_fresh"]).mean()
    assert told.loc["flattery", "estimate"] == pytest.approx(flattery)


def test_held_out_brains_reach_the_model_only_where_everybody_is_harmonised():
    one = brains(60, 1)
    other = Brains(**(vars(one) | {"thickness": one.thickness.copy()}))
    other.thickness[45:] += np.where(one.on_b[45:], 3.0, 0.0)[:, None]
    before, after = walk([one]), walk([other])
    moved = (before["fresh_gain"] != after["fresh_gain"]).groupby(before["harmonisation"]).any()
    assert moved.to_dict() == {"none": False, "training": False, "everybody": True}


def task(n=40, seed=0):
    """Patients whose every input is their number, but for one gap."""
    rng = np.random.default_rng(seed)
    patients = pd.Index([f"s{number}" for number in range(n)])
    regions = [f"{side}_{region}" for side in ("lh", "rh") for region in sum(CORTEX.values(), ())]
    volumes = [f"{s}-{v}" for s in ("Left", "Right") for v in ("Lateral-Ventricle", "Pallidum")]
    names = [f"{region}_thickness_mm" for region in regions]
    names += [f"{volume}_log_share" for volume in volumes]
    joined = ["lh_precentral - rh_precentral", "lh_precentral - lh_precuneus"]
    joined += ["lh_precuneus - rh_precuneus"]
    numbers = np.arange(1.0, n + 1)
    eight = pd.DataFrame({"progression": np.exp(numbers / 10), "number": numbers}, patients)
    eight.iloc[3, 1] = np.nan
    return ImagingTask(
        tables={
            "clinical": eight,
            "bounds": eight[["number"]],
            "frugal": eight,
            "connectivity": pd.DataFrame(rng.random((n, 3)), patients, joined),
            "morphology": pd.DataFrame(rng.random((n, len(names))), patients, names),
        },
        classes=pd.Series(np.arange(n) % 3, patients),
        names=("short", "medium", "long"),
    )


def test_divisions_hold_the_same_patients_in_another_order():
    found = study.divide(task(), 5, seed=1)
    assert found.classes.shape == (5, 40)
    # 83 and 20 of 135 are learnt from and watched
    assert found.n_learnt == 31
    assert found.inputs["majority"].shape == (5, 40, 0)
    assert found.inputs["combined"].shape == (5, 40, 13)
    order = found.inputs["clinical"][..., 0] * 10
    assert np.allclose(np.sort(order, axis=1), np.arange(1, 41))
    # inputs and classes belong to the same patient
    assert ((np.round(order) - 1) % 3 == found.classes).all()
    assert not np.array_equal(order[0, 31:], order[1, 31:])
    # the gap takes the median of the others
    gap = found.inputs["clinical"][0, np.isclose(order[0], 4), 1]
    assert gap == pytest.approx(np.median(np.delete(np.arange(1.0, 41), 3)))
    assert study._only_first(found).classes.shape == (1, 40)


def test_figures_and_tables_can_be_drawn_of_few_numbers():
    claims = study.count_claims(outcomes())
    assert "MRI adds nothing" in figures.describe_power(claims)
    figures.plot_power(claims)
    assert list(tables.show_power(claims).columns) == ["World", "Test", "135", "500"]
    assert tables.show_power(claims)["500"].tolist() == ["50%", "50%", ""]
    gains = pd.DataFrame(
        {"learner": ["regressions", "networks"], "repeat": [0, 0], "estimate": [0.1, -0.2]}
    )
    figures.plot_gains(gains)
    assert "+0.156" in figures.describe_gains(gains)
