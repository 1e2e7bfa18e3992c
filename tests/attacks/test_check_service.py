"""The check service of a hub, attacked by students who have signed in, and by nobody."""

import gzip
import json
import os
import socket
import time

import pytest

from autograder.authoring.public import public_bundle
from tests.attacks.hub import CHECKS, ask, hub_with_check, sent
from tests.conftest import notebook, small_course

pytest.importorskip("jupyterhub", reason="JupyterHub is not installed (requirements-hub.txt)")

CELLS = [
    (
        "f",
        "solution",
        "def f(x):\n    ### BEGIN SOLUTION\n    sesame = x + 1\n    return sesame\n"
        "    ### END SOLUTION",
    ),
    ("test", "test", "assert f(1) == 2\n### BEGIN HIDDEN TESTS\nassert f(41) == 42\n"
     "### END HIDDEN TESTS"),
]  # fmt: skip
LIMITS = "[limits]\ncell_seconds = 10\ntotal_seconds = 60\nmemory_mb = 256\n"
RIGHT, ENDLESS = "def f(x): return x + 1", "while True: pass"


def answered(source, extra=""):
    cells = [("f", "solution", source), ("test", "test", "assert f(1) == 2")]
    return notebook([("more", "", extra), *cells] if extra else cells)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = small_course(tmp_path_factory.mktemp("course") / "c", CELLS, settings=LIMITS)
    (course.solutions / "t" / "mistakes.py").write_text(
        'PROBES = {"f": [lambda f: f(1)]}\n\n\ndef f__open_sesame(x):\n    """Sesame."""\n'
    )
    course.public.mkdir()
    (course.public / "t.json").write_bytes(public_bundle(course.assignment("t")))
    return course


@pytest.fixture(scope="module")
def hub(course, tmp_path_factory):
    """The hub, and the service in a folder that has nothing but `t.json`."""
    folder = tmp_path_factory.mktemp("hub")
    public = folder / "public"
    public.mkdir()
    (public / "t.json").write_bytes((course.public / "t.json").read_bytes())
    with hub_with_check(folder, public) as running:
        running.public, running.place = public, f"{running.url}/assignments/t"
        running.ada, running.bob = (running.token(user, CHECKS) for user in ("ada", "bob"))
        yield running


def test_a_student_is_told_what_is_wrong_and_what_is_right(hub):
    status, wrong = ask(hub.place, hub.ada, sent("t.ipynb", answered("def f(x): return 0")))
    assert (status, wrong["success"]) == (200, True)
    [cell] = wrong["value"]["failed"]
    assert cell["source"] == "assert f(1) == 2"
    assert ask(hub.place, hub.ada, sent("t.ipynb", answered(RIGHT))) == (
        200,
        {"success": True, "value": {}},
    )


def test_nobody_asks_without_a_token_that_is_for_the_check(hub):
    body = sent("t.ipynb", answered(RIGHT))
    outsider = hub.token("eve", "read:users:name!user")
    for url in (hub.place, f"{hub.url}/assignments/nothing"):  # what is there is not told either
        for data in (body, None):
            assert ask(url, "", data)[0] == 401
            assert ask(url, "made-up", data)[0] == 401
            assert ask(f"{url}?token={hub.ada}", "", data)[0] == 401
            assert ask(url, outsider, data)[0] == 403
            assert ask(url, hub.watch, data)[0] == 403
    assert ask(hub.place, "", body, Cookie=f"jupyterhub-services={hub.ada}")[0] == 401


@pytest.mark.parametrize(
    "name",
    ["../t", "..%2ft", "%2e%2e%2fpublic%2ft", "t%00", "%2fetc%2fpasswd", "t.json", "", ".t", "T"],
)
def test_a_name_leads_to_no_other_file(hub, name):
    (hub.public.parent / "t.json").write_bytes((hub.public / "t.json").read_bytes())
    connection = socket.create_connection(hub.url.split("/")[2].split(":"))
    head = f"GET /services/check/assignments/{name} HTTP/1.0\r\n"
    connection.sendall(f"{head}Authorization: token {hub.ada}\r\n\r\n".encode())
    answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.split()[1] in (b"404", b"400"), answer
    assert b'"files"' not in answer


def test_what_is_too_large_is_refused_before_it_is_read(hub):
    head = "POST /services/check/assignments/t HTTP/1.1\r\nHost: x\r\n"
    for more in ("Content-Length: 99999999", "Transfer-Encoding: chunked"):
        connection = socket.create_connection(hub.url.split("/")[2].split(":"))
        asked = f"{head}Authorization: token {hub.bob}\r\n{more}\r\n\r\n"
        connection.sendall(asked.encode())
        sent_bytes = 0
        chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
        try:
            for _ in range(400):  # 25 MB
                connection.sendall(chunk if "chunked" in more else b"x" * 65536)
                sent_bytes += 65536
        except OSError:
            pass
        assert sent_bytes < 12 * 2**20, more
    assert ask(f"{hub.url}/health")[0] == 200


NO_SUBMISSIONS = {
    "packed zeros": gzip.compress(bytes(10**8)),
    "deep": b"[" * 2_000_000,
    "many names": json.dumps(
        {"notebook": "t.ipynb", "files": {str(n): "" for n in range(200_000)}, "left_out": []}
    ).encode(),
    "a large number": b'{"notebook": ' + b"9" * 1_000_000 + b"}",
    "no notebook": sent("t.txt", b""),
    "nothing": b"",
    "no base64": b'{"notebook": "t.ipynb", "files": {"t.ipynb": "%"}, "left_out": []}',
}  # fmt: skip


@pytest.mark.parametrize("name", NO_SUBMISSIONS)
def test_what_is_no_submission_is_refused_in_a_sentence(hub, name):
    begun = time.monotonic()
    headers = {"Content-Encoding": "gzip"} if name == "packed zeros" else {}
    status, said = ask(hub.place, hub.token("ada", CHECKS), NO_SUBMISSIONS[name], **headers)
    assert status == 200
    assert said["success"] is False
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("name", ["../x.csv", "/tmp/x.csv", "a/../../x.csv", "x\0y", "t.ipynb/x"])
def test_a_file_lands_in_no_other_folder(hub, name):
    body = json.loads(sent("t.ipynb", answered(RIGHT)))
    body["files"][name] = ""
    status, said = ask(
        hub.place, hub.token("eve", CHECKS) if 0 else hub.bob, json.dumps(body).encode()
    )
    assert status == 200
    assert said["success"] is True
    assert not os.path.exists("/tmp/x.csv")


def test_the_notebook_that_is_named_is_one_that_was_sent(hub):
    for named in ("../../t.ipynb", "/etc/passwd", "other.ipynb"):
        body = json.loads(sent("t.ipynb", answered(RIGHT))) | {"notebook": named}
        status, said = ask(hub.place, hub.bob, json.dumps(body).encode())
        assert (status, said["success"]) == (200, False)
        assert "there is no notebook in what was sent" in said["value"]
