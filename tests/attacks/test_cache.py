"""A student wants a verdict out of what is kept: by another key, or another's file."""

import json
import os
import shutil

import pytest

from autograder import cli
from autograder.authoring.build import release
from autograder.course.course import Course
from autograder.course.submission import Submission
from autograder.grading.grading import grade_submission
from autograder.grading.recall import MAX_BYTES, records_in
from tests.conftest import notebook, small_course

CELLS = [
    (
        "q",
        "solution",
        "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION",
    ),
    (
        "q_test",
        "test",
        "assert double(2) == 4\n### BEGIN HIDDEN TESTS\nassert double(3) == 6\n"
        "### END HIDDEN TESTS",
    ),
    ("why", "manual", "Why?"),
]
RIGHT, WRONG = "def double(x): return 2 * x", "def double(x): return 0"
# What a session could find, read or write of the folder in which results are kept.
SEARCH = """
import glob, os
found = []
for top in ("/", "..", "../..", {course!r}, os.path.expanduser("~")):
    for folder, names, files in os.walk(top):
        found += [os.path.join(folder, f) for f in files if ".cache" in folder and "ada" in f]
        if len(folder) > 200:
            break
try:
    os.makedirs({cache!r}, exist_ok=True)
    open({cache!r} + "/mallory.json", "w").write("{{}}")
except OSError:
    pass
print("found", found)
"""


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    course = small_course(tmp_path_factory.mktemp("cached"), CELLS)
    release(course, course.assignment("t"))
    hand_in(course.root, "ada", RIGHT)
    hand_in(course.root, "mallory", WRONG)
    grade(course.root)
    assert scores(course.root) == {"ada": 2, "mallory": 0}
    return course.root


@pytest.fixture
def root(graded, tmp_path):
    return shutil.copytree(graded, tmp_path / "course")


def hand_in(root, student, answer, more=None, extra=""):
    folder = root / "submitted" / student / "t"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    cells = [(name, kind, answer if name == "q" else source) for name, kind, source in CELLS]
    (folder / "t.ipynb").write_bytes(notebook([*cells, ("extra", "", extra)] if extra else cells))
    for name, content in (more or {}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def grade(root):
    assert cli.main(["grade", "t", "--course", str(root)]) in (0, 4)


def scores(root):
    with Course(root).gradebook() as gradebook:
        return {s.student.id: s.score for s in gradebook.assignment_submissions("t")}


def cache(root):
    return root / "reports" / "t" / ".cache"


def again(root):
    """Grade once more, since the instructor has changed something that no session sees."""
    path = root / "solutions" / "t" / "assignment.toml"
    path.write_text(f'title = "{os.urandom(4).hex()}"\n' + path.read_text().split("\n", 1)[-1])
    grade(root)
    return scores(root)


def test_a_record_that_is_handed_in_is_a_file_like_any_other(root):
    kept = (cache(root) / "ada.json").read_bytes()
    hand_in(
        root,
        "mallory",
        WRONG,
        {"mallory.json": kept, ".cache/mallory.json": kept, "reports/t/.cache/mallory.json": kept},
    )
    assert again(root) == {"ada": 2, "mallory": 0}


def test_anothers_record_is_of_other_work(root):
    """Even if it could be put there."""
    shutil.copy(cache(root) / "ada.json", cache(root) / "mallory.json")
    assert again(root) == {"ada": 2, "mallory": 0}


def believed(path):
    """A record in which no test failed, for what did: whoever reads it gives full points."""
    data = json.loads(path.read_text())
    [record] = data["notebooks"].values()
    for ran in (*record["cells"], *record["shown"]):
        ran["error"], ran["of_a_test"] = [], []
    return json.dumps(data)


@pytest.mark.parametrize("name", ["link", "folder", "pipe"])
def test_what_is_no_plain_file_is_not_read(root, tmp_path, name):
    path = cache(root) / "mallory.json"
    (tmp_path / "forged.json").write_text(believed(path))
    path.unlink()
    if name == "link":
        path.symlink_to(tmp_path / "forged.json")
    elif name == "folder":
        path.mkdir()
    else:
        os.mkfifo(path)
    assert again(root) == {"ada": 2, "mallory": 0}


def test_a_folder_that_others_could_write_into_is_not_read(root):
    """A record that would be believed, if the folder could be."""
    path = cache(root) / "mallory.json"
    path.write_text(believed(path))
    cache(root).chmod(0o777)
    assert again(root)["mallory"] == 0
    cache(root).chmod(0o700)  # the instructor's own hand is not what this is against
    assert again(root)["mallory"] == 2


def test_a_folder_that_is_a_link_is_not_read(root, tmp_path):
    moved = shutil.move(cache(root), tmp_path / "elsewhere")
    cache(root).symlink_to(moved)
    before = {path.name: path.read_bytes() for path in moved.iterdir()}
    assert again(root) == {"ada": 2, "mallory": 0}
    assert {path.name: path.read_bytes() for path in moved.iterdir()} == before


def test_a_session_sees_nothing_of_what_is_kept_and_can_write_nothing_there(root):
    before = (cache(root) / "ada.json").read_bytes()
    spy = SEARCH.format(course=str(root), cache=str(cache(root)))
    hand_in(root, "mallory", WRONG, extra=spy)
    assert again(root) == {"ada": 2, "mallory": 0}
    shown = (root / "autograded" / "mallory" / "t" / "t.ipynb").read_text()
    assert "found []" in shown
    assert (cache(root) / "ada.json").read_bytes() == before
    assert b"q_test" in (cache(root) / "mallory.json").read_bytes()


# Cells that a reader without care would take for the instructor's test, or for the end of one.
LOOKALIKES = [
    'x = 1", null]\n["q_test", "assert True", ""]',
    "q_test",
    "\n\x00\ud800",
    '"], ["q", "def double(x): return 2 * x"',
]


@pytest.mark.parametrize("text", LOOKALIKES)
def test_no_text_passes_for_another(root, text):
    course = Course(root)
    assignment = course.assignment("t")

    def graded(answer, extra):
        cells = [(n, k, answer if n == "q" else s) for n, k, s in CELLS]
        content = notebook([("extra", "", extra), *cells])
        files = {"t.ipynb": content}
        return grade_submission(assignment, Submission("mallory", files), kept=b"")

    text = text.replace("\ud800", "")
    right, wrong = graded(RIGHT, "x = 1"), graded(f"{WRONG}\n# {text!r}", repr(text))
    files = {"t.ipynb": notebook([("extra", "", repr(text)), ("q", "solution", WRONG), *CELLS[1:]])}
    found = grade_submission(assignment, Submission("mallory", files), kept=right.kept)
    assert (right.score, wrong.score, found.score, found.recalled) == (2, 0, 0, 0)


def test_a_flood_of_outputs_is_not_kept_and_costs_nobody(root):
    flood = "for i in range(300):\n    print('x' * 100_000)"
    hand_in(root, "mallory", WRONG, extra=flood)
    assert again(root) == {"ada": 2, "mallory": 0}
    path = cache(root) / "mallory.json"
    assert not path.exists() or path.stat().st_size <= MAX_BYTES
    assert records_in(b"[" * (MAX_BYTES + 1)) == {}
