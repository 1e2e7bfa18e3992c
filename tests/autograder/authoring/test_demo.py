"""The demonstration's class: each kind of submission, with its score, state and message."""

import csv
import json
import re
import shutil
import subprocess
import sys

import nbformat
import pytest
from nbclient import NotebookClient
from nbgrader.utils import determine_grade

from autograder import cli
from autograder.authoring import demo
from autograder.authoring.demo import change, delete, students
from autograder.course.course import CONFIG, Course, CourseError
from autograder.grading.engine import grade_course
from autograder.grading.grading import grade_submission
from autograder.grading.shown import write_report
from tests.autograder.course.small import SETTINGS, write
from tests.conftest import CLASS, ROOT

pytestmark = pytest.mark.slow

OK = "needs_manual"
# student: (raw score, state, message, {question: (state, what its message says)})
EXPECTED = {
    "ada": (90, OK, "", {"words": ("manual", "waits for a person")}),
    "blaise": (90, OK, "", {}),
    "carl": (
        70,
        OK,
        "",
        {
            "conv2d_backward_test": ("failed", "db: shape: expected (1,), got (1, 1)"),
            "conv2d_backward_hidden": ("failed", "a hidden test did not pass"),
        },
    ),
    "dorothy": (
        55,
        OK,
        "",
        {
            "output_size_test": ("failed", "expected 5, got 4"),
            "output_size_hidden": ("failed", "a hidden test did not pass"),
            "conv2d_loops_test": ("partial", "shape: expected (1, 1, 4, 4), got (1, 1, 3, 3)"),
            "conv2d_loops_hidden": ("partial", "5 of 10 points; follows from `output_size`"),
            "conv2d_forward_test": ("partial", "your code raised ValueError: cannot reshape"),
            "conv2d_forward_hidden": ("partial", "5 of 10 points; follows from `output_size`"),
            "edges_test": ("partial", "its cell stopped: ValueError"),
            "edges_hidden": ("partial", "follows from `conv2d_forward` and `output_size`"),
        },
    ),
    "emmy": (
        70,
        OK,
        "",
        {
            "conv2d_loops_test": ("failed", "expected 30.0, got -30.0"),
            "conv2d_loops_hidden": ("failed", "hidden"),
        },
    ),
    "felix": (
        65,
        OK,
        "",
        {
            "conv2d_forward_test": ("error", "No module named 'tensorflow'"),
            "conv2d_forward_hidden": ("error", "No module named 'tensorflow'"),
            "edges_test": ("partial", "name 'conv2d_forward' is not defined"),
            "edges_hidden": ("partial", "2.5 of 5 points; follows from `conv2d_forward`"),
        },
    ),
    "grace": (
        70,
        OK,
        "",
        {
            "conv2d_loops_test": ("timeout", "it ran longer than 10 s"),
            "conv2d_loops_hidden": ("timeout", "it ran longer than 10 s"),
        },
    ),
    "henri": (
        60,
        OK,
        "",
        {
            "conv2d_forward_test": ("memory", "it used more memory than 1024 MB"),
            "conv2d_forward_hidden": ("memory", "it used more memory than 1024 MB"),
            "edges_test": ("memory", "it used more memory"),
            "edges_hidden": ("memory", "it used more memory"),
        },
    ),
    "ida": (90, "attention", "test cell conv2d_backward_test was deleted: restored", {}),
    "john": (
        70,
        "attention",
        "test cell conv2d_backward_test was changed: restored",
        {
            "conv2d_backward_test": ("failed", "TypeError"),
            "conv2d_backward_hidden": ("failed", "hidden"),
        },
    ),
    "kurt": (90, OK, "", {}),
    "leonhard": (90, "attention", "homework-3-final.ipynb was renamed", {}),
    "maria": (0, "attention", "a3-convolution.ipynb cannot be read: it is not a Jupyter", None),
    "nikolai": (0, "absent", "nothing was submitted", None),
    "olga": (90, OK, "", {}),
    "paul": (90, "graded", "", {"words": ("not_attempted", "no answer was given")}),
}
HINTS = {
    "carl": ("conv2d_backward_test", "sum dy over axes 0, 2 and 3"),
    "dorothy": ("output_size_test", "the first position counts as well"),
    "emmy": ("conv2d_loops_hidden", "You flip the kernel"),
    "john": ("conv2d_backward_test", "ends without `return`"),
}


def test_every_kind_of_submission_is_in_the_table(graded_class):
    assert {result.student for result in graded_class[1]} == set(EXPECTED)


