"""What a grading says: the score and state of every question, as other people's scripts read it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any

from autograder.course.repaired import EARLIER

QUESTION_STATES = [
    "passed",
    "partial",
    "failed",
    "error",
    "timeout",
    "memory",
    "output",
    "crashed",
    "missing",
    "not_attempted",
    "manual",
    "fault",
]
EMPTY = ("missing", "not_attempted")  # nothing is there to be looked at
HOWS = ("", "shared", "cancelled")  # how a question came to its state, where that is unusual
STATES = ["graded", "needs_manual", "attention", "absent", "fault"]
# What a result says in JSON, beside its questions.
WRITTEN = (
    *("student", "assignment", "score", "raw_score", "late_penalty", "max_score", "state"),
    *("tier", "seconds", "message", "memory_mb", "comments"),
)
# In a kept result's file, what is computed or added there.
NOT_ITS_OWN = ("score", "raw_score", "questions", "key", "attempt", "of", "graded", "answers")


@dataclass(frozen=True)
class QuestionResult:
    id: str
    score: float
    max_score: float
    state: str
    message: str = ""
    hint: str = ""
    follows_from: tuple[str, ...] = ()  # the functions whose slip alone fails it (follow_ups.py)
    how: str = ""  # "shared": the test ran beside the student's code (shared.py); "cancelled"
    # Expected and got, where a test that its student can read compared them (differences.py).
    compared: dict[str, Any] | None = field(default=None, hash=False)

    @staticmethod
    def from_json(data: dict[str, Any]) -> QuestionResult:
        names = data.get("follows_from", ())  # not there in a result of an earlier version
        return QuestionResult(**{**data, "follows_from": tuple(names)})


@dataclass(frozen=True)
class GradeResult:
    """A graded submission; `notebooks` are the graded notebooks' bytes, by name, `comments` what a
    person has written beside an answer, by the cell's id. `kept` is what the next grading may take
    up again, `recalled` the number of tests for which this one did."""

    student: str
    assignment: str
    state: str
    max_score: float
    questions: tuple[QuestionResult, ...] = ()
    tier: str = ""
    seconds: float = 0.0
    message: str = ""
    memory_mb: float = field(default=0.0, compare=False)  # the most held; 0: not known
    late_penalty: float = 0.0
    comments: dict[str, str] = field(default_factory=dict, hash=False)
    notebooks: dict[str, bytes] = field(default_factory=dict, hash=False, repr=False)
    kept: bytes = field(default=b"", compare=False, repr=False)
    recalled: int = field(default=0, compare=False)

    @property
    def raw_score(self) -> float:
        return sum(question.score for question in self.questions)

    @property
    def score(self) -> float:
        """The points, less the penalty for being late, never below 0 (as nbgrader counts)."""
        return max(0.0, self.raw_score - self.late_penalty)

    @property
    def is_earlier(self) -> bool:
        """Whether what was handed in had been made from an earlier release."""
        return EARLIER in self.message

    def as_json(self) -> dict[str, Any]:
        plain = {key: getattr(self, key) for key in WRITTEN}
        return plain | {"questions": [asdict(question) for question in self.questions]}

    @staticmethod
    def from_json(data: dict[str, Any]) -> GradeResult:
        """The result that `as_json` wrote; what is computed or added there is left out."""
        known = {key: value for key, value in data.items() if key not in NOT_ITS_OWN}
        questions = tuple(map(QuestionResult.from_json, data["questions"]))
        return GradeResult(**known, questions=questions)

    def whole_json(self) -> dict[str, Any]:
        """The same with the graded notebooks."""
        texts = {name: content.decode() for name, content in self.notebooks.items()}
        return self.as_json() | {"notebooks": texts}

    @staticmethod
    def from_whole_json(data: dict[str, Any]) -> GradeResult:
        """The result that `whole_json` wrote."""
        result = GradeResult.from_json({k: v for k, v in data.items() if k != "notebooks"})
        texts = {name: text.encode() for name, text in data["notebooks"].items()}
        return replace(result, notebooks=texts)
