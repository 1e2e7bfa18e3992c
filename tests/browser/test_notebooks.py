"""The notebooks as a student sees them, in JupyterLab in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from gallery.lab import ERRORS, run_all, scroll_to
from tests.browser.conftest import SCREENSHOTS

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_start_page_shows_what_is_there(page: Page, lab: str):
    run_all(page, lab, "lectures/00-start.ipynb")
    assert page.evaluate(ERRORS) == []
    scroll_to(page, ".environment-check")
    expect(page.locator(".environment-check")).to_contain_text("PyTorch")
    assert "✗" not in page.locator(".environment-check").inner_text()
    scroll_to(page, ".start-slider")
    handle = page.locator(".start-slider .noUi-handle")
    before = page.locator(".start-agreement").inner_text()
    handle.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".start-agreement")).not_to_have_text(before)
    page.screenshot(path=SCREENSHOTS / "00-start.png")


@pytest.fixture(scope="module")
def lecture(browser: Browser, lab: str) -> Iterator[Page]:
    """Lecture 6, opened and run."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(60_000)
    run_all(page, lab, "lectures/06-convolution.ipynb")
    yield page
    page.close()


def test_the_explorer_of_lecture_6_moves(lecture: Page):
    page = lecture
    assert page.evaluate(ERRORS) == []
    page.screenshot(path=SCREENSHOTS / "06-top.png")
    scroll_to(page, ".convolution-explorer")
    expect(page.locator(".convolution-explorer .cells").first).to_be_visible()
    before = page.locator(".convolution-explorer .explorer-status").inner_text()
    page.locator(".convolution-explorer .explorer-step input").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".convolution-explorer .explorer-status")).not_to_have_text(before)
    page.wait_for_timeout(500)
    page.locator(".convolution-explorer").screenshot(path=SCREENSHOTS / "06-explorer.png")


def test_no_output_is_wider_than_the_page(lecture: Page):
    wide = "() => [...document.querySelectorAll('.jp-OutputArea-output img')]"
    wide += ".filter(e => e.getBoundingClientRect().right > window.innerWidth).length"
    assert lecture.evaluate(wide) == 0


def test_every_picture_of_a_lecture_has_an_alternative_text(lecture: Page):
    scroll_to(lecture, ".convolution-explorer")  # what is above it has been rendered, too
    alts = lecture.evaluate(
        "() => [...document.querySelectorAll('.jp-OutputArea-output img')].map(image => image.alt)"
    )
    assert len(alts) > 5
    assert all(len(alt) > 20 for alt in alts), alts


def test_the_students_assignment_opens_and_says_what_is_to_do(page: Page, lab: str):
    run_all(page, lab, "assignments/a3-convolution/a3-convolution.ipynb")
    [error] = page.evaluate(ERRORS)
    assert error.startswith("NotImplementedError")
    page.screenshot(path=SCREENSHOTS / "a3-student.png")


def test_the_form_grader_shows_our_verdicts(page: Page, instructors_lab: str):
    page.goto(f"{instructors_lab}/formgrader/manage_submissions/a3-convolution")
    row = page.locator("tr", has_text="carl")
    expect(row).to_contain_text("70 / 100")
    expect(row).to_contain_text("needs manual grading")
    page.screenshot(path=SCREENSHOTS / "formgrader.png")
    page.goto(f"{instructors_lab}/formgrader/gradebook/a3-convolution/a3-convolution")
    page.get_by_role("link", name="Submission #1", exact=True).click()
    expect(page.locator("body")).to_contain_text("Student's answer")
    page.screenshot(path=SCREENSHOTS / "formgrader-submission.png")
