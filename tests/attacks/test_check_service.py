"""The check service of a hub, attacked by students who have signed in, and by nobody."""

import gzip
import json
import os
import re
import socket
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.attacks.hub import ENDLESS, RIGHT, SECONDS, answered, ask, descendants, sent

IDLE = 2 * 3  # processes: two workers, each with a server for students' code and one for tests


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
    status, said = ask(hub.place, hub.student(), NO_SUBMISSIONS[name], **headers)
    assert status == 200
    assert said["success"] is False
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("name", ["../x.csv", "/tmp/x.csv", "a/../../x.csv", "x\0y", "t.ipynb/x"])
def test_a_file_lands_in_no_other_folder(hub, name):
    body = json.loads(sent("t.ipynb", answered(RIGHT)))
    body["files"][name] = ""
    status, said = ask(hub.place, hub.student(), json.dumps(body).encode())
    assert status == 200
    assert said["success"] is True
    assert not os.path.exists("/tmp/x.csv")


def test_the_notebook_that_is_named_is_one_that_was_sent(hub):
    for named in ("../../t.ipynb", "/etc/passwd", "other.ipynb"):
        body = json.loads(sent("t.ipynb", answered(RIGHT))) | {"notebook": named}
        status, said = ask(hub.place, hub.bob, json.dumps(body).encode())
        assert (status, said["success"]) == (200, False)
        assert "there is no notebook in what was sent" in said["value"]


