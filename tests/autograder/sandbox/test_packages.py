"""What a session may read and import."""

import importlib.metadata
import sys
import tomllib
from collections.abc import Iterable
from importlib.machinery import PathFinder
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from autograder.sandbox import packages as packages_module
from autograder.sandbox.packages import MACHINERY, OnlyListed, needs, readable
from tests.conftest import ROOT


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


def needs_of_all(packages: Iterable[str]) -> tuple[set[str], set[str]]:
    """`needs`, by looking through everything that is installed."""
    owners = importlib.metadata.packages_distributions()
    names, seen, imports = {*packages, *MACHINERY}, set(), {}
    for name, distributions in owners.items():
        for distribution in distributions:
            imports.setdefault(distribution.lower().replace("_", "-"), set()).add(name)
    todo = [owner for package in names for owner in owners.get(package, [])]
    while todo:
        distribution = todo.pop().lower().replace("_", "-")
        if distribution not in seen:
            seen.add(distribution)
            names |= imports[distribution]
            for need in map(Requirement, importlib.metadata.requires(distribution) or []):
                there = need.name.lower().replace("_", "-") in imports
                if there and (need.marker is None or need.marker.evaluate({"extra": ""})):
                    todo.append(need.name)
    return names, seen


SETTINGS = sorted((ROOT / "solutions").glob("*/assignment.toml"))
LISTED = {tuple(tomllib.loads(path.read_text()).get("packages", ["numpy"])) for path in SETTINGS}
LISTED |= {("numpy", "torch"), ("skimage", "PIL"), ("sklearn",), ("pandas",), ("nonsense",), ()}


@pytest.mark.parametrize("packages", sorted(LISTED))
def test_what_a_session_may_have_is_what_looking_through_all_finds(packages):
    assert needs(packages) == needs_of_all(packages)


def made(folder: Path, name: str, files: list[str], *requires: str) -> None:
    """A distribution as an installer leaves it."""
    info = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    lines = [f"Requires-Dist: {need}" for need in requires]
    head = ["Metadata-Version: 2.1", f"Name: {name}", "Version: 1.0"]
    (info / "METADATA").write_text("\n".join([*head, *lines]) + "\n")
    (info / "RECORD").write_text("".join(f"{file},,\n" for file in files))
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).touch()


def test_distributions_of_every_form_are_found_as_by_looking_through_all(tmp_path, monkeypatch):
    made(tmp_path, "Made-Up", ["made_up/__init__.py"], "made-meta", "made-other; extra == 'more'")
    made(tmp_path, "made-meta", ["share/text.txt"], "made-below")  # nothing to import: none follows
    made(tmp_path, "made-below", ["made_below.py"])
    made(tmp_path, "made-other", ["made_other.py"])
    made(tmp_path, "shared-one", ["shared/one.py"], "made-below")
    made(tmp_path, "shared", ["shared/two.py"], "made-other")  # a namespace of two
    made(tmp_path, "another-name", ["called_so/__init__.py"], "made-other")
    egg = tmp_path / "made_egg-1.0.egg-info"  # as older tools and Debian leave it
    egg.mkdir()
    (egg / "PKG-INFO").write_text("Metadata-Version: 1.1\nName: made-egg\nVersion: 1.0\n")
    (egg / "SOURCES.txt").write_text("made_egg/__init__.py\n")
    (tmp_path / "made_egg").mkdir()
    (tmp_path / "made_egg" / "__init__.py").touch()
    again = tmp_path / "again"
    again.mkdir()
    made(again, "made-below", [], "made-other")  # the same once more, before it, as a bare note
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.syspath_prepend(str(again))
    for remembered in (packages_module.distributions_by_import, packages_module._distribution):
        remembered.cache_clear()
    try:
        for name in ("made_up", "made_below", "shared", "called_so", "made_meta", "made_egg"):
            assert needs([name]) == needs_of_all([name]), name
        assert "made_below" not in needs(["made_up"])[0]
        assert {"made_below", "made_other"} <= needs(["shared"])[0]
        assert "made_other" in needs(["called_so"])[0]
        assert "made-egg" in needs(["made_egg"])[1]
        assert "made-below" in needs(["made_below"])[1]
    finally:
        monkeypatch.undo()
        for remembered in (packages_module.distributions_by_import, packages_module._distribution):
            remembered.cache_clear()
