"""What is added to the error of an import that found nothing: what the assignment may use."""

from __future__ import annotations

import re
from typing import Any

from autograder.course.assignment import Assignment
from autograder.sandbox.packages import importable, is_installed

NOT_FOUND = re.compile(r"No module named '(\w+)[\w.]*'")


def advise(error: dict[str, Any], assignment: Assignment, of_student: bool) -> None:
    """Say in a session's error what to do about a package that was not found there."""
    found = NOT_FOUND.fullmatch(error["message"])
    if not found or error.get("base") != "ModuleNotFoundError":
        return
    name = found[1]
    packages = assignment.packages if of_student else assignment.grader_packages
    if name in importable(packages):  # a part of it that is not there
        return
    if of_student:
        advice = f"this assignment may use {', '.join(sorted(packages))}"
    elif is_installed(name):
        advice = f"add {name} to `packages` in assignment.toml, or to `grader_packages`"
    else:
        advice = f"{name} is not installed here"
    told = f"{error['message']}: {advice}"
    error["traceback"] = error["traceback"].replace(error["message"], told)
    error["message"] = told
