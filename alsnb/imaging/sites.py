"""Take scanners out of measures of the brain, by what training subjects teach: ComBat.

A scanner moves a measure and stretches it. With few subjects per scanner its own estimates are
unsure, so they are drawn towards what the scanner does to all measures (Johnson 2007, Fortin 2018).
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from alsnb.checks import check_columns, refuse

FEWEST = 3
"""Training subjects a site must have for its effects to be known."""

MOST_ROUNDS, CLOSE = 200, 1e-6
"""When the estimates of a site's effects no longer move."""


class SiteEffects(NamedTuple):
    """What a site does to each measure, in standard deviations: moves it, stretches its variance.

    ``shift`` and ``variance`` have shape (n_measures,).
    """

    shift: np.ndarray
    variance: np.ndarray


class WithoutSites(TransformerMixin, BaseEstimator):
    """Take out of each measure what the site, and then age or head size, explain of it.

    Parameters
    ----------
    site : str
        Column of the table that names the site. "" for none.
    remove : sequence of str
        Columns of numbers whose linear effect is taken out too, such as age and head size.
    keep : sequence of str
        Columns of numbers whose linear effect is told apart from that of the site, and left in.
        To keep what is to be predicted needs it of those predicted, too: that leaks.

    Attributes
    ----------
    measures_ : list of str
        What is corrected: all columns but these.
    effects_ : dict of str to SiteEffects
        By site with at least :data:`FEWEST` training subjects. From others nothing is taken out
        but the effects of ``remove``.
    """

    def __init__(
        self, site: str = "scanner", remove: tuple[str, ...] = (), keep: tuple[str, ...] = ()
    ):
        self.site = site
        self.remove = remove
        self.keep = keep

    def fit(self, X: pd.DataFrame, y: object = None) -> "WithoutSites":
        """Learn the effects from training subjects.

        Raises
        ------
        BadInput
            If a column is missing, a measure holds a gap or no numbers, or there are too few
            subjects.
        """
        numbers = [*self.remove, *self.keep]
        named = [*([self.site] if self.site else []), *numbers]
        check_columns(X, named, "measures of the brain")
        self.feature_names_in_ = X.columns.to_numpy(dtype=object)
        self.measures_ = [name for name in X.columns if name not in named]
        measures = _numbers(X[self.measures_])
        counts = X[self.site].value_counts() if self.site else pd.Series(dtype=int)
        self.sites_ = sorted(counts.index[counts >= FEWEST])
        known = X[self.site].isin(self.sites_).to_numpy() if self.sites_ else _all(len(X))
        self.means_, self.spreads_ = X[numbers].mean().fillna(0.0), _spreads(X[numbers])
        design = np.hstack([self._sites(X), self._others(X)])
        if known.sum() <= design.shape[1] + 1:
            raise refuse(
                "the correction for sites",
                expected=f"more than {design.shape[1] + 1} training subjects",
                found=f"{int(known.sum())}",
                remedy="Correct for fewer things, or learn from more subjects.",
            )
        found = np.linalg.lstsq(design[known], measures[known], rcond=None)[0]
        n_sites = max(len(self.sites_), 1)
        weights = self._sites(X)[known].mean(axis=0)
        self.grand_ = weights @ found[:n_sites]
        self.slopes_ = found[n_sites:]
        left = measures[known] - design[known] @ found
        self.sds_ = np.sqrt((left**2).mean(axis=0))
        self.sds_ = np.where(self.sds_ > 1e-12, self.sds_, 1.0)
        rest = self._standard(X, measures)
        here = {name: (X[self.site] == name).to_numpy() for name in self.sites_}
        self.effects_ = {name: find_effects(rest[rows]) for name, rows in here.items()}
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return the measures of any subjects without the effects."""
        check_is_fitted(self, "effects_")
        named = [*([self.site] if self.site else []), *self.remove, *self.keep]
        check_columns(X, [*named, *self.measures_], "measures of the brain")
        rest = self._standard(X, _numbers(X[self.measures_]))
        for name, effects in self.effects_.items():
            rows = (X[self.site] == name).to_numpy()
            rest[rows] = (rest[rows] - effects.shift) / np.sqrt(effects.variance)
        kept = self._others(X).copy()
        kept[:, : len(self.remove)] = 0.0
        values = self.grand_ + kept @ self.slopes_ + rest * self.sds_
        return pd.DataFrame(values, X.index, self.measures_)

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Return the names of the measures."""
        check_is_fitted(self, "effects_")
        return np.array(self.measures_, dtype=object)

    def _sites(self, X: pd.DataFrame) -> np.ndarray:
        """Return a column for each site, or one of ones if there is none."""
        if not self.sites_:
            return np.ones((len(X), 1))
        return np.column_stack([(X[self.site] == name).to_numpy(float) for name in self.sites_])

    def _others(self, X: pd.DataFrame) -> np.ndarray:
        """Return the numbers to remove and to keep, scaled by training; 0 where missing."""
        numbers = X[[*self.remove, *self.keep]].astype(float)
        return ((numbers - self.means_) / self.spreads_).fillna(0.0).to_numpy(float)

    def _standard(self, X: pd.DataFrame, measures: np.ndarray) -> np.ndarray:
        """Return measures less their mean and all linear effects, in standard deviations."""
        return (measures - self.grand_ - self._others(X) @ self.slopes_) / self.sds_


def find_effects(scores: np.ndarray) -> SiteEffects:
    """Return what a site does to each measure, drawn towards what it does to all of them.

    Parameters
    ----------
    scores : array of shape (n_subjects, n_measures)
        Of the subjects of the site, standardised over all sites.

    Notes
    -----
    The shift has a normal prior and the variance an inverse gamma one, both with the moments that
    the measures of the site show. With one measure there is nothing to be drawn towards.
    """
    n = len(scores)
    shift, variance = scores.mean(axis=0), scores.var(axis=0, ddof=1)
    variance = np.maximum(variance, CLOSE)
    if scores.shape[1] < 2 or np.ptp(variance) < CLOSE or np.ptp(shift) < CLOSE:
        return SiteEffects(shift, variance)
    towards, spread = shift.mean(), shift.var(ddof=1)
    mean, moment = variance.mean(), variance.var(ddof=1)
    shape, rate = (2 * moment + mean**2) / moment, (mean * moment + mean**3) / moment
    raw = shift
    for _ in range(MOST_ROUNDS):
        new_shift = (n * spread * raw + variance * towards) / (n * spread + variance)
        squares = ((scores - new_shift) ** 2).sum(axis=0)
        new_variance = (rate + squares / 2) / (n / 2 + shape - 1)
        moved = max(np.abs(new_shift - shift).max(), np.abs(new_variance - variance).max())
        shift, variance = new_shift, new_variance
        if moved < CLOSE:
            break
    return SiteEffects(shift, variance)


def _spreads(numbers: pd.DataFrame) -> pd.Series:
    return numbers.astype(float).std(ddof=0).replace(0.0, 1.0).fillna(1.0)


def _all(n: int) -> np.ndarray:
    return np.ones(n, bool)


def _numbers(measures: pd.DataFrame) -> np.ndarray:
    values = measures.apply(pd.to_numeric, errors="coerce").to_numpy(float)
    if not values.shape[1] or not np.isfinite(values).all():
        raise refuse(
            "measures of the brain",
            expected="finite numbers in every column that is corrected",
            found=f"{int((~np.isfinite(values)).sum())} gaps in {values.shape[1]} columns",
            remedy="Fill gaps before, by what training subjects teach.",
        )
    return values