HOSTILE = {
    "a fork bomb": "import os\nwhile True: os.fork()",
    "an eater of memory": "x = []\nwhile True: x.append(bytearray(10**8))",
    "a flood": "while True: print('x' * 10**6)",
    "an end": "import os\nos._exit(0)",
    "a filled disk": "f = open('x', 'wb')\nwhile True: f.write(bytes(10**6))",
    "a call home": "import socket\nsocket.create_connection(('127.0.0.1', 80))",
    "a token": "import os\nassert os.environ['JUPYTERHUB_API_TOKEN']",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_code_fails_its_own_test_and_leaves_nothing(hub, name):
    place, student = hub.place, hub.student()
    wrong = answered("def f(x): pass", extra=HOSTILE[name])
    status, said = ask(place, student, sent("t.ipynb", wrong))
    assert (status, said["success"]) == (200, True)
    assert [cell["source"] for cell in said["value"]["failed"]] == ["assert f(1) == 2"]
    assert ask(place, student, sent("t.ipynb", answered(RIGHT)))[1]["value"] == {}


def test_an_endless_loop_delays_nobody_else_and_is_ended(hub):
    endless = answered(ENDLESS + "  # 1", extra=ENDLESS)
    with ThreadPoolExecutor(2) as pool:
        begun = time.monotonic()
        late = pool.submit(ask, hub.place, hub.student(), sent("t.ipynb", endless))
        time.sleep(0.5)
        others = []
        for n in range(3):  # none of them is remembered
            mine = sent("t.ipynb", answered(f"{RIGHT}  # {n}"))
            asked = time.monotonic()
            assert ask(hub.place, hub.student(), mine)[1] == {"success": True, "value": {}}
            others.append(time.monotonic() - asked)
        assert max(others) < SECONDS / 2, others
        assert not late.done()
        status, said = late.result()
    assert SECONDS <= time.monotonic() - begun < SECONDS + 5
    assert (status, said["success"]) == (200, True)
    assert "one of them does not come to its end" in said["value"]["failed"][0]["raw_error"]
    within(3, lambda: len(descendants(hub.process.pid)) == IDLE)


def test_the_sessions_end_when_nobody_waits_any_more(hub):
    within(3, lambda: len(descendants(hub.process.pid)) == IDLE)
    body = sent("t.ipynb", answered(ENDLESS + "  # 2"))
    connection = socket.create_connection(hub.url.split("/")[2].split(":"))
    head = "POST /services/check/assignments/t HTTP/1.1\r\nHost: x\r\n"
    head += f"Authorization: token {hub.student()}\r\nContent-Length: {len(body)}\r\n\r\n"
    connection.sendall(head.encode() + body)
    within(10, lambda: len(descendants(hub.process.pid)) > IDLE)
    connection.close()
    within(3, lambda: len(descendants(hub.process.pid)) == IDLE)
    assert ask(f"{hub.url}/health")[1] == {"workers": 2, "waiting": 0, "inside": 0}


def within(seconds, happens):
    end = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_markup_is_escaped_for_the_dialog(hub):
    raises = "def f(x): raise ValueError('<img src=x onerror=alert(1)>')"
    _, said = ask(hub.place, hub.student(), sent("t.ipynb", answered(raises)))
    [cell] = said["value"]["failed"]
    assert "&lt;img src=x onerror=alert(1)&gt;" in cell["error"]
    assert "<" not in cell["error"]


def test_the_answer_to_another_notebook_is_nobodys(hub):
    """What is remembered has the whole of what was sent, and the bundle, as its name."""
    right = sent("t.ipynb", answered(RIGHT + "  # mine"))
    assert ask(hub.place, hub.student(), right)[1]["value"] == {}
    other = hub.student()
    for changed in (
        sent("t.ipynb", answered("def f(x): return x - 1  # mine")),
        json.dumps(json.loads(right) | {"files": {}}).encode(),
        b"",
    ):
        assert ask(hub.place, other, changed)[1] != {"success": True, "value": {}}


def test_who_asks_too_often_is_told_when_to_come_back(hub):
    student = hub.student()
    body = sent("t.ipynb", answered(RIGHT))
    for _ in range(20):
        assert ask(hub.place, student, body)[0] == 200
    request = urllib.request.Request(hub.place, body, {"Authorization": f"token {student}"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    assert refused.value.code == 429
    assert 1 <= int(refused.value.headers["Retry-After"]) <= 60
    assert "press Validate again in" in json.loads(refused.value.read())["message"]
    assert ask(hub.place, hub.student(), body)[0] == 200


def test_of_one_student_one_check_runs_and_one_waits(hub):
    student = hub.student()
    slow = "import time\ntime.sleep(1)\n" + RIGHT
    bodies = [sent("t.ipynb", answered(f"{slow}  # {n}")) for n in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda body: ask(hub.place, student, body), bodies))
    assert sorted(status for status, _ in answers) == [200, 200, 429, 429]


def test_the_service_can_read_nothing_that_students_may_not_know(hub):
    """Its folder holds the bundle alone, and no process of it has anything else of the course."""
    assert [path.name for path in hub.public.iterdir()] == ["t.json"]
    for process in [hub.process.pid, *descendants(hub.process.pid)]:
        for descriptor in os.listdir(f"/proc/{process}/fd"):
            target = os.readlink(f"/proc/{process}/fd/{descriptor}")
            assert "solutions" not in target
    told = (hub.public / "t.json").read_text()
    assert not re.search(r"sesame|\b41\b|HIDDEN", told, re.IGNORECASE)  # not an id with 41 in it


def test_a_new_bundle_is_taken_up_and_a_broken_one_is_said(hub, tmp_path):
    path, body = hub.public / "t.json", sent("t.ipynb", answered(RIGHT))
    old = path.read_bytes()
    other = json.loads(old)
    for cell in other["notebooks"][0]["cells"]:
        if cell["kind"] == "test":
            cell["source"] = cell["released"] = "assert f(1) == 3"
    try:
        for content, status, value in [
            (old, 200, {}),
            (json.dumps(other).encode(), 200, None),
            (b"{}", 404, None),
            (old, 200, {}),
        ]:
            (tmp_path / "new").write_bytes(content)
            os.replace(tmp_path / "new", path)
            answer = ask(hub.place, hub.student(), body)
            assert answer[0] == status
            assert value is None or answer[1]["value"] == value
            if content not in (old, b"{}"):
                assert answer[1]["value"]["failed"][0]["source"] == "assert f(1) == 3"
    finally:
        path.write_bytes(old)
    assert "t.json is no bundle: its format is None" in hub.log.read_text()


@pytest.fixture
def exam(hub):
    """Another assignment that is built, and allows another package."""
    bundle = json.loads((hub.public / "t.json").read_bytes())
    bundle |= {"name": "exam", "packages": ["tqdm"], "grader_packages": ["tqdm"]}
    path = hub.public / "exam.json"
    path.write_text(json.dumps(bundle))
    yield f"{hub.url}/assignments/exam"
    path.unlink()


def test_what_is_built_and_not_released_is_answered_as_if_it_were_not_there(hub, exam):
    body = sent("t.ipynb", answered("def f(x): return 0"))
    nowhere = ask(f"{hub.url}/assignments/nowhere", hub.student(), body)
    assert nowhere[0] == 404
    for data in (body, None):
        assert ask(exam, hub.student(), data) == nowhere
    (hub.outbound / "exam").mkdir()
    assert ask(exam, hub.student())[0] == 200
    assert len(ask(exam, hub.student(), body)[1]["value"]["failed"]) == 1
    (hub.outbound / "exam").rmdir()  # taken back again
    for data in (body, None):
        assert ask(exam, hub.student(), data) == nowhere


def test_each_assignment_has_its_own_packages_whatever_was_checked_before(hub, exam):
    (hub.outbound / "exam").mkdir()
    uses = answered(f"import tqdm\n{RIGHT}")
    try:
        student = hub.student()
        for _ in range(2):
            assert ask(exam, student, sent("t.ipynb", uses))[1]["value"] == {}
            [cell] = ask(hub.place, student, sent("t.ipynb", uses))[1]["value"]["failed"]
            assert "tqdm" in cell["raw_error"]
            assert ask(hub.place, student, sent("t.ipynb", answered(RIGHT)))[1]["value"] == {}
    finally:
        (hub.outbound / "exam").rmdir()


def test_the_logs_hold_nothing_of_what_was_sent(hub):
    marked = answered("raise ValueError('marked' * 3)  # marked")
    ask(f"{hub.url}/assignments/marked", hub.student(), sent("t.ipynb", marked))
    ask(f"{hub.place}?marked", hub.student(), sent("t.ipynb", marked))
    ask(f"{hub.place}?token=marked", "", sent("t.ipynb", marked))
    assert ask(f"{hub.url}/health")[0] == 200
    assert "marked" not in hub.log.read_text()
    assert hub.ada not in hub.log.read_text()
