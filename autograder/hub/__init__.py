"""What runs in a server: the doors of nbgrader's pages and JupyterLab's, and nbgrader's buttons,
answered by the engine.

Two Jupyter server extensions that `pip install` brings and enables (`etc/nbgrader_guarded.json`):
this one, and the form-grader's (`formgrading`), which a student's server does without. Their names
sort before nbgrader's, so that they are loaded first: tornado takes the first route that fits.
"""

from __future__ import annotations

from typing import Any


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "autograder.hub"}]


def _load_jupyter_server_extension(app: Any) -> None:
    from autograder.hub.extension import load

    load(app)
