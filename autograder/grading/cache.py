"""Folders of `reports/NAME/` that are the instructor's alone, and what is kept in them by student.

`.cache` holds what an earlier grading has left (recall.py). A folder has the mode 0700; one that
others could write into, or that is not this account's, is not read: a result that stood there could
be anybody's. What a file holds is read in a closed form, and what cannot be read is not there. A
student's file is found by nothing but the student's id, and nobody else's work is looked up in it.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path

CACHE = ".cache"
MAX_BYTES = 128 * 2**20  # of a file; what is longer is read in part, and so is no JSON


class Private:
    """A folder that nobody else can read or write, with a file for each name."""

    def __init__(self, folder: Path):
        self.folder = folder

    def is_ours(self) -> bool:
        """Whether nobody else can have written into the folder; it is made where it is missing."""
        with contextlib.suppress(FileExistsError):
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            self.folder.mkdir(mode=0o700)
        there = os.lstat(self.folder)
        own = there.st_uid == os.geteuid() and stat.S_ISDIR(there.st_mode)
        return own and not there.st_mode & 0o077

    def read(self, name: str) -> bytes:
        """What is kept under a name; b"" where there is nothing, or nothing that can be trusted."""
        with contextlib.suppress(OSError):
            if self.is_ours():
                flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
                with open(os.open(self._path(name), flags), "rb") as file:
                    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                        return file.read(MAX_BYTES)
        return b""

    def write(self, name: str, content: bytes) -> None:
        """Keep this under a name, whole, or nothing; b"" for nothing."""
        path = self._path(name)
        part = path.with_name(f".{secrets.token_hex(8)}.part")
        with contextlib.suppress(OSError):
            if not self.is_ours():
                return
            if not content:
                path.unlink(missing_ok=True)
                return
            try:
                with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                    file.write(content)
                os.replace(part, path)
            finally:
                part.unlink(missing_ok=True)

    def names(self) -> list[str]:
        """Under which names something is kept."""
        return sorted(path.stem for path in self.folder.glob("*.json"))

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.json"
