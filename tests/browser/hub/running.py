"""What the tests of a hub have in common: where things are, and what JupyterLab shows.

As root alone, since a hub starts each person's server as that person; elsewhere they are skipped.
"""

import os
from pathlib import Path

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, expect

from tests.browser.conftest import SCREENSHOTS

HOME = Path("/srv/cnn-course-demo")
MARKS = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(os.geteuid() != 0, reason="a hub is started by root"),
]
NAME = "a1-perceptron"
ADA, BEN, CLEO, TEACHER = "demo-ada", "demo-ben", "demo-cleo", "demo-teacher"
GRADER = "demo-grader"
OURS = HOME / "homes" / ADA / "cnn-course" / "assignments" / NAME
COMMENT = "Well put. What would a second unit change?"


# What JupyterLab shows ---------------------------------------------------------------------------


def menu(page: Page, top: str, item: str) -> None:
    page.get_by_role("menuitem", name=top, exact=True).click()
    page.get_by_role("menuitem", name=item, exact=True).click()


def lab_of(page: Page) -> str:
    """The address of somebody's JupyterLab."""
    return page.url.partition("/lab")[0] + "/lab"


def shot(page: Page, name: str) -> None:
    page.wait_for_timeout(500)  # what fades in
    page.screenshot(path=SCREENSHOTS / f"hub-{name}.png")


def row(page: Page, which: str) -> Locator:
    return page.locator(f"#{which}_assignments_list .list_item", has_text=NAME).first


def validate(page: Page) -> str:
    """What the dialog says."""
    page.locator(".jp-NotebookPanel .jp-Toolbar").get_by_text("Validate", exact=True).click()
    dialog = page.locator(".jp-Dialog", has_text="Validation")
    dialog.wait_for()
    told = dialog.inner_text()
    shot(page, f"validate-{'wrong' if 'fail' in told else 'right'}")
    dialog.locator("button").last.click()
    return told


def fetch_feedback(page: Page) -> None:
    """As the student whose page it is."""
    page.goto(f"{lab_of(page)}?reset")
    page.wait_for_url(lambda address: "reset" not in address)
    menu(page, "Nbgrader", "Assignment List")
    page.get_by_role("button", name="Fetch Feedback").first.click()
    page.locator("#submitted_assignments_list a", has_text="view feedback").first.click()
    page.locator(".jp-DirListing-item", has_text=f"{NAME}.html").wait_for()


def in_frame(page: Page) -> FrameLocator:
    return page.frame_locator("iframe[src*=formgrader]")


def close(frame: FrameLocator) -> None:
    frame.locator(".modal.in button", has_text="OK").click()
    expect(frame.locator(".modal.in")).to_have_count(0)
