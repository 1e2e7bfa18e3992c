"""docs/overview.png, the README's picture: an explorer, and the report of a graded class.

`make gallery` draws it. It keeps in itself what the explorer showed and offered, so that a test can
tell whether that is still so.
"""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ipywidgets
import nbformat
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from playwright.sync_api import Browser

from autograder.authoring import demo
from autograder.course.course import Course
from autograder.grading.shown import write_report
from cnnkit import explorers
from gallery.explorers import find
from gallery.lab import run_all, serve

ROOT = Path(__file__).parent.parent
FILE = ROOT / "docs" / "overview.png"
NAME = "convolution"  # the explorer
STEPS = 5  # by which it is moved
SOURCE = f"""from cnnkit import explorers
shown = explorers.ALL["{NAME}"]()
shown.step.value = {STEPS}
shown"""
GRADED = "a3-convolution"  # the assignment
SHOWN = "shown"  # the key of what the picture keeps
WIDTH, HEIGHT, GAP = 720, 640, 24  # pixels of the page, of each half
SCALE = 2  # dots a pixel, for fine screens


def shown() -> str:
    """What the explorer offers and says today, as JSON: names and choices of its controls, and its
    sentence at the step that is captured."""
    explorer: Any = explorers.ALL[NAME]()
    controls = [
        [str(control.description), *map(str, getattr(control, "_options_labels", ()))]
        for control in _controls(explorer)
    ]
    explorer.step.value = STEPS
    return json.dumps([controls, explorer.sentence], ensure_ascii=False)


def _controls(box: ipywidgets.Box) -> Iterator[Any]:
    for child in box.children:
        if isinstance(child, ipywidgets.Box):
            yield from _controls(child)
        elif getattr(child, "description", ""):
            yield child


def make(browser: Browser) -> None:
    """Capture both and write the picture."""
    context = browser.new_context(
        viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=SCALE, color_scheme="light"
    )
    page = context.new_page()
    page.set_default_timeout(60_000)
    with tempfile.TemporaryDirectory() as folder:
        course = demo.prepare(Course(ROOT), Path(folder, "course"))
        demo.run(course, GRADED)
        write_report(course, GRADED)
        page.goto((course.reports / f"{GRADED}.html").as_uri())
        report = page.screenshot()
        kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
        cells = [nbformat.v4.new_code_cell(SOURCE)]
        notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
        lab = Path(folder, "lab")
        lab.mkdir()
        nbformat.write(notebook, lab / "x.ipynb")
        page.set_viewport_size({"width": WIDTH + 200, "height": 1000})
        with serve(lab, Path(folder, "home")) as address:
            run_all(page, address, "x.ipynb")
            explorer = find(page, NAME).screenshot()
    context.close()
    _write(_beside(explorer, report))


def _beside(*captures: bytes) -> Image.Image:
    """Both on white, the same height."""
    size = (SCALE * (2 * WIDTH + GAP), SCALE * HEIGHT)
    whole = Image.new("RGB", size, "white")
    for place, capture in enumerate(captures):
        half = Image.open(io.BytesIO(capture)).convert("RGB")
        half.thumbnail((SCALE * WIDTH, SCALE * HEIGHT))
        whole.paste(half, (SCALE * place * (WIDTH + GAP), 0))
    return whole


def _write(picture: Image.Image) -> None:
    kept = PngInfo()
    kept.add_itxt(SHOWN, shown())
    picture.quantize(256).save(FILE, pnginfo=kept, optimize=True)
