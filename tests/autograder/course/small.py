"""A small assignment's folder, and what is said of it when something in it is mistyped."""

import json

import pytest

from autograder.course.assignment import AssignmentError, read_assignment
from tests.conftest import notebook

DOUBLE = "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"
CELLS = [
    ("setup", "locked", "import numpy as np"),
    ("q1", "solution", DOUBLE),
    (
        "q1_test",
        "test",
        "assert double(2) == 4\n"
        "### BEGIN HIDDEN TESTS\nassert double(3) == 6\n### END HIDDEN TESTS",
    ),
    ("why", "manual", "Because."),
]
SETTINGS = 'packages = ["numpy"]\n'
MISTAKES = (
    'PROBES = {"double": [lambda f: f(3)]}\n\n'
    'def double__half(x):\n    """Half."""\n    return x / 2\n'
)


def source(cell_id, text):
    """The cells with another text in one of them."""
    return [(name, kind, text if name == cell_id else old) for name, kind, old in CELLS]


def hidden(begin="### BEGIN HIDDEN TESTS", end="### END HIDDEN TESTS"):
    return source("q1_test", f"assert double(2) == 4\n{begin}\nassert double(3) == 6\n{end}")


def write(folder, cells=CELLS, settings=SETTINGS, mistakes="", changed=None, files=()):
    """An assignment's folder; `changed` is what to do with its notebook as JSON, or other text."""
    folder.mkdir(parents=True, exist_ok=True)
    content = notebook(cells)
    if isinstance(changed, str):
        content = changed.encode()
    elif changed:
        tree = json.loads(content)
        changed({cell["metadata"]["nbgrader"]["grade_id"]: cell for cell in tree["cells"]})
        content = json.dumps(tree).encode()
    (folder / "t.ipynb").write_bytes(content)
    (folder / "assignment.toml").write_text(settings)
    if mistakes:
        (folder / "mistakes.py").write_text(mistakes)
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("1")
    return folder


def said(tmp_path, **wrong):
    with pytest.raises(AssignmentError) as raised:
        read_assignment(write(tmp_path / "t", **wrong))
    return str(raised.value)
