"""A machine that grades is taken over, and lies: what comes back can do nothing but be refused."""

import json
import pickle
import socket
from dataclasses import replace

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.cluster.parcel import (
    ParcelError,
    pack_result,
    pack_submission,
    read_result,
    read_submission,
)
from autograder.course.submission import Submission
from autograder.grading.grading import grade_submission
from autograder.grading.warm import close_servers
from autograder.records.gradebook import answers_of

CELLS = [
    ("f", "solution", "def f(x):\n    ### BEGIN SOLUTION\n    return x + 1\n    ### END SOLUTION"),
    ("test", "test", "assert f(1) == 2"),
    ("why", "manual", "Why?"),
]


@pytest.fixture(scope="module")
def tiny(make_tiny):
    return make_tiny(CELLS)


@pytest.fixture(scope="module")
def honest(tiny):
    """An honest machine's result, whose student's text holds half of a character."""
    return tiny.grade({"f": "print('ü\\ud800')\ndef f(x): return x"})


@pytest.fixture(scope="module")
def told(honest):
    return msgpack.unpackb(pack_result(honest), unicode_errors="surrogatepass")


def test_an_honest_result_comes_back_as_it_was(tiny, honest):
    assert read_result(pack_result(honest), tiny.assignment, "someone") == honest


def test_a_machine_learns_neither_whose_it_is_nor_the_secret_of_the_exchange(tiny):
    files = {"tiny.ipynb": tiny.submit({}), "submission_secret.txt": b"4242"}
    sent = pack_submission(Submission("lovelace", files, stamp=b"2026-11-27"))
    assert b"lovelace" not in sent
    assert b"4242" not in sent
    assert b"2026" not in sent
    there = grade_submission(tiny.assignment, read_submission(sent))
    here = grade_submission(tiny.assignment, Submission("lovelace", files))
    assert replace(there, student="lovelace", seconds=here.seconds) == here


class Opens:
    def __reduce__(self):
        return open, ("/tmp/a-cluster-was-here", "w")


LIES = {
    "a pickle": lambda told: pickle.dumps(Opens()),
    "a pickle as a text": lambda told: msgpack.packb(told | {"message": pickle.dumps(Opens())}),
    "not bytes": lambda told: Opens(),
    "nothing": lambda told: b"",
    "too much": lambda told: bytes(129 * 2**20),
    "a list of four milliards": lambda told: b"\xdd\xff\xff\xff\xff",
    "nested without an end": lambda told: b"\x91" * 100_000,
    "an extension": lambda told: msgpack.packb(told | {"seconds": msgpack.ExtType(5, b"x")}),
    "a time": lambda told: msgpack.packb(told | {"seconds": msgpack.Timestamp(1)}),
    "a field too many": lambda told: msgpack.packb(told | {"student": "ada"}),
    "a field too few": lambda told: msgpack.packb({k: told[k] for k in told.keys() - {"tier"}}),
    "a state of its own": lambda told: msgpack.packb(told | {"state": "excellent"}),
    "time that runs backwards": lambda told: msgpack.packb(told | {"seconds": -1.0}),
    "memory that is given": lambda told: msgpack.packb(told | {"memory_mb": -1.0}),
    "memory that no machine has": lambda told: msgpack.packb(told | {"memory_mb": 1e300}),
    "no question": lambda told: msgpack.packb(told | {"questions": []}),
    "a question twice": lambda told: msgpack.packb(told | {"questions": told["questions"] * 2}),
    "another notebook": lambda told: msgpack.packb(told | {"notebooks": {"../../x": b"{}"}}),
    "a notebook that is none": lambda told: msgpack.packb(told | {"notebooks": {"tiny": b"["}}),
}
SIDE = {"type": "int", "shape": None, "text": "2"}
PICTURED = {"expected": SIDE, "got": SIDE, "differs": "", "pictures": {"got": [1, 1, "AA=="]}}
QUESTION = {
    "more points than there are": {"score": 3.0},
    "points below nothing": {"score": -1.0},
    "no number of points": {"score": float("nan")},
    "points without an end": {"score": float("inf")},
    "another's question": {"id": "other"},
    "other points at stake": {"max_score": 200.0, "score": 200.0},
    "a state of its own": {"state": "excellent"},
    "a way of its own": {"how": "magic"},
    "a function that is none": {"follows_from": [1]},
    "a comparison that is none": {"compared": {"expected": "<script>"}},
    "a comparison with pictures": {"compared": PICTURED},
}
CELL = {
    "a cell of no kind": {"cell_type": "program"},
    "a text that is none": {"source": ["a"]},
    "another cell's settings": {"metadata": {"nbgrader": {"grade_id": "other", "solution": True}}},
    "settings that are none": {"metadata": {"nbgrader": 3}},
    "outputs that are none": {"outputs": ["<script>"]},
    "attachments that are none": {"attachments": {"a.png": "<svg>"}},
}


