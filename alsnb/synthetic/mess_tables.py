"""All defects by table, and how many rows have each."""

from collections.abc import Mapping

from alsnb.synthetic import mess_alsfrs, mess_labs, mess_measures, mess_records
from alsnb.synthetic.mess import Defect, how_many


def defects_of(table: str) -> tuple[Defect, ...]:
    """Return what can go wrong in a table; nothing in most of them."""
    return {
        "alsfrs": mess_alsfrs.ALSFRS,
        "fvc": mess_measures.capacity_defects("fvc"),
        "svc": mess_measures.capacity_defects("svc"),
        "vitals": mess_measures.VITALS,
        "labs": mess_labs.LABS,
        "demographics": mess_records.DEMOGRAPHICS,
        "history": mess_records.HISTORY,
        "death": mess_records.DEATH,
        "adverse_events": mess_records.ADVERSE_EVENTS,
        "medication": mess_records.MEDICATION,
    }.get(table, ())


def counts_of(table: str, rows: int, parameters: Mapping) -> list[int]:
    """Return how many rows of a table of this size have each of its defects."""
    return [
        how_many(rows, parameters[defect.parameter(table)], parameters)
        for defect in defects_of(table)
    ]
