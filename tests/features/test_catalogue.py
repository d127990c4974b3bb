import pandas as pd
import pytest
from proact_builder import COLUMNS, draw_clean

from alsnb.cohort import select_cohort
from alsnb.features.catalogue import CATALOGUE, ITEMS, make_catalogue, measures
from alsnb.features.proact import derive_features
from alsnb.features.static import FACTS
from alsnb.features.summaries import SUMMARIES
from alsnb.outcomes import SCALES, SlopeSettings
from alsnb.tables.proact.schema import lab_tests, tables


@pytest.fixture(scope="module", params=SCALES)
def derived(request):
    clean = draw_clean(0)
    cohort = select_cohort(clean, SlopeSettings(rule="challenge", scale=request.param))
    return derive_features(clean, cohort)


def test_every_feature_is_in_the_catalogue_once_and_nothing_else_is(derived):
    features, catalogue = derived
    assert list(catalogue["name"]) == list(features.columns)
    assert catalogue["name"].is_unique
    assert catalogue["title"].is_unique
    assert tuple(catalogue.columns) == CATALOGUE


def test_every_column_that_is_named_exists_in_the_raw_file(derived):
    for row in derived[1].itertuples():
        known = {column.name for column in tables()[row.table].columns}
        assert set(row.column.split("; ")) <= known, row.name


def test_every_feature_is_described(derived):
    catalogue = derived[1]
    for column in ("title", "measure", "definition"):
        assert (catalogue[column].str.len() > 0).all()
    assert catalogue["definition"].str.match(r"[A-Z1].*\.$").all()
    slopes = catalogue[catalogue["summary"] == "slope"]
    assert slopes["unit"].str.endswith("per month").all()
    assert not catalogue.drop(slopes.index)["unit"].str.contains("per month").any()


def test_the_share_missing_is_that_of_the_patients(derived):
    features, catalogue = derived
    assert catalogue["missing"].tolist() == features.isna().mean().tolist()
    assert catalogue["kept"].tolist() == (features.isna().mean() <= 0.3).tolist()


def test_features_missing_in_exactly_the_largest_share_are_kept():
    features = pd.DataFrame({"age": [1.0, None, None, 2.0], "male": [None, None, None, 1.0]})
    catalogue = make_catalogue(features, scale="ALSFRS", max_missing=0.5).set_index("name")
    assert catalogue.loc["age", "kept"]
    assert not catalogue.loc["male", "kept"]


def test_a_name_is_a_summary_and_a_measure():
    names = [measure.name for measure in measures("ALSFRS-R")]
    assert len(set(names)) == len(names)
    assert not {f"{s}_{name}" for s in SUMMARIES for name in names} & {fact.name for fact in FACTS}
    assert set(lab_tests()) < set(names)
    assert list(ITEMS) == names[1:11]


def test_every_measure_is_read_from_a_column_of_the_clean_table():
    for measure in measures("ALSFRS-R"):
        assert measure.value in COLUMNS[measure.table]


def test_the_paper_has_seven_summaries_and_not_what_it_does_not_mention(derived):
    ours = derived[1].set_index("name")["in_paper"]
    assert ours[["slope_fvc", "sd_sodium", "first_weight", "age", "onset_delta"]].all()
    beyond = ["mean_fvc", "first_svc", "last_bmi", "median_temperature", "active", "el_escorial"]
    assert not ours[beyond].any()
    assert ours.loc["minimum_alsfrs_total":"mean_q10_respiratory"].sum() == 7 * 11


def test_titles_read_as_words(derived):
    titles = derived[1].set_index("name")["title"]
    assert titles["slope_fvc"] == "Slope of FVC"
    assert titles["median_red_cells"] == "Median red blood cells (RBC)"
    assert titles["last_q9_climbing"] == "Last Q9 climbing"
    assert titles["minimum_alt"] == "Lowest ALT(SGPT)"
    assert titles["maximum_urine_ph"] == "Highest urine pH"
