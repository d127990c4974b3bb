import pandas as pd
import pytest
from matplotlib import pyplot

from alsnb.lessons.cleaning.figures import (
    NOTHING,
    describe_found,
    describe_verdicts,
    plot_found,
    plot_verdicts,
)
from alsnb.report.style import use_style

VERDICTS = pd.DataFrame(
    {
        "label": ["alsfrs: exact copy", "vitals: ambiguous pounds"],
        "defects": [40, 10],
        "put_right": [40, 2],
        "set_aside": [0, 1],
        "wrong": [0, 7],
    }
)
FOUND = pd.DataFrame(
    {
        "label": ["alsfrs: day missing", "labs: dash", "death: twice"],
        "found": [200, 9, 600],
        "expected": [180.0, 4000.0, 7.0],
        "order": ["as expected", "fewer", "more"],
    }
)


@pytest.fixture(autouse=True)
def _close():
    use_style()
    yield
    pyplot.close("all")


def test_the_bars_of_a_kind_fill_its_row():
    ax = plot_verdicts(VERDICTS)
    for row in (0, 1):
        bars = [bar for bar in ax.patches if round(bar.get_y() + bar.get_height() / 2) == row]
        assert sum(bar.get_width() for bar in bars) == pytest.approx(1.0)
    labels = [text.get_text() for text in ax.get_yticklabels()]
    assert labels == ["alsfrs: exact copy (40)", "vitals: ambiguous pounds (10)"]


def test_the_words_count_defects_and_name_what_is_still_wrong():
    words = describe_verdicts(VERDICTS)
    assert "50 records: 84% put right, 2% set aside, 14% still wrong" in words
    assert "ambiguous pounds" in words
    assert "exact copy" not in words


def test_without_a_known_defect_figure_and_words_say_so():
    assert describe_verdicts(VERDICTS[:0]) == NOTHING
    assert [text.get_text() for text in plot_verdicts(VERDICTS[:0]).texts] == [NOTHING]


def test_a_rule_outside_the_band_is_named_and_one_inside_is_not():
    ax = plot_found(FOUND)
    assert [text.get_text() for text in ax.texts] == ["death: twice", "labs: dash"] or [
        text.get_text() for text in ax.texts
    ] == ["labs: dash", "death: twice"]
    words = describe_found(FOUND)
    assert "labs: dash, 9 found and 4,000 expected" in words
    assert "1 lie within" in words
    assert "day missing" not in words


def test_if_all_counts_are_withheld_nothing_is_drawn():
    assert plot_found(FOUND[:0]).lines[:] == []
    assert "beyond it: none" in describe_found(FOUND[:0])
