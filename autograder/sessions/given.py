"""The grader session's end of instances: which may cross to a test, and with which attributes.

Their classes are the instructor's own, of a locked cell or of a module beside the notebook, and
PyTorch's modules where a test sends one (instances.py). An instance that comes back has the
attributes of the one that was sent, or of the instructor's own answer; a net keeps its layers.
"""

from __future__ import annotations

import sys
from collections.abc import Container
from typing import Any

from autograder.sessions.agreed import NET, Agreed
from autograder.sessions.channel import WireError
from autograder.sessions.handles import HandleError, not_plain
from autograder.sessions.instances import is_module, is_net, make, outline, refuse_methods, state_of
from autograder.sessions.wire import Ends, by_name


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
        agreed: Agreed,
    ) -> Any:
        """An instance from the student's session, with the attributes that the one which was sent,
        or the instructor's answer, had. HandleError: that answer was no such instance."""
        own = self.sent.get((module, name))
        told = name if module == "__main__" else f"{module}.{name}"
        if own is None:
            if self.class_of(module, name) is None:
                raise WireError("an instance of a class that the test does not know")
            if not agreed.has(["instance", told]):
                raise HandleError(not_plain("the answer", False))
        may_have = {
            key: value
            for key, value in state.items()
            if key in (own or ()) or agreed.has(["state", f"{told}.{key}"])
        }
        kind = self.class_of(module, name) or by_name(module, name)
        if own is not None:
            refuse_methods(kind, state)
        made = make(kind, may_have)
        if is_net(kind) and outline(made) not in self.nets and not agreed.has(NET):
            raise WireError("a net keeps its layers, their shapes and its settings")
        return made
