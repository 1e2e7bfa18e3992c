"""pyproject.toml, requirements.txt and environment.yml are in step; the packages stay apart."""

import ast
import re
import subprocess
import sys
import tomllib
from collections import Counter
from importlib.metadata import packages_distributions

import pytest
import yaml
from packaging.requirements import Requirement

from tests.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
FILES = [(ROOT / f"requirements{of}.txt").read_text().splitlines() for of in ("", "-hub", "-dask")]
LINES = [line for lines in FILES for line in lines]
DIRECT = [line for lines in FILES for line in lines[: lines.index("# What these bring along")]]


def key(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(lines):
    texts = [line.partition("#")[0].strip() for line in lines]
    pairs = (text.partition("==")[::2] for text in texts if text)
    return {key(Requirement(name).name): pin for name, pin in pairs}


def test_every_requirement_is_pinned_and_every_direct_one_has_its_reason():
    assert all(pins(LINES).values())
    for line in DIRECT:
        if line and not line.startswith("#"):
            assert re.search(r"# \w+", line), line


def test_pyproject_and_the_pins_name_the_same_packages_and_agree():
    extras = PROJECT["optional-dependencies"].values()
    wanted = [*PROJECT["dependencies"], *(text for extra in extras for text in extra)]
    requirements = {key(Requirement(text).name): Requirement(text) for text in wanted}
    direct = pins(DIRECT)
    assert set(requirements) == set(direct)
    for name, requirement in requirements.items():
        assert requirement.specifier.contains(direct[name]), name


def test_packages_with_data_are_pinned_by_hash_and_none_of_them_is_a_requirement():
    text = (ROOT / "requirements-data.txt").read_text()
    found = dict(re.findall(r"^([\w-]+)==\S+ \\\n    --hash=sha256:([0-9a-f]{64})$", text, re.M))
    assert len(found) == text.count("==")
    assert not {key(name) for name in found} & set(pins(LINES))


def test_the_conda_environment_is_made_of_the_same_pins():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    python, _, pip = environment["dependencies"]
    assert pip["pip"] == ["--requirement requirements.txt", "."]
    assert python.partition("=")[2] == PROJECT["requires-python"].removeprefix(">=")


def test_every_file_of_the_packages_is_installed_with_them():
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    for package, wanted in patterns["package-data"].items():
        folder = ROOT / package
        for path in folder.rglob("*"):
            if path.is_file() and path.suffix not in (".py", ".pyc"):
                assert any(path.relative_to(folder).match(pattern) for pattern in wanted), path


def imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


@pytest.mark.parametrize(
    ("package", "extras"), [("cnnkit", []), ("autograder", ["autograder", "hub", "dask"])]
)
def test_what_a_package_imports_it_requires(package, extras):
    named = [PROJECT["optional-dependencies"][extra] for extra in extras]
    wanted = [*PROJECT["dependencies"], *(text for texts in named for text in texts)]
    required = {key(Requirement(text).name) for text in wanted}
    distributions = packages_distributions()
    for path in (ROOT / package).rglob("*.py"):
        for name in set(imports(path)) - set(sys.stdlib_module_names) - {package}:
            assert required & {key(d) for d in distributions[name]}, f"{path}: {name}"


def test_no_file_is_too_long_to_fit_in_a_head():
    for package in ("cnnkit", "autograder", "tests"):
        for path in (ROOT / package).rglob("*.py"):
            assert len(path.read_text().splitlines()) <= 350, path


def within(path):
    """A file of the project, and the folders that it is in."""
    return [path, *(folder for folder in path.parents if ROOT in folder.parents)]


def files_of(target):
    """The files of tests that a target of the Makefile runs, and how often."""
    said = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True)
    parts = [line.split() for line in re.findall(r"bin/pytest ([^>;]+)", said.stdout)]
    return Counter(
        path
        for part in parts
        for place in part
        if place.startswith("tests")
        for given in ROOT.glob(place.rstrip("/"))
        for path in ([given] if given.is_file() else given.rglob("test_*.py"))
        if not any(f"--ignore={folder.relative_to(ROOT)}" in part for folder in within(path))
    )


def test_make_test_runs_each_file_of_tests_once_but_what_installs_for_minutes():
    """Its parts name folders, and a new one would belong to none."""
    runs, every = files_of("test"), {*(ROOT / "tests").rglob("test_*.py")}
    assert set(runs.values()) == {1}
    assert every - runs.keys() == {
        *(ROOT / "tests" / "browser" / "hub").glob("test_*.py"),
        *(ROOT / "tests" / "kubernetes" / f"test_{name}.py" for name in ("exchange", "image")),
    }
    assert files_of("test-hub") + files_of("test-kubernetes") >= Counter(every - runs.keys())
