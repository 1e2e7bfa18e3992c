"""A computation graph drawn from left to right, with every node's value and gradient; whole, or
step by step, forward and then backward."""

from __future__ import annotations

from collections import defaultdict

from matplotlib.axes import Axes

from cnnkit.graph import Value
from cnnkit.viz.style import (
    BLACK,
    GREY,
    HIGHLIGHT,
    LARGE,
    LINE,
    NORMAL,
    SKY,
    SMALL,
    VERMILION,
    Picture,
    bare_axes,
    number,
)

LARGEST = 60  # nodes that can still be read
WIDTH, HEIGHT = 1.5, 1.0  # inches for a column and for a row

Places = dict[int, tuple[int, float]]


def graph_picture(output: Value, step: int | None = None) -> Picture:
    """The graph that computed `output`: inputs at the left, above each value its operation, below
    it its gradient (after `backward`) in vermilion.

    With `step`, what is known then: the first half of the 2·nodes steps computes the values, the
    second half the gradients, from the output on; the node whose turn it is is framed, and beside
    the arrows to what it was used for stand the local derivatives. ValueError: a graph of more than
    60 nodes, whose numbers could not be read, or no such step.
    """
    nodes = output.nodes()
    if len(nodes) > LARGEST:
        raise ValueError(f"expected at most {LARGEST} nodes, which can be read; got {len(nodes)}")
    valued, graded, current = _known(nodes, step)
    places = _places(nodes)
    columns = 1 + max(x for x, _ in places.values())
    rows = 1 + max(y for _, y in places.values())
    words = _in_words(nodes) if step is None else f"A graph: {graph_sentence(output, step)}"
    picture = Picture(WIDTH * columns, HEIGHT * rows, words)
    axes = bare_axes(picture, (0, 0, 1, 1))
    axes.set_xlim(-0.5, columns - 0.5)
    axes.set_ylim(rows - 0.5, -0.5)
    for node in nodes:
        for operand, slope in zip(node.operands, node.slopes, strict=True):
            ends = places[id(operand)], places[id(node)]
            back = operand is current and step is not None and step >= len(nodes)
            _arrow(axes, *ends, slope if back else None)
    for node in nodes:
        _box(axes, node, places[id(node)], node in valued, node in graded, node is current)
    return picture


def graph_steps(output: Value) -> int:
    """How many steps there are: forward through every node, and back."""
    return 2 * len(output.nodes())


def graph_sentence(output: Value, step: int) -> str:
    """What is computed in a step: q = x + y = −2 + 5 = 3, or df/dx = df/dq · dq/dx = …"""
    nodes = output.nodes()
    _, _, node = _known(nodes, step)
    assert node is not None
    name, top = _name(node), _name(output)
    if step < len(nodes):
        if not node.operands:
            return f"Forward: {name} = {number(node.data)}"
        formula = _formula(node, [_name(operand) for operand in node.operands])
        values = _formula(node, [_bracketed(operand.data) for operand in node.operands])
        return f"Forward: {name} = {formula} = {values} = {number(node.data)}"
    if node is output:
        return f"Backward: d{top}/d{top} = 1"
    uses = [
        (user, slope)
        for user in nodes
        for operand, slope in zip(user.operands, user.slopes, strict=True)
        if operand is node
    ]
    rule = " + ".join(f"d{top}/d{_name(user)} · d{_name(user)}/d{name}" for user, _ in uses)
    values = " + ".join(f"{_bracketed(user.grad)} · {_bracketed(slope)}" for user, slope in uses)
    return f"Backward: d{top}/d{name} = {rule} = {values} = {number(node.grad)}"


def _known(nodes: list[Value], step: int | None) -> tuple[list[Value], list[Value], Value | None]:
    """The nodes whose value is known, those whose gradient is, and the one whose turn it is."""
    if step is None:
        return nodes, nodes, None
    if not 0 <= step < 2 * len(nodes):
        raise ValueError(f"expected a step from 0 to {2 * len(nodes) - 1}, got {step}")
    if step < len(nodes):
        return nodes[: step + 1], [], nodes[step]
    back = 2 * len(nodes) - 1 - step
    return nodes, nodes[back:], nodes[back]


def _in_words(nodes: list[Value]) -> str:
    parts = [f"{_name(n)} {number(n.data)}, gradient {number(n.grad)}" for n in nodes]
    return f"A computation graph from the left to the right: {'; '.join(parts)}."


def _name(node: Value) -> str:
    return node.name or node.operation or number(node.data)


def _formula(node: Value, operands: list[str]) -> str:
    if node.operation in ("+", "−", "×", "/"):
        return f" {node.operation} ".join(operands)
    if node.operation[:1] in ("^", "×"):
        return operands[0] + node.operation
    return f"{node.operation}({', '.join(operands)})"


def _bracketed(value: float) -> str:
    return f"({number(value)})" if value < 0 else number(value)


def _places(nodes: list[Value]) -> Places:
    """Column and row of each node: a result behind its operands, an input before its first use."""
    column: dict[int, int] = {}
    for node in nodes:
        behind = [column[id(operand)] for operand in node.operands]
        column[id(node)] = 1 + max(behind, default=-1)
    for node in reversed(nodes):
        for operand in node.operands:
            if not operand.operands:
                uses = [column[id(user)] for user in nodes if operand in user.operands]
                column[id(operand)] = min(uses) - 1
    taken: dict[int, list[Value]] = defaultdict(list)
    for node in nodes:
        taken[column[id(node)]].append(node)
    rows: dict[int, float] = {}
    for each in sorted(taken):
        level = -1.0
        for node in taken[each]:
            wished = [rows[id(operand)] for operand in node.operands]
            middle = sum(wished) / len(wished) if wished else level + 1
            rows[id(node)] = level = max(level + 1, middle)
    return {id(node): (column[id(node)], rows[id(node)]) for node in nodes}


def _arrow(
    axes: Axes, start: tuple[int, float], end: tuple[int, float], slope: float | None
) -> None:
    """An arrow from an operand to what it is used for; with `slope`, the local derivative on it."""
    colour = GREY if slope is None else VERMILION
    arrow = {"arrowstyle": "-|>", "color": colour, "shrinkA": 28, "shrinkB": 29, "linewidth": 1.2}
    axes.annotate("", end, start, arrowprops=arrow)
    if slope is not None:
        middle = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
        label = axes.text(*middle, f"×{_bracketed(slope)}", fontsize=SMALL, color=VERMILION)
        label.set(ha="center", va="center", zorder=4)
        label.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 1.0})


def _box(
    axes: Axes, node: Value, place: tuple[int, float], valued: bool, graded: bool, current: bool
) -> None:
    x, y = place
    filled = SKY if node.operands and valued else "white"
    box: dict[str, object] = {"boxstyle": "round,pad=0.35", "facecolor": filled}
    box |= {"edgecolor": HIGHLIGHT, "linewidth": 2.8} if current else {"edgecolor": GREY}
    label = f"{node.name} = {node.operation}" if node.name and node.operation else ""
    label = label or node.name or node.operation
    value = axes.text(x, y, number(node.data) if valued else "?", fontsize=LARGE - 2, bbox=box)
    value.set(ha="center", va="center", color=BLACK if valued else LINE)
    for text, height, colour in (
        (label, -0.34, GREY),
        (number(node.grad) if graded else "", 0.36, VERMILION),
    ):
        axes.text(x, y + height, text, ha="center", va="center", fontsize=NORMAL, color=colour)
