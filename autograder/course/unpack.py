"""Archives from a learning platform and from students, unpacked with limits.

Only regular files come out, at most so many and so large, all below the folder that is given: no
links, no devices, no `..`, no bomb. An archive inside an archive is a student's, and is unpacked
too, within a submission's limits. What does not come out is told, and keeps nothing else back.
"""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from autograder.course.submission import MAX_FILES, MAX_NOTEBOOK, MAX_TOTAL

MAX_NESTED = 2
CHUNK = 2**20


class _UsedUpError(Exception):
    """An account is used up."""


@dataclass
class Account:
    """How many files and bytes may still come out of an archive."""

    files: int
    bytes: int
    file_bytes: int = MAX_NOTEBOOK


def of_a_class() -> Account:
    """For what a platform gives: everybody's files."""
    return Account(20_000, 4 * 2**30)


def of_a_student() -> Account:
    """For an archive in it: what one submission may hold."""
    return Account(MAX_FILES, MAX_TOTAL)


def is_archive(name: str) -> bool:
    """Zip files alone: a tar's headers are read whole, however long they say that they are."""
    return name.lower().endswith(".zip")


def unpack(archive: Path, folder: Path, account: Account, nested: int = 0) -> Iterator[str]:
    """Unpack an archive below a folder; gives a line for each thing that did not come out."""
    try:
        for name, source in _members(archive):
            target = _place(folder, name)
            if target is None:
                yield f"{archive.name}: a file in it is called {name[:200]!r}"
                continue
            account.files -= 1
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                complete = _copy(source, target, account)
            except OSError as error:  # the name stands twice, or for a folder, or is too long
                yield f"{archive.name}: {error}"
                continue
            if not complete:
                yield f"{archive.name}: {target.name} is larger than {account.file_bytes:,} bytes"
            elif is_archive(target.name) and nested < MAX_NESTED:
                theirs = account if nested else of_a_student()
                yield from unpack(target, target.with_suffix(""), theirs, nested + 1)
                target.unlink()
    except _UsedUpError:
        yield f"{archive.name}: more in it than allowed; the rest was left out"
    # Whatever a mangled archive makes the library raise: struct.error, zlib.error, LZMAError …
    except Exception as error:
        yield f"{archive.name} is broken: {type(error).__name__}: {error}"


def _members(archive: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """The regular files of an archive, each as a stream."""
    with zipfile.ZipFile(archive) as zipped:
        for info in zipped.infolist():
            mode = info.external_attr >> 16
            if info.is_dir() or (stat.S_IFMT(mode) and not stat.S_ISREG(mode)):
                continue
            with zipped.open(info) as source:
                yield info.filename, source


def _place(folder: Path, name: str) -> Path | None:
    """Where a member belongs; None for a name that leads out of the folder."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if not parts or ".." in parts or "/" in parts[0] or "\0" in name:
        return None
    return folder.joinpath(*parts)


def _copy(source: IO[bytes], target: Path, account: Account) -> bool:
    """Whether the file was small enough; a larger one is not left behind."""
    room, size = min(account.bytes, account.file_bytes), 0
    if account.files < 0 or room <= 0:
        raise _UsedUpError
    with open(target, "xb") as file:  # never over a file, or through a link, that is there
        while size <= room and (chunk := source.read(min(CHUNK, room - size + 1))):
            size += len(chunk)
            file.write(chunk)
    account.bytes -= size
    if size > room:
        target.unlink()
        if account.bytes < 0:
            raise _UsedUpError
    return size <= room
