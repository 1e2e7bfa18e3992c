"""One output of a convolution layer, from channels to filters, and the same run backwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnkit.layers import Conv2d
from cnnkit.viz import style
from cnnkit.viz.canvas import Canvas
from cnnkit.viz.panels import Panel
from cnnkit.viz.style import Picture, bracketed, number

BETWEEN = 1.15  # cells between two channels
FOOT = 1.0  # cells below the last


@dataclass(frozen=True, eq=False)
class LayerStep:
    """The output (o, i, j) of y[o,i,j] = b[o] + Σ_{c,k,l} w[o,c,k,l] · x[c, i+k, j+l].

    `x` (C, H, W), `w` (O, C, K, K), `b` (O), `y` and `delta` = ∂L/∂y (O, H', W'). `dx`, `dw`, `db`:
    what all outputs up to this one, filter by filter and row by row, have added to the gradients.
    """

    x: np.ndarray
    w: np.ndarray
    b: np.ndarray
    y: np.ndarray
    delta: np.ndarray
    dx: np.ndarray
    dw: np.ndarray
    db: np.ndarray
    place: tuple[int, int, int]

    @property
    def window(self) -> np.ndarray:
        """What the filter sees: (C, K, K)."""
        _, i, j = self.place
        size = self.w.shape[2]
        return self.x[:, i : i + size, j : j + size]

    @property
    def products(self) -> np.ndarray:
        """w[o] · window, (C, K, K)."""
        return self.w[self.place[0]] * self.window

    @property
    def sums(self) -> np.ndarray:
        """One sum for each channel, (C)."""
        return self.products.sum((1, 2))

    @property
    def sentence(self) -> str:
        """y[0, 1, 1] = 2 + (−1) + 0 + 1 = 2: the channels' sums and the bias."""
        o, i, j = self.place
        terms = " + ".join(bracketed(value) for value in (*self.sums, self.b[o]))
        return f"y[{o}, {i}, {j}] = {terms} = {number(self.y[self.place])}"


def layer_step(x: Any, w: Any, b: Any, index: int = 0, delta: Any = None) -> LayerStep:
    """The `index`-th output of a layer at stride 1 without padding, filter by filter and row by
    row. `delta`: the gradient of each output, of y's shape (default: ones). ValueError: shapes that
    do not belong together, no such output."""
    x, w, b = (np.asarray(value, np.float64) for value in (x, w, b))
    shapes = x.ndim == 3 and w.ndim == 4 and w.shape[1] == len(x) and b.shape == w.shape[:1]
    if not shapes or w.shape[2] != w.shape[3]:
        raise ValueError(
            "expected x (C, H, W), w (O, C, K, K) and b (O), got "
            f"{x.shape}, {w.shape} and {b.shape}"
        )
    layer = Conv2d(len(x), len(w), w.shape[2]).double()
    weight, bias = layer.parameters()
    weight.data[...], bias.data[...] = w, b
    y = layer(x[None])[0]
    delta = np.ones(y.shape) if delta is None else np.asarray(delta, np.float64)
    if delta.shape != y.shape or not 0 <= index < y.size:
        raise ValueError(
            f"expected gradients {y.shape} and an output from 0 to {y.size - 1}, got "
            f"{delta.shape} and {index}"
        )
    behind = np.arange(y.size).reshape(y.shape) > index
    dx = layer.backward(np.where(behind, 0, delta)[None])[0]
    o, i, j = (int(n) for n in np.unravel_index(index, y.shape))
    dw, db = np.asarray(weight.grad), np.asarray(bias.grad)
    return LayerStep(x, w, b, y, delta, dx, dw, db, (o, i, j))


