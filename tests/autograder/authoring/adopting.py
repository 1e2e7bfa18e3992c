"""Other courses' folders, and the command that adopts them."""

import shutil

from autograder import cli
from autograder.course.course import Course
from tests.conftest import ROOT, notebook

GUIDE = "docs/moving.md"
DOUBLE = ("double", "solution", "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n"
          "    ### END SOLUTION")  # fmt: skip
TEST = ("double-test", "test", "assert double(3) == 6 and double(4) == 8")
SPOILT = ("spoilt-test", "test", "double(3) == 6")


def empty_course(root, monkeypatch):
    root.mkdir()
    shutil.copy(ROOT / "nbgrader_config.py", root)
    monkeypatch.chdir(root)
    return Course(root)


def run(capsys, *arguments):
    """A command's exit status, and what it printed."""
    status = cli.main([str(argument) for argument in arguments])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def other(folder, *cells, file="hw.ipynb"):
    """Another course's assignment of today's nbgrader."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / file).write_bytes(notebook(list(cells or (DOUBLE, TEST))))
    return folder


def rows(printed):
    """The table: by its columns, a list for each row."""
    lines = printed.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("cell "))
    columns = [0, *(lines[start].index(word) for word in ("line", "kind", "what to do"))]
    table: list[list[str]] = []
    for line in lines[start + 1 :]:
        if not line:
            return table
        parts = [line[a:b].strip() for a, b in zip(columns, [*columns[1:], None], strict=True)]
        if parts[0]:
            table.append(parts)
        else:
            table[-1][3] += f" {parts[3]}"
    return table


def everything(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
