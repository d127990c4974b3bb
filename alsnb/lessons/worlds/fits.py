"""The stored trainings of the chapter: boosting, out of whatever folds it is given."""

import pandas as pd

from alsnb.compute.progress import report_step
from alsnb.compute.store import stored
from alsnb.evaluation.crossval import cross_validate
from alsnb.fits.inputs import FitInputs
from alsnb.models.baselines import make_histogram_boosting


@stored
def boost(inputs: FitInputs, name: str) -> pd.DataFrame:
    """Return the predictions of boosting on binned features, for the patients of every fold."""
    how = {"name": name, "seed": 0, "progress": report_step}
    return cross_validate(
        make_histogram_boosting, inputs.table, inputs.target, inputs.folds(), **how
    )