def with_cell(told, changed):
    graded = json.loads(told["notebooks"]["tiny"])
    graded["cells"][0] |= changed
    return told | {"notebooks": {"tiny": json.dumps(graded).encode()}}


@pytest.mark.parametrize("lie", LIES)
def test_what_is_no_result_is_refused(tiny, told, lie):
    content = LIES[lie]({k: v for k, v in told.items() if k != "message"} | {"message": ""})
    with pytest.raises(ParcelError):
        read_result(content, tiny.assignment, "ada")


@pytest.mark.parametrize("lie", QUESTION)
def test_points_that_cannot_be_given_are_refused(tiny, told, lie):
    questions = [told["questions"][0] | QUESTION[lie], *told["questions"][1:]]
    with pytest.raises(ParcelError):
        read_result(msgpack.packb(told | {"questions": questions}), tiny.assignment, "ada")


@pytest.mark.parametrize("lie", CELL)
def test_a_notebook_that_is_not_the_assignments_is_refused(tiny, told, lie):
    with pytest.raises(ParcelError):
        read_result(msgpack.packb(with_cell(told, CELL[lie])), tiny.assignment, "ada")


@settings(max_examples=300)
@given(at=st.integers(0), by=st.binary(max_size=6), cut=st.integers(0, 6))
def test_whatever_is_written_over_a_result_it_is_refused_or_is_one(tiny, honest, at, by, cut):
    content = pack_result(honest)
    at %= len(content) + 1
    try:
        result = read_result(content[:at] + by + content[at + cut :], tiny.assignment, "ada")
    except ParcelError:
        return
    assert (result.student, result.assignment) == ("ada", honest.assignment)
    assert 0 <= result.score <= result.max_score == honest.max_score
    assert [q.id for q in result.questions] == [q.id for q in honest.questions]
    assert answers_of(result).keys() <= {"f", "why"}
    json.dumps(result.as_json())


def test_a_submission_reaches_neither_the_scheduler_nor_the_workers_key(
    tiny, tmp_path, monkeypatch
):
    """What listens here stands for the scheduler: the sandbox knows no difference."""
    monkeypatch.setenv("DASK_CONFIG", "/etc/dask/grading.yaml")  # as a worker has it
    close_servers()  # those that were started without it
    key = tmp_path / "worker.key"
    key.write_text("-----BEGIN EC PRIVATE KEY-----")
    with socket.create_server(("127.0.0.1", 0)) as scheduler:
        port = scheduler.getsockname()[1]
        socket.create_connection(("127.0.0.1", port)).close()  # it can be reached from outside
        tries = (
            "def f(x):\n    import socket, os\n    got = []\n"
            f"    for ask in (lambda: socket.create_connection(('127.0.0.1', {port}), 2),\n"
            f"                lambda: open({str(key)!r}).read(),\n"
            "                lambda: open('/proc/self/environ').read().index('DASK'),\n"
            "                lambda: os.environ['DASK_CONFIG']):\n"
            "        try: ask(); got.append(ask)\n"
            "        except (OSError, ValueError, KeyError): pass\n"
            "    return x + 1 + len(got)"
        )
        assert tiny.grade({"f": tries}).questions[0].score == 2
