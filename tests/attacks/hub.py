"""A real JupyterHub without a proxy, and the check service beside it, on loopback.

The hub knows students and services, and whose tokens may do what: that is all a service asks it.
"""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from base64 import b64encode
from contextlib import contextmanager
from itertools import count
from types import SimpleNamespace

from autograder.authoring.public import public_bundle
from tests.conftest import ROOT, notebook, small_course

CHECKS = "access:services!service=check"
CONFIG = """
from jupyterhub.proxy import Proxy

class NoProxy(Proxy):
    should_start = False
    routes = {}
    async def add_route(self, routespec, target, data):
        self.routes[routespec] = {"routespec": routespec, "target": target, "data": data}
    async def delete_route(self, routespec):
        self.routes.pop(routespec, None)
    async def get_all_routes(self):
        return self.routes

c.JupyterHub.proxy_class = NoProxy
c.JupyterHub.authenticator_class = "dummy"
c.JupyterHub.hub_bind_url = HUB
c.JupyterHub.db_url = "sqlite:///hub.sqlite"
c.Authenticator.allowed_users = {"ada", "bob", "eve"}
c.JupyterHub.services = [
    {"name": "check", "url": CHECK, "api_token": TOKEN},
    {"name": "watch", "api_token": WATCH},
    {"name": "maker", "api_token": MAKER},
]
STUDENTS = [f"student{n}" for n in range(200)]
c.JupyterHub.load_groups = {"nbgrader-t": {"users": ["ada", "bob", *STUDENTS]}}
c.JupyterHub.load_roles = [
    {"name": "students", "scopes": [SCOPE], "groups": ["nbgrader-t"]},
    {"name": "maker", "scopes": ["admin:users", "tokens"], "services": ["maker"]},
]
"""


CELLS = [
    (
        "f",
        "solution",
        "def f(x):\n    ### BEGIN SOLUTION\n    sesame = x + 1\n    return sesame\n"
        "    ### END SOLUTION",
    ),
    (
        "test",
        "test",
        "assert f(1) == 2\n### BEGIN HIDDEN TESTS\nassert f(41) == 42\n### END HIDDEN TESTS",
    ),
]
LIMITS = "[limits]\ncell_seconds = 10\ntotal_seconds = 60\nmemory_mb = 256\n"
SECONDS = 6  # of one check
WORKERS = 2
RIGHT, ENDLESS = "def f(x): return x + 1", "while True: pass"


def answered(source, extra=""):
    """A student's notebook."""
    cells = [("f", "solution", source), ("test", "test", "assert f(1) == 2")]
    return notebook([("more", "", extra), *cells] if extra else cells)


@contextmanager
def checked_course(folder):
    """The hub, and the service in a folder that has nothing but the bundle of a small course."""
    course = small_course(folder / "course", CELLS, settings=LIMITS)
    (course.solutions / "t" / "mistakes.py").write_text(
        'PROBES = {"f": [lambda f: f(1)]}\n\n\ndef f__open_sesame(x):\n    """Sesame."""\n'
    )
    public, outbound = folder / "public", folder / "outbound"
    public.mkdir()
    (outbound / "t").mkdir(parents=True)
    (public / "t.json").write_bytes(public_bundle(course.assignment("t")))
    with hub_with_check(folder, public, outbound, SECONDS) as hub:
        hub.public, hub.outbound, hub.place = public, outbound, f"{hub.url}/assignments/t"
        hub.ada, hub.bob = (hub.token(user, CHECKS) for user in ("ada", "bob"))
        yield hub


def port():
    """One that is free now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Stay(urllib.request.HTTPRedirectHandler):
    """Follows no redirection: being sent to sign in is an answer, too."""

    def redirect_request(self, *_):
        return None


def ask(url, token="", data=None, method=None, **headers):
    """Status and JSON of an answer, or its text; 0 where nobody answers."""
    headers |= {"Authorization": f"token {token}"} if token else {}
    request = urllib.request.Request(url, data=data, headers=headers, method=method)
    try:
        with urllib.request.build_opener(Stay).open(request, timeout=60) as answer:
            status, said = answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        status, said = refused.code, refused.read()
    except OSError as error:
        return 0, str(error)
    return status, json.loads(said) if said.startswith((b"{", b"[")) else said.decode()


def head_of(hub, token, length, *lines, name="t"):
    """A connection on which the head of a check's question was sent, and nothing of its body."""
    address = hub if isinstance(hub, str) else hub.url
    host, number = address.split("/")[2].split(":")
    begin = [f"POST /services/check/assignments/{name} HTTP/1.1", "Host: x", *lines]
    begin += [f"Authorization: token {token}"] if token else []
    begin += [] if length is None else [f"Content-Length: {length}"]
    connection = socket.create_connection((host, int(number)), timeout=30)
    connection.sendall(("\r\n".join(begin) + "\r\n\r\n").encode())
    return connection


