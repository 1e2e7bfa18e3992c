"""Answers for who marks them: a page of its own, in which a student's text is text."""

from __future__ import annotations

import json
from collections.abc import Mapping

from markupsafe import Markup, escape

from autograder.course.assignment import Assignment
from autograder.course.course import Course
from autograder.records.feedback import environment
from autograder.records.words import words


def answers_of(course: Course, assignment: Assignment, student: str) -> dict[str, Markup]:
    """What a student answered, by question: of the notebooks that were graded; of a task the cells
    below it, up to the next that is the instructor's."""
    found: dict[str, Markup] = {}
    for notebook in assignment.notebooks:
        path = course.autograded / student / assignment.name / f"{notebook.name}.ipynb"
        if not path.is_file():
            continue
        task = ""
        for cell in json.loads(path.read_bytes())["cells"]:
            settings = cell["metadata"].get("nbgrader", {})
            source = "".join(cell["source"])
            shown = (
                Markup("<pre>{}</pre>").format(source)
                if cell["cell_type"] == "code"
                else words(source, cell.get("attachments"))
            )
            name = settings.get("grade_id", "")
            if name:
                task = name if settings.get("task") else ""
            key = task or (name if settings.get("grade") and settings.get("solution") else "")
            if key and not (name and task):
                found[key] = found.get(key, Markup("")) + shown
    return found


def page(
    assignment: Assignment,
    asked: Mapping[str, float],
    answers: Mapping[str, Mapping[str, Markup]],
) -> str:
    """Question by question, so that one is marked for all before the next."""
    questions = [
        {
            "id": question,
            "points": points,
            "answers": [
                {"code": code, "html": mine.get(question, escape(""))}
                for code, mine in answers.items()
            ],
        }
        for question, points in asked.items()
    ]
    template = environment().get_template("answers.html")
    return template.render(assignment=assignment, questions=questions)
