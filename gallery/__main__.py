"""`make gallery`: build/gallery/index.html, with every picture and every explorer."""

from __future__ import annotations

import inspect
import sys
import time
from pathlib import Path
from typing import Any

import jinja2
from tqdm import tqdm

from cnnkit import explorers
from gallery import makers, overview
from gallery.explorers import THEMES, find, lab, move, open_all, set_theme
from gallery.lab import chromium, launched

HERE = Path(__file__).parent
FOLDER = HERE.parent / "build" / "gallery"
STEPS = 5  # before an explorer is captured


def draw() -> list[dict[str, Any]]:
    """Every picture as a PNG file, and what the page says of it."""
    shown = []
    for name, make in tqdm(makers().items(), "pictures"):
        picture = make()
        (FOLDER / f"{name}.png").write_bytes(picture.png())
        _, metadata = picture._repr_mimebundle_()
        shown.append({"name": name, "title": inspect.getdoc(make), **metadata["image/png"]})
    return shown


def capture() -> None:
    """Every explorer in JupyterLab, some steps after its beginning, in each theme."""
    with lab() as address, launched() as browser:
        page = browser.new_page(viewport={"width": 1040, "height": 1000})
        page.set_default_timeout(60_000)
        open_all(page, address)
        for name in tqdm(explorers.ALL, "explorers"):
            explorer = find(page, name)
            for _ in range(STEPS):
                move(page, explorer)
        for theme in THEMES:
            set_theme(page, theme)
            for name in explorers.ALL:
                find(page, name).screenshot(path=FOLDER / f"{name}-{theme}.png")


def longest_answer(explorer: Any) -> int:
    """Milliseconds that the kernel takes to draw, the longest of all steps; 0: it is not asked."""
    if not isinstance(explorer, explorers.Explorer):
        return 0
    times = []
    for step in range(getattr(explorer, "count", 3)):
        start = time.perf_counter()
        if isinstance(explorer, explorers.StepExplorer):
            explorer.step.value = step
        else:
            explorer.show()
        times.append(time.perf_counter() - start)
    return round(1000 * max(times))


def main() -> None:
    if chromium() is None:
        sys.exit("Chromium is missing, which captures the explorers: run `make browser`")
    FOLDER.mkdir(parents=True, exist_ok=True)
    shown = [
        {
            "name": name,
            "title": inspect.getdoc(make).partition("\n")[0],
            "milliseconds": longest_answer(make()),
        }
        for name, make in explorers.ALL.items()
    ]
    pictures = draw()
    capture()
    with launched() as browser:
        overview.make(browser)
    template = jinja2.Template((HERE / "page.html").read_text(), autoescape=True)
    page = template.render(pictures=pictures, explorers=shown, themes=list(THEMES))
    (FOLDER / "index.html").write_text(page)
    for explorer in shown:
        print(f"{explorer['name']}: {explorer['milliseconds']} ms")
    print(f"{FOLDER / 'index.html'}")


if __name__ == "__main__":
    main()
