"""Attacks on backup and restore, which read as root what students put into the exchange."""

import hashlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from tests.autograder.hub.test_backup import IS_ROOT, SERVER, run

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


STRANGER = 54321  # a student's, who is nobody that the backup trusts


def where(course):
    return [f"--course={course / 'course'}", f"--exchange={course / 'exchange'}"]


def backed_up(course, status=0):
    """The content of every file that a backup has of the exchange, by name."""
    made = run("backup", "--into", course / "backups", *where(course), status=status).strip()
    with tarfile.open(f"{made}/exchange.tar.gz") as tar:
        return {e.name: tar.extractfile(e).read() for e in tar if e.isreg()}


# In the place of the entry that is about to be opened, which was a moment ago what it should be.
SWAPPED = """
import os, runpy, sys
_, mine, outside, program, *rest = sys.argv

def hook(event, arguments):
    if event == "open" and arguments[0] == "mine" and not os.path.exists(mine + ".was"):
        os.rename(mine, mine + ".was")
        os.symlink(outside, mine) if outside else os.mkdir(mine)

sys.addaudithook(hook)
sys.path.insert(0, os.path.dirname(program))
sys.argv = [program, *rest]
runpy.run_path(program, run_name="__main__")
"""


def swapped(course, mine, outside):
    command = [sys.executable, "-c", SWAPPED, mine, outside, SERVER / "backup"]
    command += ["--into", course / "backups", *where(course)]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_nothing_outside_is_read_where_a_link_takes_an_entrys_place_meanwhile(course, kind):
    mine, outside = course / "exchange" / "mine", course / "outside"
    if kind == "folder":
        mine.mkdir()
    else:
        mine.write_text("my own")
        outside = outside / "secret.txt"
    done = swapped(course, mine, outside)
    assert done.returncode == 3, done.stderr
    assert "'exchange/mine (root): " in done.stderr or not IS_ROOT
    assert mine.is_symlink()
    [archive] = course.glob("backups/*/exchange.tar.gz")
    with tarfile.open(archive) as tar:
        assert SECRET not in [tar.extractfile(e).read() for e in tar if e.isreg()]


def test_a_folder_that_takes_a_files_place_meanwhile_ends_no_backup(course):
    (course / "exchange" / "mine").write_text("my own")
    done = swapped(course, course / "exchange" / "mine", "")
    assert done.returncode == 0, done.stderr
    assert (course / "exchange" / "mine").is_dir()


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
    assert backed_up(course, 0 if make == "a link" else 3) == {"other.txt": b"another's"}


