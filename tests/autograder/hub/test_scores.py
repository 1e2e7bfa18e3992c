"""A score typed into a page that was opened before a newer attempt was graded."""

import json
import urllib.request
from http.cookiejar import CookieJar
from types import SimpleNamespace

import pytest

from autograder.authoring.build import release
from autograder.grading.engine import grade_course
from gallery.lab import serve
from tests.conftest import notebook, small_course

pytestmark = pytest.mark.slow
CELLS = [
    ("q1", "solution", "def double(x):\n    return 2 * x"),
    ("q1_test", "test", "assert double(2) == 4"),
    ("why", "manual", "Why?"),
]


@pytest.fixture(scope="module")
def formgrader(tmp_path_factory):
    """The form-grader of a course with one student, and what its pages ask and send."""
    course = small_course(tmp_path_factory.mktemp("scores") / "course", CELLS)
    release(course, course.assignment("t"))

    def hand_in(why, code=CELLS[0][2]):
        folder = course.submitted / "ada" / "t"
        folder.mkdir(parents=True, exist_ok=True)
        cells = [("q1", "solution", code), CELLS[1], ("why", "manual", why)]
        (folder / "t.ipynb").write_bytes(notebook(cells))
        list(grade_course(course, course.assignment("t")))

    hand_in("Because.")
    with course.gradebook() as gradebook:
        submission = gradebook.find_submission_notebook("t", "t", "ada").id
    with serve(course.root, tmp_path_factory.mktemp("home")) as address:
        cookies = CookieJar()
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(cookies))
        opener.open(f"{address}/formgrader/gradebook").read()
        token = next(cookie.value for cookie in cookies if cookie.name == "_xsrf")

        def ask(path, method="GET", body=None):
            data = None if body is None else json.dumps(body).encode()
            headers = {"X-XSRFToken": token}
            request = urllib.request.Request(f"{address}{path}", data, headers, method=method)
            with opener.open(request) as answer:
                return json.loads(answer.read())

        def opened():
            """A page's grades by name, as nbgrader's script holds them."""
            grades = ask(f"/formgrader/api/grades?submission_id={submission}")
            return {grade["name"]: grade for grade in grades}

        def typed(grade, score):
            """A score is typed: the script sends all that it holds, and takes what it gets."""
            sent = grade | {"manual_score": score}
            return ask(f"/formgrader/api/grade/{grade['id']}", "PUT", sent)

        yield SimpleNamespace(ask=ask, hand_in=hand_in, opened=opened, typed=typed)


def test_it_waits_until_a_person_has_seen_the_newer_text(formgrader):
    formgrader.hand_in("One.")
    stale = formgrader.opened()["why"]
    assert not formgrader.typed(stale, 0.5)["needs_manual_grade"]
    formgrader.hand_in("Two.")
    after = formgrader.typed(stale, 0.8)
    assert (after["manual_score"], after["needs_manual_grade"]) == (0.8, True)
    assert formgrader.typed(after, 0.9)["needs_manual_grade"]  # the page still shows the old text
    fresh = formgrader.opened()["why"]
    assert (fresh["manual_score"], fresh["needs_manual_grade"]) == (0.9, True)
    assert not formgrader.typed(fresh, 0.9)["needs_manual_grade"]


def test_it_takes_the_place_of_no_score_of_the_newer_text(formgrader):
    formgrader.hand_in("Three.")
    stale = formgrader.opened()["why"]
    formgrader.hand_in("Four.")
    formgrader.typed(formgrader.opened()["why"], 0.25)
    after = formgrader.typed(stale, 1.0)
    assert (after["manual_score"], after["needs_manual_grade"]) == (0.25, False)
    assert formgrader.opened()["why"]["manual_score"] == 0.25


def test_a_score_of_a_test_belongs_to_all_that_was_answered(formgrader):
    formgrader.hand_in("Five.")
    stale = formgrader.opened()["q1_test"]
    formgrader.hand_in("Five.", code="def double(x):\n    return x + x")
    assert formgrader.typed(stale, 1.0)["needs_manual_grade"]
    assert not formgrader.typed(formgrader.opened()["q1_test"], None)["needs_manual_grade"]


def test_the_same_text_graded_again_is_no_other(formgrader):
    formgrader.hand_in("Six.")
    page = formgrader.opened()["why"]
    formgrader.hand_in("Six.")
    assert not formgrader.typed(page, 0.5)["needs_manual_grade"]


def test_a_script_that_names_no_text_means_the_present_one(formgrader):
    formgrader.hand_in("Seven.")
    grade = formgrader.opened()["why"]
    address = f"/formgrader/api/grade/{grade['id']}"
    assert not formgrader.ask(address, "PUT", {"manual_score": 1.0})["needs_manual_grade"]
    assert formgrader.ask(address)["text"] == grade["text"]
