"""*Validate* in a student's server on a hub: the notebook's folder goes to the check service.

The hub's administrator sets AUTOGRADER_CHECK_URL in the students' servers, the service's address;
the hub itself sets JUPYTERHUB_API_TOKEN there, by which the service knows who asks. Nothing is run
in this server, and it goes on answering meanwhile.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import json
import os
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest

from autograder.course.submission import Submission, read_submission
from autograder.hub import dialog

URL, TOKEN = "AUTOGRADER_CHECK_URL", "JUPYTERHUB_API_TOKEN"
MAX_BODY = 4 * 2**20  # bytes
SECONDS = 90  # until nobody waits any longer
AWAY = (
    "The check does not answer just now: your work is saved. Run your notebook's tests by Restart "
    "and Run All, and press Validate again in some minutes."
)
LATE = (
    "The check has not answered in time: many may be checking their work. Your work is saved; "
    "press Validate again in some minutes."
)


@dataclass(frozen=True)
class Service:
    """A check service, and the token by which it knows who asks."""

    url: str
    token: str

    async def answer(self, notebook: Path) -> dialog.Answer:
        """What nbgrader's dialog is told of a notebook of the assignment that its folder names."""
        try:
            submission = await asyncio.to_thread(handed_over, notebook)
        except OSError as error:
            return dialog.refused(f"{notebook.name} cannot be read: {error.strerror}")
        place = f"assignments/{quote(notebook.parent.name, safe='')}"
        try:
            there = await self._ask(place)
            body = await asyncio.to_thread(_body, notebook.name, submission, there["files"])
            if len(body) > MAX_BODY:
                return dialog.refused(_too_large(notebook.name, submission))
            return _told(await self._ask(place, body))
        except HTTPClientError as error:
            return dialog.refused(_why(error))
        except (OSError, ValueError, LookupError, TypeError):  # nobody there, or something else is
            return dialog.refused(AWAY)

    async def _ask(self, place: str, body: bytes | None = None) -> Any:
        request = HTTPRequest(
            f"{self.url.rstrip('/')}/{place}",
            method="GET" if body is None else "POST",
            headers={"Authorization": f"token {self.token}", "Content-Type": "application/json"},
            body=body,
            expect_100_continue=body is not None,  # what is refused need not be sent
            connect_timeout=5,
            request_timeout=SECONDS,
            follow_redirects=False,  # the token goes nowhere else
        )
        return json.loads((await AsyncHTTPClient().fetch(request)).body)


def service() -> Service | None:
    """The service that the environment names."""
    url, token = os.environ.get(URL), os.environ.get(TOKEN)
    return Service(url, token) if url and token else None


def handed_over(notebook: Path) -> Submission:
    """A notebook as it would be handed in: with the files beside it, no link among them.

    OSError: it is not there, or cannot be read.
    """
    submission = read_submission(notebook.parent, "you")
    if notebook.name not in submission.files:
        raise OSError(errno.EINVAL, "it is missing, or a link to another file")
    return submission


def _body(notebook: str, submission: Submission, there: dict[str, str]) -> bytes:
    """What is sent: all but the files that the service has, as they were handed out."""
    files = {
        name: b64encode(content).decode()
        for name, content in sorted(submission.files.items())
        if name == notebook or there.get(name) != hashlib.sha256(content).hexdigest()
    }
    sent = {"notebook": notebook, "files": files, "left_out": submission.left_out}
    return json.dumps(sent).encode()


def _too_large(notebook: str, submission: Submission) -> str:
    sizes = {name: len(content) for name, content in submission.files.items()}
    largest = max(sizes, key=sizes.__getitem__)
    advice = (
        "clear its outputs (Edit, Clear All Outputs)" if largest == notebook else "move it away"
    )
    return (
        f"{notebook} and the files beside it are too large to be checked (3 MB): {largest} alone "
        f"has {sizes[largest] / 2**20:.1f} MB: {advice}, save, and press Validate again."
    )


def _told(answer: dict[str, Any]) -> dialog.Answer:
    """The service's answer, of which nothing goes into the dialog unescaped."""
    if answer["success"] is not True:
        return dialog.refused(str(answer["value"]))
    failed = answer["value"].get("failed", [])
    cells = [dialog.told(str(cell["source"]), str(cell["raw_error"])) for cell in failed]
    return {"success": True, "value": {"failed": cells} if cells else {}}


def _why(error: HTTPClientError) -> str:
    """Why the service refuses, and what a student can do next."""
    if error.code == 599:
        return LATE if "Timeout" in str(error) else AWAY
    if error.code in (401, 403):
        return (
            "The check does not let you in. Restart your server (File, Hub Control Panel, Stop My "
            "Server, then Start); if it says the same again, tell your instructor."
        )
    try:
        return str(json.loads(error.response.body)["message"]) if error.response else AWAY
    except (ValueError, LookupError, TypeError):
        return AWAY
