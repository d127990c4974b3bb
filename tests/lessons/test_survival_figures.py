import pandas as pd
import pytest
from matplotlib import pyplot

from alsnb.lessons.survival_published import figures as drawing
from alsnb.report.style import use_style


@pytest.fixture(autouse=True)
def close_figures():
    use_style()
    yield
    pyplot.close("all")


def some_curves():
    return pd.DataFrame(
        {
            "panel": "Test",
            "group": ["fast"] * 3 + ["medium-slow"] * 3,
            "months": [0.0, 12.0, 18.0] * 2,
            "survival": [1.0, 1.0, 0.6, 1.0, 1.0, 0.8],
            "low": [1.0, 1.0, 0.4, 1.0, 1.0, 0.7],
            "high": [1.0, 1.0, 0.8, 1.0, 1.0, 0.9],
            "at_risk": [30, 30, 12, 1300, 1300, 500],
        }
    )


def some_deaths():
    cells = pd.DataFrame(
        {
            "slope": [-1.0, -0.5],
            "months": [12.0, 14.0],
            "width": 0.25,
            "height": 2.0,
            "n_patients": [5, 9],
        }
    )
    averages = pd.DataFrame(
        {
            "slope": [-1.1, -0.4],
            "estimate": [16.0, 21.5],
            "low": [15.0, 19.0],
            "high": [17.0, 24.0],
            "n_patients": [20, 21],
        }
    )
    return cells, averages


def written_in(ax):
    return [text.get_text() for text in ax.texts]


def test_numbers_at_risk_stand_below_the_curves():
    ax = drawing.plot_survival(some_curves(), title="Test")
    assert {"30", "12", "1,300", "500", "\N{EN DASH}"} <= set(written_in(ax))
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["fast (30)", "medium-slow (1,300)"]


def test_a_group_that_is_too_small_is_said_to_be():
    curves = some_curves().query("group == 'medium-slow'")
    ax = drawing.plot_survival(curves)
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels[0] == "fast (fewer than five)"
    assert "not drawn" in drawing.describe_panels(curves, ["Test"])


def test_panels_without_curves_are_drawn_empty():
    figure = drawing.plot_panels(some_curves(), ["Test", "Nobody"])
    assert len(figure.axes) == 2
    words = drawing.describe_panels(some_curves(), ["Test", "Nobody"])
    assert "fast with 60% alive at month 18 (40% to 80%)" in words
    assert "Nobody: fast with fewer than five patients, not drawn" in words


def test_figure_5_has_slope_and_death_above_the_curves():
    cells, averages = some_deaths()
    figure = drawing.plot_figure_5(cells, averages, some_curves(), ["Test"])
    assert len(figure.axes) == 2
    assert figure.axes[0].get_ylabel() == "Months to death"
    words = drawing.describe_slope_and_death(cells, averages)
    assert "of 41 dead" in words
    assert "16.0 months (15.0 to 17.0)" in words


def test_too_few_deaths_are_said_to_be():
    cells, averages = (frame.iloc[:0] for frame in some_deaths())
    ax = drawing.plot_slope_and_death(cells, averages)
    assert "too few deaths to be drawn" in written_in(ax)
    assert "too few deaths" in drawing.describe_slope_and_death(cells, averages)
