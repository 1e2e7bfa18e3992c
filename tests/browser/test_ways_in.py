"""The ways in, by their own commands: `make lab`, and the students' archive by its README's line.
Every link is followed, on every page that it leads to."""

import os
import posixpath
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from playwright.sync_api import Locator, Page, TimeoutError, expect

from gallery.lab import ERRORS, READY, RUN_THROUGH
from tests.browser.conftest import SCREENSHOTS
from tests.conftest import LONG, ROOT
from tests.handed_out import unpacked

pytestmark = [pytest.mark.browser, pytest.mark.slow]
# No window is opened here, and tests may ask the page what it shows; the rest are its defaults.
OPTIONS = ["--no-browser", "--allow-root", "--expose-app-in-browser"]
START = "lectures/00-start.ipynb"
PANEL = ".jp-NotebookPanel:not(.lm-mod-hidden)"
OPEN = """async path => {
  await window.jupyterapp.commands.execute('docmanager:open', {path});
}"""
PATH = "() => window.jupyterapp?.shell.currentWidget?.context?.path"
HREFS = "links => links.map(link => link.getAttribute('href'))"
INTO_VIEW = """async number => {
  const notebook = window.jupyterapp.shell.currentWidget.content;
  notebook.activeCellIndex = number;
  await notebook.scrollToItem(number);
}"""
OPENED = """() => [...window.jupyterapp.shell.widgets('main')]
  .filter(widget => widget.context).map(widget => widget.context.path)"""
# With its kernel: a page with twenty notebooks in it answers a click after half a minute.
CLOSE = """async () => {
  const widget = window.jupyterapp.shell.currentWidget;
  await widget.context.sessionContext.shutdown().catch(() => null);
  widget.dispose();
}"""
UNSAVED = """() => [...window.jupyterapp.shell.widgets('main')]
  .filter(widget => widget.context?.model.dirty).map(widget => widget.context.path)"""
LECTURES = sorted((ROOT / "lectures").glob("*.ipynb"))
ASSIGNMENTS = sorted(path.name for path in (ROOT / "assignments").iterdir())
# What is opened where not all are, which takes minutes.
SAMPLE = {"lectures/07-convolution-layers.ipynb", "assignments/a3-convolution/a3-convolution.ipynb"}
INSTRUCTORS = ("Create Assignment", "Formgrader", "Course List", "Assignment List")


