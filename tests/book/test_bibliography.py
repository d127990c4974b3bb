"""Whatever a page or a table leans on stands in the bibliography, with a place to find it."""

import re

import pytest
import yaml
from pybtex.database import parse_file

from alsnb.settings import top_folder

TOP = top_folder()
PAGES = sorted((TOP / "book").glob("*.md"))
WORKS = parse_file(str(TOP / "book" / "references.bib"), encoding="utf-8").entries
CITED = re.compile(r"\{cite:\w+\}`([^`]+)`")
WANTED = {
    *("tang2019", "atassi2014", "westeneng2018", "taylor2016", "kueffner2015", "kueffner2019"),
    *("breiman2001", "chipman2010", "efron1979", "holm1979", "kaplan1958", "cox1972"),
    *("strobl2007", "vancalster2019", "collins2024", "wolff2019", "moons2025", "karanevich2018"),
    *("nadeau2003", "mcnemar1947", "wilson1927", "stubendorff2017"),
}


def keys_in(text: str) -> list[str]:
    return [key.strip() for keys in CITED.findall(text) for key in keys.split(",")]


def works_of_sources() -> dict[str, list[str]]:
    """Return the works that the page of references names for each source of a printed number."""
    text = (TOP / "book" / "references.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.*?) \| (.*?) \|$", text, re.M)
    return {source: [work, *keys_in(work)] for source, work in rows}


def test_what_the_book_leans_on_is_in_the_bibliography():
    assert set(WORKS) >= WANTED


@pytest.mark.parametrize("key", WORKS)
def test_every_work_can_be_found(key):
    fields = WORKS[key].fields
    assert re.match(r"10\.\d{4,}/\S+$", fields.get("doi", "")) or re.match(
        r"https://\S+$", fields.get("url", "")
    )
    assert fields.get("title")
    assert WORKS[key].persons["author"]


def test_no_work_stands_there_twice():
    places = [work.fields.get("doi", work.fields.get("url")).lower() for work in WORKS.values()]
    assert len(places) == len(set(places))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_citation_of_a_page_exists(page):
    assert [k for k in keys_in(page.read_text(encoding="utf-8")) if k not in WORKS] == []


@pytest.mark.parametrize("facts", ["study/fidelity.yaml", "synthetic/properties.yaml"])
def test_every_source_of_a_printed_number_has_its_works(facts):
    text = (TOP / "alsnb" / facts).read_text(encoding="utf-8")
    named = works_of_sources()
    for source in yaml.safe_load(text)["sources"].values():
        work, *keys = named[source]
        assert (keys and set(keys) <= set(WORKS)) or work.startswith(("ours", "unnamed code"))


def test_every_term_that_a_page_links_is_in_the_glossary():
    glossary = (TOP / "book" / "glossary.md").read_text(encoding="utf-8")
    block = re.search(r"```\{glossary\}\n(.*?)```", glossary, re.S).group(1)
    terms = re.findall(r"^(\S.*)$", block, re.M)
    assert terms == sorted(terms, key=str.lower)
    for page in PAGES:
        linked = re.findall(r"\{term\}`(?:[^`<]*<)?([^`>]+)>?`", page.read_text(encoding="utf-8"))
        assert {t.lower() for t in linked} <= {t.lower() for t in terms}, page.name
