"""A real browser, and a JupyterLab to look at with it."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from gallery import explorers
from gallery.lab import launched, serve
from tests.conftest import ROOT

SCREENSHOTS = ROOT / "build" / "screenshots"
expect.set_options(timeout=60_000)  # how long it takes says something of the machine alone


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    try:
        with launched() as browser:
            yield browser
    except FileNotFoundError as missing:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(missing))


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of 1280×900 pixels; anything that a page's script throws fails the test."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(60_000)
    yield page
    page.close()


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory, graded_class) -> Iterator[str]:
    """A student's JupyterLab: the lectures, and the assignment as it is released."""
    course = tmp_path_factory.mktemp("student") / "course"
    shutil.copytree(ROOT / "lectures", course / "lectures")
    shutil.copytree(graded_class[0].assignments, course / "assignments")
    with serve(course, tmp_path_factory.mktemp("home")) as address:
        yield address


@pytest.fixture(scope="session")
def instructors_lab(tmp_path_factory: pytest.TempPathFactory, graded_class) -> Iterator[str]:
    """An instructor's JupyterLab, on the graded class."""
    with serve(graded_class[0].root, tmp_path_factory.mktemp("home")) as address:
        yield address


@pytest.fixture(scope="session")
def explorers_lab() -> Iterator[str]:
    """A JupyterLab with a notebook of all explorers."""
    with explorers.lab() as address:
        yield address
