"""What is taken from an earlier run is what a new one would give; what hangs on a clock is not."""

import json
import os
import pickle
import shutil
import stat
from dataclasses import replace

import pytest

from autograder import cli
from autograder.course.rules import Rule
from autograder.course.submission import Submission
from autograder.grading import grading, notebook, recall
from autograder.grading.grading import grade_submission
from autograder.records.result import GradeResult
from tests.conftest import Tiny, small_course
from tests.conftest import notebook as written

SOLUTION = "def {0}(x):\n    ### BEGIN SOLUTION\n    return {1}\n    ### END SOLUTION"
CELLS = [
    ("setup", "locked", "import math\ncalls = []"),
    ("q1", "solution", SOLUTION.format("double", "2 * x")),
    (
        "q1_test",
        "test",
        "close = abs\nassert double(2) == 4\n### BEGIN HIDDEN TESTS\nassert double(3) == 6\n"
        "### END HIDDEN TESTS",
    ),
    ("q2", "solution", SOLUTION.format("half", "double(x) / 4")),
    ("q2_test", "test", "assert close(half(6)) == 3"),
    ("q3", "solution", SOLUTION.format("triple", "3 * x")),
    ("q3_test", "test", "share = sum(triple(i) == 3 * i for i in (1, 2))\nshare"),
    ("why", "manual", "Because."),
]
MISTAKES = (
    "PROBES = {'double': [lambda f: f(5)]}\n"
    "def double__square(x):\n    '''Do you multiply by itself?'''\n    return x * x\n"
)
SQUARE = {"q1": "def double(x):\n    print('here')\n    return x * x"}


