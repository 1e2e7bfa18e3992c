"""Results in the form of Gradescope's autograders, one `results.json` for each student.

https://gradescope-autograders.readthedocs.io/en/latest/specs/#output-format
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from autograder.grading.engine import write_whole
from autograder.records.result import GradeResult, QuestionResult


def as_gradescope(result: GradeResult) -> dict[str, Any]:
    """The result, its late penalty as a test of its own: Gradescope adds the tests up."""
    tests = [_test(question) for question in result.questions]
    if result.late_penalty:
        tests.append({"name": "late", "score": -result.late_penalty, "max_score": 0.0})
    return {
        "score": result.score,
        "execution_time": round(result.seconds, 3),
        "output": result.message,
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": tests,
        "extra_data": {"state": result.state, "tier": result.tier, "student": result.student},
    }


def _test(question: QuestionResult) -> dict[str, Any]:
    said = [question.message, question.hint, _follows(question)]
    return {
        "name": question.id,
        "score": question.score,
        "max_score": question.max_score,
        "status": "passed" if question.state == "passed" else "failed",
        "output": "\n".join(filter(None, said)),
        "output_format": "text",
        "extra_data": {"state": question.state},
    }


def _follows(question: QuestionResult) -> str:
    names = ", ".join(question.follows_from)
    return f"follows from {names}" if names else ""


def write_all(results: list[GradeResult], folder: Path) -> list[Path]:
    """`<student>/results.json` below a folder."""
    paths = []
    for result in results:
        path = folder / result.student / "results.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, json.dumps(as_gradescope(result), indent=1).encode(errors="replace"))
        paths.append(path)
    return paths
