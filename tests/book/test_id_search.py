"""A search for identifiers that are texts has to find what is there, too."""

import pytest
from id_search import find_ids

IDS = frozenset(["SITE4-1544", "A&B 7", 4_892_586_973_549_780_259])


@pytest.mark.parametrize(
    "text",
    [
        "patient SITE4-1544 fell",
        "SITE4-1544,3,4",
        "<td>SITE4-1544</td>",
        '{"subject": "SITE4-1544"}',
        "<td>A&amp;B 7</td>",
        "row 4892586973549780259",
        "4,892,586,973,549,780,259",
    ],
)
def test_a_planted_identifier_is_found(text):
    assert len(find_ids(text, IDS)) == 1


@pytest.mark.parametrize(
    "text", ["SITE4-15441", "XSITE4-1544", "SITE4 1544", "4892586973549780258", "A and B 7"]
)
def test_what_only_resembles_one_is_not(text):
    assert not find_ids(text, IDS)
