"""What is to be graded, and by what it is known whether it has been."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import Any

from autograder.course.assignment import Assignment
from autograder.course.submission import Submission
from autograder.records.gradebook import Graded
from autograder.records.result import GradeResult


@dataclass(frozen=True)
class Job:
    """One submission, its digest, the digest of what the assignment asks, and what is kept of an
    earlier grading."""

    submission: Submission
    attempt: str
    of: str
    before: dict[str, Any]

    @property
    def key(self) -> str:
        """What changes with whatever the result depends on."""
        return hashlib.sha256((self.of + self.attempt).encode()).hexdigest()

    @property
    def answers(self) -> dict[str, str]:
        """The digests of the answers that were recorded before."""
        answers: dict[str, str] = self.before.get("answers", {})
        return answers

    def graded(self, result: GradeResult, again: bool = False) -> Graded:
        """A result of this submission, as it is recorded."""
        asked = self.before.get("questions", ())
        cancelled = frozenset(q["id"] for q in asked if q.get("how") == "cancelled")
        unchanged = self.before.get("attempt") == self.attempt
        return Graded(result, self.submission.timestamp, self.answers, cancelled, unchanged, again)


def fingerprint(assignment: Assignment) -> str:
    """A digest of all that an assignment asks."""
    from autograder import __version__

    return hashlib.sha256((__version__ + repr(asdict(assignment))).encode()).hexdigest()


def attempt_digest(submission: Submission) -> str:
    """Of all that was handed in, and of its time."""
    digest = hashlib.sha256()
    for name, content in sorted(submission.files.items()):
        digest.update(f"{name!r} {len(content)} ".encode())
        digest.update(content)
    digest.update(str("unreadable" if submission.untimed else submission.timestamp).encode())
    return digest.hexdigest()
