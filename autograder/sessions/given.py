"""The grader session's end of instances: which may cross to a test, and with which attributes.

Their classes are the instructor's own, of a locked cell or of a module beside the notebook, and
PyTorch's modules where a test sends one (instances.py). An instance that comes back has the
attributes of the one that was sent, or of the instructor's own answer; a net keeps its layers.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Container
from typing import Any

from autograder.sessions.channel import WireError
from autograder.sessions.instances import is_module, is_net, make, outline, refuse_methods, state_of
from autograder.sessions.wire import Ends, by_name

NET = ["net"]  # in `asked`: a net came back with other layers than the test's
Note = Callable[[list[str]], None]


class Given:
    """The classes of which a test knows instances; `modules` are the instructor's own."""

    def __init__(self, modules: Container[str]):
        self.modules = modules
        self.classes: dict[str, type] = {}  # of locked cells
        self.begin()

    def begin(self) -> None:
        """A test begins: it has sent no instances yet."""
        # By class, what the instances had; of nets, their outlines.
        self.sent: dict[tuple[str, str], set[str]] = {}
        self.nets: set[str] = set()

    def class_of(self, module: str, name: str) -> type | None:
        """The instructor's own class of a name, if there is one; nothing is imported for it."""
        if module == "__main__":
            return self.classes.get(name)
        there = vars(sys.modules[module]) if self._is_own(module) else {}
        found = there.get(name)
        is_there = isinstance(found, type) and found.__module__ == module
        return found if is_there else None

    def _is_own(self, module: str) -> bool:
        return module in self.modules and module in sys.modules

    def state_of(self, obj: Any, ends: Ends) -> list[Any] | None:
        """Module, name and state of what a test may send whole; else None."""
        kind = type(obj)
        name = (kind.__module__, kind.__qualname__)
        if self.class_of(*name) is not kind and not is_module(kind):
            return None
        if (state := state_of(obj, ends)) is None:
            return None
        self.sent.setdefault(name, set()).update(state)
        if is_net(kind):
            self.nets.add(outline(obj))
        return [*name, state]

    def instance_of(
        self,
        module: str,
        name: str,
        state: dict[str, Any],
        note: Note,
        known: Container[list[str]] | None,
    ) -> Any:
        """An instance from the student's session. `known` is what the instructor's answer had (None
        while that is found out, by `note`)."""
        own = self.sent.get((module, name))
        told = name if module == "__main__" else f"{module}.{name}"
        if own is None:
            if self.class_of(module, name) is None:
                raise WireError("an instance of a class that the test does not know")
            note(["instance", told])
        keys = {key: ["state", f"{told}.{key}"] for key in state if key not in (own or ())}
        if known is None:
            for key in keys.values():
                note(key)
        kind = self.class_of(module, name) or by_name(module, name)
        if own is not None:
            refuse_methods(kind, state)
        may_have = {
            key: value
            for key, value in state.items()
            if key not in keys or known is None or keys[key] in known
        }
        made = make(kind, may_have)
        if is_net(kind) and outline(made) not in self.nets:
            if known is not None and NET not in known:
                raise WireError("a net keeps its layers, their shapes and its settings")
            note(NET)
        return made
