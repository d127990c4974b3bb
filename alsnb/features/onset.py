"""The logarithm of the time since onset, the strongest single predictor of the slope."""

import numpy as np
import pandas as pd

ONSET_DELTA = "onset_delta"
"""Feature that holds the days from time zero back to the onset, as a negative number."""

LOG_ONSET = "log_onset_delta"
"""Logarithm of the days since onset, which a line may use; networks get the days."""


def add_log_onset(features: pd.DataFrame) -> pd.DataFrame:
    """Return the features with the column :data:`LOG_ONSET` behind them."""
    days = -features[ONSET_DELTA].clip(upper=-1.0)
    return features.assign(**{LOG_ONSET: np.log(days)})
