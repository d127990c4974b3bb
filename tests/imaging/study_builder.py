"""Write small imaging studies, file by file, as the field's programs would."""

import numpy as np

REGIONS = ("bankssts", "precentral", "insula")
LABELS = tuple(f"{side}_{region}" for side in ("lh", "rh") for region in REGIONS)
MEASURES = {"thickness": 2.5, "area": 2000.0, "volume": 6000.0}


class Study:
    """What stands in the files of a study; change it, then write it."""

    def __init__(self, n=12, seed=0):
        rng = np.random.default_rng(seed)
        self.subjects = [f"sub-{number + 1:02}" for number in range(n)]
        self.participants = {
            name: {
                "group": "als" if number % 3 else "control",
                "age_years": f"{50 + number % 30}",
                "sex": "female" if number % 2 else "male",
                "onset_to_scan_months": "10",
                "onset_to_death_or_censoring_months": f"{15 + 5 * number}",
                "died": "yes",
            }
            for number, name in enumerate(self.subjects)
        }
        self.tables = {
            f"{side}.aparc.{measure}": {
                name: {
                    f"{side}_{region}_{measure}": typical * rng.uniform(0.9, 1.1)
                    for region in REGIONS
                }
                | {"eTIV": 1.5e6}
                for name in self.subjects
            }
            for side in ("lh", "rh")
            for measure, typical in MEASURES.items()
        }
        self.tables["Measure:volume"] = {
            name: {
                "Left-Thalamus-Proper": 7000.0,
                "5th-Ventricle": 0.0,
                "EstimatedTotalIntraCranialVol": 1.5e6,
            }
            for name in self.subjects
        }
        self.matrices = {name: symmetric(len(LABELS), rng) for name in self.subjects}
        self.labels = LABELS
        self.files = {}

    def write(self, folder):
        (folder / "freesurfer").mkdir(parents=True)
        (folder / "connectomes").mkdir()
        columns = list(next(iter(self.participants.values())))
        lines = ["\t".join(["participant_id", *columns])]
        lines += ["\t".join([name, *row.values()]) for name, row in self.participants.items()]
        (folder / "participants.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        for first, rows in self.tables.items():
            file = folder / "freesurfer" / f"{first.replace(':', '.')}.tsv"
            file.write_text(table_text(first, rows), encoding="utf-8")
        for name, matrix in self.matrices.items():
            np.savetxt(folder / "connectomes" / f"{name}_connectome.csv", matrix, "%g", ",")
        if self.labels:
            text = "label\n" + "\n".join(self.labels) + "\n"
            (folder / "connectomes" / "labels.csv").write_text(text, encoding="utf-8")
        for name, content in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return folder


def table_text(first, rows):
    columns = list(next(iter(rows.values())))
    lines = ["\t".join([first, *columns])]
    lines += ["\t".join([name, *(f"{x:g}" for x in row.values())]) for name, row in rows.items()]
    return "\n".join(lines) + "\n"


def symmetric(n, rng):
    half = np.triu(rng.integers(0, 50, (n, n)), 1).astype(float)
    half[0, 1] = 7
    return half + half.T
