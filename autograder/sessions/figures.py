"""The current figure: `plt.gcf()` and `plt.gca()` in a test mean what the student's code has drawn.

A notebook closes the figures of a cell once they are shown, and pyplot would make an empty one in
their place; so the student's session keeps the last. A test that has drawn something means its own
figure, as in one process; so do pyplot itself and other libraries, wherever they ask.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

PYPLOT = "matplotlib.pyplot"


class Kept:
    """The student's end: the figure that is open, or the one that was closed last.

    It is the answer's above the test: the next answer begins with none.
    """

    def __init__(self) -> None:
        self.figure: Any = None
        if PYPLOT in sys.modules:
            managers = sys.modules["matplotlib._pylab_helpers"].Gcf
            self._close_all = managers.destroy_all
            managers.destroy_all = staticmethod(self._keep_and_close)

    def _keep_and_close(self) -> None:
        active = sys.modules["matplotlib._pylab_helpers"].Gcf.get_active()
        self.figure = active.canvas.figure if active else self.figure
        self._close_all()

    def begin(self, is_answer: bool) -> None:
        """A cell begins: what is open was drawn for a test, and is not shown below it."""
        if PYPLOT in sys.modules:
            sys.modules[PYPLOT].close("all")
        if is_answer:
            self.figure = None

    def current(self, name: str) -> Any:
        """What `gcf` or `gca` shall give."""
        pyplot = sys.modules[PYPLOT]
        if pyplot.get_fignums() or self.figure is None:
            self.figure = pyplot.gcf()
        return self.figure if name == "gcf" else self.figure.gca()


class Asked:
    """The tests' end: pyplot's two functions, which ask the student's session by `ask`.

    They do so where a test, or a function of the instructor's, calls them by itself: then their
    caller's names are `namespace`.
    """

    def __init__(self, namespace: dict[str, Any], ask: Callable[..., Any]):
        self.namespace, self.ask, self.in_test = namespace, ask, False
        self.pyplot = sys.modules.get(PYPLOT)
        for name in ("gcf", "gca") if self.pyplot else ():
            setattr(self.pyplot, name, self._or_the_students(name, getattr(self.pyplot, name)))

    def begin(self, is_test: bool) -> None:
        """A cell begins; what an earlier one has drawn is closed, as in a notebook."""
        self.in_test = is_test
        if self.pyplot:
            self.pyplot.close("all")

    def _or_the_students(self, name: str, own: Callable[[], Any]) -> Callable[[], Any]:
        def current() -> Any:
            by_test = self.in_test and sys._getframe(1).f_globals is self.namespace
            if not by_test or sys.modules[PYPLOT].get_fignums():
                return own()
            return self.ask("figure", name)

        return current