@pytest.mark.parametrize("student", EXPECTED)
def test_each_kind_gets_its_score_state_and_message(graded_class, student):
    score, state, message, questions = EXPECTED[student]
    [result] = [result for result in graded_class[1] if result.student == student]
    assert (result.raw_score, result.state) == (score, state)
    assert message in result.message if message else not result.message
    for question in result.questions:
        if questions is None:
            assert (question.state, question.score) == ("missing", 0)
        elif question.id in questions:
            wanted, told = questions[question.id]
            assert question.state == wanted
            assert told in question.message
        elif question.id != "words":
            assert (question.state, question.score) == ("passed", question.max_score)


def test_a_known_mistake_gets_its_hint_and_a_right_answer_gets_none(graded_class):
    for result in graded_class[1]:
        hints = {question.id: question.hint for question in result.questions if question.hint}
        if result.student in HINTS:
            question, hint = HINTS[result.student]
            assert hint in hints[question]
        else:
            assert not hints


def test_a_day_and_a_half_late_costs_a_fifth_by_nbgraders_plug_in(graded_class):
    course, results = graded_class
    penalties = {result.student: result.late_penalty for result in results}
    assert penalties.pop("olga") == pytest.approx(18)
    assert set(penalties.values()) == {0}
    with course.gradebook() as gradebook:
        submission = gradebook.find_submission(CLASS, "olga")
        assert submission.late_submission_penalty == pytest.approx(18)


def test_nbgraders_gradebook_holds_every_score(graded_class):
    course, results = graded_class
    with course.gradebook() as gradebook:
        for result in results:
            if result.state == "absent":
                continue
            submission = gradebook.find_submission(CLASS, result.student)
            assert submission.score == result.raw_score
            assert submission.max_score == 100
            waits = any(question.state == "manual" for question in result.questions)
            assert bool(submission.needs_manual_grade) == waits


def nbgrader(course, *arguments):
    command = [sys.executable, "-m", "nbgrader", *arguments]
    return subprocess.run(command, cwd=course.root, capture_output=True, text=True, timeout=120)


def test_nbgraders_own_feedback_works_on_the_result_and_tells_no_hidden_test(graded_class):
    course, _ = graded_class
    made = nbgrader(
        course,
        "generate_feedback",
        CLASS,
        "--student=emmy",
        "--CourseDirectory.feedback_directory=nbgraders_feedback",
    )
    assert made.returncode == 0, made.stderr
    folder = course.root / "nbgraders_feedback" / "emmy" / CLASS
    page = (folder / f"{CLASS}.html").read_text()
    assert "You flip the kernel" in page
    assert "HIDDEN" not in page
    assert "default_rng(33)" not in page


def test_the_perfect_notebook_passes_what_students_can_run_themselves(graded_class, tmp_path):
    course, _ = graded_class
    shutil.copytree(course.submitted / "ada" / CLASS, tmp_path, dirs_exist_ok=True)
    shutil.copy(course.assignments / CLASS / "camera.png", tmp_path)
    notebook = nbformat.read(tmp_path / f"{CLASS}.ipynb", as_version=4)
    NotebookClient(notebook, timeout=60, resources={"metadata": {"path": tmp_path}}).execute()


def test_nbgrader_reads_our_verdict_from_the_outputs(graded_class):
    course, results = graded_class
    for result in results:
        path = course.autograded / result.student / CLASS / f"{CLASS}.ipynb"
        if path.exists():
            scores = {question.id: question.score for question in result.questions}
            for cell in nbformat.read(path, as_version=4).cells:
                settings = cell.metadata.get("nbgrader", {})
                if settings.get("grade") and not settings["solution"]:
                    assert determine_grade(cell)[0] == scores[settings["grade_id"]]


def test_a_second_run_grades_only_what_has_changed(graded_class, monkeypatch):
    course, results = graded_class
    assignment = course.assignment(CLASS)
    graded = []

    def grade(assignment, submission, confined, kept):
        graded.append(submission.student)
        return grade_submission(assignment, submission, confined, kept=kept)

    monkeypatch.setattr("autograder.grading.engine.grade_or_fault", grade)
    again = {result.student: result.score for result in grade_course(course, assignment)}
    assert not graded
    assert again == {result.student: result.score for result in results}
    path = course.submitted / "blaise" / CLASS / f"{CLASS}.ipynb"
    path.write_bytes(path.read_bytes() + b"\n")
    list(grade_course(course, assignment))
    assert graded == ["blaise"]


