"""`make gallery`: build/gallery/index.html, with every picture and every explorer. What has not
changed since the last time is not made again."""

from __future__ import annotations

import inspect
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import jinja2
from tqdm import tqdm

from cnnkit import explorers
from cnnkit.viz.display import STYLE, picture_html
from gallery import Make, makers, overview
from gallery.explorers import STEPS, THEMES, find, lab, move, open_all, set_theme
from gallery.kept import TOP, Kept, key, sources
from gallery.lab import chromium, launched

HERE = Path(__file__).parent
FOLDER = HERE.parent / "build" / "gallery"


def draw(kept: Kept) -> list[dict[str, Any]]:
    """Every picture as a PNG file, and what the page says of it."""
    shown, made = [], makers()
    modules = {Path(inspect.getfile(make)) for make in made.values()}
    keys = {module: key([*sources(TOP), module]) for module in modules}  # as it is imported
    bar = tqdm(made.items(), "pictures", disable=None)
    for name, make in bar:
        bar.set_postfix_str(name)
        made_of = keys[Path(inspect.getfile(make))]
        shown.append(kept.get(name, made_of, [f"{name}.png"], partial(_draw, name, make)))
    return shown


def _draw(name: str, make: Make) -> dict[str, Any]:
    picture = make()
    (FOLDER / f"{name}.png").write_bytes(picture.png())
    html = picture_html(f"{name}.png", picture.alt, picture.page_width, picture.photographs())
    return {"name": name, "title": inspect.getdoc(make), "alt": picture.alt, "html": html}


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


def explore() -> list[dict[str, Any]]:
    """Capture every explorer and the README's picture, and what the page says of each."""
    capture()
    with launched() as browser:
        overview.make(browser)
    made = {name: make() for name, make in explorers.ALL.items()}
    return [
        {"name": name, "title": title_of(each), "milliseconds": longest_answer(each)}
        for name, each in made.items()
    ]


def title_of(explorer: Any) -> str:
    """What its class says of it, in a sentence."""
    words = " ".join((inspect.getdoc(type(explorer)) or "").partition("\n\n")[0].split())
    return words.partition(". ")[0].removesuffix(".")


def main() -> None:
    if chromium() is None:
        sys.exit("Chromium is missing, which captures the explorers: run `make browser`")
    FOLDER.mkdir(parents=True, exist_ok=True)
    kept = Kept(FOLDER)
    pictures = draw(kept)
    captures = [f"{name}-{theme}.png" for name in explorers.ALL for theme in THEMES]
    shown = kept.get("explorers", key([*sources(), *HERE.glob("*.py")]), captures, explore)
    template = jinja2.Template((HERE / "page.html").read_text(), autoescape=True)
    page = template.render(pictures=pictures, explorers=shown, themes=list(THEMES), style=STYLE)
    (FOLDER / "index.html").write_text(page)
    for explorer in shown:
        print(f"{explorer['name']}: {explorer['milliseconds']} ms")
    print(f"{FOLDER / 'index.html'}")


if __name__ == "__main__":
    main()
