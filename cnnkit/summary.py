"""The table of a network: shapes, parameters, multiply-adds, memory and receptive fields, unrun."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, NamedTuple

from cnnkit.text import aligned, html_line

Pair = tuple[int, int]
Number = int | Fraction
Numbers = tuple[Number, Number]  # of the rows and of the columns


class Window(NamedTuple):
    """What one output sees of the input map, in its pixels: how many (`extent`), how far the next
    output's window is (`step`, below 1 where the map is enlarged), and where the middle of the
    first window is (`centre`, 0 being the first pixel's)."""

    extent: Pair = (1, 1)
    step: Numbers = (1, 1)
    centre: Numbers = (0, 0)


@dataclass(frozen=True)
class Row:
    """One layer, and what its outputs see of the image, borders ignored.

    `receptive_field`: the side of the square of input pixels that one output depends on; `jump`:
    how many pixels lie between the middles of two neighbours' fields; `first_centre`: where the
    middle of the first output's field is, 0 being the first pixel's. Each is (rows, columns) where
    the two differ, None where there is no image.
    """

    name: str
    layer: str
    output_shape: tuple[int, ...]
    parameters: int
    macs: int
    activation_bytes: int
    receptive_field: int | Pair | None
    jump: float | tuple[float, float] | None
    first_centre: float | tuple[float, float] | None


@dataclass(frozen=True)
class View:
    """Where a layer stands: the shape that reaches it and what its inputs see of the image.

    A window of extent e, step s and centre c on a map whose neighbours are `jump` pixels apart
    widens the field by (e − 1)·jump, moves its first centre by c·jump and makes the jump s times as
    wide (Dumoulin and Visin, A Guide to Convolution Arithmetic for Deep Learning, 2016; Araujo,
    Norris, Sim, Computing Receptive Fields of Convolutional Neural Networks, 2019). `map_size`
    outlives Flatten: a Linear sees all of it.
    """

    shape: tuple[int, ...]
    itemsize: int
    map_size: Pair | None
    field: Numbers = (1, 1)
    jump: Numbers = (1, 1)
    centre: Numbers = (0, 0)

    @classmethod
    def of_input(cls, shape: tuple[int, ...], itemsize: int) -> View:
        shape = tuple(shape)
        return cls(shape, itemsize, (shape[1], shape[2]) if len(shape) == 3 else None)

    def through(self, shape: tuple[int, ...], window: Window | None) -> View:
        """The view behind a layer that gives this shape; its `window` where there is an image."""
        if self.map_size is None or window is None:
            return replace(self, shape=shape)
        extent, step, centre = window
        if len(shape) == 3:
            map_size = (shape[1], shape[2])
        else:
            map_size = (1, 1) if extent == self.map_size else self.map_size
        rows, columns = (
            (f + (e - 1) * j, j * s, m + c * j)
            for f, j, m, e, s, c in zip(
                self.field, self.jump, self.centre, extent, step, centre, strict=True
            )
        )
        field, jump, middle = zip(rows, columns, strict=True)
        return replace(self, shape=shape, map_size=map_size, field=field, jump=jump, centre=middle)

    def beside(self, other: View, shape: tuple[int, ...]) -> View:
        """The view behind two branches that meet: a field that holds both."""
        sides = []
        for f, c, f2, c2 in zip(self.field, self.centre, other.field, other.centre, strict=True):
            low = min(c - Fraction(f - 1) / 2, c2 - Fraction(f2 - 1) / 2)
            high = max(c + Fraction(f - 1) / 2, c2 + Fraction(f2 - 1) / 2)
            sides.append((high - low + 1, (low + high) / 2))
        field, centre = zip(*sides, strict=True)
        return replace(self, shape=shape, field=field, centre=centre)

    def row(self, name: str, layer: str, parameters: int = 0, macs: int = 0) -> Row:
        """The row of the layer, of this class, behind which this view is."""
        image = self.map_size is not None
        return Row(
            name=name or layer,
            layer=layer,
            output_shape=self.shape,
            parameters=parameters,
            macs=macs,
            activation_bytes=math.prod(self.shape) * self.itemsize,
            receptive_field=_one(math.ceil(f) for f in self.field) if image else None,
            jump=_one(map(_plain, self.jump)) if image else None,
            first_centre=_one(map(_plain, self.centre)) if image else None,
        )


class Summary:
    """`.rows`, and the totals `.parameters` (trainable), `.macs` (convolutions and linear layers,
    without biases) and `.activation_bytes` (every row's output, for one input)."""

    HEADER = (
        *("name", "layer", "output shape", "parameters", "multiply-adds", "memory"),
        *("sees", "jump", "first centre"),
    )
    WORDS = (0, 1, 2)

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
                _place(row.jump),
                _place(row.first_centre),
            )
            for row in self.rows
        ]
        totals = _counts(self.parameters, self.macs, self.activation_bytes)
        return [*cells, ("total", "", "", *totals, "", "", "")]

    def __str__(self) -> str:
        head, *rows, total = aligned([self.HEADER, *self._cells()], self.WORDS)
        rule = "─" * max(map(len, [head, *rows, total]))
        return "\n".join([head, rule, *rows, rule, total])

    def _repr_html_(self) -> str:
        *rows, total = (html_line(cells, self.WORDS) for cells in self._cells())
        return (
            f"<table><thead>{html_line(self.HEADER, self.WORDS, 'th')}</thead>"
            f"<tbody>{''.join(rows)}</tbody><tfoot>{total}</tfoot></table>"
        )


def _counts(parameters: int, macs: int, activation_bytes: int) -> tuple[str, str, str]:
    return f"{parameters:,}", f"{macs:,}", format_bytes(activation_bytes)


def format_bytes(count: float) -> str:
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.3g} {unit}" if unit != "B" else f"{count:.0f} B"
        count /= 1000
    return f"{count:.3g} GB"


def _plain(value: Number) -> float:
    return int(value) if value == int(value) else float(value)


def _one(values: Iterable[Any]) -> Any:
    """One number where rows and columns agree."""
    rows, columns = values
    return rows if rows == columns else (rows, columns)


def _field(field: int | Pair | None) -> str:
    if field is None:
        return ""
    height, width = field if isinstance(field, tuple) else (field, field)
    return f"{height}×{width}"


def _place(value: float | tuple[float, float] | None) -> str:
    if value is None:
        return ""
    return ", ".join(f"{v:g}" for v in (value if isinstance(value, tuple) else (value,)))
