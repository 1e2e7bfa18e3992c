"""What the autograder adds to nbgrader by its plug-in points."""

from __future__ import annotations

import math

from nbgrader.plugins import BasePlugin

DAY = 24 * 60 * 60


class LateTenPercentADay(BasePlugin):
    """A tenth of the points for each day that has begun since the due date."""

    def late_submission_penalty(
        self, student_id: str, score: float, total_seconds_late: float
    ) -> float:
        """The points to take off: score · min(1, 0.1 · ⌈days late⌉)."""
        return score * min(1.0, 0.1 * math.ceil(total_seconds_late / DAY))
