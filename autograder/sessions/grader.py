"""The grader session: runs the instructor's cells and the tests, and says what came of them."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Any

from autograder.sessions import mistakes
from autograder.sessions.channel import Channel
from autograder.sessions.compared import NOTE, Notes
from autograder.sessions.compiled import execute
from autograder.sessions.differences import side_by_side
from autograder.sessions.display import Display
from autograder.sessions.figures import Asked
from autograder.sessions.handles import REFUSALS, Handle, HandleError, StudentError, asks_of_handles
from autograder.sessions.outcome import describe, end_of
from autograder.sessions.questions import Questions
from autograder.sessions.session import BIND, DONE, MATCH, RUN, UNBIND, Session
from autograder.sessions.wire import pack, unpack

MAX_PRINTED = 2000  # characters of what a test says of the points that it gives


class GraderSession(Session):
    """Runs the tests, with the student's names bound to values and handles."""

    def __init__(
        self,
        channel: Channel,
        shell: Any,
        display: Display,
        shared: Container[str],
        student: Channel,
    ):
        super().__init__(channel, shell, display)
        self.questions = Questions(student, channel, shared, self.modules, shell.user_ns)
        self.figures = Asked(shell.user_ns, self.questions.ask)
        shell.builtin_trap.activate()  # `display` and `get_ipython`, for compiled cells too
        for name in ("isinstance", "issubclass"):
            shell.user_ns[name] = asks_of_handles(name)
        shell.user_ns[BIND] = lambda name, value: self.questions.ask("bind", name, value)
        shell.user_ns[UNBIND] = lambda name: self.questions.ask("unbind", name)
        self.notes = shell.user_ns[NOTE] = Notes()

    def handle(self, kind: bytes, payload: bytes) -> tuple[bytes, bytes]:
        if kind == RUN:
            return DONE, pack(self._run_cell(unpack(payload)))
        if kind == MATCH:
            return DONE, pack(self._match(unpack(payload)))
        return super().handle(kind, payload)

    def _run_cell(self, cell: dict[str, Any]) -> dict[str, Any]:
        """Run an instructor's cell; `names` are the student's that it uses."""
        self.questions.begin(cell["allowed"])
        self.figures.begin(bool(cell["ends"]))
        before = {} if cell["ends"] else self.own_classes()
        verdict: dict[str, Any] = {"missing": [], "end": "", "error": None, "asked": []}
        verdict |= {"value": None, "left": False, "printed": ""}
        try:
            if cell["ends"] or cell["names"]:
                verdict["missing"] = self._bind(cell["names"], cell["follow"])
        except (StudentError, HandleError) as raised:
            verdict["error"] = describe(raised)
        if verdict["missing"] or verdict["error"]:
            return verdict
        value, error = self._run_own(cell)
        if error is None and self.questions.changed_more:
            self.questions.take_all_changes()
            self.display.begin()
            value, error = self._run_own(cell)
            self.questions.restore()
        if not cell["ends"]:
            new = [kind for i, kind in self.own_classes().items() if i not in before]
            self.questions.given.classes |= {kind.__name__: kind for kind in new}
        printed = self.display.end()
        verdict["asked"] = self.questions.agreed.asked
        verdict["left"] = self.questions.threads[1] > self.questions.threads[0]
        if error is not None:
            compared = self.notes.of(error)
            verdict["error"] = describe(error, cell["name"], cell["source"])
            verdict["error"]["compared"] = side_by_side(compared) if compared else None
        elif cell["ends"]:
            verdict |= end_of(value, cell["ends"])
            if verdict["value"] is not None:  # why so many points
                texts = (o["text"] for o in printed if o.get("name") == "stdout")
                verdict["printed"] = "".join(texts)[:MAX_PRINTED]
        self.notes.forget()
        return verdict

    def _run_own(self, cell: dict[str, Any]) -> tuple[Any, BaseException | None]:
        """Run an instructor's cell, by IPython where it needs that."""
        value, error = None, None
        if not cell["code"]:
            value, error = self.run(cell["source"], cell["name"])
        else:
            try:
                value = execute(cell["code"], self.shell.user_ns)
            except BaseException as raised:
                error = raised
        return value, REFUSALS[0] if REFUSALS else error  # caught or not, by the test or by NumPy

    def take_files(self, names: Iterable[str]) -> None:
        super().take_files(names)
        self.questions.files.given.update(names)

    def _bind(self, names: list[str], follow: list[str]) -> list[str]:
        """Bind the student's names, and follow some of them; those that the student has not defined
        are returned."""
        found = self.questions.names(names, follow)
        for name in names:
            self.shell.user_ns.pop(name, None)
            if name in found:
                self.shell.user_ns[name] = found[name]
        return [name for name in names if name not in found]

    def _match(self, request: dict[str, Any]) -> str:
        """The hint for the known mistake that answers as the student's function does, or ""."""
        self.questions.begin(None)  # a hint gives no points
        self._bind([request["function"]], [])
        theirs = self.shell.user_ns.get(request["function"])
        if type(theirs) is not Handle:
            return ""
        return mistakes.load(request["sources"]).find(request["function"], theirs)
