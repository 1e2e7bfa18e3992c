"""The form-grader's own scripts and pages with our answers, as an instructor meets them."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, expect

from autograder.authoring.build import release
from autograder.grading.engine import grade_course
from gallery.lab import serve
from tests.browser.conftest import SCREENSHOTS
from tests.conftest import notebook, small_course

pytestmark = [pytest.mark.browser, pytest.mark.slow]
CELLS = [("f", "solution", "def f(x):\n    return x"), ("f_test", "test", "assert f(1) == 1")]
ESSAY = ("why", "manual", "Why?")


@pytest.fixture(scope="module")
def instructor(tmp_path_factory) -> Iterator[SimpleNamespace]:
    course = small_course(tmp_path_factory.mktemp("formgrader") / "course", [*CELLS, ESSAY])
    release(course, course.assignment("t"))

    def hand_in(student: str, why: str, name: str = "t.ipynb") -> None:
        folder = course.submitted / student / "t"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(notebook([*CELLS, ("why", "manual", why)]))
        list(grade_course(course, course.assignment("t"), [student]))

    hand_in("ada", "One.")
    hand_in("eve", "One.", "homework.ipynb")
    with serve(course.root, tmp_path_factory.mktemp("home")) as address:
        yield SimpleNamespace(course=course, address=address, hand_in=hand_in)


@pytest.mark.parametrize(
    ("student", "title", "said"),
    [
        ("ada", "Success", ["needs_manual: 2 of 3 points"]),
        ("eve", "Error", ["attention: 2 of 3 points", "was renamed", "a person has to look"]),
    ],
)
def test_the_autograde_button_says_what_became_of_it(page: Page, instructor, student, title, said):
    page.goto(f"{instructor.address}/formgrader/manage_submissions/t")
    row = page.locator("#main-table tr", has_text=student)
    row.locator(".autograde a").click()
    expect(page.locator(".modal-title")).to_have_text(title)
    for words in said:
        expect(page.locator(".modal-body")).to_contain_text(words)
    page.wait_for_timeout(500)  # it fades in
    page.screenshot(path=SCREENSHOTS / f"formgrader-autograde-{student}.png")


def test_a_score_typed_into_a_page_of_an_earlier_text_waits(page: Page, instructor):
    with instructor.course.gradebook() as gradebook:
        submission = gradebook.find_submission_notebook("t", "t", "ada").id
    address = f"{instructor.address}/formgrader/submissions/{submission}/"
    for newer_text, waits in ((None, False), ("Two.", True)):
        with page.expect_response("**/api/grades?*"):
            page.goto(address)
        page.wait_for_timeout(500)  # nbgrader's script puts them into the boxes
        if newer_text:
            instructor.hand_in("ada", newer_text)
        with page.expect_response("**/api/grade/*"):
            page.locator("#why").fill("0.5" if waits else "1")
            page.locator("#why").press("Tab")
        with instructor.course.gradebook() as gradebook:
            assert gradebook.find_grade("why", "t", "t", "ada").needs_manual_grade == waits
    expect(page.locator("#why.needs_manual_grade")).to_have_count(1)
