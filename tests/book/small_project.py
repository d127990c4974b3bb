"""A small project of two chapters in a folder of its own, run by the library as it is now."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from alsnb.settings import top_folder

CONTENTS = """\
format: jb-book
root: index
chapters:
  - file: 01-first
  - file: 02-second
"""

HEADER = """\
---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {name: python3, display_name: Python 3}
alsnb: {data: [], minutes: 0.1}
---
"""

FIRST = (
    HEADER
    + """\
# First

```{code-cell}
:tags: [parameters]
profile: str = "book"  # how much is computed: smoke, book or full
seed: int = 1  # seed of the draws
rate: float = 0.5  # a number
word: str = "a"  # a word
strict: bool = False  # a switch
```

```{code-cell}
from pathlib import Path
import pandas as pd
from matplotlib import pyplot
from alsnb.book.page import Page
from alsnb.toy import double
page = Page(globals(), "01-first")
Path("executed.txt").open("a").write("01-first\\n");
```

```{code-cell}
:tags: [remove-output]
page.note("doubled", double(seed), ".1f", spread=0.5)
frame = pd.DataFrame({"model": ["a|b", "mean"], "x": [1 / 3, seed], "n": [5, None]})
page.table("toy", frame, spread=frame.assign(x=0.25, n=None))
figure, axes = pyplot.subplots()
axes.plot([0, seed])
page.figure("line", figure, f"A line up to {seed}.")
```

The value is {glue:text}`doubled`, as an old sentence says.

```{glue:figure} line
:name: fig-line
An old caption.
```

:::{table} A table
:name: tbl-toy

```{glue:md} toy
:format: gfm
```
:::
"""
)

SECOND = (
    HEADER
    + """\
# Second

```{code-cell}
from pathlib import Path
Path("executed.txt").open("a").write("02-second\\n");
```

```{code-cell}
1 + 1
```
"""
)


@dataclass
class Project:
    """A copy of the project with a book of two small chapters."""

    top: Path

    def run(self, *command: str, **options: object) -> subprocess.CompletedProcess:
        """Run a command in the top folder and return what it said."""
        return subprocess.run(command, **(self.surroundings() | options))

    def surroundings(self) -> dict:
        """Where and how a command runs: in the top folder, with the copied library first."""
        paths = {"PYTHONPATH": str(self.top), "ALSNB_STORE": str(self.top / "_store")}
        scripts = Path(sys.executable).parent
        environment = os.environ | paths | {"PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"}
        for name in ("ALSNB_PROFILE", "PYTEST_CURRENT_TEST"):
            # with the second, kernels would not listen to file descriptors
            environment.pop(name, None)
        return {
            "cwd": self.top,
            "env": environment,
            "text": True,
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.STDOUT,
            "timeout": 300,
        }

    def alsnb(self, *words: str) -> subprocess.CompletedProcess:
        """Run the command ``alsnb`` of the copied library."""
        return self.run(sys.executable, "-c", "from alsnb.cli import main; main()", *words)

    def executed(self) -> list[str]:
        """Return the chapters that were executed so far, however they were started."""
        log = self.top / "executed.txt"
        return log.read_text().splitlines() if log.exists() else []

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace text in a file."""
        text = (self.top / name).read_text()
        assert old in text
        (self.top / name).write_text(text.replace(old, new, 1))


def write_project(top: Path) -> Project:
    """Write the small project into a new folder."""
    top.mkdir(parents=True)
    leave = shutil.ignore_patterns("__pycache__")
    shutil.copytree(top_folder() / "alsnb", top / "alsnb", ignore=leave)
    (top / "alsnb" / "toy.py").write_text("def double(x):\n    return 2 * x\n")
    for name in ("_config.yml", "pyproject.toml", "requirements.lock"):
        shutil.copy(top_folder() / name, top)
    (top / "_toc.yml").write_text(CONTENTS)
    (top / "book").mkdir()
    (top / "book" / "_toc.yml").symlink_to("../_toc.yml")
    shutil.copy(top_folder() / "book" / "references.bib", top / "book")
    (top / "book" / "index.md").write_text("# Small\n\nA small book.\n")
    (top / "book" / "01-first.md").write_text(FIRST)
    (top / "book" / "02-second.md").write_text(SECOND)
    return Project(top)
