"""Find the scores of calls from which a count of one to four patients could be computed."""

from collections.abc import Iterable, Mapping

import pandas as pd

from alsnb.disclosure import is_small
from alsnb.evaluation.bootstrap import P_HOLM, P_VALUE
from alsnb.evaluation.classes import CALL_METRICS, count_calls
from alsnb.schema import ESTIMATE, HIGH, LOW, METRIC, MODEL

CUT, WITHHELD, SHARE_BELOW = "cut", "withheld", "share_below"

WITHHOLDABLE = (ESTIMATE, LOW, HIGH, P_VALUE, P_HOLM, SHARE_BELOW)
"""Columns that tell of counts: scores of calls, and the share of patients below a cut."""


def models_with_small_calls(
    predictions: pd.DataFrame, *, threshold: float, cuts: Mapping[str, float]
) -> set[str]:
    """Return the models among whose four counts of calls one is of one to four patients.

    Parameters
    ----------
    predictions, threshold, cuts : as in :func:`alsnb.evaluation.classes.count_calls`
    """
    counts = count_calls(predictions, threshold=threshold, cuts=cuts).set_index(MODEL)
    return set(counts.index[counts.apply(is_small).any(axis=1)])


def mark_small(scores: pd.DataFrame, small: pd.Series) -> pd.DataFrame:
    """Return scores with a column ``withheld``: whether those of calls rest on small counts."""
    return scores.assign(**{WITHHELD: small & scores[METRIC].isin(CALL_METRICS)})


def mark_neighbours(
    scores: pd.DataFrame,
    predictions: pd.DataFrame,
    *,
    threshold: float,
    elsewhere: Iterable[Mapping[str, float]] = (),
) -> pd.DataFrame:
    """Mark scores at cuts that lie less than five patients of a kind from another shown one.

    Both shown, the difference would tell of one to four patients.

    Parameters
    ----------
    scores : DataFrame
        From :func:`mark_small`, with the ``cut`` of each row.
    predictions, threshold
        What the cuts were used on.
    elsewhere : iterable of mapping
        Cuts by model at which scores are shown in other tables.
    """
    hidden = scores[WITHHELD].copy()
    for model, own in scores[~hidden].groupby(MODEL, sort=False):
        rows = predictions[predictions[MODEL] == model]
        shown = [_count(rows, cuts[model], threshold) for cuts in elsewhere if model in cuts]
        for cut, part in own.groupby(CUT, sort=False):
            counts = _count(rows, cut, threshold)
            if any(is_small((counts - others).abs()).any() for others in shown):
                hidden[part.index] = True
            else:
                shown.append(counts)
    return mark_small(scores, hidden)


def _count(rows: pd.DataFrame, cut: float, threshold: float) -> pd.Series:
    """Return the four counts of one model's calls."""
    counts = count_calls(rows, threshold=threshold, cuts={rows[MODEL].iloc[0]: cut})
    return counts.drop(columns=MODEL).iloc[0]


def withhold_marked(frame: pd.DataFrame, *, is_real: bool) -> pd.DataFrame:
    """Return a marked frame as it may be shown: of real patients, what is marked is NaN.

    Of others nothing is withheld, and the column ``withheld`` says so.
    """
    hidden = frame[WITHHELD] & is_real
    held = {name: frame[name].mask(hidden) for name in WITHHOLDABLE if name in frame}
    return frame.assign(**held, **{WITHHELD: hidden})