def test_grades_by_hand_reach_the_report_and_the_csv(graded_class):
    course, _ = graded_class
    with course.gradebook() as gradebook:
        grade = gradebook.find_grade("words", CLASS, CLASS, "olga")
        grade.manual_score, grade.needs_manual_grade = 8.0, False
        gradebook.db.commit()
    page, grades = write_report(course, CLASS)
    rows = {row["student_id"]: row for row in csv.DictReader(grades.open())}
    olga = rows["olga"]
    assert (olga["raw_score"], olga["late_submission_penalty"], olga["score"]) == (
        "98",
        "19.6",
        "78.4",
    )
    assert (olga["state"], rows["ada"]["state"]) == ("graded", OK)
    assert rows["nikolai"]["state"] == "absent"
    assert page.exists()


def test_json_output_and_exit_status_are_as_promised(graded_class, capsys):
    course, _ = graded_class
    arguments = ["grade", CLASS, "--course", str(course.root), "--json"]
    assert cli.main([*arguments, "--student", "emmy"]) == 0
    [line] = capsys.readouterr().out.splitlines()
    printed = json.loads(line)
    assert (printed["student"], printed["score"], printed["state"]) == ("emmy", 70, OK)
    assert printed["questions"][4]["state"] == "failed"
    assert cli.main([*arguments, "--student", "john"]) == 4
    assert cli.main(["grade", "a9", "--course", str(course.root)]) == 2


def test_pages_hold_no_script_and_load_nothing(graded_class):
    course, _ = graded_class
    pages = [*course.feedback.rglob("*.html"), *course.reports.glob("*.html")]
    assert len(pages) == len(EXPECTED) + 1
    for page in pages:
        text = page.read_text()
        assert "default-src 'none'" in text
        assert "<script" not in text
        assert 'src="http' not in text
        assert "HIDDEN" not in text


def test_a_real_folder_is_never_taken_for_a_demonstration(tmp_path):
    (tmp_path / "gradebook.db").write_text("mine")
    with pytest.raises(CourseError, match="holds something else"):
        demo.prepare(Course(ROOT), tmp_path)
    assert (tmp_path / "gradebook.db").read_text() == "mine"


CLASSMATES = """
from autograder.authoring.demo import Student, change
STUDENTS = [Student("ada"), Student("carl", (change("q1", "2 * x", "x"),))]
"""


def test_the_command_builds_and_grades_the_class_of_each_assignment(tmp_path):
    for name in ("a1", "a2"):
        settings = f"{SETTINGS}duedate = 2026-11-26T12:00:00Z\n"
        folder = write(tmp_path / "solutions" / name, settings=settings)
        (folder / "demo.py").write_text(CLASSMATES)
    shutil.copy(ROOT / CONFIG, tmp_path)
    command = [sys.executable, "-m", "autograder.cli", "demo"]
    shown = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert shown.returncode == 0, shown.stderr
    for name in ("a1", "a2"):
        assert f"✓ assignments/{name} written by nbgrader" in shown.stderr
        [lines] = re.findall(rf"^{name}$(.*?)^report", shown.stdout, re.M | re.S)
        assert re.search(r"^ada\b.*\b2\b", lines, re.M)
        assert re.search(r"^carl\b.*\b0\b", lines, re.M)
        assert (tmp_path / "build" / "demo" / "reports" / f"{name}.html").exists()


def test_without_a_name_the_demonstration_is_the_class_of_60_and_an_unknown_one_harms_nothing(
    tmp_path, capsys
):
    course = Course(ROOT)
    [large] = demo.chosen(course, [])
    assert len(demo.everybody(course, large)) == 60
    assert demo.chosen(course, [CLASS]) == [CLASS]
    demo.prepare(course, tmp_path / "demo")
    (tmp_path / "demo" / "kept").touch()
    where = [f"--course={ROOT}", f"--into={tmp_path / 'demo'}"]
    assert cli.main(["demo", "a9-nothing", *where]) == 2
    assert "there is no class for a9-nothing, but for a1-perceptron" in capsys.readouterr().err
    assert (tmp_path / "demo" / "kept").exists()


def test_an_edit_that_finds_nothing_is_an_error():
    cells = [{"cell_type": "code", "source": "x", "metadata": {"nbgrader": {"grade_id": "a"}}}]
    with pytest.raises(ValueError, match="does not contain"):
        change("a", "y", "z")(cells)
    assert delete("a")(cells) == []
    assert len(students(Course(ROOT), CLASS)) == len(EXPECTED)
