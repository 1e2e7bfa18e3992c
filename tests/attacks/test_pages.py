"""Students' words in nbgrader's pages, made from the project's configuration without a server."""

import json

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbconvert.exporters import HTMLExporter
from nbformat import v4
from nbgrader.server_extensions.formgrader import handlers
from traitlets.config import Config

from autograder.course.course import Course
from tests.attacks.hostile_pages import ATTACHMENTS, PNG, SVG, WORDS
from tests.conftest import ROOT

INSTALLED = json.loads((ROOT / "autograder/hub/etc/nbgrader_config.json").read_text())
CONFIGS = {"the course's": Course(ROOT).config, "what pip installs": Config(INSTALLED)}
BROUGHT = {"script", "iframe", "svg", "form", "meta", "base", "style", "object", "embed", "img"}
OBEYED = {"href", "src", "action", "srcdoc", "style", "formaction", "background"}
RESOURCES = {
    "base_url": "",
    "notebook_id": "n",
    "assignment_id": "a",
    "submission_id": "s",
    "index": 0,
    "total": 1,
    "student": "ada",
    "last_name": "",
    "first_name": "",
    "notebook_path": "autograded/ada/a/n.ipynb",
}


def exporter(config, template="formgrade"):
    config = Config(config)
    config.HTMLExporter.template_name = template
    config.HTMLExporter.extra_template_basedirs = [handlers.template_path]
    return HTMLExporter(config=config)


def page(config, *cells, metadata=None):
    notebook = v4.new_notebook(cells=list(cells), metadata=metadata or {})
    html, _ = exporter(config).from_notebook_node(notebook, resources=dict(RESOURCES))
    return html


def essay(source, **more):
    settings = {"grade_id": "why", "grade": True, "solution": True, "locked": False, "points": 1}
    cell = v4.new_markdown_cell(source, metadata={"nbgrader": settings | {"schema_version": 3}})
    return nbformat.from_dict(cell | more)


@pytest.fixture(params=CONFIGS, scope="module")
def config(request):
    return CONFIGS[request.param]


@pytest.fixture(scope="module")
def plain(config):
    """The tags and addresses of a page in which nothing was written."""
    return tags(page(config, essay("")))


def tags(html):
    """The elements that words could bring in, and every attribute that is obeyed."""
    obeyed, brought = [], []
    for element in BeautifulSoup(html, "html.parser").find_all(True):
        brought += [element.name] if element.name in BROUGHT else []
        for name, value in element.attrs.items():
            if name in OBEYED or name.startswith("on"):
                obeyed.append((element.name, name, value))
    return sorted(brought), sorted(obeyed)


@pytest.mark.parametrize("name", [name for name in WORDS if name != "real attachment"])
def test_words_bring_neither_elements_nor_addresses_into_a_page(config, plain, name):
    cell = essay(WORDS[name], attachments=ATTACHMENTS)
    assert tags(page(config, cell)) == plain
    additional = nbformat.from_dict({**cell, "metadata": {}})
    assert tags(page(config, essay(""), additional)) == plain


def test_without_the_configuration_the_words_are_obeyed(plain):
    assert tags(page(Config(), essay(WORDS["script"]))) != plain


def test_an_attached_picture_is_shown(config):
    html = page(config, essay(WORDS["real attachment"], attachments=ATTACHMENTS))
    [picture] = BeautifulSoup(html, "html.parser").find_all("img")
    address = f"data:image/png;base64,{PNG}"
    assert picture.attrs == {"class": ["picture"], "alt": "a dot", "src": address}


def test_a_picture_of_a_missing_attachment_is_named(config):
    html = page(config, essay("![mine](attachment:gone.png)"))
    assert "[picture: mine (attachment:gone.png)]" in html


@pytest.mark.parametrize(
    "kind", ["text/html", "image/svg+xml", "application/javascript", "text/latex"]
)
def test_outputs_that_run_are_left_out(config, plain, kind):
    output = v4.new_output("display_data", {kind: SVG, "text/plain": "a drawing"})
    html = page(config, essay(""), v4.new_code_cell("x", outputs=[output]))
    assert tags(html) == plain
    assert "a drawing" in html


def test_raw_cells_titles_and_ids_are_text(config, plain):
    raw = v4.new_raw_cell(SVG, metadata={"raw_mimetype": "text/html", "format": "text/html"})
    hostile = essay("")
    hostile.metadata.nbgrader.grade_id = '"><script>document.title=1</script>'
    html = page(config, raw, essay(""), metadata={"title": SVG, "language_info": {"name": SVG}})
    assert tags(html) == plain
    assert "<script>document.title=1" not in page(config, hostile)


def test_what_pip_installs_and_what_the_course_says_are_the_same():
    ours = CONFIGS["the course's"].HTMLExporter
    assert {key: ours[key] for key in INSTALLED["HTMLExporter"]} == INSTALLED["HTMLExporter"]
