"""The laboratory tests of the simulated twin: names, units, spread, and how trials spell them."""

import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import yaml

from alsnb.tables.proact.schema import LabTest, lab_tests

QUARTILE = 0.6745
"""The upper quartile of a standard normal distribution."""

IN_OTHER_UNITS = 3
"""Remainder by 5 of the trials that give a test in another unit, where one is known."""

WORDS = ("Negative",) * 9 + ("Positive",)
"""Results of a test that has neither a unit nor numbers."""


@dataclass(frozen=True, kw_only=True)
class Assay:
    """One test as it is drawn: quartiles of patients' levels in its unit, limits, or words.

    ``ratio`` is the median of men over that of women, ``family`` the factor a level shares with
    other tests and the correlation with it; ``frequency`` is "panel" for tests of the catalogue,
    whose days follow from the trial's panel, else "occasional" or "rare". Where ``step`` is not
    0, laboratories give results in such steps.
    """

    name: str
    measure: str
    unit: str
    quartiles: tuple[float, float, float]
    low: float
    high: float
    words: tuple[str, ...] = ()
    ratio: float = 1.0
    family: tuple[str, float] = ("", 0.0)
    frequency: str = "panel"
    step: float = 0.0

    @property
    def skewed(self) -> bool:
        """Whether levels are lognormal rather than normal."""
        low, middle, high = self.quartiles
        return (high - low) / middle > 0.12 and low > 0


@cache
def vocabulary() -> dict:
    """Return the names and spellings that stand in ``vocabulary_labs.yaml``."""
    return yaml.safe_load(
        (Path(__file__).parent / "vocabulary_labs.yaml").read_text(encoding="utf-8")
    )


@cache
def assays(release: str) -> tuple[Assay, ...]:
    """Return all tests that a release has: those of the catalogue, then the others."""
    words = vocabulary()
    known = [_known(test) for test in lab_tests().values()]
    occasional = [_other(*facts, frequency="occasional") for facts in words["occasional"]]
    rare = words["rare"] + (words["since_2022"] if release != "2016" else [])
    return (*known, *occasional, *(_other(*facts, frequency="rare") for facts in rare))


def decimals(step: float) -> int:
    """Return how many decimals a value is written with that is told apart in such steps."""
    return max(0, math.ceil(-math.log10(step)))


def unit_of(assay: Assay, trial: int, scheme: str) -> tuple[str, float]:
    """Return the label a trial writes and the factor from it to the catalogue's unit.

    Parameters
    ----------
    assay : Assay
        The test.
    trial : int
        Number of the trial; of the few tests in two units it decides which.
    scheme : str
        ``"usual"``, ``"international"`` or ``"tidy"``.
    """
    test = lab_tests().get(assay.measure)
    if test is None:
        return assay.unit, 1.0
    words = vocabulary()
    if not test.factors:
        label, factor = words["labels"].get(assay.measure, ""), 1.0
        if scheme != "tidy" and trial % 5 == IN_OTHER_UNITS:
            label, factor = words["other_units"].get(assay.measure, (label, factor))
        return label, float(factor)
    unit = _usual_unit(test)
    if scheme == "international" and assay.measure in words["international"]:
        unit = "iu/l"
    return words["spellings"][unit], float(test.factors[unit])


def name_in(assay: Assay, trial: int, release: str, *, tidy: bool) -> str:
    """Return how a trial spells a test's name in a release."""
    test = lab_tests().get(assay.measure)
    name = assay.name
    if release == "2016" and test is not None:
        name = {"creatine_kinase": "CK", "bilirubin": "Bilirubin (total)"}.get(test.measure, name)
    if tidy:
        return name
    if test is not None and test.aliases and test.measure != "creatine_kinase" and trial % 4 == 1:
        name = test.aliases[0]
    return name.upper() if release == "2016" and trial % 5 == 2 else name


def _usual_unit(test: LabTest) -> str:
    """Return the label, in lower case, of the catalogue's own unit."""
    ones = [label for label, factor in test.factors.items() if factor == 1.0]
    return test.unit.lower() if test.unit.lower() in ones else ones[-1]


def _known(test: LabTest) -> Assay:
    words = vocabulary()
    low, high = (-np.inf if test.low is None else test.low), (test.high or np.inf)
    quartiles = words["quartiles"].get(test.measure, test.quartiles) or (0, 0, 0)
    return Assay(
        name=test.name,
        measure=test.measure,
        unit=test.unit,
        quartiles=tuple(map(float, quartiles)),
        low=low,
        high=high,
        words=tuple(words["grades"][test.measure]) if test.grades else (),
        ratio=words["men_over_women"].get(test.measure, 1.0),
        family=tuple(words["families"].get(test.measure, ("", 0.0))),
        step=words["steps"].get(test.measure, 0.0),
    )


def _other(name: str, unit: str, low: float, high: float, *, frequency: str) -> Assay:
    return Assay(
        name=name,
        measure="",
        unit=unit,
        quartiles=(float(low), (low + high) / 2, float(high)),
        low=0.0,
        high=20.0 * high + 1,
        words=WORDS if low == high == 0 else (),
        frequency=frequency,
    )
