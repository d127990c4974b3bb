import numpy as np
import pandas as pd
import pytest

from alsnb.checks import BadInput
from alsnb.design import make_design
from alsnb.features.questionnaire import N_VISITS, ROWS, VISIT_COLUMNS
from alsnb.models.inputs import NetworkInputs, Part
from alsnb.models.recipe import Recipe
from alsnb.models.searched import make_inputs
from alsnb.models.space import draw_recipes

FEATURES = ["age", "weight", "last_speech"]


def make_table(n_patients=40, seed=0):
    rng = np.random.default_rng(seed)
    patients = pd.Index(range(n_patients), name="subject_id")
    features = pd.DataFrame(rng.normal(size=(n_patients, 3)), index=patients, columns=FEATURES)
    cells = rng.integers(0, 5, size=(n_patients, len(VISIT_COLUMNS))).astype(float)
    visits = pd.DataFrame(cells, index=patients, columns=list(VISIT_COLUMNS))
    target = pd.Series(rng.normal(size=n_patients), index=patients)
    return features.join(visits), target


def inputs_of(network, recipe=None, **settings):
    return make_inputs(
        recipe or Recipe(n_features=2), network=network, columns=FEATURES, **settings
    )


def test_a_feed_forward_network_reads_the_ranked_features_alone():
    table, target = make_table()
    read = inputs_of("ffnn").fit(table, target).transform(table)
    assert read.shape == (40, 2)
    assert read.dtype == np.float32


@pytest.mark.parametrize("network", ["cnn", "rnn"])
def test_the_others_read_the_questionnaires_beside_them(network):
    table, target = make_table()
    read = inputs_of(network).fit(table, target).transform(table)
    assert set(read) == {"features", "visits"}
    assert read["visits"].shape == (40, len(ROWS), N_VISITS)


def test_every_cell_of_a_questionnaire_comes_from_its_own_column():
    table, target = make_table()
    fitted = inputs_of("cnn").fit(table, target)
    before = fitted.transform(table)["visits"]
    table.loc[7, "visit2_months"] += 5
    changed = fitted.transform(table)["visits"] != before
    assert np.argwhere(changed).tolist() == [[7, ROWS.index("months"), 1]]


def test_what_was_made_from_the_questionnaires_is_left_out_of_networks_that_read_them():
    table, target = make_table()
    recipe = Recipe(n_features=3)
    kept = inputs_of("cnn", recipe, leave_out=["last_speech"]).fit(table, target)
    assert sorted(kept.names_) == ["age", "weight"]
    assert len(inputs_of("ffnn", recipe, leave_out=["last_speech"]).fit(table, target).names_) == 3


def test_without_a_feature_the_questionnaires_are_all_there_is():
    table, target = make_table()
    read = inputs_of("rnn", leave_out=FEATURES).fit(table, target).transform(table)
    assert set(read) == {"visits"}


@pytest.mark.parametrize("scaling", ["standard", "minmax"])
def test_scales_and_fillings_are_learnt_from_training_patients_only(scaling):
    table, target = make_table()
    fitted = inputs_of("cnn", Recipe(n_features=2, scaling=scaling)).fit(table[:30], target[:30])
    read = fitted.transform(table[:30])["visits"]
    if scaling == "standard":
        assert read.mean(axis=(0, 2)) == pytest.approx(np.zeros(len(ROWS)), abs=1e-5)
    else:
        assert (read.min(), read.max()) == (0, 1)
    strange = table.copy()
    strange.iloc[30:] = 1e6
    assert np.array_equal(fitted.transform(strange)["visits"][:30], read)


def test_a_question_never_asked_gets_the_median_of_the_others():
    table, target = make_table()
    asked = [name for name in VISIT_COLUMNS if name.endswith(ROWS[0])]
    table.loc[3, asked] = np.nan
    fitted = inputs_of("cnn").fit(table, target)
    assert fitted.fillings_["visits"][0] == np.median(table[asked].drop(index=3))
    assert np.isfinite(fitted.transform(table)["visits"]).all()


