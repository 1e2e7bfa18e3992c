"""Every explorer in JupyterLab in a real browser: it is there, and the keyboard moves it."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from cnnkit import explorers, viz
from cnnkit.functional import correlate2d
from cnnkit.viz.kernels import KERNELS
from cnnkit.viz.style import number
from gallery.explorers import STEPS, find, move, open_all, set_theme
from tests.browser.conftest import SCREENSHOTS

pytestmark = [pytest.mark.browser, pytest.mark.slow]
# Their settings are drawn in different sizes.
DIFFERENT = ("convolution", "pooling", "backpropagation", "block", "architecture", "workshop")
STEPPING = [n for n, make in explorers.ALL.items() if isinstance(make(), explorers.StepExplorer)]


@pytest.fixture(scope="module")
def notebook(browser, explorers_lab):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(60_000)
    open_all(page, explorers_lab)
    yield page
    page.close()


@pytest.mark.parametrize("name", explorers.ALL)
@pytest.mark.sample(2)
def test_an_explorer_opens_and_changes_whenever_it_is_moved(notebook, name):
    explorer = find(notebook, name)
    for _ in range(STEPS):
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
        for control in explorer.locator("button:visible, input:visible, select").all():
            said = "e => e.ariaLabel || e.labels?.[0]?.textContent || e.textContent"
            assert control.evaluate(said).strip(), name
    assert find(notebook, "convolution").get_by_role("slider", name="position").count() == 1


def test_a_setting_begins_anew_and_the_end_key_finds_the_new_end(notebook):
    explorer = find(notebook, "perceptron")
    explorer.locator("select").select_option("XOR")
    slider = explorer.locator(".explorer-step input")
    expect(slider).to_have_attribute("max", "59")
    expect(explorer.locator(".explorer-status")).to_contain_text("Pass 1")
    slider.focus()
    notebook.keyboard.press("End")
    expect(explorer.locator(".explorer-status")).to_contain_text("No line separates")
    expect(explorer.locator(".explorer-step output")).to_have_text("pass 15, example 4")


def test_every_picture_of_an_explorer_has_an_alternative_text(notebook):
    for name in explorers.ALL:
        explorer = find(notebook, name)
        for image in explorer.locator("img").all():
            assert len(image.get_attribute("alt")) > 10, name
        for page in explorer.locator("[role=group]").all():
            assert len(page.get_attribute("aria-label")) > 20, name


def test_diagrams_change_their_colours_in_a_dark_theme_and_photographs_do_not(notebook):
    style = "image => getComputedStyle(image).filter"
    set_theme(notebook, "dark")
    assert "invert" in find(notebook, "block").locator("svg").evaluate(style)
    assert "invert" in find(notebook, "convolution").locator(".cells").first.evaluate(style)
    assert find(notebook, "maps").locator("img").first.evaluate(style) == "none"
    set_theme(notebook, "light")
    assert find(notebook, "block").locator("svg").evaluate(style) == "none"


def test_a_slider_takes_clicks_beside_its_track_and_loses_none(notebook):
    explorer = find(notebook, "convolution")
    slider = explorer.locator(".explorer-step input")
    box = slider.bounding_box()
    assert (box["width"], box["height"]) >= (300, 24)
    middle = box["y"] + box["height"] / 2
    for share, beside in ((0.9, 11), (0.2, -11), (0.5, 11)):  # at once, one after the other
        notebook.mouse.click(box["x"] + share * box["width"], middle + beside)
    expect(explorer.locator(".explorer-step output")).to_have_text("h[1, 1]")
    expect(explorer.locator(".explorer-status")).to_contain_text("h[1, 1]")
    explorer.locator(".explorer-step .forward").click()
    explorer.locator(".explorer-step .forward").click()
    explorer.locator(".explorer-step .back").click()
    expect(explorer.locator(".explorer-status")).to_contain_text("h[1, 2]")


def test_an_output_cell_that_is_pointed_at_shows_its_window_and_a_click_stays_there(notebook):
    notebook.wait_for_function(ALL_AHEAD, arg=["convolution", "pooling"], timeout=120_000)
    for name in ("convolution", "pooling"):
        explorer = find(notebook, name)
        status = explorer.locator(".explorer-status")
        explorer.locator(".explorer-step input").fill("0")
        expect(status).to_contain_text("h[0, 0]")
        explorer.locator("td[data-index]").nth(4).hover()
        expect(status).not_to_contain_text("h[0, 0]")
        hovered = status.inner_text()
        explorer.locator("label").first.hover()
        expect(status).to_contain_text("h[0, 0]")
        explorer.locator("td[data-index]").nth(4).click()
        explorer.locator("label").first.hover()
        expect(status).to_have_text(hovered.replace("\n", ""))
        expect(explorer.locator(".explorer-step input")).to_have_value("4")


@pytest.mark.parametrize("name", DIFFERENT)
@pytest.mark.sample(2)
def test_nothing_moves_when_a_setting_changes(notebook, name):
    explorer = find(notebook, name)
    seen = {settled(explorer)}
    for chosen in explorer.locator("select").all():
        count, before = chosen.locator("option").count(), chosen.input_value()
        for index in {*range(0, count, 1 + count // 6), count - 1}:
            if chosen.evaluate("list => list.selectedIndex") != index:  # else it is not asked
                chosen.select_option(index=index)
                seen.add(settled(explorer))
        if chosen.input_value() != before:
            chosen.select_option(before)
            settled(explorer)
    for slider in explorer.locator(".cnnkit-slider:not(.explorer-step) input").all():
        before = slider.input_value()
        for key in ("End", "Home"):
            slider.press(key)
            seen.add(settled(explorer))
        if slider.input_value() != before:
            slider.fill(before)
            settled(explorer)
    assert len(seen) == 1, sorted(seen)


def settled(explorer) -> tuple[int, ...]:
    """Once it has answered: its height, and where its sentence ends in it."""
    explorer.page.wait_for_timeout(200)  # so long it does not show that it is asked
    expect(explorer.locator(".cnnkit-screen[aria-busy]")).to_have_count(0, timeout=60_000)
    heights = """e => [e, e.querySelector('.explorer-status')].map(part =>
      Math.round(part.getBoundingClientRect().bottom - e.getBoundingClientRect().top))"""
    return tuple(explorer.evaluate(heights))


def test_on_a_phone_every_control_is_there_and_nothing_but_a_picture_is_moved_sideways(notebook):
    notebook.set_viewport_size({"width": 390, "height": 844})
    notebook.evaluate("() => window.jupyterapp.shell.collapseLeft()")
    for name in explorers.ALL:
        explorer = find(notebook, name)
        cut = explorer.evaluate("""e => [...e.querySelectorAll('*')].filter(part =>
          !part.closest('.stage svg, details') && part.getBoundingClientRect().width
          && part.getBoundingClientRect().right > e.getBoundingClientRect().right + 1)
          .map(part => part.outerHTML.slice(0, 80))""")
        assert cut == [], name
    notebook.set_viewport_size({"width": 1280, "height": 900})


def test_what_is_written_in_a_diagram_is_text(notebook):
    for name, words in (("block", "input x"), ("perceptron", "target 0"), ("optimizer", "w₁")):
        drawn = find(notebook, name).locator("svg text", has_text=words).first
        assert drawn.bounding_box()["height"] >= 11, name


def test_until_the_kernel_answers_the_old_picture_is_marked_and_the_last_of_quick_moves_wins(
    notebook,
):
    explorer = find(notebook, "convolution")
    screen, stride = (
        explorer.locator(".cnnkit-screen"),
        explorer.get_by_role("slider", name="stride"),
    )
    hold = "import time; from cnnkit.explorers import base\\nwith base._drawing: time.sleep(2)"
    notebook.evaluate(f"""() => {{ window.jupyterapp.shell.currentWidget.sessionContext.session
        .kernel.requestExecute({{code: '{hold}'}}); }}""")
    notebook.wait_for_timeout(300)
    stride.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "ArrowRight"):
        notebook.keyboard.press(key)
    expect(screen).to_have_attribute("aria-busy", "true")
    expect(explorer.locator(".explorer-status")).to_contain_text("− 3)/1 + 1 = 3")  # the old one
    expect(explorer.locator(".explorer-status")).to_contain_text("⌊(5 + 2·0 − 3)/3⌋ + 1 = 1")
    expect(screen).not_to_have_attribute("aria-busy", "true")
    notebook.wait_for_timeout(1000)  # nothing that is older comes behind
    expect(explorer.locator(".explorer-status")).to_contain_text("/3⌋ + 1 = 1")
    stride.fill("1")
    expect(explorer.locator(".explorer-status")).to_contain_text("− 3)/1 + 1 = 3")


def test_a_kernel_of_ones_own_gives_what_the_library_computes(notebook):
    explorer = find(notebook, "kernel")
    image = explorers.kernel().images["camera"].astype(float)
    explorer.locator("select.photo").select_option("camera")
    for weights in (
        np.arange(9.0).reshape(3, 3) / 36,
        np.array([[0, -1, 0], [-1, 4.5, -1], [0, -1, 0]]),
    ):
        for field, weight in zip(
            explorer.locator("input[type=number]").all(), weights.flat, strict=True
        ):
            field.fill(str(weight))
        expected = correlate2d(image, weights)
        shown = np.array(explorer.locator("canvas").nth(1).evaluate(GREYS)).reshape(expected.shape)
        assert np.abs(shown - np.clip(expected, 0, 255)).max() <= 0.5 + 1e-6
    expect(explorer.locator("select.preset")).to_have_value("my own")
    explorer.locator("select.preset").select_option("Laplace, 4 neighbours")
    output = explorer.locator(".layers").nth(1)
    output.hover(position={"x": 2 * 40 + 1, "y": 2 * 10 + 1})
    said = explorer.locator(".explorer-status")
    h = correlate2d(image, KERNELS["Laplace, 4 neighbours"])
    row, column = map(int, re.findall(r"\d+", said.inner_text())[:2])
    assert abs(row - 10) + abs(column - 40) <= 2
    expect(said).to_contain_text(f"= {number(h[row, column])}")
    output.focus()
    notebook.keyboard.press("ArrowDown")
    expect(said).to_contain_text(f"h[{row + 1}, {column}]")
    expect(said).to_contain_text(f"= {number(h[row + 1, column])}")
    explorer.locator("input[type=number]").first.fill("")
    expect(said).to_contain_text("A weight has to be a number")


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
    for name in (*STEPPING, "softmax", "activation", "kernel"):
        explorer = find(notebook, name)
        if explorer.locator(".explorer-step").count():
            explorer.locator(".explorer-step input").focus()
            notebook.keyboard.press("Home")
        for _ in range(2):  # fails if nothing else is seen then
            move(notebook, explorer)


GREYS = """canvas => [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
  .data].filter((_, i) => i % 4 === 0)"""
# The screens of these explorers hold all their frames.
ALL_AHEAD = """names => names.every(
  name => document.querySelector(`.${name}-explorer .cnnkit-screen[data-ahead="true"]`))"""
