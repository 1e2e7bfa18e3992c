"""Data that only the tests have: a submission never finds it, and no reader is shown it."""

import pytest

from autograder.course.submission import Submission
from autograder.grading.visible import validate
from tests.conftest import Tiny

SECRET = "41414343"
SETUP = ("setup", "locked", "import numpy as np")
MEAN = ("mean", "solution", "def mean(x):\n    return float(np.mean(x))")
TWO = [("two", "solution", "def two(): return 2"), ("two_test", "test", "assert two() == 2")]
READS = "assert mean(np.loadtxt('unseen.txt')) == int(open('unseen.txt').read())"
TESTS = {
    "in hidden lines": f"x = 1\n### BEGIN HIDDEN TESTS\n{READS}\n### END HIDDEN TESTS",
    "where students can read it": READS,
    "under a name that is put together": READS.replace("'unseen", "'un' + 'seen"),
}
SEARCH = (
    "import os\ntexts = []\nplaces = ['.', '..', '/tmp', '/dev/shm', os.getcwd()]\n"
    "if os.path.isdir('/proc'):  # not where namespaces are granted\n"
    "    ids = filter(str.isdigit, os.listdir('/proc'))\n"
    "    places += [os.path.realpath(f'/proc/{n}/cwd') for n in ids]\n"
    "for place in places:\n    for folder, _, files in os.walk(place):\n"
    "        for file in files:\n"
    "            if 'unseen' in file:\n"
    "                try: texts.append(open(os.path.join(folder, file)).read())\n"
    "                except OSError: pass\n"
)
FOUND = "return float(texts[0]) if texts else -1.0"
KEEPS = "S = []\ndef mean(x):\n    S.append(np.ravel(x).astype(int))\n    return float(np.mean(x))"
SPIES = {
    "an error that says it": {
        "mean": "def mean(x): raise ValueError(str(np.ravel(x).astype(int)))"
    },
    "a later cell that prints it": {
        "mean": KEEPS,
        "two": "print('kept', S)\nraise ValueError(str(S))",
    },
    "a later error that says it": {"mean": KEEPS, "two": "def two(): raise ValueError(str(S))"},
    "a search of the disk": {
        "mean": f"{SEARCH}print(texts)\ndef mean(x):\n    {FOUND}",
    },
    "a search of the disk while the test runs": {
        "mean": f"def mean(x):\n    ns = {{}}\n    exec({SEARCH!r}, ns)\n    texts = ns['texts']\n"
        f"    {FOUND}"
    },
}


@pytest.fixture(scope="module", params=TESTS)
def tiny(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("unseen") / "t"
    folder.mkdir()
    (folder / "unseen.txt").write_text(SECRET)
    cells = [SETUP, MEAN, ("test", "test", TESTS[request.param]), *TWO]
    return Tiny(folder, cells, 'grader_files = ["unseen.txt"]\n')


def test_a_right_answer_passes_a_test_with_data_that_students_have_not(tiny):
    assert [question.state for question in tiny.grade().questions] == ["passed", "passed"]
    assert not tiny.assignment.files


@pytest.mark.parametrize("name", SPIES)
def test_what_only_the_tests_have_is_found_by_nobody_and_shown_to_nobody(tiny, name):
    result = tiny.grade(SPIES[name])
    everything = repr(result) + result.notebooks["tiny"].decode()
    assert SECRET not in everything
    assert result.questions[0].score == (2 if "later" in name else 0)


@pytest.mark.parametrize("name", SPIES)
def test_validate_neither_has_it_nor_says_it(tiny, name):
    handed_in = Submission("you", {"tiny.ipynb": tiny.submit(SPIES[name])})
    result, failed = validate(tiny.assignment, "tiny", handed_in)
    assert SECRET not in repr(result) + repr(failed) + result.notebooks["tiny"].decode()