def test_a_table_without_questionnaires_is_refused_in_a_sentence():
    table, target = make_table()
    with pytest.raises(BadInput, match="visit1_q1_speech"):
        inputs_of("cnn").fit(table[FEATURES], target)


def test_recipes_that_differ_in_scaling_share_one_ranking(store_of_its_own):
    table, target = make_table()
    for scaling in ("standard", "minmax"):
        inputs_of("ffnn", Recipe(n_features=2, scaling=scaling)).fit(table, target)
    assert len(list((store_of_its_own / "results").glob("_importance_in_forest-*"))) == 1


def test_a_recipe_changes_its_own_settings_and_those_of_its_network():
    changed = Recipe().with_settings(scaling="minmax", n_epochs=7)
    assert (changed.scaling, changed.network.n_epochs) == ("minmax", 7)
    flat = changed.flat()
    assert flat["n_epochs"] == 7
    assert flat["hidden_sizes"] == "64-32-16"
    assert "network" not in flat


def test_any_number_of_parts_of_any_shape_is_read_under_their_names():
    table, target = make_table()
    rng = np.random.default_rng(1)
    thickness = Part("thickness", tuple(f"t{i}" for i in range(6)), (6,))
    network = Part("connectome", tuple(f"c{i}" for i in range(2 * 4 * 4)), (2, 4, 4))
    for part in (thickness, network):
        table[list(part.columns)] = rng.normal(5, 2, size=(len(table), len(part.columns)))
    table.loc[3, "t0"] = table.loc[3, "c0"] = np.nan
    design = make_design(scaling="standard").set_params(select__columns=FEATURES)
    inputs = NetworkInputs(design, parts=(thickness, network)).fit(table[:30], target[:30])
    read = inputs.transform(table)
    assert {name: values.shape for name, values in read.items()} == {
        "features": (40, 3),
        "thickness": (40, 6),
        "connectome": (40, 2, 4, 4),
    }
    # one scale for each kind of value: each region, and each matrix as a whole
    assert read["thickness"][:30].mean(axis=0) == pytest.approx(np.zeros(6), abs=1e-5)
    assert read["connectome"][:30].mean(axis=(0, 2, 3)) == pytest.approx(np.zeros(2), abs=1e-5)
    cells = table[list(network.columns)].to_numpy()[5].reshape(2, 4, 4)
    order = np.argsort(cells[1], axis=None)
    assert np.array_equal(np.argsort(read["connectome"][5, 1], axis=None), order)
    assert np.isfinite(read["connectome"]).all()


@pytest.mark.parametrize("network", ["ffnn", "cnn", "rnn"])
def test_a_search_has_dropout_above_zero_clipped_inputs_and_a_customary_decay(network):
    for recipe in draw_recipes(network, 40, seed=1):
        assert recipe.network.dropout_rate > 0
        assert recipe.scaling in ("clipped", "minmax")
        assert 0.001 <= recipe.network.weight_decay <= 0.1
        assert recipe.network.schedule == "cosine"


def test_networks_do_not_share_their_draws_and_the_rnn_is_offered_three_cells():
    ffnn, cnn, rnn = (draw_recipes(name, 40, seed=1) for name in ("ffnn", "cnn", "rnn"))
    shared = ("batch_size", "n_epochs", "activation", "dropout_rate", "hidden_sizes")
    for others in (cnn, rnn):
        same = [
            all(getattr(a.network, name) == getattr(b.network, name) for name in shared)
            for a, b in zip(ffnn, others, strict=True)
        ]
        assert sum(same) < 5
    assert {recipe.network.cell for recipe in rnn} == {"simple", "gru", "lstm"}


@pytest.mark.parametrize(("scaling", "ends"), [("clipped", (-3, 3)), ("minmax", (0, 1))])
def test_a_straggler_does_not_leave_the_range_of_the_training_patients(scaling, ends):
    table, target = make_table()
    fitted = inputs_of("ffnn", Recipe(n_features=2, scaling=scaling)).fit(table[:30], target[:30])
    strange = table.copy()
    strange.loc[strange.index[30:], FEATURES] = 1e6
    read = fitted.transform(strange)
    assert ends[0] <= read.min() <= read.max() <= ends[1]
