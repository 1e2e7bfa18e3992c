"""What a second student gets of the first's, of the course and of the hub: nothing; and that who
may have it gets it in the same way. (The attempts stand in tests/attacks/on_a_hub.py.)"""

import contextlib
import http.server
import json
import threading

import pytest

from tests.attacks import on_a_hub
from tests.browser.hub.running import ADA, BEN, HOME, MARKS, NAME, SCREENSHOTS, TEACHER

pytestmark = MARKS
BUSY = "Text file busy"  # a program that runs: not even root's hand writes there
SECRETS = HOME / "hub" / "secrets.env"


@pytest.mark.parametrize("path", on_a_hub.READ_BY_NOBODY)
def test_nobody_else_reads(hub, people, path):
    path = HOME / path.format(other=ADA)
    code = f"print(len(open({str(path)!r}, 'rb').read()))"
    assert "Permission denied" in on_a_hub.as_person(BEN, code)
    assert on_a_hub.as_person(path.owner(), code).strip().isdigit()


@pytest.mark.parametrize("path", on_a_hub.LISTED_BY_NOBODY)
def test_nobody_else_lists(hub, people, path):
    path = HOME / path.format(other=ADA)
    code = f"print(os.listdir({str(path)!r}))"
    assert "Permission denied" in on_a_hub.as_person(BEN, code)
    assert on_a_hub.as_person(path.owner(), code).startswith("[")


@pytest.mark.parametrize("path", on_a_hub.WRITTEN_BY_NOBODY)
def test_nobody_else_writes(hub, people, path):
    path = HOME / path
    append, away = f"open({str(path)!r}, 'ab')", f"os.rename({str(path)!r}, {str(path)!r} + '.old')"
    for code in (append, away):
        assert "Permission denied" in on_a_hub.as_person(BEN, code)
    said = on_a_hub.as_person(path.owner(), append)
    assert not said or BUSY in said


@pytest.mark.parametrize("what", on_a_hub.ASKED)
def test_the_token_of_a_students_server_gets_nothing_of(hub, people, what):
    port, method, path, body = on_a_hub.ASKED[what]
    path = path.format(other=ADA, me=BEN)
    body = body and body.replace(b"{me}", BEN.encode())
    address = f"http://127.0.0.1:{hub.settings[port]}{path}"
    assert on_a_hub.status(address, method, body, on_a_hub.token_of(BEN)) in (302, 403, 404)
    answered = on_a_hub.ANSWERED[port]
    if port == "FORMGRADER_PORT":
        asked = hub.formgrader.removesuffix("/services/cnn/") + answered
        assert _status_in_the_browser(people[TEACHER], asked) == 200
    else:
        culler = on_a_hub.token_of_service("jupyterhub_idle_culler")
        secrets = dict(line.split("=", 1) for line in SECRETS.read_text().split())
        token = secrets.get("CONFIGPROXY_AUTH_TOKEN", "") if port == "PROXY_API_PORT" else culler
        address = f"http://127.0.0.1:{hub.settings[port]}{answered}"
        assert on_a_hub.status(address, token=token) == 200
    own = f"http://127.0.0.1:{hub.settings['HUB_PORT']}/hub/api/user"  # a token it is
    assert on_a_hub.status(own, token=on_a_hub.token_of(BEN)) == 200


def test_anothers_environment_is_not_to_be_read(people):
    code = """
for name in os.listdir('/proc'):
    try:
        if name.isdigit() and os.stat('/proc/' + name).st_uid != os.getuid():
            print(open(f'/proc/{name}/environ').read())
    except OSError:
        pass
"""
    assert "TOKEN" not in on_a_hub.as_person(BEN, code)
    assert "TOKEN" in on_a_hub.as_person(BEN, code.replace("!=", "=="))


@pytest.mark.parametrize("port", on_a_hub.PORTS)
def test_nobody_can_listen_in_a_services_place(hub, port):
    def listening(number):
        return on_a_hub.as_person(BEN, on_a_hub.LISTEN.format(port=number)).split("\n")[:-1]

    assert listening(hub.settings[port]) == ["Permission denied"] * 3
    assert listening(0) == ["bound"] * 3


def test_anothers_kernel_listens_to_nobody_without_its_key(people):
    """All ports of the machine are within reach; the kernel's files with its key are not."""
    runtime = HOME / "homes" / ADA / ".local" / "share" / "jupyter" / "runtime"
    files = [json.loads(path.read_text()) for path in runtime.glob("kernel-*.json")]
    ports = [port for known in files for name, port in known.items() if name.endswith("_port")]
    assert len(ports) >= 5
    for mechanism, answer in (("CURVE", "CURVE"), ("NULL", "refused")):
        said = on_a_hub.as_person(BEN, on_a_hub.GREET.format(ports=ports, mechanism=mechanism))
        assert set(said.split()) <= {answer, "ended"}, said
        assert answer in said
    keys = f"print(len(os.listdir({str(runtime)!r})))"
    assert "Permission denied" in on_a_hub.as_person(BEN, keys)
    assert int(on_a_hub.as_person(ADA, keys)) > 0


def test_a_page_from_elsewhere_does_nothing_in_the_instructors_name(hub, people):
    """Not even one below the same domain, which any program of a student's can serve."""
    ask = """([url, more]) => {
      const token = document.cookie.match(/_xsrf=([^;]+)/);
      const headers = token ? {'X-XSRFToken': token[1]} : {};
      return fetch(url, {method: 'POST', credentials: 'include', headers, ...more})
        .then(answer => answer.status, () => 0);
    }"""
    collect = f"{hub.formgrader}formgrader/api/assignment/{NAME}/collect"
    page = people[TEACHER].context.new_page()
    with _served() as number:
        for name in ("elsewhere.localhost", "demo-ben.hub.localhost"):
            page.goto(f"http://{name}:{number}/")
            with page.expect_response("**/collect") as answer:
                page.evaluate(ask, [collect, {"mode": "no-cors"}])
            assert answer.value.status in (302, 403), name
    page.goto(f"{hub.formgrader}formgrader/")
    assert page.evaluate(ask, [collect, {}]) == 200
    page.close()


@contextlib.contextmanager
def _served():
    """The port of an empty page."""
    with http.server.HTTPServer(("127.0.0.1", 0), _Empty) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


class _Empty(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()

    def log_message(self, *_):
        """Nothing."""


@pytest.mark.parametrize("where", ["another's server", "the form-grader"])
def test_in_the_browser_it_is_refused(hub, people, where):
    address = {
        "another's server": f"http://{ADA}.hub.localhost:{hub.settings['PORT']}/user/{ADA}/lab",
        "the form-grader": hub.formgrader,
    }[where]
    page = people[BEN].context.new_page()
    answer = page.goto(address)
    assert answer.status == 403
    page.screenshot(path=SCREENSHOTS / f"hub-refused-{where.split()[-1]}.png")
    page.close()
    owner = people[ADA if where == "another's server" else TEACHER]
    assert _status_in_the_browser(owner, address) == 200


def _status_in_the_browser(person, address):
    """Of a page of its own: a browser alone finds what ends in .localhost on every machine."""
    page = person.context.new_page()
    answer = page.goto(address)  # to its end: of one that still loads closing may not end
    page.close()
    return answer.status
