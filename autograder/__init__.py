"""Grades nbgrader assignments: confined, with the tests in a process of their own, and fast."""

__version__ = "0.1.0"
