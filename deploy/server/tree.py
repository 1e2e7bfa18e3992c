"""A folder as an archive, with owners, modes and times, and what is in such an archive.

In the exchange students may make what they like: folders within folders, a million names, files
that are terabytes long and take no room, and other things in the place of what was just looked at.
So that neither a backup stops there nor its restoration, everything is opened by its folder's
descriptor, and what goes beyond a limit is left out and named.
"""

from __future__ import annotations

import grp
import os
import pwd
import sqlite3
import stat
import tarfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import IO
from urllib.parse import quote

MADE_AGAIN = {".venv", "node_modules", "__pycache__"}  # by an installation
MAX_DEPTH = 64  # folders within folders
MAX_PLACE = 2000  # bytes of a path; the system takes 4095, with what stands before it
MAX_FILE = 2**30  # bytes of one in the exchange
# Of one person in the exchange: a hundred hand-ins of 200 files, 20 MB each.
MAX_ENTRIES, MAX_BYTES = 20_000, 2 * 2**30
MAX_TIME = 2**33  # seconds, in the year 2242: what a person writes there can be any number
NAMED = 10  # of one owner and reason; of the others it is said how many
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
SQLITE = b"SQLite format 3\0"
JOURNALS = ("-wal", "-shm", "-journal")


class DamagedError(Exception):
    """Says what is wrong, and what to do."""


class LeftOut(Exception):
    """Why an entry is in no archive, and whose it is, where that is known."""

    def __init__(self, reason: str, owner: int | None = None) -> None:
        super().__init__(reason)
        self.owner = owner


class Exactly:
    """A file of which as many bytes are read as it had: a tar's header says so beforehand. What
    cannot be read is its end, or, with `strict`, a fault."""

    def __init__(self, file: IO[bytes], size: int, strict: bool) -> None:
        self.file, self.left, self.strict, self.short = file, size, strict, False

    def read(self, count: int = 2**20, /) -> bytes:
        wanted = min(count, self.left)
        try:
            content = self.file.read(wanted)
        except OSError:
            if self.strict:
                raise
            content = b""
        self.short |= len(content) < wanted
        self.left -= wanted
        return content.ljust(wanted, b"\0")


