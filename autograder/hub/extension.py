"""The loading of our two extensions: our routes first, then nbgrader's own behind them.

`etc/nbgrader_guarded.json` switches nbgrader's own loading off: where ours cannot be loaded there
is no form-grader, rather than one without doors.
"""

from __future__ import annotations

from typing import Any

from jupyter_server.utils import url_path_join
from nbgrader.server_extensions.formgrader import formgrader
from nbgrader.server_extensions.validate_assignment import handlers as validate_assignment

from autograder.hub import handed_in
from autograder.hub.buttons import Autograde, Feedback, Validate
from autograder.hub.formgrader import guarded
from autograder.hub.scores import Score, Scores

# What JupyterLab shows, whoever wrote it, leads to this server or nowhere, and is in nobody's
# frame. (A server that must show what lies elsewhere, a map or a film, sets a policy of its own in
# `tornado_settings`.)
POLICY = "; ".join(
    [
        "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'",
        "connect-src 'self' data: blob: ws: wss:",
        "frame-ancestors 'none'",
        "form-action 'self'",
        "base-uri 'self'",
    ]
)
# But where there is the form-grader, which JupyterLab shows in a frame of its own page.
FRAMED = POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
POLICY_HEADER = "Content-Security-Policy"
VALIDATE = [(r"/assignments/validate", Validate)]


def grading() -> list[Any]:
    """The form-grader's, ours first, in the order in which they are asked."""
    return [
        (r"/formgrader/api/submission/([^/]+)/([^/]+)/autograde", Autograde),
        (r"/formgrader/api/assignment/([^/]+)/generate_feedback", Feedback),
        (r"/formgrader/api/assignment/([^/]+)/([^/]+)/generate_feedback", Feedback),
        (r"/formgrader/api/grades", Scores),
        (r"/formgrader/api/grade/([^/]+)", Score),
        *guarded(),
    ]


def load(app: Any) -> None:
    """Doors for what JupyterLab shows, and *Validate*; then nbgrader's own."""
    settings = app.web_app.settings
    settings.setdefault("headers", {}).setdefault(POLICY_HEADER, POLICY)
    app.web_app.add_handlers(".*$", [*handed_in.rules(settings), *_below(settings, VALIDATE)])
    if app.kernel_manager.kernel_manager_class == handed_in.JUPYTERS_KERNEL:  # not elsewhere
        app.kernel_manager.kernel_manager_class = handed_in.KERNEL
    validate_assignment.load_jupyter_server_extension(app)


def load_formgrader(app: Any) -> None:
    """The form-grader behind its doors; then nbgrader's own."""
    settings = app.web_app.settings
    headers = settings.setdefault("headers", {})
    if headers.get(POLICY_HEADER) == POLICY:  # and not one of the server's own
        headers[POLICY_HEADER] = FRAMED
    app.web_app.add_handlers(".*$", _below(settings, grading()))
    formgrader.load_jupyter_server_extension(app)


def _below(settings: dict[str, Any], routes: list[Any]) -> list[Any]:
    base = settings["base_url"]
    return [(url_path_join(base, pattern), *rest) for pattern, *rest in routes]
