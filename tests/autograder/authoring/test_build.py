"""`build` and `check`: what they refuse and accept, and that a failure leaves all as it was."""

import base64
import json
import shutil

import nbformat
import pytest

from autograder import cli
from autograder.authoring.build import release
from autograder.course.course import Course
from tests.conftest import small_course

DOUBLE = "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"
CELLS = [
    ("setup", "locked", "import numpy as np"),
    ("q1", "solution", DOUBLE),
    ("q1_test", "test", "assert double(2) == 4"),
    ("why", "manual", "Because."),
]
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n of the solution").decode()


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    course = write(tmp_path_factory.mktemp("released"), CELLS)
    release(course, course.assignment("t"))
    return course.root


@pytest.fixture
def root(released, tmp_path):
    return shutil.copytree(released, tmp_path / "course")


def write(root, cells, settings="", change=None):
    limits = "[limits]\ncell_seconds = 2\ntotal_seconds = 20\n"
    course = small_course(root, cells, settings=settings + limits)
    path = root / "solutions" / "t" / "t.ipynb"
    tree = json.loads(path.read_text())
    for cell in tree["cells"]:
        if change:
            change(cell["metadata"]["nbgrader"]["grade_id"], cell)
    path.write_text(json.dumps(tree))
    return course


def run(root, command="build"):
    return cli.main([command, "t", "--course", str(root)])


def cells_of(*texts, solution=DOUBLE):
    cells = [("setup", "locked", "import numpy as np"), ("q1", "solution", solution)]
    return [*cells, *((f"t{n}", "test", text) for n, text in enumerate(texts, 1))]


