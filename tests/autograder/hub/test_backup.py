"""`deploy/server/`: what was backed up comes back, every row, owner and byte."""

import hashlib
import importlib.util
import io
import os
import pwd
import shutil
import sqlite3
import stat
import subprocess
import tarfile
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from tests.autograder.hub.conftest import ME, Term
from tests.conftest import ROOT

SERVER = ROOT / "deploy" / "server"
TREES = ("course", "exchange", "hub", "lectures")
IS_ROOT = os.geteuid() == 0
PEOPLE = [person for person in pwd.getpwall() if person.pw_uid][:3] if IS_ROOT else []


def run(name, *options, status=0):
    done = subprocess.run(
        [SERVER / name, *map(str, options)],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stderr if status in (1, 2) else done.stdout


@pytest.fixture
def server(tmp_path):
    """Course, exchange and hub, as they lie on a server, and where backups go."""
    course, exchange, hub, lectures = (tmp_path / name for name in TREES)
    for folder, mode in (
        *((course / "submitted" / "ada" / "t", 0o755), (course / "feedback" / "ada", 0o700)),
        *((exchange / "cnn" / "outbound" / "t", 0o755), (exchange / "cnn" / "inbound", 0o2733)),
        *((exchange / "cnn" / "feedback", 0o711), (hub, 0o700)),
    ):
        folder.mkdir(parents=True)
        folder.chmod(mode)
    exchange.chmod(0o1777)
    subprocess.run(["git", "init", "--quiet", "--bare", lectures], check=True)
    (course / "nbgrader_config.py").write_text("c = get_config()")
    (course / "submitted" / "ada" / "t" / "t.ipynb").write_bytes(os.urandom(10**5))
    (course / ".venv" / "lib").mkdir(parents=True)
    (course / "link").symlink_to("/etc/passwd")
    (hub / "cookie_secret").write_bytes(os.urandom(32))
    (hub / "cookie_secret").chmod(0o600)
    for number in range(6):
        folder = exchange / "cnn" / "inbound" / f"s{number}+t+2026+x"
        folder.mkdir(mode=0o700)
        (folder / "t.ipynb").write_bytes(os.urandom(1000))
        (folder / "t.ipynb").chmod(0o640 + number % 2 * 4)
    (folder / "to the solutions").symlink_to(course)
    with open(os.fsencode(folder) + b"/\xff \n.txt", "wb") as file:
        file.write(b"a name that is no text")
    os.mkfifo(folder / "pipe")
    for path in (course / "gradebook.db", hub / "jupyterhub.sqlite"):
        with closing(sqlite3.connect(path)) as opened:
            opened.execute("PRAGMA journal_mode=WAL" if path.parent == hub else "SELECT 1")
            opened.executescript("CREATE TABLE one (n INTEGER); CREATE TABLE other (n INTEGER)")
    for number, person in enumerate(PEOPLE):
        for path in sorted((exchange / "cnn" / "inbound").glob(f"s[{number}{number + 3}]*/**/*")):
            os.chown(path, person.pw_uid, person.pw_gid, follow_symlinks=False)
            os.chown(path.parent, person.pw_uid, person.pw_gid)
    if PEOPLE:
        os.chown(course / "gradebook.db", PEOPLE[0].pw_uid, PEOPLE[0].pw_gid)
    return tmp_path


def trees(server):
    return [f"--{name}={server / name}" for name in TREES]


def back_up(server, *options):
    made = run("backup", "--into", server / "backups", *trees(server), *options, status=3)  # a pipe
    return server / "backups" / made.strip().rpartition("/")[2]


def as_it_lies(root):
    """Every entry of a tree: kind, mode, owner, time and content; of a database, its rows."""
    found = {}
    for path in [root, *root.rglob("*")]:
        known = path.lstat()
        if stat.S_ISFIFO(known.st_mode) or ".venv" in path.parts or path.name.endswith("-shm"):
            continue
        is_database = path.suffix in (".db", ".sqlite")
        timeless = is_database or path == root or path.is_symlink()
        time = 0.0 if timeless else round(known.st_mtime, 3)
        described = [stat.filemode(known.st_mode), known.st_uid, known.st_gid, time]
        content = b""
        if path.is_symlink():
            content = os.readlink(path)
        elif path.is_file():
            content = rows(path) if is_database else path.read_bytes()
        found[os.fsencode(path.relative_to(root))] = (*described, content)
    return found


def rows(path):
    with closing(sqlite3.connect(path)) as opened:
        return [opened.execute(f"SELECT n FROM {table}").fetchall() for table in ("one", "other")]


def test_every_row_owner_mode_and_byte_comes_back(server):
    before = {name: as_it_lies(server / name) for name in TREES}
    backup = back_up(server)
    for name in before:
        shutil.rmtree(server / name)
    assert "not in the backup" in run("restore", backup)  # the pipe
    assert {name: as_it_lies(server / name) for name in before} == before
    assert (server / "hub" / "cookie_secret").stat().st_mode & 0o777 == 0o600
    if IS_ROOT:
        owners = {path.stat().st_uid for path in (server / "exchange").rglob("t.ipynb")}
        assert owners == {person.pw_uid for person in PEOPLE}


def test_what_is_being_written_is_backed_up_as_of_one_moment(server):
    """A transaction writes into both tables; half of one is in no backup."""
    over, written = threading.Event(), []

    def write(path):
        with closing(sqlite3.connect(path, timeout=30)) as opened:
            number = 0
            while not over.wait(0.001):
                number += 1
                with opened:
                    opened.execute("INSERT INTO one VALUES (?)", [number])
                    opened.execute("INSERT INTO other VALUES (?)", [number])
        written.append(number)

    paths = [server / "course" / "gradebook.db", server / "hub" / "jupyterhub.sqlite"]
    writers = [threading.Thread(target=write, args=[path]) for path in paths]
    for writer in writers:
        writer.start()
    try:
        backups = [back_up(server)]
    finally:
        over.set()
        for writer in writers:
            writer.join()
    for path in paths:
        into = server / f"back-{path.name}"
        run("restore", backups[0], "--into", into)
        one, other = rows(into / path.relative_to(server))
        assert one == other == [(number + 1,) for number in range(len(one))]
        assert 0 < len(one) <= max(written)
        there = path.lstat()
        back = (into / path.relative_to(server)).lstat()
        assert (back.st_uid, back.st_mode) == (there.st_uid, there.st_mode)


def test_nobody_else_can_read_a_backup(server):
    os.umask(0o022)
    backup = back_up(server)
    for path in [backup, *backup.iterdir()]:
        assert not path.stat().st_mode & 0o077, path


def test_a_damaged_backup_changes_nothing(server):
    backup = back_up(server)
    before = as_it_lies(server / "course")
    archive = backup / "exchange.tar.gz"
    content = bytearray(archive.read_bytes())
    content[len(content) // 2] ^= 1
    archive.write_bytes(content)
    assert "damaged" in run("restore", backup, "--overwrite", status=1)
    archive.unlink()
    assert "other files than" in run("restore", backup, "--overwrite", status=1)
    assert as_it_lies(server / "course") == before


def test_what_is_there_is_never_written_over(server):
    backup = back_up(server)
    (server / "course" / "new.txt").write_text("made since")
    assert "is not empty: --overwrite" in run("restore", backup, status=1)
    assert (server / "course" / "new.txt").is_file()
    run("restore", backup, "--overwrite")
    assert not (server / "course" / "new.txt").exists()
    [aside] = server.glob("course.before-*")
    assert (aside / "new.txt").read_text() == "made since"


@pytest.mark.skipif(not IS_ROOT, reason="only root gives files to others")
@pytest.mark.parametrize(
    ("forge", "told"),
    [
        ({"uname": "no-such-account"}, "no-such-account: make them first"),
        ({"gname": "no-such-group"}, "no-such-group: make them first"),
        ({"name": "../outside"}, "leads out of its folder"),
        ({"name": "/outside"}, "leads out of its folder"),
    ],
)
def test_an_owner_who_is_not_here_or_a_way_out_is_refused_before_anything_is_written(
    server, forge, told
):
    backup = back_up(server)
    archive = backup / "exchange.tar.gz"
    with tarfile.open(archive) as tar:
        entries = [(e, tar.extractfile(e).read() if e.isreg() else b"") for e in tar]
    with tarfile.open(archive, "w:gz") as tar:
        for entry, content in entries:
            if entry.isreg():
                tar.addfile(entry.replace(**forge), io.BytesIO(content))
            else:
                tar.addfile(entry)
    sums = "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        for path in backup.iterdir()
        if path.name != "SHA256SUMS"
    )
    (backup / "SHA256SUMS").write_text(sums)
    assert told in run("restore", backup, "--into", server / "elsewhere", status=1)
    assert not (server / "elsewhere").exists()


def test_the_newest_of_seven_days_and_eight_weeks_are_kept(server):
    now = datetime.now(UTC)
    into = server / "backups"
    for hours in range(1, 24 * 100, 8):
        (into / f"{now - timedelta(hours=hours):%Y-%m-%dT%H%M%SZ}").mkdir(parents=True)
    (into / "something else").mkdir()
    (into / ".2026-01-01T000000Z.part").mkdir()  # of one that was killed
    newest = back_up(server)
    left = sorted(path.name for path in into.iterdir() if not path.name.startswith("."))
    assert left[-2:] == [newest.name, "something else"]
    days = {name[:10] for name in left[:-1]}
    assert len(days) == len(left) - 1  # one of a day
    assert days >= {f"{now - timedelta(days=back):%Y-%m-%d}" for back in range(7)}
    weeks = {datetime.fromisoformat(day).isocalendar()[:2] for day in days}
    assert len(weeks) == 8
    assert not (into / ".2026-01-01T000000Z.part").exists()


def test_an_older_backup_that_cannot_be_removed_hides_nothing_of_the_new_one(server):
    older = server / "backups" / "2020-01-01T000000Z"
    older.parent.mkdir()
    for hour in "012":  # no folders
        older.with_name(f"2020-01-01T0{hour}0000Z").touch()
    command = [SERVER / "backup", "--into", server / "backups", *trees(server)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 3
    assert (server / "backups" / done.stdout.strip().rpartition("/")[2] / "SHA256SUMS").is_file()
    assert "/pipe" in done.stderr
    assert done.stderr.count("could not be removed") == 2


def test_a_backup_that_fails_leaves_none_and_removes_none(server):
    older = server / "backups" / "2020-01-01T000000Z"
    older.mkdir(parents=True)
    (server / "course" / "gradebook.db").write_bytes(b"no database")
    told = run("backup", "--into", server / "backups", *trees(server), status=1)
    assert "no gradebook at the top" in told
    assert [path.name for path in (server / "backups").iterdir() if path.is_dir()] == [older.name]


@pytest.fixture
def tree():
    spec = importlib.util.spec_from_file_location("tree", SERVER / "tree.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_in_the_courses_own_folder_no_file_is_too_large(tree, tmp_path):
    (tmp_path / "course").mkdir()
    (tmp_path / "course" / "data.bin").write_bytes(bytes(100))
    tree.MAX_FILE = tree.MAX_BYTES = 10
    for trusted, number in ((None, 0), (set(), 1)):
        made = tree.Tree(tmp_path / "course", trusted, tmp_path)
        made.pack(tmp_path / "course.tar.gz")
        assert len(made.left_out()) == number


def test_in_the_courses_own_folder_what_cannot_be_read_is_a_fault(tree, tmp_path):
    """Else a backup of zeros would take the place of an older one that is good."""
    (tmp_path / "course").mkdir()
    (tmp_path / "course" / "t.ipynb").write_bytes(bytes(100))
    tree.is_database = lambda path: False
    with open("/proc/self/mem", "rb") as broken:  # an error of input and output, as of a disk
        tree.open = lambda *place, **how: broken
        with pytest.raises(OSError, match="Input/output error"):
            tree.Tree(tmp_path / "course", None, tmp_path).pack(tmp_path / "course.tar.gz")


def test_a_restored_exchange_makes_nobody_late(released, tmp_path):
    """Restored files are new to the file system, whose word for the time is taken; and what was
    handed in and not yet collected is collected."""
    term = Term(released, tmp_path)
    term.set(due=1)
    term.hand_in()
    term.watch()
    stamp = (term.course.submitted / ME / "t" / "timestamp.txt").read_text()
    term.hand_in("read")
    where = [f"--course={term.course.root}", f"--exchange={term.exchange}"]
    made = run("backup", "--into", tmp_path / "backups", *where).strip()
    for folder in (term.course.root, term.exchange):
        shutil.rmtree(folder)
    run("restore", made)
    term.watch()
    assert (term.course.submitted / ME / "t" / "timestamp.txt").read_text() == stamp
    assert len(list((term.course.root / "received" / "t" / ME).glob("*.zip"))) == 1
    assert (term.course.submitted / ME / "read" / "read.ipynb").is_file()
    term.hand_in(code="def double(x):\n    return 2 * x  # changed")  # into the same folder
    term.watch()
    assert (term.course.submitted / ME / "t" / "timestamp.txt").read_text() > stamp
