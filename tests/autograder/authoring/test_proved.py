"""What has been proved is not proved again until something changes that the proofs read."""

import importlib.metadata
import importlib.util
import json
import os
import pickle
import platform
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace

import pytest

from autograder import cli
from autograder.authoring import demo, proved
from autograder.authoring.build import drafted
from autograder.authoring.proofs import Proof
from autograder.course.course import CONFIG, Course
from autograder.grading import surroundings
from tests.conftest import small_course

DOUBLE = "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"
UNSEEN = "assert double(np.loadtxt('unseen.csv')) == 6"
HIDDEN = f"### BEGIN HIDDEN TESTS\n{UNSEEN}\n### END HIDDEN TESTS"
CELLS = [
    ("setup", "locked", "import numpy as np\ndata = np.loadtxt('data.csv')"),
    ("", "words", "Double it."),
    ("q1", "solution", DOUBLE),
    ("q1_test", "test", f"assert double(2) == 4\n{HIDDEN}"),
]
SETTINGS = 'grader_files = ["unseen.csv"]\n[limits]\ncell_seconds = 5\ntotal_seconds = 20\n'
MISTAKE = (
    "PROBES = {'double': [lambda f: f(3)]}\n"
    "def double__half(x):\n    '''Half of it?'''\n    return x / 2\n"
)
SINCE = "nothing has changed since"


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    course = small_course(tmp_path_factory.mktemp("written"), CELLS, settings=SETTINGS)
    folder = course.solutions / "t"
    files = {"data.csv": "1", "unseen.csv": "3", "mistakes.py": MISTAKE, "demo.py": "STUDENTS = []"}
    for name, text in files.items():
        (folder / name).write_text(text)
    return course.root


@pytest.fixture
def root(written, tmp_path):
    return shutil.copytree(written, tmp_path / "course")


def digest(root, confined=True, made=None, **changed):
    course = Course(root)
    assignment = course.assignment("t", made or {})
    with drafted(course, assignment) as draft:
        asked = replace(assignment, **changed)
        surroundings._around.cache_clear()  # as in another process
        return proved.digest(asked, draft.source, draft.released, confined)


@pytest.fixture(scope="module")
def before(written):
    return digest(written)


def edit(name, old, new):
    def change(root):
        path = root / name
        text = path.read_text() if path.exists() else ""
        assert old in text
        path.write_text(text.replace(old, new) if old else text + new)

    return change


NOTEBOOK, FOLDER = "solutions/t/t.ipynb", "solutions/t"
COUNTS = {
    "the solution": edit(NOTEBOOK, "return 2 * x", "return x * 2"),
    "a hidden test": edit(NOTEBOOK, "== 6", "== 6.0"),
    "a visible test": edit(NOTEBOOK, "== 4", "== 4.0"),
    "what is said": edit(NOTEBOOK, "Double it.", "Double it!"),
    "points": edit(NOTEBOOK, '"points": 2', '"points": 3'),
    "a limit": edit(f"{FOLDER}/assignment.toml", "= 5", "= 6"),
    "a rule": edit(f"{FOLDER}/assignment.toml", "", '[[rules]]\nforbid = ["abs"]\n'),
    "a hint": edit(f"{FOLDER}/mistakes.py", "Half of it?", "Half?"),
    "more mistakes": edit(f"{FOLDER}/mistakes_more.py", "", MISTAKE.replace("__half", "__third")),
    "a file": edit(f"{FOLDER}/data.csv", "1", "2"),
    "a file of the tests": edit(f"{FOLDER}/unseen.csv", "3", "3.0"),
    "what stands for a solution": edit(
        CONFIG, "", '\nc.ClearSolutions.code_stub = {"python": "pass  # yours"}\n'
    ),
}
COUNTS_NOT = {
    "nothing": lambda root: None,
    "its time": lambda root: os.utime(root / NOTEBOOK, (1, 1)),
    "the class of the demonstration": edit(f"{FOLDER}/demo.py", "[]", "list()"),
    "a file that nobody names": edit(f"{FOLDER}/stray.txt", "", "1"),
    "what Python leaves": lambda root: (root / FOLDER / "__pycache__").mkdir(),
}


