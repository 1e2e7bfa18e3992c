"""A signed-in instructor's server, asked what a student's page could ask it for."""

import html
import json
import os
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest
from bs4 import BeautifulSoup

from autograder.grading.shown import write_feedback
from tests.attacks.conftest import ask
from tests.attacks.hostile_pages import NAME, STUDENT

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    "address",
    [
        "/formgrader?path=submitted/mallory/pages",
        "/formgrader/?path=submitted/mallory/pages",
        "/formgrader?a=1&path=submitted%2Fmallory%2Fpages",
        "/formgrader?path=",
        "/formgrader/gradebook?path=submitted/mallory/pages",
        "/formgrader/api/assignments?path=submitted/mallory/pages",
    ],
)
def test_no_configuration_but_the_courses_is_executed(server, address):
    assert ask(server, address)[0] == 403
    assert not (server.course.root / "taken").exists()


@pytest.mark.parametrize(
    "name",
    [
        *("..%2F..%2F..%2Fgradebook.db", "../../../gradebook.db", "%2e%2e/%2e%2e/gradebook.db"),
        *("..%252f..%252f..%252fgradebook.db", "..%5C..%5Cgradebook.db", "%2Fetc%2Fpasswd"),
        *("drawing.svg", "lie.png", "link.png", "pages.ipynb", "nbgrader_config.py", ""),
    ],
)
def test_beside_a_submission_only_pictures_are_served(server, name):
    status, headers, text = ask(server, f"/formgrader/submissions/{server.submission}/{name}")
    if name:
        assert status == 404
    assert "SQLite format" not in text
    assert "image/svg" not in headers.get("Content-Type", "")


def test_a_picture_beside_a_submission_is_served_as_one(server):
    path = f"/formgrader/submissions/{server.submission}/picture.png"
    status, headers, _ = ask(server, path)
    assert (status, headers["Content-Type"]) == (200, "image/png")
    assert "sandbox" in headers["Content-Security-Policy"]


@pytest.mark.parametrize("page", ["manage_submissions", "gradebook", "manage_students"])
@pytest.mark.parametrize(
    "name", ['"><script>1</script>', "</script><script>1", "a'b", "..", "a\\b"]
)
def test_an_address_is_never_reflected_as_markup(server, page, name):
    status, _, text = ask(server, f"/formgrader/{page}/{urllib.request.quote(name, safe='')}")
    assert status == 404
    assert name not in text or name in ("..",)


def test_a_page_is_no_picture(server):
    for kind in ("image", "script", "style", "object"):
        assert ask(server, "/formgrader", Sec_Fetch_Dest=kind)[0] == 403
    assert ask(server, "/formgrader", Sec_Fetch_Dest="document")[0] == 200


def test_names_of_students_are_text_in_pages_and_calls(server):
    path = f"/formgrader/submissions/{server.submission}/"
    status, headers, page = ask(server, path)
    assert status == 200
    assert "<script>document.title" not in page
    assert "O'Brien" in html.unescape(page)
    assert "object-src 'none'" in headers["Content-Security-Policy"]
    for call in ("students", f"submissions/{NAME}", f"student/{STUDENT}"):
        status, headers, text = ask(server, f"/formgrader/api/{call}")
        assert status == 200
        assert headers["Content-Type"].startswith("text/plain")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "O'Brien" in text


def test_the_autograde_button_grades_in_confined_sessions(server):
    submitted = server.course.submitted / STUDENT / NAME / f"{NAME}.ipynb"
    before = submitted.read_text()
    content = json.loads(before)
    mark = server.course.root / "ran"
    content["cells"][0]["source"] = f"open({str(mark)!r}, 'w').close()\ndef f(x):\n    return x"
    submitted.write_text(json.dumps(content))
    path = f"/formgrader/api/submission/{NAME}/{STUDENT}/autograde"
    status, _, text = ask(server, path, data=b"")
    submitted.write_text(before)
    assert status == 200
    # What is outside is missing where namespaces are granted, and refused where they are not.
    assert json.loads(text)["log"].partition(":")[0] in ("attention", "needs_manual")
    assert not mark.exists()
    with server.course.gradebook() as gradebook:
        assert gradebook.find_submission(NAME, STUDENT).score == 0  # its cell was stopped
    assert ask(server, path, data=b"")[0] == 200
    with server.course.gradebook() as gradebook:
        assert gradebook.find_submission(NAME, STUDENT).score == 2


