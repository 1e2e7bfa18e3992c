"""Attacks on backup and restore, which read as root what students put into the exchange."""

import hashlib
import io
import os
import sqlite3
import subprocess
import sys
import tarfile
from contextlib import closing

import pytest

from tests.autograder.hub.test_backup import SERVER, run

SECRET = b"what stands in a file of somebody else's"


@pytest.fixture
def course(tmp_path):
    (tmp_path / "course").mkdir()
    with closing(sqlite3.connect(tmp_path / "course" / "gradebook.db")) as opened:
        opened.execute("CREATE TABLE one (n INTEGER)")
    (tmp_path / "exchange").mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.txt").write_bytes(SECRET)
    return tmp_path


def backed_up(course):
    """The content of every file that a backup has of the exchange, by name."""
    where = [f"--course={course / 'course'}", f"--exchange={course / 'exchange'}"]
    made = run("backup", "--into", course / "backups", *where).strip()
    with tarfile.open(f"{made}/exchange.tar.gz") as tar:
        return {e.name: tar.extractfile(e).read() for e in tar if e.isreg()}


# In the place of the entry that is about to be opened, which was a moment ago what it should be.
SWAPPED = """
import os, runpy, sys
_, mine, outside, program, *rest = sys.argv

def hook(event, arguments):
    if event == "open" and arguments[0] == "mine" and not os.path.islink(mine):
        os.rename(mine, mine + ".was")
        os.symlink(outside, mine)

sys.addaudithook(hook)
sys.argv = [program, *rest]
runpy.run_path(program, run_name="__main__")
"""


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_nothing_outside_is_read_where_a_link_takes_an_entrys_place_meanwhile(course, kind):
    mine, outside = course / "exchange" / "mine", course / "outside"
    if kind == "folder":
        mine.mkdir()
    else:
        mine.write_text("my own")
        outside = outside / "secret.txt"
    where = [f"--course={course / 'course'}", f"--exchange={course / 'exchange'}"]
    command = [sys.executable, "-c", SWAPPED, mine, outside, SERVER / "backup"]
    command += ["--into", course / "backups", *where]
    subprocess.run(command, check=True)
    assert mine.is_symlink()
    [archive] = course.glob("backups/*/exchange.tar.gz")
    with tarfile.open(archive) as tar:
        assert SECRET not in [tar.extractfile(e).read() for e in tar if e.isreg()]


@pytest.mark.parametrize("make", ["a link", "a pipe", "a large file", "a device"])
def test_what_is_no_usual_file_is_not_read(course, make):
    path = course / "exchange" / "t.ipynb"
    (course / "exchange" / "other.txt").write_text("another's")
    if make == "a link":
        path.symlink_to(course / "outside" / "secret.txt")
    elif make == "a pipe":
        os.mkfifo(path)
    elif make == "a device" and os.geteuid() == 0:
        os.mknod(path, 0o600 | 0o020000, os.makedev(1, 5))
    else:
        with open(path, "wb") as file:
            file.truncate(2**40)
    assert backed_up(course) == {"other.txt": b"another's"}


def test_what_looks_like_a_database_is_not_opened_as_one(course):
    """Whoever opens a database believes the journal that lies beside it."""
    forged = {"gradebook.db": b"SQLite format 3\0" + b"\xff" * 5000, "gradebook.db-journal": b"x"}
    for name, content in forged.items():
        (course / "exchange" / name).write_bytes(content)
    assert backed_up(course) == forged


def test_nothing_is_restored_through_a_link(course):
    backed_up(course)
    [backup] = (path for path in (course / "backups").iterdir() if path.is_dir())
    with tarfile.open(backup / "exchange.tar.gz", "w:gz") as tar:
        link = tarfile.TarInfo("a")
        link.type, link.linkname = tarfile.SYMTYPE, str(course / "outside")
        tar.addfile(link)
        beyond = tarfile.TarInfo("a/b/secret.txt")
        tar.addfile(beyond, io.BytesIO())
    sums = (backup / "SHA256SUMS").read_text().splitlines()
    digest = hashlib.sha256((backup / "exchange.tar.gz").read_bytes()).hexdigest()
    kept = [line for line in sums if not line.endswith("exchange.tar.gz")]
    (backup / "SHA256SUMS").write_text("\n".join([*kept, f"{digest}  exchange.tar.gz\n"]))
    assert "leads out of" in run("restore", backup, "--into", course / "back", fails=True)
    assert not (course / "back").exists()
