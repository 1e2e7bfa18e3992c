"""Files that an answer writes and a test reads: `save(x)`, then `open('out.txt')`.

The two sessions have a folder each. What the student's code has written into its own is brought to
the tests' by name and content, plain files alone, so many and so large: with each answer, so that a
test finds what it would find beside that code. To the tests' session such a file is data, however
hostile it is. So there comes
- none but of the names that the instructor's own answer has written there, too, for the same test;
- none in the place of a file of the instructor's, and none that Python would import or load: a test
  imports what its instructor wrote, or nothing.
From then on no class and no function comes out of a pickle (`pickle.load`, `pd.read_pickle`,
`np.load(allow_pickle=True)`, `torch.load(weights_only=False)`), and no text out of such a file is
executed (`exec(open(…).read())`, `%run`): Python's audit events tell of both, whoever does it.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from collections.abc import Iterator
from importlib.machinery import all_suffixes
from pathlib import PurePosixPath
from typing import Any

from autograder.sessions.agreed import FILE, Agreed
from autograder.sessions.handles import HandleError

MAX_FILES = 32
MAX_BYTES = 16 * 2**20  # of all of them
MAX_LOOKED_AT = 256  # entries of the student's folder
LOADED = (*all_suffixes(), ".pyo", ".pyw", ".pth", ".zip", ".egg", ".whl", ".ipy", ".ipynb")
Stamp = tuple[int, int, int]


class Folder:
    """The student's end: the folder in which its code runs."""

    def __init__(self) -> None:
        self.given: dict[str, Stamp] | None = None  # before the student's code ran
        self.told: dict[str, Stamp] = {}
        self.is_followed = False

    def begin(self) -> None:
        """The student's code runs from here on."""
        if self.given is None:
            self.given = dict(_plain_files("."))

    def follow(self, is_followed: bool) -> None:
        """A test begins, which is told of all that has been written."""
        self.told = dict(self.given or {})
        self.is_followed = is_followed and self.given is not None

    def changed(self) -> dict[str, bytes | int | None]:
        """By name: what a new or changed file holds; how much, if that is too much; None where one
        is gone."""
        if not self.is_followed:
            return {}
        now = dict(_plain_files("."))
        changed: dict[str, bytes | int | None] = dict.fromkeys(self.told.keys() - now.keys())
        room = MAX_BYTES
        for name, stamp in now.items():
            if self.told.get(name) != stamp:
                room -= stamp[1]
                changed[name] = stamp[1] if room < 0 or len(changed) > MAX_FILES else _read(name)
        self.told = now
        return changed


def _plain_files(folder: str) -> Iterator[tuple[str, Stamp]]:
    """The files in a folder and those below it, by name, with what changes when they do."""
    todo, left = [folder], MAX_LOOKED_AT
    while todo:
        with contextlib.suppress(OSError), os.scandir(todo.pop()) as entries:
            for entry in entries:
                left -= 1
                if left < 0:
                    return
                if entry.name.startswith((".", "__pycache__")):
                    continue
                of = entry.stat(follow_symlinks=False)
                if stat.S_ISDIR(of.st_mode):
                    todo.append(entry.path)
                elif stat.S_ISREG(of.st_mode):
                    yield entry.path.removeprefix("./"), (of.st_mtime_ns, of.st_size, of.st_ino)


def _read(name: str) -> bytes | None:
    try:
        with open(name, "rb") as file:
            return file.read(MAX_BYTES)
    except OSError:
        return None


class Brought:
    """The tests' end: what has been brought of the student's."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}
        self.given: set[str] = set()  # names of the instructor's own files
        self.evaluated: set[str] = set()  # by its file's name, code that was compiled from one
        self.is_guarded = False

    def take(self, files: dict[str, bytes | int | None], agreed: Agreed) -> None:
        """Take what may come. HandleError: it is too much, or, while the answer is the
        instructor's, nothing that a test may be given."""
        for name, content in files.items():
            if not self._is_plain(name) or not agreed.has([FILE, name]):
                continue
            if name.lower().endswith(LOADED):
                if agreed.is_instructors and content is not None:
                    raise HandleError(
                        f"the answer writes {name}, and no test is given what can be imported or "
                        "run: let it write text or numbers (.txt, .csv, .json, .npz)"
                    )
            elif content is None:
                self._remove(name)
            else:
                self._write(name, content)

    def _is_plain(self, name: str) -> bool:
        """Whether a name leads to a place below the folder where no file of the instructor's is."""
        parts = name.split("/")
        odd = any(part in ("", "__pycache__") or part.startswith(".") for part in parts)
        above = {str(parent) for parent in PurePosixPath(name).parents}
        return not odd and name.isprintable() and not self.given & {name, *above}

    def _remove(self, name: str) -> None:
        if self.contents.pop(name, None) is not None:
            with contextlib.suppress(OSError):
                os.remove(name)

    def _write(self, name: str, content: bytes | int) -> None:
        self.contents.pop(name, None)
        size = sum(map(len, self.contents.values()))
        if type(content) is not bytes or size + len(content) > MAX_BYTES:
            raise HandleError(
                f"{name} is too large: a test is given {MAX_BYTES // 2**20} MB of files at most"
            )
        if len(self.contents) >= MAX_FILES:
            raise HandleError(f"a test is given {MAX_FILES} files at most, and no {name}")
        self._guard()
        self.contents[name] = content
        with contextlib.suppress(OSError):  # no room, or a folder of that name: then it is missing
            os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
            with contextlib.suppress(FileNotFoundError):
                os.remove(name)  # a link of the test's own would lead elsewhere
            with open(name, "xb") as file:
                file.write(content)

    def _guard(self) -> None:
        if not self.is_guarded:
            self.is_guarded = True
            sys.addaudithook(self._audit)

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Called by Python for all that it does; what it raises, stops that."""
        if event == "pickle.find_class":
            raise HandleError(
                "a pickle holds code, and is not loaded where a file of the student's is: let the "
                "answer save plain numbers or text (np.savez, JSON, CSV; of a net its state_dict, "
                "read with weights_only=True)"
            )
        if event == "compile":
            source, file = arguments
            if _is_within(source, self.contents):
                self.evaluated.add(_text(file))
        elif event == "exec" and arguments[0].co_filename in self.evaluated:
            raise HandleError("what a file of the student's says is data: a test does not run it")


def _is_within(source: Any, contents: dict[str, bytes]) -> bool:
    """Whether a source text was read from one of the files, as far as that can be told."""
    text = source.encode(errors="surrogatepass") if isinstance(source, str) else source
    if not isinstance(text, bytes) or not text.strip():
        return False
    return any(text.strip() in content for content in contents.values())


def _text(name: Any) -> str:
    return name.decode(errors="replace") if isinstance(name, bytes) else str(name)
