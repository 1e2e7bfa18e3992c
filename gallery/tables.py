"""The tables of lectures on the start page and in README.md, made from lectures/lectures.toml.

`make tables` writes them; a test looks whether they are what it would write.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import nbformat

ROOT = Path(__file__).parent.parent
START_PAGE = ROOT / "lectures" / "00-start.ipynb"
README = ROOT / "README.md"
CELL = "lectures"  # of the start page
MARKS = r"(<!-- lectures -->\n).*?(<!-- end -->)"


def lectures() -> list[dict[str, Any]]:
    """number, title, about, and `file` where the lecture is there."""
    return tomllib.loads((ROOT / "lectures" / "lectures.toml").read_text())["lecture"]


def table(folder: str = "") -> str:
    """A row for each lecture, with a link where it is there; `folder` leads to the lectures."""
    plan = lectures()
    there = sum("file" in lecture for lecture in plan)
    rows = [_row(lecture, folder) for lecture in plan]
    so_far = f"So far {there} of {len(plan)}; the others follow as they are finished."
    return "\n".join([so_far, "", "| | |", "| ---: | --- |", *rows])


def _row(lecture: dict[str, Any], folder: str) -> str:
    title, about = lecture["title"], lecture["about"]
    if "file" in lecture:
        return f"| {lecture['number']} | **[{title}]({folder}{lecture['file']})**: {about} |"
    return f"| {lecture['number']} | {title} *(planned)*: {about} |"


def start_page() -> str:
    """The start page with its table as it should be."""
    notebook = nbformat.reads(START_PAGE.read_text(), as_version=4)
    [cell] = [cell for cell in notebook.cells if cell.id == CELL]
    cell.source = f"## Lectures\n\n{table()}"
    return nbformat.writes(notebook) + "\n"


def readme() -> str:
    """README.md with its table as it should be."""
    return re.sub(MARKS, rf"\1{table('lectures/')}\n\2", README.read_text(), flags=re.DOTALL)


if __name__ == "__main__":
    START_PAGE.write_text(start_page())
    README.write_text(readme())
