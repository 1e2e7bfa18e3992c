"""`### AUTOTEST f(2)`: tests that nbgrader makes from the instructor's answers are built, released
and graded as any others."""

import json
import shutil

import nbformat
import pytest

from autograder import cli
from autograder.authoring.autotests import NBGRADERS
from autograder.course.autotests import FILE
from autograder.course.submission import Submission
from autograder.grading.grading import grade_submission
from tests.conftest import notebook, small_course

# By kind of answer: the right one, what is asked of it, and wrong ones.
KINDS = {
    "a float": (
        "def f(x):\n    return 1.25 * x",
        "f(3)",
        [
            "def f(x):\n    return 3 * x",
            "def f(x):\n    return 3.76",
            "def f(x):\n    return '3.75'",
        ],
    ),
    "an int": ("def f(x):\n    return 2 * x", "f(3)", ["f = float", "def f(x): return x"]),
    "a truth": ("def f(x):\n    return x > 2", "f(3); f(1)", ["def f(x):\n    return x < 2"]),
    "a text": (
        "def f(x):\n    return 'No \"x\" in ' + x",
        "f('Äon')",
        ["def f(x):\n    return 'no \"x\" in ' + x", "def f(x):\n    return x"],
    ),
    "a list": (
        "def f(x):\n    return [x, 'b', 2.5]",
        "f('a')",
        ["def f(x):\n    return ['b', x, 2.5]", "def f(x):\n    return (x, 'b', 2.5)"],
    ),
    "a set of texts": (
        "def f():\n    return {'pear', 'plum', 'apple'}",
        "f()",
        ["def f():\n    return {'pear', 'plum'}", "def f():\n    return ['pear', 'plum', 'apple']"],
    ),
    "a tuple": (
        "def f(x):\n    return x, (x, None)",
        "f(1)",
        ["def f(x):\n    return [x, (x, None)]", "def f(x):\n    return x, (x, 0)"],
    ),
    "a dictionary": (
        "f = {'stride': 1, 'pad': [0, 2]}",
        "f",
        ["f = {'stride': 1, 'pad': [0, 3]}", "f = {'stride': 1}", "f = [1]"],
    ),
    "an array": (
        "import numpy as np\ndef f(n):\n    return np.eye(n)",
        "f(2).shape; f(2)",
        ["import numpy as np\ndef f(n):\n    return np.ones((n, n))", "def f(n): return [[1, 0]]"],
    ),
    "nothing": ("def f(x):\n    x.append(3)", "f([1])", ["def f(x):\n    return 3"]),
}
ASK = {
    "plain": "### AUTOTEST {}",
    "hashed": "n = 0\n### HASHED AUTOTEST {}",
    "hidden": "### BEGIN HIDDEN TESTS\n## HASHED AUTOTEST {}\n### END HIDDEN TESTS",
}


def cells_of(answers=None):
    """A question for each kind and each way to ask, with the right answer or another."""
    made = []
    for number, (kind, (right, asked, _)) in enumerate(KINDS.items()):
        name = f"f{number}"
        answer = (answers or {}).get(kind, right)
        solution = f"### BEGIN SOLUTION\n{answer}\n{name} = f\n### END SOLUTION"
        made.append((f"q{number}", "solution", solution))
        for how, line in ASK.items():
            text = line.format(asked.replace("f", name))
            made.append((f"t{number}-{how}", "test", text))
    return made


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    course = small_course(tmp_path_factory.mktemp("autotests") / "course", cells_of())
    before = contents(course.solutions)
    shutil.copy(NBGRADERS, course.root)
    assert cli.main(["build", "t", "--course", str(course.root)]) == 0
    assert contents(course.solutions) == before
    return course


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.*")}


def released(course):
    return (course.assignments / "t" / "t.ipynb").read_bytes()


def grade(course, answers=None):
    """The scores that answers get, on the notebook that students have, by kind."""
    tree = json.loads(released(course))
    given = {name: text for name, _, text in cells_of(answers)}
    for cell in tree["cells"]:
        if (name := cell["metadata"]["nbgrader"]["grade_id"]).startswith("q"):
            cell["source"] = given[name]
    submission = Submission("someone", {"t.ipynb": json.dumps(tree).encode()})
    questions = grade_submission(course.assignment("t"), submission).questions
    kinds = [kind for kind in KINDS for _ in ASK]
    return {(k, q.id.partition("-")[2]): q for k, q in zip(kinds, questions, strict=True)}


