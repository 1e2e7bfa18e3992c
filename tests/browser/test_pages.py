"""Feedback and report as their readers see them; what students wrote does nothing there."""

import pytest
from playwright.sync_api import Page, expect

from autograder.records.feedback import render_feedback
from tests.autograder.records.test_feedback import CELLS, HOSTILE, SCRIPT
from tests.browser.conftest import SCREENSHOTS
from tests.conftest import CLASS

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def watch(page: Page) -> list[str]:
    """What a page asks for beyond itself, and what it complains of."""
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url))
    page.on("pageerror", lambda error: seen.append(str(error)))
    page.on("console", lambda message: seen.append(message.text))
    page.on("dialog", lambda dialog: seen.append(dialog.message))
    return seen


def loads_nothing(seen: list[str], address: str) -> bool:
    return [url for url in seen if url != address and not url.startswith("data:")] == []


@pytest.mark.parametrize("student", ["ada", "emmy", "felix", "maria"])
def test_feedback_shows_the_verdicts_and_loads_nothing(page: Page, graded_class, student):
    course, results = graded_class
    [result] = [result for result in results if result.student == student]
    path = course.feedback / student / CLASS / f"{CLASS}.html"
    seen = watch(page)
    page.goto(path.as_uri())
    assert loads_nothing(seen, path.as_uri())
    expect(page.locator(".score")).to_contain_text(f"{result.score:g}")
    expect(page.locator("tbody tr")).to_have_count(len(result.questions))
    for question in result.questions:
        if question.hint:
            expect(page.locator(f"#{question.id} .hint")).to_contain_text(question.hint)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.screenshot(path=SCREENSHOTS / f"feedback-{student}.png", full_page=True)


def test_the_report_shows_its_pictures_and_links_to_the_feedback(page: Page, graded_class):
    course, _ = graded_class
    path = course.reports / f"{CLASS}.html"
    seen = watch(page)
    page.goto(path.as_uri())
    assert loads_nothing(seen, path.as_uri())
    expect(page.locator("figure svg")).to_have_count(3)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.screenshot(path=SCREENSHOTS / "report.png", full_page=True)
    page.get_by_role("link", name="john").first.click()
    expect(page.locator("body")).to_contain_text("conv2d_backward_test was changed: restored")


def test_what_a_student_wrote_does_nothing(page: Page, make_tiny, tmp_path):
    tiny = make_tiny(CELLS)
    result = tiny.grade(HOSTILE, extra=f"# {SCRIPT}\nraise ValueError({SCRIPT!r})")
    path = tmp_path / "feedback.html"
    path.write_text(render_feedback(tiny.assignment, result, result.notebooks["tiny"]))
    seen = watch(page)
    page.goto(path.as_uri())
    page.wait_for_timeout(300)
    assert loads_nothing(seen, path.as_uri())
    assert page.title() == "t: someone"
    expect(page.locator("body")).to_contain_text(SCRIPT)
