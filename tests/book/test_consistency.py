"""No page of the built book says in words what its intervals deny."""

import pytest
from consistency import verdicts_in, verdicts_of

from alsnb.settings import top_folder


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("It is better than that; the difference is 0.2 (95 % interval 0.1 to 0.3).", True),
        ("It is better than that, and the difference is 0.2 (0.1 to 0.3).", True),
        ("It is better than that, and the difference is 0.2 (\N{MINUS SIGN}0.1 to 0.3).", False),
        ("They do not differ detectably: the difference is 0.2 (0.1 to 0.3).", False),
        (
            "They do not differ detectably, as the difference is 0.1 (\N{MINUS SIGN}0.1 to 0.3).",
            True,
        ),
        ("They do not differ detectably (p = 0.1, hazard ratio 1.4 (0.9 to 2.1)).", True),
        ("They survive differently (p = 0.3, hazard ratio 1.4 (0.9 to 2.1)).", False),
        ("No detectable difference: it adds 0.0 (0.0 to 0.1).", True),
        ("It is worse than that. The difference is 0.2 (0.1 to 0.3). So be it.", True),
        ("It reaches an R² of 0.2 (0.1 to 0.3), better than the mean.", None),
        ("It is better than both, by differences of 1 (0 to 2) and 2 (1 to 3).", None),
    ],
)
def test_a_verdict_is_held_against_its_interval(text, fits):
    verdicts = verdicts_in(text)
    assert [verdict.fits for verdict in verdicts] == ([] if fits is None else [fits])


@pytest.mark.book
@pytest.mark.skipif(
    not (top_folder() / "runs" / "book" / "values.json").is_file(), reason="no book was built"
)
def test_the_built_book_does_not_contradict_itself():
    verdicts = verdicts_of(top_folder() / "runs" / "book")
    assert len(verdicts) >= 10
    assert [v.sentence for v in verdicts if not v.fits] == []
