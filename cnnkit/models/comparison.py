"""A table as a paper or a slide prints it beside what the network's definition gives."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from cnnkit import models
from cnnkit.layers import RBF, Conv2d, Layer, SumPool2d
from cnnkit.models.sources import SOURCES, Line, Source
from cnnkit.summary import Row
from cnnkit.text import aligned, html_line

Part = list[tuple[Row, Layer]]  # some layers of a network, with their rows of the summary
UNITS = {"K": 10**3, "M": 10**6, "B": 10**9}


def _values(part: Part) -> int:
    return math.prod(part[-1][0].output_shape)


def _weights(part: Part) -> int:
    return sum(p.size for row, layer in part for p in layer.parameters() if len(p.shape) > 1)


def _operations(part: Part) -> int:
    """Multiply-adds, and one addition for each bias."""
    return sum(row.macs + _biased(row, layer) for row, layer in part)


def _biased(row: Row, layer: Layer) -> int:
    return math.prod(row.output_shape) if getattr(layer, "bias", None) is not None else 0


def _connections(part: Part) -> int:
    """What each unit is connected to, its bias included (LeCun et al., 1998): a coefficient by
    which a sub-sampled sum is multiplied is no connection."""
    count = 0
    for row, layer in part:
        count += _biased(row, layer)
        if isinstance(layer, SumPool2d):
            count += math.prod(row.output_shape) * math.prod(layer.kernel_size)
        elif isinstance(layer, RBF):
            count += layer.weight.size
        elif not (isinstance(layer, Conv2d) and layer.groups == layer.in_channels > 1):
            count += row.macs
    return count


QUANTITIES: dict[str, Callable[[Part], int]] = {
    "neurons": _values,
    "memory": _values,
    "weights": _weights,
    "parameters": lambda part: sum(row.parameters for row, _ in part),
    "operations": _operations,
    "connections": _connections,
}


@dataclass(frozen=True)
class Compared:
    """A printed row, what was computed for each of its columns, and in which columns they agree
    (True also where nothing is printed)."""

    line: Line
    computed: tuple[str, ...]
    agrees: tuple[bool, ...]


class SourceTable:
    """`.rows`; printed, each column of the source stands beside what is computed, and a row that
    disagrees is marked with the reason."""

    def __init__(self, source: Source) -> None:
        self.source = source

    @cached_property
    def rows(self) -> list[Compared]:
        source = self.source
        net = getattr(models, source.network)(**source.options)
        layers = dict(net.named_layers())
        part = [(row, layers[row.name]) for row in net.summary(source.input_shape).rows]
        computed = [self._computed(line, part) for line in source.lines]
        rows = [self._compared(*both) for both in zip(source.lines, computed, strict=True)]
        if source.total:
            columns = zip(*computed, strict=True)
            totals = [sum(v for v in values if isinstance(v, int)) for values in columns]
            line = Line("total", "", source.total, source.total_note)
            rows.append(self._compared(line, totals))
        return rows

    def _computed(self, line: Line, part: Part) -> list[int | str]:
        shape = self.source.input_shape
        if line.layer == "image":
            known: dict[str, int | str] = {"size": _size(shape), "weights": 0}
            return [known.get(column, math.prod(shape)) for column in self.source.columns]
        own = [pair for pair in part if f"{pair[0].name}.".startswith(f"{line.layer}.")]
        size = _size(own[-1][0].output_shape)
        return [size if c == "size" else QUANTITIES[c](own) for c in self.source.columns]

    def _compared(self, line: Line, computed: Sequence[int | str]) -> Compared:
        pairs = list(zip(line.printed, computed, strict=True))
        texts = (f"{c:,}" if isinstance(c, int) else c for p, c in pairs)
        agrees = (not p or _agree(p, c, self.source.rough) for p, c in pairs)
        shown = (text if p else "" for (p, _), text in zip(pairs, texts, strict=True))
        return Compared(line, tuple(shown), tuple(agrees))

    def _lines(self) -> list[tuple[str, ...]]:
        head = ("", "layer", *(h for c in self.source.columns for h in (c, "computed")), "")
        lines = [head]
        for row in self.rows:
            cells = (t for pair in zip(row.line.printed, row.computed, strict=True) for t in pair)
            mark = " " if all(row.agrees) else "✗"
            lines.append((mark, row.line.label, *cells, row.line.note))
        return lines

    @property
    def _words(self) -> tuple[int, ...]:
        return (0, 1, 2 + 2 * len(self.source.columns))

    def __str__(self) -> str:
        head, *rows = aligned(self._lines(), self._words)
        title = f"{self.source.title} ({self.source.where})"
        return "\n".join([title, "", head, "─" * max(map(len, [head, *rows])), *rows])

    def _repr_html_(self) -> str:
        head, *rows = self._lines()
        body = "".join(html_line(cells, self._words) for cells in rows)
        return (
            f"<table><caption>{self.source.title} ({self.source.where})</caption>"
            f"<thead>{html_line(head, self._words, 'th')}</thead><tbody>{body}</tbody></table>"
        )


def _size(shape: tuple[int, ...]) -> str:
    """(C, H, W) as H×W×C, as sources write it."""
    return "×".join(map(str, (*shape[1:], shape[0])))


def _agree(printed: str, computed: int | str, rough: float) -> bool:
    """Whether `computed` rounds to what is printed, or is near it."""
    if isinstance(computed, str):
        return printed == computed
    digits, unit = printed.replace(",", ""), 1
    if digits[-1] in UNITS:
        digits, unit = digits[:-1], UNITS[digits[-1]]
    decimals = len(digits.partition(".")[2])
    value = float(digits)
    return (
        round(computed / unit, decimals) == value or abs(computed / unit - value) <= rough * value
    )


def source_table(name: str) -> SourceTable:
    """A network's layers as its source prints them, and as they are: of LeNet-5 (of 1998, and
    "lenet5_common"), AlexNet, VGG-16 and FaceNet's two. ValueError: there is no such table.
    """
    if name not in SOURCES:
        raise ValueError(f"no source's table of {name}; there are {', '.join(SOURCES)}")
    return SourceTable(SOURCES[name])
