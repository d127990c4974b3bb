"""A page that computes nothing quotes the chapters, and never numbers of a stand-in."""

from types import SimpleNamespace

import pytest
from sphinx.errors import ExtensionError

from alsnb.book.page import NOT_ABOUT_PATIENTS
from alsnb.book.sphinx_extension import _quote_chapters
from alsnb.book.unpack import Shown


def shown(text, **source):
    value = {"raw": 0.2, "text": text, "spread": None}
    return Shown(values={f"{source['title']}_answer": value}, sources=[source])


APP = SimpleNamespace(
    alsnb_shown={
        "10-real": shown("R² is 0.20.", title="trial", kind="real"),
        "11-stand-in": shown("R² is 0.90.", title="drawn", kind="stand-in"),
        "12-nothing": Shown(),
    }
)


def quoted(text, page="index"):
    content = [text]
    _quote_chapters(APP, page, content)
    return content[0]


def test_values_and_data_of_chapters_are_put_in():
    text = "{glue:text}`trial_answer` Data: {built-on}`10-real`; {built-on}`12-nothing`."
    assert quoted(text) == "R² is 0.20. Data: trial; no data set."


def test_a_number_of_a_stand_in_is_not_quoted():
    assert quoted("{glue:text}`drawn_answer`") == NOT_ABOUT_PATIENTS


def test_a_chapter_keeps_its_own_values_for_its_own_page():
    assert quoted("{glue:text}`trial_answer`", page="10-real") == "{glue:text}`trial_answer`"


@pytest.mark.parametrize("text", ["{glue:text}`no_answer`", "{built-on}`99-none`"])
def test_what_no_chapter_keeps_is_refused(text):
    with pytest.raises(ExtensionError, match="no chapter"):
        quoted(text)
