"""The current figure: `plt.gcf()` and `plt.gca()` in a test mean what the student's code has drawn,
and so do `plt.xlim()`, `plt.xticks()` and others of pyplot's that ask and change nothing.

A notebook closes the figures of a cell once they are shown, and pyplot would make an empty one in
their place; so the student's session keeps the last. A test that has drawn something means its own
figure, as in one process; so do pyplot itself and other libraries, wherever they ask.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

PYPLOT = "matplotlib.pyplot"
# What pyplot tells of the current figure, where it is called without arguments.
OF_FIGURE: dict[str, Callable[[Any], Any]] = {
    "gcf": lambda figure: figure,
    "gca": lambda figure: figure.gca(),
    "get_fignums": lambda figure: [figure.number],
    "xlim": lambda figure: figure.gca().get_xlim(),
    "ylim": lambda figure: figure.gca().get_ylim(),
    "xticks": lambda figure: (figure.gca().get_xticks(), figure.gca().get_xticklabels()),
    "yticks": lambda figure: (figure.gca().get_yticks(), figure.gca().get_yticklabels()),
    "axis": lambda figure: figure.gca().axis(),
}


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
        """What a function of OF_FIGURE shall give."""
        pyplot = sys.modules[PYPLOT]
        drawn = pyplot.get_fignums()
        if name == "get_fignums" and (drawn or self.figure is None):
            return drawn
        if drawn or self.figure is None:
            self.figure = pyplot.gcf()
        return OF_FIGURE[name](self.figure)


class Asked:
    """The tests' end: pyplot's own functions, which ask the student's session by `ask`.

    They do so where a test, or a function of the instructor's, calls them by itself: then their
    caller's names are `namespace`.
    """

    def __init__(self, namespace: dict[str, Any], ask: Callable[..., Any]):
        self.namespace, self.ask, self.in_test = namespace, ask, False
        self.pyplot = sys.modules.get(PYPLOT)
        self.numbers = getattr(self.pyplot, "get_fignums", list)  # of what a test has drawn itself
        for name in OF_FIGURE if self.pyplot else ():
            setattr(self.pyplot, name, self._or_the_students(name, getattr(self.pyplot, name)))

    def begin(self, is_test: bool) -> None:
        """A cell begins; what an earlier one has drawn is closed, as in a notebook."""
        self.in_test = is_test
        if self.pyplot:
            self.pyplot.close("all")

    def _or_the_students(self, name: str, own: Callable[..., Any]) -> Callable[..., Any]:
        def current(*args: Any, **options: Any) -> Any:
            by_test = self.in_test and sys._getframe(1).f_globals is self.namespace
            if not by_test or args or options or self.numbers():
                return own(*args, **options)
            return self.ask("figure", name)

        return current
