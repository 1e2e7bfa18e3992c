"""Numerical gradients, to hold the backward passes against."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from html import escape
from typing import Literal

import numpy as np

from cnnkit.layers import Layer


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
    `numerical`.
    """

    name: str
    error: float
    index: tuple[int, ...]
    analytic: float
    numerical: float


class Report(dict[str, float]):
    """The error of each gradient by name ("input" and the parameters), and `.rows` with the place
    where each is worst; printed, and in a notebook, a table."""

    HEADER = ("gradient on", "error", "worst at", "analytic", "numerical")

    def __init__(self, rows: list[Row]) -> None:
        super().__init__({row.name: row.error for row in rows})
        self.rows = rows

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
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
            for line in cells
        )

    def _repr_html_(self) -> str:
        def line(cells: tuple[str, ...], tag: str) -> str:
            inner = (f'<{tag} style="text-align: left">{escape(c)}</{tag}>' for c in cells)
            return f"<tr>{''.join(inner)}</tr>"

        rows = "".join(line(cells, "td") for cells in self._cells())
        return f"<table><thead>{line(self.HEADER, 'th')}</thead><tbody>{rows}</tbody></table>"


def gradcheck(
    layer: Layer, x: np.ndarray, seed: int = 0, method: Literal["central", "complex"] = "central"
) -> Report:
    """How far `layer`'s gradients are from numerical ones, for the input and each parameter.

    The loss is Σ dy·layer(x) with a random dy, so that `layer.backward(dy)` must give its gradient
    (with dy all ones, errors that cancel in the sum would pass). With central differences an error
    of about 1e-9 is right and 1e-2 is wrong; `x` must stand away from kinks (ReLU at 0, equal
    values in a max-pooling window) by more than 1e-6. The complex step is exact to 1e-14 but needs
    a forward pass that is analytic. What draws at random (Dropout) must be in `eval()`.

    Works in float64 on a copy: `layer` and `x` stay as they are.
    """
    layer, x = deepcopy(layer).double(), np.array(x, np.float64)
    layer.zero_grad()
    dy = np.random.default_rng(seed).standard_normal(layer(x).shape)
    analytic = {"input": layer.backward(dy)}
    for name, parameter in layer.named_parameters():
        if parameter.grad is None:
            raise ValueError(f"gradcheck: backward gave no gradient for {name}")
        analytic[name] = parameter.grad

    numerical = numerical_gradient
    if method == "complex":
        numerical = complex_step_gradient
        x = x.astype(complex)
        for _, stored in layer.named_stored():
            stored.to(complex)
    points = {"input": x} | {name: p.data for name, p in layer.named_parameters()}

    def loss(_: np.ndarray) -> float:
        total: float = (dy * layer(x)).sum()
        return total

    return Report([_row(name, analytic[name], numerical(loss, points[name])) for name in points])


def _row(name: str, analytic: np.ndarray, numerical: np.ndarray) -> Row:
    if not analytic.size:
        return Row(name, 0.0, (), 0.0, 0.0)
    off = np.abs(analytic - numerical)
    worst = np.unravel_index(np.nanargmax(np.where(np.isnan(off), np.inf, off)), off.shape)
    index = tuple(int(i) for i in worst)
    scale = np.abs(numerical).max() or 1.0
    return Row(
        name, float(off[index] / scale), index, float(analytic[index]), float(numerical[index])
    )