@pytest.mark.parametrize("name", COUNTS)
def test_what_the_proofs_read_counts(root, before, name):
    COUNTS[name](root)
    assert digest(root) != before


@pytest.mark.parametrize("name", COUNTS_NOT)
def test_what_they_do_not_read_does_not_count(root, before, name):
    COUNTS_NOT[name](root)
    assert digest(root) == before


def test_every_field_of_an_assignment_counts(root):
    course = Course(root)
    assignment = course.assignment("t")
    [notebook] = assignment.notebooks
    found = {proved.fingerprint(assignment)}
    for field in fields(assignment):
        found.add(proved.fingerprint(replace(assignment, **{field.name: "another"})))
    for field in fields(notebook.cells[0]):
        cells = (replace(notebook.cells[0], **{field.name: "another"}), *notebook.cells[1:])
        other = replace(notebook, cells=cells)
        found.add(proved.fingerprint(replace(assignment, notebooks=(other,))))
    assert len(found) == 1 + len(fields(assignment)) + len(fields(notebook.cells[0]))


def test_the_tests_that_were_made_count(root, before):
    assert digest(root, made={"t": {"q1_test": "assert double(2) == 4"}}) != before


def test_this_packages_own_text_counts(root, before, tmp_path, monkeypatch):
    other = shutil.copytree(surroundings.PACKAGE, tmp_path / "autograder")
    monkeypatch.setattr(surroundings, "PACKAGE", other)
    assert digest(root) == before
    with open(other / "sessions" / "stand_in.py", "a") as file:
        file.write("\n")
    assert digest(root) != before


def test_a_package_that_is_used_where_it_is_written_counts(root, before, tmp_path, monkeypatch):
    """No version tells what it is."""
    find, own = importlib.util.find_spec, tmp_path / "own" / "msgpack"
    own.mkdir(parents=True)
    (own / "__init__.py").touch()
    spec = importlib.util.spec_from_file_location("msgpack", own / "__init__.py")
    spec.submodule_search_locations = [str(own)]
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: spec if name == "msgpack" else find(name)
    )
    empty = digest(root)
    (own / "fallback.py").write_text("x = 1")
    assert len({before, empty, digest(root)}) == 3


def test_python_what_is_installed_and_the_machine_count(root, before, monkeypatch):
    # By its name: in a checkout the project itself may be found twice.
    others = [d for d in importlib.metadata.distributions() if d.name != "numpy"]
    platform.platform()  # what it reads of `sys` is kept
    for module, name, other in [
        (sys, "version", "3.99.0"),
        (importlib.metadata, "distributions", lambda: others),
        (platform, "platform", lambda: "Linux-99"),
    ]:
        with monkeypatch.context() as patch:
            patch.setattr(module, name, other)
            assert digest(root) != before
    assert digest(root) == before


def test_whether_sessions_are_confined_counts(root, before):
    assert digest(root, confined=False) != before


def build(root, capsys, command="build"):
    """Its status and lines."""
    status = cli.main([command, "t", "--course", str(root)])
    shown = capsys.readouterr()
    return status, [*shown.out.splitlines(), *shown.err.splitlines()]


def never(*_):
    raise AssertionError("it is proved again")


def kept_of(root):
    return root / "reports" / "t" / proved.FILE


def test_what_is_proved_is_said_with_its_day_and_the_rest_is_done(root, capsys, monkeypatch):
    status, first = build(root, capsys)
    assert status == 0
    assert SINCE not in "".join(first)
    released = (root / "assignments" / "t" / "t.ipynb").read_bytes()
    shutil.rmtree(root / "assignments")
    kept = json.loads(kept_of(root).read_text())
    kept_of(root).write_text(json.dumps(kept | {"on": "2026-01-02"}))
    monkeypatch.setattr(proved, "prove", never)
    status, second = build(root, capsys)
    assert status == 0
    since = f" (proved on 2026-01-02, {SINCE})"
    assert [line.removesuffix(since) for line in second] == first
    assert sum(line.endswith(since) for line in second) == len(kept["promises"]) == 5
    assert (root / "assignments" / "t" / "t.ipynb").read_bytes() == released
    status, told = build(root, capsys, "check")
    assert status == 0
    assert told == [
        "✓ q1_test: asks for double (hidden tests too)",
        f"✓ proved on 2026-01-02, {SINCE}",
    ]


