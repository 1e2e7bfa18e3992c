"""Explorers answer their controls, draw ahead for the browser, and leave a picture behind."""

import asyncio
import base64
import gc
import re
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.text import Text
from nbconvert import HTMLExporter
from nbformat import v4

from cnnkit import explorers, viz
from cnnkit.explorers.base import StepExplorer
from cnnkit.explorers.graphs import GRAPHS
from cnnkit.explorers.screen import HERE, Diagram
from cnnkit.explorers.sliding import POOLED

STEPPING = [name for name, make in explorers.ALL.items() if isinstance(make(), StepExplorer)]


@pytest.mark.parametrize("name", explorers.ALL)
@pytest.mark.sample(3)
def test_where_no_kernel_runs_its_picture_is_shown_with_its_alternative_text(name):
    explorer = explorers.ALL[name]()
    data, metadata = explorer._repr_mimebundle_()
    still = explorer.still()
    assert base64.b64decode(data["image/png"]) == still["png"]
    assert still["png"].startswith(b"\x89PNG")
    assert metadata["image/png"]["alt"] == still["alt"] == data["text/plain"]
    assert len(still["alt"]) > 10
    assert "<img alt=" in data["text/html"]
    assert "application/vnd.jupyter.widget-view+json" in data
    assert f"{name}-explorer" in explorer._dom_classes


def test_the_screens_rules_leave_the_stage_of_an_exported_page_alone():
    """Around the screen's stage an exported page has one of its own, in the explorer's class."""
    rules = re.findall(r"[^{}]*\.stage[^{}]*(?=\{)", (HERE / "screen.css").read_text())
    assert len(rules) > 1
    assert [rule for rule in rules if ".cnnkit-screen" not in rule] == []


def in_a_loop(coroutine):
    """Run it to its end, within a minute, in a thread with an event loop of its own: the browser of
    other tests has one here."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, asyncio.wait_for(coroutine, 60)).result()


def test_an_export_shows_pictures_and_explorers_with_their_alternative_texts():
    shown = (viz.matrix(POOLED), viz.pooling_film(POOLED), explorers.pooling())
    cells = []
    for each in shown:
        data, metadata = each._repr_mimebundle_()
        output = v4.new_output("display_data", data=data, metadata=metadata)
        cells.append(v4.new_code_cell("", outputs=[output]))
    page, _ = HTMLExporter().from_notebook_node(v4.new_notebook(cells=cells))
    images = re.findall(r'<img[^>]* alt="([^"]+)"|<img alt="([^"]+)"', page)
    alts = [unescape(first or second) for first, second in images]
    assert alts == [shown[0].alt, shown[1].alt, shown[2].still()["alt"]]


@pytest.mark.parametrize("name", STEPPING)
@pytest.mark.sample(2)
def test_every_step_says_or_shows_something_else(name):
    explorer = explorers.ALL[name]()
    assert isinstance(explorer, StepExplorer)
    said = []
    for step in range(explorer.count):
        explorer.step.value = step
        said.append(explorer.sentence)
    assert len(said) > 3
    for sentence in {sentence for sentence in said if said.count(sentence) > 1}:
        steps = [step for step, other in enumerate(said) if other == sentence]
        assert len({picture_at(explorer, step) for step in steps}) == len(steps), sentence


def picture_at(explorer, step):
    explorer.step.value = step
    return explorer.still()["png"]


@pytest.mark.parametrize("name", ["backpropagation", "convolution"])
def test_what_is_drawn_ahead_is_what_each_step_shows(name):
    explorer = explorers.ALL[name]()
    in_a_loop(explorer.draw_ahead())
    assert len(explorer.screen.frames) == explorer.count
    for step, frame in enumerate(explorer.screen.frames):
        explorer.step.value = step
        assert explorer.draw().frame() | {"serial": 0} == frame | {"serial": 0}
        assert explorer.sentence == frame["html"]


def test_in_a_notebook_it_is_drawn_ahead_by_itself_and_a_setting_begins_anew():
    async def notebook():
        explorer = explorers.convolution()
        assert explorer.screen.frames == []
        while not explorer.screen.frames:
            await asyncio.sleep(0.05)
        explorer.stride.value = 2
        assert explorer.screen.frames == []  # the old ones are wrong now
        while not explorer.screen.frames:
            await asyncio.sleep(0.05)
        assert len(explorer.screen.frames) == explorer.count == 4

    in_a_loop(notebook())


def test_a_setting_that_changes_while_it_is_drawn_ahead_ends_that():
    async def notebook():
        explorer = explorers.backpropagation()
        drawing = asyncio.create_task(explorer.draw_ahead())
        await asyncio.sleep(0.02)
        for formula in list(GRAPHS)[1:]:
            explorer.formula.value = formula
        await drawing
        assert explorer.screen.frames == []
        while not explorer.screen.frames:
            await asyncio.sleep(0.05)
        assert len(explorer.screen.frames) == explorer.count
        assert "∂y/∂a" in explorer.screen.frames[-1]["html"]  # of the last formula

    in_a_loop(notebook())


def test_what_is_drawn_ahead_is_not_drawn_again():
    explorer = explorers.convolution()
    in_a_loop(explorer.draw_ahead())
    frame = explorer.screen.frame
    explorer.step.value = 3
    assert explorer.screen.frame is frame
    assert "h[1, 0]" in explorer.sentence


def test_pictures_are_freed_without_leaving_the_collector_off():
    assert gc.isenabled()
    explorer = explorers.convolution(np.ones((2, 3)))
    assert "does not fit" in explorer.sentence
    assert gc.isenabled()
    gc.disable()
    try:
        explorer.padding.value = 1
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_the_window_stays_where_it_is_when_the_image_is_shifted_under_it():
    explorer = explorers.pooling()
    explorer.step.value = 5
    explorer.shift.value = 1
    assert explorer.step.value == 5
    explorer.size.value = 3
    assert explorer.step.value == 0


# Those that draw with Matplotlib; the others are made of cells, photographs and script.
DIAGRAMS = (
    *("features", "digit", "perceptron", "logistic", "approximation", "backpropagation", "clinic"),
    *("overfitting", "cone", "signals", "architecture", "block", "workshop"),
)


@pytest.mark.parametrize("name", DIAGRAMS)
def test_what_is_written_in_a_diagram_is_text_in_the_page(name):
    drawn = explorers.ALL[name]().draw()
    assert isinstance(drawn, Diagram)
    page = ElementTree.fromstring(drawn.frame()["page"])
    shown = {"".join(each.itertext()) for each in page.iter("{http://www.w3.org/2000/svg}text")}
    written = [text.get_text() for text in drawn.picture.findobj(Text)]
    labels = {line for text in written for line in text.split("\n")}
    assert len(labels & shown) > 5
    assert not page.findall(".//{http://www.w3.org/2000/svg}style")  # it would be the page's
    assert page.get("aria-hidden") == "true"  # its words are the page's label
    assert drawn.frame()["alt"] == drawn.picture.alt
