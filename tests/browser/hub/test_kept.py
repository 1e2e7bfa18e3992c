"""What keeps a hub as it is: its units, its people and its installer, while a class is signed in;
each test goes on where the one before it ended."""

import os
import pwd
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.attacks import on_a_hub
from tests.browser.hub.running import (
    ADA,
    CLEO,
    COMMENT,
    GRADER,
    HOME,
    MARKS,
    NAME,
    OURS,
    TEACHER,
    fetch_feedback,
    in_frame,
    menu,
    row,
)
from tests.conftest import ROOT

pytestmark = MARKS
INSTALL = "deploy/server/install"
TOKEN = """async name => {
  const answer = await fetch(`/hub/api/users/${name}/tokens`, {
    method: 'POST', body: '{}',
    headers: {'X-XSRFToken': window.jhdata.xsrf_token, 'Content-Type': 'application/json'}});
  return (await answer.json()).token;
}"""
STATUS = """async () => {
  const headers = {'X-XSRFToken': document.cookie.match(/_xsrf=([^;]+)/)[1]};
  return (await fetch('/services/cnn/api/status', {headers})).status;
}"""
IN_A_TERMINAL = """async command => {
  const xsrf = {'X-XSRFToken': document.cookie.match(/_xsrf=([^;]+)/)[1]};
  const base = location.pathname.match(/^.*services.[^/]+/)[0];
  const made = await fetch(`${base}/api/terminals`, {method: 'POST', headers: xsrf, body: '{}'});
  const place = `ws://${location.host}${base}/terminals/websocket/${(await made.json()).name}`;
  const socket = new WebSocket(place);
  let shown = '';
  return await new Promise(done => {
    setTimeout(() => done(shown), 20000);
    socket.onopen = () => socket.send(JSON.stringify(['stdin', command + '\\r']));
    socket.onmessage = message => {
      shown += JSON.parse(message.data)[1];
      if (shown.includes('the end')) { socket.close(); done(shown); }
    };
  });
}"""


def _pids(*how: str) -> set[str]:
    return set(subprocess.run(["pgrep", *how], capture_output=True, text=True).stdout.split())


def _kill(name: str, *who: str) -> None:
    subprocess.run(["pkill", "-KILL", *who, "-f", f"{HOME}/.*{name}"], check=True)