def test_the_feedback_button_writes_the_page_that_the_command_writes(server):
    ask(server, f"/formgrader/api/submission/{NAME}/{STUDENT}/autograde", data=b"")
    [page] = write_feedback(server.course, NAME)
    written = page.read_text()
    for who in ("", f"/{STUDENT}"):
        page.unlink()
        told = ask(server, f"/formgrader/api/assignment/{NAME}{who}/generate_feedback", data=b"")[2]
        assert json.loads(told) == {"success": True, "log": "1 page written"}
        assert page.read_text() == written
    told = ask(server, f"/formgrader/api/assignment/{NAME}/nobody/generate_feedback", data=b"")[2]
    assert "nothing is graded yet" in json.loads(told)["error"]


@pytest.mark.parametrize(
    "button",
    [f"submission/{NAME}/{STUDENT}/autograde", f"assignment/{NAME}/{STUDENT}/generate_feedback"],
)
def test_the_buttons_ask_for_a_token(server, button):
    assert ask(server, f"/formgrader/api/{button}", data=b"", X_XSRFToken="none")[0] == 403


def test_the_validate_button_stays_in_the_folder_of_the_server(server):
    for path in ("../x.ipynb", "/etc/passwd", "..%2F..%2Fx.ipynb"):
        assert ask(server, f"/assignments/validate?path={path}", data=b"")[0] == 403


def test_nbgraders_own_feedback_shows_words_as_text(server):
    command = [sys.executable, "-m", "nbgrader", "generate_feedback", NAME, "--force"]
    done = subprocess.run(command, cwd=server.course.root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    text = (server.course.feedback / STUDENT / NAME / f"{NAME}.html").read_text()
    page = BeautifulSoup(text, "html.parser")
    assert "document.title = 'taken'" in page.get_text()
    assert not [script for script in page.find_all("script") if "taken" in script.get_text()]
    assert not page.find_all(["iframe", "svg", "form", "base"])
    assert not [link["href"] for link in page.find_all("a", href=True) if "#" not in link["href"]]
    assert all(image["src"].startswith("data:image/png") for image in page.find_all("img"))


def test_a_notebook_that_never_ends_is_validated_while_the_server_answers(server):
    folder = server.course.root / "work" / NAME
    folder.mkdir(parents=True)
    endless = json.loads((server.course.submitted / STUDENT / NAME / f"{NAME}.ipynb").read_text())
    endless["cells"][0]["source"] = "while True: pass"
    (folder / f"{NAME}.ipynb").write_text(json.dumps(endless))
    with ThreadPoolExecutor(1) as pool:
        path = f"/assignments/validate?path=work/{NAME}/{NAME}.ipynb"
        validated = pool.submit(ask, server, path, b"")
        time.sleep(1)
        assert ask(server, "/api/status")[0] == 200
        assert not validated.done()
        failed = json.loads(validated.result()[2])["value"]["failed"]
    assert "longer than" in failed[0]["raw_error"] or "its cell stopped" in failed[0]["raw_error"]


STAMPS = [b"", b"\xff\xfe", b"9" * 30, b"1 " * 400_000, b"2026<script>", None]


@pytest.mark.parametrize("stamp", STAMPS, ids=range(len(STAMPS)))
def test_whatever_a_timestamp_is_the_submissions_are_listed(server, stamp):
    path = server.course.submitted / STUDENT / NAME / "timestamp.txt"
    if stamp is None:
        os.mkfifo(path)  # nbgrader would wait for somebody to write into it
    else:
        path.write_bytes(stamp)
    try:
        assert ask(server, f"/formgrader/api/submissions/{NAME}")[0] == 200
    finally:
        path.unlink()


@pytest.mark.parametrize("path", [".", "gradebook.db", f"solutions/{NAME}", "nothing/x.ipynb"])
def test_validate_says_in_a_sentence_what_is_no_notebook_of_an_assignment(server, path):
    status, headers, text = ask(server, f"/assignments/validate?path={path}", data=b"")
    assert (status, headers["Content-Type"]) == (200, "application/json")
    assert "Traceback" not in text
    assert str(server.course.root) not in text


def test_validate_follows_no_link(server):
    folder = server.course.root / "linked" / NAME
    folder.mkdir(parents=True)
    (folder / f"{NAME}.ipynb").symlink_to(server.course.solutions / NAME / f"{NAME}.ipynb")
    text = ask(server, f"/assignments/validate?path=linked/{NAME}/{NAME}.ipynb", data=b"")[2]
    assert "cannot be read" in text
