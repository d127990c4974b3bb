"""Every aggregate that is known of real people is one of the simulated people's, too."""

import numpy as np
import pytest

from alsnb.synthetic.imaging.draw import draw_imaging_cohort, expand, scan_again
from alsnb.synthetic.imaging.fidelity import LAW_GROUPS, assess_imaging_fidelity
from alsnb.synthetic.imaging.measures import measure_connections
from alsnb.synthetic.imaging.spread import SEEDS, arrival_steps, reached_edges
from alsnb.synthetic.imaging.template import read_template, to_matrices


@pytest.fixture(scope="module")
def fidelity():
    return assess_imaging_fidelity(500, seed=1).set_index("name")


@pytest.mark.parametrize("group", LAW_GROUPS)
def test_every_law_holds_within_its_tolerance(fidelity, group):
    held = fidelity[(fidelity["group"] == group) & fidelity["must"]]
    assert len(held) >= 4
    assert held["within"].all(), held.loc[~held["within"], ["printed", "low", "high", "twin"]]


def test_a_generator_of_independent_noise_fails_the_laws_of_connections():
    template, rng = read_template(), np.random.default_rng(0)
    noise = rng.normal(0, 0.91, (200, len(template.edges)))
    exists = template.edges["share_of_people"].to_numpy() > 0.1
    counts = np.where(exists, np.exp(template.edges["log_count"].to_numpy() + noise), 0)
    measured = measure_connections(counts)
    assert measured["uncertain"] == 0
    assert measured["sharing_correlation"] < 0.05
    assert measured["other_correlation"] < 0.05


def test_the_page_says_what_is_not_held(fidelity):
    assert set(fidelity.index[~fidelity["must"]]) == {"strength_cv", "total_cv"}
    assert (fidelity["low"] <= fidelity["high"]).all()
    assert fidelity["source"].str.len().min() > 10


def test_measurement_error_lowers_the_retest_and_leaves_the_truth():
    cohort = draw_imaging_cohort(0, 150, seed=5)

    def retest(error_scale):
        one, two = (scan_again(cohort, seed=s, error_scale=error_scale) for s in (1, 2))
        pairs = zip(one.thickness.T, two.thickness.T, strict=True)
        return np.median([np.corrcoef(a, b)[0, 1] for a, b in pairs])

    found = [retest(scale) for scale in (0.0, 1.0, 2.0)]
    assert found[0] == pytest.approx(1)
    assert 1 > found[1] > found[2] + 0.1
    exact = scan_again(cohort, seed=1, error_scale=0.0)
    on_a = (cohort.people["scanner"] == "A").to_numpy()
    np.testing.assert_allclose(exact.thickness[on_a], cohort.anatomy.thickness[on_a])


def test_the_disease_starts_in_the_motor_strip_and_expands_without_deepening():
    cohort = draw_imaging_cohort(80, 20, seed=2)
    steps = dict(zip(read_template().regions.index, arrival_steps(cohort.parameters), strict=True))
    assert min(steps, key=steps.get) in SEEDS
    assert steps["lh_caudalmiddlefrontal"] < min(steps["lh_lingual"], steps["lh_superiorfrontal"])
    later = expand(cohort, 12.0)
    before, after = cohort.anatomy.reached, later.reached
    assert not (before & ~after).any()
    assert after.sum() > before.sum()
    hit = reached_edges(before)
    loss, more = cohort.anatomy.connections.loss, later.connections.loss
    np.testing.assert_array_equal(loss[hit], more[hit])
    np.testing.assert_array_equal(cohort.anatomy.thickness[before], later.thickness[before])
    assert (later.thickness[after & ~before] < cohort.anatomy.thickness[after & ~before]).all()
    controls = ~cohort.is_patient
    assert not after[controls].any()


def test_an_edge_vector_becomes_a_symmetric_matrix_and_back():
    template = read_template()
    edges = np.arange(len(template.edges), dtype=float)
    matrix = to_matrices(edges)
    np.testing.assert_array_equal(matrix, matrix.T)
    np.testing.assert_array_equal(matrix[template.rows, template.columns], edges)
    assert not np.diag(matrix).any()
