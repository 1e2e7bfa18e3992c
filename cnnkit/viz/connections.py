"""A layer in one direction: where its windows stand, and which weights join its neurons."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.patches import Circle, Rectangle

from cnnkit.layers.windows import output_size
from cnnkit.viz import style
from cnnkit.viz.curves import COLOURS
from cnnkit.viz.style import Picture, at_least_one

ROW, UNIT = 0.24, 0.42  # inches: a window's bar, a pixel
NEURON = 0.17  # of a neuron's distance from the next: its radius


def windows_fit_picture(size: int, kernel_size: int, strides: Sequence[int]) -> Picture:
    """The windows of a row of `size` pixels, one block for each stride; pixels that no window
    reaches are framed. ValueError: a kernel larger than the row."""
    at_least_one(strides, "stride")
    counts = [output_size(size, kernel_size, stride, 0, 1) for stride in strides]
    if min(counts) < 1:
        raise ValueError(f"expected a kernel of at most {size}, got {kernel_size}")
    heights = [UNIT + ROW * count + 0.42 for count in counts]
    picture = Picture(style.PAGE, sum(heights), "")
    axes = style.bare_axes(picture, (0, 0, 1, 1))
    axes.set_xlim(0, style.PAGE)
    axes.set_ylim(sum(heights), 0)
    words, top = [], 0.12
    for stride, count, height in zip(strides, counts, heights, strict=True):
        left_over = size - ((count - 1) * stride + kernel_size)
        words.append(_sentence(size, kernel_size, stride, count, left_over))
        _draw_row(axes, top, size, kernel_size, stride, count)
        axes.text(UNIT * size + 0.6, top + UNIT / 2, words[-1], size=style.NORMAL, va="center")
        top += height
    picture.alt = f"A row of {size} pixels and a kernel of {kernel_size}. " + ". ".join(words)
    return picture


def _sentence(size: int, kernel_size: int, stride: int, count: int, left_over: int) -> str:
    exact = style.number((size - kernel_size) / stride + 1)
    fits = f"{count} windows" if not left_over else f"{count} windows, {left_over} pixel left over"
    if left_over > 1:
        fits = fits.replace("pixel", "pixels")
    return f"stride {stride}: ({size} − {kernel_size})/{stride} + 1 = {exact}: {fits}"


def _draw_row(axes: Axes, top: float, size: int, kernel: int, stride: int, count: int) -> None:
    """The pixels, and below them a bar for each window."""
    reached = (count - 1) * stride + kernel
    for pixel in range(size):
        square = Rectangle((0.2 + UNIT * pixel, top), UNIT, UNIT, facecolor="white")
        square.set(edgecolor=style.LINE, linewidth=0.8)
        axes.add_patch(square)
        axes.text(0.2 + UNIT * (pixel + 0.5), top + UNIT / 2, str(pixel), size=style.SMALL,
                  ha="center", va="center_baseline")  # fmt: skip
    if reached < size:
        corner = (0.2 + UNIT * reached, top)
        frame = Rectangle(
            corner, UNIT * (size - reached), UNIT, fill=False, linewidth=2.8, zorder=3
        )
        frame.set_edgecolor(style.HIGHLIGHT)
        axes.add_patch(frame)
    for n in range(count):
        bar = (0.2 + UNIT * n * stride + 0.04, top + UNIT + ROW * n + 0.06)
        axes.add_patch(Rectangle(bar, UNIT * kernel - 0.08, ROW - 0.08, facecolor=style.SKY))


def connections_picture(size: int = 7, kernel_size: int = 3) -> Picture:
    """`size` inputs and the neurons above them, joined three ways: all to all, each to its own
    window, and the same with shared weights, which have a colour each. ValueError: a kernel that is
    too large, or of more weights than there are colours."""
    count = output_size(size, kernel_size, 1, 0, 1)
    if not 1 <= kernel_size <= len(COLOURS) or count < 1:
        most = min(size, len(COLOURS))
        raise ValueError(f"expected a kernel of 1 to {most}, got {kernel_size}")
    kinds = {
        "fully connected": (size * count, range(size)),
        "locally connected": (kernel_size * count, range(kernel_size)),
        "convolution: shared": (kernel_size, range(kernel_size)),
    }
    picture = Picture(style.PAGE, 2.5, "")
    words = []
    for n, (name, (weights, seen)) in enumerate(kinds.items()):
        axes = style.bare_axes(picture, (n / 3 + 0.01, 0.02, 0.31, 0.84))
        _draw_neurons(axes, size, count, name, list(seen))
        title = f"{name}\n{weights} weights"
        axes.set_title(title, fontsize=style.NORMAL)
        words.append(title.replace("\n", ": "))
    picture.alt = (
        f"{count} neurons above {size} inputs, joined in three ways. {'; '.join(words)}. Joined to "
        f"all inputs, to {kernel_size} neighbours, and to {kernel_size} by the same weights."
    )
    return picture


def _draw_neurons(axes: Axes, size: int, count: int, name: str, seen: list[int]) -> None:
    shift = (size - count) / 2  # the neurons stand above the middle of their windows
    local, shared = name != "fully connected", "shared" in name
    for neuron in range(count):
        for k in seen:
            pixel = neuron + k if local else k
            (line,) = axes.plot([pixel, neuron + shift], [0, 2], zorder=1)
            line.set_color(COLOURS[k] if shared else style.GREY)
            line.set_linewidth(1.8 if shared else 0.9)
    framed = count // 2
    for x, y in [(float(p), 0.0) for p in range(size)] + [(n + shift, 2.0) for n in range(count)]:
        lit = (y, x) == (2.0, framed + shift)
        lit |= y == 0 and (not local or framed <= x < framed + len(seen))
        edge = style.HIGHLIGHT if lit else style.GREY
        circle = Circle((x, y), NEURON, facecolor="white", edgecolor=edge, zorder=2)
        circle.set_linewidth(2.2 if lit else 1)
        axes.add_patch(circle)
    axes.set_aspect("equal")
    axes.set_xlim(-0.4, size - 0.6)
    axes.set_ylim(-0.4, 2.4)
