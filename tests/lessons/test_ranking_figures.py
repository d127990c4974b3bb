import pandas as pd
import pytest
from matplotlib import pyplot

from alsnb.lessons.ranking import figures as drawing
from alsnb.report.style import use_style


@pytest.fixture(autouse=True)
def close_figures():
    use_style()
    yield
    pyplot.close("all")


def some_features():
    return pd.DataFrame(
        {
            "label": ["Onset delta", "Age"],
            "estimate": [0.4, 0.1],
            "low": [0.3, 0.05],
            "high": [0.5, 0.2],
        }
    )


def test_usefulness_is_drawn_from_the_top_with_its_range():
    ax = drawing.plot_importance(some_features(), xlabel="Importance")
    assert [label.get_text() for label in ax.get_yticklabels()] == ["Onset delta", "Age"]
    assert [bar.get_width() for bar in ax.patches] == [0.4, 0.1]
    assert ax.get_yticks()[0] > ax.get_yticks()[1]
    words = drawing.describe_importance(some_features(), "Importance")
    assert "Onset delta 0.400 (0.300 to 0.500); Age" in words


def test_agreement_has_a_line_for_each_label():
    frame = pd.DataFrame({"label": ["a", "a", "b"], "k": [5, 10, 5], "estimate": [0.5, 0.7, -0.2]})
    ax = drawing.plot_overlap(frame)
    assert len(ax.get_legend().get_texts()) == 2
    assert ax.get_ylim()[0] < -0.2
    words = drawing.describe_overlap(frame, "Index")
    assert "a: 0.50 in the first 5, 0.70 in the first 10" in words


@pytest.mark.parametrize("worst", [1, 250])
def test_ranks_are_drawn_however_far_they_reach(worst):
    frame = pd.DataFrame(
        {"label": ["a", "b"], "estimate": [1.0, 1.0], "low": [1.0, 1.0], "high": [1.0, worst]}
    )
    ax = drawing.plot_ranks(frame)
    assert ax.get_xlim()[1] >= worst
    assert f"b 1 (1 to {worst})" in drawing.describe_ranks(frame, "Ranks")


def test_copies_are_drawn_for_the_feature_and_the_family():
    frame = pd.DataFrame(
        {
            "n_copies": [0, 8, 0, 8],
            "which": ["one", "one", "all", "all"],
            "estimate": [0.3, 0.1, 0.3, 0.4],
            "low": 0.0,
            "high": 0.5,
        }
    )
    ax = drawing.plot_copies(frame)
    assert len(ax.lines) == 2
    assert "one: 30% with 0 copies, 10% with 8 copies" in drawing.describe_copies(frame)
