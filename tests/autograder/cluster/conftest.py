"""One cluster for all tests here, and the class that it grades."""

import pytest

from autograder.authoring.build import release
from autograder.course.course import Course
from tests.conftest import LONG, notebook, small_course

CELLS = [
    ("f", "solution", "def f(x):\n    ### BEGIN SOLUTION\n    return x + 1\n    ### END SOLUTION"),
    ("test", "test", "assert f(1) == 2"),
    ("why", "manual", "Why?"),
]
SLOW = "import time\ntime.sleep(1.5)\ndef f(x): return x + 1"
ANSWERS = ["def f(x): return x + 1", "def f(x): return x", "1/0", "print('ü\\ud800')\nf = 3"]
NUMBER = 200 if LONG else 16


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    pytest.importorskip("distributed", reason="Dask is not installed (requirements-dask.txt)")
    from tests.autograder.cluster.running import Cluster

    running = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        yield running
    finally:
        running.end()


@pytest.fixture
def make_class(tmp_path):
    """A course with a class that has handed in; the first of them takes its time."""

    def make(name: str, first: str = SLOW, number: int = NUMBER) -> Course:
        course = small_course(tmp_path / name, CELLS, "tiny")
        release(course, course.assignment("tiny"))
        answers = [first, *(ANSWERS[n % len(ANSWERS)] for n in range(1, number))]
        for student, answer in enumerate(answers):
            folder = course.submitted / f"student{student:03}" / "tiny"
            folder.mkdir(parents=True)
            content = notebook([("f", "solution", answer), *CELLS[1:]])
            (folder / "tiny.ipynb").write_bytes(content)
        with course.gradebook() as gradebook:
            gradebook.add_student("nobody")
        return course

    return make
