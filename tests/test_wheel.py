"""The wheel holds what it needs, and works in an empty folder without a checkout."""

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from alsnb.settings import top_folder

TOP = top_folder()
PATIENTS = "300"

LINES = """
import alsnb

release = alsnb.read_release("twin")
clean = alsnb.clean(release)
cohort = alsnb.select_cohort(clean)
X, catalogue = alsnb.make_features(clean, cohort)
folds = alsnb.make_folds(cohort, n_folds=2, seed=1)
models = {
    "forest": alsnb.models.Forest(n_trees=5),
    "ffnn": alsnb.models.FFNN(n_networks=1, n_epochs=2),
}
predictions = alsnb.cross_validate(models, X, cohort.slope, folds, seed=1)
alsnb.score(predictions, ["rmsd", "r2"])
alsnb.compare(predictions, reference="forest")
alsnb.plot.estimates(alsnb.score(predictions), "rmsd")
print(alsnb.__file__)
"""

pytestmark = pytest.mark.slow


def run(*words, **how):
    said = subprocess.run(list(map(str, words)), capture_output=True, text=True, **how)
    assert said.returncode == 0, said.stdout + said.stderr
    return said.stdout


def tracked():
    """Return the files of the package that git knows, from the top folder."""
    names = run("git", "-C", TOP, "ls-files", "--cached", "--others", "--exclude-standard", "alsnb")
    return [name for name in names.split("\n") if (TOP / name).is_file()]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The built wheel; in a copy, so that nothing is left in the checkout."""
    if not (TOP / ".git").exists():
        pytest.skip("what belongs to the package is asked of git")
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in [*tracked(), "pyproject.toml", "README.md", "LICENSE"]:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(TOP / name, source / name)
    build = f"from setuptools import build_meta; build_meta.build_wheel({str(out)!r})"
    run(sys.executable, "-c", build, cwd=source)
    (file,) = out.glob("*.whl")
    return file


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The folder of a fresh environment with the wheel, which borrows all other packages."""
    home = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", "--without-pip", home)
    python = home / "bin" / "python"
    site = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    # lines of a .pth file come behind what is installed; those of the folders they name count not
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


@pytest.fixture(scope="module")
def typed(installed, tmp_path_factory):
    """Run Python in an empty folder, outside of any checkout, with a cache folder of its own."""
    folder, cache = tmp_path_factory.mktemp("empty"), tmp_path_factory.mktemp("cache")
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("ALSNB", "PYTHON"))}
    environment = kept | {"XDG_CACHE_HOME": str(cache), "MPLBACKEND": "agg", "ALSNB_CORES": "1"}

    def type_in(*words):
        return run(installed, *words, cwd=folder, env=environment)

    type_in.cache = cache
    return type_in


def command(*words):
    return ("-c", "import sys; from alsnb.cli import main; main()", *words)


def test_the_wheel_holds_the_files_of_the_package_and_not_the_rooms_of_the_book(wheel):
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    expected = {name for name in tracked() if not name.startswith("alsnb/lessons/")}
    assert held == expected


def test_commands_and_the_front_door_work_in_an_empty_folder(typed):
    typed(*command("simulate", "twin", "--patients", PATIENTS, "--seed", "1"))
    assert "alsfrs" in typed(*command("check", "twin"))
    assert "Written to" in typed(*command("cohort", "twin", "--out", "cohort"))
    fidelity = typed("-c", FIDELITY)
    assert "verdict" in fidelity
    where = Path(typed("-c", LINES).strip())
    assert TOP not in where.parents
    # what is stored lies in the user's cache folder
    assert list(typed.cache.glob("alsnb/*"))


FIDELITY = """
import sys
from alsnb.cli import main
sys.argv = ["alsnb", "fidelity", "twin", "--profile", "smoke", "--json"]
try:
    main()
except SystemExit as end:
    # so small a twin may lie outside a tolerance, which is 1; 2 would be a failure
    assert end.code in (0, 1, None), end.code
"""


def test_the_books_commands_ask_for_a_checkout(typed):
    with pytest.raises(AssertionError, match="expected a checkout of the project"):
        typed(*command("run", "--list"))
