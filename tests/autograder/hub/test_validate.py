"""*Validate* answers what the tests that a student can read will say."""

import json
import shutil
from types import SimpleNamespace

import pytest
from nbgrader.coursedir import CourseDirectory

from autograder.course.course import CONFIG, Course
from autograder.course.submission import read_submission
from autograder.grading.visible import validate, visible
from autograder.hub.buttons import Validate
from tests.conftest import ROOT

NAME = "a3-convolution"


def answer(course, path):
    """What the button's handler answers, without the server around it."""
    handler = SimpleNamespace(root_dir=str(course.root))
    return Validate.answer(handler, path)


def test_validate_and_the_verdict_agree_over_a_class(graded_class):
    course, results = graded_class
    assignment = course.assignment(NAME)
    cells = {cell.grade_id: cell for cell in assignment.notebooks[0].cells}
    seen = 0
    for result in results:
        path = course.submitted / result.student / NAME / f"{NAME}.ipynb"
        if not path.exists():
            continue
        _, failed = validate(assignment, NAME, read_submission(path.parent, result.student))
        names = {cell.grade_id for cell, _ in failed}
        for question in result.questions:
            cell = cells[question.id]
            if cell.kind == "test":
                seen += 1
                if question.state == "passed":
                    assert question.id not in names, (result.student, question)
                elif cell.source == cell.released:
                    assert question.id in names, (result.student, question)
    assert seen > 50


def test_nothing_hidden_is_run_or_shown(graded_class):
    course, _ = graded_class
    for cell in visible(course.assignment(NAME)).notebooks[0].cells:
        if cell.kind == "test":
            assert cell.source == cell.released
            assert "HIDDEN" not in cell.source
    said = json.dumps(answer(course, f"assignments/{NAME}/{NAME}.ipynb"))
    for line in hidden_lines(course):
        assert json.dumps(line)[1:-1] not in said


def hidden_lines(course):
    cells = [c for c in course.assignment(NAME).notebooks[0].cells if c.kind == "test"]
    released = {line.strip() for cell in cells for line in cell.released.splitlines()}
    lines = {line.strip() for cell in cells for line in cell.source.splitlines()} - released
    return [line for line in lines if len(line) > 12]


def test_the_untouched_notebook_fails_and_a_right_one_passes(graded_class):
    course, _ = graded_class
    untouched = answer(course, f"assignments/{NAME}/{NAME}.ipynb")
    assert untouched["success"]
    assert untouched["value"]["failed"]
    assert answer(course, f"submitted/ada/{NAME}/{NAME}.ipynb") == {"success": True, "value": {}}


@pytest.mark.parametrize("package", ["scipy", "torch", "cnnkit.layers"])
def test_a_package_that_the_grader_refuses_is_refused_here(graded_class, tmp_path, package):
    course, _ = graded_class
    notebook = json.loads((course.solutions / NAME / f"{NAME}.ipynb").read_text())
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("solution") and cell["cell_type"] == "code":
            cell["source"] = f"import {package}\n" + "".join(cell["source"])
    folder = course.root / "work" / NAME
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{NAME}.ipynb").write_text(json.dumps(notebook))
    failed = answer(course, f"work/{NAME}/{NAME}.ipynb")["value"]["failed"]
    assert any(package.partition(".")[0] in cell["raw_error"] for cell in failed)


def test_what_is_said_is_escaped_for_the_dialog():
    from autograder.hub import dialog

    told = dialog.told("x", "<b>no</b>")
    assert told == {"source": "x", "error": "&lt;b&gt;no&lt;/b&gt;", "raw_error": "<b>no</b>"}


def test_a_notebook_that_is_none_is_refused_in_a_sentence(graded_class):
    course, _ = graded_class
    folder = course.root / "work" / NAME
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{NAME}.ipynb").write_text("{")
    [failed, *_] = answer(course, f"work/{NAME}/{NAME}.ipynb")["value"]["failed"]
    assert "cannot be read" in failed["raw_error"]
    missing = answer(Course(ROOT), f"assignments/{NAME}/other.ipynb")
    assert "other.ipynb cannot be read: it is missing" in missing["value"]
    (folder / "other.ipynb").write_text("{}")
    renamed = answer(course, f"work/{NAME}/other.ipynb")
    said = f"{NAME} has no notebook other: rename yours to {NAME}.ipynb"
    assert renamed == {"success": False, "value": said}


@pytest.mark.parametrize("config", [True, False], ids=["a course without its tests", "no course"])
def test_on_a_students_laptop_nbgraders_own_validator_answers(graded_class, tmp_path, config):
    """And what was handed in is not run there: it would run as whoever looks at it."""
    course, _ = graded_class
    if config:
        shutil.copy(ROOT / CONFIG, tmp_path)
    for folder in ("assignments", "submitted/ada"):
        released = course.assignments / NAME
        shutil.copytree(released, tmp_path / folder / NAME)
        content = json.loads((released / f"{NAME}.ipynb").read_text())
        first = next(cell for cell in content["cells"] if cell["cell_type"] == "code")
        first["source"] = f"open({str(tmp_path / 'ran')!r}, 'a').close()"
        (tmp_path / folder / NAME / f"{NAME}.ipynb").write_text(json.dumps(content))
    handler = Validate.__new__(Validate)
    handler.application = SimpleNamespace(settings=settings(tmp_path))
    said = handler.answer(f"submitted/ada/{NAME}/{NAME}.ipynb")
    assert said["success"] is False
    assert "start JupyterLab in the course's folder" in said["value"]
    assert not (tmp_path / "ran").exists()
    assert handler.answer(f"assignments/{NAME}/{NAME}.ipynb")["success"] is True
    assert (tmp_path / "ran").exists()


def settings(root):
    """Those of a server, as far as the button's handler asks for them."""
    coursedir = CourseDirectory(root=str(root))
    return {"root_dir": str(root), "nbgrader_formgrader": SimpleNamespace(coursedir=coursedir)}
