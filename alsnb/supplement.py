"""Give the values of the first paper's supplement that a reader has entered in ``supplement.yaml``.

The supplement is public but could not be obtained when the book was made. Who has read it
enters its numbers in that file; they then fill the columns "Published". S4, the settings in
other tasks, has no fixed form and is not among them.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
import yaml

from alsnb.checks import listed, refuse

FILE = Path(__file__).with_suffix(".yaml")
"""Where a reader's values are entered."""

SETTINGS = (
    *("imputing", "scaling", "ranking", "n_features", "hidden_sizes"),
    *("activation", "dropout_rate", "batch_size", "n_epochs", "pcc"),
)
SCORES = ("rmsd", "rmsd_ci", "pcc", "pcc_ci")
MEDIAN, SHARE = ("count", "observed", "median", "iqr"), ("count", "observed", "share")
COHORT = {
    **dict.fromkeys(("age_years", "height_cm", "weight_first_kg", "time_of_onset_days"), MEDIAN),
    **dict.fromkeys(("sex_male", "caucasian", "riluzole_use"), SHARE),
    "alsfrs_total_first": MEDIAN,
    "onset_site": ("count", "observed", "spinal", "bulbar", "both", "other"),
}
FORM: dict[str, object] = {
    "S1": SETTINGS,
    "S2": (*SETTINGS, "n_filters"),
    "S3": (*SETTINGS, "n_units"),
    "S5": COHORT,
    "S6": COHORT,
    "S7": dict.fromkeys(("forest", "pearson"), SCORES),
    "S8": ("linear", "forest", "ffnn"),
    "S9": dict.fromkeys(("ffnn", "cnn", "rnn", "ffnn_cnn"), SCORES),
}
"""The names that the file may hold, table by table."""

SHARES = ("observed", "share", "spinal", "bulbar", "both", "other")
WORDS = ("S1", "S2", "S3")
INTERVALS = ("iqr", "rmsd_ci", "pcc_ci")


def read_supplement(path: Path | None = None) -> dict:
    """Return what is entered, by table and row; what is not entered is left out.

    Parameters
    ----------
    path : Path, optional
        Another file of the same form.

    Returns
    -------
    dict
        Tables ``S1`` to ``S9``, each a dictionary, empty if nothing was entered. S1 to S3 hold
        settings as they were typed, S8 seconds, the others the names of ``published.yaml``.

    Raises
    ------
    alsnb.checks.BadInput
        If the file is not YAML, or holds a name or a value that cannot be meant.
    """
    path = FILE if path is None else Path(path)
    return _read(path, path.stat().st_mtime_ns)


@cache
def _read(path: Path, _modified: int) -> dict:
    try:
        text = path.read_text(encoding="utf-8")
        entered = yaml.safe_load(text)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        place = path.name if line is None else f"{path.name}, line {line + 1}"
        raise refuse(
            place,
            expected="YAML in UTF-8: names, colons and values",
            found="something else",
            remedy="Correct the line; the file as it came with the book shows the form.",
        ) from None
    entered = _checked(entered or {}, FORM, path.name)
    return {table: entered.get(table, {}) for table in FORM}


def _checked(entered: object, form: object, where: str) -> dict:
    """Return what is entered below a name, without what is null."""
    if not isinstance(entered, Mapping):
        raise refuse(
            where,
            expected=f"lines with the names {listed(form, most=12)}",
            found=repr(entered),
            remedy="Put each value behind its name and a colon.",
        )
    unknown = [name for name in entered if name not in form]
    if unknown:
        raise refuse(
            where,
            expected=f"only the names {listed(form, most=12)}",
            found=listed(unknown),
            remedy="Correct the name, or leave the line out.",
        )
    kept = {}
    for name, value in entered.items():
        place = f"{where}, {name}"
        if value is not None and isinstance(form, Mapping):
            value = _checked(value, form[name], place)
        elif value is not None:
            value = _value(value, name, place)
        if value is not None and value != {}:
            kept[name] = value
    return kept


def _value(value: object, name: str, place: str) -> object:
    """Return a single value if it can be meant."""
    if name in INTERVALS:
        fits = isinstance(value, list) and len(value) == 2 and all(map(_is_number, value))
        fits, expected = fits and value[0] <= value[1], "two numbers, [low, high]"
    elif any(f", {table}, " in place for table in WORDS) and name != "pcc":
        fits, expected = isinstance(value, (str, int, float, list)), "a setting"
    elif name in SHARES:
        fits, expected = _is_number(value) and 0 <= value <= 1, "a share from 0 to 1"
    else:
        fits, expected = _is_number(value), "a number"
    if not fits:
        raise refuse(
            place, expected=expected, found=repr(value), remedy="Correct it, or write null."
        )
    return value


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and np.isfinite(value)
