"""`deploy/server/install` refuses, before it does anything, what would harm: in a namespace of its
own, where other files lie in place of this machine's; and its steps, one at a time. (All that it
does: tests/browser/hub/.)"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.autograder.hub.test_backup import IS_ROOT, SERVER

pytestmark = pytest.mark.skipif(not IS_ROOT, reason="only root installs")
UNITS = "mkdir -p /etc/systemd/system; mount -t tmpfs none /etc/systemd/system; "
UNITS += "ln -s /srv/other/systemd/cnn-hub.service /etc/systemd/system/; "
ACCOUNT = "cp /etc/passwd {home}/passwd; mount --bind {home}/passwd /etc/passwd; "
ACCOUNT += "echo 'cnn-grader:x:998:998:{whose}:/:/bin/false' >>/etc/passwd; "
OTHERS = ACCOUNT.replace("{whose}", "cnn-course /srv/other")
SOMEBODYS, NOBODYS = ACCOUNT.replace("{whose}", "Ada"), ACCOUNT.replace("{whose}", "")
TAKEN = "there is an account cnn-grader already, which is not this hub's"


@pytest.mark.parametrize(
    ("before", "setting", "told"),
    [
        (UNITS, "", "the units cnn-… are another hub's (/srv/other): give this one a COURSE_ID"),
        (SOMEBODYS, "", TAKEN),
        (NOBODYS, "", TAKEN),
        (OTHERS, "", "the account cnn-grader is another hub's (/srv/other): name another"),
        ("", "GRADEBOOK=postgresql://grader:secret@db/course", "~/.pgpass"),
        ("", "COURSE_ID='a b'", "letters, digits and dashes alone"),
        ("", "ADDRESS=hub.example.edu", "it begins with https://"),
        ("", "COURSE_HOME=/srv/other", "says COURSE_HOME=/srv/other: correct it"),
    ],
)
def test_what_would_harm_is_refused_before_anything_is_done(tmp_path, before, setting, told):
    home = tmp_path / "hub-of-a-course"
    (home / "hub").mkdir(parents=True)
    settings = (SERVER / "settings.env").read_text().replace("/srv/cnn-course", str(home))
    (home / "hub" / "settings.env").write_text(f"{settings}{setting}\n")
    script = f'set -e; {before.format(home=home)}"$@"'
    command = ["unshare", "--mount", "sh", "-c", script, "sh", SERVER / "install", home]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2, done.stdout
    assert told in done.stderr
    assert "secret" not in done.stderr
    assert not [path for path in home.iterdir() if path.name not in ("hub", "passwd")]
    assert not Path("/srv/other").exists()


CHANGED = "than the units were written by: call deploy/server/install"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("", ""),
        ("BACKUPS=/mnt/elsewhere", ""),  # read when a backup is made
        ("LATER=of a newer release", ""),  # whose installation has not come to its end
        ("ADDRESS=https://hub.uni.test", f"says another ADDRESS {CHANGED}"),
        ("GRADER=another\nCHECK=third", f"says another CHECK, GRADER {CHANGED}"),
    ],
)
@pytest.mark.sample(3)
def test_the_hub_does_not_start_with_settings_that_are_not_installed(tmp_path, change, told):
    """Units and programs would still be written by the old ones: whom would they lead where?"""
    (tmp_path / "hub" / "people").mkdir(parents=True)
    for kind in ("students", "instructors"):
        (tmp_path / "hub" / "people" / kind).write_text("ada\n")
    text = (SERVER / "settings.env").read_text().replace("/srv/cnn-course", str(tmp_path))
    lines = [line for line in text.splitlines() if line[:1].isupper()]
    written = [line for line in lines if not line.startswith(("BACKUPS=", "GRADEBOOK="))]
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "installed.env").write_text("\n".join(written))
    if change:
        (tmp_path / "hub" / "local.py").write_text("c.JupyterHub.template_vars = {'own': 1}\n")
    own = dict(line.split("=", 1) for line in [*lines, *change.split("\n")] if line)
    (tmp_path / "hub" / "settings.env").write_text("\n".join(f"{k}={v}" for k, v in own.items()))
    read = "import jupyterhub.app; from traitlets.config.loader import PyFileConfigLoader as L; "
    read += "print(L('jupyterhub_config.py', sys.argv[1]).load_config().JupyterHub.template_vars)"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; {read}", SERVER],
        env=os.environ | own | {"CHECK_TOKEN": "a", "FORMGRADER_TOKEN": "b"},
        capture_output=True,
        text=True,
    )
    assert told in done.stderr
    assert (done.returncode == 0) == (not told), done.stderr
    assert told or "'host': 'hub.example.edu', 'authority': 'hub.example.edu'" in done.stdout


@pytest.mark.parametrize(
    ("address", "href", "leads_to"),
    [
        (
            "hub.localhost:8000",
            "//cnn--service.hub.localhost/services/cnn/",
            "//cnn--service.hub.localhost:8000/services/cnn/",
        ),
        (
            "hub.uni.test",
            "//cnn--service.hub.uni.test/services/cnn/",
            "//cnn--service.hub.uni.test/services/cnn/",
        ),
        ("cnn:8000", "/services/cnn/", "/services/cnn/"),
    ],
)
def test_the_hubs_link_to_the_form_grader_keeps_the_port(address, href, leads_to):
    from jinja2 import DictLoader, Environment

    base = {"templates/page.html": "{% block service scoped %}{% endblock %}"}
    base["page.html"] = (SERVER / "etc" / "templates" / "page.html").read_text()
    page = Environment(loader=DictLoader(base)).get_template("page.html")
    host = address.partition(":")[0]
    shown = page.render(service={"href": href, "name": "cnn"}, host=host, authority=address)
    assert f'href="{leads_to}"' in shown


def step(home, names, **settings):
    """Some of the installer's steps alone, with what it has read from settings.env."""
    said = {
        "COURSE_ID": "cnn",
        "GRADER": "daemon",
        "CHECK": "daemon",
        "ACCOUNT_MARK": "a test",
        "said": "",
    }
    script = f'eval "$(sed "/^behind=/,\\$d" "$0")"; {names}'
    return subprocess.run(
        ["bash", "-c", script, SERVER / "install", home],
        env=os.environ | said | settings,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("subdomains", ["yes", "no"])
def test_the_proxy_leads_by_host_where_each_server_has_one_and_nowhere_else(tmp_path, subdomains):
    done = step(tmp_path, "configuration", SUBDOMAINS=subdomains)
    assert done.returncode == 0, done.stderr
    proxy = (tmp_path / "systemd" / "cnn-proxy.service").read_text()
    assert "configurable-http-proxy" in proxy
    assert ("--host-routing" in proxy) == (subdomains == "yes")


def test_what_ends_the_form_grader_or_the_watcher_ends_no_session_that_grades():
    for unit in ("formgrader", "watch"):
        lines = (SERVER / "systemd" / f"cnn-{unit}.service").read_text().splitlines()
        assert {"KillMode=mixed", "TimeoutStopSec=180"} <= set(lines)


@pytest.mark.parametrize("what", ["a link", "a file", "another's folder"])
def test_what_stands_in_the_courses_place_in_the_exchange_gets_no_new_owner(tmp_path, what):
    outside, ours = tmp_path / "outside", tmp_path / "exchange" / "cnn"
    outside.mkdir()
    ours.parent.mkdir()
    if what == "a link":
        ours.symlink_to(outside)
    else:
        ours.touch() if what == "a file" else ours.mkdir()
        os.chown(ours, 54321, 54321)
    done = step(tmp_path, "account() { :; }; folders")
    assert done.returncode == 2
    assert (
        "cnn is not daemon's" if what == "another's folder" else "cnn is no folder"
    ) in done.stderr
    assert outside.stat().st_uid == 0
    assert ours.lstat().st_uid == (0 if what == "a link" else 54321)