ACCEPTED = {
    "a test of a number": cells_of("assert answer == 42", solution="answer = 42"),
    "a test of a class": cells_of(
        "np.testing.assert_allclose(Layer().forward(2), 4)",
        solution="class Layer:\n    def forward(self, x):\n        return 2 * x",
    ),
    "a test of a lambda": cells_of("assert double(2) == 4", solution="double = lambda x: 2 * x"),
    "a test whose hidden lines give the points": cells_of(
        "points = 0\n### BEGIN HIDDEN TESTS\npoints += 2 * (double(2) == 4)\n"
        "### END HIDDEN TESTS\npoints"
    ),
    "an essay whose model answer is what students get": [
        *CELLS[:3],
        ("why", "manual", "YOUR ANSWER HERE"),
    ],
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_can_be_graded_is_built(root, name, capsys):
    write(root, ACCEPTED[name])
    assert run(root) == 0, capsys.readouterr().err


def test_a_test_that_takes_the_students_word_is_named(root, capsys):
    solution = (
        "class Shape:\n    pass\nclass Box(Shape):\n    def size(self):\n        return 3\n"
        "    def __eq__(self, other):\n        return self.size() == other.size()"
    )
    word, value = "assert isinstance(Box(), Shape) and Box() == Box()", "assert Box().size() == 3"
    write(root, cells_of(word, value, solution=solution))
    assert run(root, "check") == 0
    first, second = capsys.readouterr().out.splitlines()[:2]
    assert "takes the student's word for isinstance, ==: let it look at a value, too" in first
    assert "word" not in second


def test_an_assignment_with_a_task_is_built(root, capsys):
    def make_task(cell_id, cell):
        if cell_id == "why":
            cell["metadata"]["nbgrader"].update(task=True, grade=False, solution=False, locked=True)
            cell["source"] = "Draw it.\n### BEGIN MARK SCHEME\nA circle.\n### END MARK SCHEME"

    write(root, CELLS, change=make_task)
    assert run(root) == 0, capsys.readouterr().err
    text = (root / "assignments" / "t" / "t.ipynb").read_text()
    assert "Draw it." in text
    assert "A circle." not in text


REFUSED = {
    "a variable that may be anything": (
        cells_of("len(str(answer))\nassert True", solution="answer = 42"),
        "t1 passes whatever the answer is: let it compare with a value",
    ),
    "the instructor's version": (
        cells_of("assert double(2) == 5"),
        "t1 the instructor's version loses points: failed: this check did not hold",
    ),
    "the untouched version": (
        cells_of("assert True"),
        "t1 the untouched version gets points, and cannot tell right from wrong",
    ),
    "an empty answer": (
        cells_of("np.testing.assert_allclose(double(2), 4)"),
        "t1 passes functions that all return np.array([])",
    ),
    "a test that ends in True": (
        cells_of("np.allclose(double(2), 4)"),
        "the test ends in True or False, and nothing looks at it: assert is missing before it",
    ),
    "a test that ends in nan": (
        cells_of("double(float('nan'))"),
        "the test ends in a number that is not finite",
    ),
    "a test that ends in a text": (
        cells_of("str(double(2))"),
        "t1 passes functions that all return np.array([])",
    ),
    "a test that ends in too many points": (
        cells_of("double(2)"),
        "the test computed a number outside 0 … 2",
    ),
    "a test that needs its hidden lines": (
        cells_of("### BEGIN HIDDEN TESTS\nx = 3\n### END HIDDEN TESTS\nassert double(x) == 6"),
        "t1 fails for a right answer without its hidden lines: NameError: name 'x'",
    ),
    "a solution that is stopped": (
        cells_of("assert double(2) == 4", solution="def double(x):\n    while True: pass"),
        "t1 the instructor's own solution was stopped in it (timeout): mend it, or raise the limi",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_build_and_check_refuse_the_same_and_nothing_has_changed(root, name, capsys):
    before = contents(root)
    write(root, REFUSED[name][0])
    assert run(root) == 3
    told = capsys.readouterr().err
    assert REFUSED[name][1] in told
    assert "HandleError" not in told
    assert run(root, "check") == 3
    [line] = [line for line in capsys.readouterr().out.splitlines() if line.startswith("✗")]
    assert line.startswith("✗ t1")
    after = contents(root)
    assert {path: after[path] for path in before if "solutions" not in path.parts} == {
        path: before[path] for path in before if "solutions" not in path.parts
    }
    assert before.keys() == after.keys()


def contents(root):
    return {p.relative_to(root): p.read_bytes() for p in root.rglob("*") if p.is_file()}


@pytest.mark.parametrize(
    ("cell", "text", "told"),
    [
        ("setup", "import scipyy", "ModuleNotFoundError: No module named 'scipyy'"),
        ("setup", "x = open('da' + 'ta.csv')", "No such file or directory: 'data.csv'"),
        ("q1", "def double(x):\n    return 2 * x\nundefined", "name 'undefined' is not defined"),
    ],
)
def test_a_cell_that_stops_is_told_though_every_test_passes(root, capsys, cell, text, told):
    (root / "solutions" / "t" / "data.csv").write_text("1")
    write(root, [(name, kind, text if name == cell else old) for name, kind, old in CELLS])
    for command in ("build", "check"):
        assert run(root, command) == 3
        said = "".join(capsys.readouterr())
        assert f"t.ipynb, cell '{cell}' stops: " in said
        assert told in said


def test_all_flaws_are_told_at_once(root, capsys):
    careless = "np.testing.assert_allclose(double(2), 4)"
    write(root, cells_of("assert double(2) == 5", "assert True", careless))
    assert run(root) == 3
    told = capsys.readouterr().err
    for flaw in ("t1 the instructor's version", "t2 the untouched version", "t3 passes functions"):
        assert flaw in told


def test_a_rule_that_the_instructors_own_solution_breaks_is_told(root, capsys):
    solution = ("q1", "solution", "def double(x):\n    return abs(x) * 2")
    write(root, [CELLS[0], solution, *CELLS[2:]])
    with open(root / "solutions" / "t" / "assignment.toml", "a") as settings:
        settings.write('[[rules]]\nforbid = ["abs"]\ncells = ["q1"]\n')
    assert run(root) == 3
    assert "breaks a rule: q1, line 2, uses abs" in capsys.readouterr().err


def test_a_mistakes_module_that_cannot_be_loaded_is_told(root, capsys):
    probes = "PROBES = {'double': [lambda f: f(3)]}\nimport nothing_of_that_name\n"
    mistake = "def double__half(x):\n    '''Half.'''\n    return x / 2\n"
    (root / "solutions" / "t" / "mistakes.py").write_text(probes + mistake)
    assert run(root) == 3
    assert "mistakes.py cannot be loaded: ModuleNotFoundError" in capsys.readouterr().err


def test_a_package_that_is_not_installed_is_said_without_a_word_of_confinement(root, capsys):
    (root / "solutions" / "t" / "assignment.toml").write_text('packages = ["nump"]\n')
    for command in ("build", "check", "grade"):
        assert run(root, command) == 2
        told = capsys.readouterr().err
        assert "nump is not installed" in told
        assert "confine" not in told


def test_the_pictures_of_a_solution_are_not_released_and_those_of_a_question_are(root):
    def attach(cell_id, cell):
        if cell_id == "why":
            cell["attachments"] = {"answer.png": {"image/png": PNG}}
        if cell_id == "setup":
            cell["cell_type"] = "markdown"
            cell["source"] = "![](attachment:the%20question.png)"
            cell["attachments"] = {
                "the question.png": {"image/png": "AAAA"},
                "other.png": {"image/png": PNG},
            }
            del cell["outputs"], cell["execution_count"]

    write(root, [*CELLS[:3], ("why", "manual", "![](attachment:answer.png)")], change=attach)
    path = root / "solutions" / "t" / "t.ipynb"
    tree = json.loads(path.read_text())
    tree["metadata"]["widgets"] = {"state": "of the solution"}
    path.write_text(json.dumps(tree))
    assert run(root) == 0
    text = (root / "assignments" / "t" / "t.ipynb").read_text()
    cells = {c.metadata.nbgrader.grade_id: c for c in nbformat.reads(text, as_version=4).cells}
    assert list(cells["setup"].attachments) == ["the question.png"]
    assert "attachments" not in cells["why"]
    assert PNG not in text
    assert "of the solution" not in text


def test_only_what_is_named_is_released_and_the_rest_is_told(root, capsys):
    folder = root / "solutions" / "t"
    for name in ("data.csv", "unseen.csv", "stray.txt", "mistakes.py~", "solution.npz"):
        (folder / name).write_text("1")
    hidden = (
        "### BEGIN HIDDEN TESTS\nassert double(np.loadtxt('unseen.csv')) == 2\n### END HIDDEN TESTS"
    )
    cells = [
        ("setup", "locked", "import numpy as np\ndata = np.loadtxt('data.csv')"),
        ("q1", "solution", DOUBLE),
        ("q1_test", "test", f"assert double(2) == 4\n{hidden}"),
    ]
    write(root, cells, 'grader_files = ["unseen.csv"]\n')
    assert run(root) == 0
    assert "not released, for no cell names it and `files` does not: stray.txt" in (
        capsys.readouterr().out
    )
    assert {path.name for path in (root / "assignments" / "t").iterdir()} == {"t.ipynb", "data.csv"}


def test_a_release_that_cannot_be_put_into_its_place_leaves_the_old_one(root, monkeypatch, capsys):
    before = contents(root)
    move = shutil.move

    def full(source, target):
        if str(target).endswith("assignments/t") and "release/t" in str(source):
            raise OSError(28, "No space left on device")
        return move(source, target)

    monkeypatch.setattr(shutil, "move", full)
    write(root, [*CELLS, ("q2_test", "test", "assert double(5) == 10")])
    assert run(root) == 3
    assert "is as it was: [Errno 28] No space left" in capsys.readouterr().err
    after = contents(root)
    assert all(after[p] == before[p] for p in before if "assignments" in p.parts)
    with Course(root).gradebook() as gradebook:
        assert len(gradebook.find_notebook("t", "t").grade_cells) == 2


def test_a_test_that_asks_nothing_has_no_tick(root, capsys):
    write(root, cells_of("assert double(2) == 4", "assert True"))
    assert run(root, "check") == 3
    told = capsys.readouterr().out
    assert "✓ t1: asks for double" in told
    assert "✗ t2: asks nothing of the student's code: it cannot tell right from wrong" in told
