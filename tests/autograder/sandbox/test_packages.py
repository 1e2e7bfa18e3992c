"""What a session may read and import."""

import importlib.metadata
import sys
from importlib.machinery import PathFinder

import pytest

from autograder.sandbox.packages import OnlyListed, readable


def test_a_package_brings_what_it_requires_and_nothing_else():
    paths = readable(["matplotlib"])
    for needed in ("matplotlib", "PIL", "dateutil", "numpy", "IPython"):
        assert any(path.endswith(f"/{needed}") for path in paths), needed
    for other in ("torch", "skimage", "scipy", "nbgrader", "cnnkit", "autograder"):
        assert not any(path.endswith(f"/{other}") for path in paths), other


def test_what_is_not_listed_is_not_found_and_what_is_listed_is():
    finder = OnlyListed(PathFinder, ["numpy"])
    assert finder.find_spec("torch") is None
    for allowed in ("numpy", "json", "IPython"):
        assert finder.find_spec(allowed) is not None


def test_a_students_own_module_may_be_imported(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    (tmp_path / "helper.py").write_text("x = 1")
    assert OnlyListed(PathFinder, ["numpy"]).find_spec("helper") is not None


def test_the_versions_of_what_is_installed_can_be_read_through_it(monkeypatch):
    monkeypatch.setattr(sys, "meta_path", [OnlyListed(f, ["numpy"]) for f in sys.meta_path])
    assert importlib.metadata.version("numpy").count(".") == 2


PROBE = """
import importlib.util
found = importlib.util.find_spec("scipy")
def f(x):
    return x if found is None else None
"""
ASKED = [("f", "solution", "def f(x): return x"), ("t", "test", "assert f(3) == 3")]


def test_a_library_that_looks_whether_another_is_there_finds_nothing(make_tiny):
    assert make_tiny(ASKED).grade({"f": PROBE}).score == 2


@pytest.mark.parametrize("attempt", ["import scipy", "import scipy.signal", "from scipy import *"])
def test_an_import_of_another_package_says_what_may_be_used(make_tiny, attempt):
    result = make_tiny(ASKED).grade({"f": f"{attempt}\ndef f(x): return x"})
    told = result.questions[0].message
    assert "No module named 'scipy': this assignment may use numpy" in told
    assert "this assignment may use numpy" in result.notebooks["tiny"].decode()


def test_optional_imports_are_as_if_the_package_were_not_installed(make_tiny):
    optional = "try:\n    import scipy\nexcept ModuleNotFoundError:\n    scipy = None\n"
    cells = [("setup", "locked", optional), *ASKED[:1]]
    tiny = make_tiny([*cells, ("t", "test", "assert f(3) == 3 and scipy is None")])
    assert tiny.grade().score == 2
    assert tiny.grade({"f": optional + "def f(x): return x if scipy is None else 0"}).score == 2
