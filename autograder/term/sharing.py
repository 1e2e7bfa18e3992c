"""`autograder share`: answers in words, marked by several people, blind if wanted, and back.

Each marker gets a folder `marking/<assignment>/<marker>/`: `answers.html`, question by question,
which needs no network and holds no script, and `marks.csv` to fill in. Some answers can be marked
by two: where both say nearly the same, the mean counts; else a person decides. Who is behind a code
stands in `reports/<assignment>/share.json` alone: codes are drawn, anew with each sharing, so
that none can be computed, and a table of an earlier one is no answer's any more.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from markupsafe import Markup
from nbgrader.api import MissingEntry

from autograder.course import tables
from autograder.course.assignment import Assignment
from autograder.course.course import Course, CourseError
from autograder.course.ids import is_plain, several
from autograder.grading.engine import kept_results, write_whole
from autograder.records.result import GradeResult
from autograder.records.standing import BY_HAND
from autograder.term.answers import answers_of, asked_and_expected, page

FOLDER, FILE = "marking", "share.json"
PAGE, TABLE = "answers.html", "marks.csv"  # in a marker's folder
COLUMNS = ("answer", "question", "points", "of", "comment")
NEARLY = 0.1  # of a question's points: two who differ by no more agree


@dataclass
class Share:
    """Who marks what: by code the student, the markers, and what they said by question."""

    students: dict[str, str] = field(default_factory=dict)
    markers: dict[str, list[str]] = field(default_factory=dict)
    marks: dict[str, dict[str, dict[str, tuple[float, str]]]] = field(default_factory=dict)

    @classmethod
    def of(cls, course: Course, name: str) -> Share:
        path = course.reports / name / FILE
        if not path.is_file():
            raise CourseError(f"{name} is not shared: --markers ana,ben shares it")
        with suppress(OSError, ValueError, TypeError):
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        raise CourseError(f"{path} cannot be read: put back a copy of it")

    def write(self, course: Course, name: str) -> None:
        path = course.reports / name / FILE
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, json.dumps(asdict(self), indent=1, ensure_ascii=False).encode())


def questions(assignment: Assignment) -> dict[str, float]:
    """What a person gives points for, and how many."""
    cells = [cell for notebook in assignment.notebooks for cell in notebook.questions]
    return {c.grade_id: float(c.points) for c in cells if c.kind == "manual" or c.is_task}


def share(
    course: Course, assignment: Assignment, markers: list[str], blind: bool, twice: int
) -> list[Path]:
    """Write a folder for each marker. CourseError: there is nothing to mark, nobody who may, or
    somebody has begun to.
    """
    asked, name = questions(assignment), assignment.name
    if wrong := [m for m in markers if not is_plain(m)] or len({*markers}) < len(markers):
        raise CourseError(f"markers are named once each, as in --markers ana,ben: {wrong}")
    if not asked:
        raise CourseError(f"{name} has no answers that a person marks")
    if (course.reports / name / FILE).is_file() and Share.of(course, name).marks:
        raise CourseError(
            f"{name} is shared, and marks have come back: remove {course.reports / name / FILE} "
            f"and {course.root / FOLDER / name} to share it anew, without them"
        )
    for path in sorted((course.root / FOLDER / name).glob(f"*/{TABLE}")):
        if any(row["points"] or row["comment"] for row in tables.read(path, COLUMNS)):
            raise CourseError(
                f"{path} is filled in: take it by --back, or remove its folder to share {name} "
                "anew, without it"
            )
    results = kept_results(course, name)
    if not any(result.state != "absent" for result in results):
        raise CourseError(f"nothing is graded yet: run `autograder grade {name}` first")
    if not (there := [result.student for result in results if waiting(result, asked)]):
        raise CourseError(f"no answer of {name} waits for a person: nobody has written any")
    made, drawn = Share(), random.SystemRandom().sample(range(16**8), len(there))
    for number, (draw, student) in enumerate(sorted(zip(drawn, there, strict=True))):
        code = f"answer-{draw:08x}" if blind else student
        first = number % len(markers)
        mine = [markers[first]]
        if number < twice and len(markers) > 1:
            mine.append(markers[(first + 1) % len(markers)])
        made.students[code], made.markers[code] = student, mine
    for file in (PAGE, TABLE):
        for path in (course.root / FOLDER / name).glob(f"*/{file}"):  # of an earlier sharing
            path.unlink()
    made.write(course, name)
    return [path for m in markers for path in _folder(course, assignment, made, m)]


def waiting(result: GradeResult, asked: Mapping[str, float]) -> list[str]:
    """The questions of a student's that a person has to mark: what was left as it was needs
    nobody."""
    there = {question.id for question in result.questions if question.state in BY_HAND}
    return [question for question in asked if question in there]


def answers(
    course: Course, assignment: Assignment, students: Mapping[str, str]
) -> dict[str, dict[str, Markup]]:
    """By the code of a student, and by question, what a marker has to mark."""
    asked = questions(assignment)
    results = {result.student: result for result in kept_results(course, assignment.name)}
    found = {}
    for code, student in students.items():
        written = answers_of(course, assignment, student)
        mine = waiting(results[student], asked) if student in results else []
        found[code] = {question: written.get(question, Markup("")) for question in mine}
    return found


def marker_page(
    course: Course, assignment: Assignment, shown: Mapping[str, Mapping[str, Markup]]
) -> bytes:
    told = asked_and_expected(course, assignment)
    return page(assignment, questions(assignment), told, shown).encode(errors="replace")


def _folder(course: Course, assignment: Assignment, made: Share, marker: str) -> Iterator[Path]:
    folder = course.root / FOLDER / assignment.name / marker
    folder.mkdir(parents=True, exist_ok=True)
    mine = {c: s for c, s in made.students.items() if marker in made.markers[c]}
    shown = answers(course, assignment, mine)
    write_whole(folder / PAGE, marker_page(course, assignment, shown))
    rows = [
        {"answer": code, "question": question, "of": f"{points:g}"}
        for question, points in questions(assignment).items()
        for code in mine
        if question in shown[code]
    ]
    blank = dict.fromkeys(COLUMNS, "")
    write_whole(folder / TABLE, tables.written(COLUMNS, [blank | row for row in rows]))
    yield from (folder / PAGE, folder / TABLE)


def back(
    course: Course, assignment: Assignment, path: Path, yes: bool
) -> Iterator[tuple[str, bool]]:
    """Take a marker's table; a line for each thing to tell, and whether nobody has to look.

    The marker is the folder's name. CourseError: the table cannot be read, or is nobody's.
    """
    name, marker = assignment.name, path.resolve().parent.name
    made, asked = Share.of(course, name), questions(assignment)
    if not any(marker in markers for markers in made.markers.values()):
        raise CourseError(f"{path} lies in the folder of no marker: {marker!r} marks nothing")
    open_ones = 0
    for row in tables.read(path, COLUMNS):
        code, question = row["answer"], row["question"]
        where = f"{code}, {question}"
        if marker not in made.markers.get(code, ()) or question not in asked:
            yield f"{where}: {marker} was not asked for it", False
            continue
        if not row["points"]:
            open_ones += 1
            continue
        points = _points(row["points"], asked[question])
        if points is None:
            yield f"{where}: {row['points']!r} is not from 0 to {asked[question]:g}", False
            continue
        said = made.marks.setdefault(code, {}).setdefault(question, {})
        said[marker] = (points, row["comment"])
    if open_ones:
        yield f"{several(open_ones, 'answer')} of {marker}'s without points yet", False
    yield from _record(course, name, made, asked, yes)
    if yes:
        made.write(course, name)


def _points(text: str, most: float) -> float | None:
    if not re.fullmatch(r"\d+(?:[.,]\d+)?", text):
        return None
    points = float(text.replace(",", "."))
    return points if points <= most else None


def _record(
    course: Course, name: str, made: Share, asked: dict[str, float], yes: bool
) -> Iterator[tuple[str, bool]]:
    """What all markers have said so far into the gradebook, where they agree."""
    written, waiting = 0, Counter[str]()
    with course.gradebook() as gradebook:
        for code, by_question in made.marks.items():
            for question, said in by_question.items():
                if missing := [m for m in made.markers[code] if m not in said]:
                    waiting.update(missing)
                    continue
                values = [points for points, _ in said.values()]
                if max(values) - min(values) > NEARLY * asked[question]:
                    told = " and ".join(f"{m} {p:g}" for m, (p, _) in said.items())
                    yield f"{code}, {question}: {told}: decide in the form-grader", False
                    continue
                notebook = _notebook(gradebook, name, question)
                student = made.students[code]
                try:
                    grade = gradebook.find_grade(question, notebook, name, student)
                except MissingEntry:
                    yield f"{code}, {question}: it is no longer in the gradebook", False
                    continue
                mean = sum(values) / len(values)
                if grade.manual_score is not None and abs(grade.manual_score - mean) > 1e-9:
                    told = f"the gradebook has {grade.manual_score:g}, not {mean:g}"
                    yield f"{code}, {question}: {told}: what is there stays", False
                    continue
                written += grade.manual_score is None
                grade.manual_score, grade.needs_manual_grade = mean, False
                comment = gradebook.find_comment(question, notebook, name, student)
                words = "\n\n".join(filter(None, (text for _, text in said.values())))
                comment.manual_comment = comment.manual_comment or words or None
        if yes:
            gradebook.db.commit()
        else:
            gradebook.db.rollback()
    for marker, number in sorted(waiting.items()):
        yield f"{several(number, 'answer')} marked by two: {marker}'s points are to come", True
    yield f"{several(written, 'answer')} with the points of the markers", True


def _notebook(gradebook: object, name: str, question: str) -> str:
    asked = gradebook.find_assignment(name)  # type: ignore[attr-defined]
    for notebook in asked.notebooks:
        if any(cell.name == question for cell in (*notebook.grade_cells, *notebook.task_cells)):
            return str(notebook.name)
    return ""
