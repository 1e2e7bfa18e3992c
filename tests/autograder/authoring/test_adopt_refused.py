"""What `autograder adopt` cannot take is refused by name, and nothing is written then."""

import re

import pytest

from tests.autograder.authoring.adopting import (
    DOUBLE,
    GUIDE,
    SPOILT,
    TEST,
    empty_course,
    everything,
    other,
    rows,
    run,
)
from tests.autograder.authoring.strangers import Stranger
from tests.conftest import notebook


@pytest.fixture
def course(tmp_path, monkeypatch):
    """An empty course, in which the commands are called."""
    return empty_course(tmp_path / "course", monkeypatch)


def _link_within(folder):
    (other(folder) / "data.csv").symlink_to("/etc/passwd")


def _loop(folder):
    (other(folder) / "data").symlink_to(folder)


def _no_notebook(folder):
    other(folder / "part")


def _file(folder):
    folder.write_text("hw")


REFUSED = {
    "link within": ("hw", _link_within, "data.csv is a link: put what it leads to into its place"),
    "loop": ("hw", _loop, "data is a link"),
    "no notebook": ("hw", _no_notebook, "there is no notebook in "),
    "no folder": ("hw", lambda folder: None, "is no folder"),
    "file": ("hw", _file, "is no folder"),
    "notebook": ("hw.ipynb", _file, "is a notebook: name the folder that it lies in"),
    "name with a plus": ("h+w", other, "'h+w' is no name for an assignment: add --name NAME"),
    "name with a mark": ("h&w", other, "'h&w' is no name for an assignment: add --name NAME"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_taken_is_refused_by_name_and_nothing_is_written(
    course, tmp_path, capsys, case
):
    name, make, told = REFUSED[case]
    (tmp_path / "theirs").mkdir()
    make(tmp_path / "theirs" / name)
    before = everything(tmp_path)
    status, out, err = run(capsys, "adopt", f"../theirs/{name}")
    assert (status, out) == (2, "")
    assert told in err
    assert err.splitlines()[-1].endswith(GUIDE)
    assert everything(tmp_path) == before
    assert not course.solutions.exists()


BROKEN = {
    "json": (b'{"cells": [', "no Jupyter notebook"),
    "language": (notebook([DOUBLE]).replace(b'"python"', b'"R"'), "its kernel's language is 'R'"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_notebooks_that_cannot_be_read_are_said_and_nothing_is_taken(
    course, tmp_path, capsys, case
):
    content, told = BROKEN[case]
    folder = other(tmp_path / "hw")
    (folder / "b.ipynb").write_bytes(content)
    (folder / "c.ipynb").write_bytes(content)
    status, out, err = run(capsys, "adopt", folder)
    assert status == 3
    assert [told in text for _, _, _, text in rows(out)] == [True, True]
    assert "nothing was taken" in out
    assert err.count(GUIDE) == 1
    assert not course.solutions.exists()


def test_what_is_there_is_never_written_over(course, tmp_path, capsys):
    there = other(course.solutions / "hw")
    before = everything(there)
    status, _, err = run(capsys, "adopt", other(tmp_path / "hw", DOUBLE, SPOILT))
    assert status == 2
    assert "is there already" in err
    assert "`autograder adopt solutions/hw` goes on" in err
    assert everything(there) == before


def test_an_original_that_is_kept_is_never_written_over(course, capsys):
    stranger = Stranger(((*DOUBLE, 0), (*TEST, 2)), 2, 4, {}, {})
    folder = stranger.write(course.solutions / "hw", "hw")
    (folder / "hw.ipynb.before-adopt").write_text("another")
    before = everything(folder)
    status, _, err = run(capsys, "adopt", "solutions/hw")
    assert status == 2
    assert "move one of them away" in err
    assert everything(folder) == before


def test_a_link_in_solutions_is_not_written_through(course, tmp_path, capsys):
    folder = other(tmp_path / "hw")
    before = everything(folder)
    course.solutions.mkdir()
    (course.solutions / "hw").symlink_to(folder)
    status, _, err = run(capsys, "adopt", "solutions/hw")
    assert status == 2
    assert "is a link out of solutions/" in err
    assert everything(folder) == before


def test_a_folder_around_the_course_is_refused(course, capsys):
    other(course.root)
    for folder in (".", ".."):
        status, _, err = run(capsys, "adopt", folder)
        assert (status, "holds the course itself" in err) == (2, True)


def test_two_notebooks_and_a_name_with_spaces_are_taken(course, tmp_path, capsys):
    folder = other(tmp_path / "week 1")
    triple = [(i.replace("double", "triple"), k, s) for i, k, s in (DOUBLE, TEST)]
    other(folder, *triple, file="second.ipynb")
    status, out, _ = run(capsys, "adopt", folder)
    assert status == 0
    assert [row[0] for row in rows(out)] == ["double-test", "triple-test"]
    assert (course.assignments / "week 1" / "second.ipynb").is_file()


def test_another_name_can_be_given(course, tmp_path, capsys):
    assert run(capsys, "adopt", other(tmp_path / "h+w"), "--name", "hw1")[0] == 0
    assert (course.assignments / "hw1" / "hw.ipynb").is_file()


def test_it_can_be_called_from_elsewhere(course, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    other(tmp_path / "hw", DOUBLE, SPOILT)
    status, out, _ = run(capsys, "adopt", "hw", "--course", "course", "--name", "x")
    [again] = re.findall(r"when you have done so: autograder (.+)", out)
    assert (status, again) == (3, "adopt solutions/x --course course")
    other(course.solutions / "x")
    assert run(capsys, *again.split())[0] == 0


def test_where_no_course_is_it_says_what_to_do(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    status, _, err = run(capsys, "adopt", other(tmp_path / "hw"))
    assert status == 2
    assert "there is no nbgrader_config.py" in err
    assert "--course DIR" in err


@pytest.mark.parametrize("command", ["build", "check"])
def test_whatever_is_refused_points_to_the_guide_once(course, capsys, command):
    folder = other(course.solutions / "hw", DOUBLE, SPOILT, ("more-test", "test", "double(1) == 2"))
    status, _, err = run(capsys, command, "hw")
    assert (status, err.count(GUIDE)) == (2, 1)
    other(folder, DOUBLE, ("t1", "test", "assert double(1) == 3"))
    (folder / "assignment.toml").write_text("packages = []")
    status, _, err = run(capsys, command, "hw")
    assert (status, err.count(GUIDE)) == (3, 1)
