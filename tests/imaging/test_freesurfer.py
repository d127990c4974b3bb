import numpy as np
import pytest
from study_builder import table_text

from alsnb.checks import BadInput
from alsnb.imaging.account import Account
from alsnb.imaging.freesurfer import read_freesurfer
from alsnb.imaging.regions import DESIKAN_KILLIANY, DKT, measure_name, region_name, region_of
from alsnb.imaging.settings import ImagingSettings


def table(first, regions, values=(2.5, 2.6), head=1.5e6):
    side, measure = first[:2], first.rpartition(".")[2]
    rows = {
        f"sub-{n}": {f"{side}_{region}_{measure}": value for region in regions} | {"eTIV": head}
        for n, value in enumerate(values)
    }
    return (f"{first}.tsv", table_text(first, rows).encode())


def read(*tables, account=None, **settings):
    account = Account() if account is None else account
    return read_freesurfer(tables, ImagingSettings(**settings), account)


NAMES = {
    "lh_precentral_thickness": "lh_precentral_thickness_mm",
    "rh_WhiteSurfArea_area": "rh_WhiteSurfArea_area_mm2",
    "lh_G_and_S_cingul-Ant_volume": "lh_G_and_S_cingul-Ant_volume_mm3",
    "Left-Thalamus-Proper": "Left-Thalamus_volume_mm3",
    "Left-Thalamus": "Left-Thalamus_volume_mm3",
    "CC_Mid_Anterior": "CC_Mid_Anterior_volume_mm3",
    "EstimatedTotalIntraCranialVol": "eTIV_mm3",
    "TotalGrayVol": "TotalGrayVol_mm3",
    "lh_precentral_meancurv": "",
    "wm-lh-precentral": "",
    "lhSurfaceHoles": "",
    "BrainSegVol-to-eTIV": "",
}


@pytest.mark.parametrize("column", list(NAMES))
def test_columns_get_names_with_units(column):
    assert measure_name(column) == NAMES[column]


def test_regions_have_one_name_in_all_notations():
    for text in ("ctx-lh-precentral", "L_precentral", "lh.precentral", "Left-precentral"):
        assert region_name(text) == "lh_precentral"
    assert region_name("Left-Thalamus-Proper") == "Left-Thalamus"
    assert region_name("Left-Hippocampus") == "Left-Hippocampus"
    assert region_name("R_V1") == "R_V1"
    assert region_of("rh_insula_volume_mm3") == "insula"
    assert region_of("Left-Thalamus_volume_mm3") == ""
    assert (len(DESIKAN_KILLIANY), len(DKT)) == (34, 31)


def test_desikan_killiany_and_tourville_are_told_apart():
    dk = table("lh.aparc.thickness", DESIKAN_KILLIANY)
    dkt = table("lh.aparc.DKTatlas.thickness", DKT, (2.1, 2.2))
    account = Account()
    assert read(dk, dkt, account=account).loc["0", "lh_insula_thickness_mm"] == 2.5
    assert "'dk' is read, not 'dkt'" in account.notes()["note"].iloc[0]
    chosen = read(dk, dkt, atlas="dkt")
    assert chosen.loc["0", "lh_insula_thickness_mm"] == 2.1
    assert "lh_bankssts_thickness_mm" not in chosen
    assert read(dkt).loc["0", "lh_insula_thickness_mm"] == 2.1
    with pytest.raises(BadInput, match="'destrieux', where there are tables of 'dk'"):
        read(dk, atlas="destrieux")


def test_a_whole_table_is_silent_and_one_that_lacks_regions_says_so():
    account = Account()
    read(table("lh.aparc.thickness", DESIKAN_KILLIANY), account=account)
    assert account.notes().empty
    read(table("lh.aparc.thickness", DESIKAN_KILLIANY[1:]), account=account)
    assert "missing: 'bankssts'" in account.notes()["note"].iloc[0]


def joined(*tables, same=False):
    """Lay tables side by side, as ``paste`` does, or with pandas' numbers behind doubled names."""
    columns = [content.decode().split("\n") for _, content in tables]
    lines = ["\t".join(parts) for parts in zip(*columns, strict=True)]
    if same:
        lines[0] = lines[0].replace("eTIV", "eTIV", 1)[::-1].replace("VITe", "1.VITe", 1)[::-1]
    return ("all.tsv", "\n".join(lines).strip().encode())


