"""The table of a network: shapes, parameters, multiply-adds, memory and receptive fields, unrun."""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnkit.layers.base import Layer

Pair = tuple[int, int]


@dataclass(frozen=True)
class Row:
    """One layer. `receptive_field`: the side of the square of input pixels that one output depends
    on (borders ignored), (height, width) where it isn't square, None where there is no image."""

    name: str
    layer: str
    output_shape: tuple[int, ...]
    parameters: int
    macs: int
    activation_bytes: int
    receptive_field: int | Pair | None


@dataclass(frozen=True)
class View:
    """Where a layer stands: the shape that reaches it and what its inputs see of the image.

    A window of extent e and step s on a map whose neighbours are `jump` pixels apart widens the
    field by (e − 1)·jump and makes the jump s times as wide (Dumoulin and Visin, A Guide to
    Convolution Arithmetic for Deep Learning, 2016; Araujo, Norris, Sim, Computing Receptive Fields
    of Convolutional Neural Networks, 2019). `map_size` outlives Flatten: a Linear sees all of it.
    """

    shape: tuple[int, ...]
    itemsize: int
    map_size: Pair | None
    field: Pair = (1, 1)
    jump: Pair = (1, 1)

    @classmethod
    def of_input(cls, shape: tuple[int, ...], itemsize: int) -> View:
        shape = tuple(shape)
        return cls(shape, itemsize, (shape[1], shape[2]) if len(shape) == 3 else None)

    def through(self, layer: Layer) -> View:
        """The view behind `layer`."""
        shape = layer.output_shape(self.shape)
        if self.map_size is None:
            return replace(self, shape=shape)
        extent, step = layer.window(self.map_size)
        height, width = (
            (f + (e - 1) * j) for f, e, j in zip(self.field, extent, self.jump, strict=True)
        )
        jump = (self.jump[0] * step[0], self.jump[1] * step[1])
        if len(shape) == 3:
            map_size = (shape[1], shape[2])
        else:
            map_size = (1, 1) if extent == self.map_size else self.map_size
        return replace(self, shape=shape, map_size=map_size, field=(height, width), jump=jump)

    @property
    def receptive_field(self) -> int | Pair | None:
        if self.map_size is None:
            return None
        return self.field[0] if self.field[0] == self.field[1] else self.field


class Summary:
    """`.rows`, and the totals `.parameters` (trainable), `.macs` (convolutions and linear layers,
    without biases) and `.activation_bytes` (every row's output, for one input)."""

    HEADER = ("name", "layer", "output shape", "parameters", "multiply-adds", "memory", "sees")

    def __init__(self, rows: list[Row]) -> None:
        self.rows = rows
        self.parameters = sum(row.parameters for row in rows)
        self.macs = sum(row.macs for row in rows)
        self.activation_bytes = sum(row.activation_bytes for row in rows)

    def _cells(self) -> list[tuple[str, ...]]:
        cells: list[tuple[str, ...]] = [
            (
                row.name,
                row.layer,
                "×".join(map(str, row.output_shape)),
                *_counts(row.parameters, row.macs, row.activation_bytes),
                _field(row.receptive_field),
            )
            for row in self.rows
        ]
        totals = _counts(self.parameters, self.macs, self.activation_bytes)
        return [*cells, ("total", "", "", *totals, "")]

    def __str__(self) -> str:
        cells = [self.HEADER, *self._cells()]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = [
            "  ".join(
                cell.ljust(width) if i < 3 else cell.rjust(width)
                for i, (cell, width) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in cells
        ]
        rule = "─" * (sum(widths) + 2 * (len(widths) - 1))
        return "\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1]])

    def _repr_html_(self) -> str:
        def line(cells: tuple[str, ...], tag: str) -> str:
            sides = ["left"] * 3 + ["right"] * (len(cells) - 3)
            inner = (
                f'<{tag} style="text-align: {side}">{escape(cell)}</{tag}>'
                for cell, side in zip(cells, sides, strict=True)
            )
            return f"<tr>{''.join(inner)}</tr>"

        *rows, total = (line(cells, "td") for cells in self._cells())
        return (
            f"<table><thead>{line(self.HEADER, 'th')}</thead><tbody>{''.join(rows)}</tbody>"
            f"<tfoot>{total}</tfoot></table>"
        )


def _counts(parameters: int, macs: int, activation_bytes: int) -> tuple[str, str, str]:
    return f"{parameters:,}", f"{macs:,}", _bytes(activation_bytes)


def _bytes(count: float) -> str:
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.3g} {unit}" if unit != "B" else f"{count:.0f} B"
        count /= 1000
    return f"{count:.3g} GB"


def _field(field: int | Pair | None) -> str:
    if field is None:
        return ""
    height, width = field if isinstance(field, tuple) else (field, field)
    return f"{height}×{width}"
