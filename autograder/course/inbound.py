"""What a student put into the exchange, read as if it were somebody else's.

A folder there is its owner's, and may be changed at any moment: while it is read, too. So every
name is opened from the folder above it, no link is followed, and what is read is a regular file of
that owner's, with one name. When it was handed in says the file system, by the newest change of
status (ctime) below the folder, which nobody can set.
"""

from __future__ import annotations

import heapq
import os
import stat
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from autograder.course.stamp import FILE
from autograder.course.submission import MAX_DEPTH, MAX_FILES, MAX_NOTEBOOK, MAX_TOTAL

MAX_NAMES = 2000  # below one folder of a student's, of whatever kind
CROWD = 100_000  # names in one folder for all, where somebody has made what nobody can want
SAMPLE = 1000  # of them, by which it is told whose they are
FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class RefusedError(Exception):
    """A folder of which nothing is taken, and why."""


@dataclass
class HandedIn:
    """The files of one attempt by their place, without the student's own word for the time."""

    files: dict[str, bytes] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    changed: int = 0  # nanoseconds, the newest in the tree
    names: int = 0  # that were looked at

    @property
    def time(self) -> datetime:
        return datetime.fromtimestamp(self.changed / 1e9, UTC)


@dataclass
class Owned:
    """By owner the newest names in a folder; the owners of more than are kept, and whose most of
    the names are where there are too many."""

    newest: dict[int, list[str]]
    more: set[int]
    crowd: int | None


def owned_names(
    folder: int, names: Iterable[str], wanted: Callable[[str], bool], most: int
) -> Owned:
    """What is wanted of the names in an open folder in which anybody can make some: `most` of each
    owner's, however many others are there."""
    heaps: dict[int, list[tuple[int, str]]] = defaultdict(list)
    more, sample, number = set[int](), list[str](), 0
    for name in names:
        number += 1
        if not wanted(name):
            sample += [name] if len(sample) < SAMPLE else []
        elif known := _status(folder, name):
            newest = heaps[known.st_uid]
            heapq.heappush(newest, (known.st_ctime_ns, name))
            if len(newest) > most:
                heapq.heappop(newest)
                more.add(known.st_uid)
    crowd = None
    if number > CROWD:
        owners = Counter(known.st_uid for name in sample if (known := _status(folder, name)))
        owners.update({owner: len(newest) for owner, newest in heaps.items()})
        crowd = max(owners, key=owners.__getitem__, default=None)
    found = {owner: [name for _, name in sorted(newest)] for owner, newest in heaps.items()}
    return Owned(found, more, crowd)


def is_folder(folder: int, name: str) -> bool:
    """Whether a name in an open folder is a folder's, and no link."""
    known = _status(folder, name)
    return known is not None and stat.S_ISDIR(known.st_mode)


def _status(folder: int, name: str) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except OSError:  # it is gone already
        return None


def read_inbound(inbound: int, name: str, owner: int, contents: bool = True) -> HandedIn:
    """The folder of that name and owner, from an open folder above it; without its contents only
    when it was handed in, which takes no longer whatever its size.

    RefusedError: it is no folder, another's, larger than a hand-in may be, or changed meanwhile.
    """
    found = HandedIn()
    try:
        with _opened(name, inbound) as folder:
            _read_folder(folder, "", owner, found, MAX_DEPTH, contents)
    except OSError as error:
        raise RefusedError(f"it cannot be read: {error.strerror}") from error
    found.files.pop(FILE, None)
    return found


class _opened:
    """An open folder or file, by its name in an open folder."""

    def __init__(self, name: str, above: int):
        self.descriptor = os.open(name, FLAGS, dir_fd=above)

    def __enter__(self) -> int:
        return self.descriptor

    def __exit__(self, *_: object) -> None:
        os.close(self.descriptor)


def _read_folder(
    folder: int, place: str, owner: int, found: HandedIn, depth: int, contents: bool
) -> None:
    before = os.fstat(folder)
    if not stat.S_ISDIR(before.st_mode) or before.st_uid != owner:
        raise RefusedError(f"{place or 'it'} is no folder of its owner's")
    for name in names(folder):
        inside = f"{place}{name}"
        found.names += 1
        if found.names > MAX_NAMES:
            raise RefusedError(f"there are more than {MAX_NAMES} names in it")
        if not _can_be_written(inside):
            found.left_out.append(inside)
            continue
        kind = os.stat(name, dir_fd=folder, follow_symlinks=False)
        found.changed = max(found.changed, kind.st_ctime_ns)
        if stat.S_ISDIR(kind.st_mode) and depth:
            with _opened(name, folder) as below:
                _read_folder(below, f"{inside}/", owner, found, depth - 1, contents)
        elif stat.S_ISREG(kind.st_mode):
            if contents:
                with _opened(name, folder) as file:
                    _read_file(file, inside, owner, found)
        else:
            found.left_out.append(inside)
    found.changed = max(found.changed, before.st_ctime_ns)
    if os.fstat(folder).st_ctime_ns != before.st_ctime_ns:
        raise RefusedError("it changed while it was read: it is read again the next time")


def names(folder: int) -> Iterator[str]:
    """What is in an open folder of a student's. RefusedError: too much to be looked at."""
    with os.scandir(folder) as entries:
        for number, entry in enumerate(entries):
            if number >= MAX_NAMES:
                raise RefusedError(f"a folder has more than {MAX_NAMES} names")
            yield entry.name


def _can_be_written(place: str) -> bool:
    """Whether a name is text, which in a file system it need not be."""
    try:
        return place.encode().decode().isprintable() and "\\" not in place
    except UnicodeEncodeError:
        return False


def _read_file(file: int, place: str, owner: int, found: HandedIn) -> None:
    """Take a file that is the owner's and has no second name, as far as there is room."""
    before = os.fstat(file)
    own = stat.S_ISREG(before.st_mode) and before.st_uid == owner and before.st_nlink == 1
    room = MAX_TOTAL - sum(map(len, found.files.values()))
    if not own or len(found.files) >= MAX_FILES or before.st_size > min(room, MAX_NOTEBOOK):
        found.left_out.append(place)
        return
    with os.fdopen(os.dup(file), "rb") as opened:
        content = opened.read(MAX_NOTEBOOK + 1)
    if os.fstat(file).st_ctime_ns != before.st_ctime_ns:
        raise RefusedError("it changed while it was read: it is read again the next time")
    found.files[place] = content
