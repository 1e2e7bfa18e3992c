"""The start page: whether everything is there (`check`), and a first thing to see (`welcome`)."""

from cnnkit.environment.check import Check, Row, check
from cnnkit.environment.welcome import welcome

__all__ = ["Check", "Row", "check", "welcome"]
