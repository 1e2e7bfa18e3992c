"""nbgrader's exchange among pods, whose people all have one uid.

    c.ExchangeFactory.collect = "autograder.exchange_pods.Collect"
    c.ExchangeFactory.release_feedback = "autograder.exchange_pods.ReleaseFeedback"

An owner says nothing there. So `inbound/`, `feedback/` and `receipts/` have a folder for each
student, made by the hub, and a student's pod mounts its own in the place of the whole: what stands
in `inbound/ada/` was made in ada's pod, whatever it is called. nbgrader's `submit`, `list` and
`fetch_feedback` work there as they are.
"""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator
from pathlib import Path

from nbgrader.exchange.default import ExchangeReleaseFeedback

from autograder import exchange
from autograder.course.inbound import FLAGS, RefusedError, names


class Collect(exchange.Collect):
    """The same collecting, of hand-ins that stand in a folder of their student's."""

    def _places(self, inbound: int) -> Iterator[exchange.Place]:
        for student in sorted(filter(self._is_asked, os.listdir(inbound))):
            try:
                folder = os.open(student, FLAGS | os.O_DIRECTORY, dir_fd=inbound)
            except OSError as error:
                self._refuse(student, f"it cannot be opened: {error.strerror}")
                continue
            try:
                yield self._place(folder, student)
            finally:
                os.close(folder)

    def _place(self, folder: int, student: str) -> exchange.Place:
        return exchange.Place(folder, self._names(folder, student), lambda _: student)

    def _names(self, folder: int, student: str) -> Iterator[str]:
        try:
            yield from names(folder)
        except RefusedError as reason:
            self._refuse(student, str(reason))

    def _receipts(self, student: str) -> Path:
        folder = Path(self.course_path, exchange.RECEIPTS, student)
        folder.mkdir(parents=True, exist_ok=True)
        return folder


class ReleaseFeedback(ExchangeReleaseFeedback):
    """nbgrader's, into a folder for each student, under the names by which its author finds it."""

    src_path: str
    dest_path: str

    def copy_files(self) -> None:
        folders, everybodys = sorted(glob.glob(self.src_path)), self.dest_path
        named = self.coursedir.format_path(
            self.coursedir.feedback_directory,
            "(?P<student>.*)",
            self.coursedir.assignment_id,
            escape=True,
        )
        for folder in folders:
            if found := re.fullmatch(named, folder):
                self.src_path = glob.escape(folder)
                self.dest_path = os.path.join(everybodys, found["student"])
                os.makedirs(self.dest_path, exist_ok=True)
                super().copy_files()
