"""The check service of a hub: *Validate* for students who have no solution at hand.

    python -m autograder.hub.check_service /srv/course/public /srv/course/exchange/cnn/outbound

It reads the public bundles of the first folder, of those assignments that are released in the
second, and nothing else of the course, under an account of its own. What the hub gives a service
stands in the environment (JUPYTERHUB_SERVICE_URL, _PREFIX, _NAME, JUPYTERHUB_API_URL,
JUPYTERHUB_API_TOKEN). Who may ask has the scope `access:services!service=NAME`.

`GET health`; `GET assignments/NAME`: digests of the files that need not be sent; `POST
assignments/NAME`: the notebook and the files beside it, answered as nbgrader answers its dialog.
Who asks, how often, and whether there is room is settled before a body is read: with `Expect:
100-continue` none is sent that is not wanted.
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
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from jupyterhub.services.auth import HubAuth, HubAuthenticated, UserNotAllowed
from tornado import web
from tornado.http1connection import HTTP1Connection
from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream

from autograder.hub.check_bundles import Bundles, Known
from autograder.hub.check_client import MAX_BODY
from autograder.hub.check_queue import Away, Busy, Checks

LOG = logging.getLogger("check")
TOKEN_SECONDS = 60  # for which the hub's word about a token is taken
HUB_SECONDS = 10  # in which the hub answers who somebody is
HEAD_SECONDS, BODY_SECONDS = 10, 10  # in which a question has to be here: its head, its body
HEAD = 16 * 2**10  # bytes
UNKNOWN_ONES = 256  # open connections of whom it is not known yet whose they are
UNKNOWN = (
    "This notebook lies in no folder of an assignment that can be checked. Open it in the folder "
    "that was fetched, which has the assignment's name."
)
TOO_LARGE = f"at most {MAX_BODY // 2**20} MB can be checked"


class Later(web.HTTPError):
    """A question that is not answered now; says when to come back."""

    def __init__(self, busy: Busy):
        super().__init__(busy.status, str(busy))
        self.seconds = busy.seconds


class Server(HTTPServer):
    """Keeps some connections of which nobody knows whose they are, and closes the oldest of them
    for a new one: so that those who say nothing do not keep out those who ask."""

    def initialize(self, *arguments: Any, **options: Any) -> None:
        self.unknown: dict[IOStream, None] = {}
        super().initialize(*arguments, **options)

    def handle_stream(self, stream: IOStream, address: Any) -> None:
        self.unknown[stream] = None
        if len(self.unknown) > UNKNOWN_ONES:
            oldest = next(iter(self.unknown))
            del self.unknown[oldest]
            oldest.close()
        super().handle_stream(stream, address)

    def on_close(self, server_conn: Any) -> None:
        self.unknown.pop(server_conn.stream, None)
        super().on_close(server_conn)


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
        if isinstance(error, Later):
            self.set_header("Retry-After", str(error.seconds))
        said = getattr(error, "log_message", None) or self._reason
        self.finish(json.dumps({"message": said}))


class Health(Handler):
    """Whether there is a worker, how many checks wait for one, and how many questions have a place:
    for whoever watches the service."""

    def get(self) -> None:
        checks = self.checks
        self.set_status(200 if checks.ready else 503)
        there = {"workers": checks.ready, "waiting": checks.waiting}
        self.finish(json.dumps(there | {"inside": checks.inside.total()}))


@web.stream_request_body
class Check(HubAuthenticated, Handler):
    """The check of one assignment. Of what nobody may send, nothing is read."""

    user = "-"
    inside = False  # whether it takes a place
    checking: asyncio.Task[bytes] | None = None

    @property
    def hub_scopes(self) -> set[str]:
        return self.settings["scopes"]

    async def prepare(self) -> None:
        """Settle who asks, and whether there is room; only then is a body read."""
        self.body = bytearray()
        self.user = await self._who()
        connection = cast(HTTP1Connection, self.request.connection)
        self.settings["server"].unknown.pop(connection.stream, None)
        connection.set_max_body_size(sys.maxsize)  # it is counted below
        if self._length() > MAX_BODY:
            raise web.HTTPError(413, TOO_LARGE)
        try:
            if self.request.method == "POST":
                self.checks.count(self.user)
            self.checks.enter(self.user)
            self.inside = True
        except Busy as busy:
            raise Later(busy) from None

    async def _who(self) -> str:
        """Kind and name of who asks. HTTPError: nobody, or somebody who may not."""
        try:
            asked = self.hub_auth.get_user(self, sync=False)
            model = await asyncio.wait_for(asked, HUB_SECONDS)
            if model is None:
                raise web.HTTPError(401, "a token of the hub's is needed")
            self.check_hub_user(model)
            return f"{model['kind']} {model['name']}"
        except UserNotAllowed:
            raise web.HTTPError(403, "this token is not for the check") from None
        except (TimeoutError, web.HTTPError) as error:
            if isinstance(error, web.HTTPError) and error.status_code < 500:
                raise
            LOG.error("the hub does not say who asks: %s", error)
            away = "The hub does not answer just now: press Validate again in a minute."
            raise Later(Away(away, 30)) from None

    def _length(self) -> int:
        try:
            return int(self.request.headers.get("Content-Length", "0"))
        except ValueError:
            raise web.HTTPError(400, "that is no length") from None

    def data_received(self, chunk: bytes) -> None:
        self.body += chunk
        if len(self.body) > MAX_BODY:  # where its length was not told
            self.send_error(413, reason=TOO_LARGE)
            super().on_connection_close()  # the rest is not waited for

    def _bundle(self, name: str) -> Known:
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
            self.checking = asyncio.create_task(self.checks.check(self.user, job, key, body))
            self.finish(await self.checking)
        except (asyncio.IncompleteReadError, TimeoutError, OSError) as error:
            LOG.error("a worker has failed: %s", type(error).__name__)
            raise Later(Away("The check was stopped: press Validate again.", 5)) from None
        except asyncio.CancelledError:
            return  # nobody waits for it

    def on_connection_close(self) -> None:
        super().on_connection_close()  # nor is the rest of a body waited for
        if self.checking:
            self.checking.cancel()
        else:
            self._leave()

    def on_finish(self) -> None:
        self._leave()

    def _leave(self) -> None:
        if self.inside:
            self.checks.leave(self.user)
        self.inside = False


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


def listen(app: web.Application, host: str, port: int) -> Server:
    """Answer at an address."""
    server = Server(
        app,
        idle_connection_timeout=HEAD_SECONDS,
        body_timeout=BODY_SECONDS,
        max_body_size=0,  # but where `Check` lets one in
        max_header_size=HEAD,
        no_keep_alive=True,  # a question, a connection: none is left that nobody counts
    )
    app.settings["server"] = server
    server.listen(port, host)
    return server


async def serve(folder: Path, released: Path, workers: int, seconds: float) -> None:
    """Answer until SIGTERM. SystemExit: the workers do not come up."""
    bundles, checks = Bundles(folder, released), Checks(folder, workers, seconds)
    LOG.info("released, with a bundle in %s: %s", folder, ", ".join(bundles.names()) or "none yet")
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
        app = application(checks, bundles, hub, name, prefix)
        server = listen(app, url.hostname or "", url.port or 80)
        LOG.info("%s workers; listening on %s", workers, url.geturl())
        await ended.wait()
        LOG.info("told to end")
        server.stop()
    finally:
        await checks.end()


def main() -> None:
    parser = argparse.ArgumentParser("autograder.hub.check_service", description="A check service.")
    parser.add_argument("folder", type=Path, help="the course's public/, or a copy of it")
    parser.add_argument("released", type=Path, help="outbound/ of the course in the exchange")
    cores = len(os.sched_getaffinity(0))
    parser.add_argument("--workers", type=int, default=cores, help="checks at a time (%(default)s)")
    parser.add_argument("--seconds", type=float, default=20, help="of one check (%(default)s)")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    for folder, wanted in ((options.folder, "public/"), (options.released, "outbound/")):
        if not folder.is_dir():
            parser.error(f"{folder} is no folder: name the course's {wanted}")
    if not os.environ.get("JUPYTERHUB_API_TOKEN"):
        parser.error("JUPYTERHUB_API_TOKEN is missing: the hub gives it to its services")
    folders = (options.folder.resolve(), options.released.resolve())
    asyncio.run(serve(*folders, options.workers, options.seconds))


if __name__ == "__main__":
    main()