def sent(notebook, content, **files):
    """What a student's server sends."""
    files = {name.replace("__", "."): data for name, data in files.items()}
    files = {name: b64encode(data).decode() for name, data in {notebook: content, **files}.items()}
    return json.dumps({"notebook": notebook, "files": files, "left_out": []}).encode()


def until_up(url, process, seconds=60):
    for _ in range(10 * seconds):
        try:
            return urllib.request.urlopen(url, timeout=5).read()
        except urllib.error.HTTPError:
            return b""
        except OSError:
            assert process.poll() is None, "it has ended"
            time.sleep(0.1)
    raise AssertionError(f"{url} does not answer")


@contextmanager
def running(command, log, **options):
    """A process of ours, and all that it starts, until the end."""
    with open(log, "wb") as file:
        process = subprocess.Popen(
            command, stdout=file, stderr=file, start_new_session=True, **options
        )
    try:
        yield process
    finally:
        if process.poll() is not None:
            said = log.read_text(errors="replace")[-2000:]
            print(f"{command} has ended by itself, with {process.returncode}: {said}")
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextmanager
def hub_with_check(folder, public, outbound, seconds):
    """The hub and the service, whose checks end after so many seconds; `folder` is for what they
    write, `public` has the bundles, `outbound` says which are released."""
    hub, check = f"http://127.0.0.1:{port()}", f"http://127.0.0.1:{port()}"
    names = {n: secrets.token_hex(16) for n in ("TOKEN", "WATCH", "MAKER")}
    given = {**names, "HUB": hub, "CHECK": check, "SCOPE": CHECKS}
    lines = [f"{name} = {value!r}" for name, value in given.items()]
    (folder / "config.py").write_text("\n".join(lines) + CONFIG)
    environment = {k: v for k, v in os.environ.items() if "JUPYTERHUB" not in k}
    environment |= {"PYTHONPATH": str(ROOT), "JUPYTERHUB_CRYPT_KEY": ""}
    command = [sys.executable, "-m", "jupyterhub", "-f", "config.py"]
    own = {
        "JUPYTERHUB_API_TOKEN": names["TOKEN"],
        "JUPYTERHUB_API_URL": f"{hub}/hub/api",
        "JUPYTERHUB_SERVICE_NAME": "check",
        "JUPYTERHUB_SERVICE_PREFIX": "/services/check/",
        "JUPYTERHUB_SERVICE_URL": check,
    }
    service = [sys.executable, "-m", "autograder.hub.check_service", str(public), str(outbound)]
    url = f"{check}/services/check"
    with (
        running(
            [*service, "--workers", str(WORKERS), "--seconds", str(seconds)],
            folder / "check.log",
            env=environment | own,
            cwd=public,
        ) as process,
        running(command, folder / "hub.log", env=environment, cwd=folder) as started,
    ):
        until_up(f"{hub}/hub/api/", started)
        until_up(f"{url}/health", process)

        def token(user, *scopes):
            data = json.dumps({"scopes": scopes}).encode()
            place = f"{hub}/hub/api/users/{user}"
            ask(place, names["MAKER"], b"")  # made, where it is not there yet
            status, made = ask(f"{place}/tokens", names["MAKER"], data)
            assert status == 201, made
            return made["token"]

        numbers = count()
        yield SimpleNamespace(
            student=lambda: token(f"student{next(numbers)}", CHECKS),
            url=url, hub=hub, token=token, watch=names["WATCH"], process=process,
            log=folder / "check.log", own=names["TOKEN"], workers=WORKERS,
            address=("127.0.0.1", int(check.rpartition(":")[2])),
        )  # fmt: skip


def descendants(pid):
    """The numbers of all processes below one that have not ended."""
    below, todo, children = [], [pid], {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat") as stat:
                state, parent = stat.read().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if state != "Z":
            children.setdefault(int(parent), []).append(int(name))
    while todo:
        found = children.get(todo.pop(), [])
        below += found
        todo += found
    return below
