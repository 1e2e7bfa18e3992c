"""*Validate* in a student's server on a hub: a real Jupyter server, a real service."""

import asyncio
import json
import os
import threading
import time
import urllib.request
from http.cookiejar import CookieJar
from types import SimpleNamespace

import pytest

from autograder.hub.check_client import AWAY, Service
from gallery.lab import serve
from tests.attacks.hub import ENDLESS, RIGHT, SECONDS, answered, port


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("student")


@pytest.fixture(scope="module")
def lab(hub, home):
    """A student's server, as the hub would start it; how its button is pressed."""
    given = {"AUTOGRADER_CHECK_URL": hub.url, "JUPYTERHUB_API_TOKEN": hub.student()}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in given.items():
            patch.setenv(name, value)
        work = home / "work"
        work.mkdir()
        with serve(work, home) as address:
            cookies = CookieJar()
            opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(cookies))
            opener.open(f"{address}/lab").read()
            token = next(cookie.value for cookie in cookies if cookie.name == "_xsrf")

            def press(path):
                url = f"{address}/assignments/validate?path={path}"
                request = urllib.request.Request(url, b"", {"X-XSRFToken": token})
                return json.loads(opener.open(request).read())

            yield SimpleNamespace(press=press, work=work, opener=opener, address=address)


def put(folder, source, **files):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "t.ipynb").write_bytes(answered(source))
    for name, content in files.items():
        (folder / name.replace("__", ".")).write_bytes(content)
    return folder / "t.ipynb"


def asked(hub, notebook, url=None, token=None):
    return asyncio.run(Service(url or hub.url, token or hub.student()).answer(notebook))


def test_validate_is_answered_by_the_service_and_nothing_runs_here(hub, lab):
    ran = lab.work / "ran"
    put(lab.work / "t", f"{RIGHT}\nimport pathlib\npathlib.Path({str(ran)!r}).touch()")
    assert lab.press("t/t.ipynb") == {"success": True, "value": {}}
    assert not ran.exists()
    put(lab.work / "t", "def f(x): return '<b>'")
    [cell] = lab.press("t/t.ipynb")["value"]["failed"]
    assert (cell["source"], "<" in cell["error"]) == ("assert f(1) == 2", False)
    assert "t, user student" in hub.log.read_text()


def test_the_students_server_answers_while_a_loop_is_checked(hub, lab):
    put(lab.work / "t", ENDLESS + "  # lab")
    pressed, said = time.monotonic(), []
    button = threading.Thread(target=lambda: said.append(lab.press("t/t.ipynb")))
    button.start()
    time.sleep(0.5)
    assert lab.opener.open(f"{lab.address}/api/status", timeout=2).status == 200
    assert button.is_alive()
    button.join()
    assert time.monotonic() - pressed < SECONDS + 5
    assert "does not come to its end" in said[0]["value"]["failed"][0]["error"]


def test_a_folder_that_no_assignment_has_is_said(hub, lab):
    put(lab.work / "elsewhere", RIGHT)
    for path in ("elsewhere/t.ipynb", "t.ipynb"):
        said = lab.press(path)
        assert said["success"] is False
    assert "Open it in the folder that was fetched" in lab.press("elsewhere/t.ipynb")["value"]


def test_a_link_is_not_followed(hub, lab, tmp_path):
    secret = put(tmp_path / "t", RIGHT)
    folder = lab.work / "linked" / "t"
    folder.mkdir(parents=True)
    os.symlink(secret, folder / "t.ipynb")
    assert "link to another file" in asked(hub, folder / "t.ipynb")["value"]


@pytest.mark.parametrize("away", ["nobody there", "another page", "no token", "no scope"])
def test_where_the_service_is_away_or_refuses_a_student_is_told_what_to_do(hub, tmp_path, away):
    notebook = put(tmp_path / "t", RIGHT)
    url, token = hub.url, hub.student()
    if away == "nobody there":
        url = f"http://127.0.0.1:{port()}"
    elif away == "another page":
        url = f"{hub.hub}/hub/login"
    elif away == "no token":
        token = "made-up"
    else:
        token = hub.token("eve", "read:users:name!user")
    said = asked(hub, notebook, url, token)
    assert said["success"] is False
    wanted = AWAY if away in ("nobody there", "another page") else "Restart your server"
    assert wanted in said["value"]


def test_too_many_checks_are_said_in_words(hub, tmp_path):
    notebook, token = put(tmp_path / "t", RIGHT), hub.student()
    said = [asked(hub, notebook, token=token) for _ in range(21)]
    assert said[19] == {"success": True, "value": {}}
    assert "press Validate again in" in said[20]["value"]


def test_what_is_too_large_is_said_with_what_to_move(hub, tmp_path):
    notebook = put(tmp_path / "t", RIGHT, big__bin=bytes(4 * 2**20))
    assert "big.bin alone has 4.0 MB: move it away" in asked(hub, notebook)["value"]
    (tmp_path / "t" / "big.bin").write_bytes(bytes(2 * 2**20))
    assert asked(hub, notebook) == {"success": True, "value": {}}
