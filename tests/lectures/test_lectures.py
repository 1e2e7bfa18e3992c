"""Every lecture runs from top to bottom, offline and in time, and is stored without outputs."""

import ast
import re
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.conftest import LONG, ROOT
from tests.lectures.notebooks import LECTURES, SECONDS

# In `make test` three parts share two cores and their caches: a second of them does half as much.
BESIDE = 1 if LONG else 2
PACKAGES = ["torch", "matplotlib", "skimage", "ipywidgets"]
DECLARED = {"cnnkit", "numpy", "torch", "matplotlib", "skimage", "ipywidgets", "IPython"}


@pytest.fixture(params=LECTURES, ids=lambda path: path.stem)
def lecture(request) -> tuple[Path, nbformat.NotebookNode]:
    return request.param, nbformat.read(request.param, as_version=4)


@pytest.mark.slow
@pytest.mark.parametrize("path", LECTURES, ids=lambda path: path.stem)
def test_a_lecture_runs_from_top_to_bottom_in_time(path, executed):
    run = executed(path)
    assert run.seconds < SECONDS * BESIDE
    for cell in run.notebook.cells:
        for output in cell.get("outputs", []):
            assert output.get("name") != "stderr", output.text


def test_a_lecture_is_stored_without_outputs(lecture):
    _, notebook = lecture
    for cell in notebook.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    assert not [name for name in ids if re.fullmatch(r"[0-9a-f]{8,}", name)], "ids are readable"


def test_a_lecture_imports_only_cnnkit_and_what_is_declared(lecture):
    _, notebook = lecture
    for cell in notebook.cells:
        if cell.cell_type == "code":
            for node in ast.walk(ast.parse(cell.source)):
                names = [alias.name for alias in getattr(node, "names", [])]
                if isinstance(node, ast.ImportFrom):
                    names = [node.module or ""]
                elif not isinstance(node, ast.Import):
                    continue
                for name in names:
                    top = name.partition(".")[0]
                    assert top in DECLARED or top in sys.stdlib_module_names, name


def test_the_links_of_a_lecture_lead_somewhere(lecture):
    path, notebook = lecture
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", cell.source):
                if target.startswith("../assignments/"):  # generated: its source must be there
                    assert (ROOT / "solutions" / Path(target).parent.name).is_dir()
                elif not target.startswith("https://"):
                    assert (path.parent / target).exists(), target


def test_the_start_page_leads_to_every_lecture_and_assignment():
    text = (ROOT / "lectures" / "00-start.ipynb").read_text()
    for path in LECTURES[1:]:
        assert f"({path.name})" in text
    for settings in (ROOT / "solutions").glob("*/assignment.toml"):
        assert f"../assignments/{settings.parent.name}/" in text


@pytest.mark.slow
@pytest.mark.parametrize("package", PACKAGES if LONG else PACKAGES[:2])
def test_the_start_page_says_what_to_do_where_a_package_is_missing(package):
    notebook = nbformat.read(ROOT / "lectures" / "00-start.ipynb", as_version=4)
    missing = nbformat.v4.new_code_cell(f"import sys; sys.modules[{package!r}] = None")
    notebook.cells.insert(0, missing)
    NotebookClient(notebook, timeout=SECONDS, allow_errors=True).execute()
    outputs = [o for cell in notebook.cells[1:] for o in cell.get("outputs", [])]
    shown = [output.data["text/html"] for output in outputs if output.get("data")]
    assert len(shown) == 2  # the first cell says it, and the one that looks at everything
    assert all("✗" in table and "requirements.txt" in table for table in shown)


def test_a_notebook_that_is_opened_needs_no_saving():
    """It is written as JupyterLab writes it: kernel and language in full."""
    for path in [*LECTURES, *(ROOT / "assignments").glob("*/*.ipynb")]:
        about = nbformat.read(path, as_version=4).metadata
        assert set(about) == {"kernelspec", "language_info"}, path
        assert about.kernelspec.display_name == "Python 3 (ipykernel)"
        assert set(about.language_info) == {
            *("codemirror_mode", "file_extension", "mimetype", "name"),
            *("nbconvert_exporter", "pygments_lexer", "version"),
        }
