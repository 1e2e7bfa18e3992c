"""Every explorer in JupyterLab in a real browser: it is there, and the keyboard moves it."""

import pytest
from playwright.sync_api import Page

from cnnkit import viz
from gallery.explorers import find, move, open_all, seen, set_theme
from tests.browser.conftest import SCREENSHOTS

pytestmark = [pytest.mark.browser, pytest.mark.slow]
STEPPING = ("perceptron", "backpropagation", "convolution", "pooling", "field", "optimizer")
STEPPING += ("block", "maps")


@pytest.fixture(scope="module")
def notebook(browser, explorers_lab):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(60_000)
    open_all(page, explorers_lab)
    yield page
    page.close()


def wait_for_change(page: Page, explorer, before: str) -> None:
    for _ in range(100):
        if seen(explorer) != before:
            return
        page.wait_for_timeout(100)
    raise AssertionError("the explorer does not answer")


@pytest.mark.parametrize("name", viz.EXPLORERS)
def test_an_explorer_opens_and_changes_when_it_is_moved(notebook, name):
    explorer = find(notebook, name)
    before = seen(explorer)
    move(notebook, explorer)
    wait_for_change(notebook, explorer, before)
    explorer.screenshot(path=SCREENSHOTS / f"explorer-{name}.png")


def test_every_picture_of_an_explorer_has_an_alternative_text(notebook):
    for name in viz.EXPLORERS:
        for image in find(notebook, name).locator("img").all():
            assert len(image.get_attribute("alt")) > 20, name


def test_diagrams_change_their_colours_in_a_dark_theme_and_photographs_do_not(notebook):
    style = "image => getComputedStyle(image).filter"
    set_theme(notebook, "dark")
    assert "invert" in find(notebook, "convolution").locator("img").evaluate(style)
    assert find(notebook, "maps").locator("img").evaluate(style) == "none"
    set_theme(notebook, "light")
    assert find(notebook, "convolution").locator("img").evaluate(style) == "none"


def test_the_browsers_softmax_is_the_librarys(notebook):
    explorer = find(notebook, "softmax")
    ranges = explorer.locator("input[type=range]")
    for index, score in enumerate((1.5, -2.0, 3.0)):
        ranges.nth(index).fill(str(score))
    shown = [text.strip("% ") for text in explorer.locator(".bar + output").all_inner_texts()]
    picture = viz.softmax_picture([1.5, -2.0, 3.0], 0, ["a", "b", "c"])
    assert all(f"{share}%" in picture.alt for share in shown), (shown, picture.alt)
    loss = explorer.locator(".explorer-status b").inner_text()
    assert f"the loss is {loss}." in picture.alt


def test_without_a_kernel_what_happens_step_by_step_still_moves(notebook):
    for name in STEPPING:  # the frames come while the kernel is idle
        find(notebook, name)
    notebook.wait_for_function(ALL_AHEAD, arg=STEPPING, timeout=120_000)
    notebook.evaluate("() => window.jupyterapp.serviceManager.sessions.shutdownAll()")
    notebook.wait_for_timeout(1000)
    for name in (*STEPPING, "softmax"):
        explorer = find(notebook, name)
        before = seen(explorer)
        move(notebook, explorer)
        wait_for_change(notebook, explorer, before)


# The screens of these explorers hold all their frames.
ALL_AHEAD = """names => names.every(
  name => document.querySelector(`.${name}-explorer .cnnkit-screen[data-ahead="true"]`))"""