@pytest.mark.parametrize("numbered", [False, True])
def test_tables_joined_side_by_side_are_as_good_as_single_ones(numbered):
    two = (
        table("lh.aparc.thickness", DESIKAN_KILLIANY),
        table("rh.aparc.volume", DESIKAN_KILLIANY, (5000, 6000)),
    )
    one = read(joined(*two, same=numbered))
    assert one.columns.is_unique
    np.testing.assert_array_equal(one.to_numpy(), read(*two)[one.columns].to_numpy())
    assert one.shape == (2, 69)


def test_tables_joined_with_other_subjects_in_a_row_are_refused():
    left = table("lh.aparc.thickness", DESIKAN_KILLIANY)
    right = table("rh.aparc.thickness", DESIKAN_KILLIANY)
    name, content = right
    head, *rows = content.decode().strip().split("\n")
    turned = (name, "\n".join([head, *rows[::-1], ""]).encode())
    with pytest.raises(BadInput, match=r"line 2.*two subjects in one row"):
        read(joined(left, turned))


def test_a_measure_of_a_region_with_two_numbers_is_refused():
    left = table("lh.aparc.thickness", DESIKAN_KILLIANY)
    other = table("lh.aparc.thickness", DESIKAN_KILLIANY, (2.1, 2.2))
    with pytest.raises(BadInput, match="lh_bankssts_thickness_mm more than once, with different"):
        read(joined(left, other))


def test_a_measure_of_the_head_with_two_numbers_is_noted():
    account = Account()
    found = read(
        table("lh.aparc.thickness", DESIKAN_KILLIANY),
        table("rh.aparc.thickness", DESIKAN_KILLIANY, head=1.6e6),
        account=account,
    )
    assert set(found["eTIV_mm3"]) == {1.5e6}
    assert list(account.audit()["rule"]) == ["two numbers for one measure"] * 2


def test_a_region_without_surface_is_missing_and_counted():
    account = Account()
    first, content = table("lh.aparc.thickness", DESIKAN_KILLIANY)
    lines = content.decode().split("\n")
    lines[1] = lines[1].replace("2.5", "0", 1)
    found = read((first, "\n".join(lines).encode()), account=account)
    assert np.isnan(found.loc["0", "lh_bankssts_thickness_mm"])
    assert list(account.audit()["rule"]) == ["region without surface"]
    assert not account.audit()["left_out"].any()


def test_structures_of_aseg_may_be_zero():
    rows = {"sub-1": {"Left-vessel": 0.0, "Left-Amygdala": 1500.0, "eTIV": 1.5e6}}
    account = Account()
    found = read(("a.tsv", table_text("Measure:volume", rows).encode()), account=account)
    assert found.loc["1", "Left-vessel_volume_mm3"] == 0
    assert not account.problems


def test_tables_of_other_measures_are_noted_and_not_read():
    account = Account()
    rows = {"sub-1": {"Left-Amygdala": 80.0}}
    other = table("lh.aparc.meancurv", DESIKAN_KILLIANY)
    found = read(
        ("mean.tsv", table_text("Measure:mean", rows).encode()),
        (other[0], other[1].replace(b"\teTIV", b"\tx")),
        ("notes.csv", b"who,what\nme,this\n"),
        account=account,
    )
    assert found.empty
    assert len(account.notes()) == 3


@pytest.mark.parametrize(
    ("head", "found"), [(1.5e3, "as if in cm3"), (1.5, "as if in litres"), (1e9, r"1e\+09")]
)
def test_head_sizes_in_other_units_are_a_problem(head, found):
    account = Account()
    read(table("lh.aparc.thickness", DESIKAN_KILLIANY, head=head), account=account)
    assert {problem.rule for problem in account.problems} == {"another unit"}
    assert account.problems[0].found.endswith(found.replace("\\", ""))


def test_missing_cells_and_words_are_a_problem_of_the_subject():
    account = Account()
    first, content = table("lh.aparc.thickness", DESIKAN_KILLIANY)
    read((first, content.replace(b"2.5", b"NaN", 2).replace(b"2.6", b"?", 1)), account=account)
    found = [(p.key, p.rule, p.found) for p in account.problems]
    assert found == [
        ("0", "not a number", "something else, or nothing, in 2 columns"),
        ("1", "not a number", "something else, or nothing, in 1 columns"),
    ]


def test_folders_of_a_machine_are_no_part_of_a_name():
    account = Account()
    first, content = table("lh.aparc.thickness", DESIKAN_KILLIANY)
    content = content.replace(b"sub-0", b"/home/me/fs/sub-0").replace(b"sub-1", b"C:\\fs\\sub-1")
    read((first, content), account=account)
    assert account.names == {"0": "sub-0", "1": "sub-1"}
