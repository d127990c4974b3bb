import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot

from alsnb.report import feature_figures as drawing
from alsnb.report.style import use_style


@pytest.fixture(autouse=True)
def close_figures():
    use_style()
    yield
    pyplot.close("all")


def some_bars():
    return pd.DataFrame(
        {
            "group": ["A", "A", "B"],
            "low": [-2.0, -1.0, -3.0],
            "high": [-1.0, 0.5, 1.0],
            "n_patients": [5, 15, 9],
            "share": [0.25, 0.75, 1.0],
            "fast": [True, False, False],
        }
    )


def test_the_first_group_is_drawn_as_bars_whose_area_is_one():
    ax = drawing.plot_speeds(some_bars())
    areas = [bar.get_width() * bar.get_height() for bar in ax.patches[:2]]
    assert sum(areas) == pytest.approx(1)
    words = drawing.describe_speeds(some_bars())
    assert "A: 20 patients" in words
    assert "25% fast" in words


def test_no_slopes_are_drawn_and_said():
    empty = some_bars().iloc[:0]
    drawing.plot_speeds(empty)
    assert "Too few patients" in drawing.describe_speeds(empty)


def test_missing_shares_are_drawn_also_where_one_is_withheld():
    frame = pd.DataFrame(
        {"title": list("abc"), "missing": [0.1, np.nan, 0.4], "missing_slope": [0.35, 0.2, 0.5]}
    )
    ax = drawing.plot_missing(frame)
    assert len(ax.get_yticks()) == 3
    words = drawing.describe_missing(frame)
    assert "3 measures" in words
    assert "1 are missing in at most 30%; 1 of these" in words
    assert "c (40%)" in words


@pytest.mark.parametrize("low", [0.0, -0.5])
def test_a_heatmap_is_drawn_or_said_to_be_unknown(low):
    frame = pd.DataFrame([[1.0, low], [0.0, 0.97]], index=["a", "b"], columns=["x", "y"])
    drawing.plot_blocks(frame, label="share", columns=low == 0)
    assert "2 rows and 2 columns. 50%" in drawing.describe_blocks(frame, "Share")
    drawing.plot_blocks(pd.DataFrame())
    assert (
        drawing.describe_blocks(pd.DataFrame(), "Share") == "Share: not known for these patients."
    )


def test_sequences_are_drawn_with_visits_that_nobody_has():
    frame = pd.DataFrame(
        {
            "visit": [1, 2, 3],
            "month": [0.0, 1.0, np.nan],
            "share": [1.0, np.nan, np.nan],
            "Speech": [3.5, 3.0, np.nan],
            "Walking": [2.0, 1.0, np.nan],
        }
    )
    ax = drawing.plot_sequence(frame)
    heads = [tick.get_text() for tick in ax.get_xticklabels()]
    assert "100% have it" in heads[0]
    assert "nan" not in " ".join(heads)
    words = drawing.describe_sequence(frame)
    assert "mean item 2.75" in words
    assert "nan" not in words


def test_windows_are_a_line_for_each_label():
    frame = pd.DataFrame(
        {
            "label": ["m", "m", "n", "n"],
            "months": [3, 9, 3, 9],
            "estimate": [0.1, 0.7, 0.1, -0.2],
            "low": [0.0, 0.6, 0.0, -0.3],
            "high": [0.2, 0.8, 0.2, -0.1],
        }
    )
    ax = drawing.plot_windows(frame, ylabel="R²")
    assert len(ax.get_legend().get_texts()) == 2
    words = drawing.describe_windows(frame, "R²")
    assert "m: 0.10 with 3 months, 0.70 with 9 months" in words
