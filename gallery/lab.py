"""A JupyterLab on a folder, and a browser that opens its notebooks: for tests and gallery."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

OPTIONS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"]
OPTIONS += ["--disable-background-networking", "--disable-component-update"]
NAMES = ("chromium", "chromium-browser", "google-chrome")

# The kernel is there: until then JupyterLab passes over the cells that it is asked to run.
READY = """() => {
  const kernel = window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel;
  return kernel?.connectionStatus === 'connected' && kernel.status === 'idle';
}"""
# Every code cell has a number, or one has stopped the rest by an error.
RUN_THROUGH = """() => {
  const panel = window.jupyterapp.shell.currentWidget;
  const cells = [...panel.content.model.cells].filter(cell => cell.type === 'code');
  const failed = cells.some(cell => cell.outputs.toJSON().some(o => o.output_type === 'error'));
  return cells.length > 0 && (failed || cells.every(cell => cell.executionCount !== null))
    && panel.sessionContext.session.kernel.status === 'idle';
}"""
ERRORS = """() => [...window.jupyterapp.shell.currentWidget.content.model.cells]
  .filter(cell => cell.type === 'code')
  .flatMap(cell => cell.outputs.toJSON()).filter(output => output.output_type === 'error')
  .map(output => output.ename + ': ' + output.evalue)"""


def chromium() -> str | None:
    """Where the system's Chromium is, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def launched() -> Iterator[Browser]:
    """A headless Chromium. FileNotFoundError: there is none."""
    path = chromium()
    if path is None:
        raise FileNotFoundError("Chromium is missing: run `make browser`")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=OPTIONS)
        yield browser
        browser.close()


@contextmanager
def serve(folder: Path, home: Path) -> Iterator[str]:
    """JupyterLab on a folder, on a free port; it and its kernels end with the context."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--no-browser", "--allow-root", "--expose-app-in-browser"]
    options += ["--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}"]
    options += ["--IdentityProvider.token=", f"--ServerApp.root_dir={folder}"]
    folders = {f"JUPYTER_{kind}_DIR": str(home / kind) for kind in ("CONFIG", "DATA", "RUNTIME")}
    folders |= {"IPYTHONDIR": str(home / "ipython"), "HOME": str(home)}
    _settle(home / "CONFIG")
    # What takes Matplotlib more than five seconds it says in the notebook.
    fonts = [sys.executable, "-c", "import matplotlib.font_manager"]
    subprocess.run(fonts, env=os.environ | {"HOME": str(home)}, check=True)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyter", "lab", *options],
        env=os.environ | folders | {"PATH": path},
        cwd=folder,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/api", server)
        yield address
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)


def run_all(page: Page, address: str, path: str) -> None:
    """Open a notebook, run all its cells and wait for the last."""
    page.goto(f"{address}/doc/tree/{path}?reset")
    page.locator(".jp-Notebook").wait_for()
    page.locator(".jp-Notebook .jp-Cell").first.click()
    expect(page.locator(".jp-NotebookPanel-toolbar")).to_contain_text("Python 3")
    page.wait_for_function(READY, timeout=90_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    page.wait_for_function(RUN_THROUGH, timeout=90_000)


def scroll_to(page: Page, selector: str) -> None:
    """JupyterLab renders a cell when it comes into view."""
    for _ in range(60):
        if page.locator(selector).count():
            page.locator(selector).first.scroll_into_view_if_needed()
            return
        page.mouse.move(640, 500)
        page.mouse.wheel(0, 500)
        page.wait_for_timeout(150)
    raise AssertionError(f"{selector} never comes into view")


def _settle(config: Path) -> None:
    """No question whether one wants news, which would lie over what is looked at."""
    folder = config / "labconfig"
    folder.mkdir(parents=True, exist_ok=True)
    quiet = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false"}}
    (folder / "default_setting_overrides.json").write_text(json.dumps(quiet))


def _wait_for(address: str, server: subprocess.Popen) -> None:
    for _ in range(120):
        if server.poll() is not None:
            raise RuntimeError("JupyterLab has ended")
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            time.sleep(0.5)
    raise TimeoutError(f"{address} does not answer")
