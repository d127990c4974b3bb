"""List the verdicts of a run beside the intervals they stand with, and those that do not fit.

``python tests/book/consistency.py RUN [RUN ...]`` prints what contradicts itself; with ``--all``
every verdict that stands in one sentence with an interval.
"""

import json
import re
import sys
from pathlib import Path
from typing import NamedTuple

NUMBER = r"[-\N{MINUS SIGN}+]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?"
INTERVAL = re.compile(rf"\((?:95 % interval )?({NUMBER})\s?%? to ({NUMBER})\s?%?\)")
RATIO = re.compile(r"\b(?:hazard ratio|ratio|divided by|calibration slope)\b", re.I)
CHANGE = re.compile(
    r"\b(?:difference|differs?|changes?|gains?|loses?|adds?|less|minus|moves?|falls?)\b", re.I
)
NONE = re.compile(
    r"no detectable|not differ detectably|not detectably|no interval|holds zero|"
    r"no difference is detectable|do(?:es)? not change",
    re.I,
)
SOME = re.compile(
    r"\b(?:better than|worse than|differs? detectably|survive differently|it loses|it gains|"
    r"excludes? zero|leaves? out zero|wholly (?:above|below) zero)\b",
    re.I,
)


class Verdict(NamedTuple):
    """A sentence that gives a verdict and one interval of a difference or a ratio."""

    place: str
    sentence: str
    low: float
    high: float
    says_none: bool
    neutral: float

    @property
    def fits(self) -> bool:
        """Whether the interval says what the words do; a limit that is rounded may touch."""
        holds = self.low <= self.neutral <= self.high
        touches = self.neutral in (self.low, self.high)
        return touches or holds == self.says_none


def number(text: str) -> float:
    return float(text.replace("\N{MINUS SIGN}", "-").replace(",", ""))


def verdicts_in(text: str, place: str = "") -> list[Verdict]:
    """Return the verdicts of a text, sentence by sentence; those with several intervals left out.

    Intervals of scores, which are no differences, are no part of a verdict.
    """
    found, text = [], " ".join(text.split())
    # a difference that is told in a sentence of its own belongs to the verdict before it
    for sentence in re.split(r"(?<=\.)\s+(?!The difference)", text):
        says_none = bool(NONE.search(sentence))
        says_some = bool(SOME.search(NONE.sub("", sentence)))
        intervals = INTERVAL.findall(sentence)
        is_ratio, is_change = bool(RATIO.search(sentence)), bool(CHANGE.search(sentence))
        if len(intervals) != 1 or says_none == says_some or not (is_ratio or is_change):
            continue
        low, high = map(number, intervals[0])
        found.append(Verdict(place, sentence, low, high, says_none, float(is_ratio)))
    return found


def verdicts_of(run: Path) -> list[Verdict]:
    """Return the verdicts of all sentences that a run quotes."""
    values = json.loads((run / "values.json").read_text(encoding="utf-8"))
    return [v for name, value in values.items() for v in verdicts_in(str(value), name)]


def main(words: list[str]) -> int:
    every = "--all" in words
    n_wrong = 0
    for run in [Path(word) for word in words if word != "--all"]:
        verdicts = verdicts_of(run)
        wrong = [verdict for verdict in verdicts if not verdict.fits]
        n_wrong += len(wrong)
        for verdict in verdicts if every else wrong:
            mark = "fits" if verdict.fits else "CONTRADICTS"
            sys.stdout.write(f"{run.name}: {mark}: {verdict.place}: {verdict.sentence}\n")
        told = f"{len(verdicts)} verdicts beside an interval, {len(wrong)} contradict it"
        sys.stdout.write(f"{run.name}: {told}\n")
    return int(n_wrong > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
