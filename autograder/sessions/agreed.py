"""What a test has asked of the instructor's objects, and what came of them: of the student's it may
ask, and take, no more.

The instructor's answers are asked first, and each question is noted as a key, a list of words
(`["attribute", "weight"]`, `["file", "out.txt"]`). Then the student's are.
"""

from __future__ import annotations

from autograder.sessions.changes import CHANGED, RESIZED

# Keys, beside those of requests (`Questions.ask`).
CAUGHT = ["caught"]  # what a test's function raised did not come back as it was
NET = ["net"]  # a net came back with other layers than the test's
EXHAUSTED = ["exhausted"]  # an iterator had come to its end when `next` was called
FILE = "file"  # with a name: the answer has written such a file
Taken = set[tuple[str, str, int]]  # how changed, of which function, and which argument


class Agreed:
    """`allowed` is None while the instructor's own answers are asked; `asked` gives it for the
    student's."""

    def __init__(self, allowed: list[list[str]] | None):
        self.allowed, self.asked = allowed, list[list[str]]()

    @property
    def is_instructors(self) -> bool:
        return self.allowed is None

    def has(self, key: list[str]) -> bool:
        """Whether this is so with the instructor's objects; while they are asked, it is noted."""
        if self.allowed is not None:
            return key in self.allowed
        if key not in self.asked:
            self.asked.append(key)
        return True

    def has_files(self) -> bool:
        """Whether the instructor's answer has, or may have, written a file."""
        return self.allowed is None or any(key[0] == FILE for key in self.allowed)

    def changes(self) -> Taken | None:
        """Which changes of arguments are taken; None: all."""
        if self.allowed is None:
            return None
        own = [key for key in self.allowed if key[0] in (CHANGED, RESIZED)]
        return {(how, f, int(i)) for kind, f, i in own for how in (kind, CHANGED)}
