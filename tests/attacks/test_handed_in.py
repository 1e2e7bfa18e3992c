"""What was handed in, by JupyterLab's own addresses: downloaded, never obeyed."""

import json
import sys
import time
from types import SimpleNamespace
from urllib.parse import quote

import pytest
from nbgrader.coursedir import CourseDirectory

from autograder.hub.handed_in import is_handed_in
from tests.attacks.conftest import ask
from tests.attacks.hostile_pages import NAME, STUDENT

pytestmark = pytest.mark.slow
FOLDERS = [f"submitted/{STUDENT}/{NAME}", f"autograded/{STUDENT}/{NAME}"]


PATHS = """
/files/submitted/x /files/courses/ml/submitted/x/t/a /home/ml/Submitted/x/t autograded/x
/view//downloaded/t/archive/a.html /files/abgaben/x work/bewertet/x
"""


@pytest.mark.parametrize("path", PATHS.split())
def test_what_was_handed_in_is_known_by_where_it_lies(path):
    names = {"submitted_directory": "abgaben", "autograded_directory": "work/bewertet"}
    settings = {"nbgrader_formgrader": SimpleNamespace(coursedir=CourseDirectory(**names))}
    assert is_handed_in(path, settings)
    assert not is_handed_in("/files/solutions/submitted.ipynb", settings)


def from_the_lab(server, path, data=None, **headers):
    """As JupyterLab asks: Jupyter refuses files to pages from elsewhere."""
    return ask(server, path, data=data, Referer=f"{server.address}/lab", **headers)


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("written", [str, lambda path: quote(path.replace("u", "%75"), safe="/%")])
def test_a_file_that_is_no_picture_is_downloaded(server, folder, written):
    drawing = server.course.root / folder / "drawing.svg"
    status, headers, text = from_the_lab(server, f"/files/{written(folder)}/drawing.svg")
    assert (status, text) == (200, drawing.read_text())
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in headers["Content-Security-Policy"]


@pytest.mark.parametrize("name", [f"{NAME}.ipynb", "lie.png"])
def test_whatever_a_file_is_called_it_is_downloaded(server, name):
    headers = from_the_lab(server, f"/files/{FOLDERS[1]}/{name}")[1]
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["Content-Disposition"].startswith("attachment")


def test_a_picture_is_shown_as_one_and_can_be_downloaded(server):
    status, headers, _ = from_the_lab(server, f"/files/{FOLDERS[1]}/picture.png")
    assert (status, headers["Content-Type"]) == (200, "image/png")
    assert "Content-Disposition" not in headers
    headers = from_the_lab(server, f"/files/{FOLDERS[1]}/picture.png?download=1")[1]
    assert headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("way", ["/files/../", "/files/..%2f..%2f", "/files/%2fetc%2f"])
def test_a_download_stays_in_the_folder_of_the_server(server, way):
    assert from_the_lab(server, f"{way}submitted/passwd")[0] in (400, 403, 404)


def test_a_page_from_elsewhere_cannot_ask_for_a_file(server):
    path = f"/files/{FOLDERS[0]}/page.html"
    assert ask(server, path, Referer="http://elsewhere.invalid/", X_XSRFToken="none")[0] == 403


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("way", ["view", "nbconvert/html", "nbconvert/script", "nbconvert/latex"])
def test_what_was_handed_in_is_neither_shown_as_a_page_nor_converted(server, folder, way):
    """A notebook names in its metadata what converts it, and nbconvert imports and calls that."""
    status, _, text = from_the_lab(server, f"/{way}/{folder}/{NAME}.ipynb")
    assert status == 403
    assert "download it" in text


def test_a_notebook_of_the_instructors_is_converted_and_served_as_before(server):
    own = f"solutions/{NAME}/{NAME}.ipynb"
    assert from_the_lab(server, f"/nbconvert/html/{own}")[0] == 200
    headers = from_the_lab(server, f"/files/{own}")[1]
    assert headers["Content-Type"] == "application/x-ipynb+json"


ADDRESSES = ["/logout", "/lab", "/api/status", "/lab/api/news", "/nbconvert/html/x", "/nothing"]
PARTS = ["image", "audio", "video", "track", "style", "script", "font", "object", "embed", "report"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_part_of_a_page_reaches_no_address_that_does_something(server, address):
    for part in PARTS:
        assert ask(server, address, Sec_Fetch_Dest=part)[0] == 403, part
    older = {"Accept": "image/avif,image/webp,*/*"}  # a browser that does not say what it asks for
    assert ask(server, address, **older)[0] == 403


@pytest.mark.parametrize(
    ("address", "part"),
    [
        ("/static/favicons/favicon.ico", "image"),
        ("/kernelspecs/python3/logo-svg.svg", "image"),
        ("/lab/api/themes/@jupyterlab/theme-light-extension/index.css", "style"),
        (f"/files/{FOLDERS[1]}/picture.png", "image"),
    ],
)
def test_jupyters_own_pictures_and_styles_are_there(server, address, part):
    assert from_the_lab(server, address, Sec_Fetch_Dest=part)[0] == 200


@pytest.mark.parametrize("asked_as", ["empty", "iframe", "image"])
def test_nobody_is_logged_out_by_a_page(server, asked_as):
    assert ask(server, "/logout", Sec_Fetch_Dest=asked_as)[0] == 403
    assert ask(server, "/logout", Sec_Fetch_Dest="document")[0] == 200


@pytest.mark.parametrize("folder", ["submitted", "SUBMITTED/../submitted"])
def test_a_kernel_beside_a_hand_in_imports_nothing_from_there(server, folder):
    """JupyterLab starts one when the notebook is opened; `python -m` would look there first."""
    mark = server.course.root / "taken"
    model = {"name": "python3", "path": f"{folder}/{STUDENT}/{NAME}"}
    status, _, text = ask(server, "/api/kernels", data=json.dumps(model).encode())
    assert status == 201
    kernel = json.loads(text)["id"]
    assert ask(server, f"/api/kernels/{kernel}/restart", data=b"{}")[0] == 200
    assert not mark.exists()


OWN = f"solutions/{NAME}"


@pytest.mark.parametrize(
    ("language", "path", "at"),
    [("R", FOLDERS[0], ""), ("R", OWN, OWN), ("python", FOLDERS[0], FOLDERS[0])],
)
def test_a_kernel_that_obeys_its_folder_starts_elsewhere(server, tmp_path, language, path, at):
    """R runs .Rprofile, Octave .octaverc; Python's keeps the folder, with the data in it."""
    says_where = f"import os; open({str(tmp_path / 'where')!r}, 'w').write(os.getcwd())"
    spec = {"argv": [sys.executable, "-c", says_where, "{connection_file}"], "display_name": "x"}
    folder = server.home / "DATA" / "kernels" / tmp_path.name
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(json.dumps(spec | {"language": language}))
    model = {"name": tmp_path.name, "path": path}
    assert ask(server, "/api/kernels", data=json.dumps(model).encode())[0] == 201
    for _ in range(100):
        if (tmp_path / "where").exists() and (where := (tmp_path / "where").read_text()):
            break
        time.sleep(0.1)
    assert where == str(server.course.root / at)


def test_where_the_form_grader_is_a_page_stands_in_this_servers_frames_alone(server):
    """Elsewhere in nobody's (tests/browser/hub/)."""
    for page in ("/lab", "/formgrader/manage_assignments"):
        assert "frame-ancestors 'self'" in ask(server, page)[1]["Content-Security-Policy"]
