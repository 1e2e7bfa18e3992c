"""Feedback and report as their readers see them; what students wrote does nothing there."""

import pytest
from playwright.sync_api import Page, expect

from autograder.records.feedback import render_feedback
from tests.autograder.records.test_feedback import CELLS, HOSTILE, SCRIPT
from tests.browser.conftest import SCREENSHOTS
from tests.conftest import CLASS

pytestmark = [pytest.mark.browser, pytest.mark.slow]
# How many boxes scroll sideways, on their own.
SCROLLING = """[...document.querySelectorAll('.code, .output')]
  .filter(box => box.scrollWidth > box.clientWidth + 1).length"""
# The least contrast of a text of the verdicts on its ground (WCAG 2.2, 1.4.3).
CONTRAST = """(() => {
  const light = c => { const [r, g, b] = c.match(/[0-9.]+/g).slice(0, 3).map(Number).map(v =>
    (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b }
  const ground = e => { for (; e; e = e.parentElement) {
    const c = getComputedStyle(e).backgroundColor;
    if (c !== 'rgba(0, 0, 0, 0)') return light(c) } return 1 }
  return Math.min(...[...document.querySelectorAll('.state, .why, .points, .hint, .soft, td, mark')]
    .map(e => [light(getComputedStyle(e).color), ground(e)])
    .map(([a, b]) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)))
})()"""


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
    expect(page.locator(".questions li")).to_have_count(len(result.questions))
    for question in result.questions:
        if question.hint:
            expect(page.locator(f"#{question.id} .hint")).to_contain_text(question.hint)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.screenshot(path=SCREENSHOTS / f"feedback-{student}.png", full_page=True)
    for question in result.questions:
        if question.compared:
            expect(page.locator(f"#{question.id} .facts")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("student", ["emmy", "dorothy"])
def test_feedback_is_read_on_a_phone_without_scrolling_sideways(
    browser, graded_class, student, scheme
):
    course, results = graded_class
    phone = browser.new_page(viewport={"width": 320, "height": 640}, color_scheme=scheme)
    phone.goto((course.feedback / student / CLASS / f"{CLASS}.html").as_uri())
    assert phone.evaluate("document.documentElement.scrollWidth") == 320
    for summary in phone.locator("summary").all():
        summary.click()
    assert phone.evaluate("document.documentElement.scrollWidth") == 320
    assert phone.evaluate(SCROLLING) > 0
    assert phone.evaluate(CONTRAST) >= 4.5
    lost = next(q for r in results if r.student == student for q in r.questions if q.compared)
    phone.get_by_role("link", name=lost.id, exact=True).click()
    expect(phone.locator(f"#{lost.id} .facts")).to_be_in_viewport()
    phone.screenshot(path=SCREENSHOTS / f"feedback-{student}-{scheme}.png", full_page=True)
    phone.close()


def test_feedback_is_printed_whole(page: Page, graded_class):
    path = graded_class[0].feedback / "emmy" / CLASS / f"{CLASS}.html"
    page.goto(path.as_uri())
    page.emulate_media(media="print", color_scheme="dark")
    page.set_viewport_size({"width": 680, "height": 900})
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate(SCROLLING) == 0
    page.pdf(path=SCREENSHOTS / "feedback-emmy.pdf", format="A4")


def test_the_report_shows_its_pictures_and_links_to_the_feedback(page: Page, graded_class):
    course, _ = graded_class
    path = course.reports / f"{CLASS}.html"
    seen = watch(page)
    page.goto(path.as_uri())
    assert loads_nothing(seen, path.as_uri())
    expect(page.locator("figure svg")).to_have_count(5)
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
