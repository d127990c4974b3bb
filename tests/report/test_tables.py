import html
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser

from alsnb.disclosure import say_count as count
from alsnb.disclosure import withhold_small
from alsnb.report.tables import as_markdown, interval, signed

MINUS = "\N{MINUS SIGN}"
PLAIN = MarkdownIt("gfm-like")


def cells(page):
    """The text of every cell; a link, an image or any other element is no text."""
    found = re.findall(r"<t[hd](?: [^>]*)?>(.*?)</t[hd]>", page, re.S)
    assert not [cell for cell in found if "<" in cell], "a cell was interpreted"
    return [html.unescape(cell) for cell in found]


def as_read(text):
    """What a reader of a page can tell apart: line ends are spaces, and edges are trimmed."""
    return re.sub(r"[\r\n]+", " ", text).strip()


# markdown itself replaces the null character and cannot hold half a character
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)
MARKS = st.text("\\`*_{}[]<>()#!|$&~^@:.-+='\"/ \n\ta1;", max_size=20)
ADDRESSES = st.sampled_from(
    [
        "https://example.org/a?b=c",
        "www.example.org",
        "mailto:a@b.org",
        "a.b@example.org",
        "<br>",
        "&amp;",
        "&#124;",
        "[a](b)",
        "![a](b)",
        "**bold**",
        "~~gone~~",
        "`code`",
        "$x_1$",
        "{math}`x`",
        "{{ name }}",
        "a | b",
        "\\|",
        "\\\\",
        "two\nlines",
        "<!-- no -->",
        "[^1]",
        "--",
        ":-:",
    ]
)


@given(st.lists(TEXT | MARKS | ADDRESSES, min_size=1, max_size=4))
def test_what_a_cell_holds_is_what_a_reader_sees(texts):
    frame = pd.DataFrame([texts], columns=[f"column {n}" for n in range(len(texts))], dtype=object)
    seen = cells(PLAIN.render(as_markdown(frame)))
    assert seen[: len(texts)] == list(frame.columns)
    assert [as_read(cell) for cell in seen[len(texts) :]] == [as_read(text) for text in texts]


@given(ADDRESSES | MARKS)
def test_a_column_may_have_any_name(name):
    seen = cells(PLAIN.render(as_markdown(pd.DataFrame({name: [1]}))))
    assert [as_read(cell) for cell in seen] == [as_read(name), "1"]


def test_the_book_s_own_markdown_shows_cells_as_they_are():
    book = MdParserConfig(
        enable_extensions={
            "amsmath",
            "colon_fence",
            "deflist",
            "dollarmath",
            "linkify",
            "substitution",
            "tasklist",
        }
    )
    texts = ["$x_1$", "{math}`x`", "{{ name }}", "www.example.org", "<b>b</b>", "a_b_c", "(name)="]
    frame = pd.DataFrame({"cell": texts})
    page = create_md_parser(book, RendererHTML).render(as_markdown(frame))
    assert cells(page) == ["cell", *texts]


def test_numbers_stand_to_the_right_and_words_to_the_left():
    text = as_markdown(pd.DataFrame({"model": ["mean"], "r": [0.25], "n": [7]}))
    assert text == "| model | r | n |\n| :--- | ---: | ---: |\n| mean | 0.25 | 7 |"


def test_an_empty_table_has_its_head():
    assert as_markdown(pd.DataFrame({"model": []})).startswith("| model |\n| ")


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ((0.2591, 0.2287, 0.2924), "0.259 (0.229 to 0.292)"),
        ((-0.02, -0.11, 0.07, 2), "-0.02 (-0.11 to 0.07)"),
        ((-0.0001, -0.1, 0.1), "0.000 (-0.100 to 0.100)"),
        ((0.5, np.nan, np.nan, 1), "0.5"),
        ((np.nan, np.nan, np.nan), "not defined"),
    ],
)
def test_interval(numbers, words):
    assert interval(*numbers) == words.replace("-", MINUS).replace(" to ", "\xa0to\xa0")


@pytest.mark.parametrize(
    ("value", "digits", "words"),
    [(-1.25, 1, "-1.2"), (0.0, 2, "0.00"), (-0.0, 2, "0.00"), (-0.004, 2, "0.00"), (12, 0, "12")],
)
def test_signed(value, digits, words):
    assert signed(value, digits) == words.replace("-", MINUS)


@given(st.floats(-1e6, 1e6), st.integers(0, 6))
def test_a_signed_number_reads_back_as_the_rounded_number(value, digits):
    text = signed(value, digits)
    assert "-" not in text
    assert float(text.replace(MINUS, "-")) == float(f"{value:.{digits}f}")


@pytest.mark.parametrize(
    ("n_patients", "words"),
    [(0, "0"), (1, "fewer than 5"), (4, "fewer than 5"), (5, "5"), (8635, "8,635")],
)
def test_counts_too_small_to_print_are_not_printed(n_patients, words):
    assert count(n_patients) == words


def test_counts_of_one_to_four_are_withheld_and_no_others():
    frame = pd.DataFrame(
        {"step": ["a", "b", "c", "d"], "n": [0, 3, 5, 1200], "other": [1, 2, 3, 4]}
    )
    held = withhold_small(frame, ["n", "not there"])
    assert list(held["n"]) == [0, "fewer than 5", 5, 1200]
    # what stands beside a small count may rest on it
    assert held["other"].isna().tolist() == [False, True, False, False]
    assert held["other"].dropna().tolist() == [1, 3, 4]
    assert list(withhold_small(frame.assign(n=["1,004", "4", "12 %", ""]), ["n"])["n"]) == [
        "1,004",
        "fewer than 5",
        "12 %",
        "",
    ]
