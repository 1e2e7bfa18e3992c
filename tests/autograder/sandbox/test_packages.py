"""What a session may read and import."""

import pytest

from autograder.sandbox.packages import OnlyListed, readable


def test_a_package_brings_what_it_requires_and_nothing_else():
    paths = readable(["matplotlib"])
    for needed in ("matplotlib", "PIL", "dateutil", "numpy", "IPython"):
        assert any(path.endswith(f"/{needed}") for path in paths), needed
    for other in ("torch", "skimage", "scipy", "nbgrader", "cnnkit", "autograder"):
        assert not any(path.endswith(f"/{other}") for path in paths), other


def test_an_import_of_another_package_says_what_may_be_used():
    finder = OnlyListed(["numpy"])
    with pytest.raises(ModuleNotFoundError, match="this assignment may use numpy"):
        finder.find_spec("torch")
    for allowed in ("numpy", "json", "dateutil.parser"):
        assert finder.find_spec(allowed) is None


def test_a_students_own_module_may_be_imported(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "helper.py").write_text("x = 1")
    assert OnlyListed(["numpy"]).find_spec("helper") is None
