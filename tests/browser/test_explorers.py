"""Every explorer in JupyterLab in a real browser: it is there, and the keyboard moves it."""

import numpy as np
import pytest
from playwright.sync_api import expect

from cnnkit import explorers, viz
from gallery.explorers import find, move, open_all, set_theme
from tests.browser.conftest import SCREENSHOTS

pytestmark = [pytest.mark.browser, pytest.mark.slow]
STEPPING = [n for n, make in explorers.ALL.items() if isinstance(make(), explorers.StepExplorer)]


@pytest.fixture(scope="module")
def notebook(browser, explorers_lab):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(60_000)
    open_all(page, explorers_lab)
    yield page
    page.close()


@pytest.mark.parametrize("name", explorers.ALL)
def test_an_explorer_opens_and_changes_when_it_is_moved(notebook, name):
    explorer = find(notebook, name)
    move(notebook, explorer)  # fails if nothing else is seen then
    explorer.screenshot(path=SCREENSHOTS / f"explorer-{name}.png")


def test_no_explorer_writes_warnings_into_the_notebook(notebook):
    written = """() => [...window.jupyterapp.shell.currentWidget.content.model.cells]
      .filter(cell => cell.type === 'code').flatMap(cell => cell.outputs.toJSON())
      .filter(output => output.output_type === 'stream').map(output => output.text)"""
    assert notebook.evaluate(written) == []


def test_every_control_has_a_name(notebook):
    for name in explorers.ALL:
        explorer = find(notebook, name)
        for control in explorer.locator("[role=slider], .widget-play button").all():
            assert control.get_attribute("aria-label"), name
    assert find(notebook, "convolution").get_by_role("slider", name="position").count() == 1


def test_a_setting_begins_anew_and_the_end_key_finds_the_new_end(notebook):
    explorer = find(notebook, "perceptron")
    explorer.locator("select").select_option("XOR")
    handle = explorer.locator(".explorer-step .noUi-handle")
    expect(handle).to_have_attribute("aria-valuemax", "59.0")
    expect(explorer.locator(".explorer-status")).to_contain_text("Pass 1")
    handle.focus()
    notebook.keyboard.press("End")
    expect(explorer.locator(".explorer-status")).to_contain_text("No line separates")
    expect(explorer.locator(".explorer-step .widget-readout")).to_have_text("59")


def test_every_picture_of_an_explorer_has_an_alternative_text(notebook):
    for name in explorers.ALL:
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


def test_the_browser_draws_and_says_what_the_library_computes_of_an_activation(notebook):
    explorer = find(notebook, "activation")
    explorer.locator("select").select_option("ELU")
    explorer.locator("input").fill("20")
    curve = explorers.activation().curves["ELU"]
    expect(explorer.locator(".explorer-status")).to_have_text(curve["sentence"][20])
    assert curve["sentence"][20] in explorer.locator("svg").get_attribute("aria-label")
    path = explorer.locator("svg g path.y").get_attribute("d")
    drawn = [float(point.split(" ")[1]) for point in path.replace("M", "L").split("L")[1:]]
    assert path.count("M") == 1  # one stroke
    slope, start = np.polyfit(curve["y"], drawn, 1)  # pixels are a straight line of the values
    assert slope < 0
    np.testing.assert_allclose(drawn, start + slope * np.array(curve["y"]), atol=1e-6)


def test_without_a_kernel_what_happens_step_by_step_still_moves(notebook):
    for name in STEPPING:  # the frames come while the kernel is idle
        find(notebook, name)
    notebook.wait_for_function(ALL_AHEAD, arg=STEPPING, timeout=120_000)
    notebook.evaluate("() => window.jupyterapp.serviceManager.sessions.shutdownAll()")
    notebook.wait_for_timeout(1000)
    for name in (*STEPPING, "softmax", "activation"):
        explorer = find(notebook, name)
        if explorer.locator(".explorer-step").count():
            explorer.locator(".explorer-step .noUi-handle").focus()
            notebook.keyboard.press("Home")
        for _ in range(2):  # fails if nothing else is seen then
            move(notebook, explorer)


# The screens of these explorers hold all their frames.
ALL_AHEAD = """names => names.every(
  name => document.querySelector(`.${name}-explorer .cnnkit-screen[data-ahead="true"]`))"""
