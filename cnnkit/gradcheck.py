"""Numerical gradients, to hold the backward passes against."""

from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass, replace
from html import escape
from typing import Literal

import numpy as np

from cnnkit.layers import Layer

# What rounding alone can make of a gradient that is 0, in parts of Σ |dy · layer(x)|. A difference
# quotient has ε / step = 2e-10 of it for its noise, and many times that where large values cancel
# (a bias before batch normalisation).
ROUNDING = {"central": 1e-8, "complex": 1e-12}
SUSPECT = 1e-6  # an error above this is looked into
PASSES = 8  # a layer that draws from few values may draw the same ones twice
ZERO = "zero up to rounding, by backward and by the numbers: they agree"
DRAWS = (
    "Two passes over the same input differ: a layer draws at random, so that the numbers say "
    "nothing. Put it into use, as Dropout by eval()."
)


def numerical_gradient(
    f: Callable[[np.ndarray], float], x: np.ndarray, step: float = 1e-6
) -> np.ndarray:
    """∂f/∂x[i] ≈ (f(x + step·e_i) − f(x − step·e_i)) / (2·step), for every i; error O(step²).

    `x` is float64 and is changed in place while it is computed, so `f` may also depend on it
    through a parameter that holds it; afterwards it has its values back.
    """
    if x.dtype != np.float64:
        raise TypeError(f"numerical_gradient: expected float64, got {x.dtype}")
    gradient = np.zeros_like(x)
    for index in np.ndindex(*x.shape):
        value = x[index]
        x[index] = value + step
        above = f(x)
        x[index] = value - step
        below = f(x)
        x[index] = value
        gradient[index] = (above - below) / (2 * step)
    return gradient


def complex_step_gradient(
    f: Callable[[np.ndarray], complex], x: np.ndarray, step: float = 1e-30
) -> np.ndarray:
    """∂f/∂x[i] ≈ Im f(x + i·step·e_i) / step, for every i; exact to the last digits.

    Nothing is subtracted, so nothing cancels and `step` can be tiny (Squire and Trapp, Using
    Complex Variables to Estimate Derivatives of Real Functions, 1998). `f` must be analytic around
    `x`: made of arithmetic, powers, exp, …, without abs or conjugates. `x` is complex128, its
    imaginary parts 0, and is changed in place while it is computed.
    """
    if x.dtype != np.complex128:
        raise TypeError(f"complex_step_gradient: expected complex128, got {x.dtype}")
    gradient = np.zeros(x.shape)
    for index in np.ndindex(*x.shape):
        value = x[index]
        x[index] = value + 1j * step
        gradient[index] = np.imag(f(x)) / step
        x[index] = value
    return gradient


@dataclass(frozen=True)
class Row:
    """The gradient on the input or on one parameter: how far off it is, and where it is worst.

    `error` is max|analytic − numerical| / max|numerical|; at `index` stand `analytic` and
    `numerical`. Where all of both are 0 up to rounding they agree: `error` is 0, and `hint` says
    so; where only the numerical ones are, `error` is relative to max|analytic|. Of an error that a
    kink explains `hint` says that, too.
    """

    name: str
    error: float
    index: tuple[int, ...]
    analytic: float
    numerical: float
    hint: str = ""


class Report(dict[str, float]):
    """The error of each gradient by name ("input" and the parameters), `.rows` with the place
    where each is worst, and `.hints`, sentences on how to read them; printed, and in a notebook, a
    table and the hints."""

    HEADER = ("gradient on", "error", "worst at", "analytic", "numerical")

    def __init__(self, rows: list[Row], hints: Iterable[str] = ()) -> None:
        super().__init__({row.name: row.error for row in rows})
        self.rows = rows
        self.hints = [*hints, *(f"{row.name}: {row.hint}" for row in rows if row.hint)]

    def _cells(self) -> list[tuple[str, ...]]:
        return [
            (
                row.name,
                f"{row.error:.1e}",
                "[" + ", ".join(map(str, row.index)) + "]",
                f"{row.analytic:.6g}",
                f"{row.numerical:.6g}",
            )
            for row in self.rows
        ]

    def __str__(self) -> str:
        cells = [self.HEADER, *self._cells()]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
            for line in cells
        ]
        return "\n".join([*lines, *self.hints])

    def _repr_html_(self) -> str:
        def line(cells: tuple[str, ...], tag: str) -> str:
            inner = (f'<{tag} style="text-align: left">{escape(c)}</{tag}>' for c in cells)
            return f"<tr>{''.join(inner)}</tr>"

        rows = "".join(line(cells, "td") for cells in self._cells())
        hints = "".join(f"<p>{escape(hint)}</p>" for hint in self.hints)
        head = line(self.HEADER, "th")
        return f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>{hints}"


