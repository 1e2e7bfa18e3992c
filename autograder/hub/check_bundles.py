"""The bundles that a check service answers by: those of what students can fetch.

`autograder build` writes a bundle, and only then is the assignment released, perhaps weeks later;
until then nobody shall read its tests by having a guess checked. What is released stands in the
`outbound` folder of nbgrader's exchange, whichever command or button put it there or took it away
again, and students cannot write into it: so that folder is asked each time, and no note is kept of
our own that could tell otherwise.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path

from autograder.course.ids import is_plain
from autograder.grading.bundle import BundleError, read_bundle

LOG = logging.getLogger("check")


@dataclass(frozen=True)
class Known:
    """A bundle: which state of its file it is, its digest, and those of the released files."""

    state: tuple[int, ...]
    digest: str
    files: dict[str, str]


class Bundles:
    """The bundles of a folder, each read again when its file has changed, of the assignments that
    have a folder of their name in another."""

    def __init__(self, folder: Path, released: Path):
        self.folder, self.released = folder, released
        self.known: dict[str, Known] = {}

    def names(self) -> list[str]:
        """Those that can be asked for now."""
        return sorted(path.stem for path in self.folder.glob("*.json") if self.get(path.stem))

    def get(self, name: str) -> Known | None:
        """What is known of a bundle; None where there is none that can be read, or not yet."""
        path = self.folder / f"{name}.json"
        try:
            if not is_plain(name) or not (self.released / name).is_dir():
                return None
            there = path.stat()
            state = (there.st_ino, there.st_mtime_ns, there.st_size)
            known = self.known.get(name)
            if known is None or known.state != state:
                content = path.read_bytes()
                files = read_bundle(content).assignment.files
                digests = {file: hashlib.sha256(c).hexdigest() for file, c in files.items()}
                known = Known(state, hashlib.sha256(content).hexdigest(), digests)
                self.known[name] = known
            return known
        except BundleError as error:
            LOG.error("%s is no bundle: %s: run `autograder build %s`", path, error, name)
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:  # a name may be none that a file can have
            LOG.error("%s cannot be read: %s", path, getattr(error, "strerror", error))
        return None