@contextmanager
def started(command: list[str], folder: Path, home: Path) -> Iterator[str]:
    """A JupyterLab that a command starts: the address that it prints. It ends with the context."""
    folders = {f"JUPYTER_{kind}_DIR": str(home / kind) for kind in ("CONFIG", "DATA", "RUNTIME")}
    server = subprocess.Popen(
        command,
        cwd=folder,
        env=os.environ | folders | {"PYTHONUNBUFFERED": "1"},
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        said = []
        for line in server.stdout:
            said.append(line)
            if found := re.search(r"http://(?:localhost|127\.0\.0\.1):\d+/\S+", line):
                break
        else:
            raise AssertionError("".join(said))
        threading.Thread(target=server.stdout.read, daemon=True).start()  # or its pipe is full
        yield found[0]
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(20)


@pytest.fixture(scope="module")
def course(tmp_path_factory, graded_class) -> Path:
    """A clone of this repository, with a graded class in it."""
    folder = tmp_path_factory.mktemp("clone") / "course"
    git = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.check_output(git, cwd=ROOT, text=True).splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    graded = graded_class[0].root
    shutil.copy(graded / "gradebook.db", folder)
    for name in ("submitted", "autograded", "feedback"):
        shutil.copytree(graded / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def make_lab(course, tmp_path_factory) -> Iterator[str]:
    # Not the environment: it is this one, whatever the clone's files say is newer.
    unmade = ["--assume-old", ".venv/.ready"]
    command = ["make", "lab", *unmade, f"LAB_OPTIONS={' '.join(OPTIONS)}"]
    with started(command, course, tmp_path_factory.mktemp("home")) as address:
        yield address


@pytest.fixture(scope="module")
def archive(graded_class, tmp_path_factory) -> Iterator[SimpleNamespace]:
    """The archive, unpacked and started by the line of its README; with the packages of this
    environment, for making its own takes minutes (`make dist-check` does)."""
    folder = unpacked(tmp_path_factory.mktemp("student"))
    line = "python3 start.py"
    assert f"   {line}\n" in (folder / "README.md").read_text()
    command = [sys.executable, *line.split()[1:], "--no-install", "--", *OPTIONS]
    with started(command, folder, tmp_path_factory.mktemp("home")) as address:
        yield SimpleNamespace(folder=folder, address=address)


def ready(page: Page, path: str) -> None:
    """A notebook is open, and its kernel waits."""
    page.wait_for_function(f"({PATH})() === {path!r}")
    page.wait_for_function(READY, timeout=90_000)


def follow_every_link(page: Page, root: Path, path: str, known: frozenset = frozenset()) -> set:
    """Every link in the text of a notebook, by a click: what it says, and where it leads. Those
    that are known are left out: all notebooks of a folder mean the same by the same words."""
    followed = set()
    for number, cell in enumerate(nbformat.read(root / path, as_version=4).cells):
        targets = re.findall(r"(?<!!)\[[^]]*\]\(([^)\s]+)[^)]*\)", cell.source)
        if cell.cell_type != "markdown" or known.issuperset(targets):
            continue
        addresses = links(page, path, number, len(targets)).evaluate_all(HREFS)
        for which, target in enumerate(targets):
            if target.startswith("https://"):
                assert addresses[which] == target  # there is no network here
            elif target not in known:
                leads_to = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
                assert any(
                    opens(page, links(page, path, number, len(targets)).nth(which), leads_to)
                    for _ in range(3)  # a click is lost where the page moves under it
                ), f"{path}: {target} does not open"
                if leads_to != path:
                    page.evaluate(CLOSE)
                followed.add((target, leads_to))
    return followed


def opens(page: Page, link: Locator, leads_to: str) -> bool:
    """Whether a click on a link leads there, in time."""
    link.click()
    try:
        page.wait_for_function(f"({PATH})() === {leads_to!r}", timeout=30_000)
    except TimeoutError:
        return False
    return True


def links(page: Page, path: str, number: int, most: int) -> Locator:
    """The links in the text of a cell of a notebook, which comes into view, once all are there."""
    page.evaluate(OPEN, path)
    cell = page.locator(f"{PANEL} .jp-Cell.jp-mod-active")
    found = cell.locator(".jp-RenderedMarkdown a[href]:not(.jp-InternalAnchorLink)")
    deadline = time.monotonic() + 120
    page.evaluate(INTO_VIEW, number)
    while found.count() < most:  # a notebook that is still being drawn goes to its first cell again
        assert time.monotonic() < deadline, f"{path}: cell {number} shows no {most} links"
        page.wait_for_timeout(200)
        page.evaluate(INTO_VIEW, number)
    return found


def test_every_link_from_make_labs_start_page_leads_to_what_it_names(page: Page, make_lab, course):
    """And every link of what it leads to; else than in make test-long, of a lecture and an
    assignment."""
    page.goto(make_lab)
    ready(page, START)
    assert page.evaluate("() => window.jupyterapp.shell.leftCollapsed"), "the lecture has the width"
    todo, seen, known = [START], [], defaultdict(frozenset)
    while todo:
        seen.append(path := todo.pop(0))
        folder = posixpath.dirname(path)
        followed = follow_every_link(page, course, path, known[folder])
        known[folder] |= {target for target, _ in followed}
        page.evaluate(OPEN, path)
        page.evaluate(CLOSE)
        found = {to for _, to in followed if to.endswith(".ipynb")} - {*seen, *todo}
        if path == START:
            assert found >= {f"lectures/{lecture.name}" for lecture in LECTURES} - {START}
            assert found >= {f"assignments/{name}/{name}.ipynb" for name in ASSIGNMENTS}
        todo += found if LONG else found & SAMPLE
    assert set(seen) >= SAMPLE


@pytest.mark.skipif(not LONG, reason="takes a minute: make test-long")
def test_every_link_of_the_form_graders_pages_leads_somewhere(page: Page, make_lab):
    """Each answers; of each kind of page the first is opened by a click."""
    page.goto(make_lab)  # signs in, by the token in the address
    base = make_lab.partition("/lab")[0]
    todo, known, clicked = [f"{base}/formgrader/"], set(), set()
    while todo:
        address = todo.pop(0)
        page.goto(address)
        page.wait_for_load_state("networkidle")
        found = page.locator("a[href^='/']")
        for number in range(found.count()):
            target = page.evaluate("a => a.href", found.nth(number).element_handle())
            if target in known:
                continue
            known.add(target)
            assert page.request.get(target).status == 200, f"{address}: {target}"
            kind = re.sub(r"[0-9a-f]{32}|/(ada|a3-convolution)\b", "/…", target)
            kind = re.sub(r"(manage_students|manage_submissions|tree)/.*", r"\1/…", kind)
            if kind not in clicked and target.startswith(base):
                clicked.add(kind)
                if "/formgrader/" in target:
                    todo.append(target)
    assert f"{base}/tree/solutions/a3-convolution" in {t.replace("/./", "/") for t in known}
    assert len([t for t in known if "/submissions/" in t]) > 5


def test_the_form_graders_link_to_an_assignment_opens_its_folder(page: Page, make_lab):
    page.goto(make_lab)
    page.goto(f"{make_lab.partition('/lab')[0]}/formgrader/manage_assignments")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="a3-convolution").first.click()
    expect(opened.value.locator("body")).to_contain_text("mistakes.py", timeout=60_000)


@pytest.fixture(scope="module")
def student(browser, archive) -> Iterator[Page]:
    """A student's page, as it opens."""
    page = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme="light")
    page.set_default_timeout(60_000)
    page.goto(archive.address)
    ready(page, START)
    yield page
    page.close()