def _until(answered: Callable[[], object], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not answered():
        assert time.monotonic() < deadline
        time.sleep(0.5)


def _health(hub) -> bool:
    return on_a_hub.status(f"http://127.0.0.1:{hub.settings['PORT']}/hub/health") == 200


def _install(clone=ROOT) -> subprocess.CompletedProcess[str]:
    """As the demonstration calls it."""
    mark = {"ACCOUNT_MARK": "cnn-course demonstration"}
    return subprocess.run(
        [clone / INSTALL, HOME], env=os.environ | mark, capture_output=True, text=True
    )


def test_the_form_graders_terminal_opens_a_shell_as_the_account_that_grades(hub, people):
    page = people[TEACHER]
    page.goto(hub.formgrader)
    said = page.evaluate(IN_A_TERMINAL, "id -un; umask; echo the''  end | tr -s ' '")
    assert GRADER in said
    assert "0022" in said


def test_a_students_pages_can_stand_in_nobodys_frame(hub, people):
    for name, ancestors in ((ADA, "none"), (TEACHER, "self")):
        policy = people[name].reload().headers["content-security-policy"]
        assert f"frame-ancestors '{ancestors}'" in policy


def test_a_proxy_that_is_killed_leads_to_everybody_again(people):
    _kill("configurable-http-proxy")
    answered = "async () => { try { return (await fetch('../api')).ok } catch { return false } }"
    there = answered.replace("..", f"/user/{ADA}")
    _until(lambda: people[ADA].evaluate(there), 60)


@pytest.fixture
def cleo(hub, browser: Browser) -> Iterator[Page]:
    """A third student, who has signed in and has no server."""
    page = browser.new_context().new_page()
    page.goto(f"{hub.address}/hub/login?next=%2Fhub%2Fhome")
    page.fill("#username_input", CLEO)
    page.fill("#password_input", hub.words[CLEO])
    page.click("#login_submit")
    page.wait_for_url("**/hub/home")
    yield page
    page.context.close()


def test_who_is_taken_out_of_people_has_no_session_and_no_token_left(hub, people, cleo):
    """And the restart that this takes ends neither the form-grader nor anybody's server."""
    token = cleo.evaluate(TOKEN, CLEO)
    asked = f"http://127.0.0.1:{hub.settings['HUB_PORT']}/hub/api/user"
    assert on_a_hub.status(asked, token=token) == 200
    grading, servers = _pids("-u", GRADER, "-f", "singleuser"), _pids("-f", "singleuser")
    assert grading
    students = HOME / "hub" / "people" / "students"
    students.write_text(students.read_text().replace(f"{CLEO}\n", ""))
    hubs = _pids("-f", f"{HOME}/.*jupyterhub --config")
    _kill("jupyterhub --config")
    _until(lambda: _health(hub) and not _pids("-f", f"{HOME}/.*jupyterhub --config") & hubs)
    assert on_a_hub.status(asked, token=token) == 403
    cleo.goto(f"{hub.address}/hub/home")
    assert "/hub/login" in cleo.url
    assert _pids("-f", "singleuser") == servers
    assert len(_pids("-f", f"{HOME}/.*jupyterhub_idle_culler")) == 1  # that of before has ended
    assert people[TEACHER].evaluate(STATUS) == 200


def _written() -> dict[str, bytes]:
    """What people have written, and what nobody else may make anew."""
    names = ["hub/local.py", "hub/people/students", "hub/cookie_secret", "course/README.md"]
    names += [f"exchange/cnn/outbound/{NAME}/{NAME}.ipynb", "lectures.git/refs/heads/main"]
    return {name: (HOME / name).read_bytes() for name in names}


def test_an_installation_over_an_older_one_adds_what_is_new_and_keeps_what_people_wrote(hub):
    settings, secrets = HOME / "hub" / "settings.env", HOME / "hub" / "secrets.env"
    before = settings.read_text(), secrets.read_text()
    older = [re.sub(r"(?m)^(SUBDOMAINS|FORMGRADER_TOKEN)=.*\n", "", text) for text in before]
    settings.write_text(older[0].strip())  # without an end of line
    secrets.write_text(older[1])
    (HOME / "check").mkdir()
    (HOME / "check" / "service.env").touch()
    subprocess.run(["usermod", "--comment", "cnn-course demonstration", GRADER], check=True)
    (HOME / "hub" / "local.py").write_text("c.Authenticator.admin_users = set()\n")
    with open(HOME / "course" / "README.md", "a") as file:
        file.write("a remark of an instructor's\n")
    written = _written()
    done = _install()
    assert done.returncode == 0, done.stdout + done.stderr
    assert _written() == written
    lines = settings.read_text().split("\n")
    assert lines[: len(older[0].splitlines())] == older[0].splitlines()
    assert "SUBDOMAINS=yes" in lines
    assert secrets.read_text().startswith(older[1])
    token = re.search("FORMGRADER_TOKEN=(.{64})", secrets.read_text())[1]
    for name in ("secrets", "check", "formgrader", "proxy"):
        known = (HOME / "hub" / f"{name}.env").stat()
        assert (known.st_uid, known.st_mode & 0o777) == (0, 0o600)
    assert token in (HOME / "hub" / "formgrader.env").read_text()
    for name in ("proxy", "check"):  # each has its own
        assert len(re.findall("TOKEN=", (HOME / "hub" / f"{name}.env").read_text())) == 1
    assert not (HOME / "check").exists()
    assert pwd.getpwnam(GRADER).pw_gecos == f"cnn-course demonstration {HOME}"
    assert not [path for path in HOME.iterdir() if path.suffix in (".new", ".old")]


def test_where_the_course_stays_behind_the_installation_does_not_end_well(hub, tmp_path):
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
    for name in ("README.md", "deploy/server/etc/newer"):
        with open(clone / name, "a") as file:
            file.write("of a newer release\n")
    author = ["-c", "user.name=x", "-c", "user.email=x@localhost"]
    for git in (["add", "."], [*author, "commit", "--quiet", "--message", "newer"]):
        subprocess.run(["git", "-C", clone, *git], check=True)
    written = _written()
    done = _install(clone)
    assert done.returncode == 2, done.stdout
    assert "all was brought up to date but the course itself" in done.stderr
    assert (HOME / "etc" / "newer").is_file()
    assert written["course/README.md"] == (HOME / "course" / "README.md").read_bytes()


def test_what_is_killed_is_there_again_with_what_the_installer_has_left(hub, people):
    """The watcher, too: it gives the feedback back anew, which its student can read."""
    settings = HOME / "course" / "solutions" / NAME / "assignment.toml"
    with open(settings, "r+") as file:
        told = file.read()
        file.seek(0)
        file.write("release_feedback = 2026-01-01T00:00:00Z\n" + told)
    shutil.rmtree(OURS / "feedback")
    given = HOME / "exchange" / "cnn" / "feedback"
    for page in given.glob("*.html"):
        page.unlink()
    for name in ("jupyterhub --config", "check_service", "autograder watch"):
        _kill(name)
    _kill("jupyterhub-singleuser", "-u", GRADER)
    _until(lambda: _health(hub))
    page = people[TEACHER]
    deadline = time.monotonic() + 120
    while not in_frame(page).locator("tr", has_text=NAME).count():  # not until it is there again
        assert time.monotonic() < deadline
        page.goto(hub.formgrader)
        page.wait_for_timeout(4000)
    _until(lambda: list(given.glob("*.html")))
    page = people[ADA]  # her server has gone on meanwhile, and is still hers
    fetch_feedback(page)
    [feedback] = OURS.glob(f"feedback/*/{NAME}.html")
    assert COMMENT in feedback.read_text()
    assert feedback.stat().st_uid == pwd.getpwnam(ADA).pw_uid
    menu(page, "Nbgrader", "Assignment List")
    row(page, "submitted").wait_for()
