"""Say what is lost between the files and the features, the cohort and the chapters.

What a release's rows could give is held beside what cleaning made of them: a value that is
written in a row with a subject and a day could have been one of the feature's. Reading, labels,
words and ranges may each have taken it away; :data:`LOSSES` says how much, why, and what to do.
"""

import pandas as pd

from alsnb.cleaning.laboratory_losses import count_results
from alsnb.cleaning.release import CleanTables
from alsnb.cleaning.settings import DEFAULTS, CleaningSettings
from alsnb.cleaning.unknown import find_unknown
from alsnb.outcomes import SCALES, SlopeSettings
from alsnb.study.losses.patients import count_patients_left
from alsnb.study.losses.terms import LOSSES, REMEDIES, is_told, not_known, unread_cells
from alsnb.study.losses.values import DAYS, count_values, rules_of
from alsnb.study.losses.words import find_remarks, losses_of_words, with_emptied
from alsnb.tables.proact.costs import NOTHING, cost_of_column
from alsnb.tables.proact.reading import RawTables
from alsnb.tables.proact.schema import lab_tests


def find_losses(
    raw: RawTables, clean: CleanTables, settings: CleaningSettings = DEFAULTS
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what is lost of a release downstream, and remarks on what was only in doubt.

    Parameters
    ----------
    raw, clean : RawTables and CleanTables
        The release as read and as cleaned.
    settings : CleaningSettings
        The choices it was cleaned by.

    Returns
    -------
    losses : DataFrame
        Columns :data:`LOSSES`; empty if every feature and patient is there that could be.
    remarks : DataFrame
        Columns :data:`REMARKS`; words and labels that are not known and cost little.
    """
    unknown = with_emptied(find_unknown(raw), clean)
    results = _results(raw, clean, settings)
    losses = [
        *_in_reading(raw),
        *_patients(raw, clean),
        *_values(raw, clean, unknown),
        *_lab_values(results),
        *_rows(clean),
    ]
    losses = _together(losses + losses_of_words(unknown, losses))
    return _frame(losses), find_remarks(unknown, losses, results)


def losses_in_reading(raw: RawTables) -> pd.DataFrame:
    """Return the tables and columns that are missing or empty, as :data:`LOSSES`."""
    return _frame(_in_reading(raw))


def _in_reading(raw: RawTables) -> list[dict]:
    notes = raw.notes[~raw.notes["costs"].isin(["", NOTHING])]
    return [
        {
            "table": note.table,
            "what": note.note,
            "costs": note.costs,
            "remedy": REMEDIES[_kind_of_note(note.note)],
        }
        for note in notes.itertuples()
    ]


def _kind_of_note(note: str) -> str:
    """Return the kind of the remedy for what reading wrote down."""
    signs = {"can be read": "number", "holds no value": "no value", "no row of": "tests"}
    return next((kind for sign, kind in signs.items() if sign in note), "missing")


def _frame(losses: list[dict]) -> pd.DataFrame:
    nothing = dict.fromkeys(LOSSES, "") | {"lost": pd.NA, "given": pd.NA}
    frame = pd.DataFrame([nothing | loss for loss in losses], columns=list(LOSSES))
    return frame.astype(dict.fromkeys(LOSSES, "str") | {"lost": "Int64", "given": "Int64"})


def _together(losses: list[dict]) -> list[dict]:
    """Return losses of which those of a table with the same reasons are one, counted by the worst.

    So a day that is gone from a questionnaire is told once and not item by item.
    """
    found: dict[tuple, dict] = {}
    for loss in losses:
        same = ("table", "of", "reasons", "unknown", "remedy")
        key = tuple(loss.get(name, "") for name in same)
        if "lost" not in loss or key not in found:
            found[key if "lost" in loss else id(loss)] = dict(loss)
            continue
        first = found[key]
        first["what"] = f"{first['what']}, {loss['what']}"
        if loss["costs"] != first["costs"]:
            first["costs"] = f"{first['costs']}, {loss['costs']}"
        if loss["lost"] > first["lost"]:
            first |= {"lost": loss["lost"], "given": loss["given"]}
    return list(found.values())


COHORT_COSTS = (
    "these patients in every chapter on this scale, and of patients who stay perhaps the day from "
    "which their months count"
)
"""What is lost with questionnaires."""

FOR_WORDS = (
    *("sex not readable", "answer missing", "weight's unit unknown", "litres' unit unknown"),
)
"""Rules that do no more than leave out what stands beside a word that is not known."""

# --- features ----------------------------------------------------------------------------


def _values(raw: RawTables, clean: CleanTables, unknown: pd.DataFrame) -> list[dict]:
    rows = []
    for value in count_values(raw, clean):
        by = {"values": (value.lost, value.given), "patients": value.patients}
        if value.table not in DAYS:
            by = {"patients": value.patients}
        told = [of for of, counts in by.items() if counts[1] and is_told(*counts)]
        if not told:
            continue
        lost, given = by[told[0]]
        of_value = (unknown["table"] == value.table) & unknown["column"].isin(value.keys)
        strange = unknown[of_value & (unknown["emptied"] > 0)]
        unread = unread_cells(raw, value.table, value.keys)
        rules = rules_of(value, clean.audit)
        if len(strange):
            rules = [rule for rule in rules if rule[0] not in FOR_WORDS]
        reasons = [
            *(f"{problem} ({cells:,})" for problem, cells, _ in unread),
            *(not_known(n) for n in strange["emptied"]),
            *(f"{rule} ({n:,})" for rule, n in rules),
        ]
        named = [*(text for *_, text in unread), *strange["named"]]
        kind = _kind(unread, strange, rules)
        rows.append(
            {
                "table": value.table,
                "what": value.name,
                "lost": lost,
                "given": given,
                "of": told[0],
                "reasons": ", ".join(reasons),
                "unknown": ", ".join(filter(None, named)),
                "costs": value.costs,
                "remedy": REMEDIES[kind].format(ways=", ".join(strange["ways"])),
            }
        )
    return rows


def _kind(unread: list, strange: pd.DataFrame, rules: list[tuple[str, int]]) -> str:
    if unread:
        return "number"
    if len(strange):
        return "label" if strange["column"].iloc[0].endswith("units") else "word"
    first = rules[0][0] if rules else ""
    if first in ("after death", "day impossible"):
        return "days"
    return "range" if "impossible" in first or "baseline" in first else "rules"


def _results(raw: RawTables, clean: CleanTables, settings: CleaningSettings) -> pd.DataFrame | None:
    labs = raw.frames.get("labs")
    return (
        None if labs is None or labs.empty else count_results(labs, clean.frames["labs"], settings)
    )


def _lab_values(results: pd.DataFrame | None) -> list[dict]:
    """Return the tests that lose results, as :data:`LOSSES`."""
    rows = []
    for test in () if results is None else results.itertuples():
        by = {"values": (test.lost, test.given)}
        by["patients"] = (test.patients_lost, test.patients_given)
        told = [of for of, counts in by.items() if is_told(*counts)]
        if told:
            lost, given = by[told[0]]
            texts = ", ".join(filter(None, (test.named_labels, test.named_texts)))
            kind = "number" if test.named_texts else "label" if test.named_labels else "rules"
            remedy = f"Results in {lab_tests()[test.measure].unit} are understood. "
            rows.append(
                {
                    "table": "labs",
                    "what": test.measure,
                    "lost": lost,
                    "given": given,
                    "of": told[0],
                    "reasons": test.reasons,
                    "unknown": texts,
                    "costs": test.measure,
                    "remedy": remedy * (kind == "label") + REMEDIES[kind],
                }
            )
    return rows


# --- patients, rows and words ------------------------------------------------------------


def _patients(raw: RawTables, clean: CleanTables) -> list[dict]:
    """Return the patients who are in no cohort for another reason than its rule."""
    rows = []
    for scale in SCALES:
        left = count_patients_left(raw, clean, SlopeSettings(scale=scale))
        if left.lost:
            found = unread_cells(raw, "alsfrs", left.keys)
            named = [text for *_, text in found if text]
            rows.append(
                {
                    "table": "alsfrs",
                    "what": f"the cohort with a slope on the {scale}",
                    "lost": left.lost,
                    "given": left.given,
                    "of": "patients",
                    "reasons": ", ".join(f"{why} ({n:,})" for why, n in left.reasons),
                    "unknown": ", ".join(named),
                    "costs": COHORT_COSTS,
                    "remedy": REMEDIES[left.kind],
                }
            )
    return rows


def _rows(clean: CleanTables) -> list[dict]:
    """Return the tables of which reading, or the days, leave out more than a tenth of the rows."""
    rules = {"broken line": "lines", "footer or no subject": "lines"}
    # of other tables with visits each feature is counted by its days
    rules |= {"after death": "days", "day impossible": "days"}
    rows = []
    for line in clean.audit[clean.audit["rule"].isin(rules)].itertuples():
        lost = line.rows_before - line.rows_after
        in_labs = line.table == "labs" or rules[line.rule] == "lines"
        if in_labs and line.rows_before and is_told(lost, line.rows_before):
            row = {"table": line.table, "what": "rows", "lost": lost, "given": line.rows_before}
            row |= {"of": "rows", "reasons": line.rule, "remedy": REMEDIES[rules[line.rule]]}
            rows.append(row | {"costs": cost_of_column(line.table, "")})
    return rows
