"""The hub that `make hub` makes, with who has signed in there; what its tests have in common.

As root alone, since a hub starts each person's server as that person; elsewhere they are skipped.
"""

import os
import pwd
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import Browser, FrameLocator, Locator, Page, expect

from tests.conftest import ROOT

SCREENSHOTS = ROOT / "build" / "screenshots"
HOME = Path("/srv/cnn-course-demo")
MARKS = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(os.geteuid() != 0, reason="a hub is started by root"),
    pytest.mark.skipif(HOME.exists(), reason=f"{HOME} is there: make hub-clean removes it"),
]
NAME = "a1-perceptron"
SIGNED_IN = re.compile(r"(instructor|student) +(\S+) +password (\S+)")
ADA, BEN, TEACHER = "demo-ada", "demo-ben", "demo-teacher"
OURS = HOME / "homes" / ADA / "cnn-course" / "assignments" / NAME


@pytest.fixture(scope="session")
def hub() -> Iterator[SimpleNamespace]:
    """The user's own command with its defaults; at its end the user's own command to remove it."""
    made = subprocess.Popen(
        ["make", "hub"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert made.stdout
    said: list[str] = []
    try:
        for line in made.stdout:
            said.append(line)
            if "make hub-clean" in line:
                break
        told = "".join(said)
        address = re.search(r"The course is at (http://hub\.localhost:\d+)", told)
        assert address, told
        threading.Thread(target=made.stdout.read, daemon=True).start()
        yield SimpleNamespace(
            address=address[1],
            formgrader=re.search(r"at (http://cnn--service\S+)", told)[1],
            words={name: word for _, name, word in SIGNED_IN.findall(told)},
            settings=dict(
                line.strip().split("=", 1) for line in (HOME / "hub" / "settings.env").open()
            ),
        )
    finally:
        os.killpg(made.pid, signal.SIGINT)  # Ctrl+C
        made.wait(120)
        for log in (HOME / "logs").glob("*.log"):
            shutil.copy(log, SCREENSHOTS)
        subprocess.run(["make", "hub-clean"], cwd=ROOT, check=True)
    assert not HOME.exists()
    assert not [entry for entry in pwd.getpwall() if entry.pw_name.startswith("demo-")]


@pytest.fixture(scope="session")
def people(hub: SimpleNamespace, browser: Browser) -> Iterator[dict[str, Page]]:
    """Who has signed in, each in a browser of their own, before the start page of the lectures."""
    pages = {name: _sign_in(browser, hub, name) for name in (ADA, BEN, TEACHER)}
    yield pages
    for page in pages.values():
        page.context.close()


def _sign_in(browser: Browser, hub: SimpleNamespace, name: str) -> Page:
    page = browser.new_context(viewport={"width": 1400, "height": 900}).new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{hub.address}/hub/login")
    page.fill("#username_input", name)
    page.fill("#password_input", hub.words[name])
    page.click("#login_submit")
    page.wait_for_url("**/lab/tree/cnn-course/lectures/00-start.ipynb", timeout=120_000)
    page.locator("#jp-main-statusbar", has_text="| Idle").wait_for()
    return page


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


def in_frame(page: Page) -> FrameLocator:
    return page.frame_locator("iframe[src*=formgrader]")


def close(frame: FrameLocator) -> None:
    frame.locator(".modal.in button", has_text="OK").click()
    expect(frame.locator(".modal.in")).to_have_count(0)
