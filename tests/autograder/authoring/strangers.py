"""Three assignments as other courses have them, each with what stock nbgrader gives for some
answers: `nbgrader generate_assignment` and `autograde`, 0.9.6, called once by hand."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
FLAGS = {
    "solution": {"grade": False, "solution": True, "locked": False},
    "test": {"grade": True, "solution": False, "locked": True},
    "locked": {"grade": False, "solution": False, "locked": True},
    "manual": {"grade": True, "solution": True, "locked": False},
}


@dataclass(frozen=True)
class Stranger:
    """`answers`: by student, what to write otherwise in which cell; `stock`: by student, the points
    of each test."""

    cells: tuple[tuple[str, str, str, float], ...]  # id, kind, source, points
    schema: int
    minor: int  # of the notebook format 4
    answers: dict[str, dict[str, str]]
    stock: dict[str, dict[str, float]]
    files: dict[str, str] = field(default_factory=dict)

    def notebook(self) -> dict[str, Any]:
        """As its course has it: cells without ids, settings of an older nbgrader."""
        made = [self._cell(*cell) for cell in self.cells]
        return {
            "cells": made,
            "metadata": {"kernelspec": KERNEL},
            "nbformat": 4,
            "nbformat_minor": self.minor,
        }

    def _cell(self, grade_id: str, kind: str, source: str, points: float) -> dict[str, Any]:
        metadata: dict[str, Any] = {}
        if kind in FLAGS:
            metadata["nbgrader"] = {"grade_id": grade_id, **FLAGS[kind]}
            if self.schema:
                metadata["nbgrader"]["schema_version"] = self.schema
            if FLAGS[kind]["grade"]:
                metadata["nbgrader"]["points"] = points
        if kind in ("words", "manual"):
            return {"cell_type": "markdown", "metadata": metadata, "source": source}
        return {
            "cell_type": "code",
            "metadata": metadata,
            "source": source,
            "outputs": [],
            "execution_count": None,
        }

    def write(self, folder: Path, name: str) -> Path:
        folder.mkdir(parents=True)
        (folder / f"{name}.ipynb").write_text(json.dumps(self.notebook()))
        for file, text in self.files.items():
            (folder / file).write_text(text)
        return folder

    def hand_in(self, released: Path, folder: Path, changes: dict[str, str]) -> None:
        """A student's version of the released notebook."""
        folder.mkdir(parents=True)
        tree = copy.deepcopy(json.loads(released.read_text()))
        for cell in tree["cells"]:
            grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
            cell["source"] = changes.get(grade_id, cell["source"])
        (folder / released.name).write_text(json.dumps(tree))


def answer(text: str) -> str:
    """A solution cell whose first line is for students, too."""
    head, _, body = text.partition("\n")
    return f"{head}\n    ### BEGIN SOLUTION\n{body}\n    ### END SOLUTION"


SUBSTITUTION = """def back_substitution(U, b):
    x = np.zeros(len(b))
    for i in range(len(b) - 1, -1, -1):
        x[i] = (b[i] - U[i, i + 1:] @ x[i + 1:]) / U[i, i]
    return x"""
TRAPEZOID = """def trapezoid(f, a, b, n):
    x = np.linspace(a, b, n + 1)
    y = f(x)
    return (b - a) / n * (y.sum() - (y[0] + y[-1]) / 2)"""
LIBRARY = "def back_substitution(U, b):\n    return np.linalg.solve(U, b)"
# Settings of schema 1; imports and a helper in cells that are not marked; a test that takes a part
# of NumPy away, and one that compares in vain.
NUMERICS = Stranger(
    cells=(
        ("", "words", "# Problem set 3: Triangular systems\n\nLAPACK is not allowed.", 0),
        ("", "plain", "%matplotlib inline\nimport numpy as np\nimport numpy.testing as npt", 0),
        (
            "",
            "plain",
            "def hilbert(n):\n    i = np.arange(n)\n    return 1 / (i[:, None] + i + 1)",
            0,
        ),
        ("substitution", "solution", answer(SUBSTITUTION), 0),
        (
            "substitution-test",
            "test",
            "U = np.triu(hilbert(4))\nb = np.arange(4.)\n"
            "npt.assert_allclose(back_substitution(U, U @ b), b, atol=1e-9)\n"
            "### BEGIN HIDDEN TESTS\n"
            "npt.assert_allclose(back_substitution(2 * np.eye(3), np.ones(3)), np.ones(3) / 2)\n"
            "### END HIDDEN TESTS",
            3,
        ),
        (
            "by-hand-test",
            "test",
            "np.linalg.solve = None\n"
            "assert abs(back_substitution(np.eye(2), np.ones(2)).sum() - 2) < 1e-9",
            1,
        ),
        ("trapezoid", "solution", answer(TRAPEZOID), 0),
        (
            "trapezoid-test",
            "test",
            "abs(trapezoid(np.sin, 0, np.pi, 200) - 2) < 1e-3\n"
            "assert abs(trapezoid(lambda x: x**2, 0, 3, 300) - 9) < 1e-3",
            2,
        ),
        ("error", "manual", "The error is of order $h^2$.", 2),
    ),
    schema=1,
    minor=2,
    answers={
        "right": {"substitution": SUBSTITUTION, "trapezoid": TRAPEZOID},
        "library": {"substitution": LIBRARY, "trapezoid": TRAPEZOID},
        "wrong": {
            "substitution": SUBSTITUTION.replace(" / U[i, i]", ""),
            "trapezoid": TRAPEZOID.replace("- (y[0] + y[-1]) / 2", "- y[0] - y[-1] - 1"),
        },
    },
    stock={
        "right": {"substitution-test": 3, "by-hand-test": 1, "trapezoid-test": 2},
        "library": {"substitution-test": 3, "by-hand-test": 0, "trapezoid-test": 2},
        "wrong": {"substitution-test": 0, "by-hand-test": 1, "trapezoid-test": 0},
    },
)

