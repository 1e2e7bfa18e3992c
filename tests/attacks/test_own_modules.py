"""Code that an assignment forbids, brought in beside the notebook."""

import os
import py_compile

import pytest

from autograder.course.submission import Submission
from autograder.grading.grading import grade_submission
from tests.conftest import notebook

CELLS = [
    ("f", "solution", "def f(x): return float(sum(x))"),
    ("t", "test", "assert f([1.0, 2.0]) == 3.0"),
]
SETTINGS = (
    'own_modules = true\nrules = [{ forbid = ["numpy.sum"], cells = ["f"], fails = ["t"], '
    'message = "add them up yourself" }]'
)
FORBIDDEN = "import numpy as np\ndef f(x): return float(np.sum(x))\n"
HARMLESS = "def f(x): return 3.0 if len(x) == 2 else 0.0\n"
USES = "from helper import f"


@pytest.fixture(scope="module")
def tiny(make_tiny):
    return make_tiny(CELLS, SETTINGS)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """The forbidden module, compiled so that Python asks no source whether it is still true."""
    source = tmp_path_factory.mktemp("compiled") / "helper.py"
    source.write_text(FORBIDDEN)
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    path = py_compile.compile(str(source), invalidation_mode=mode)
    with open(path, "rb") as file:
        return os.path.basename(path), file.read()


def hand_in(tiny, source, files):
    content = notebook([("f", "solution", source), CELLS[1]])
    return grade_submission(
        tiny.assignment, Submission("someone", {"tiny.ipynb": content, **files})
    )


def test_a_module_without_what_is_forbidden_counts(tiny):
    result = hand_in(tiny, USES, {"helper.py": HARMLESS.encode()})
    assert (result.score, result.state) == (2, "graded")


IN_MODULES = {
    "a module": (USES, {"helper.py": FORBIDDEN}),
    "a package": (USES, {"helper/__init__.py": "from .deep import f", "helper/deep.py": FORBIDDEN}),
    "a folder without __init__": ("from helper.deep import f", {"helper/deep.py": FORBIDDEN}),
    "another coding": (
        USES,
        {"helper.py": b"# coding: utf-7\nimport numpy as n\ndef f(x): return float(n+AC4-sum(x))"},
    ),
    "under another name": (USES, {"helper.py": "from numpy import sum as f\n"}),
}


@pytest.mark.parametrize("name", IN_MODULES)
def test_what_is_forbidden_is_found_in_modules(tiny, name):
    source, files = IN_MODULES[name]
    encoded = {n: text if isinstance(text, bytes) else text.encode() for n, text in files.items()}
    result = hand_in(tiny, source, encoded)
    assert (result.score, result.questions[0].state) == (0, "failed")
    assert "uses numpy.sum: add them up yourself" in result.questions[0].message


UNREADABLE = {
    "an extension": ("helper.cpython-311-x86_64-linux-gnu.so", b"\x7fELF"),
    "a file that Python obeys": ("helper.pth", b"import sys; sys.modules['helper'] = sys"),
    "an unknown coding": ("helper.py", b"# coding: nonsense\n" + FORBIDDEN.encode()),
    "a null": ("helper.py", FORBIDDEN.encode() + b"\0"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_the_rules_cannot_read_is_not_there(tiny, name):
    result = hand_in(tiny, USES, dict([UNREADABLE[name]]))
    assert (result.score, result.state) == (0, "attention")
    assert f"{UNREADABLE[name][0]} was left out" in result.message


def test_a_compiled_module_is_not_there(tiny, compiled):
    result = hand_in(tiny, USES, {"helper.pyc": compiled[1]})
    assert (result.score, result.state) == (0, "attention")


def test_a_compiled_module_does_not_stand_in_for_its_harmless_source(tiny, compiled):
    name, content = compiled
    files = {"helper.py": HARMLESS.encode(), f"__pycache__/{name}": content}
    result = hand_in(tiny, "import helper\nf = helper.np.sum", files)
    assert result.score == 0
    assert "has no attribute 'np'" in result.questions[0].message


@pytest.mark.parametrize(
    "name", ["numpy.py", "builtins.py", "sitecustomize.py", "autograder/__init__.py", "msgpack.py"]
)
def test_a_module_beside_the_notebook_does_not_reach_the_tests(tiny, name):
    forged = b"import builtins\nbuiltins.float = lambda x: 3.0\nsum = float\n"
    result = hand_in(tiny, "def f(x): return -1.0", {name: forged})
    assert (result.score, result.questions[0].state) == (0, "failed")
