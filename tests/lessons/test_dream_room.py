"""The room of the DREAM table: who is described, who is predicted by what."""

import re

import pandas as pd
import pytest

from alsnb.checks import BadInput
from alsnb.lessons.dream import fits, study, tables
from alsnb.schema import MODEL, REPEAT
from alsnb.tables.dream import read_dream


@pytest.fixture(scope="module")
def dream():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ALSNB_DREAM2012", "")
        return read_dream(allow_stand_in=True)


def test_both_sides_are_described_and_nobody_can_be_told(dream):
    described = tables.describe_patients(dream)
    assert list(described.columns) == ["Characteristic", "Training", "Test"]
    assert described.loc[0, ["Training", "Test"]].tolist() == ["1,197", "625"]
    assert not re.search(r"(?<![\d.,])[1-4] \(\d", described.to_string())


@pytest.mark.parametrize(
    ("n_yes", "said"), [(3, "fewer than 5"), (97, "all but fewer than 5"), (50, "50 (50.0%)")]
)
def test_a_share_of_few_is_not_said_nor_its_rest(n_yes, said):
    assert tables._share(pd.Series([True] * n_yes + [False] * (100 - n_yes))) == said


def test_every_model_is_made_and_an_unknown_one_refused():
    for model in study.SINGLE:
        fits._make_model(model, ["log_onset_delta"], 2)
    with pytest.raises(BadInput, match="The model"):
        fits._make_model("luck", [], 2)


def test_sites_are_bulbar_or_limb_but_never_both(dream):
    sites = study.onset_groups(dream)
    assert set(sites) == {"bulbar", "limb"}
    both = (dream.features[study.BULBAR] == 1) & (dream.features[study.LIMB] == 1)
    assert not sites.index.isin(dream.features.index[both]).any()


def test_models_without_chance_are_fitted_once_and_on_the_official_split(dream):
    found = fits.fit_held_out(study._split(dream, "onset"), "onset", size=0, n_seeds=3, seed=1)
    assert set(found[REPEAT]) == {0}
    assert set(found[MODEL]) == {"onset"}
    assert sorted(found["patient"]) == sorted(dream.official_test.index[dream.official_test])


def test_sites_are_described_by_their_slopes(dream):
    sites = study.onset_groups(dream)
    each = study.describe_sites(dream, sites)
    bulbar = dream.slope[sites.index[sites == "bulbar"]]
    assert each.loc["bulbar", "mean"] == pytest.approx(bulbar.mean())
    assert each.loc["bulbar", "sd"] == pytest.approx(bulbar.std())
    assert each.loc["bulbar", "share"] == pytest.approx(len(bulbar) / len(dream.slope))
