"""Names of the columns that travel between the stages, each written once."""

PATIENT = "patient"
MODEL = "model"
SPLIT = "split"
REPEAT = "repeat"
FOLD = "fold"
OBSERVED = "observed"
PREDICTED = "predicted"

PREDICTIONS = (PATIENT, MODEL, SPLIT, REPEAT, FOLD, OBSERVED, PREDICTED)
"""Columns of the predictions frame, the waist of the library.

One row is one prediction for one patient that the model did not learn from. ``split``
says which set the patient was in (``"train"``: out-of-fold predictions of training
patients, ``"test"``: the held-out patients); ``repeat`` counts repetitions with other
seeds and ``fold`` the folds, both from 0 (a test prediction has fold 0).
"""

AT = "at"
"""Optional key column of a predictions frame, a number: what a row is about where a model says
several things of one patient, such as a class, a month or the level of a quantile. Probabilities
of k classes are k rows per patient, ``observed`` 1 in that of the patient's class, else 0.
"""

METRIC = "metric"
ESTIMATE = "estimate"
LOW = "low"
HIGH = "high"
N_PATIENTS = "n_patients"

SCORES = (MODEL, METRIC, ESTIMATE, LOW, HIGH, N_PATIENTS)
"""Columns of a scores frame, an estimate with its interval and the patients behind it."""

SLOPE_UNIT = "ALSFRS points per month"
