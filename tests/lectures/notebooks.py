"""The course's notebooks, as their tests read them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import nbformat

from tests.conftest import ROOT

FOLDER = ROOT / "lectures"
LECTURES = sorted(FOLDER.glob("*.ipynb"))
SECONDS = 60  # in which a lecture runs on 2 cores
PLAN = tomllib.loads((FOLDER / "lectures.toml").read_text())["lecture"]


def text_cells(path: Path) -> list[str]:
    """The sources of a notebook's Markdown cells."""
    notebook = nbformat.read(path, as_version=4)
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


def sections(path: Path) -> set[int]:
    """The numbers of a notebook's sections: of its headings "## 4. Differences"."""
    texts = "\n".join(text_cells(path))
    return {int(number) for number in re.findall(r"^## (\d+)\. ", texts, re.M)}


def formulas(path: Path) -> list[str]:
    """The TeX between a notebook's dollars; code is no formula."""
    text = re.sub(r"```.*?```|`[^`]*`", "", "\n\n".join(text_cells(path)), flags=re.DOTALL)
    return [block or inline for block, inline in re.findall(r"\$\$(.+?)\$\$|\$(.+?)\$", text, re.S)]
