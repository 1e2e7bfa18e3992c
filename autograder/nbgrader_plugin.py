"""What the autograder adds to nbgrader by its plug-in points."""

from __future__ import annotations

import math
import shutil
from pathlib import Path
from typing import Any

from nbformat import NotebookNode, v4
from nbgrader.plugins import BasePlugin, ExtractorPlugin, FileNameCollectorPlugin
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Float, Integer, List, Unicode

from autograder.course.assignment import Limits
from autograder.course.ids import is_plain
from autograder.course.submission import read_submission
from autograder.course.unpack import is_archive, of_a_class, unpack
from autograder.grading.student import CellRun, Clock, Ended, Student, hand_over
from autograder.grading.warm import servers_for

DAY = 24 * 60 * 60


class LateTenPercentADay(BasePlugin):
    """A tenth of the points for each day that has begun since the due date."""

    def late_submission_penalty(
        self, student_id: str, score: float, total_seconds_late: float
    ) -> float:
        """The points to take off: score · min(1, 0.1 · ⌈days late⌉)."""
        return score * min(1.0, 0.1 * math.ceil(total_seconds_late / DAY))


class BoundedExtractor(ExtractorPlugin):
    """`nbgrader zip_collect`'s extractor, with limits (unpack.py): an archive is a student's file.

        c.ZipCollectApp.extractor_plugin = "autograder.nbgrader_plugin.BoundedExtractor"

    What is broken or too large is reported, and the rest is collected.
    """

    def extract(self, archive_path: str, extracted_path: str) -> None:
        """Unpack the archives in a folder, and copy what is none, into another."""
        for path in sorted(Path(archive_path).rglob("*")):
            if path.is_symlink() or not path.is_file():
                continue
            target = Path(extracted_path, path.relative_to(archive_path))
            target.parent.mkdir(parents=True, exist_ok=True)
            if not is_archive(path.name):
                shutil.copy(path, target)
                continue
            for complaint in unpack(path, target.with_suffix(""), of_a_class()):
                self.log.error("Left out: %r", complaint)


class Collector(FileNameCollectorPlugin):
    """`nbgrader zip_collect`'s collector, for ids as platforms have them; nothing is skipped in
    silence.

        c.ZipCollectApp.collector_plugin = "autograder.nbgrader_plugin.Collector"

    Files are named <student>_attempt_<time>_<notebook>.ipynb. What is named otherwise, or for an id
    that is none, is left where it is; the rest is collected, and then the command fails.
    """

    named_regexp = Unicode(
        r".*/(?P<student_id>[^/]+)_attempt_(?P<timestamp>[0-9-]+)_(?P<file_id>[^/]+)\.ipynb",
        help="how the files are named",
    ).tag(config=True)

    def collect(self, submitted_file: str) -> dict[str, str] | None:
        """What a file's name says, or None."""
        found: dict[str, str] | None = super().collect(submitted_file)
        if found and is_plain(found["student_id"]):
            return found
        if not any(part.startswith((".", "__")) for part in Path(submitted_file).parts):
            self._fail_at_the_end(submitted_file)
        return None

    def _fail_at_the_end(self, skipped: str) -> None:
        app = self.parent
        collect_the_rest = app._transfer_files

        def transfer(*arguments: Any) -> None:
            collect_the_rest(*arguments)
            app.fail(
                f"Not collected: {skipped!r}. Name it <student>_attempt_<time>_<notebook>.ipynb in "
                "the archive folder, or take it out, and collect again with --update."
            )

        app._transfer_files = transfer


class SandboxedExecute(NbGraderPreprocessor):
    """nbgrader's `Execute` in a warm, confined session, for assignments of stock nbgrader.

        c.Autograde.autograde_preprocessors = [
            "autograder.nbgrader_plugin.SandboxedExecute",
            *("nbgrader.preprocessors.LimitOutput", "nbgrader.preprocessors.SaveAutoGrades"),
            *("nbgrader.preprocessors.AssignLatePenalties",),
            "nbgrader.preprocessors.CheckCellMetadata",
        ]

    The tests run beside the student's code, and nbgrader reads the grade from their outputs: the
    machine is safe, the grade is not (`autograder grade` has both). A cell that ends the session
    has an error as its output, and so have those behind it.
    """

    packages = List(Unicode(), ["numpy"], help="what a notebook may import").tag(config=True)
    cell_seconds = Float(30.0, help="wall time of a cell").tag(config=True)
    total_seconds = Float(300.0, help="wall time of a notebook").tag(config=True)
    memory_mb = Integer(1024, help="what a notebook may add to the warm process").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        limits = Limits(self.cell_seconds, self.total_seconds, self.memory_mb)
        process = servers_for({"student": tuple(self.packages)})[0].spawn(limits.session)
        student = Student(process, limits, Clock(limits.total_seconds))
        ended: Ended | None = None
        try:
            for name, content in _files_beside(resources).items():
                hand_over(process.channel, {name: content})  # together they may exceed a frame
            for number, cell in enumerate(nb.cells, 1):
                if cell.cell_type != "code":
                    continue
                try:
                    if ended is None and student.clock.is_up:
                        raise Ended(
                            "timeout", f"the notebook had used its {self.total_seconds:g} s"
                        )
                    ran = ended.run if ended else student.run(cell.source, f"cell {number}")
                except Ended as stopped:
                    ended, ran = stopped, stopped.run
                cell.outputs = _outputs(ran)
        finally:
            process.close()
        return nb, resources


def _outputs(ran: CellRun) -> list[NotebookNode]:
    outputs = [NotebookNode(output) for output in ran.outputs]
    if ran.error:
        shown = ran.error["traceback"].splitlines()
        kind, message = ran.error["kind"], ran.error["message"]
        outputs.append(v4.new_output("error", ename=kind, evalue=message, traceback=shown))
    return outputs


def _files_beside(resources: Any) -> dict[str, bytes]:
    """The notebook's data files and modules, by their place, within the limits of a hand-in."""
    folder = Path(resources.get("metadata", {}).get("path") or ".")
    files = read_submission(folder, "").files
    return {name: content for name, content in files.items() if not name.endswith(".ipynb")}
