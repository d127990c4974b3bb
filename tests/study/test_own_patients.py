import numpy as np
import pandas as pd
import pytest

from alsnb.fits.networks import predict_own_patients
from alsnb.models.baselines import make_forest, make_mean


def test_a_forest_predicts_its_own_patients_better_than_chance():
    rng = np.random.default_rng(0)
    predictors = pd.DataFrame(rng.normal(size=(60, 3)), columns=list("abc"))
    target = pd.Series(rng.normal(size=60))
    make_model = make_forest(0, 20)
    frame = predict_own_patients(make_model, predictors, target, name="forest", seed=0)
    assert set(frame["split"]) == {"resubstitution"}
    assert frame["patient"].to_list() == list(range(60))
    assert np.corrcoef(frame["observed"], frame["predicted"])[0, 1] > 0.5
    plain = predict_own_patients(make_mean(), predictors, target, name="mean", seed=0)
    assert plain["predicted"].to_numpy() == pytest.approx(target.mean())
