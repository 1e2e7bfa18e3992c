"""What each part of the tests took, against its budget in CONTRIBUTING.md."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
ATTACKED = {"attacks": "autograder"}  # the attacks are the grader's


def budgets() -> dict[str, float]:
    """Minutes for each part: the rows "| part | minutes |" of CONTRIBUTING's table."""
    _, _, text = (ROOT / "CONTRIBUTING.md").read_text().partition("| part | minutes |")
    table = text.partition("\n\n")[0]
    return {name: float(value) for name, value in re.findall(r"^\| (.+?) \| (\d+) \|", table, re.M)}


def part_of(nodeid: str) -> str:
    """ "tests/cnnkit/test_x.py::test_y" → "cnnkit"; what stands in tests/ itself is "course"."""
    path = nodeid.partition("::")[0].removeprefix("tests/")
    folder, _, rest = path.partition("/")
    return ATTACKED.get(folder, folder) if rest else "course"


def spent(reports: list[Any]) -> dict[str, float]:
    """Minutes that each part took, its fixtures included."""
    minutes: dict[str, float] = {}
    for report in reports:
        if hasattr(report, "duration") and hasattr(report, "nodeid"):
            part = part_of(report.nodeid)
            minutes[part] = minutes.get(part, 0.0) + report.duration / 60
    return minutes


def pytest_terminal_summary(terminalreporter: Any) -> None:
    reports = [report for kept in terminalreporter.stats.values() for report in kept]
    allowed = budgets()
    terminalreporter.write_sep("-", "minutes, and the budget of CONTRIBUTING.md")
    for part, minutes in spent(reports).items():
        over = "  over its budget" if minutes > allowed.get(part, 0.0) else ""
        terminalreporter.write_line(f"{part:12}{minutes:6.1f} of {allowed.get(part, 0.0):g}{over}")
