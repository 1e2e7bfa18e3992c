"""Explorers as their readers see them: in JupyterLab, moved by keyboard, in light and in dark."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
from nbformat import v4
from playwright.sync_api import Locator, Page

from cnnkit import explorers
from gallery.lab import ERRORS, run_all, scroll_to, serve

THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
# What the keyboard moves: the slider of the steps, or else the first slider, or a list.
HANDLES = (
    ".explorer-step input",
    "input[type=range]",
    "select",
)
STEPS = 5  # before an explorer is captured
# What is at its end begins again.
KEY = """({options, selectedIndex, value, max}) => {
  const left = options ? options.length - 1 - selectedIndex : max - value;
  return left <= 0 ? 'Home' : options ? 'ArrowDown' : 'ArrowRight';
}"""
SEEN = """element => [...element.querySelectorAll('img, .page, .explorer-status, output')]
  .map(part => part.alt || part.ariaLabel || part.textContent).join()"""


def notebook() -> nbformat.NotebookNode:
    """One cell for each explorer."""
    cells = [v4.new_code_cell("from cnnkit import explorers")]
    cells += [v4.new_code_cell(f'explorers.ALL["{name}"]()') for name in explorers.ALL]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


@contextmanager
def lab() -> Iterator[str]:
    """A JupyterLab with this notebook, explorers.ipynb: its address."""
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder, "course")
        course.mkdir()
        nbformat.write(notebook(), course / "explorers.ipynb")
        with serve(course, Path(folder, "home")) as address:
            yield address


def open_all(page: Page, address: str) -> None:
    """Run the notebook. RuntimeError: a cell failed."""
    run_all(page, address, "explorers.ipynb")
    if errors := page.evaluate(ERRORS):
        raise RuntimeError(f"an explorer fails: {errors}")


def find(page: Page, name: str) -> Locator:
    """An explorer, scrolled into view, with its picture there."""
    scroll_to(page, f".{name}-explorer")
    explorer = page.locator(f".{name}-explorer").first
    explorer.locator(".explorer-status").first.wait_for()
    explorer.evaluate(
        "async element => await Promise.all([...element.querySelectorAll('img')]"
        ".map(image => image.decode().catch(() => null)))"
    )
    return explorer


def move(page: Page, explorer: Locator) -> None:
    """One step further by the keyboard. TimeoutError: it does not answer."""
    before = seen(explorer)
    selector = next(s for s in HANDLES if explorer.locator(s).count())
    handle = explorer.locator(selector).first
    handle.focus()
    page.keyboard.press(handle.evaluate(KEY))
    for _ in range(200):
        if seen(explorer) != before:
            return
        page.wait_for_timeout(50)
    raise TimeoutError(f"the explorer does not answer {selector}")


def seen(explorer: Locator) -> str:
    """What is to be seen, in words: the picture's alternative text and what is written below it."""
    return explorer.evaluate(SEEN)


def set_theme(page: Page, theme: str) -> None:
    """ "light" or "dark"."""
    page.evaluate(
        "name => window.jupyterapp.commands.execute('apputils:change-theme', {theme: name})",
        THEMES[theme],
    )
    page.wait_for_timeout(1000)
