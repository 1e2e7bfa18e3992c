"""Answers for who marks them: a page of its own, in which a student's text is text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

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
            name = settings.get("grade_id", "")
            if name:
                task = name if settings.get("task") else ""
            key = task or (name if settings.get("grade") and settings.get("solution") else "")
            if key and not (name and task):
                found[key] = found.get(key, Markup("")) + _shown(cell)
    return found


def asked_and_expected(course: Course, assignment: Assignment) -> dict[str, tuple[Markup, Markup]]:
    """By question that a person marks, what it asks, which is the instructor's text above it or in
    it, and the instructor's own answer."""
    found = {}
    for notebook in assignment.notebooks:
        path = course.solutions / assignment.name / f"{notebook.name}.ipynb"
        text = Markup("")
        for cell in json.loads(path.read_text(encoding="utf-8-sig"))["cells"]:
            settings = cell["metadata"].get("nbgrader", {})
            name, shown = settings.get("grade_id", ""), _shown(cell)
            if settings.get("task"):
                found[name] = shown, Markup("")
            elif settings.get("grade") and settings.get("solution"):
                found[name] = text, shown
            elif cell["cell_type"] == "markdown" and not settings.get("solution"):
                text = shown
    return found


def _shown(cell: Mapping[str, Any]) -> Markup:
    source = "".join(cell["source"])
    if cell["cell_type"] == "code":
        return Markup("<pre>{}</pre>").format(source)
    return words(source, cell.get("attachments"))


def page(
    assignment: Assignment,
    asked: Mapping[str, float],
    told: Mapping[str, tuple[Markup, Markup]],
    answers: Mapping[str, Mapping[str, Markup]],
) -> str:
    """Question by question, so that one is marked for all before the next; `told` has what each
    asks, and the instructor's answer."""
    questions = [
        {
            "id": question,
            "points": points,
            "text": told[question][0],
            "expected": told[question][1],
            "answers": [
                {"code": code, "html": mine[question]}
                for code, mine in answers.items()
                if question in mine
            ],
        }
        for question, points in asked.items()
    ]
    template = environment().get_template("answers.html")
    return template.render(assignment=assignment, questions=questions)