def test_another_process_finds_it(root):
    """Whatever the order of a set is there."""
    command = [sys.executable, "-m", "autograder.cli", "build", "t", "--course", str(root)]
    shown = [
        subprocess.run(
            command,
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert [SINCE in text for text in shown] == [False, True]


def test_a_copy_of_a_course_keeps_it_with_the_course(root, tmp_path, capsys, monkeypatch):
    for line in demo.build(demo.prepare(Course(root), tmp_path / "demo"), "t"):
        assert SINCE not in line
    assert kept_of(root).exists()
    assert not kept_of(tmp_path / "demo").exists()
    monkeypatch.setattr(proved, "prove", never)
    assert any(SINCE in line for line in build(root, capsys)[1])
    again = demo.prepare(Course(root), tmp_path / "demo")
    assert any(SINCE in line for line in demo.build(again, "t"))


def test_what_does_not_hold_is_not_kept(root, capsys):
    edit(NOTEBOOK, "== 4", "== 5")(root)
    first, second = build(root, capsys), build(root, capsys)
    assert first == second
    assert first[0] == 3
    assert not kept_of(root).exists()


def test_what_is_damaged_is_proved_anew_and_kept_again(root, capsys):
    kept_of(root).parent.mkdir(parents=True)
    kept_of(root).write_bytes(b"\x80\x04N.")
    status, lines = build(root, capsys)
    assert status == 0
    assert SINCE not in "".join(lines)
    assert SINCE in "".join(build(root, capsys)[1])


GOOD = {"of": "x", "on": "2026-01-02", "promises": ["it holds"]}
DAMAGED = {
    "empty": b"",
    "half": json.dumps(GOOD).encode()[:30],
    "of something else": json.dumps(GOOD | {"of": "y"}).encode(),
    "a list": b"[]",
    "nothing": b"null",
    "without a day": json.dumps(GOOD | {"on": "yesterday"}).encode(),
    "a day that is a number": json.dumps(GOOD | {"on": 1}).encode(),
    "one promise": json.dumps(GOOD | {"promises": "it holds"}).encode(),
    "no promise": json.dumps(GOOD | {"promises": []}).encode(),
    "a pickle": pickle.dumps(GOOD),
    "no text": b"\xff\xfe\x00",
    "without promises": json.dumps({"of": "x", "on": "2026-01-02"}).encode(),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_nothing_is_made_of_what_is_damaged(tmp_path, name):
    path = tmp_path / proved.FILE
    path.write_bytes(json.dumps(GOOD).encode())
    assert proved.recall(path, "x") == [Proof("it holds", (), "2026-01-02")]
    path.write_bytes(DAMAGED[name])
    assert proved.recall(path, "x") == []


def test_where_nothing_can_be_kept_it_is_proved_each_time(tmp_path):
    path = tmp_path / "t" / proved.FILE
    path.mkdir(parents=True)  # a folder stands in its place
    proved.keep(path, "x", [Proof("it holds", ())])
    assert proved.recall(path, "x") == []
    assert [p.name for p in path.parent.iterdir()] == [proved.FILE]


def test_many_who_keep_it_at_once_leave_one_that_is_whole(tmp_path):
    path = tmp_path / "t" / proved.FILE
    proofs = [Proof("it holds" * 10_000, ())]

    def work(number):
        proved.keep(path, "x", proofs)
        return len(proved.recall(path, "x"))

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(work, range(200))) == {1}
    assert [p.name for p in path.parent.iterdir()] == [proved.FILE]
