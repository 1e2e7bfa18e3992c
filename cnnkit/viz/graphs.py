"""A computation graph drawn from left to right, with every node's value and gradient."""

from collections import defaultdict

from cnnkit.graph import Value
from cnnkit.viz.style import BLACK, GREY, LARGE, NORMAL, SKY, VERMILION, Picture, bare_axes, number

LARGEST = 60  # nodes that can still be read
WIDTH, HEIGHT = 1.45, 0.95  # inches for a column and for a row


def graph_picture(output: Value) -> Picture:
    """The graph that computed `output`: inputs at the left, above each value its gradient.

    Values stand in a box under the operation that made them, gradients (after `backward`) in
    vermilion. ValueError for a graph of more than 60 nodes, whose numbers could not be read.
    """
    nodes = output.nodes()
    if len(nodes) > LARGEST:
        raise ValueError(f"expected at most {LARGEST} nodes, which can be read; got {len(nodes)}")
    places = _places(nodes)
    columns = 1 + max(x for x, _ in places.values())
    rows = 1 + max(y for _, y in places.values())
    picture = Picture(WIDTH * columns, HEIGHT * rows)
    axes = bare_axes(picture, (0, 0, 1, 1))
    axes.set_xlim(-0.5, columns - 0.5)
    axes.set_ylim(rows - 0.5, -0.5)
    for node in nodes:
        for operand in node.operands:
            _arrow(axes, places[id(operand)], places[id(node)])
    for node in nodes:
        _box(axes, node, *places[id(node)])
    return picture


def _places(nodes: list[Value]) -> dict[int, tuple[int, float]]:
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


def _arrow(axes, start: tuple[int, float], end: tuple[int, float]) -> None:
    style = {"arrowstyle": "-|>", "color": GREY, "shrinkA": 26, "shrinkB": 27, "linewidth": 1}
    axes.annotate("", end, start, arrowprops=style)


def _box(axes, node: Value, x: int, y: float) -> None:
    box = {"boxstyle": "round,pad=0.35", "facecolor": SKY if node.operands else "white"}
    label = node.name or node.operation
    if label:
        axes.text(x, y - 0.31, label, ha="center", va="center", fontsize=NORMAL, color=GREY)
    axes.text(
        *(x, y, number(node.data)),
        ha="center",
        va="center",
        fontsize=LARGE - 2,
        color=BLACK,
        bbox=box,
    )
    axes.text(
        *(x, y + 0.33, number(node.grad)),
        ha="center",
        va="center",
        fontsize=NORMAL,
        color=VERMILION,
    )