def deep(folder, name, levels):
    """Folders within folders, deeper than a path can say."""
    descriptor = os.open(folder, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir(name, dir_fd=descriptor)
        inner = os.open(name, os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = inner
    os.close(descriptor)


def and_back(course, **limits):
    """A backup and its restoration, and what the first said; `limits` are lower than tree.py's."""
    lower = "".join(f"tree.{name} = {value}; " for name, value in limits.items())
    code = "import runpy, sys; sys.path.insert(0, sys.argv[1]); import tree; " + lower
    code += "sys.argv = sys.argv[2:]; runpy.run_path(sys.argv[0], run_name='__main__')"
    command = [sys.executable, "-c", code, SERVER, SERVER / "backup", "--into", course / "backups"]
    done = subprocess.run([*command, *where(course)], capture_output=True, text=True)
    assert done.returncode == 3, done.stderr
    run("restore", done.stdout.strip(), "--into", course / "back")
    manifest = json.loads(Path(done.stdout.strip(), "manifest.json").read_text())
    told = manifest["trees"]["exchange"]["left_out"]
    assert [line.partition("not in it: ")[2] for line in done.stderr.splitlines()] == [
        repr(f"exchange/{line}") for line in told
    ]
    return told, course / "back" / "exchange"


@pytest.mark.parametrize(("name", "levels"), [("d", 5000), ("long" * 60, 30)])
def test_folders_within_folders_are_left_out_and_the_rest_comes_back(course, name, levels):
    (course / "exchange" / "other.txt").write_text("another's")
    (course / "exchange" / "mine").mkdir()
    deep(course / "exchange" / "mine", name, levels)
    try:
        [told], back = and_back(course)
    finally:
        subprocess.run(["rm", "-rf", course / "exchange" / "mine"], check=True)
    assert told.startswith(f"mine/{name}/{name}/")
    assert "folders deep" in told if name == "d" else "bytes" in told
    assert (back / "other.txt").read_text() == "another's"
    assert (back / "mine" / name / name).is_dir()


@pytest.mark.skipif(not IS_ROOT, reason="only root gives files to others")
@pytest.mark.parametrize("what", ["names", "bytes"])
def test_one_person_can_fill_no_backup(course, what):
    """A million names, files of terabytes that take no room: theirs are left out, theirs alone."""
    mine = course / "exchange" / "mine"
    mine.mkdir()
    os.chown(mine, STRANGER, STRANGER)
    for number in range(300):
        inner = what == "names" or number < 150
        path = (mine if inner else course / "exchange") / f"{number}"
        with open(path, "wb") as file:
            file.truncate(0 if what == "names" else 10**6)
        os.chown(path, STRANGER, STRANGER)
    (course / "exchange" / "other.txt").write_text("another's")
    most = 100 if what == "names" else 1000
    told, back = and_back(course, MAX_ENTRIES=most, MAX_BYTES=10**8)
    if what == "names":  # one, and that there is more in its folder
        assert told[1:] == [f"mine/ ({STRANGER}): and whatever else is in this folder"]
    else:  # ten, and how many more
        assert len(told) == 11, told
        assert told[-1].startswith("and ")
    assert all(f"({STRANGER})" in line for line in told)
    assert "of one person" in told[0]
    assert (back / "other.txt").read_text() == "another's"
    theirs = [path for path in back.rglob("*") if path.lstat().st_uid == STRANGER]
    assert len(theirs) == (100 if what == "names" else 101)  # and the folder, which has no bytes


def test_a_time_that_no_calendar_has_comes_back_as_another(course):
    with tempfile.TemporaryDirectory(dir="/dev/shm") as memory:  # which keeps any time
        exchange = Path(memory, "exchange")
        exchange.mkdir()
        for name, time in (("later", 2**63 - 1), ("earlier", -(2**63))):
            (exchange / name).write_text(name)
            os.utime(exchange / name, ns=(0, 0))
            subprocess.run(["touch", f"--date=@{time}", exchange / name], check=True)
        (course / "exchange").rmdir()
        (course / "exchange").symlink_to(exchange)
        made = run("backup", "--into", course / "backups", *where(course)).strip()
        run("restore", made, "--into", course / "back")
    back = course / "back" / "exchange"
    assert sorted(path.read_text() for path in back.iterdir()) == ["earlier", "later"]


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
    assert "leads out of" in run("restore", backup, "--into", course / "back", status=1)
    assert not (course / "back").exists()


# Told of each owner that is given while the program runs: the mode that the tree's own folder has.
WATCHED = """
import glob, os, runpy, sys
_, top, program, *rest = sys.argv

def hook(event, arguments):
    if event == "os.chown" and any(os.path.samefile(f, ".") for f in glob.glob(top)):
        print(oct(os.stat(".").st_mode & 0o7777), file=sys.stderr)

sys.addaudithook(hook)
sys.path.insert(0, os.path.dirname(program))
sys.argv = [program, *rest]
runpy.run_path(program, run_name="__main__")
"""


@pytest.mark.skipif(not IS_ROOT, reason="only root gives files to others, and mounts")
@pytest.mark.parametrize("mounted", [False, True])
def test_until_all_is_back_nobody_else_can_enter_and_put_a_link_there(course, mounted):
    exchange = course / "exchange"
    exchange.chmod(0o1777)
    for name in ("-x", "+x", "cnn"):  # some sort before ".", the tree itself
        (exchange / name).mkdir()
        os.chown(exchange / name, STRANGER, STRANGER)
    made = run("backup", "--into", course / "backups", *where(course)).strip()
    for folder in (course / "course", exchange):
        shutil.rmtree(folder)
    mount, top = "", course / ".exchange.*.part"
    if mounted:
        top = exchange
        exchange.mkdir()
        mount = f"mount -t tmpfs -o mode=1777 none {exchange} && "
    look = f" && stat -c '%a %u' {exchange}/. {exchange}/-x >&2"
    command = ["unshare", "--mount", "sh", "-c", f'{mount}"$@"{look}', "sh"]
    command += [sys.executable, "-c", WATCHED, top, SERVER / "restore", made]
    done = subprocess.run(command, capture_output=True, text=True)
    assert not done.returncode, (done.stdout, done.stderr)
    *during, tree, inner = done.stderr.splitlines()
    assert done.returncode == 0, done.stderr
    assert during
    assert set(during) == {"0o700"}
    assert [tree, inner] == ["1777 0", f"755 {STRANGER}"]


# A link, where a folder is about to be made in a place where everybody may make what they like.
PLANTED = """
import os, runpy, sys
_, place, outside, program, *rest = sys.argv

def hook(event, arguments):
    if event == "os.mkdir" and str(arguments[0]) == place and not os.path.islink(place):
        os.symlink(outside, place)

sys.addaudithook(hook)
sys.path.insert(0, os.path.dirname(program))
sys.argv = [program, *rest]
runpy.run_path(program, run_name="__main__")
"""


def test_nothing_is_restored_where_a_link_is_put_into_the_way_meanwhile(course):
    backed_up(course)
    [made] = (path for path in (course / "backups").iterdir() if path.is_dir())
    everybodys = course / "tmp"
    everybodys.mkdir()
    everybodys.chmod(0o1777)
    before = sorted(course.glob("outside/**/*"))
    command = [sys.executable, "-c", PLANTED, everybodys / "back", course / "outside"]
    command += [SERVER / "restore", made, "--into", everybodys / "back"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (everybodys / "back").is_symlink()
    assert done.returncode == 1
    assert "is a link" in done.stderr
    assert sorted(course.glob("outside/**/*")) == before


@pytest.mark.skipif(not IS_ROOT, reason="only root gives files to others")
@pytest.mark.parametrize("whose", ["a stranger's", "a folder that all can write to"])
def test_nothing_is_restored_where_others_could_lead_it_elsewhere(course, whose):
    backed_up(course)
    [made] = (path for path in (course / "backups").iterdir() if path.is_dir())
    place = course / "place"
    place.mkdir()
    if whose == "a stranger's":
        os.chown(place, STRANGER, STRANGER)
    else:
        place.chmod(0o777)
    told = run("restore", made, "--into", place / "inner" / "back", status=1)
    assert f"{place} can be changed by others" in told
    assert list(place.iterdir()) == []
