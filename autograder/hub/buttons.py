"""nbgrader's buttons: *Autograde* and *Validate*, answered by the confined engine, and *Generate
Feedback*, by the page that `autograder feedback` writes.

Each works in a thread, so that the server goes on answering meanwhile.
"""

from __future__ import annotations

import asyncio
import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from nbgrader.server_extensions.validate_assignment.handlers import ValidateAssignmentHandler
from tornado import web

from autograder.course.course import Course, CourseError
from autograder.course.ids import several
from autograder.course.submission import Submission
from autograder.grading.engine import grade_course
from autograder.grading.shown import write_feedback
from autograder.grading.visible import validate
from autograder.hub import check_client, dialog
from autograder.hub.check_client import handed_over
from autograder.hub.formgrader import GuardedCall
from autograder.hub.handed_in import is_handed_in
from autograder.records.result import GradeResult
from autograder.sandbox.confine import ConfinementError

REFUSALS = (CourseError, LookupError, ConfinementError)  # said in a sentence
# What has to be read before one goes on; nbgrader's page shows it in red.
UNFINISHED = {
    "attention": "It was graded, and a person has to look: open the submission.",
    "absent": "Nothing was graded: there is no file in the submission.",
    "fault": "Not everything could be graded: try again, or score it by hand.",
}
NOT_HERE = (
    "this was handed in, and would run as yours: start JupyterLab in the course's folder, where "
    "Validate runs it in a confined session"
)


class Autograde(GuardedCall):
    """`POST /formgrader/api/submission/<assignment>/<student>/autograde`"""

    @web.authenticated
    async def post(self, assignment: str, student: str) -> None:
        answer = await autograde(Path(self.coursedir.root), assignment, student)
        self.finish(json.dumps(answer))


# Whoever presses the button for one student after the other is not refused: they are graded so.
ONE_AT_A_TIME = ThreadPoolExecutor(1, "autograde")


async def autograde(root: Path, assignment: str, student: str) -> dict[str, Any]:
    """Grade a submission anew, whatever is kept of it; what the page is answered."""
    loop = asyncio.get_running_loop()
    try:
        result = await loop.run_in_executor(ONE_AT_A_TIME, _grade, root, assignment, student)
    except REFUSALS as error:
        return {"success": False, "error": str(error)}
    return told(result)


def _grade(root: Path, assignment: str, student: str) -> GradeResult:
    course = Course(root)
    [result] = grade_course(course, course.assignment(assignment), [student], force=True)
    return result


def told(result: GradeResult) -> dict[str, Any]:
    """What nbgrader's page is answered: state, points and notes, and whether all is well."""
    points = f"{result.state}: {result.score:g} of {result.max_score:g} points"
    unfinished = UNFINISHED.get(result.state, "")
    log = ". ".join(filter(None, [points, result.message]))
    return {"success": not unfinished, "log": log, "error": unfinished}


class Feedback(GuardedCall):
    """`POST /formgrader/api/assignment/<assignment>[/<student>]/generate_feedback`"""

    @web.authenticated
    async def post(self, assignment: str, student: str | None = None) -> None:
        root = Path(self.coursedir.root)
        self.finish(json.dumps(await asyncio.to_thread(feedback, root, assignment, student)))


def feedback(root: Path, assignment: str, student: str | None) -> dict[str, Any]:
    """Write the pages of a student, or of all; what nbgrader's page is answered."""
    try:
        pages = write_feedback(Course(root), assignment, [student] if student else None)
    except REFUSALS as error:
        return {"success": False, "error": str(error)}
    return {"success": True, "log": f"{several(len(pages), 'page')} written"}


class Validate(ValidateAssignmentHandler):
    """`POST /assignments/validate?path=…`: what the tests that a student can read will say of the
    notebook's folder, were it handed in.

    Where the server shows no course with its tests, a hub's check service is asked
    (check_client.py). Where there is none, as on a student's laptop, nbgrader's own validator runs
    the notebook, as the student's own kernel would; what was handed in, never.
    """

    @web.authenticated
    async def post(self) -> None:
        body = None if "path" in self.request.arguments else self.get_json_body()
        path = body.get("path") if isinstance(body, dict) else self.get_argument("path", None)
        if not isinstance(path, str) or "\0" in path:
            raise web.HTTPError(400, "expected the path of a notebook")
        self.set_header("Content-Type", "application/json")
        if (service := check_client.service()) and not _course(Path(self.root_dir).resolve()):
            answer = await service.answer(self._target(path)[0])
        else:
            answer = await asyncio.to_thread(self.answer, path)
        self.finish(json.dumps(answer))

    def _target(self, path: str) -> tuple[Path, Path]:
        """A path as it was named, a link not followed, and where it leads: nowhere else."""
        root = Path(self.root_dir).resolve()
        target = (root / path).resolve()
        if not target.is_relative_to(root):
            raise web.HTTPError(403, "a notebook outside of what this server serves")
        return root / path, target

    def answer(self, path: str) -> dict[str, Any]:
        here, target = Validate._target(self, path)
        root = Path(self.root_dir).resolve()
        course = _course(root)
        if course is None and is_handed_in(path, self.settings):
            return dialog.refused(NOT_HERE)
        if course is None:
            return super().validate_notebook(os.path.relpath(target, root))
        if not (course.solutions / here.parent.name).is_dir() or here.suffix != ".ipynb":
            said = f"{path} is no notebook of an assignment of this course: keep it in a folder "
            return dialog.refused(f"{said}with the assignment's name")
        try:
            assignment = course.assignment(here.parent.name)
            result, failed = validate(assignment, here.stem, _handed_over(course, here))
        except REFUSALS as error:
            return dialog.refused(str(error))
        except OSError as error:
            return dialog.refused(f"{path} cannot be read: {error.strerror}")
        return dialog.answer(result, failed)


def _course(root: Path) -> Course | None:
    """The course of which the server shows the folder, if its tests are there."""
    try:
        course = Course(root)
    except CourseError:
        return None
    return course if course.solutions.is_dir() else None


def _handed_over(course: Course, notebook: Path) -> Submission:
    """A notebook as it would be handed in. Beside the instructor's own lie mistakes and data that
    no student's session may see."""
    submission = handed_over(notebook)
    if notebook.parent.resolve().is_relative_to(course.solutions.resolve()):
        return replace(submission, files={notebook.name: submission.files[notebook.name]})
    return submission
