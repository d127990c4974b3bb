"""A few connections vary as they would among all, in a small part of the time."""

import numpy as np
import pytest

from alsnb.synthetic.imaging import connections
from alsnb.synthetic.imaging.draw import draw_imaging_cohort, scan_again
from alsnb.synthetic.imaging.template import is_motor, read_template


@pytest.fixture(scope="module")
def motor():
    """Numbers of the connections within the motor strip."""
    template, numbers = read_template(), np.flatnonzero(is_motor())
    return np.flatnonzero(np.isin(template.rows, numbers) & np.isin(template.columns, numbers))


@pytest.fixture(scope="module")
def both(motor):
    whole = draw_imaging_cohort(900, 0, seed=1)
    return whole, draw_imaging_cohort(900, 0, seed=2, edges=motor)


def test_means_spreads_and_correlations_are_those_of_a_whole_draw(both, motor):
    whole, some = both
    true = whole.anatomy.connections.strength[:, motor]
    few = some.anatomy.connections.strength
    assert np.allclose(few.std(axis=0), true.std(axis=0), atol=0.1)
    # a correlation has an SE of .033 in each
    assert np.allclose(np.corrcoef(true.T), np.corrcoef(few.T), atol=0.2)
    counts, own = whole.scan.counts[:, motor], some.scan.counts
    assert own.shape == (900, len(motor))
    assert np.allclose((counts > 0).mean(axis=0), (own > 0).mean(axis=0), atol=0.04)
    for one, other in zip(counts.T, own.T, strict=True):
        log, again = np.log(one[one > 0]), np.log(other[other > 0])
        assert abs(log.mean() - again.mean()) < 4 * log.std() / np.sqrt(450)
        assert again.std() / log.std() == pytest.approx(1, abs=0.15)


def test_scores_of_bundles_covary_as_the_field_of_all_regions_has_them(motor):
    drawn = connections._draw_bundles(
        1_500, np.random.default_rng(0), np.arange(len(read_template().edges))
    )[:, motor]
    assert np.allclose(np.cov(drawn.T), connections._bundle_covariance(motor), atol=0.15)
    assert np.allclose(np.diag(connections._bundle_covariance(motor)), 1, atol=1e-5)


def test_who_is_in_the_cohort_and_what_else_is_measured_stays_the_same(motor):
    whole = draw_imaging_cohort(30, 0, seed=1)
    some = draw_imaging_cohort(30, 0, seed=1, edges=motor)
    assert whole.people.equals(some.people)
    assert np.array_equal(whole.scan.thickness, some.scan.thickness)
    assert np.array_equal(whole.scan.volumes, some.scan.volumes)


def test_people_with_some_connections_can_be_scanned_again(both):
    _, some = both
    exact = scan_again(some, seed=1, error_scale=0.0)
    assert exact.counts.shape == some.scan.counts.shape
    again = scan_again(some, seed=2)
    strong = (exact.counts > 0).all(axis=0)
    assert strong.any()
    for edge in np.flatnonzero(strong):
        r = np.corrcoef(np.log1p(exact.counts[:, edge]), np.log1p(again.counts[:, edge]))[0, 1]
        assert 0.6 < r < 0.98
