"""Damages of the place: zips, folders, links and names of files."""

import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

from alsnb.synthetic.damage.kinds import ALSFRS, LABS, Files, add_path
from alsnb.synthetic.damage.small_release import small_release, write

# --- places ------------------------------------------------------------------------------


def _zip_bytes(files: Files, prefix: str = "") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            # always of the same day, so that the same damage is the same bytes
            member = zipfile.ZipInfo(prefix + name, (2022, 7, 29, 0, 0, 0))
            archive.writestr(member, text, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _placed(name: str, content: Callable[[], bytes], file: str = "release.zip", **end: str) -> None:
    def make(folder: Path) -> Path:
        write(folder, {file: content()})
        return folder / file

    add_path(name, make, **end)


def _link(folder: Path, target: Path, name: str) -> Path:
    write(folder, dict(small_release()))
    # not the whole path: the release may be moved
    os.symlink(os.path.relpath(target, folder), folder / name)
    return folder


def _only(path: Path) -> Path:
    path.mkdir(parents=True)
    return path


def _damaged_member() -> bytes:
    content = bytearray(_zip_bytes(small_release()))
    content[300:330] = bytes(30)
    return bytes(content)


_placed("a zip", lambda: _zip_bytes(small_release()), told="can be built")
_placed("a zip of a folder", lambda: _zip_bytes(small_release(), "a/b/"), told="can be built")
_placed(
    "a zip in a zip", lambda: _zip_bytes({"in/x.zip": _zip_bytes(small_release())}), told="can be"
)
_placed("a cut zip", lambda: _zip_bytes(small_release())[:3000], refused="a zip that is cut")
_placed("a damaged zip", _damaged_member, refused="PROACT_ALSFRS.csv")


def _damaged_unused_member() -> bytes:
    content = bytearray(_zip_bytes({"PROACT_CONMEDS.csv": "subject_id\n" * 99} | small_release()))
    content[50:60] = bytes(10)
    return bytes(content)


_placed("a zip damaged in an unused table", _damaged_unused_member, told="cannot be counted")
add_path(
    "a broken zip beside a good one",
    lambda f: write(f, {"a.zip": b"PK", "b.zip": _zip_bytes(small_release())}),
    told="can be built",
)
add_path("a broken zip alone", lambda f: write(f, {"a.zip": b"PK"}), refused="damaged or cut")
_placed("an empty zip", lambda: _zip_bytes({}), refused="the ALSFRS table")
_placed("zip slip", lambda: _zip_bytes(small_release(), "../../"), refused="lead out of its folder")
_placed(
    "zip slip beside",
    lambda: _zip_bytes(small_release() | {"../../evil.csv": "x", "/etc/alsfrs.csv": "y"}),
    told="lead out of its folder",
)
_placed(
    "a zip of a Mac",
    lambda: _zip_bytes(small_release() | {"__MACOSX/._PROACT_ALSFRS.csv": "x", ".DS_Store": "y"}),
    told="can be built",
)
_placed(
    "one table", lambda: small_release()[ALSFRS].encode(), file=ALSFRS, refused="a folder or a zip"
)
add_path(
    "a zip in a folder", lambda f: write(f, {"x.zip": _zip_bytes(small_release())}), told="can be"
)
add_path(
    "two zips in a folder",
    lambda f: write(
        f, {"x.zip": _zip_bytes(small_release()), "y.zip": _zip_bytes(small_release(seed=1))}
    ),
    refused="2 zips",
)
add_path(
    "deep folders",
    lambda f: write(f / "1" / "2" / "3", dict(small_release())).parents[2],
    told="can be built",
)
add_path("no such path", lambda f: f / "nowhere", refused="no such path")
add_path("an empty folder", lambda f: _only(f / "empty"), refused="the ALSFRS table")
add_path(
    "a folder named like a table", lambda f: _only(f / ALSFRS).parent, refused="the ALSFRS table"
)
add_path(
    "two files of a table",
    lambda f: write(f, small_release() | {"old/PROACT_LABS.csv": small_release()[LABS]}),
    told="2 files of this table",
)
add_path(
    "two files of a table that differ",
    lambda f: write(f, small_release() | {"PROACT_LABS.txt": small_release(seed=1)[LABS]}),
    refused="'PROACT_LABS.csv', 'PROACT_LABS.txt'",
)
add_path(
    "two files of an unused table",
    lambda f: write(f, small_release() | {"ConMeds.csv": "subject_id\n"}),
    told="2 files of this table",
)
add_path("a link in a circle", lambda f: _link(f / "a", f / "a", "again"), told="can be built")
add_path("a link to nothing", lambda f: _link(f / "a", f / "b", "PROACT_notes.csv"), told="can be")
add_path(
    "names of 2016 in capitals",
    lambda f: write(
        f, {name.upper(): text for name, text in small_release(release="2016").items()}
    ),
    told="2016",
)
add_path(
    "names with a date",
    lambda f: write(f, {"2022_07_29_" + name: text for name, text in small_release().items()}),
    told="2022",
)
add_path("release F", lambda f: write(f, dict(small_release(release="F"))), told="release F")
add_path(
    "prefixes mixed",
    lambda f: write(
        f, {n.replace("PROACT_", "") if "VIT" in n else n: t for n, t in small_release().items()}
    ),
    told="2022",
)
add_path(
    "unicode names",
    lambda f: write(
        f / "d\u00f6nn\u00e9es \U0001f4c1", small_release() | {"\u00fcbersicht <i>.txt": "x"}
    ),
    told="can be built",
)
add_path(
    "a name that is not UTF-8",
    lambda f: write(f / os.fsdecode(b"d\xff"), dict(small_release())),
    told="can be built",
)
add_path(
    "other files beside",
    lambda f: write(f, small_release() | {"readme.txt": "x", "dictionary.pdf": b"%PDF"}),
    told="can be built",
)
add_path(
    "the layout of 2015",
    lambda f: write(f, {"all_forms_PROACT_training.txt": "SubjectID|form_name\n"}),
    refused="2015 challenge",
)
add_path(
    "spreadsheets",
    lambda f: write(f, {"PROACT_ALSFRS.xlsx": b"PK\x03\x04" + bytes(99)}),
    refused="spreadsheet",
)
