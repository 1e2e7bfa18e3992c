"""The check service of a hub: *Validate* for students who have no solution at hand.

    python -m autograder.hub.check_service /srv/course/public

It reads the public bundles of that folder and nothing else of the course, under an account of its
own. What the hub gives a service stands in the environment (JUPYTERHUB_SERVICE_URL, _PREFIX, _NAME,
JUPYTERHUB_API_URL, JUPYTERHUB_API_TOKEN). Who may ask has the scope `access:services!service=NAME`.

`GET health`; `GET assignments/NAME`: digests of the files that need not be sent; `POST
assignments/NAME`: the notebook and the files beside it, answered as nbgrader answers its dialog.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import logging
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from jupyterhub.services.auth import HubAuth, HubAuthenticated, UserNotAllowed
from tornado import web
from tornado.http1connection import HTTP1Connection

from autograder.course.ids import is_plain
from autograder.grading.bundle import BundleError, read_bundle
from autograder.hub.check_client import MAX_BODY
from autograder.hub.check_queue import Busy, Checks

LOG = logging.getLogger("check")
TOKEN_SECONDS = 60  # for which the hub's word about a token is taken
UNKNOWN = (
    "This notebook lies in no folder of an assignment that can be checked. Open it in the folder "
    "that was fetched, which has the assignment's name."
)


@dataclass(frozen=True)
class Known:
    """A bundle: which state of its file it is, its digest, and those of the released files."""

    state: tuple[int, ...]
    digest: str
    files: dict[str, str]


class Bundles:
    """The bundles of a folder, each read again when its file has changed."""

    def __init__(self, folder: Path):
        self.folder, self.known = folder, dict[str, Known | None]()

    def get(self, name: str) -> Known | None:
        """What is known of a bundle; None where there is none that can be read."""
        path = self.folder / f"{name}.json"
        try:
            if not is_plain(name):
                return None
            there = path.stat()
            state = (there.st_ino, there.st_mtime_ns, there.st_size)
            known = self.known.get(name)
            if known is None or known.state != state:
                content = path.read_bytes()
                files = read_bundle(content).assignment.files
                digests = {file: hashlib.sha256(c).hexdigest() for file, c in files.items()}
                self.known[name] = Known(state, hashlib.sha256(content).hexdigest(), digests)
            return self.known[name]
        except BundleError as error:
            LOG.error("%s is no bundle: %s: run `autograder build %s`", path, error, name)
        except FileNotFoundError:
            return None
        except OSError as error:
            LOG.error("%s cannot be read: %s", path, error.strerror)
        return None


class TooMany(web.HTTPError):
    """A check for which there is no room."""

    def __init__(self, busy: Busy):
        super().__init__(429, str(busy))
        self.seconds = busy.seconds


class Handler(web.RequestHandler):
    """What all answers have in common."""

    def initialize(self, checks: Checks, bundles: Bundles, hub: HubAuth) -> None:
        self.checks, self.bundles, self.hub_auth = checks, bundles, hub

    def set_default_headers(self) -> None:
        self.set_header("Content-Type", "application/json")
        self.set_header("X-Content-Type-Options", "nosniff")

    def log_exception(self, kind: Any, error: Any, trace: Any) -> None:
        """Refusals have their line (`log`); tornado's would have the address, and what is in it."""
        if not isinstance(error, web.HTTPError):
            LOG.error("an answer has failed", exc_info=(kind, error, trace))

    def write_error(self, status_code: int, **options: Any) -> None:
        error = options.get("exc_info", (None, None))[1]
        if isinstance(error, TooMany):
            self.set_header("Retry-After", str(error.seconds))
        said = getattr(error, "log_message", None) or self._reason
        self.finish(json.dumps({"message": said}))


class Health(Handler):
    """Whether there is a worker, and how many checks wait: for whoever watches the service."""

    def get(self) -> None:
        self.set_status(200 if self.checks.ready else 503)
        self.finish(json.dumps({"workers": self.checks.ready, "waiting": self.checks.waiting}))


