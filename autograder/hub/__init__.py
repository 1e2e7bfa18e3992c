"""What runs in a server: the doors of nbgrader's pages and JupyterLab's, and nbgrader's buttons,
answered by the engine.

A Jupyter server extension that `pip install` brings and enables (`etc/nbgrader_guarded.json`). Its
name sorts before nbgrader's, so that it is loaded first: tornado takes the first route that fits.
"""

from __future__ import annotations

from typing import Any


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "autograder.hub"}]


def _load_jupyter_server_extension(app: Any) -> None:
    from autograder.hub.extension import load

    load(app)
