"""The hub, with who has signed in there."""

import contextlib
import fcntl
import os
import pwd
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import SCREENSHOTS
from tests.browser.hub.running import ADA, BEN, HOME, TEACHER
from tests.conftest import ROOT

LOCK = HOME / ".cnn-course-demo"
SIGNED_IN = re.compile(r"(instructor|student) +(\S+) +password (\S+)")


@pytest.fixture(scope="package")
def hub() -> Iterator[SimpleNamespace]:
    """The user's own command with its defaults; at its end the user's own command to remove it.

    Beside somebody's own demonstration there is none; what an earlier run has left is a fault.
    """
    if HOME.exists():
        left = f"{HOME} is there: make hub-clean removes it"
        (pytest.skip if _is_running() and not os.environ.get("CI") else pytest.fail)(left)
    made = subprocess.Popen(
        ["make", "hub"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=_as_from_a_script,
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
        with contextlib.suppress(subprocess.TimeoutExpired):
            made.wait(120)
        ended = made.poll()
        for log in (HOME / "logs").glob("*.log"):
            shutil.copy(log, SCREENSHOTS)
        subprocess.run(["make", "hub-clean"], cwd=ROOT, check=True)
    assert ended is not None
    assert not HOME.exists()
    assert subprocess.run(["pgrep", "-f", str(HOME)]).returncode == 1  # no process is left
    assert not [entry for entry in pwd.getpwall() if entry.pw_name.startswith("demo-")]


def _as_from_a_script() -> None:
    """As a script starts it in the background, which `make test` is: deaf to Ctrl+C. And as root
    whose files are nobody else's."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.umask(0o077)


def _is_running() -> bool:
    with contextlib.suppress(OSError), open(LOCK) as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return False
    return LOCK.exists()


@pytest.fixture(scope="package")
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
