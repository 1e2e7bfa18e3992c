"""Lecture 6 as a page: made by nbconvert's own command, opened without a kernel and a network."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import SCREENSHOTS
from tests.conftest import ROOT
from tests.lectures.notebooks import formulas

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LECTURE = ROOT / "lectures" / "06-convolution.ipynb"
PICTURES = r"viz\.(?:\w+_picture|filtering|filter_gallery|matri\w+)\("


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """The page. What `pip install` puts into the environment is taken from here."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "share" / "nbconvert").mkdir(parents=True)
    (folder / "share" / "nbconvert" / "templates").symlink_to(ROOT / "cnnkit/export/templates")
    environment = os.environ | {"JUPYTER_CONFIG_PATH": str(ROOT / "cnnkit" / "export" / "etc")}
    environment["JUPYTER_PATH"] = f"{folder / 'share'}:{os.environ.get('JUPYTER_PATH', '')}"
    command = [sys.executable, "-m", "nbconvert", "--execute", "--to", "html"]
    done = subprocess.run(
        [*command, "--output-dir", folder, LECTURE],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert "is left as TeX" not in done.stderr
    return folder / "06-convolution.html"


@pytest.fixture(scope="module")
def page(made, browser) -> Iterator[Page]:
    """The page in a browser that reaches nobody; what it asks for is kept in `page.asked`."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True)
    page = context.new_page()
    page.asked = []
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(made.as_uri())
    page.locator(".cnnkit-offline .cnnkit-screen .page").wait_for()
    yield page
    context.close()


def test_it_asks_nobody_for_anything(page: Page, made: Path):
    assert [url for url in page.asked if not url.startswith(("file:", "data:", "blob:"))] == []
    loading = r'<(?:script|link|img|iframe)[^>]*(?:src|href)="([^"]{1,80})'
    sources = re.findall(loading, made.read_text())
    assert [source for source in sources if not source.startswith("data:")] == []


def test_its_links_lead_to_the_web_to_itself_or_to_another_lectures_page(page: Page):
    found = page.locator("a[href]").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    own = [url for url in found if not url.startswith(("https://", "#"))]
    assert "00-start.html" in own
    pages = {path.with_suffix(".html").name for path in LECTURE.parent.glob("*.ipynb")}
    assert {url.partition("#")[0] for url in own} - pages == set()
    assert page.get_by_text("the course's symbols").count() == 1  # a file that is not there


def test_every_picture_is_there_with_its_words(page: Page):
    source = "\n".join(cell.source for cell in nbformat.read(LECTURE, 4).cells)
    pictures = page.locator(".jp-OutputArea-output img")
    assert pictures.count() == len(re.findall(PICTURES, source))
    for picture in pictures.all():
        assert picture.evaluate("image => image.complete && image.naturalWidth > 100")
        assert len(picture.get_attribute("alt")) > 20


def test_every_formula_is_drawn(page: Page):
    drawn = page.locator("math")
    assert drawn.count() > len(formulas(LECTURE)) > 100  # those of questions and card, too
    assert "$" not in page.locator("main").inner_text()
    fold = "open => document.querySelectorAll('details').forEach(each => each.open = open)"
    page.evaluate(fold, True)
    boxes = drawn.evaluate_all("all => all.map(each => each.getBoundingClientRect().width)")
    assert min(boxes) > 4
    page.evaluate(fold, False)


def test_the_explorer_moves_without_a_kernel(page: Page):
    explorer = page.locator(".convolution-explorer")
    sentence = explorer.locator(".explorer-status")
    expect(sentence).to_contain_text("h[0, 0] = ")
    cells = explorer.locator(".page")
    before = cells.inner_html()
    explorer.locator("input[type=range]").focus()
    page.keyboard.press("End")
    expect(sentence).to_contain_text("h[2, 2] = ")
    assert cells.inner_html() != before
    page.keyboard.press("Home")
    explorer.get_by_role("button", name="play").click()
    expect(sentence).to_contain_text("h[0, 1] = ")
    explorer.get_by_role("button", name="stop").click()
    expect(explorer.locator(".settings")).to_contain_text("stride 1")


def test_answers_and_proofs_are_folded_and_say_what_they_hold(page: Page):
    answer = page.locator(".cnnkit-question").get_by_text("the sum is 2", exact=False).first
    expect(answer).not_to_be_visible()
    page.locator(".cnnkit-question", has_text="Compute h[2, 0]").get_by_text(
        "The worked solution"
    ).click()
    expect(answer).to_be_visible()
    proof = page.get_by_text("assert correlate(white, ones)")
    expect(proof).not_to_be_visible()
    expect(page.locator("pre", has_text="checked: the picture;").last).to_be_visible()
    page.get_by_text("show the proof").first.click()
    expect(proof).to_be_visible()
    assert page.get_by_text("To remember").count() == 1
    page.screenshot(path=SCREENSHOTS / "06-page.png", full_page=True)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_fits_a_phone_and_follows_the_readers_theme(page: Page, made: Path, theme):
    page.set_viewport_size({"width": 390, "height": 800})
    page.emulate_media(color_scheme=theme)
    page.goto(made.as_uri())
    page.locator(".cnnkit-offline .cnnkit-screen .page").wait_for()
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    background = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    levels = [int(level) for level in re.findall(r"\d+", background)[:3]]
    assert (max(levels) < 64) == (theme == "dark")
    page.screenshot(path=SCREENSHOTS / f"06-page-phone-{theme}.png")


def test_without_scripts_the_explorer_is_a_picture(browser: Browser, made: Path):
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto(made.as_uri())
    picture = page.locator(".convolution-explorer .stage img")
    expect(picture).to_be_visible()
    assert "h[0, 0]" in picture.get_attribute("alt")
    context.close()
