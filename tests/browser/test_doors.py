"""A hostile hand-in, opened in Chromium by an instructor: nothing of it runs or is asked for."""

import re
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, expect

from gallery.lab import READY, scroll_to, serve
from tests.attacks.hostile_pages import CELLS, NAME, STUDENT, hostile_course
from tests.browser.conftest import SCREENSHOTS
from tests.conftest import notebook

pytestmark = [pytest.mark.browser, pytest.mark.slow]
TAKEN = re.compile(r"elsewhere|[?&]path=submitted|a\.svg|formgrader/x")


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


@pytest.fixture
def obtained(page: Page) -> list[str]:
    """What a page was given here, and what it asked for elsewhere in spite of its policy."""
    got: list[str] = []

    def failed(request) -> None:
        if "elsewhere" in request.url and request.failure not in ("csp", "origin"):
            got.append(request.url)

    page.on("response", lambda answer: answer.status == 403 or got.append(answer.url))
    page.on("requestfailed", failed)
    return got


def nothing_was_obtained(page: Page, obtained: list[str], instructor) -> None:
    page.wait_for_timeout(2500)
    assert page.title() != "taken"
    assert not (instructor.course.root / "taken").exists()
    wanted = re.compile(r"elsewhere|:\d+/(formgrader|logout)")
    assert [url for url in obtained if wanted.search(url)] == []


@pytest.mark.parametrize("folder", ["submitted", "autograded"])
def test_opened_in_jupyterlab_it_is_asked_for_nothing(page: Page, obtained, instructor, folder):
    path = f"{folder}/{STUDENT}/{NAME}/{NAME}.ipynb"
    page.goto(f"{instructor.address}/doc/tree/{path}?reset")
    page.locator(".jp-Notebook .jp-MarkdownOutput").first.wait_for()
    if folder == "submitted":  # the kernel has started in the hand-in's folder
        expect(page.locator(".jp-NotebookPanel-toolbar")).to_contain_text("Python 3")
        page.wait_for_function(READY, timeout=60_000)
        scroll_to(page, ".vega-embed")
    nothing_was_obtained(page, obtained, instructor)
    page.screenshot(path=SCREENSHOTS / f"lab-{folder}-hostile.png")


def test_a_page_that_was_handed_in_is_asked_for_nothing_in_jupyterlabs_viewer(
    page: Page, obtained, instructor
):
    path = f"submitted/{STUDENT}/{NAME}/page.html"
    page.goto(f"{instructor.address}/lab/tree/{path}?reset")
    page.locator("iframe.jp-IFrame, .jp-HTMLViewer iframe").first.wait_for()
    nothing_was_obtained(page, obtained, instructor)


def test_validates_dialog_shows_words_as_text(page: Page, asked, instructor):
    """What an error says, and what a file beside the notebook is called."""
    words = "<img src=x onerror=document.title='taken'>"
    folder = instructor.course.root / "work" / NAME
    folder.mkdir(parents=True)
    wrong = [(i, kind, f"raise ValueError({words!r})" if i == "f" else s) for i, kind, s in CELLS]
    (folder / f"{NAME}.ipynb").write_bytes(notebook(wrong))
    (folder / f"{words}.ipynb").write_bytes(notebook(CELLS))
    page.goto(f"{instructor.address}/doc/tree/work/{NAME}/{NAME}.ipynb?reset")
    expect(page.locator(".jp-NotebookPanel-toolbar")).to_contain_text("Python 3")
    page.get_by_text("Validate", exact=True).first.click()
    expect(page.locator(".jp-Dialog")).to_contain_text(words)
    assert page.locator(".jp-Dialog img").count() == 0
    nothing_was_taken(page, asked, instructor)


def test_the_form_graders_own_work_goes_on(page: Page, instructor):
    """A score is typed and kept, by nbgrader's own page behind our doors."""
    page.goto(f"{instructor.address}/formgrader/submissions/{instructor.submission}/")
    box = page.locator("#why")
    box.fill("0.5")
    box.press("Tab")
    page.wait_for_timeout(1500)
    with instructor.course.gradebook() as gradebook:
        assert gradebook.find_grade("why", NAME, NAME, STUDENT).manual_score == 0.5
