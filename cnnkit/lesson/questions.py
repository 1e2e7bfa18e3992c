"""Questions that answer. What is right, and each mistake that people make, is a function: it
computes what one gets in this way, and its docstring is what the reader is told.

    def answer():
        r\"\"\"The window has 3 · 3 = 9 weights for each of 3 channels, and one bias.\"\"\"
        return 3 * 3 * 3 + 1

    def no_bias():
        \"\"\"Each filter has one more number, which is added to every sum.\"\"\"
        return 3 * 3 * 3

    lecture.number("How many parameters has one 3×3 filter on a colour image?", answer, no_bias)
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnkit.lesson import typed, verdict
from cnnkit.lesson.verdict import Reply

Way = Callable[[], Any]


@dataclass(eq=False)
class Question(ABC):
    """`ask` is Markdown; `answer` and each of `mistakes` is computed when the question is made, for
    later cells may give other values to the names that they use. `why_none` says why a question has
    no known mistake.

    ValueError: a function without a docstring, no mistakes and no reason, or a mistake that gives
    the right answer.
    """

    ask: str
    answer: Way
    mistakes: tuple[Way, ...] = ()
    why_none: str = ""
    unit: str = ""

    how = "number"  # what is to be typed, for the field's name

    def __post_init__(self) -> None:
        if not self.mistakes and not self.why_none:
            raise ValueError(f"{self.ask}: no known mistake, and why_none does not say why")
        for way in (self.answer, *self.mistakes):
            if not way.__doc__:
                raise ValueError(f"{self.ask}: {_name(way)} has no docstring to tell the reader")
        self.right = self.answer()
        self.wrong = [(way, way()) for way in self.mistakes]
        for way, value in self.wrong:
            if self.same(value, self.right):
                raise ValueError(f"{self.ask}: {_name(way)} gives the right answer")

    def read(self, text: str) -> Any:
        """What was typed; `typed.Unreadable` if it is nothing of the kind."""
        return typed.number(text, self.unit)

    @abstractmethod
    def same(self, got: Any, right: Any) -> bool:
        """Whether an answer that was read is this one."""

    def distance(self, got: Any) -> str:
        """What is said of an answer that is neither right nor a known mistake."""
        return "Not yet."

    @abstractmethod
    def forms(self, value: Any) -> Iterator[str]:
        """How people would type a value."""

    @abstractmethod
    def others(self) -> Iterator[Any]:
        """Values that are neither right nor a known mistake."""

    @property
    def worked(self) -> str:
        """How the answer is found, Markdown."""
        return told(self.answer)

    def reply(self, text: str) -> Reply:
        try:
            got = self.read(text)
        except typed.Unreadable as problem:
            return Reply("unreadable", str(problem))
        if self.same(got, self.right):
            return Reply("right", "Right.")
        for way, value in self.wrong:
            if self.same(got, value):
                return Reply("mistake", f"Not yet. {told(way)}")
        return Reply("not yet", self.distance(got))


@dataclass(eq=False)
class Number(Question):
    """A number; one that is not whole may be off by `tolerance` of its value."""

    tolerance: float = 0.01

    def same(self, got: Any, right: Any) -> bool:
        return verdict.close(got, right, self.tolerance)

    def distance(self, got: Any) -> str:
        return f"Not yet: {verdict.distance(got, float(self.right))}."

    def forms(self, value: Any) -> Iterator[str]:
        value = float(value)
        yield f"{value!r}"
        yield f" {value:.12g} {self.unit.replace('%', '')}".replace("-", "−")
        yield f"{value:.12e}"
        yield f"{value * 100:.12g} %"
        yield f"{value * 3:.15g}/3"
        if value == round(value):
            yield f"{round(value):,}"

    def others(self) -> Iterator[Any]:
        right = float(self.right)
        yield from (right * 1.37 + 1.9, right - 977.3, -right * 3.3 - 0.7)


@dataclass(eq=False)
class Shape(Question):
    how = "shape"

    def read(self, text: str) -> Any:
        return typed.shape(text)

    def same(self, got: Any, right: Any) -> bool:
        return tuple(got) == tuple(right)

    def distance(self, got: Any) -> str:
        return f"Not yet: {verdict.shape_distance(got, tuple(self.right))}."

    def forms(self, value: Any) -> Iterator[str]:
        numbers = [str(int(number)) for number in value]
        yield from (sign.join(numbers) for sign in ("x", "×", " × ", ", ", " ", "*"))
        yield f"({', '.join(numbers)})"
        yield f"[{','.join(numbers)}]"
        yield f"torch.Size([{', '.join(numbers)}])"

    def others(self) -> Iterator[Any]:
        right = tuple(self.right)
        yield from ((*right, 977), tuple(number + 977 for number in right))


@dataclass(eq=False)
class Array(Question):
    """A short list of numbers, or a small table; each may be off by `tolerance` of its value."""

    tolerance: float = 0.01
    how = "numbers, a semicolon behind each row"

    def read(self, text: str) -> Any:
        return typed.array(text)

    def same(self, got: Any, right: Any) -> bool:
        return verdict.close(got, right, self.tolerance)

    def distance(self, got: Any) -> str:
        right = np.asarray(self.right)
        return f"Not yet: {verdict.array_distance(got, right, self.tolerance)}."

    def forms(self, value: Any) -> Iterator[str]:
        rows = np.atleast_2d(value).tolist()
        yield repr(np.asarray(value).tolist())
        yield str(np.asarray(value))
        yield "; ".join(" ".join(str(number) for number in row) for row in rows)
        yield "\n".join(", ".join(str(number) for number in row) for row in rows)

    def others(self) -> Iterator[Any]:
        right = np.asarray(self.right)
        yield from (right + 977, np.append(right.ravel(), 977))


@dataclass(eq=False)
class Choice(Question):
    """One of `options`; each that is wrong is a known mistake, so that none is refused without a
    reason."""

    options: Sequence[str] = ()
    how = "choice"

    def __post_init__(self) -> None:
        super().__post_init__()
        said = {self.right, *(value for _, value in self.wrong)}
        if said != set(self.options):
            missing = " and ".join(repr(option) for option in set(self.options) ^ said)
            raise ValueError(f"{self.ask}: {missing} is no option, or no function says it")

    def read(self, text: str) -> Any:
        if text not in self.options:
            raise typed.Unreadable("Choose one of the answers.")
        return text

    def same(self, got: Any, right: Any) -> bool:
        return bool(got == right)

    def forms(self, value: Any) -> Iterator[str]:
        yield value

    def others(self) -> Iterator[Any]:
        yield from ()


def told(way: Way) -> str:
    """What a function's docstring says, Markdown."""
    return inspect.getdoc(way) or ""


def _name(way: Way) -> str:
    return getattr(way, "__name__", "a function")
