"""The student session's end of handles: its objects, and what a test asks of them."""

from __future__ import annotations

import operator
from collections.abc import Callable, Container
from typing import Any

from autograder.sessions.changes import IMMUTABLE, content_of
from autograder.sessions.channel import CannotCross, Endless
from autograder.sessions.instances import make, state_of
from autograder.sessions.news import News
from autograder.sessions.table import is_tensor
from autograder.sessions.wire import Whole, by_name, pack, unpack

CallBack = Callable[[int, list[Any], dict[str, Any]], Any]


class TestFunction:
    """A function of the test's, which runs in the grader session."""

    __test__ = False  # no test of pytest's

    def __init__(self, number: int, call_back: CallBack):
        self._number, self._call_back = number, call_back

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._call_back(self._number, list(args), kwargs)


class _Plain:
    """What crosses by value alone, instances of given classes among it; by table or not at all."""

    with_names = False

    def __init__(self, table: ObjectTable, number_of: Callable[[Any], int] | None = None):
        self.state_of, self._number_of = table.state_of, number_of

    def number_of(self, obj: Any) -> int:
        if self._number_of is None:
            raise CannotCross(f"a {type(obj).__name__} is not a plain value")
        return self._number_of(obj)

    def __getattr__(self, name: str) -> Any:  # known_as, graph_of
        return lambda *_: None


class ObjectTable:
    """The student session's end: carries out requests on the objects that have crossed."""

    with_names = True

    def __init__(
        self,
        namespace: dict[str, Any],
        call_back: CallBack,
        figure: Callable[[str], Any],
        printed: Callable[[], str],
        modules: Container[str],
    ):
        self.namespace, self.call_back, self._figure = namespace, call_back, figure
        self.modules = modules  # the instructor's, which both sessions have
        self.news = News(namespace, printed, _Plain(self, id))
        self.objects: list[Any] = []
        self.functions: dict[int, TestFunction] = {}
        self.given: dict[int, type] = {}  # by `id`: classes of cells that both sessions have
        self.graphs: dict[int, list[Any]] = {}  # by tensor: the arguments that it was made from
        self.arguments: list[Any] = []  # of the call that is answered

    def pack(self, value: Any) -> bytes:
        return pack(value, self)

    def unpack(self, data: bytes) -> Any:
        return unpack(data, self)

    def known_as(self, obj: Any) -> int | None:
        return obj._number if type(obj) is TestFunction else None

    def function_of(self, known: Any) -> Any:
        """A function of the test's: by its number there, or a library's, which is here, too."""
        if type(known) is list:
            return by_name(*known)
        if known not in self.functions:
            self.functions[known] = TestFunction(known, self.call_back)
        return self.functions[known]

    def state_of(self, obj: Any) -> list[Any] | None:
        kind = type(obj)
        is_given = id(kind) in self.given or kind.__module__ in self.modules
        if not is_given or (state := state_of(obj, _Plain(self))) is None:
            return None
        return [kind.__module__, kind.__qualname__, state]

    def instance_of(self, module: str, name: str, state: dict[str, Any]) -> Any:
        own = self.namespace[name] if module == "__main__" else by_name(module, name)
        self.given[id(own)] = own
        return make(own, state)

    def graph_of(self, tensor: Any) -> int:
        number = self.number_of(tensor)
        self.graphs[number] = [a for a in self.arguments if is_tensor(a) and a.requires_grad]
        return number

    def tensor_of(self, tensor: Any, graph: int) -> Any:
        return self.objects[graph]

    def object_of(self, number: int, type_name: str) -> Any:
        return self.objects[number]

    def number_of(self, obj: Any) -> int:
        self.objects.append(obj)
        return len(self.objects) - 1

    def carry_out(self, request: bytes) -> bytes:
        """Answer a request: ["value", value, changed arguments, news]. The student's exceptions
        pass."""
        operation, *operands = self.unpack(request)
        changed: list[Any] = []
        if operation == "call":
            value, changed = self._call(*operands)
        else:
            value = getattr(self, f"_{operation}")(*operands)
        news = self.news()
        try:
            return self.pack(["value", value, changed, news])
        except Endless:  # what has no end stays where it is
            whole = self._whole
            is_names = operation == "names"
            value = {n: whole(v) for n, v in value.items()} if is_names else whole(value)
            changed = [[i, whole(argument)] for i, argument in changed]
            return self.pack(["value", value, changed, self._told_of(news)])

    def failed(self, kind: str, message: str, traceback: str) -> bytes:
        """The answer where the student's code has raised an exception."""
        news = self._told_of(self.news())
        return self.pack(["error", kind, message, traceback, news])

    def call_of(self, number: int, args: list[Any], kwargs: dict[str, Any]) -> bytes:
        """A call of a test's function by the student's code."""
        news = self.news()
        try:
            return self.pack([number, args, kwargs, news])
        except Endless:
            options = {name: self._whole(value) for name, value in kwargs.items()}
            return self.pack([number, [*map(self._whole, args)], options, self._told_of(news)])

    def _told_of(self, news: list[Any]) -> list[Any]:
        printed, names, *others = news
        told = {n: [*change[:1], *map(self._whole, change[1:])] for n, change in names.items()}
        return [printed, told, *others]

    def _whole(self, value: Any) -> Any:
        """A value; one that has no end is marked, to cross as a handle."""
        try:
            self.pack(value)
        except Endless:
            return Whole(value)
        return value

    def _call(self, number: int, args: list, kwargs: dict) -> tuple[Any, list[Any]]:
        """Arguments that the callee changed in place are sent back with the result."""
        self.arguments = arguments = [*args, *kwargs.values()]
        same = _Plain(self, id)  # what is no plain value is the same, or another
        before = {
            i: content_of(a, same) for i, a in enumerate(arguments) if type(a) not in IMMUTABLE
        }
        value = self.objects[number](*args, **kwargs)
        changed = [
            [i, arguments[i]] for i, was in before.items() if content_of(arguments[i], same) != was
        ]
        return value, changed

    def _backward(self, number: int, gradient: Any) -> list[Any]:
        """Carry a gradient back through what a tensor was made from; those of the arguments."""
        arguments = self.graphs[number]
        for argument in arguments:
            argument.grad = None
        self.objects[number].backward(gradient, retain_graph=True)
        return [argument.grad for argument in arguments]

    def _names(self, names: list[str], follow: list[str], files: bool) -> dict[str, Any]:
        """What there is of these names, as a test begins that follows some of them."""
        self.news.follow(follow, files)
        return {name: self.namespace[name] for name in names if name in self.namespace}

    def _bind(self, name: str, value: Any) -> None:
        self.namespace[name] = value

    def _unbind(self, name: str) -> None:
        self.namespace.pop(name, None)

    def _attribute(self, number: int, name: str) -> Any:
        return getattr(self.objects[number], name)

    def _item(self, number: int, key: Any) -> Any:
        return self.objects[number][key]

    def _length(self, number: int) -> int:
        return len(self.objects[number])

    def _iterator(self, number: int) -> Any:
        return iter(self.objects[number])

    def _next(self, number: int) -> list[Any]:
        for item in self.objects[number]:
            return [item]
        return []

    def _isinstance(self, obj: Any, kind: Any) -> bool:
        return isinstance(obj, kind)

    def _issubclass(self, obj: Any, kind: Any) -> bool:
        return issubclass(obj, kind)

    def _dir(self, obj: Any) -> list[str]:
        return dir(obj)

    def _operator(self, name: str, operands: list[Any]) -> Any:
        return getattr(operator, name)(*operands)
