"""The two ways in which somebody checks and hands in on deadline night.

`Reader` has no server: the check service is asked by the client that servers ask it by
(`autograder.hub.check_client`), and nbgrader's own classes fetch and submit. `Resident` has a
server, asked through the proxy as JupyterLab asks it, and runs the notebook in a kernel.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
import uuid
from typing import Any, ClassVar

import websocket
from nbgrader.auth import Authenticator
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange.default import ExchangeFetchAssignment, ExchangeSubmit

from autograder.hub.check_client import Service
from autograder.hub.configured import of_the_machine
from benchmarks.hub.people import COURSE, NAME, PATIENCE, Again, Person

CHECK = "access:services!service=check"
SILENT = 25  # seconds in which a kernel at work says nothing; the server pings every 30


def told(answer: dict[str, Any]) -> None:
    """What Validate's dialog says. Again: that nothing could be looked at."""
    if answer["success"] is not True:
        raise Again(re.split(r"[.:] ", str(answer["value"]))[0], 10)


class Reader(Person):
    """Without a server: the exchange and the check service, as a server would use them."""

    names: ClassVar = {"check": "check, the service", "submit": "submit, the exchange"}

    def arrive(self) -> None:
        self.sign_in(CHECK)
        address = f"http://127.0.0.1:{self.place.check_port}/services/check/"
        self.service = Service(address, self.token)
        self.folder.mkdir(parents=True, exist_ok=True)
        config = of_the_machine()  # as everybody's server has it
        config.CourseDirectory.assignment_id = NAME
        self.own = {
            "coursedir": CourseDirectory(config=config),
            "authenticator": Authenticator(config=config),
            "config": config,
        }
        self.do("fetch", lambda: ExchangeFetchAssignment(**self.own).start())

    def write(self, content: bytes) -> None:
        self.notebook.write_bytes(content)

    def check(self) -> None:
        told(asyncio.run(self.service.answer(self.notebook)))

    def submit(self) -> None:
        ExchangeSubmit(**self.own).start()


class Resident(Person):
    """With a server of their own: JupyterLab's requests, and a kernel."""

    names: ClassVar = {"check": "Validate, own server", "submit": "Submit, own server"}

    def arrive(self) -> None:
        self.sign_in()
        self.do("a server starts", self._started)
        self.do("Fetch", self._fetch)
        made = {"path": self._path(), "name": NAME, "type": "notebook"}
        made["kernel"] = {"name": "python3"}  # type: ignore[assignment]
        self.kernel = self.own("POST", "api/sessions", made)["kernel"]["id"]

    def own(self, method: str, path: str, body: Any = None) -> Any:
        """The same of one's own server."""
        return self.ask(method, f"/user/{self.name}/{path}", body, f"{self.name}.", self.token)

    def _started(self) -> None:
        """Ask for the server once, and wait until it answers."""
        mine = f"/hub/api/users/{self.name}"
        if not self.ask("GET", mine, token=self.token)["servers"]:
            self.ask("POST", f"{mine}/server", {}, token=self.token)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            servers = self.ask("GET", mine, token=self.token)["servers"]
            if servers and servers[""]["ready"]:
                self.own("GET", "api/status")
                return
            time.sleep(0.5)
        raise Again("the server did not start")

    def _fetch(self) -> None:
        self.own("POST", "assignments/fetch", {"course_id": COURSE, "assignment_id": NAME})
        if not self.notebook.is_file():
            raise Again("Fetch failed")

    def _path(self) -> str:
        return f"cnn-course/assignments/{NAME}/{NAME}.ipynb"

    def write(self, content: bytes) -> None:
        body = {"type": "notebook", "format": "json", "content": json.loads(content)}
        self.own("PUT", f"api/contents/{self._path()}", body)

    def look(self) -> None:
        self.do("page of the server", self._page)
        self.do("run all cells", self._run_all)

    def _page(self) -> None:
        """JupyterLab's page, and the notebook in it."""
        self.own("GET", f"lab/tree/{self._path()}")
        self.own("GET", f"api/contents/{self._path()}")

    def _run_all(self) -> None:
        """Every code cell in the kernel, until the last has ended."""
        server = f"127.0.0.1:{self.place.port}/user/{self.name}"
        try:
            channel = websocket.create_connection(
                f"ws://{server}/api/kernels/{self.kernel}/channels",
                host=f"{self.name}.hub.localhost:{self.place.port}",
                header=[f"Authorization: token {self.token}"],
                suppress_origin=True,
                timeout=SILENT,
            )
        except (OSError, websocket.WebSocketException) as error:
            raise Again(f"no kernel: {type(error).__name__}") from None
        try:
            cells = json.loads(self.notebook.read_bytes())["cells"]
            code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
            for source in code:
                last = uuid.uuid4().hex
                channel.send(json.dumps(_execute(last, source)))
            while not _is_reply(json.loads(channel.recv()), last):
                pass
        except (OSError, websocket.WebSocketException, ValueError) as error:
            raise Again(f"no kernel: {type(error).__name__}") from None
        finally:
            channel.close()

    def check(self) -> None:
        told(self.own("POST", f"assignments/validate?path={self._path()}", {}))

    def submit(self) -> None:
        asked = {"course_id": COURSE, "assignment_id": NAME}
        answer = json.loads(self.own("POST", "assignments/submit", asked))
        if answer["success"] is not True:
            raise Again("Submit failed")


def _execute(identity: str, source: str) -> dict[str, Any]:
    content = {"code": source, "silent": False, "store_history": True, "allow_stdin": False}
    content |= {"user_expressions": {}, "stop_on_error": False}
    header = {"msg_id": identity, "msg_type": "execute_request", "username": "", "session": "load"}
    header |= {"version": "5.3", "date": "2026-01-01T00:00:00Z"}
    empty: dict[str, Any] = {"parent_header": {}, "metadata": {}, "buffers": []}
    return {"header": header, "content": content, "channel": "shell", **empty}


def _is_reply(message: dict[str, Any], identity: str) -> bool:
    asked = message.get("parent_header", {}).get("msg_id")
    return asked == identity and message["header"]["msg_type"] == "execute_reply"
