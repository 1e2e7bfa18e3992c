"""The tables of lectures on the start page and in README.md, made from lectures/lectures.toml.

`make tables` writes them; a test looks whether they are what it would write.
"""

from __future__ import annotations

import re
from pathlib import Path

import nbformat

from cnnkit.lesson.course import Entry, entries

ROOT = Path(__file__).parent.parent
START_PAGE = ROOT / "lectures" / "00-start.ipynb"
README = ROOT / "README.md"
CELL = "lectures"  # of the start page
MARKS = r"(<!-- lectures -->\n).*?(<!-- end -->)"


def table(folder: str = "") -> str:
    """The lectures that are there, with links through `folder`, and, folded, those to come."""
    plan = entries(ROOT / "lectures")
    planned = [lecture for lecture in plan if not lecture.file]
    return "\n".join(
        [
            *_rows([lecture for lecture in plan if lecture.file], folder),
            "",
            f"<details>\n<summary>{len(planned)} more are planned</summary>\n",
            *_rows(planned, folder),
            "\n</details>",
        ]
    )


def _rows(chosen: list[Entry], folder: str) -> list[str]:
    rows = ["| | | |", "| ---: | --- | --- |"]
    for lecture in chosen:
        name = f"**[{lecture.title}]({folder}{lecture.file})**" if lecture.file else lecture.title
        rows.append(f"| {lecture.number} | {name} | {lecture.about} |")
    return rows


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
