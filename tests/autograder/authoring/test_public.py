"""The public bundle: what a check may know, and a check by it."""

import json
from base64 import b64encode
from dataclasses import replace

import pytest

from autograder import cli
from autograder.authoring import demo
from autograder.authoring.build import release
from autograder.authoring.public import public_bundle
from autograder.course.course import Course
from autograder.course.submission import Submission
from autograder.grading.bundle import BundleError, read_bundle, written
from autograder.grading.visible import check, validate
from autograder.grading.workers import threads_for_cores
from tests.conftest import ROOT, notebook, small_course

REAL = ["a2-backpropagation", "a3-convolution"]
SECRET = "sesame_open"  # stands in the solution alone
CELLS = [
    ("setup", "locked", "import numpy as np"),
    (
        "size",
        "solution",
        "def size(n):\n    ### BEGIN SOLUTION\n    from math import floor\n"
        "    return floor(n / 2)\n    ### END SOLUTION",
    ),
    ("size_test", "test", "assert size(4) == 2\n### BEGIN HIDDEN TESTS\nassert size(9) == 4\n"
     "### END HIDDEN TESTS"),
    (
        "box",
        "solution",
        "### BEGIN SOLUTION\nimport math as sesame_maths\n"
        f"class Box:\n    def __init__(self):\n        self.side, self.{SECRET} = 3, 4\n"
        "    def area(self):\n        return sesame_maths.prod([self.side, self.side])\n"
        "### END SOLUTION",
    ),
    ("box_test", "test", "box = Box()\nassert box.side == 3 and box.area() == 9"),
    ("dir_test", "test", "box = Box()\nn = [n for n in dir(box) if n[0] != '_']\n"
     "assert sum(getattr(box, k) for k in n if k != 'area') == 7"),
    ("unseen_test", "test", "assert size(np.load('unseen.npy')[0]) == 3"),
    ("shared_test", "test", "assert size(2) == 1"),
    ("why", "manual", "### BEGIN SOLUTION\nBecause sesame.\n### END SOLUTION"),
]  # fmt: skip
SETTINGS = f"""shared = ["shared_test"]
grader_files = ["unseen.npy"]
files = ["given.csv"]
stand_in = {{Box = ["size"]}}
tell_sentences = true
[[rules]]
forbid = ["numpy.floor"]
cells = ["size"]
fails = ["size_test"]
message = "by hand"
# {SECRET}
"""
MISTAKES = 'PROBES = {"size": [lambda f: f(9)]}\n\n\ndef size__up(n):\n    """Sesame up."""\n'
MISTAKES += "    return -(-n // 2)\n"


@pytest.fixture(scope="module")
def made_up(tmp_path_factory):
    """A course whose assignment has one of everything that students do not get."""
    course = small_course(tmp_path_factory.mktemp("public") / "c", CELLS, settings=SETTINGS)
    folder = course.solutions / "t"
    numpy = pytest.importorskip("numpy")
    numpy.save(folder / "unseen.npy", numpy.array([6]))
    (folder / "given.csv").write_text("1,2\n")
    (folder / "mistakes.py").write_text(MISTAKES)
    (folder / "demo.py").write_text(f"# {SECRET}\n")
    return course


@pytest.fixture(scope="module", params=[*REAL, "made up"])
def bundled(request, made_up):
    """Course, assignment, and the file of its bundle."""
    real = request.param != "made up"
    course, name = (Course(ROOT), request.param) if real else (made_up, "t")
    assignment = course.assignment(name)
    return course, assignment, public_bundle(assignment)


def texts_in(value):
    """Every text that JSON holds, keys among them."""
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, list):
        return [text for inner in value for text in texts_in(inner)]
    return [value] if isinstance(value, str) else []


def lines(texts):
    return {line.strip() for text in texts for line in text.splitlines() if line.strip()}


def test_nothing_that_students_do_not_get_stands_in_a_bundle(bundled):
    course, assignment, content = bundled
    told = "\n".join(texts_in(json.loads(content)))
    cells = [c for n in assignment.notebooks for c in n.cells]
    plain = [text for n in assignment.notebooks for text in n.plain]
    given = "\n".join([*(c.released for c in cells), *plain])
    mistakes = [p.read_text() for p in (course.solutions / assignment.name).glob("mistakes*.py")]
    texts = [*(c.source for c in cells), *mistakes]
    hidden = [line for line in lines(texts) if line not in given]
    assert len(hidden) > 10
    for line in hidden:
        assert line not in told, line
    assert "HIDDEN" not in told
    assert SECRET not in told
    assert assignment.grader_files or assignment.name == "a3-convolution"
    for name, secret in assignment.grader_files.items():
        assert b64encode(secret).decode()[8:-8] not in told
        if name not in given:  # a released test may say what it opens
            assert name not in told


