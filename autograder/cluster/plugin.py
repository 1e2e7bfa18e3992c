"""On a machine that grades: Dask's worker, made ready for an assignment, and what it then does.

Dask sends the plug-in to each worker, those that come later too. It grades nothing before it has
seen that the machine confines submissions and has the versions of home. Only then does the worker
offer seats, a resource of Dask's with the plug-in's name, and submissions are sent to seats alone.
What has become of it is told under the same name, a topic of Dask's.

Light to import: Dask's processes do so while nothing else moves in them, the scheduler's, too.
"""

from __future__ import annotations

import asyncio
import functools
import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from distributed import Worker, WorkerPlugin

from autograder.sandbox.versions import differences, versions

WARM = 3  # lists of packages for which fork servers are kept
_assignments: dict[str, tuple[Any, bool]] = {}  # by the plug-in's name; of this process


@dataclass
class Grading(WorkerPlugin):
    """Makes a worker ready to grade an assignment (pickled): sent by home, where `versions` of what
    its `packages` need were found."""

    name: str
    assignment: bytes
    packages: tuple[str, ...]
    versions: dict[str, str]
    confined: bool
    encrypted: bool
    task: asyncio.Task[None] | None = field(default=None, init=False)

    def setup(self, worker: Worker) -> None:
        """Begin: the worker goes on meanwhile, and so does whoever waits for the plug-in."""
        self.task = asyncio.create_task(self._begin(worker))

    async def _begin(self, worker: Worker) -> None:
        try:
            refused = await asyncio.to_thread(self._refuse, worker.address)
        except Exception as error:  # whatever it is, this machine cannot grade
            refused = [f"{type(error).__name__}: {error}"]
        if not refused:
            from autograder.grading.workers import threads_for_cores

            _assignments[self.name] = pickle.loads(self.assignment), self.confined
            worker.executors[self.name] = threads_for_cores(worker.state.nthreads)
            await worker.set_resources(**{self.name: worker.state.nthreads})
        worker.log_event(self.name, {"refused": refused})

    def _refuse(self, address: str) -> list[str]:
        """Why this worker is not to grade; where it may, it is ready afterwards."""
        if wrong := differences(self.versions, versions(self.packages)):
            return wrong
        if self.encrypted and not address.startswith("tls://"):
            return ["it listens without certificates"]
        if self.confined and not _can_confine():
            return ["it cannot confine submissions: `autograder doctor` there says why"]
        from autograder.grading.instructors import conversation

        conversation(pickle.loads(self.assignment), self.confined)
        return []

    async def teardown(self, worker: Worker) -> None:
        """Offer no seats any more. What is being graded comes to its end, and is not asked for."""
        if self.task:
            self.task.cancel()
        _assignments.pop(self.name, None)
        if pool := worker.executors.pop(self.name, None):
            assert isinstance(pool, ThreadPoolExecutor)
            pool.shutdown(wait=False, cancel_futures=True)
            if worker.status.name == "running":
                await worker.set_resources(**{self.name: 0})
        if not _assignments:  # nothing is being graded whose servers could be ended
            from autograder.grading.warm import keep_last

            keep_last(WARM)


@functools.cache
def _can_confine() -> bool:
    """Asked once in a worker's life; the table is in its log."""
    from autograder.sandbox import doctor

    return doctor.examine()


def grade(name: str, submission: bytes) -> bytes:
    """A parcel's result, in a parcel: what Dask runs on a seat."""
    from autograder.cluster.parcel import pack_result, read_submission
    from autograder.grading.workers import grade_or_fault

    assignment, confined = _assignments[name]
    return pack_result(grade_or_fault(assignment, read_submission(submission), confined))
