import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot

from alsnb.lessons.fast import figures as drawing
from alsnb.report.style import use_style


@pytest.fixture(autouse=True)
def close_figures():
    use_style()
    yield
    pyplot.close("all")


def some_spreads():
    return pd.DataFrame(
        {
            "series": ["observed", "observed", "observed", "predicted", "predicted"],
            "low": [-3.0, -1.0, 0.0, -1.0, -0.5],
            "high": [-1.0, 0.0, 1.0, -0.5, 0.0],
            "density": [0.2, 0.4, 0.2, 1.5, 0.5],
        }
    )


def some_shares():
    rows = []
    for model in ("ffnn", "onset"):
        for share, called in ((0.1, 0.12), (0.5, 0.48)):
            values = {"sensitivity": 2 * share, "ppv": 0.6 - share / 2, "share_called": called}
            rows += [
                {
                    "model": model,
                    "metric": metric,
                    "share": share,
                    "estimate": value,
                    "low": value - 0.05,
                    "high": value + 0.05,
                    "n_patients": 99,
                }
                for metric, value in values.items()
            ]
    return pd.DataFrame(rows)


def test_both_spreads_have_the_area_one_and_cuts_are_lines():
    cuts = {"literal": -1.126, "quantile": -0.8}
    ax = drawing.plot_spreads(some_spreads(), cuts=cuts, title="a model")
    bars = [patch for patch in ax.patches if hasattr(patch, "get_width")]
    assert sum(bar.get_width() * bar.get_height() for bar in bars) == pytest.approx(1)
    assert [line.get_xdata()[0] for line in ax.lines] == list(cuts.values())
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert {"observed", "predicted by a model", "literal", "quantile"} == set(labels)


def test_the_words_of_the_spreads_come_from_the_frame():
    words = drawing.describe_spreads(some_spreads(), {"literal": -1.126})
    words = words.replace("\N{MINUS SIGN}", "-")
    assert "observed slopes reach from -3.0 to 1.0, densest from -1.0 to 0.0" in words
    assert "predicted slopes reach from -1.0 to 0.0" in words
    assert "literal at -1.13" in words


def test_the_share_called_stands_beside_the_other_scores():
    drawn = drawing.with_labels(some_shares(), {"ffnn": "FFNN", "onset": "Onset"})
    assert set(drawn["metric"]) == {"sensitivity", "ppv"}
    assert (drawn.loc[drawn["share"] == 0.1, "share_called"] == 0.12).all()
    assert set(drawn["label"]) == {"FFNN", "Onset"}


def test_each_score_has_a_panel_with_a_line_for_each_model():
    drawn = drawing.with_labels(some_shares(), {"ffnn": "FFNN", "onset": "Onset"})
    left, right = drawing.plot_shares(drawn).axes
    assert len(left.lines) == 3  # two models, and calling at random
    assert len(right.lines) == 2
    np.testing.assert_allclose(left.lines[0].get_xdata(), [0.12, 0.48])
    np.testing.assert_allclose(left.lines[0].get_ydata(), [0.2, 1.0])


def test_the_words_of_the_lines_name_their_ends():
    drawn = drawing.with_labels(some_shares(), {"ffnn": "FFNN", "onset": "Onset"})
    words = drawing.describe_shares(drawn)
    assert "FFNN, sensitivity 20% when 12% are called and 100% when 48% are" in words
    assert "Onset, PPV 55% when 12%" in words


def test_what_is_withheld_is_neither_drawn_nor_said():
    drawn = drawing.with_labels(some_shares(), {"ffnn": "FFNN", "onset": "Onset"})
    first = drawn["share"] == 0.1
    values = ["estimate", "low", "high", "share_called"]
    drawn = drawn.assign(**{name: drawn[name].mask(first) for name in values})
    left = drawing.plot_shares(drawn).axes[0]
    assert len(left.lines[0].get_xdata()) == 1
    assert "12%" not in drawing.describe_shares(drawn)
    assert "Sensitivity" in drawing.describe_shares(drawn.iloc[:0])
