import pytest

from alsnb.synthetic.draw import draw_world
from alsnb.synthetic.write import write_release

N_PATIENTS = 1600

FILES = {
    "alsfrs": ("alsfrs.csv", "ALSFRS"),
    "fvc": ("Fvc.csv", "FVC"),
    "svc": ("Svc.csv", "SVC"),
    "vitals": ("VitalSigns.csv", "VITALSIGNS"),
    "labs": ("Labs.csv", "LABS"),
    "demographics": ("demographics.csv", "DEMOGRAPHICS"),
    "history": ("AlsHistory.csv", "ALSHISTORY"),
    "riluzole": ("Riluzole.csv", "RILUZOLE"),
    "treatment": ("Treatment.csv", "TREATMENT"),
    "death": ("DeathData.csv", "DEATHDATA"),
    "family": ("FamilyHistory.csv", "FAMILYHISTORY"),
    "adverse_events": ("AdverseEvents.csv", "ADVERSEEVENTS"),
    "medication": ("ConMeds.csv", "CONMEDS"),
}
"""How a stranger finds the files of the release of 2016, and of the others."""

LATER = {"el_escorial": "ELESCORIAL", "grip": "HANDGRIPSTRENGTH", "strength": "MUSCLESTRENGTH"}


class Releases(dict):
    """The paths of a release by table, as a stranger has them; written when it is asked for."""

    def __init__(self, factory):
        super().__init__()
        self.factory = factory

    def __missing__(self, release):
        folder = self.factory.mktemp(f"release_{release}")
        write_release(draw_world(N_PATIENTS, release=release, seed=7), folder)
        prefix = {"2022": "PROACT_", "F": "F_PROACT_"}.get(release)
        if prefix is None:
            paths = {table: folder / old for table, (old, _) in FILES.items()}
        else:
            names = {table: new for table, (_, new) in FILES.items()} | LATER
            paths = {table: folder / f"{prefix}{name}.csv" for table, name in names.items()}
        normal = "Subject_Normal" if release == "2016" else "subject_normal"
        self[release] = paths | {"n": N_PATIENTS, "normal": normal}
        return self[release]


@pytest.fixture(scope="session")
def releases(tmp_path_factory):
    return Releases(tmp_path_factory)
