"""`deploy/server/install` refuses, before it does anything, what would harm: in a namespace of its
own, where other files lie in place of this machine's. (What it does: tests/browser/hub/.)"""

import subprocess
from pathlib import Path

import pytest

from tests.autograder.hub.test_backup import IS_ROOT, SERVER

pytestmark = pytest.mark.skipif(not IS_ROOT, reason="only root installs")
UNITS = "mkdir -p /etc/systemd/system; mount -t tmpfs none /etc/systemd/system; "
UNITS += "ln -s /srv/other/systemd/cnn-hub.service /etc/systemd/system/; "
ACCOUNT = "cp /etc/passwd {home}/passwd; mount --bind {home}/passwd /etc/passwd; "
ACCOUNT += "echo 'cnn-grader:x:998:998:cnn-course /srv/other:/:/bin/false' >>/etc/passwd; "


@pytest.mark.parametrize(
    ("before", "setting", "told"),
    [
        (UNITS, "", "the units cnn-… are another hub's (/srv/other): give this one a COURSE_ID"),
        (ACCOUNT, "", "the account cnn-grader is another hub's (/srv/other): name another"),
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
