"""An instructor's server on a course with a hostile hand-in."""

import base64
import os
import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from types import SimpleNamespace

import pytest

from gallery.lab import serve
from tests.attacks.hostile_pages import NAME, PNG, STUDENT, SVG, hostile_course
from tests.attacks.hub import checked_course


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """JupyterLab with the project's own configuration on a course with a hostile hand-in."""
    course = hostile_course(tmp_path_factory.mktemp("doors") / "course")
    folder = course.autograded / STUDENT / NAME
    (folder / "drawing.svg").write_text(SVG)  # nbgrader's autograde copies what was handed in
    (folder / "picture.png").write_bytes(base64.b64decode(PNG))
    (folder / "lie.png").write_text(SVG)
    os.symlink(course.root / "gradebook.db", folder / "link.png")
    home = tmp_path_factory.mktemp("home")
    with serve(course.root, home) as address:
        cookies = CookieJar()
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(cookies))
        opener.open(f"{address}/formgrader/manage_assignments").read()
        token = next(cookie.value for cookie in cookies if cookie.name == "_xsrf")
        with course.gradebook() as gradebook:
            [submission] = gradebook.notebook_submissions(NAME, NAME)
        yield SimpleNamespace(
            course=course,
            address=address,
            opener=opener,
            token=token,
            submission=submission.id,
            home=home,
        )


@pytest.fixture(scope="session")
def hub(tmp_path_factory):
    """JupyterHub and its check service."""
    pytest.importorskip("jupyterhub", reason="JupyterHub is not installed (requirements-hub.txt)")
    with checked_course(tmp_path_factory.mktemp("hub")) as running:
        yield running


def ask(server, path, data=None, **headers):
    """Status, headers and text."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(
        server.address + path, data=data, headers={"X-XSRFToken": server.token} | headers
    )
    try:
        with server.opener.open(request) as answer:
            return answer.status, answer.headers, answer.read().decode(errors="replace")
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode(errors="replace")
