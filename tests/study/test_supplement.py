"""What a reader enters of the supplement is published; what cannot be meant is refused."""

import numpy as np
import pandas as pd
import pytest
import yaml

from alsnb import supplement
from alsnb.checks import BadInput
from alsnb.lessons.ablations import study as ablations
from alsnb.lessons.cohort import study as cohort
from alsnb.lessons.networks import study as networks
from alsnb.study.search import Search
from alsnb.supplement import FORM, read_supplement


def written(tmp_path, text):
    path = tmp_path / "supplement.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def names_in(form):
    if isinstance(form, dict) and any(isinstance(below, (dict, tuple)) for below in form.values()):
        return {name: names_in(below) for name, below in form.items()}
    return sorted(form)


def test_the_file_of_the_book_offers_every_value_and_holds_none():
    offered = yaml.safe_load(supplement.FILE.read_text(encoding="utf-8"))
    assert names_in(offered) == names_in(FORM)
    assert read_supplement() == {table: {} for table in FORM}


def test_what_is_entered_is_given_and_null_is_left_out(tmp_path):
    text = "S1: {n_features: 30, scaling: min-max, pcc: 0.47}\nS8: {linear: 0.1, ffnn: null}\n"
    text += "S9: {ffnn: {rmsd: 0.6, rmsd_ci: [0.5, 0.7], pcc: null}}\n"
    entered = read_supplement(written(tmp_path, text))
    assert entered["S1"] == {"n_features": 30, "scaling": "min-max", "pcc": 0.47}
    assert entered["S8"] == {"linear": 0.1}
    assert entered["S9"] == {"ffnn": {"rmsd": 0.6, "rmsd_ci": [0.5, 0.7]}}
    assert entered["S7"] == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("S10: {}", "supplement.yaml: expected only the names 'S1'"),
        ("S9: {forest: {rmsd: 1}}", "supplement.yaml, S9: expected only the names"),
        ("S9: {ffnn: {rmsd: high}}", "supplement.yaml, S9, ffnn, rmsd: expected a number"),
        ("S9: {ffnn: {rmsd_ci: [0.7, 0.5]}}", "expected two numbers, [low, high]"),
        ("S9: {ffnn: {rmsd_ci: 0.5}}", "expected two numbers, [low, high]"),
        ("S5: {sex_male: {share: 63.4}}", "S5, sex_male, share: expected a share from 0 to 1"),
        ("S8: {linear: true}", "supplement.yaml, S8, linear: expected a number"),
        ("S8: 3", "supplement.yaml, S8: expected lines with the names"),
        ("S1: {n_features: {a: 1}}", "supplement.yaml, S1, n_features: expected a setting"),
        ("S8: {linear: [", "supplement.yaml, line 1: expected YAML"),
        ("- a", "supplement.yaml: expected lines with the names"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(tmp_path, text, words):
    with pytest.raises(BadInput) as error:
        read_supplement(written(tmp_path, text))
    assert words in str(error.value)
    assert str(tmp_path) not in str(error.value)


@pytest.fixture
def entered(tmp_path, monkeypatch):
    """Let the library find a reader's values."""

    def enter(text):
        monkeypatch.setattr(supplement, "FILE", written(tmp_path, text))

    return enter


def test_settings_are_published_in_the_table_of_their_network(entered):
    from alsnb.models.space import draw_recipes

    entered("S1: {n_features: 30, pcc: 0.47}\nS2: {n_features: 31}\n")
    (recipe,) = draw_recipes("ffnn", 1, seed=1)
    trials = pd.DataFrame([recipe.flat() | {"trial": 0, "pcc": 0.4, "pcc_sd": 0.1, "chosen": True}])
    how = {"trials": trials, "by_fold": pd.DataFrame([[0.4]]), "best": recipe}
    found = Search(network="ffnn", recipes=[recipe], **how)
    table = networks.tabulate_search(found).set_index("setting")
    assert table.loc["n_features", "published"] == "30"
    assert table.loc["pcc", "published"] == "0.47"
    assert table.loc["scaling", "published"] == "not available"


def test_scores_on_the_revised_scale_stand_beside_what_was_entered(entered):
    entered("S9: {ffnn: {rmsd: 0.6, rmsd_ci: [0.5, 0.7]}}")
    rng = np.random.default_rng(1)
    observed = rng.normal(size=30)
    predictions = pd.DataFrame(
        {
            "patient": np.arange(30),
            "model": "ffnn",
            "split": "test",
            "repeat": 0,
            "fold": 0,
            "observed": observed,
            "predicted": observed + rng.normal(size=30),
        }
    )
    table = ablations.make_s9(predictions, 50).set_index("metric")
    assert table.loc["rmsd", ["published", "published_low", "published_high"]].tolist() == [
        0.6,
        0.5,
        0.7,
    ]
    assert table.loc["rmsd", "difference"] == table.loc["rmsd", "estimate"] - 0.6
    assert np.isnan(table.loc["pcc", "published"])


def test_a_cohort_is_described_beside_what_was_entered():
    lines = pd.DataFrame({"value": np.arange(float(len(cohort.VARIABLES)))})
    printed = {"age_years": {"count": 10, "observed": 0.9, "median": 55, "iqr": [40, 60]}}
    beside = cohort._beside(lines, printed).set_index(
        pd.Index([variable.published for variable in cohort.VARIABLES])
    )
    assert beside.loc["age_years", "published_value"] == 55
    assert beside.loc["age_years", "published_low"] == 40
    assert np.isnan(beside.loc["sex_male", "published_value"])