@web.stream_request_body
class Check(HubAuthenticated, Handler):
    """The check of one assignment. Of what nobody may send, nothing is kept."""

    refusal: web.HTTPError | None = None
    user = "-"

    @property
    def hub_scopes(self) -> set[str]:
        return self.settings["scopes"]

    async def prepare(self) -> None:
        self.body = bytearray()
        self.checking: asyncio.Task[bytes] | None = None
        cast(HTTP1Connection, self.request.connection).set_max_body_size(MAX_BODY)
        if int(self.request.headers.get("Content-Length", 0)) > MAX_BODY:
            raise web.HTTPError(413, f"at most {MAX_BODY // 2**20} MB can be checked")
        model = await self.hub_auth.get_user(self, sync=False)
        try:
            if model is None:
                self.refusal = web.HTTPError(401, "a token of the hub's is needed")
            elif self.check_hub_user(model):
                self.user = f"{model['kind']} {model['name']}"
        except UserNotAllowed:
            self.refusal = web.HTTPError(403, "this token is not for the check")

    def data_received(self, chunk: bytes) -> None:
        if not self.refusal:
            self.body += chunk

    def _bundle(self, name: str) -> Known:
        if self.refusal:
            raise self.refusal
        if not (bundle := self.bundles.get(name)):
            raise web.HTTPError(404, UNKNOWN)
        self.assignment = name
        return bundle

    def get(self, name: str) -> None:
        self.finish(json.dumps({"files": self._bundle(name).files}))

    async def post(self, name: str) -> None:
        bundle, body = self._bundle(name), bytes(self.body)
        key = hashlib.sha256(bundle.digest.encode() + body).hexdigest()
        job = {"name": name, "digest": bundle.digest}
        try:
            self.checks.count(self.user)
            checking = asyncio.create_task(self.checks.check(self.user, job, key, body))
            self.checking = checking
            self.finish(await checking)
        except Busy as busy:
            raise TooMany(busy) from None
        except (asyncio.IncompleteReadError, TimeoutError, OSError) as error:
            LOG.error("a worker has failed: %s", type(error).__name__)
            raise web.HTTPError(503, "The check was stopped: press Validate again.") from None
        except asyncio.CancelledError:
            return  # nobody waits for it

    def on_connection_close(self) -> None:
        if self.checking:
            self.checking.cancel()


def log(handler: web.RequestHandler) -> None:
    """A line for each request: never what was sent, nor an address that anybody can make up."""
    user, name = getattr(handler, "user", "-"), getattr(handler, "assignment", "-")
    ms = 1000 * handler.request.request_time()
    level = logging.DEBUG if isinstance(handler, Health) else logging.INFO
    status, method = handler.get_status(), handler.request.method
    LOG.log(level, "%s %s %s, %s, %.0f ms", status, method, name, user, ms)


def application(checks: Checks, bundles: Bundles, hub: HubAuth, name: str, prefix: str) -> Any:
    """The service's addresses; `name` is what the hub calls it."""
    own = {"checks": checks, "bundles": bundles, "hub": hub}
    routes = [(f"{prefix}health", Health, own), (f"{prefix}assignments/([^/]+)", Check, own)]
    scopes = {"access:services", f"access:services!service={name}"}
    return web.Application(routes, scopes=scopes, log_function=log)


async def serve(folder: Path, workers: int, seconds: float) -> None:
    """Answer until SIGTERM. SystemExit: the workers do not come up."""
    bundles, checks = Bundles(folder), Checks(folder, workers, seconds)
    there = [path.stem for path in folder.glob("*.json") if bundles.get(path.stem)]
    LOG.info("%s bundles in %s: %s", len(there), folder, ", ".join(sorted(there)) or "none yet")
    hub = HubAuth(cache_max_age=TOKEN_SECONDS, allow_token_in_url=False)
    name = os.environ.get("JUPYTERHUB_SERVICE_NAME") or "check"
    prefix = os.environ.get("JUPYTERHUB_SERVICE_PREFIX") or f"/services/{name}/"
    url = urlsplit(os.environ.get("JUPYTERHUB_SERVICE_URL") or "http://127.0.0.1:10101")
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    try:
        try:
            await checks.start()
        except (asyncio.IncompleteReadError, TimeoutError):
            raise SystemExit("no check can be made here: the lines above say why") from None
        server = application(checks, bundles, hub, name, prefix).listen(url.port, url.hostname)
        LOG.info("%s workers; listening on %s", workers, url.geturl())
        await ended.wait()
        LOG.info("told to end")
        server.stop()
    finally:
        await checks.end()


def main() -> None:
    parser = argparse.ArgumentParser("autograder.hub.check_service", description="A check service.")
    parser.add_argument("folder", type=Path, help="the course's public/, or a copy of it")
    cores = len(os.sched_getaffinity(0))
    parser.add_argument("--workers", type=int, default=cores, help="checks at a time (%(default)s)")
    parser.add_argument("--seconds", type=float, default=20, help="of one check (%(default)s)")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    if not options.folder.is_dir():
        parser.error(f"{options.folder} is no folder: name the course's public/")
    if not os.environ.get("JUPYTERHUB_API_TOKEN"):
        parser.error("JUPYTERHUB_API_TOKEN is missing: the hub gives it to its services")
    asyncio.run(serve(options.folder.resolve(), options.workers, options.seconds))


if __name__ == "__main__":
    main()
