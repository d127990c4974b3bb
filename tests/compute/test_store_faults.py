"""What the system will not do with the store is told in a sentence, and harms no result."""

import errno

import pandas as pd
import pytest

from alsnb.checks import BadInput
from alsnb.compute import contents, store
from alsnb.compute.digests import digest


def frame_of(number):
    return pd.DataFrame({"number": [number]})


@pytest.fixture
def entry(store_of_its_own):
    return store.Entry("results", "numbers", digest("numbers"))


def test_a_store_that_is_a_file_is_refused_by_all_that_use_it(monkeypatch, tmp_path, entry):
    (tmp_path / "taken").write_text("mine", encoding="utf-8")
    monkeypatch.setenv("ALSNB_STORE", str(tmp_path / "taken"))
    uses = [
        contents.entries,
        contents.empty,
        lambda: store._recall(entry, lambda: frame_of(1)),
        lambda: store.keep_frame(entry, frame_of(1), seconds=0.0),
    ]
    for use in uses:
        with pytest.raises(
            BadInput, match=r"The store of results: .* found a file in the place"
        ) as e:
            use()
        assert str(tmp_path) not in str(e.value)
    assert (tmp_path / "taken").read_text(encoding="utf-8") == "mine"


def test_a_store_that_is_not_there_is_empty(monkeypatch, tmp_path):
    monkeypatch.setenv("ALSNB_STORE", str(tmp_path / "none"))
    assert contents.entries().empty


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (errno.ENOSPC, r"a disk without room\. Make room on it"),
        (errno.EROFS, "a disk that can only be read"),
        (errno.EACCES, "no permission"),
        (12345, "a failure of the disk or the system"),
    ],
)
def test_what_cannot_be_stored_is_told_and_leaves_nothing(monkeypatch, entry, number, told):
    def fail(self, *args, **kwargs):
        raise OSError(number, "words of the system", None)

    with monkeypatch.context() as patch:
        patch.setattr(pd.DataFrame, "to_parquet", fail)
        with pytest.raises(BadInput, match=told):
            store._recall(entry, lambda: frame_of(1))
    assert not entry.exists()
    assert store._recall(entry, lambda: frame_of(2))["number"].item() == 2


def test_a_result_is_read_from_a_store_that_cannot_be_written(monkeypatch, entry):
    store.keep_frame(entry, frame_of(3), seconds=0.0)

    def fail(*args, **kwargs):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("pathlib.Path.mkdir", fail)
    monkeypatch.setattr("os.mkdir", fail)
    assert store._recall(entry, lambda: frame_of(4))["number"].item() == 3


def test_an_error_about_a_file_elsewhere_is_none_of_the_store(entry):
    def look_elsewhere():
        raise FileNotFoundError(errno.ENOENT, "No such file", "/elsewhere/table.csv")

    with pytest.raises(FileNotFoundError):
        store._recall(entry, look_elsewhere)