def test_a_test_that_only_the_solution_could_pass_is_not_asked(made_up):
    assignment = read_bundle(public_bundle(made_up.assignment("t"))).assignment
    unseen = {cell.grade_id for cell in assignment.notebooks[0].cells if cell.unseen}
    assert unseen == {"dir_test", "unseen_test"}


@pytest.mark.parametrize("name", REAL)
def test_a_check_by_the_bundle_says_what_validate_says_over_a_class(name):
    course = Course(ROOT)
    assignment = course.assignment(name)
    # Of what is right nothing is stopped where the machine does other things as well.
    limits = replace(assignment.limits, cell_seconds=10, total_seconds=120)
    assignment = replace(assignment, limits=limits)
    bundle = read_bundle(public_bundle(assignment))
    perfect = demo.perfect_notebook(course, assignment)

    def both(student):
        files = {f"{student.file or name}.ipynb": demo.notebook_of(student, perfect)}
        submission = Submission(student.name, files)
        _, failed = validate(assignment, name, submission)
        _, by_bundle = check(bundle.assignment, name, submission, own=bundle.own)
        return [[question for _, question in cells] for cells in (failed, by_bundle)]

    with threads_for_cores() as pool:
        said = list(pool.map(both, demo.students(course, name)))
    assert [one for one, _ in said] == [other for _, other in said]
    assert sum(bool(one) for one, _ in said) > 2


def test_the_untouched_notebook_fails_by_a_bundle(made_up):
    bundle = read_bundle(public_bundle(made_up.assignment("t")))
    cells = [(c.grade_id, c.kind, c.released) for c in bundle.assignment.notebooks[0].cells]
    submission = Submission("you", {"t.ipynb": notebook(cells)})
    _, failed = check(bundle.assignment, "t", submission, own=bundle.own)
    assert {cell.grade_id for cell, _ in failed} == {"size_test", "box_test", "shared_test"}


def test_build_writes_the_bundle_with_the_release(tmp_path, capsys):
    course = small_course(tmp_path / "c", CELLS[:3])
    assert cli.main(["build", "t", "--course", str(course.root)]) == 0
    assert "public/t.json for a check service" in capsys.readouterr().out
    bundle = read_bundle((course.public / "t.json").read_bytes())
    assert [c.grade_id for c in bundle.assignment.notebooks[0].cells] == [c[0] for c in CELLS[:3]]
    assert [path.name for path in course.public.iterdir()] == ["t.json"]
    release(course, course.assignment("t"))  # unproved: no check knows it
    assert list(course.public.iterdir()) == []


@pytest.fixture(scope="module")
def sound(made_up):
    return public_bundle(made_up.assignment("t"))


BROKEN = {
    "no JSON": (lambda data: None, "it is no JSON"),
    "another format": (lambda data: data.update(format=2), "its format is 2, and 1 can be read"),
    "a key is missing": (lambda data: data.pop("files"), "it lacks files"),
    "an unknown key": (lambda data: data.update(mistakes=[]), "it has an unknown mistakes"),
    "no text": (lambda data: data.update(title=3), "it, title is no such thing: a text was"),
    "no number": (
        lambda data: data["notebooks"][0]["cells"][1].update(points="2"),
        "it, notebooks, number 1, cells, number 2, points is no such thing: a number was expected",
    ),
    "no base64": (lambda data: data["files"].update(x="%"), "the file x is not in base64"),
    "a path": (lambda data: data.update(name="../t"), "'../t' is no name"),
    "a value in what was asked": (
        lambda data: data["known"]["size_test"].update(asked=[["item", 3]]),
        "it, known, size_test, asked, number 1, number 2 is no such thing: a text was expected",
    ),
    "nothing known": (lambda data: data["known"].pop("size_test"), "of the test size_test"),
    "an unknown end": (lambda data: data["known"]["size_test"].update(end="4"), "ends in nothing"),
    "no limit": (lambda data: data["limits"].update(cell_seconds=-1), "a limit is not above 0"),
    "twice": (
        lambda data: data["notebooks"][0]["cells"].append(data["notebooks"][0]["cells"][0]),
        "two cells have the same id",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_wrong_with_a_bundle_is_said(sound, name):
    change, said = BROKEN[name]
    data = json.loads(sound)
    change(data)
    content = b"{" if name == "no JSON" else json.dumps(data).encode()
    with pytest.raises(BundleError) as raised:
        read_bundle(content)
    assert said in str(raised.value)


def test_a_bundle_is_what_was_read(sound):
    assert written(read_bundle(sound)) == sound