def layer_step_picture(step: LayerStep) -> Picture:
    """Each channel's window times its part of the filter, the sums, the bias, the output cell."""
    o, i, j = step.place
    (channels, height, width), size = step.x.shape, step.w.shape[2]
    canvas = Canvas(width + 2 * size + step.y.shape[2] + 8.6, channels * (height + BETWEEN) + FOOT)
    half = (canvas.height - FOOT) / 2 + 0.3
    for c in range(channels):
        top = 0.9 + c * (height + BETWEEN)
        middle, left = top + height / 2, 0.3
        upper = middle - size / 2
        canvas.panel(Panel(step.x[c], f"x[{c}]", windows=[(i, j, size, size)]), left, top)
        left += width + 0.4
        canvas.sign("⊙", left + 0.05, middle)
        canvas.panel(Panel(step.w[o, c], f"w[{o}, {c}]"), left + 0.5, upper)
        left += size + 0.9
        canvas.sign("=", left + 0.1, middle)
        canvas.panel(Panel(step.products[c], "products"), left + 0.6, upper)
        left += size + 1.0
        canvas.sign("→", left + 0.1, middle)
        canvas.panel(Panel(step.sums[c : c + 1, None], "sum"), left + 0.6, middle - 0.5)
        canvas.line(left + 1.7, middle, left + 2.7, half)
    canvas.sign("+", left + 2.95, half)
    canvas.words(f"b[{o}] = {number(step.b[o])}", left + 3.9, half + 2.6, style.SMALL)
    canvas.line(left + 3.8, half + 2.3, left + 3.05, half + 0.3)
    top = _maps(canvas, step, step.y, "y", left + 4.9)
    canvas.arrow(left + 3.2, half, left + 4.8, top + i + 0.5)
    canvas.sentence(step.sentence)
    shapes = f"{channels} channels {height}×{width}, {len(step.w)} filters {size}×{size}×{channels}"
    return canvas.picture(f"{shapes}. {step.sentence}.")


def layer_backward_picture(step: LayerStep) -> Picture:
    """What the gradient of one output adds to the gradients of its window, filter and bias; and
    what has been added up until then."""
    o, i, j = step.place
    (channels, height, width), size = step.x.shape, step.w.shape[2]
    d = number(step.delta[step.place])
    canvas = Canvas(width + 4 * size + 8.0, channels * (height + BETWEEN) + FOOT)
    for c in range(channels):
        top = 0.9 + c * (height + BETWEEN)
        middle, left = top + height / 2, 0.3
        upper = middle - size / 2
        canvas.panel(Panel(step.dx[c], f"∂L/∂x[{c}]", windows=[(i, j, size, size)]), left, top)
        left += width + 0.4
        canvas.sign("←+", left + 0.3, middle)
        added = step.delta[step.place] * step.w[o, c]
        canvas.panel(Panel(added, f"δ · w[{o}, {c}]"), left + 0.9, upper)
        left += size + 1.6
        canvas.panel(Panel(step.delta[step.place] * step.window[c], "δ · window"), left, upper)
        left += size + 0.2
        canvas.sign("+→", left + 0.4, middle)
        canvas.panel(Panel(step.dw[o, c], f"∂L/∂w[{o}, {c}]"), left + 1.0, upper)
        left += size + 1.0
    left += 1.2
    top = _maps(canvas, step, step.delta, "δ", left)
    note = f"∂L/∂b[{o}] = {number(step.db[o])}"
    canvas.words(note, left + step.delta.shape[2] / 2, top + len(step.delta[o]) + 0.5, style.SMALL)
    place = f"δ[{o}, {i}, {j}] = {d}"
    words = f"{place} goes back to the window that it came from, to filter {o} and to its bias"
    canvas.sentence(words)
    return canvas.picture(
        f"{words}. Added up so far: "
        + "; ".join(Panel(g, f"∂L/∂x[{c}]").words for c, g in enumerate(step.dx))
    )


def _maps(canvas: Canvas, step: LayerStep, maps: np.ndarray, name: str, left: float) -> float:
    """The output's maps below one another, the step's cell framed; the top of its map."""
    o, i, j = step.place
    count, height, _ = maps.shape
    pitch = height + 2.0
    top = (canvas.height - FOOT - count * pitch) / 2 + 1.0
    for n, values in enumerate(maps):
        windows = [(i, j, 1, 1)] if n == o else []
        canvas.panel(Panel(values, f"{name}[{n}]", windows=windows), left, top + n * pitch)
    return top + o * pitch
