"""What a student who has signed in to a hub tries there: tried by tests/browser/hub/, on the
hub that `make hub` makes.

A student has a terminal on the server, so all files and ports of the machine are within reach, and
the token of their own server, with which they may ask the hub.
"""

from __future__ import annotations

import contextlib
import pwd
import subprocess
from pathlib import Path

from tests.attacks.hub import ask

# Below the course's home; {other} is another student, who has handed in.
READ_BY_NOBODY = (
    "course/gradebook.db",
    "course/solutions/a1-perceptron/a1-perceptron.ipynb",
    "course/solutions/a1-perceptron/mistakes.py",
    "course/submitted/{other}/a1-perceptron/a1-perceptron.ipynb",
    "hub/secrets.env",
    "hub/cookie_secret",
    "hub/jupyterhub.sqlite",
    "hub/check.env",
    "hub/formgrader.env",
    "hub/proxy.env",
    "hub/people/passwords",
    "homes/{other}/cnn-course/assignments/a1-perceptron/a1-perceptron.ipynb",
)
LISTED_BY_NOBODY = (
    "course",
    "public",
    "hub",
    "exchange/cnn/inbound",
    "exchange/cnn/feedback",
    "exchange/cnn/receipts",
    "homes/{other}",
)
WRITTEN_BY_NOBODY = (
    "public/a1-perceptron.json",
    "exchange/cnn/outbound/a1-perceptron/a1-perceptron.ipynb",
    "lectures.git/HEAD",
    "etc/start-server",
    "hub/people/instructors",
    "hub/settings.env",
    "venv/bin/python",
)
# What the token of a student's server is asked for: port (of settings.env), method, path, body.
ASKED = {
    "everybody's names": ("HUB_PORT", "GET", "/hub/api/users", None),
    "another's record": ("HUB_PORT", "GET", "/hub/api/users/{other}", None),
    "a token of another's": ("HUB_PORT", "POST", "/hub/api/users/{other}/tokens", b"{}"),
    "another's server stopped": ("HUB_PORT", "DELETE", "/hub/api/users/{other}/server", None),
    "the groups": ("HUB_PORT", "GET", "/hub/api/groups", None),
    "to teach": (
        *("HUB_PORT", "POST", "/hub/api/groups/formgrade-cnn/users"),
        b'{"users": ["{me}"]}',
    ),
    "the hub shut down": ("HUB_PORT", "POST", "/hub/api/shutdown", b"{}"),
    "a token for more": ("HUB_PORT", "POST", "/hub/api/users/{me}/tokens", b"{}"),
    "the proxy's routes": ("PROXY_API_PORT", "GET", "/api/routes", None),
    "the hub's route": ("PROXY_API_PORT", "DELETE", "/api/routes/", None),
    "the gradebook": ("FORMGRADER_PORT", "GET", "/services/cnn/formgrader/api/assignments", None),
    "the solutions": ("FORMGRADER_PORT", "GET", "/services/cnn/api/contents/solutions", None),
}
# Listening in a service's place, to be sent passwords and tokens while it is started anew.
PORTS = ("HUB_PORT", "PROXY_API_PORT", "CHECK_PORT", "FORMGRADER_PORT")
LISTEN = """
import socket
for family, host in ((socket.AF_INET, '127.0.0.1'), (socket.AF_INET, ''), (socket.AF_INET6, '')):
    place = socket.socket(family)
    place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        place.bind((host, {port}))
        print('bound')
    except OSError as error:
        print(error.strerror)
"""
# Of each kind of these somebody else is answered, as whom the machine's root may act.
ANSWERED = {
    "HUB_PORT": "/hub/api/users",  # to the service that ends idle servers
    "PROXY_API_PORT": "/api/routes",  # to the hub
    "FORMGRADER_PORT": "/services/cnn/formgrader/api/assignments",  # to the instructor
}
# A hand-in that is made by hand in the exchange's inbound folder: {inbound}, {other}, {course}.
HAND_INS = {
    "in another's name": """
folder = '{inbound}/{other}+a1-perceptron+2026-01-01 00:00:00 UTC+x'
os.mkdir(folder)
open(folder + '/a1-perceptron.ipynb', 'w').write('{{}}')
""",
    "a link to the solutions": """
folder = '{inbound}/{me}+a1-perceptron+2026-01-01 00:00:00 UTC+x'
os.mkdir(folder)
os.symlink('{course}/solutions/a1-perceptron/a1-perceptron.ipynb', folder + '/a1-perceptron.ipynb')
""",
}
# One who has signed in greets the ports of another's kernel as a client of one of ZeroMQ's
# mechanisms would (ZMTP 3.0, section 3.2): what each then demands; "ended" is of an older kernel.
GREET = """
import socket
for port in {ports}:
    try:
        link = socket.create_connection(('127.0.0.1', port), 5)
    except ConnectionRefusedError:
        print('ended')
        continue
    link.settimeout(5)
    said = b''
    try:
        mechanism = b'{mechanism}'.ljust(20, bytes(1))
        link.sendall(b'\\xff' + bytes(8) + b'\\x7f\\x03\\x00' + mechanism + bytes(32))
        while len(said) < 64 and (more := link.recv(64)):
            said += more
    except ConnectionError:
        pass
    print(said[12:32].rstrip(bytes(1)).decode() or 'refused')
"""
# Hand-ins by hand: in another's name without end, with an earlier time, links and a pipe in it.
FLOOD = """
for number in range(150):
    os.mkdir('{inbound}/{other}+{name}+2026-01-01 00:00:00 UTC+' + str(number))
"""
EARLY = """
folder = '{inbound}/{me}+{name}+1999-01-01 00:00:00 UTC+early'
os.mkdir(folder)
open(folder + '/{name}.ipynb', 'w').write('the first state')
open(folder + '/timestamp.txt', 'w').write('1999-01-01 00:00:00 UTC')
os.symlink('{course}/solutions/{name}/mistakes.py', folder + '/link.py')
os.mkfifo(folder + '/pipe.txt')
try:
    os.link('{lectures}/HEAD', folder + '/hard.txt')
except OSError:  # most systems forbid it
    os.symlink('/etc/passwd', folder + '/hard.txt')
os.utime(folder + '/{name}.ipynb', (0, 0))
"""


