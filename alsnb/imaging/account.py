"""Account for what is wrong with single subjects, and for what was done to their files."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import pandas as pd

from alsnb.checks import BadInput, refuse
from alsnb.imaging.settings import ImagingSettings

AUDIT = ("subject", "modality", "file", "rule", "left_out", "found")
"""Columns of the account of subjects."""

NOTES = ("file", "note")
"""Columns of the remarks on whole files."""

REMEDY = (
    "Correct it, or read with ImagingSettings(bad_subjects='leave_out'), which leaves out and"
    " counts such subjects."
)


@dataclass(frozen=True)
class Problem:
    """Why a subject cannot be used.

    Attributes
    ----------
    key : str
        The subject, as :func:`alsnb.imaging.keys.subject_key` gives it.
    modality, file, rule : str
        Where it was found, and what kind of problem it is.
    expected, found : str
        The two halves of the sentence.
    remedy : str
        What to do, before the advice to leave the subject out.
    """

    key: str
    modality: str
    file: str
    rule: str
    expected: str
    found: str
    remedy: str = ""


@dataclass
class Account:
    """What is written down while a study is read.

    Attributes
    ----------
    names : dict of str to str
        How a subject is called, by its key: as the first file that has it writes it.
    problems : list of Problem
        What is wrong with subjects, in the order in which it was found.
    """

    names: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    _treated: list[tuple] = field(default_factory=list)
    _notes: list[tuple[str, str]] = field(default_factory=list)

    def name(self, key: str, written: str) -> None:
        """Write down how a file calls a subject."""
        self.names.setdefault(key, written)

    def treat(self, key: str, modality: str, file: str, rule: str, found: str) -> None:
        """Write down what was done to a subject's numbers."""
        self._treated.append((key, modality, file, rule, False, found))

    def note(self, file: str, text: str) -> None:
        """Write down a remark on a file."""
        self._notes.append((file, text))

    def settle(self, settings: ImagingSettings) -> set[str]:
        """Return the keys of the subjects to leave out.

        Raises
        ------
        BadInput
            If there is one, and none may be left out.
        """
        if self.problems and settings.bad_subjects == "refuse":
            raise self._refusal()
        return {problem.key for problem in self.problems}

    def audit(self) -> pd.DataFrame:
        """Return the account: a row per treatment, and one per subject that was left out."""
        first = {problem.key: problem for problem in reversed(self.problems)}
        rows = [
            (key, p.modality, p.file, p.rule, True, p.found) for key, p in reversed(first.items())
        ]
        rows += [row for row in self._treated if row[0] not in first]
        frame = pd.DataFrame(rows, columns=list(AUDIT)).astype({"left_out": bool})
        return frame.assign(subject=[self.names[row[0]] for row in rows])

    def notes(self) -> pd.DataFrame:
        """Return the remarks."""
        return pd.DataFrame(self._notes, columns=list(NOTES), dtype="str")

    def _refusal(self) -> BadInput:
        """Return the sentence on the first problem, saying how many others there are."""
        first = self.problems[0]
        others = {p.key for p in self.problems} - {first.key}
        alike = {p.key for p in self.problems if p.rule == first.rule} - {first.key}
        more = _more(len(alike), len(others))
        return refuse(
            f"{first.file}, subject '{self.names[first.key]}'",
            expected=first.expected,
            found=first.found + more,
            remedy=" ".join(text for text in (first.remedy, REMEDY) if text),
        )


def _more(n_alike: int, n_others: int) -> str:
    if not n_others:
        return ""
    alike = f"{n_alike:,} of them the same" if n_alike else "none of them the same"
    return f" ({n_others:,} more subjects have a problem, {alike})"


def count_rules(audit: pd.DataFrame) -> pd.DataFrame:
    """Return how many subjects each rule touched: modality, rule, left_out, subjects."""
    by = ["modality", "rule", "left_out"]
    counts = audit.groupby(by, sort=False)["subject"].nunique()
    return counts.rename("subjects").reset_index()


def several(names: Iterable[str]) -> list[str]:
    """Return the names that stand there more than once, each once and in order."""
    seen, twice = set(), {}
    for name in names:
        if name in seen:
            twice[name] = None
        seen.add(name)
    return list(twice)
