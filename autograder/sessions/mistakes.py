"""Known mistakes: wrong answers that students really give, each with a hint.

`solutions/<assignment>/mistakes.py` is a module of plain functions; where they are many,
`mistakes_….py` beside it are others, each complete in itself. A function named `zero_pad__one_side`
answers as a student does who misunderstood `zero_pad`; its docstring is the hint that such a
student gets. `PROBES["zero_pad"]` is a list of calls, each a function of the answer, on which the
mistakes differ from the right answer and from each other.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Mistake:
    name: str
    function: str
    hint: str
    answer: Callable[..., Any]
    source: str  # the module that it stands in


@dataclass(frozen=True)
class Mistakes:
    mistakes: list[Mistake]
    probes: dict[str, list[Callable[[Any], Any]]] = field(default_factory=dict)

    def find(self, function: str, theirs: Any) -> str:
        """The hint for the mistake of `function` that answers every probe as `theirs` does."""
        candidates = [m for m in self.mistakes if m.function == function]
        for probe in self.probes.get(function, []):
            if candidates:
                answer = _outcome(probe, theirs)
                candidates = [m for m in candidates if _same(answer, _outcome(probe, m.answer))]
        return candidates[0].hint if candidates else ""


def load(sources: Iterable[str]) -> Mistakes:
    """The mistakes of the modules' sources. ValueError where one has no hint or no probe."""
    everyone: list[Mistake] = []
    probes: dict[str, list[Callable[[Any], Any]]] = {}
    for source in sources:
        namespace: dict[str, Any] = {"__name__": "mistakes"}
        exec(compile(source, "<mistakes>", "exec"), namespace)
        everyone += _defined(namespace, source)
        for function, calls in namespace.get("PROBES", {}).items():
            probes[function] = [*probes.get(function, []), *calls]
    return Mistakes(everyone, probes)


def _defined(namespace: dict[str, Any], source: str) -> Iterator[Mistake]:
    probes = namespace.get("PROBES", {})
    for key, value in namespace.items():
        function, separator, _ = key.partition("__")
        if callable(value) and separator and function:
            if not value.__doc__ or function not in probes:
                raise ValueError(f"mistakes.py: {key} needs a hint (docstring) and a probe")
            yield Mistake(key, function, inspect.cleandoc(value.__doc__), value, source)


def _outcome(probe: Callable[[Any], Any], answer: Any) -> Any:
    """What the probe gives, or the kind of the exception that it raises."""
    try:
        return probe(answer)
    except Exception as error:
        return ("raised", getattr(error, "kind", type(error).__name__))


def _same(a: Any, b: Any) -> bool:
    """Equal within rounding, for numbers, arrays and tuples or lists of these."""
    if isinstance(a, tuple | list) and isinstance(b, tuple | list):
        return len(a) == len(b) and all(map(_same, a, b))
    if isinstance(a, str) or isinstance(b, str):
        return type(a) is type(b) and a == b
    try:
        x, y = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    except (TypeError, ValueError):
        return False
    return x.shape == y.shape and bool(np.allclose(x, y, rtol=1e-4, atol=1e-6, equal_nan=True))
