"""nbgrader's form-grader behind doors: its own pages, in which what students wrote is text.

Every page and every call of nbgrader's is served by a subclass of its handler (`guarded`), whose
route is asked first. What nbgrader adds later is served the same way, since its own table of routes
is read; `tests/autograder/hub/` says what the table held when this was written.
"""

from __future__ import annotations

import html
import os
import stat
from datetime import datetime
from pathlib import Path
from typing import Any

from nbconvert.exporters import HTMLExporter
from nbgrader.api import MissingEntry
from nbgrader.server_extensions.formgrader import apihandlers, handlers
from nbgrader.server_extensions.formgrader.base import BaseApiHandler, BaseHandler
from tornado import web

from autograder.course.ids import is_plain
from autograder.course.pictures import kind_of
from autograder.course.stamp import FILE, timestamp
from autograder.records.presentable import Presentable
from autograder.records.words import markdown

Route = tuple[Any, ...]
# What a page may load: what nbgrader brings. MathJax, from elsewhere, is not: it would obey words
# (\href, \style, macros that one cell defines for the next); formulas stay as they were written.
POLICY = "; ".join(
    [
        "default-src 'self'",
        "img-src 'self' data:",
        "script-src 'self' 'unsafe-inline'",
        "style-src 'self' 'unsafe-inline'",
        "font-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    ]
)
# A page is opened, or asked by a page's script ("empty"): by a picture or a form's frame it is not.
ASKED_BY = ("document", "iframe", "empty")


class Guarded(BaseHandler):
    """Before nbgrader's handler: addresses that it would obey are refused; behind it: text."""

    content_security_policy = POLICY

    async def prepare(self, *arguments: Any, **options: Any) -> None:
        await super().prepare(*arguments, **options)
        if gradebook := self.settings.get("nbgrader_gradebook"):
            gradebook.db.expire_all()  # a command may have written since it was read
        if "path" in self.request.arguments:
            # nbgrader would execute the nbgrader_config.py of that folder.
            raise web.HTTPError(403, "the form-grader serves this course alone")
        if self.request.headers.get("Sec-Fetch-Dest", "document") not in ASKED_BY:
            raise web.HTTPError(403, "a page of the form-grader is no picture")
        names = [*self.path_args, *self.path_kwargs.values()]
        if not all(is_plain(name) for name in names if name):
            raise web.HTTPError(404, "there is nothing of this name")

    @property
    def api(self) -> Any:
        """nbgrader's, which would open whatever a student calls timestamp.txt, and wait for it."""
        api = super().api
        api.get_submitted_timestamp = self._submitted_at
        return api

    def _submitted_at(self, assignment: str, student: str) -> datetime | None:
        submitted = self.coursedir.submitted_directory
        folder = Path(self.coursedir.format_path(submitted, student, assignment))
        stamp = timestamp(read_regular(folder / FILE))
        return stamp.replace(tzinfo=None) if stamp else None  # UTC, as nbgrader has it

    @property
    def exporter(self) -> Pages:
        return Pages(super().exporter)

    def render(self, name: str, **values: Any) -> str:
        """nbgrader's template, with every value escaped."""
        environment = self.settings["nbgrader_jinja2_env"].overlay(autoescape=True)
        return environment.get_template(name).render(**values)


class GuardedCall(Guarded, BaseApiHandler):
    """A call that answers JSON, as text for nbgrader's scripts: no page, whatever is in it."""

    def set_default_headers(self) -> None:
        super().set_default_headers()
        self.set_header("Content-Type", "text/plain; charset=UTF-8")


class Pages:
    """nbconvert's exporter of a submission's page: names escaped, cells made presentable."""

    def __init__(self, exporter: HTMLExporter) -> None:
        exporter.register_filter("markdown2html", markdown)
        if not any(isinstance(p, Presentable) for p in exporter._preprocessors):
            exporter.register_preprocessor(Presentable, enabled=True)
        self.exporter = exporter

    def from_filename(self, path: str, resources: dict[str, Any]) -> tuple[str, Any]:
        escaped = {k: html.escape(v) if isinstance(v, str) else v for k, v in resources.items()}
        return self.exporter.from_filename(path, resources=escaped)


class Pictures(Guarded):
    """Files beside a graded notebook: those that are pictures, and nothing else."""

    async def prepare(self, *arguments: Any, **options: Any) -> None:
        await BaseHandler.prepare(self, *arguments, **options)

    @web.authenticated
    def get(self, path: str) -> None:
        submission, _, name = path.partition("/")
        content = self._content(submission, name)
        kind = kind_of(content)
        if not kind:
            raise web.HTTPError(404, "there is no such picture")
        self.set_header("Content-Type", kind)
        self.set_header("Content-Security-Policy", "default-src 'none'; sandbox")
        self.finish(content)

    def _content(self, submission_id: str, name: str) -> bytes:
        if not (is_plain(submission_id) and is_plain(name)):
            raise web.HTTPError(404, "there is nothing of this name")
        try:
            submission = self.gradebook.find_submission_notebook_by_id(submission_id)
        except MissingEntry:
            raise web.HTTPError(404, "there is no such submission") from None
        student, assignment = submission.student.id, submission.assignment.assignment.name
        autograded = self.coursedir.autograded_directory
        folder = self.coursedir.format_path(autograded, student, assignment)
        return read_regular(Path(folder, name))


def read_regular(path: Path) -> bytes:
    """A file's content; nothing where it is missing, a link or no file."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return b""
    with open(descriptor, "rb") as file:
        return file.read() if stat.S_ISREG(os.fstat(descriptor).st_mode) else b""


def guarded() -> list[Route]:
    """nbgrader's routes, each to a guarded handler of the same name."""
    return [_guard(route) for route in (*handlers.default_handlers, *apihandlers.default_handlers)]


def _guard(route: Route) -> Route:
    pattern, handler, *options = route
    if handler is handlers.SubmissionFilesHandler:
        handler = Pictures
    elif issubclass(handler, BaseHandler):
        guard = GuardedCall if issubclass(handler, BaseApiHandler) else Guarded
        handler = type(handler.__name__, (guard, handler), {})
    return (pattern, handler, *options)
