"""Say where the tables of a release came from."""

import hashlib

import numpy as np
import pyarrow as pa

from alsnb.tables.proact.release import Release
from alsnb.tables.source import Source


def digest_of(content: pa.Buffer) -> str:
    """Return the SHA-256 of a file's bytes."""
    return hashlib.sha256(content).hexdigest()


def source_of(
    release: Release, digests: dict[str, str], notes: list[tuple], subjects: list[np.ndarray]
) -> Source:
    """Return where the tables came from; the digest is the same for a folder and its zip."""
    parts = "".join(f"{name}:{digests[name]}\n" for name in sorted(digests))
    simulated = "simulated: no patient behind any row"
    behind = simulated if release.simulated else "the reader's own download"
    return Source(
        name=f"proact{release.name.lower()}",
        kind="simulated" if release.simulated else "user",
        title=f"PRO-ACT, release {release.name}, {behind}",
        n_patients=len(np.unique(np.concatenate(subjects))) if subjects else 0,
        sha256=hashlib.sha256(parts.encode()).hexdigest(),
        citations=("kueffner2015",),
        file_name=release.path.name.rpartition("\\")[2],
        notes=tuple(f"{table}: {note}" if table else note for table, note, _ in notes),
    )
