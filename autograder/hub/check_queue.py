"""The check service's workers, who is served when, and the answers that are known already."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
import time
from collections import Counter, OrderedDict, defaultdict, deque
from pathlib import Path
from typing import Any

from autograder.hub.check_worker import HEAD, framed

GRACE = 5.0  # seconds until a worker is ended that does not end a check
AGAIN = 1.0  # seconds until a worker is started that did not come up
START_SECONDS = 180  # for all the servers that a worker starts
QUEUE = 64  # checks that wait
OF_ONE = 2  # of one user: one that runs, and one that waits
A_MINUTE = 20  # of one user
KNOWN, KNOWN_BYTES = 10_000, 16 * 2**20  # answers that are remembered, and how long all of them are

LOG = logging.getLogger("check")


class Busy(Exception):
    """There is no room for a check now; says what to do. `seconds` until it may be tried again."""

    status = 429

    def __init__(self, said: str, seconds: float):
        super().__init__(said)
        self.seconds = max(1, round(seconds))


class Away(Busy):
    """Nobody is there who could make a check now."""

    status = 503


class Answers:
    """The answers that were given last, as many as are to be remembered."""

    def __init__(self, number: int = KNOWN, size: int = KNOWN_BYTES):
        self.number, self.size = number, size
        self.known: OrderedDict[str, bytes] = OrderedDict()
        self.bytes = 0

    def get(self, key: str) -> bytes | None:
        if key in self.known:
            self.known.move_to_end(key)
        return self.known.get(key)

    def keep(self, key: str, answer: bytes) -> None:
        self.bytes += len(answer) - len(self.known.pop(key, b""))
        self.known[key] = answer
        while len(self.known) > self.number or self.bytes > self.size:
            self.bytes -= len(self.known.popitem(last=False)[1])


class Worker:
    """A worker's process, as the service sees it."""

    def __init__(self, folder: Path, core: int, seconds: float):
        self.folder, self.core, self.seconds = folder, core, seconds
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it anew. Exception: it did not come up."""
        await self.end()
        # Nothing of the hub's: a worker asks nobody.
        hub = ("JUPYTERHUB", "JPY")
        environment = {k: v for k, v in os.environ.items() if not k.startswith(hub)}
        settings = (str(self.folder), str(self.core), str(self.seconds))
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "autograder.hub.check_worker", *settings),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=environment,
            start_new_session=True,  # Ctrl+C is the service's to handle
        )
        await asyncio.wait_for(self._answer(), START_SECONDS)

    async def ask(self, job: dict[str, str], body: bytes) -> tuple[bytes, bool]:
        """The answer to a check, and whether it may be remembered."""
        assert self.process is not None
        assert self.process.stdin is not None
        self.process.stdin.write(framed(job, body))
        async with asyncio.timeout(self.seconds + GRACE):  # one that hangs reads nothing, either
            await self.process.stdin.drain()
            about, answer = await self._answer()
        return answer, bool(about["keeps"])

    async def _answer(self) -> tuple[dict[str, Any], bytes]:
        assert self.process is not None
        assert self.process.stdout is not None
        head = HEAD.unpack(await self.process.stdout.readexactly(HEAD.size))
        about, content = [await self.process.stdout.readexactly(size) for size in head]
        return json.loads(about), content

    def stop(self) -> None:
        """Have it end the check that it is at."""
        if self.process and self.process.returncode is None:
            self.process.send_signal(signal.SIGUSR1)

    async def end(self) -> None:
        """End the process; its servers and their sessions end with it."""
        if self.process:
            with contextlib.suppress(ProcessLookupError):
                self.process.kill()
            await self.process.wait()


class Checks:
    """Checks by some workers, each user's one after the other."""

    def __init__(self, folder: Path, number: int, seconds: float):
        cores = sorted(os.sched_getaffinity(0))
        self.workers = [Worker(folder, cores[i % len(cores)], seconds) for i in range(number)]
        self.idle: asyncio.Queue[Worker] = asyncio.Queue()
        self.ready = self.waiting = 0
        self.turns: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.inside: Counter[str] = Counter()  # by user: questions that were let in
        self.times: dict[str, deque[float]] = defaultdict(deque)
        self.answers = Answers()
        self.restoring: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Start the workers. Exception: one of them does not come up."""
        await asyncio.gather(*(worker.start() for worker in self.workers))
        for worker in self.workers:
            self.idle.put_nowait(worker)
        self.ready = len(self.workers)

    async def end(self) -> None:
        for task in self.restoring:
            task.cancel()
        await asyncio.gather(*(worker.end() for worker in self.workers))

    def count(self, user: str) -> None:
        """Note that a user asks for a check. Busy: too often."""
        times, now = self.times[user], time.monotonic()
        while times and times[0] <= now - 60:
            times.popleft()
        if len(times) >= A_MINUTE:
            wait = times[0] + 60 - now
            said = f"You have asked {A_MINUTE} times within a minute: press Validate again in"
            raise Busy(f"{said} {max(1, round(wait))} seconds.", wait)
        times.append(now)

    def enter(self, user: str) -> None:
        """Let a user's question in, of which nothing was read yet. Busy: there is no room."""
        if not self.ready:
            raise Away("The check is being started: press Validate again in a minute.", 30)
        if self.inside[user] >= OF_ONE:
            raise Busy("Two checks of yours are being made already: wait until one has ended.", 5)
        if self.inside.total() >= QUEUE + len(self.workers):
            raise Busy("Many are checking their work just now: press Validate again shortly.", 20)
        self.inside[user] += 1

    def leave(self, user: str) -> None:
        """What was let in is answered, or nobody waits for it."""
        self.inside[user] -= 1
        if not self.inside[user]:
            del self.inside[user]
            self.turns.pop(user, None)

    async def check(self, user: str, job: dict[str, str], key: str, body: bytes) -> bytes:
        """The answer to a check that was let in. Cancelled, its sessions are ended."""
        if (known := self.answers.get(key)) is not None:
            return known
        async with self._turn(user):
            answer, keeps = await self._ask(job, body)
        if keeps:
            self.answers.keep(key, answer)
        return answer

    @contextlib.asynccontextmanager
    async def _turn(self, user: str) -> Any:
        self.waiting += 1
        try:
            await self.turns[user].acquire()
        except BaseException:
            self.waiting -= 1
            raise
        try:
            yield
        finally:
            self.turns[user].release()

    async def _ask(self, job: dict[str, str], body: bytes) -> tuple[bytes, bool]:
        try:
            worker = await self.idle.get()
        finally:
            self.waiting -= 1
        asked = asyncio.create_task(worker.ask(job, body))
        try:
            return await asyncio.shield(asked)
        except asyncio.CancelledError:
            worker.stop()
            raise
        finally:
            back = asyncio.create_task(self._give_back(worker, asked))
            self.restoring.add(back)
            back.add_done_callback(self.restoring.discard)

    async def _give_back(self, worker: Worker, asked: asyncio.Task[Any]) -> None:
        """A worker for the next one, once it has come to its end; another where it has not."""
        try:
            await asked
        except Exception:
            self.ready -= 1
            await self._again(worker)
            self.ready += 1
        self.idle.put_nowait(worker)

    async def _again(self, worker: Worker) -> None:
        """Start a worker anew, as often as it takes."""
        while True:
            try:
                return await worker.start()
            except Exception as error:
                LOG.error("a worker does not start: %s: it is tried again", type(error).__name__)
                await asyncio.sleep(AGAIN)
