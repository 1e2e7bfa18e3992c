"""start.py, which students call: what it says before it installs, and how it takes work over."""

import ast
import json
import platform
import re
import runpy
import shutil
import subprocess
import sys
from types import SimpleNamespace

import nbformat
import pytest

from autograder.authoring.dist import write_release
from tests.conftest import ROOT
from tests.handed_out import DAY

START = ROOT / "start.py"
NOTEBOOK = "assignments/a1/a1.ipynb"
OLD, NEW = DAY.replace(month=9, day=1), DAY


def written(source: str, outputs: int = 0) -> str:
    cell = nbformat.v4.new_code_cell(source, id="answer")
    cell.outputs = [nbformat.v4.new_output("stream", text=f"{n}\n") for n in range(outputs)]
    info = {"name": "python", "version": "3.2.1"}
    return nbformat.writes(nbformat.v4.new_notebook(cells=[cell], metadata={"language_info": info}))


def release(folder, day, **changed) -> None:
    """A release of a small course: one assignment, one lecture, one file of the library."""
    files = {
        NOTEBOOK: written("# YOUR CODE HERE"),
        "lectures/01.ipynb": written("1 + 1"),
        "cnnkit/layer.py": "stride = 1\n",
    } | changed
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    shutil.copy(START, folder)
    write_release(folder, day)


@pytest.fixture
def two(tmp_path) -> SimpleNamespace:
    old, new = tmp_path / f"cnn-course-{OLD}", tmp_path / f"cnn-course-{NEW}"
    release(old, OLD)
    release(new, NEW)
    return SimpleNamespace(old=old, new=new)


def take_over(two) -> str:
    """By the command that the README names, in the new folder."""
    command = [sys.executable, "start.py", "--take-over", f"../{two.old.name}"]
    done = subprocess.run(command, cwd=two.new, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def everything(folder) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_an_answer_takes_the_place_of_the_notebook_that_it_was_written_into(two):
    (two.old / NOTEBOOK).write_text(written("answer = 42"))
    before = everything(two.old)
    assert NOTEBOOK in take_over(two)
    assert "answer = 42" in (two.new / NOTEBOOK).read_text()
    assert everything(two.old) == before


def test_a_notebook_that_was_only_run_is_left_where_it_is(two):
    (two.old / "lectures/01.ipynb").write_text(written("1 + 1", outputs=3))
    assert "Nothing was changed" in take_over(two)
    assert (two.new / "lectures/01.ipynb").read_text() == written("1 + 1")


def test_a_notebook_that_both_have_changed_is_there_twice(two):
    (two.old / NOTEBOOK).write_text(written("answer = 42"))
    release(two.new, NEW, **{NOTEBOOK: written("# YOUR CODE HERE, and mind the stride")})
    said = take_over(two)
    assert "mind the stride" in (two.new / NOTEBOOK).read_text()
    beside = f"assignments/a1/a1 from {OLD}.ipynb"
    assert beside in said
    assert "answer = 42" in (two.new / beside).read_text()


def test_work_in_the_new_folder_is_never_overwritten_however_often_it_is_called(two):
    (two.old / NOTEBOOK).write_text(written("answer = 42"))
    (two.new / NOTEBOOK).write_text(written("answer = 43"))
    for text in ("answer = 42", "answer = 41"):
        (two.old / NOTEBOOK).write_text(written(text))
        take_over(two)
    found = everything(two.new)
    assert "answer = 43" in found[NOTEBOOK]
    assert "answer = 42" in found[f"assignments/a1/a1 from {OLD}.ipynb"]
    assert "answer = 41" in found[f"assignments/a1/a1 from {OLD} (2).ipynb"]


def test_called_twice_it_copies_once(two):
    (two.old / NOTEBOOK).write_text(written("answer = 42"))
    (two.old / "assignments/a1/helper.py").write_text("x = 1\n")
    (two.old / "lectures/01.ipynb").write_text(written("1 + 2"))
    (two.new / "lectures/01.ipynb").write_text(written("1 + 3"))
    take_over(two)
    first = everything(two.new)
    take_over(two)
    assert everything(two.new) == first
    assert first["assignments/a1/helper.py"] == "x = 1\n"


def test_a_changed_part_of_the_library_is_named_and_not_copied(two):
    (two.old / "cnnkit/layer.py").write_text("stride = 2\n")
    (two.old / ".venv").mkdir()
    (two.old / ".venv/secret").write_text("not work")
    assert re.search(r"left +cnnkit/layer.py", take_over(two))
    assert (two.new / "cnnkit/layer.py").read_text() == "stride = 1\n"
    assert not (two.new / ".venv").exists()


@pytest.mark.parametrize(
    ("folder", "said"),
    [(".", "that is this folder"), ("../nothing", "not the folder of a release")],
)
def test_a_folder_that_is_none_is_refused_with_what_to_do(two, folder, said):
    command = [sys.executable, "start.py", "--take-over", folder]
    done = subprocess.run(command, cwd=two.new, capture_output=True, text=True)
    assert done.returncode == 1
    assert said in done.stderr


def test_an_older_python_can_read_it_and_is_told_what_is_needed(monkeypatch):
    ast.parse(START.read_text(), feature_version=(3, 6))
    start = runpy.run_path(str(START))
    monkeypatch.setattr(sys, "version_info", (3, 10, 12))
    with pytest.raises(SystemExit, match=r"needs 3\.11 or newer"):
        start["_refuse_old_python"]()


def test_it_imports_nothing_that_must_be_installed():
    names = {
        alias.name.partition(".")[0]
        for node in ast.walk(ast.parse(START.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in ([ast.alias(node.module)] if isinstance(node, ast.ImportFrom) else node.names)
    }
    assert names <= set(sys.stdlib_module_names)


@pytest.mark.parametrize(
    ("system", "gpu", "index", "torch_index", "said", "unsaid"),
    [
        ("Linux", False, False, None, ["3 GB", "no GPU", "--torch-index https://"], []),
        ("Linux", True, False, None, ["3 GB"], ["--torch-index"]),
        ("Linux", False, True, None, ["0.5 GB, or 3 GB where pip"], ["--torch-index"]),
        ("Linux", False, False, "https://x/whl/cpu", ["0.5 GB"], ["3 GB", "--torch-index"]),
        ("Darwin", False, False, None, ["0.5 GB"], ["3 GB", "--torch-index"]),
        ("Windows", False, False, None, ["0.5 GB"], ["3 GB", "--torch-index"]),
    ],
)
def test_it_says_how_much_it_fetches_and_names_the_small_build(
    monkeypatch, capsys, system, gpu, index, torch_index, said, unsaid
):
    start = runpy.run_path(str(START))
    announce = start["_announce"]
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setitem(announce.__globals__, "_has_gpu", lambda: gpu)
    monkeypatch.setitem(announce.__globals__, "_pip_has_an_index", lambda: index)
    announce(torch_index)
    printed = capsys.readouterr().out
    assert all(words in printed for words in said), printed
    assert not [words for words in unsaid if words in printed], printed


def test_untouched_notebooks_note_the_python_that_runs_them_and_others_stay_as_they_are(two):
    mine = written("answer = 42")
    (two.new / NOTEBOOK).write_text(mine)
    note = runpy.run_path(str(two.new / "start.py"))["_note_python"]
    note(sys.executable)
    noted = json.loads((two.new / "lectures/01.ipynb").read_text())
    assert noted["metadata"]["language_info"]["version"] == platform.python_version()
    assert (two.new / NOTEBOOK).read_text() == mine
