"""The extension's loading: our routes first, then nbgrader's own extensions behind them.

`etc/nbgrader_guarded.json` switches nbgrader's own loading off: where this extension cannot be
loaded there is no form-grader, rather than one without doors.
"""

from __future__ import annotations

from typing import Any

from jupyter_server.utils import url_path_join
from nbgrader.server_extensions.formgrader import formgrader
from nbgrader.server_extensions.validate_assignment import handlers as validate_assignment

from autograder.hub import handed_in
from autograder.hub.buttons import Autograde, Validate
from autograder.hub.formgrader import guarded
from autograder.hub.scores import Score, Scores

# What JupyterLab shows, whoever wrote it, leads to this server or nowhere. (A server that must show
# what lies elsewhere, a map or a film, sets a policy of its own in `tornado_settings`.)
POLICY = "; ".join(
    [
        "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'",
        "connect-src 'self' data: blob: ws: wss:",
        "frame-ancestors 'self'",
        "form-action 'self'",
        "base-uri 'self'",
    ]
)


def routes() -> list[Any]:
    """Ours, in the order in which they are asked."""
    return [
        (r"/formgrader/api/submission/([^/]+)/([^/]+)/autograde", Autograde),
        (r"/assignments/validate", Validate),
        (r"/formgrader/api/grades", Scores),
        (r"/formgrader/api/grade/([^/]+)", Score),
        *guarded(),
    ]


def load(app: Any) -> None:
    """Add our routes to a Jupyter server, then let nbgrader add its own."""
    settings = app.web_app.settings
    settings.setdefault("headers", {}).setdefault("Content-Security-Policy", POLICY)
    base = settings["base_url"]
    ours = [(url_path_join(base, pattern), *rest) for pattern, *rest in routes()]
    app.web_app.add_handlers(".*$", [*handed_in.rules(settings), *ours])
    if app.kernel_manager.kernel_manager_class == handed_in.JUPYTERS_KERNEL:  # not elsewhere
        app.kernel_manager.kernel_manager_class = handed_in.KERNEL
    formgrader.load_jupyter_server_extension(app)
    validate_assignment.load_jupyter_server_extension(app)