def test_students_meet_no_question_and_no_menu_of_an_instructors(student: Page):
    student.wait_for_timeout(2000)  # a question whether one wants news would come late
    assert student.locator(".Toastify__toast, .jp-toast-button").count() == 0
    assert "Nbgrader" not in student.locator(".lm-MenuBar").inner_text()
    shown = student.locator("body").inner_text()
    assert [name for name in INSTRUCTORS if name in shown] == []
    expect(student.locator(f"{PANEL} .jp-NotebookPanel-toolbar")).to_contain_text("Validate")
    assert student.evaluate("() => window.jupyterapp.shell.leftCollapsed")


def test_every_link_of_the_archives_start_page_leads_to_what_it_names(student: Page, archive):
    """That those of the lectures lead to a file of the archive is in tests/test_dist.py."""
    found = {leads_to for _, leads_to in follow_every_link(student, archive.folder, START)}
    assert "assignments/a3-convolution/a3-convolution.ipynb" in found


def test_a_notebook_that_was_only_opened_has_nothing_to_save(student: Page, archive):
    found = [
        *archive.folder.glob("lectures/*.ipynb"),
        *archive.folder.glob("assignments/*/*.ipynb"),
    ]
    names = {path.relative_to(archive.folder).as_posix() for path in found}
    assert names >= SAMPLE
    for name in sorted(names if LONG else SAMPLE):
        student.evaluate(OPEN, name)
        ready(student, name)
        student.wait_for_timeout(500)
        assert name in student.evaluate(OPENED)
        assert student.evaluate(UNSAVED) == []
        student.evaluate(CLOSE)


def test_the_theme_is_the_readers_and_the_first_cell_shows_a_photograph(student: Page):
    student.evaluate(OPEN, START)
    ready(student, START)
    student.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
    student.wait_for_function(RUN_THROUGH, timeout=120_000)
    assert student.evaluate(ERRORS) == []
    for scheme, light in (("dark", "false"), ("light", "true")):
        student.emulate_media(color_scheme=scheme)
        expect(student.locator("body")).to_have_attribute(
            "data-jp-theme-light", light, timeout=60_000
        )
        student.locator(f"{PANEL} .start-pictures img").last.scroll_into_view_if_needed()
        student.wait_for_timeout(500)
        student.screenshot(path=SCREENSHOTS / f"start-{scheme}.png")