def as_person(name: str, code: str) -> str:
    """What a Python program says that somebody runs in a terminal of their server."""
    account = pwd.getpwnam(name)
    home = account.pw_dir if Path(account.pw_dir).is_dir() else "/"  # a service's has none
    done = subprocess.run(
        ["/usr/bin/python3", "-c", "import os\n" + code],
        user=account.pw_uid,
        group=account.pw_gid,
        extra_groups=[],
        cwd=home,
        env={"HOME": home, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    return done.stdout + done.stderr


def token_of(name: str) -> str:
    """The token of somebody's running server, as its owner can read it."""
    uid, mark = pwd.getpwnam(name).pw_uid, b"JUPYTERHUB_API_TOKEN="
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended
            said = (process / "environ").read_bytes() if process.stat().st_uid == uid else b""
            for entry in said.split(b"\0"):
                if entry.startswith(mark):
                    return entry.removeprefix(mark).decode()
    raise LookupError(f"{name} has no server")


def token_of_service(program: str) -> str:
    """The token of a service that the hub has started."""
    mark = b"JUPYTERHUB_API_TOKEN="
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if program.encode() in (process / "cmdline").read_bytes():
                for entry in (process / "environ").read_bytes().split(b"\0"):
                    if entry.startswith(mark):
                        return entry.removeprefix(mark).decode()
    raise LookupError(f"{program} does not run")


def status(address: str, method: str = "GET", body: bytes | None = None, token: str = "") -> int:
    """What a request is answered; redirected to a sign-in page is 302, and nobody there is 0."""
    return ask(address, token, body, method)[0]