def make(folder, cells=CELLS, settings=""):
    """The assignment, with a known mistake, and with `double` to stand in for the student's."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mistakes.py").write_text(MISTAKES)
    return Tiny(folder, cells, f'stand_in = {{half = ["double"]}}\nfollow_up = 0.5\n{settings}')


def handed_in(tiny, answers, extra=""):
    return Submission("someone", {"tiny.ipynb": tiny.submit(answers, extra)})


def grade(tiny, answers, kept=b"", extra=""):
    return grade_submission(tiny.assignment, handed_in(tiny, answers, extra), kept=kept)


def essence(result: GradeResult):
    return replace(result, seconds=0, kept=b"", recalled=0)


def changed(name, old, new):
    """The cells with another text in one of them."""
    return [(n, k, s.replace(old, new) if n == name else s) for n, k, s in CELLS]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return make(tmp_path_factory.mktemp("recall") / "t")


@pytest.fixture(scope="module")
def first(tiny):
    return grade(tiny, SQUARE)


@pytest.fixture
def runs(monkeypatch):
    """The notebooks that were run."""
    seen, run = [], notebook.run_notebook
    monkeypatch.setattr(
        notebook, "run_notebook", lambda *given: seen.append(given[1]) or run(*given)
    )
    return seen


def test_the_same_again_starts_no_session_and_says_the_same(tiny, first, runs):
    assert [q.state for q in first.questions] == ["failed", "partial", "passed", "manual"]
    assert first.questions[0].hint == "Do you multiply by itself?"
    assert first.questions[1].follows_from == ("double",)
    again = grade(tiny, SQUARE, first.kept)
    assert (runs, again.recalled) == ([], 3)
    assert essence(again) == essence(first)
    assert again.seconds == pytest.approx(first.seconds, abs=0.5)
    assert again.kept == first.kept


# By what has changed of the assignment, how many of the three tests are taken from before.
ASSIGNMENT = {
    "the first test": (changed("q1_test", "(3) == 6", "(7) == 14"), "", 0),
    "the second test": (changed("q2_test", "half(6)) == 3", "half(4)) == 2"), "", 1),
    "the last test": (changed("q3_test", "(1, 2)", "(2, 3)"), "", 2),
    "a test is added": ([*CELLS[:7], ("q4_test", "test", "assert half(8) == 4"), CELLS[7]], "", 3),
    "the last test is gone": ([*CELLS[:6], CELLS[7]], "", 2),
    "the last test is renamed": (
        [*CELLS[:6], ("q3_new", *CELLS[6][1:]), CELLS[7]],
        "",
        2,
    ),
    "a locked cell": (changed("setup", "calls", "all_calls"), "", 0),
    "an essay": (changed("why", "Because", "Why"), "", 3),
    "a question is cancelled": (CELLS, 'cancelled = ["q1_test"]\n', 3),
}


@pytest.mark.parametrize("name", ASSIGNMENT)
def test_a_changed_assignment_runs_what_stands_behind_the_change(tmp_path, first, name):
    cells, settings, recalled = ASSIGNMENT[name]
    other = make(tmp_path / "t", cells, settings)
    found, fresh = grade(other, SQUARE, first.kept), grade(other, SQUARE)
    assert found.recalled == recalled
    assert essence(found) == essence(fresh)
    assert (
        grade(other, SQUARE, found.kept).recalled
        == len(other.assignment.notebooks[0].questions) - 1
    )


def test_a_rule_is_obeyed_in_what_was_run_before_it(tiny, first):
    rule = Rule(forbid=("print",), fails=("q3_test",))
    other = replace(tiny.assignment, rules=(rule,))
    found = grade_submission(other, handed_in(tiny, SQUARE), kept=first.kept)
    assert [q.score for q in found.questions] == [0, 1, 0, 0]


# By what a student changes.
RESUBMITTED = {
    "the first answer": (SQUARE | {"q1": "def double(x): return 2 * x"}, "", 0),
    "the second answer": (SQUARE | {"q2": "def half(x): return x / 2"}, "", 1),
    "the last answer": (SQUARE | {"q3": "def triple(x): return 3 if x == 1 else 0"}, "", 2),
    "an essay": (SQUARE | {"why": "I know now."}, "", 3),
    "a cell on top": (SQUARE, "x = 1", 0),
}


@pytest.mark.parametrize("name", RESUBMITTED)
def test_a_resubmission_runs_what_stands_behind_the_change(tiny, first, name):
    answers, extra, recalled = RESUBMITTED[name]
    found, fresh = grade(tiny, answers, first.kept, extra), grade(tiny, answers, extra=extra)
    assert found.recalled == recalled
    assert essence(found) == essence(fresh)


def test_who_answers_at_random_gets_no_second_draw_for_what_was_not_changed(tiny):
    """A verdict is that of its first run as long as nothing that it hangs on has changed."""
    lucky = {"q1": "import os\ndef double(x): return 2 * x if os.urandom(1)[0] < 128 else 0"}
    seen = grade(tiny, lucky)
    for turn in range(3):
        again = grade(tiny, lucky | {"q3": f"def triple(x): return 3 * x + {turn}"}, seen.kept)
        assert again.questions[0].state == seen.questions[0].state
        seen = again


HASTY = {
    "too much memory": {"q2": "def half(x): return bytearray(2**33)"},
    "a crash": {"q2": "import os\ndef half(x): os._exit(1)"},
    "a thread": {
        "q2": "import threading, time\nthreading.Thread(target=time.sleep, args=(9,)).start()\n"
        "def half(x): return x / 2"
    },
    "an endless cell": {"q2": "while True: pass"},
}


@pytest.mark.parametrize("name", HASTY)
def test_what_hangs_on_a_clock_or_a_crash_is_run_again_and_what_stands_before_it_is_not(tiny, name):
    first = grade(tiny, HASTY[name])
    [record] = recall.records_in(first.kept).values()
    assert (record["whole"], list(record["tests"])) == ("", ["q1_test"])
    assert "q2" not in json.dumps(record)
    again = grade(tiny, HASTY[name], first.kept)
    assert again.recalled == 1
    assert [q.state for q in again.questions] == [q.state for q in first.questions]


def test_what_a_test_compared_is_kept_with_its_pictures(tmp_path):
    cells = [
        ("setup", "locked", "import numpy as np\npicture = np.arange(64.0).reshape(8, 8)"),
        ("q1", "solution", SOLUTION.format("double", "2 * x")),
        ("q1_test", "test", "np.testing.assert_allclose(double(picture), 2 * picture)"),
        ("q2_test", "test", "assert double(2) == 4"),
    ]
    tiny = Tiny(tmp_path / "t", cells)
    answers = {"q1": "def double(x): return 3 * x"}
    first = grade(tiny, answers)
    assert first.questions[0].compared["differs"] == "values"
    assert b"image/png" in first.notebooks["tiny"]
    again = grade(tiny, answers, first.kept)
    assert (again.recalled, essence(again)) == (2, essence(first))


DAMAGED = {
    "empty": lambda kept: b"",
    "half": lambda kept: kept[: len(kept) // 2],
    "no text": lambda kept: b"\xff\xfe" + kept,
    "a pickle": lambda kept: pickle.dumps(json.loads(kept)),
    "deep": lambda kept: b"[" * 100_000,
    "another form": lambda kept: kept.replace(b'"format": 2', b'"format": 3'),
    "a fraction": lambda kept: kept.replace(b'"format": 2', b'"format": 2.0'),
    "one key more": lambda kept: kept.replace(b'"alone"', b'"score": 9, "alone"'),
    "a key that is missing": lambda kept: kept.replace(b'"alone": [], ', b""),
    "points in words": lambda kept: kept.replace(b'"value": []', b'"value": ["2"]', 1),
    "points that are no number": lambda kept: kept.replace(b'"value": []', b'"value": [NaN]', 1),
    "a page as output": lambda kept: kept.replace(
        b'"outputs": []', b'"outputs": [{"output_type": "html"}]', 1
    ),
    "too few cells": lambda kept: _less(kept),
}


def _less(kept):
    data = json.loads(kept)
    data["notebooks"]["tiny"]["cells"] = data["notebooks"]["tiny"]["cells"][:2]
    data["notebooks"]["tiny"]["tests"].pop("q1_test")
    return json.dumps(data).encode()


@pytest.mark.parametrize("name", DAMAGED)
def test_what_is_damaged_is_graded_anew(tiny, first, name):
    damaged = DAMAGED[name](first.kept)
    assert damaged != first.kept
    found = grade(tiny, SQUARE, damaged)
    assert (found.recalled, essence(found)) == (0, essence(first))


def test_every_part_of_a_run_is_kept_or_the_run_is_not(tiny, monkeypatch, first):
    """What a later version adds to a run, and its form here does not hold, is no loss."""

    def more(*given):
        run = real(*given)
        for ran in run.cells.values():
            if ran.error:
                ran.error["more"] = 1
        return run

    real = notebook.run_notebook
    monkeypatch.setattr(notebook, "run_notebook", more)
    [record] = recall.records_in(grade(tiny, SQUARE).kept).values()
    assert (record["whole"], record["tests"]) == ("", {})


def test_nothing_is_looked_up_or_kept_where_that_is_not_asked_for(tiny, monkeypatch):
    monkeypatch.setattr(notebook, "surroundings", None)
    assert grade_submission(tiny.assignment, handed_in(tiny, {})).kept == b""
    assert grading.records_in(b"") == {}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    course = small_course(tmp_path_factory.mktemp("built"), CELLS)
    assert cli.main(["build", "t", "--course", str(course.root)]) == 0
    for student in ("ada", "eve"):
        hand_in(course.root, student, {})
    return course.root


@pytest.fixture
def root(built, tmp_path):
    return shutil.copytree(built, tmp_path / "course")


def hand_in(root, student, answers):
    folder = root / "submitted" / student / "t"
    folder.mkdir(parents=True, exist_ok=True)
    cells = [(name, kind, answers.get(name, source)) for name, kind, source in CELLS]
    (folder / "t.ipynb").write_bytes(written(cells))


def test_the_command_says_how_many_were_taken_and_force_takes_none(root, capsys):
    def run(*options):
        capsys.readouterr()
        assert cli.main(["grade", "t", "--course", str(root), *options]) in (0, 4)
        return capsys.readouterr().out

    said = "tests taken from an earlier run"
    assert said not in run()
    hand_in(root, "eve", {"why": "Another text.", "q1": CELLS[1][2]})
    assert f"{said}: 3 (--force runs everything again)" in run()
    assert said not in run("--force")
    toml = root / "solutions" / "t" / "assignment.toml"
    toml.write_text(f'title = "Another"\n{toml.read_text()}')
    assert f"{said}: 6" in run()


def test_the_folder_is_the_instructors_alone(root):
    assert cli.main(["grade", "t", "--course", str(root)]) in (0, 4)
    for name in (".cache", ".asked"):
        folder = root / "reports" / "t" / name
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        files = list(folder.iterdir())
        assert files
        assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert sorted(os.listdir(root / "reports" / "t" / ".cache")) == ["ada.json", "eve.json"]