def gradcheck(
    layer: Layer, x: np.ndarray, seed: int = 0, method: Literal["central", "complex"] = "central"
) -> Report:
    """How far `layer`'s gradients are from numerical ones, for the input and each parameter.

    The loss is Σ dy·layer(x) with a random dy, so that `layer.backward(dy)` must give its gradient
    (with dy all ones, errors that cancel in the sum would pass). With central differences an error
    of about 1e-9 is right and 1e-2 is wrong; `x` must stand away from kinks (ReLU at 0, equal
    values in a max-pooling window) by more than 1e-6. The complex step is exact to 1e-14 but needs
    a forward pass that is analytic. What draws at random (Dropout) must be in `eval()`. The
    report's hints say where that is not so, and where both gradients are 0 up to rounding.

    Works in float64 on a copy: `layer` and `x` stay as they are.
    """
    layer, x = deepcopy(layer).double(), np.array(x, np.float64)
    layer.zero_grad()
    y = layer(x)
    dy = np.random.default_rng(seed).standard_normal(y.shape)
    analytic = {"input": layer.backward(dy)}
    for name, parameter in layer.named_parameters():
        if parameter.grad is None:
            raise ValueError(f"gradcheck: backward gave no gradient for {name}")
        analytic[name] = parameter.grad
    draws = any(not np.allclose(layer(x), y, 1e-6, 1e-9, equal_nan=True) for _ in range(PASSES))

    numerical = numerical_gradient
    if method == "complex":
        numerical = complex_step_gradient
        x = x.astype(complex)
        for _, stored in layer.named_stored():
            stored.to(complex)
    points = {"input": x} | {name: p.data for name, p in layer.named_parameters()}
    floor = ROUNDING[method] * float(np.abs(dy * y).sum())

    def loss(_: np.ndarray) -> float:
        total: float = (dy * layer(x)).sum()
        return total

    rows = []
    for name, point in points.items():
        row = _row(name, analytic[name], numerical(loss, point), floor)
        if row.error > SUSPECT and not draws:
            row = replace(row, hint=_kink(loss, point, row))
        rows.append(row)
    return Report(rows, [DRAWS] if draws else [])


def _row(name: str, analytic: np.ndarray, numerical: np.ndarray, floor: float) -> Row:
    if not analytic.size:
        return Row(name, 0.0, (), 0.0, 0.0)
    off = np.abs(analytic - numerical)
    worst = np.unravel_index(np.nanargmax(np.where(np.isnan(off), np.inf, off)), off.shape)
    index = tuple(int(i) for i in worst)
    at = index, float(analytic[index]), float(numerical[index])
    largest, claimed = np.abs(numerical).max(), np.abs(analytic).max()
    if max(largest, claimed) <= floor:
        return Row(name, 0.0, *at, ZERO)
    return Row(name, float(off[index] / (largest if largest > floor else claimed)), *at)


def _kink(f: Callable[[np.ndarray], float], x: np.ndarray, row: Row, step: float = 1e-6) -> str:
    """Words for a kink of f at `row.index` of x, if there is one that explains the error: if the
    slopes on both sides of it are as far apart as the two gradients."""
    value, losses = x[row.index], []
    for moved in (value - step, value, value + step):
        x[row.index] = moved
        losses.append(float(np.real(f(x))))
    x[row.index] = value
    below, here, above = losses
    left, right = (here - below) / step, (above - here) / step
    if not 0 < abs(row.analytic - row.numerical) <= 1.01 * abs(right - left):
        return ""
    return (
        f"at {list(row.index)} there is a kink, with a slope of {left:.3g} on its left and of "
        f"{right:.3g} on its right: choose other values (ReLU has one at 0, max pooling where two "
        "are equal)"
    )
