"""From a key or click to the new picture in the browser: every control of every explorer.

Writes benchmarks/results/explorers.md. It takes about four minutes and needs Chromium and an idle
machine. A move is timed in the page, from the control's event until what was asked for stands
there, its images decoded, and two frames were painted.
"""

from __future__ import annotations

import os
import platform
import re
import statistics
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Locator, Page
from tqdm import tqdm

from cnnkit import explorers
from gallery.explorers import find, lab, open_all
from gallery.lab import launched

RESULT = Path(__file__).parent / "results" / "explorers.md"
MOVES = 7
MOVE, CHANGE = 100, 300  # milliseconds at the median: of a move, of another network or picture
SLOWER = ("network", "picture", "module")
NETWORKS = ("approximation", "signals")  # whose settings make another network, and train or run it
PATIENCE = 20_000  # milliseconds after which a move has failed

# Moves a control to its next value, and resolves to the milliseconds until that is seen.
TIMED = """([control, patience]) => new Promise((resolve, reject) => {
  const screen = control.closest('.cnnkit-explorer')?.querySelector('.cnnkit-screen');
  const painted = (start) => requestAnimationFrame(() =>
    requestAnimationFrame(() => resolve(performance.now() - start)));
  const before = screen?.dataset.serial;
  if (control.tagName === 'SELECT') {
    control.selectedIndex = (control.selectedIndex + 1) % control.options.length;
  } else {
    const step = Number(control.step) || 1;
    const next = Number(control.value) + step;
    const first = control.min === '' ? 0 : control.min;
    control.value = control.max !== '' && next > Number(control.max) ? first : next;
  }
  const start = performance.now();
  const late = setTimeout(() => reject(new Error('no answer')), patience);
  const seen = () => { clearTimeout(late); painted(start); };
  if (screen) {
    const watch = new MutationObserver(() => {
      if (screen.dataset.serial === before) return;
      watch.disconnect();
      seen();
    });
    watch.observe(screen, {attributes: true, attributeFilter: ['data-serial']});
  }
  control.dispatchEvent(new Event('input', {bubbles: true}));
  control.dispatchEvent(new Event('change', {bubbles: true}));
  if (!screen) seen();
})"""


def controls(explorer: Locator) -> Iterator[tuple[str, Locator]]:
    """Its lists, sliders and fields, by their names; of nine fields for weights the first."""
    names = set()
    for control in explorer.locator("select, input[type=range], input[type=number]").all():
        # A label has the options of a list that stands in it, too: its first text is the name.
        name = control.evaluate("e => e.ariaLabel || e.labels[0].firstChild.textContent").strip()
        name = re.sub(r"^weight in .*", "weight", name)
        if control.is_visible() and name not in names:
            names.add(name)
            yield name, control


def measure(page: Page, explorer: str) -> list[tuple[str, list[float]]]:
    """Milliseconds of each move of each control, drawn ahead where the kernel had time for it."""
    element = find(page, explorer)
    rows = []
    for name, control in controls(element):
        times = []
        if control.evaluate("e => !!e.closest('.explorer-step')"):  # who looks gives it that time
            element.locator('.cnnkit-screen[data-ahead="true"]').wait_for(timeout=60_000)
        for _ in range(MOVES):
            times.append(page.evaluate(TIMED, [control.element_handle(), PATIENCE]))
            page.wait_for_timeout(150)
        rows.append((name, times))
    return rows


def table(found: dict[str, list[tuple[str, list[float]]]]) -> str:
    lines = [
        "| explorer | control | median ms | min–max | aim |",
        "| --- | --- | ---: | ---: | ---: |",
    ]
    for explorer, rows in found.items():
        for name, times in rows:
            is_change = name in SLOWER or (explorer in NETWORKS and name != "step")
            aim = CHANGE if is_change else MOVE
            median = statistics.median(times)
            shown = f"{median:.0f}" if median <= aim else f"**{median:.0f}**"
            span = f"{min(times):.0f}–{max(times):.0f}"
            lines.append(f"| {explorer} | {name} | {shown} | {span} | {aim} |")
    return "\n".join(lines)


def main() -> None:
    found = {}
    with lab() as address, launched() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(60_000)
        open_all(page, address)
        for name in explorers.ALL:  # each is rendered, and draws ahead
            find(page, name)
        page.wait_for_timeout(20_000)
        for name in tqdm(explorers.ALL, "explorers"):
            found[name] = measure(page, name)
        version = browser.version
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    text = f"""# From the key or click to the new picture

Written by `make bench-explorers`: {MOVES} moves of every control in JupyterLab in headless Chromium
{version}, on {os.cpu_count()} cores ({platform.machine()}), load {load} at the end. Timed in the
page, until the new picture is decoded and two frames were painted. In bold what misses its aim.

{table(found)}
"""
    RESULT.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