def test_a_right_answer_passes_what_was_made_from_the_instructors(built):
    for what, question in grade(built).items():
        assert (question.state, question.score) == ("passed", 2), (what, question.message)


@pytest.mark.parametrize("turn", range(max(len(wrong) for _, _, wrong in KINDS.values())))
def test_wrong_answers_fail_it_however_it_was_asked(built, turn):
    wrong = {k: answers[turn] for k, (_, _, answers) in KINDS.items() if turn < len(answers)}
    for (kind, how), question in grade(built, wrong).items():
        assert (question.score == 0) == (kind in wrong), (kind, how, question.message)


def test_a_release_without_answers_gets_nothing(built):
    files = {"t.ipynb": released(built)}
    assert grade_submission(built.assignment("t"), Submission("someone", files)).score == 0


def test_students_read_what_was_made_but_for_what_is_hidden(built):
    cells = {c.metadata.nbgrader.grade_id: c.source for c in _cells(released(built))}
    assert 'assert str(round(f0(3), 2)) == """3.75"""' in cells["t0-plain"]
    assert "sha1(str(round(f0(3), 2))" in cells["t0-hashed"]
    assert "3.75" not in cells["t0-hashed"]
    assert "f0(3)" not in cells["t0-hidden"]
    assert not any("AUTOTEST" in text for text in cells.values())


def _cells(content):
    return nbformat.reads(content.decode(), as_version=4).cells


RIGHT = "def f(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"
CELLS = [("q", "solution", RIGHT), ("t1", "test", "### AUTOTEST f(2)")]
BY_CHANCE = "import random\ndef f(x): return random.randrange(10**12)"


def run(course, command):
    return cli.main([command, "t", "--course", str(course.root)])


def test_without_templates_it_is_said_where_nbgraders_own_are(tmp_path, capsys):
    course = small_course(tmp_path / "course", CELLS)
    for command in ("build", "check"):
        assert run(course, command) == 2
        told = capsys.readouterr().err
        assert "there is no autotests.yml that says how they are made: copy nbgrader's" in told
        assert str(NBGRADERS) in told
    assert NBGRADERS.is_file()


def test_what_was_made_counts_only_for_what_it_was_made_from(tmp_path, capsys):
    course = small_course(tmp_path / "course", CELLS)
    shutil.copy(NBGRADERS, course.solutions / "t")
    assert run(course, "grade") == 2
    assert "run `autograder build`" in capsys.readouterr().err
    written = []
    for _ in range(2):
        assert run(course, "build") == 0
        written.append((released(course), (course.reports / "t" / FILE).read_bytes()))
    assert written[0] == written[1]
    assert run(course, "grade") == 0
    assert not (course.assignments / "t" / "autotests.yml").exists()
    other = [("q", "solution", RIGHT.replace("2 *", "3 *")), CELLS[1]]
    (course.solutions / "t" / "t.ipynb").write_bytes(notebook(other))
    assert run(course, "grade") == 2
    assert "and none have been made of them as they are now" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("cells", "templates", "status", "told"),
    [
        ([CELLS[0], ("t1", "test", "### AUTOTEST g(2)")], None, 3,
         "t.ipynb, cell 't1' stops when the notebook is run to make tests from it: "
         "NameError: name 'g' is not defined"),
        ([("q", "solution", "def f(x):\n    while True: pass"), CELLS[1]], None, 3,
         "t.ipynb, cell 't1' ran longer than 2 s when tests were made: make it faster, or raise"),
        ([("q", "solution", "name = input()\ndef f(x): return x"), CELLS[1]], None, 3,
         "t.ipynb, cell 'q' stops when the notebook is run"),
        (CELLS, "python3: [", 3, "autotests.yml cannot be used"),
        (CELLS, "ir: {}", 3, "autotests.yml cannot be used ('python3'): it needs a part python3"),
        ([("q", "solution", BY_CHANCE), CELLS[1]], None, 3,
         "t1 the instructor's version loses points: failed: value of f(2) is not correct"),
    ],
)  # fmt: skip
def test_what_no_test_can_be_made_from_is_told(tmp_path, capsys, cells, templates, status, told):
    limits = "[limits]\ntotal_seconds = 2\ncell_seconds = 2\n"
    course = small_course(tmp_path / "course", cells, settings=limits)
    path = course.root / "autotests.yml"
    path.write_text(templates) if templates else shutil.copy(NBGRADERS, path)
    assert run(course, "build") == status
    assert told in capsys.readouterr().err
    assert not (course.assignments / "t").exists()
