import numpy as np
import pytest

from alsnb.checks import BadInput
from alsnb.evaluation.explain import explain_predictions


def some_tables(seed=0, n_inputs=5):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(12, n_inputs)), rng.normal(size=(7, n_inputs))


def bent(table):
    """A model with interactions whose last input does nothing."""
    return np.tanh(table[:, 0] * table[:, 1]) + table[:, 2] ** 2 - 0.5 * table[:, 3]


@pytest.mark.parametrize("seed", range(2))
def test_values_add_up_to_the_prediction_and_an_idle_input_has_none(seed):
    inputs, background = some_tables(seed)
    values, base = explain_predictions(bent, inputs, background, n_permutations=1, seed=seed)
    assert values.shape == (12, 5, 1)
    assert base[0] == pytest.approx(bent(background).mean())
    sums = values[:, :, 0].sum(axis=1) + base[0]
    np.testing.assert_allclose(sums, bent(inputs), atol=1e-10)
    np.testing.assert_allclose(values[:, 4], 0, atol=1e-12)


def test_values_of_a_linear_model_are_exact_for_every_output():
    inputs, background = some_tables()
    weights = np.random.default_rng(1).normal(size=(5, 3))
    values, base = explain_predictions(
        lambda table: table @ weights, inputs, background, n_permutations=1, seed=0
    )
    wanted = (inputs - background.mean(axis=0))[:, :, None] * weights[None]
    np.testing.assert_allclose(values, wanted, atol=1e-10)
    np.testing.assert_allclose(base, (background @ weights).mean(axis=0))


def test_two_inputs_that_play_the_same_part_share_it():
    inputs, background = np.array([[2.0, 2.0]]), np.zeros((1, 2))
    values, _ = explain_predictions(
        lambda table: table[:, 0] * table[:, 1], inputs, background, n_permutations=3, seed=0
    )
    np.testing.assert_allclose(values[0, :, 0], [2.0, 2.0])


def test_the_model_is_always_asked_for_the_same_number_of_rows():
    sizes = set()

    def model(table):
        sizes.add(len(table))
        return table.sum(axis=1)

    inputs, background = some_tables()
    explain_predictions(model, inputs, background, n_permutations=1, seed=0)
    assert len(sizes) == 1


def test_the_same_seed_gives_the_same_values_and_leaves_numpy_s_own_draws_alone():
    inputs, background = some_tables()
    settings = {"n_permutations": 1, "seed": 3}
    np.random.seed(0)  # noqa: NPY002
    wanted = np.random.random()  # noqa: NPY002
    np.random.seed(0)  # noqa: NPY002
    one = explain_predictions(bent, inputs, background, **settings)
    assert np.random.random() == wanted  # noqa: NPY002
    two = explain_predictions(bent, inputs, background, **settings)
    np.testing.assert_array_equal(one[0], two[0])


@pytest.mark.parametrize(
    ("inputs", "background", "n_permutations"),
    [((3, 2), (3, 4), 1), ((0, 2), (3, 2), 1), ((3, 2), (0, 2), 1), ((3, 2), (3, 2), 0)],
)
def test_tables_that_do_not_fit_are_refused(inputs, background, n_permutations):
    with pytest.raises(BadInput, match="explain_predictions"):
        explain_predictions(
            bent, np.zeros(inputs), np.zeros(background), n_permutations=n_permutations, seed=0
        )
