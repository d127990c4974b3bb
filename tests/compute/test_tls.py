"""Work goes to a cluster whose every connection is encrypted, and to nobody else."""

import shutil
import subprocess
import sys

import cloudpickle
import dask
import pytest

from alsnb.checks import BadInput
from alsnb.compute import cluster
from alsnb.compute.sharing import SCHEDULER_VARIABLE, check_scheduler, share

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl to make certificates"),
]
cloudpickle.register_pickle_by_value(sys.modules[__name__])

PARTS = ("client", "scheduler", "worker")


def certify(folder, name):
    """Make a throw-away certificate that vouches for itself; return it and its key."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    files = ["-keyout", str(key), "-out", str(certificate), "-days", "2", "-subj", f"/CN={name}"]
    subprocess.run(["openssl", *words, *files], check=True, capture_output=True)
    return str(certificate), str(key)


def settings_of(certificate, key):
    """Return Dask's settings for all three parts, by name."""
    own = {
        f"{part}.{what}": p for part in PARTS for what, p in (("cert", certificate), ("key", key))
    }
    return {
        f"distributed.comm.tls.{name}": p for name, p in {"ca-file": certificate, **own}.items()
    }


def variables_of(settings):
    """Return the same as variables of the environment, as README says."""
    names = (name.upper().replace(".", "__").replace("-", "_") for name in settings)
    return dict(zip((f"DASK_{name}" for name in names), settings.values(), strict=True))


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory, start_cluster):
    """The address of a cluster that speaks TLS only, and the settings to reach it."""
    folder = tmp_path_factory.mktemp("tls")
    settings = settings_of(*certify(folder, "ours"))
    variables = variables_of(settings) | {"DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION": "True"}
    with dask.config.set(settings), start_cluster(folder, "tls", **variables) as address:
        yield address, settings


def double(number):
    return 2 * number


def test_work_goes_there_and_comes_back(encrypted, monkeypatch):
    address, settings = encrypted
    assert address.startswith("tls://")
    monkeypatch.setenv(SCHEDULER_VARIABLE, address)
    with dask.config.set(settings):
        assert check_scheduler(address) == 2
        assert list(share(double, [{"number": n} for n in range(4)])) == [0, 2, 4, 6]


@pytest.mark.parametrize("who", ["somebody without certificate", "somebody with another one"])
def test_nobody_else_gets_in_and_a_sentence_says_what_to_do(encrypted, who, tmp_path, monkeypatch):
    address, settings = encrypted
    monkeypatch.setattr(cluster, "SECONDS_TO_CONNECT", 2)
    others = dict.fromkeys(settings)
    if "another" in who:
        others = settings_of(*certify(tmp_path, "stranger"))
    with dask.config.set(others), pytest.raises(BadInput, match="CA_FILE") as refusal:
        check_scheduler(address)
    assert "expected an address where one answers" in str(refusal.value)


def test_without_encryption_there_is_no_answer(encrypted, monkeypatch):
    monkeypatch.setattr(cluster, "SECONDS_TO_CONNECT", 2)
    with pytest.raises(BadInput, match="scheduler"):
        check_scheduler(encrypted[0].replace("tls://", "tcp://"))
