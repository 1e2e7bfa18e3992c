"""The form-grader behind its doors, and its button *Autograde*: an extension of its own, so that a
server in which nobody grades can do without it (`jpserver_extensions`)."""

from __future__ import annotations

from typing import Any


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "autograder.hub.formgrading"}]


def _load_jupyter_server_extension(app: Any) -> None:
    from autograder.hub.extension import load_formgrader

    load_formgrader(app)