STACK = """class Inventory:
    def __init__(self, items=()):
        self.items = {}
        for name, price in items:
            self.add(name, price)
    def add(self, name, price):
        self.items[tools.normal(name)] = price
    def total(self):
        return sum(self.items.values())
    def names(self):
        return sorted(self.items)
    def __len__(self):
        return len(self.items)"""
# Settings without a number of their schema; modules beside it; tests that nbgrader makes.
CLASSES = Stranger(
    cells=(
        ("", "words", "# Lab 7: An inventory", 0),
        ("", "plain", "import tools\nfrom shop import PRICES", 0),
        ("inventory", "solution", f"### BEGIN SOLUTION\n{STACK}\n### END SOLUTION", 0),
        (
            "counts",
            "test",
            "stock = Inventory(PRICES)\nassert len(stock) == 3\nstock.add('PEAR ', 5)\n"
            "assert len(stock) == 3 and stock.total() == 9.5",
            2,
        ),
        ("made", "test", "### AUTOTEST Inventory(PRICES).total(); Inventory(PRICES).names()", 3),
        (
            "made-hidden",
            "test",
            "### BEGIN HIDDEN TESTS\n### HASHED AUTOTEST len(Inventory([('a', 1), ('A', 2)]))\n"
            "### END HIDDEN TESTS",
            1,
        ),
    ),
    schema=0,
    minor=4,
    files={
        "tools.py": "import re\n\n\n"
        "def normal(name):\n    return re.sub(r'\\s+', '', name).lower()\n",
        "shop.py": "from tools import normal\n\n"
        "PRICES = [(normal(n), p) for n, p in [('Apple', 1.5), ('pear', 2.0), ('plum', 3.0)]]\n",
    },
    answers={
        "right": {"inventory": STACK.replace("sorted(self.items)", "sorted(self.items.keys())")},
        "plain": {"inventory": STACK.replace("tools.normal(name)", "name")},
        "wrong": {"inventory": STACK.replace("sum(self.items.values())", "0")},
    },
    stock={
        "right": {"counts": 2, "made": 3, "made-hidden": 1},
        "plain": {"counts": 0, "made": 3, "made-hidden": 0},
        "wrong": {"counts": 0, "made": 0, "made-hidden": 1},
    },
)

MEANS = """def monthly(frame):
    return frame.groupby("month", as_index=False)["rain"].mean()"""
PLOT = """def plot_rain(frame):
    fig, ax = plt.subplots()
    ax.bar(frame["month"], frame["rain"])
    ax.set_title("Rain")
    ax.set_ylabel("mm")
    return fig"""
# Settings of schema 2; a table beside it; a checker that walks through what a figure holds.
PLOTS = Stranger(
    cells=(
        ("", "words", "# Homework 2\n\nThe data are in `rain.csv`.", 0),
        ("imports", "locked", "import pandas as pd\nimport matplotlib.pyplot as plt", 0),
        ("data", "locked", 'rain = pd.read_csv("rain.csv")', 0),
        ("monthly", "solution", answer(MEANS), 0),
        (
            "monthly-test",
            "test",
            "means = monthly(rain)\nassert list(means.columns) == ['month', 'rain']\n"
            "assert means['rain'].tolist() == [15.0, 40.0]",
            2,
        ),
        ("plot", "solution", answer(PLOT), 0),
        (
            "plot-test",
            "test",
            "def kinds(artist):\n"
            "    parts = artist.get_children()\n"
            "    return [type(artist).__name__, *(k for part in parts for k in kinds(part))]\n\n"
            "figure = plot_rain(rain)\n"
            "assert kinds(figure.axes[0]).count('Rectangle') == 5, 'a bar for each row'\n"
            "assert figure.axes[0].get_title() == 'Rain'",
            3,
        ),
    ),
    schema=2,
    minor=4,
    files={"rain.csv": "month,rain\n1,10\n1,20\n2,30\n2,50\n"},
    answers={
        "right": {"monthly": MEANS, "plot": PLOT.replace('"mm"', '"mm a month"')},
        "no_title": {"monthly": MEANS, "plot": PLOT.replace('    ax.set_title("Rain")\n', "")},
        "wrong": {
            "monthly": MEANS.replace("mean()", "sum()"),
            "plot": PLOT.replace('ax.bar(frame["month"], frame["rain"])', "pass"),
        },
    },
    stock={
        "right": {"monthly-test": 2, "plot-test": 3},
        "no_title": {"monthly-test": 2, "plot-test": 0},
        "wrong": {"monthly-test": 0, "plot-test": 0},
    },
)
