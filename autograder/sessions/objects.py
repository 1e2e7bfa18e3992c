"""The student session's end of handles: its objects, and what a test asks of them."""

from __future__ import annotations

import builtins
import operator
from collections.abc import Callable, Container
from typing import Any

from autograder.sessions import companions
from autograder.sessions.changes import IMMUTABLE, content_of
from autograder.sessions.channel import CannotCross, Endless
from autograder.sessions.gradients import linked
from autograder.sessions.handles import COMPARISONS
from autograder.sessions.instances import make, state_of
from autograder.sessions.news import News
from autograder.sessions.session import GRADIENT
from autograder.sessions.table import is_tensor
from autograder.sessions.wire import Whole, by_name, pack, unpack

CallBack = Callable[[int, list[Any], dict[str, Any]], Any]
# What an object says of itself, or of another (handles.CLAIMS).
CLAIMED: dict[str, Callable[..., Any]] = {
    **{claim: getattr(builtins, claim) for claim in ("isinstance", "issubclass", "dir", "bool")},
    **{sign: getattr(operator, name) for name, sign in COMPARISONS.items()},
    "in": lambda item, obj: item in obj,
}


def _held(argument: Any) -> Any:
    """What changes of an argument."""
    return companions.content_of(argument) if companions.kind_of(argument) else argument


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

    def __init__(
        self,
        state_of: Callable[[Any], list[Any] | None],
        number_of: Callable[[Any], int] | None = None,
    ):
        self.state_of, self._number_of = state_of, number_of

    def number_of(self, obj: Any) -> int:
        if self._number_of is None:
            raise CannotCross(f"a {type(obj).__name__} is not a plain value")
        return self._number_of(obj)

    def __getattr__(self, name: str) -> Any:  # known_as, graph_of
        return lambda *_: None


def _state(obj: Any, table: ObjectTable) -> list[Any] | None:
    kind, state = type(obj), state_of(obj, _Plain(table.state_of))
    return None if state is None else [kind.__module__, kind.__qualname__, state]


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
        self.news = News(namespace, printed, _Plain(self.given_state_of, id))
        self.objects: list[Any] = []
        self.functions: dict[int, TestFunction] = {}
        self.given: dict[int, type] = {}  # by `id`: classes of cells that both sessions have
        self.sent: dict[int, type] = {}  # of which this test has sent an instance
        self.graphs: dict[int, list[Any]] = {}  # by tensor: the arguments that it was made from
        self.arguments: list[Any] = []  # of the call that is answered
        self.handed: list[Any] = []  # to the function of the test's that has answered

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
        return _state(obj, self) if id(type(obj)) in self.sent else self.given_state_of(obj)

    def given_state_of(self, obj: Any) -> list[Any] | None:
        """The state of an instance of the instructor's classes alone: a net that a name stands for
        is the student's own, though the test has sent another of its class."""
        kind = type(obj)
        is_given = id(kind) in self.given or kind.__module__ in self.modules
        return _state(obj, self) if is_given else None

    def instance_of(self, module: str, name: str, state: dict[str, Any]) -> Any:
        if companions.is_one(module, name):
            return companions.make(module, name, state)
        own = self.namespace[name] if module == "__main__" else by_name(module, name)
        self.sent[id(own)] = own
        return make(own, state)

    def graph_of(self, tensor: Any) -> int:
        number = self.number_of(tensor)
        self.graphs[number] = [a for a in self.arguments if is_tensor(a) and a.requires_grad]
        return number

    def tensor_of(self, tensor: Any, graph: int) -> Any:
        if graph >= 0:
            return self.objects[graph]
        wanted = [a for a in self.handed if is_tensor(a) and a.requires_grad]
        return linked(tensor, wanted, lambda grad: self.call_back(GRADIENT, [graph, grad], {}))

    def object_of(self, number: int, type_name: str) -> Any:
        return self.objects[number]

    def error_of(self, kind: str) -> Exception:
        """An exception of the grader session, of which only the class is known here."""
        known = getattr(builtins, kind, Exception)
        return known() if isinstance(known, type) and issubclass(known, Exception) else Exception()

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
            own = getattr(self, f"_{operation}", None)
            value = (own or CLAIMED[operation])(*operands)
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
        companions.attach(arguments)
        same = _Plain(self.state_of, id)  # what is no plain value is the same, or another
        mutable = [i for i, argument in enumerate(arguments) if type(argument) not in IMMUTABLE]
        before = {i: content_of(_held(arguments[i]), same) for i in mutable}
        value = self.objects[number](*args, **kwargs)
        now = {i: _held(arguments[i]) for i in mutable}
        return value, [[i, now[i]] for i in mutable if content_of(now[i], same) != before[i]]

    def _backward(self, number: int, gradient: Any) -> list[Any]:
        """Carry a gradient back through what a tensor was made from; those of the arguments."""
        arguments = self.graphs[number]
        for argument in arguments:
            argument.grad = None
        self.objects[number].backward(gradient, retain_graph=True)
        return [argument.grad for argument in arguments]

    def _names(self, names: list[str], follow: list[str], files: bool) -> dict[str, Any]:
        """What there is of these names, as a test begins that follows some of them."""
        self.sent.clear()
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

    def _advance(self, number: int) -> list[Any]:
        try:
            return [next(self.objects[number])]
        except StopIteration:
            return []

    def _enter(self, number: int) -> Any:
        return type(self.objects[number]).__enter__(self.objects[number])

    def _exit(self, number: int, kind: str | None, line: int) -> bool:
        """Leave a `with` of the test's: of what was raised there, this side knows the class."""
        error = None if kind is None else self.error_of(kind)
        obj = self.objects[number]
        return bool(type(obj).__exit__(obj, type(error) if error else None, error, None))

    def _number(self, how: str, obj: Any) -> Any:
        return getattr(builtins, how)(obj)

    def _text(self, how: str, obj: Any, *spec: str) -> str:
        return getattr(builtins, how)(obj, *spec)

    def _operator(self, name: str, operands: list[Any]) -> Any:
        return getattr(operator, name)(*operands)
