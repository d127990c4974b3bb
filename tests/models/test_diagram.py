import pytest
from matplotlib import pyplot

from alsnb.models.cnn import CNNSettings, make_cnn
from alsnb.models.diagram import PREDICTION, describe_layers
from alsnb.models.ffnn import FFNNSettings, make_ffnn
from alsnb.models.rnn import RNNSettings, make_rnn
from alsnb.report.diagrams import (
    describe_network,
    describe_networks,
    plot_network,
    plot_networks,
    simplify,
)

SHAPE = {"features": 14, "visits": [11, 5]}
MODELS = {
    "ffnn": lambda: make_ffnn(14, FFNNSettings()),
    "cnn": lambda: make_cnn(SHAPE, CNNSettings()),
    "rnn": lambda: make_rnn(SHAPE, RNNSettings(cell="gru")),
}


@pytest.fixture(scope="module", params=MODELS)
def model(request):
    return MODELS[request.param]()


def test_weights_of_the_layers_add_up_to_those_of_the_model(model):
    layers = describe_layers(model)
    assert layers["n_weights"].sum() == model.count_params()
    assert layers["name"].is_unique
    assert layers["name"].iloc[-1] == PREDICTION


def test_every_layer_reads_layers_that_stand_before_it(model):
    layers = describe_layers(model)
    for place, text in enumerate(layers["comes_from"]):
        is_input = layers["kind"].iloc[place] == "input"
        before = text.split(" + ") if text else []
        assert bool(before) != is_input
        assert set(before) <= set(layers["name"].iloc[:place])


def test_shapes_and_filters_of_the_convolutions_are_told():
    layers = describe_layers(make_cnn(SHAPE, CNNSettings(n_filters=(8, 4)))).set_index("name")
    assert layers.loc["convolution 1", "kind"] == "convolution 11 x 3"
    assert layers.loc["convolution 1", "output_shape"] == "1 x 3 x 8"
    assert layers.loc["convolution 1", "n_weights"] == 8 * (11 * 3 + 1)
    assert layers.loc["convolution 2", "output_shape"] == "1 x 1 x 4"
    assert layers.loc["side by side 1", "comes_from"] == "flatten 1 + features"


def test_what_is_not_drawn_is_bridged():
    drawn = simplify(describe_layers(MODELS["cnn"]())).set_index("name")["comes_from"]
    assert drawn["convolution 1"] == "visits"
    assert drawn["side by side 1"] == "convolution 2 + features"
    assert drawn["dense 2"] == "dense 1"
    assert not drawn.index.str.contains("dropout|flatten|reshape").any()


def test_the_drawing_has_a_box_for_each_layer_drawn(model):
    layers = describe_layers(model)
    ax = plot_network(layers)
    boxes = [text for text in ax.texts if text.get_text()]
    assert len(boxes) == len(simplify(layers))
    pyplot.close(ax.figure)


def test_networks_stand_side_by_side_and_are_told_in_words():
    networks = {name: describe_layers(make()) for name, make in MODELS.items()}
    figure = plot_networks(networks)
    assert [ax.get_title("left") for ax in figure.axes] == list(MODELS)
    pyplot.close(figure)
    words = describe_networks(networks)
    assert f"{MODELS['cnn']().count_params():,} weights" in words
    assert "side by side 1 (30, from convolution 2 and features)" in words
    assert "visits (11 x 5)" in describe_network(networks["rnn"])
