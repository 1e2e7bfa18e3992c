"""`make hub`, as a class uses it: two students and an instructor, each signed in, in a real browser.

As root alone, since a hub starts each person's server as that person; elsewhere it is skipped.
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

import nbformat
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import SCREENSHOTS
from tests.conftest import ROOT

HOME = Path("/srv/cnn-course-demo")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(os.geteuid() != 0, reason="a hub is started by root"),
    pytest.mark.skipif(HOME.exists(), reason=f"{HOME} is there: make hub-clean removes it"),
]
NAME = "a1-perceptron"
FUNCTION, ESSAY = "perceptron_predict", "conclusion"  # ids of a1's cells
SIGNED_IN = re.compile(r"(instructor|student) +(\S+) +password (\S+)")


@pytest.fixture(scope="module")
def hub() -> Iterator[SimpleNamespace]:
    """The user's own command with its defaults; at its end the user's own command to remove it."""
    made = subprocess.Popen(
        ["make", "hub"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert made.stdout
    said: list[str] = []
    try:
        for line in made.stdout:
            said.append(line)
            if "make hub-clean" in line:
                break
        told = "".join(said)
        assert "The course is at" in told, told
        threading.Thread(target=made.stdout.read, daemon=True).start()
        yield SimpleNamespace(
            address=re.search(r"http://hub\.localhost:\d+", told)[0],
            passwords={name: word for _, name, word in SIGNED_IN.findall(told)},
        )
    finally:
        made.send_signal(signal.SIGINT)
        made.wait(120)
        for log in sorted((HOME / "logs").glob("*.log")):
            shutil.copy(log, SCREENSHOTS)
        subprocess.run(["make", "hub-clean"], cwd=ROOT, check=True)
    assert not HOME.exists()
    assert not [entry for entry in pwd.getpwall() if entry.pw_name.startswith("demo-")]


@pytest.fixture(scope="module")
def people(hub, browser: Browser) -> Iterator[dict[str, Page]]:
    """Three who have signed in: pages of three browsers."""
    pages = {
        name: _sign_in(browser, hub, name) for name in ("demo-ada", "demo-ben", "demo-teacher")
    }
    yield pages
    for page in pages.values():
        page.context.close()


def _sign_in(browser: Browser, hub: SimpleNamespace, name: str) -> Page:
    page = browser.new_context(viewport={"width": 1400, "height": 900}).new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{hub.address}/hub/login")
    page.fill("#username_input", name)
    page.fill("#password_input", hub.passwords[name])
    page.click("#login_submit")
    page.wait_for_url("**/lab/tree/cnn-course/lectures/00-start.ipynb", timeout=120_000)
    return page


# What JupyterLab shows ---------------------------------------------------------------------------


def _menu(page: Page, top: str, item: str) -> None:
    page.get_by_role("menuitem", name=top, exact=True).click()
    page.get_by_role("menuitem", name=item, exact=True).click()


def _shot(page: Page, name: str) -> None:
    page.screenshot(path=SCREENSHOTS / f"hub-{name}.png")


def _open(page: Page, path: str) -> None:
    """A notebook by its address, until its kernel waits."""
    base = re.match(r"(.*?)/lab", page.url)[1]
    page.goto(f"{base}/lab/tree/{path}?reset")
    page.wait_for_url(lambda address: "reset" not in address)
    expect(page.locator("#jp-main-statusbar")).to_contain_text(re.compile(r"\| Idle"))


def _validate(page: Page) -> str:
    page.keyboard.press("Control+s")
    page.locator(".jp-NotebookPanel .jp-Toolbar").get_by_text("Validate", exact=True).click()
    dialog = page.locator(".nbgrader-ValidationDialog, .jp-Dialog").last
    expect(dialog).to_contain_text(re.compile("Validation|Success|fail", re.I))
    told = dialog.inner_text()
    return told


def _write(page: Page, name: str, code: str) -> None:
    """Type an answer in the place of another."""
    cell = page.locator(".jp-CodeCell", has_text=f"def {name}").first
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(code)


def _as(name: str, *command: str) -> subprocess.CompletedProcess[str]:
    """A program on the server, as somebody who has signed in and opened a terminal."""
    account = pwd.getpwnam(name)
    return subprocess.run(
        command,
        user=account.pw_uid,
        group=account.pw_gid,
        extra_groups=[],
        cwd=account.pw_dir,
        env={"HOME": account.pw_dir, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
