"""Where things are kept, in a checkout and without one."""

import pytest

from alsnb import settings


@pytest.fixture
def top(monkeypatch, tmp_path):
    """The folder that the package seems to lie in; nothing else says where the store is."""
    monkeypatch.delenv("ALSNB_STORE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(settings, "top_folder", lambda: tmp_path / "top")
    (tmp_path / "top").mkdir()
    return tmp_path / "top"


def test_in_a_checkout_store_and_data_lie_beside_the_book(top):
    (top / "book").mkdir()
    (top / "_toc.yml").touch()
    assert settings.store_folder() == top / "_store"
    assert settings.data_folder() == top / "data"


def test_without_a_checkout_the_store_is_in_the_users_cache_folder(top, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert settings.store_folder() not in (top / "_store", top)
    assert settings.store_folder().name == "alsnb"
    assert top not in settings.store_folder().parents
    assert settings.data_folder() == tmp_path / "data"


def test_a_named_store_comes_first(top, monkeypatch):
    monkeypatch.setenv("ALSNB_STORE", str(top / "mine"))
    assert settings.store_folder() == top / "mine"


def test_without_a_lock_file_other_packages_are_another_environment(top, monkeypatch):
    before = settings.environment_digest()
    assert settings.environment_digest() == before
    monkeypatch.setattr(settings, "version", lambda name: "0.0.1")
    assert settings.environment_digest() != before