class Tree:
    """A folder, packed as it is, with the names of what was left out and why.

    `trusted` are the accounts that may fill it as they like; None: all, and databases at its top
    are copied as of one moment.
    """

    def __init__(self, root: Path, trusted: set[int] | None, scratch: Path) -> None:
        self.root, self.trusted, self.scratch = root, trusted, scratch
        self.entries, self.databases, self.copied = 0, list[str](), set[str]()
        self.used = defaultdict[int, tuple[int, int]](lambda: (0, 0))  # a person's entries, bytes
        self._left_out: dict[tuple[str, str], list[str]] = {}  # by reason and owner
        self._more: dict[tuple[str, str], int] = {}

    def pack(self, archive: Path) -> None:
        how = {"compresslevel": 1, "format": tarfile.PAX_FORMAT}
        with (
            tarfile.open(archive, "w:gz", **how) as self.tar,
            closing_descriptor(os.open(self.root, FOLDER)) as folder,
        ):
            self._put(".", os.fstat(folder), tarfile.DIRTYPE)
            if self.trusted is None:
                self._databases()
            self._walk(folder, "", 1)
        with tarfile.open(archive) as tar:  # can it be read?
            there = sum(1 for _ in entries(tar))
        if there != self.entries:
            raise DamagedError(f"{archive} holds {there} of {self.entries}: is the disk sound?")

    def left_out(self) -> list[str]:
        """A line for each entry that is not in it, and why; where they are many, how many."""
        lines = []
        for (reason, owner), places in self._left_out.items():
            lines += [f"{place} ({owner}): {reason}" for place in places]
            if more := self._more.get((reason, owner)):
                lines.append(f"and {more} more ({owner}): {reason}")
        return lines

    def _databases(self) -> None:
        """Those at the top, where no student writes; each as of one moment."""
        for path in sorted(self.root.iterdir()):
            if not is_database(path):
                continue
            copy = self.scratch / "copy"
            address = f"file:{quote(str(path))}?mode=rw"
            with (
                closing(sqlite3.connect(address, uri=True, timeout=60)) as source,
                closing(sqlite3.connect(copy)) as target,
            ):
                source.backup(target)
                [[sound]] = target.execute("PRAGMA integrity_check(1)").fetchall()
            if sound != "ok":
                raise DamagedError(f"{path} is damaged: {sound}: look for an earlier backup")
            self.databases.append(path.name)
            self.copied |= {path.name + end for end in ("", *JOURNALS)}
            with open(copy, "rb") as file:
                size = os.fstat(file.fileno()).st_size
                self._put(path.name, os.stat(path), tarfile.REGTYPE, size, content=file)
            copy.unlink()

    def _walk(self, folder: int, place: str, depth: int) -> None:
        """What is in a folder, as it comes: there may be too many names to sort them."""
        packed, owner = set[str](), os.fstat(folder).st_uid
        with os.scandir(folder) as names:
            for entry in names:
                name, inner = entry.name, place + entry.name
                again = self.trusted is None and (name in MADE_AGAIN or inner in self.copied)
                if again or name in packed:  # what was renamed meanwhile may come twice
                    continue
                try:
                    self._add(folder, name, inner, depth)
                    packed.add(name)
                except FileNotFoundError:
                    continue  # it is gone meanwhile
                except LeftOut as why:
                    self._note(inner, str(why), owner if why.owner is None else why.owner)
                    if self.used[owner][0] >= MAX_ENTRIES:
                        self._note(place or ".", "and whatever else is in this folder", owner)
                        return

    def _add(self, folder: int, name: str, place: str, depth: int) -> None:
        """LeftOut, FileNotFoundError, or it is in the archive."""
        with self._looking():
            known = os.stat(name, dir_fd=folder, follow_symlinks=False)
        self._weigh(place, known, depth)
        if stat.S_ISLNK(known.st_mode):
            with self._looking():
                target = os.readlink(name, dir_fd=folder)
            self._put(place, known, tarfile.SYMTYPE, link=target)
            return
        with self._looking():
            descriptor = os.open(name, FILE, dir_fd=folder)
        with closing_descriptor(descriptor):
            known = os.fstat(descriptor)  # of what was opened: it may be another by now
            self._weigh(place, known, depth)
            if stat.S_ISDIR(known.st_mode):
                self._put(place, known, tarfile.DIRTYPE)
                self._walk(descriptor, f"{place}/", depth + 1)
            else:
                self._add_file(descriptor, place, known)

    def _add_file(self, descriptor: int, place: str, known: os.stat_result) -> None:
        with open(descriptor, "rb", closefd=False) as file:
            content = Exactly(file, known.st_size, strict=self.trusted is None)
            self._put(place, known, tarfile.REGTYPE, known.st_size, content=content)
        if content.short:
            self._note(place, "its end: it was cut while it was read", known.st_uid)

    @contextmanager
    def _looking(self) -> Iterator[None]:
        """Where students write, what cannot be looked at is left out; elsewhere it is a fault."""
        try:
            yield
        except OSError as error:
            if self.trusted is None or isinstance(error, FileNotFoundError):
                raise
            raise LeftOut(str(error.strerror)) from None

    def _weigh(self, place: str, known: os.stat_result, depth: int) -> None:
        """LeftOut: the entry goes beyond a limit."""
        size = known.st_size if stat.S_ISREG(known.st_mode) and self.trusted is not None else 0
        count, used = self.used[known.st_uid]
        kinds = (stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK)
        for beyond, reason in (
            (stat.S_IFMT(known.st_mode) not in kinds, "no file, folder or link"),
            (depth > MAX_DEPTH, f"more than {MAX_DEPTH} folders deep"),
            (len(os.fsencode(place)) > MAX_PLACE, f"a path of more than {MAX_PLACE} bytes"),
            (size > MAX_FILE, f"larger than {MAX_FILE} bytes"),
            (count >= MAX_ENTRIES, f"more than {MAX_ENTRIES} entries of one person"),
            (used + size > MAX_BYTES, f"more than {MAX_BYTES} bytes of one person"),
        ):
            if beyond:
                raise LeftOut(reason, known.st_uid)

    def _note(self, place: str, reason: str, owner: int) -> None:
        key = reason, name_of_user(owner) or str(owner)
        places = self._left_out.setdefault(key, [])
        if len(places) < NAMED:
            places.append(place)
        else:
            self._more[key] = self._more.get(key, 0) + 1

    def _put(
        self,
        place: str,
        known: os.stat_result,
        kind: bytes,
        size: int = 0,
        link: str = "",
        content: IO[bytes] | Exactly | None = None,
    ) -> None:
        self.entries += 1
        if self.trusted is not None and known.st_uid not in self.trusted:
            count, used = self.used[known.st_uid]
            self.used[known.st_uid] = (count + 1, used + size)
        entry = tarfile.TarInfo(place)
        entry.type, entry.size, entry.linkname = kind, size, link
        entry.mode, entry.uid, entry.gid = stat.S_IMODE(known.st_mode), known.st_uid, known.st_gid
        entry.mtime = min(max(known.st_mtime, 0.0), MAX_TIME)
        entry.uname, entry.gname = name_of_user(known.st_uid), name_of_group(known.st_gid)
        entry.pax_headers = {"ctime": repr(known.st_ctime)}  # says when something was handed in
        self.tar.addfile(entry, content)
        self.tar.members.clear()  # it would keep them all


@contextmanager
def closing_descriptor(descriptor: int) -> Iterator[int]:
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def is_database(path: Path) -> bool:
    if path.is_symlink() or not path.is_file():
        return False
    with open(path, "rb") as file:
        return file.read(len(SQLITE)) == SQLITE


@cache
def name_of_user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return ""


@cache
def name_of_group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return ""


def entries(tar: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """Each entry, one at a time: there may be more than memory holds."""
    while entry := tar.next():
        tar.members.clear()
        yield entry
