"""Take the tables, figures, numbers and sources out of an executed notebook."""

import base64
import io
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import pandas as pd
from nbformat import NotebookNode

from alsnb.compute.files import write_atomically


@dataclass
class Shown:
    """What one executed chapter shows, by name.

    ``values`` hold ``raw``, ``text`` and ``spread``; ``tables`` are exact, as CSV, and ``spreads``
    the seed-to-seed standard deviations of their cells; ``figures`` hold ``svg``, ``png`` and
    ``alt``; ``sources`` are the facts of every data set the chapter said it is built on.
    """

    values: dict[str, dict] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)
    spreads: dict[str, str] = field(default_factory=dict)
    figures: dict[str, dict] = field(default_factory=dict)
    sources: list[dict] = field(default_factory=list)


def unpack(notebook: NotebookNode) -> Shown:
    """Return what an executed notebook shows."""
    shown = Shown()
    for output in (output for cell in notebook.cells for output in cell.get("outputs", ())):
        facts = output.get("metadata", {}).get("alsnb", {})
        if "value" in facts:
            shown.values[facts["value"]] = {key: facts[key] for key in ("raw", "text", "spread")}
        elif "table" in facts:
            shown.tables[facts["table"]] = output["data"]["text/csv"]
            if facts["spread"] is not None:
                shown.spreads[facts["table"]] = facts["spread"]
        elif "figure" in facts:
            shown.figures[facts["figure"]] = _figure(output["data"], facts["alt"])
        elif "source" in facts:
            shown.sources.append(dict(facts["source"]))
    return shown


def _figure(data: dict, alt: str) -> dict:
    png = base64.b64decode(data["image/png"])
    return {"svg": data["image/svg+xml"].encode(), "png": png, "alt": alt}


def noise(notebook: NotebookNode) -> str:
    """Return what the notebook's cells wrote to the error stream; it should be nothing."""
    said = []
    for cell in notebook.cells:
        streams = [o for o in cell.get("outputs", ()) if o.output_type == "stream"]
        text = "".join(stream.text for stream in streams if stream.name == "stderr")
        if text:
            said.append(f"cell {cell.execution_count} wrote to the error stream:\n{text}")
            said.append(f"In the cell\n{cell.source}")
    return "\n\n".join(said)


def write_files(shown: Shown, folder: Path) -> None:
    """Write tables and figures below a folder, each file whole or not at all."""
    for kind in ("tables", "figures"):
        (folder / kind).mkdir(parents=True, exist_ok=True)
    for name, text in shown.tables.items():
        write_atomically(folder / "tables" / f"{name}.csv", text)
    for name, figure in shown.figures.items():
        write_atomically(folder / "figures" / f"{name}.svg", figure["svg"])
        write_atomically(folder / "figures" / f"{name}.png", figure["png"])


def read_notebook(path: Path) -> NotebookNode:
    """Read an executed notebook."""
    return nbformat.read(path, as_version=4)


def as_frame(text: str) -> pd.DataFrame:
    """Return a table kept as CSV as a frame."""
    return pd.read_csv(io.StringIO(text))
