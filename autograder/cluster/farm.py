"""Home's side of a grading on other machines: what is sent, what comes back, and what is lost.

Home alone has the gradebook. No more is sent than there are seats, so that a machine's death is
blamed on nothing that was waiting, a machine that comes later finds work, and a class of any size
takes the memory of what is being graded. When a worker dies, Dask blames all that it was doing:
such a submission is graded once more, alone on its machine, before it is called a fault.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import hashlib
import pickle
import socket
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

import dask
from distributed import Client, Future, wait

from autograder.cluster.connection import Address, connect, security_of
from autograder.cluster.machines import Machines
from autograder.cluster.parcel import ParcelError, pack_submission, read_result
from autograder.cluster.plugin import Grading, grade
from autograder.course.assignment import Assignment
from autograder.course.course import Course, CourseError
from autograder.grading.engine import BATCH_SECONDS, Job
from autograder.grading.grading import absent, faulty
from autograder.records.result import GradeResult
from autograder.sandbox.versions import versions

Done = tuple[Job, GradeResult]
UNHEARD = 2.0  # seconds after which it is looked whether a machine has what was sent
LOST = (OSError, asyncio.CancelledError, concurrent.futures.CancelledError)


class Farm:
    """Grades a course's jobs on a cluster: what `grade_course` takes as `elsewhere`."""

    def __init__(self, course: Course, address: Address):
        """CourseError: the cluster may not be talked to in this way."""
        security_of(address)
        self.course, self.address = course, address

    def __call__(
        self, assignment: Assignment, jobs: list[Job], confined: bool
    ) -> Iterator[list[Done]]:
        """Results in the order in which they are ready. CourseError: the cluster is not there, may
        not be used, or was lost."""
        nothing = [job for job in jobs if not job.submission.files]
        yield [(job, absent(assignment, job.submission.student)) for job in nothing]
        handed_in = [job for job in jobs if job.submission.files]
        if not handed_in:
            return
        with connect(self.address) as client, self._ready(client, assignment, confined) as machines:
            run = _Run(machines, assignment, handed_in)
            while not run.is_over:
                try:
                    machines.look()
                    done = run.collect()
                except LOST:
                    raise CourseError(
                        f"the scheduler at {self.address.url} was lost; what was recorded stays, "
                        "and the same command goes on from there"
                    ) from None
                yield done

    @contextmanager
    def _ready(self, client: Client, assignment: Assignment, confined: bool) -> Iterator[Machines]:
        """The cluster's workers, with the plug-in as long as this is open."""
        # The same name for the same assignment of the same course: what a run that was killed has
        # left behind is replaced.
        whose = f"{socket.gethostname()}:{self.course.root}:{assignment.name}"
        name = f"autograder-{hashlib.sha256(whose.encode()).hexdigest()[:16]}"
        packages = assignment.grader_packages
        plugin = Grading(
            name,
            pickle.dumps(assignment),
            packages,
            versions(packages),
            confined,
            self.address.encrypted,
        )
        try:
            yield Machines(client, plugin)
        finally:
            with suppress(Exception, *LOST):  # the cluster may be gone
                client.unregister_worker_plugin(name)


class _Sent(NamedTuple):
    """A job that is being graded, since when, and the one worker that does so, if it is alone."""

    job: Job
    at: float
    alone: str = ""


class _Run:
    def __init__(self, machines: Machines, assignment: Assignment, jobs: Iterable[Job]):
        self.machines, self.assignment = machines, assignment
        self.jobs, self.again = deque(jobs), deque[Job]()
        self.running: dict[Future, _Sent] = {}

    @property
    def is_over(self) -> bool:
        return not (self.jobs or self.again or self.running)

    def collect(self) -> list[Done]:
        """What is ready within a quarter of a second; whatever seat becomes free is taken again."""
        done: list[Done] = []
        end = time.monotonic() + BATCH_SECONDS
        while (left := end - time.monotonic()) > 0:
            self._send()
            if not self.running:
                time.sleep(0 if self.is_over else left)
                return done
            with suppress(TimeoutError), self.machines.client.as_current():
                wait(list(self.running), timeout=left, return_when="FIRST_COMPLETED")
            for future in [future for future in self.running if future.status != "pending"]:
                done += self._received(future, self.running.pop(future))
        self._send_again()
        return done

    def _send(self) -> None:
        seats = self.machines.seats
        while self.jobs and len(self.running) < sum(seats.values()):
            self._submit(self.jobs.popleft())
        if any(not sent.alone for sent in self.running.values()):
            return
        busy = {sent.alone for sent in self.running.values()}
        for address in [address for address in seats if address not in busy]:
            if self.again:
                self._submit(self.again.popleft(), alone=address)

    def _submit(self, job: Job, alone: str = "") -> None:
        client, name = self.machines.client, self.machines.topic
        with dask.annotate(executor=name):  # whose threads are kept each on a core
            future = client.submit(
                grade,
                name,
                pack_submission(job.submission),
                pure=False,
                resources={name: 1},
                workers=[alone] if alone else None,
            )
        self.running[future] = _Sent(job, time.monotonic(), alone)

    def _received(self, future: Future, sent: _Sent) -> Iterator[Done]:
        """The result; none where the submission has to be graded once more."""
        student = sent.job.submission.student
        try:
            yield sent.job, read_result(future.result(), self.assignment, student)
            return
        except ParcelError as error:
            why = f"what came back is no result: {error}"
        except LOST:
            raise
        except Exception as error:  # Dask's, or whatever the machine met
            why = f"{type(error).__name__}: {error}"
        if sent.alone:
            where = self.machines.names.get(sent.alone, sent.alone)
            message = f"it could not be graded on {where} either, where nothing else ran: {why}"
            yield sent.job, faulty(self.assignment, student, message)
        else:
            self.again.append(sent.job)

    def _send_again(self) -> None:
        """What no machine has: Dask keeps what was sent while the last seat was lost, and tries it
        when a machine is added, but not when one offers its seats."""
        old = [f for f, sent in self.running.items() if time.monotonic() - sent.at > UNHEARD]
        if not old:
            return
        held = {key for keys in self.machines.client.processing().values() for key in keys}
        for future in old:
            if future.key not in held and not future.done():
                sent = self.running.pop(future)
                future.cancel()
                (self.again if sent.alone else self.jobs).append(sent.job)
