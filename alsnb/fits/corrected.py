"""Classify by measures of the brain from which scanner, age and head size were taken out."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.impute import SimpleImputer
from threadpoolctl import threadpool_limits

from alsnb.checks import check_one_of
from alsnb.compute.store import stored
from alsnb.fits.class_rivals import MULTINOMIAL, make_rival
from alsnb.fits.imaging import LayeredInputs, as_predictions
from alsnb.imaging.sites import WithoutSites
from alsnb.models.together import OTHER, VALIDATION

UNCORRECTED, INSIDE, OUTSIDE, KEEPING = "uncorrected", "inside", "outside", "keeping_class"
WAYS = (UNCORRECTED, INSIDE, OUTSIDE, KEEPING)
"""Who teaches the correction: nobody, the training patients, or all patients, which is a leak; the
last keeps the class in the measures, for which it needs the class of those who are predicted."""

LEAST_PRESENT = 0.5
"""Share of training patients in whom a measure must differ from 0."""

SITE, CLASS = "site", "class"


@dataclass(frozen=True, kw_only=True, eq=False)
class Covariates:
    """What is corrected for, in the order of the patients.

    Attributes
    ----------
    site : array of str of shape (n_patients,)
        Empty if there is none.
    numbers : array of shape (n_patients, n_numbers)
        Such as age and head size; NaN where missing.
    """

    site: np.ndarray
    numbers: np.ndarray


@stored
@threadpool_limits.wrap(limits=1, user_api="blas")
def fit_corrected(
    inputs: LayeredInputs, source: str, covariates: Covariates, way: str, *, seed: int
) -> pd.DataFrame:
    """Return what a ridge regression on corrected measures says of the patients held out.

    Parameters
    ----------
    inputs : LayeredInputs
    source : str
        Which measures; gaps take the median of those who teach the correction. Those that are 0 in
        more than half of the training patients, such as rare connections, are not used.
    covariates : Covariates
    way : str
        One of :data:`WAYS`, which is also the name of the model.
    seed : int
    """
    check_one_of(way, WAYS, "The way to correct")
    classes, values_of = inputs.classes.to_numpy(), inputs.sources[source]
    chances = np.zeros((*inputs.parts.shape, classes.max() + 1))
    for part, said in zip(inputs.parts, chances, strict=True):
        learnt, held = part <= VALIDATION, part == OTHER
        teaches = learnt if way in (UNCORRECTED, INSIDE) else learnt | held
        usual = (values_of[learnt] != 0).mean(axis=0) >= LEAST_PRESENT
        values = correct(values_of[:, usual], covariates, teaches, way, classes)
        fitted = make_rival(MULTINOMIAL, seed).fit(values[learnt], classes[learnt])
        said[np.ix_(held, fitted.classes_)] = fitted.predict_proba(values[held])
    return as_predictions(inputs, chances, way)


def correct(
    values: np.ndarray, covariates: Covariates, teaches: np.ndarray, way: str, classes: np.ndarray
) -> np.ndarray:
    """Return measures (n_patients, n_measures) without gaps, corrected in one of :data:`WAYS`."""
    fill = SimpleImputer(strategy="median", keep_empty_features=True)
    values = fill.fit(values[teaches]).transform(values)
    if way == UNCORRECTED:
        return values
    names = [f"measure_{number}" for number in range(values.shape[1])]
    table = pd.DataFrame(values, columns=names)
    removed = [f"number_{number}" for number in range(covariates.numbers.shape[1])]
    table[removed] = covariates.numbers
    table[CLASS] = classes.astype(float)
    if len(covariates.site):
        table[SITE] = covariates.site
    keep = (CLASS,) if way == KEEPING else ()
    table = table if keep else table.drop(columns=CLASS)
    site = SITE if len(covariates.site) else ""
    corrector = WithoutSites(site, remove=tuple(removed), keep=keep).fit(table[teaches])
    return corrector.transform(table).to_numpy()
