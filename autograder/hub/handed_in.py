"""JupyterLab's own addresses, as far as what a student wrote can lead to them.

JupyterLab shows the Markdown, the outputs and the files of whoever wrote them. What they may ask
this server for by themselves is files: a picture, a style or a frame never reaches an address that
does something. What was handed in is downloaded, never opened as a page of the server's or
converted, which would import what the notebook's metadata name; and a kernel that is started beside
it finds no modules there.
"""

from __future__ import annotations

import os
import re
from base64 import decodebytes
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Any
from urllib.parse import unquote

from jupyter_core.utils import ensure_async
from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.services.kernels.kernelmanager import ServerKernelManager
from tornado import web
from tornado.httputil import HTTPServerRequest
from tornado.routing import Matcher, Rule

from autograder.course.pictures import kind_of

# What a browser opens, or a page's script asks for; everything else is a part of a page.
OPENED = {"document", "iframe", "empty", "websocket"}
PARTS = re.compile(  # addresses that serve files alone; the form-grader has doors of its own
    r"/(static|files|custom|nbextensions|kernelspecs|formgrader|favicon\.ico"
    r"|lab/extensions|lab/api/themes)(/|$)"
)
USUAL = {"submitted", "autograded", "downloaded"}  # the last before nbgrader collects it
Condition = Callable[[str, HTTPServerRequest], bool]


def is_handed_in(path: str, settings: Mapping[str, Any]) -> bool:
    """Whether a path leads below what students handed in, as nbgrader or the course calls it."""
    names = set(USUAL)
    if grader := settings.get("nbgrader_formgrader"):  # not where the configuration is broken
        named = (grader.coursedir.submitted_directory, grader.coursedir.autograded_directory)
        names |= {PurePath(folder).name for folder in named} - {""}
    return not {name.casefold() for name in names}.isdisjoint(path.casefold().split("/"))


def asked_as(request: HTTPServerRequest) -> str:
    """What the browser wants an answer for (`Sec-Fetch-Dest`; older ones tell a picture alone)."""
    by_type = "image" if request.headers.get("Accept", "").startswith("image/") else "document"
    return request.headers.get("Sec-Fetch-Dest", by_type)


class When(Matcher):
    """Requests of which a condition holds; their path below the server's goes to the handler."""

    def __init__(self, base_url: str, condition: Condition) -> None:
        self.base, self.condition = base_url.rstrip("/"), condition

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        path = unquote(request.path).removeprefix(self.base)
        return {"path_args": [path]} if self.condition(path, request) else None


class Refused(JupyterHandler):
    """An address that is not answered so, whatever is asked of it."""

    def initialize(self, why: str) -> None:
        self.why = why

    async def prepare(self, *arguments: Any, **options: Any) -> None:
        await super().prepare(*arguments, **options)
        raise web.HTTPError(403, self.why)


class Download(JupyterHandler):
    """`GET /files/…` of what was handed in: a checked picture is shown, all else is saved."""

    auth_resource = "contents"
    content_security_policy = "default-src 'none'; sandbox"

    @web.authenticated
    @authorized
    async def get(self, path: str) -> None:
        self.check_xsrf_cookie()  # as Jupyter does: not asked for by a page from elsewhere
        name = path.removeprefix("/files/").strip("/")
        file = await ensure_async(self.contents_manager.get(name, type="file", format="base64"))
        content = decodebytes(file["content"].encode())
        kind = kind_of(content)
        self.set_header("Content-Type", kind or "application/octet-stream")
        if not kind or self.get_argument("download", None):
            self.set_attachment_header(file["name"])
        self.finish(content)


class Kernel(ServerKernelManager):
    """A kernel that is started beside a hand-in, as it is when the notebook is opened: it obeys
    nothing there. `python -m` would look for Python's own modules in that folder first; R and
    others run what they are to run at the start (.Rprofile), and are started elsewhere."""

    async def start_kernel(self, *arguments: Any, **options: Any) -> None:  # type: ignore[override]
        kernels: Any = self.parent
        if is_handed_in(str(options.get("cwd", "")), kernels.parent.web_app.settings):
            options["env"] = {**(options.get("env") or os.environ), "PYTHONSAFEPATH": "1"}
            spec = self.kernel_spec
            if spec is None or spec.language.casefold() != "python":
                options["cwd"] = kernels.root_dir
        await super().start_kernel(*arguments, **options)


JUPYTERS_KERNEL, KERNEL = (f"{c.__module__}.{c.__name__}" for c in (ServerKernelManager, Kernel))


def rules(settings: Mapping[str, Any]) -> list[Rule]:
    """These doors, to be asked before Jupyter's own routes."""
    base = settings["base_url"]

    def part(path: str, request: HTTPServerRequest) -> bool:
        return asked_as(request) not in OPENED and not PARTS.match(path)

    def leaving(path: str, request: HTTPServerRequest) -> bool:
        return path == "/logout" and asked_as(request) != "document"

    def below(*addresses: str) -> Condition:
        return lambda path, _: path.startswith(addresses) and is_handed_in(path, settings)

    refused = {
        part: "this address is no part of a page: open it by itself",
        leaving: "log out by the menu: no page may ask for it",
        below("/view/", "/nbconvert/"): (
            "what was handed in is neither shown as a page nor converted by this server: "
            "open it in JupyterLab, or download it"
        ),
    }
    doors = [Rule(When(base, asked), Refused, {"why": why}) for asked, why in refused.items()]
    return [*doors, Rule(When(base, below("/files/")), Download)]
