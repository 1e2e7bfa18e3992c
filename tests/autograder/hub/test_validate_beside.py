"""*Validate* sees what would be handed in with the notebook, as the verdict does."""

import os
import shutil
from types import SimpleNamespace

import pytest

from autograder.authoring.build import release
from autograder.grading.engine import grade_course
from autograder.hub.buttons import Validate
from tests.conftest import notebook, small_course

CELLS = [
    ("total", "solution", "def total():\n    return 6"),
    ("total_test", "test", "assert total() == 6"),
    ("other", "solution", "def other():\n    return 1"),
    ("other_test", "test", "assert other() == 1"),
]
READS = "def total():\n    return sum(map(int, open('own.csv').read().split(',')))"
IMPORTS = "import helper\ndef total():\n    return helper.total()"
RIGHT, NUMBERS, MODULE = "def total():\n    return 6", "1,2,3", "def total():\n    return 6"


def with_total(source):
    return notebook([(i, kind, source if i == "total" else text) for i, kind, text in CELLS])


HAND_INS = {
    "a file of data": ({"own.csv": NUMBERS}, READS),
    "no file of data": ({}, READS),
    "a folder of data": ({"data/own.csv": NUMBERS}, READS.replace("own.csv", "data/own.csv")),
    "a module of their own": ({"helper.py": MODULE}, IMPORTS),
    "a package of their own": ({"helper/__init__.py": MODULE}, IMPORTS),
    "a module that is none": ({"helper.py": "def total(:"}, IMPORTS),
    "a module that stops": ({"helper.py": "raise ValueError"}, IMPORTS),
    "a module under a name of Python's": ({"json.py": MODULE}, IMPORTS.replace("helper", "json")),
    "a compiled module": ({"helper.pyc": "x"}, IMPORTS),
    "a module that nobody asks for": ({"numpy.py": MODULE}, RIGHT),
    "a checkpoint": ({".ipynb_checkpoints/t-checkpoint.ipynb": with_total(RIGHT)}, CELLS[0][2]),
    "a worse checkpoint": ({".ipynb_checkpoints/t-checkpoint.ipynb": with_total("")}, RIGHT),
    "a picture": ({"drawing.png": "no picture"}, RIGHT),
    "another notebook": ({"notes.ipynb": notebook([("a", "", "1")])}, RIGHT),
    "a copy that is worked on": ({"t-Copy1.ipynb": with_total(RIGHT)}, CELLS[0][2]),
}  # fmt: skip


@pytest.fixture(scope="module")
def courses(tmp_path_factory):
    """Two: one that takes modules of the students' own, and one that does not."""
    made = []
    for settings in ("own_modules = true\n", ""):
        course = small_course(tmp_path_factory.mktemp("course") / "c", CELLS, settings=settings)
        release(course, course.assignment("t"))
        made.append(course)
    return made


def put(folder, source, files):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "t.ipynb").write_bytes(with_total(source))
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())


def answer(course, path):
    return Validate.answer(SimpleNamespace(root_dir=str(course.root), settings={}), path)


def failed(said):
    """The sources of the tests that Validate names, and what else it says."""
    cells = said["value"].get("failed", [])
    return [cell["source"] for cell in cells if cell["source"]], [c["raw_error"] for c in cells]


@pytest.mark.parametrize("number", [0, 1], ids=["own modules", "none"])
@pytest.mark.parametrize("name", HAND_INS)
def test_validate_and_the_verdict_agree_on_what_lies_beside(courses, name, number):
    course = courses[number]
    files, source = HAND_INS[name]
    put(course.submitted / "ada" / "t", source, files)
    [result] = grade_course(course, course.assignment("t"), ["ada"], force=True)
    tests = {
        cell.grade_id: cell.released.strip() for cell in course.assignment("t").notebooks[0].cells
    }
    lost = [tests[q.id] for q in result.questions if q.state != "passed"]
    named, said = failed(answer(course, "submitted/ada/t/t.ipynb"))
    assert named == lost
    if result.state == "attention" and not lost:
        assert said == [result.message]
    assert bool(said) == (result.state != "graded" or bool(lost))


def test_own_data_are_there_and_so_are_own_modules(courses):
    for name in ("a file of data", "a module of their own", "a package of their own"):
        files, source = HAND_INS[name]
        put(courses[0].root / "work" / "t", source, files)
        assert answer(courses[0], "work/t/t.ipynb") == {"success": True, "value": {}}


def test_no_link_is_followed(courses, tmp_path):
    course = courses[0]
    (tmp_path / "secret.csv").write_text(NUMBERS)
    put(course.root / "work" / "t", READS, {})
    os.symlink(tmp_path / "secret.csv", course.root / "work" / "t" / "own.csv")
    named, said = failed(answer(course, "work/t/t.ipynb"))
    assert named == ["assert total() == 6"]
    assert NUMBERS not in repr(said)


def test_beside_the_instructors_own_notebook_nothing_is_handed_over(courses):
    """There lie the known mistakes and the data that only the tests may see."""
    course = courses[1]
    unseen = course.solutions / "t" / "own.csv"
    unseen.write_text(NUMBERS)
    own = course.solutions / "t" / "t.ipynb"
    before = own.read_bytes()
    try:
        own.write_bytes(with_total(READS.replace("own.csv", "own' + '.csv")))  # not released
        assert failed(answer(course, "solutions/t/t.ipynb"))[0] == ["assert total() == 6"]
    finally:
        own.write_bytes(before)
        unseen.unlink()


def test_of_several_notebooks_the_one_that_was_asked_about_is_judged(tmp_path):
    course = small_course(tmp_path / "c", CELLS)
    second = [("last", "solution", "last = 1"), ("last_test", "test", "assert last == 1")]
    (course.solutions / "t" / "u.ipynb").write_bytes(notebook(second))
    put(
        course.root / "work" / "t",
        RIGHT,
        {"u.ipynb": notebook([("last", "solution", "last = 2"), second[1]])},
    )
    assert answer(course, "work/t/t.ipynb") == {"success": True, "value": {}}
    assert failed(answer(course, "work/t/u.ipynb"))[0] == ["assert last == 1"]
