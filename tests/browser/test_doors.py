"""A hostile hand-in, opened in Chromium by an instructor: nothing of it runs or is asked for."""

import re
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, expect

from gallery.lab import serve
from tests.attacks.hostile_pages import NAME, STUDENT, hostile_course
from tests.browser.conftest import SCREENSHOTS

pytestmark = [pytest.mark.browser, pytest.mark.slow]
TAKEN = re.compile(r"elsewhere|[?&]path=|a\.svg|formgrader/x")


@pytest.fixture(scope="module")
def instructor(tmp_path_factory) -> Iterator[SimpleNamespace]:
    course = hostile_course(tmp_path_factory.mktemp("hostile") / "course")
    with course.gradebook() as gradebook:
        [submission] = gradebook.notebook_submissions(NAME, NAME)
    with serve(course.root, tmp_path_factory.mktemp("home")) as address:
        yield SimpleNamespace(course=course, address=address, submission=submission.id)


@pytest.fixture
def asked(page: Page) -> list[str]:
    """The addresses that a page asks for, and what it says."""
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url))
    page.on("dialog", lambda dialog: seen.append("elsewhere: a dialog"))
    return seen


def nothing_was_taken(page: Page, asked: list[str], instructor) -> None:
    page.wait_for_timeout(1500)
    assert page.title() != "taken"
    assert not (instructor.course.root / "taken").exists()
    assert [url for url in asked if TAKEN.search(url)] == []


def test_the_form_grader_shows_words_as_text(page: Page, asked, instructor):
    page.goto(f"{instructor.address}/formgrader/submissions/{instructor.submission}/")
    expect(page.locator("body")).to_contain_text("document.title = 'taken'")
    nothing_was_taken(page, asked, instructor)
    box = page.locator("input.score").first
    box.scroll_into_view_if_needed()
    box.click(timeout=5000)  # nothing lies over it
    page.screenshot(path=SCREENSHOTS / "formgrader-hostile.png")


def test_no_link_of_a_student_can_be_clicked(page: Page, asked, instructor):
    page.goto(f"{instructor.address}/formgrader/submissions/{instructor.submission}/")
    links = page.evaluate("[...document.querySelectorAll('#notebook a')].map(a => a.href)")
    assert links == []
    assert (
        page.evaluate("document.querySelectorAll('#notebook form, #notebook iframe').length") == 0
    )


@pytest.mark.parametrize(
    "path",
    ["gradebook", "manage_students", f"manage_submissions/{NAME}", f"gradebook/{NAME}/{NAME}"],
)
def test_a_name_from_a_roster_is_text(page: Page, asked, instructor, path):
    page.goto(f"{instructor.address}/formgrader/{path}")
    page.locator("#main-table tr").first.wait_for()
    nothing_was_taken(page, asked, instructor)


@pytest.mark.parametrize("folder", ["submitted", "autograded"])
def test_opened_in_jupyterlab_it_is_asked_for_nothing(page: Page, asked, instructor, folder):
    path = f"{folder}/{STUDENT}/{NAME}/{NAME}.ipynb"
    page.goto(f"{instructor.address}/doc/tree/{path}?reset")
    page.locator(".jp-Notebook .jp-MarkdownOutput").first.wait_for()
    page.wait_for_timeout(1500)
    assert page.title() != "taken"
    assert not (instructor.course.root / "taken").exists()
    assert [url for url in asked if "elsewhere" in url] == []
    page.screenshot(path=SCREENSHOTS / f"lab-{folder}-hostile.png")


def test_the_form_graders_own_work_goes_on(page: Page, instructor):
    """A score is typed and kept, by nbgrader's own page behind our doors."""
    page.goto(f"{instructor.address}/formgrader/submissions/{instructor.submission}/")
    box = page.locator("#why")
    box.fill("0.5")
    box.press("Tab")
    page.wait_for_timeout(1500)
    with instructor.course.gradebook() as gradebook:
        assert gradebook.find_grade("why", NAME, NAME, STUDENT).manual_score == 0.5
