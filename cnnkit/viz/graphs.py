"""A computation graph drawn from left to right, with every node's value and gradient; whole, or
step by step, forward and then backward."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch
from matplotlib.text import Text

from cnnkit.graph import Value
from cnnkit.viz.style import (
    BLACK,
    GREY,
    HIGHLIGHT,
    LARGE,
    SKY,
    SMALL,
    VERMILION,
    Picture,
    bare_axes,
    bracketed,
    number,
)

LARGEST = 60  # nodes that can still be read
WIDTH, HEIGHT = 1.75, 1.15  # inches for a column and for a row

SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")

Places = dict[int, tuple[int, float]]


def graph_picture(output: Value, step: int | None = None) -> Picture:
    """The graph that computed `output`: inputs at the left, above each value its operation, below
    it its gradient (after `backward`) in vermilion, on each arrow the local derivative.

    With `step`, what is known then: the first half of the 2·nodes steps computes the values, the
    second half the gradients, from the output on; the node whose turn it is is framed, and the
    local derivatives on the arrows to what it was used for are in its colour; those that were used
    before stay.
    ValueError: a graph of more than
    60 nodes, whose numbers could not be read; no such step; gradients before `backward`.
    """
    nodes = output.nodes()
    if len(nodes) > LARGEST:
        raise ValueError(f"expected at most {LARGEST} nodes, which can be read; got {len(nodes)}")
    valued, graded, current = _known(nodes, step)
    names, places = _names(nodes), _places(nodes)
    columns = 1 + max(x for x, _ in places.values())
    rows = 1 + max(y for _, y in places.values())
    top = _top(nodes, places)
    words = _in_words(nodes) if step is None else f"A graph: {graph_sentence(output, step)}"
    picture = Picture(WIDTH * columns, HEIGHT * (rows - 0.5 - top), words)
    axes = bare_axes(picture, (0, 0, 1, 1))
    axes.set_xlim(-0.5, columns - 0.5)
    axes.set_ylim(rows - 0.5, top)
    boxes = {}
    for node in nodes:
        gradient = f"∂{names[output]}/∂{names[node]} = {number(node.grad)}"
        shown = gradient if node in graded else ""
        label = f"{names[node]} = {_formula(node, names)}" if node.operands else names[node]
        boxes[node] = _box(axes, node, places[id(node)], label, node in valued, shown)
        if node is current:
            boxes[node].get_bbox_patch().set(edgecolor=HIGHLIGHT, linewidth=2.8)  # type: ignore[union-attr]
    for node in nodes:
        for operand in dict.fromkeys(node.operands):
            slopes = _slopes(node, operand) if operand in graded else []
            colour = VERMILION if slopes and operand is current else GREY
            _arrow(axes, boxes[operand], boxes[node], slopes, colour)
    return picture


def graph_steps(output: Value) -> int:
    """How many steps there are: forward through every node, and back."""
    return 2 * len(output.nodes())


def graph_label(output: Value, step: int) -> str:
    """What a step computes, in short: q or ∂f/∂q. ValueError as of `graph_sentence`."""
    nodes = output.nodes()
    names = _names(nodes)
    _, _, node = _known(nodes, step)
    assert node is not None
    return names[node] if step < len(nodes) else f"∂{names[output]}/∂{names[node]}"


def graph_sentence(output: Value, step: int) -> str:
    """What is computed in a step: q = x + y = (−2) + 5 = 3, or the chain rule over all uses,
    ∂f/∂x = ∂f/∂q · ∂q/∂x + ∂f/∂x (direct) = …; ValueError: no such step, or gradients before
    `backward`."""
    nodes = output.nodes()
    names = _names(nodes)
    _, _, node = _known(nodes, step)
    assert node is not None
    name, top = names[node], names[output]
    if step < len(nodes):
        if not node.operands:
            return f"Forward: {name} = {number(node.data)}"
        values = _formula(node, {operand: bracketed(operand.data) for operand in node.operands})
        return f"Forward: {name} = {_formula(node, names)} = {values} = {number(node.data)}"
    if node is output:
        return f"Backward: ∂{top}/∂{top} = 1"
    rules, products = [], []
    for user in nodes:
        for slope in _slopes(user, node):
            # ∂f/∂x is the whole; what x does to f without another node between is a part of it.
            through = f"∂{top}/∂{names[user]} · ∂{names[user]}/∂{name}"
            rules.append(f"∂{top}/∂{name} (direct)" if user is output else through)
            passed = f"{bracketed(user.grad)} · {bracketed(slope)}"
            products.append(bracketed(slope) if user is output else passed)
    shown = [" + ".join(products)] if len(products) > 1 or " " in products[0] else []
    if any("·" in rule for rule in rules):
        shown.insert(0, " + ".join(rules))
    return f"Backward: {' = '.join([f'∂{top}/∂{name}', *shown, number(node.grad)])}"


def _known(nodes: list[Value], step: int | None) -> tuple[list[Value], list[Value], Value | None]:
    """The nodes whose value is known, those whose gradient is, and the one whose turn it is."""
    differentiated = nodes[-1].grad == 1
    if step is None:
        return nodes, nodes if differentiated else [], None
    if not 0 <= step < 2 * len(nodes):
        raise ValueError(f"expected a step from 0 to {2 * len(nodes) - 1}, got {step}")
    if step < len(nodes):
        return nodes[: step + 1], [], nodes[step]
    if not differentiated:
        raise ValueError("the graph has no gradients yet: call backward() on its output first")
    back = 2 * len(nodes) - 1 - step
    return nodes, nodes[back:], nodes[back]


def _slopes(user: Value, operand: Value) -> list[float]:
    """The local derivatives of a node by one of its operands, one for each place it stands at."""
    pairs = zip(user.operands, user.slopes, strict=True)
    return [slope for each, slope in pairs if each is operand]


def _in_words(nodes: list[Value]) -> str:
    names = _names(nodes)
    parts = [f"{names[n]} {number(n.data)}, gradient {number(n.grad)}" for n in nodes]
    return f"A computation graph from the left to the right: {'; '.join(parts)}."


def _names(nodes: list[Value]) -> dict[Value, str]:
    """Each node's name; v₁, v₂ … for operations that have none, c₁, c₂ … for such inputs."""
    names: dict[Value, str] = {}
    for letter, unnamed in (
        ("v", [n for n in nodes if not n.name and n.operands]),
        ("c", [n for n in nodes if not n.name and not n.operands]),
    ):
        for place, node in enumerate(unnamed, 1):
            names[node] = letter + str(place).translate(SUBSCRIPTS)
    return {node: node.name or names[node] for node in nodes}


def _formula(node: Value, names: Mapping[Value, str]) -> str:
    operands = [names[operand] for operand in node.operands]
    if node.operation in ("+", "−", "×", "/"):
        return f" {node.operation} ".join(operands)
    if node.operation[:1] in ("^", "×"):
        return operands[0] + node.operation.replace("^2", "²")
    return f"{node.operation}({', '.join(operands)})"


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


def _bow(x: float, to_x: float) -> float:
    """How far an arrow bends, in parts of its length: it bends if it passes a column."""
    return -0.35 if to_x - x > 1 else 0.0


def _rise(x: float, to_x: float) -> float:
    """How many rows the middle of an arrow lies above the line between its ends, negative."""
    return 0.48 * _bow(x, to_x) * (to_x - x) * WIDTH / HEIGHT


def _top(nodes: list[Value], places: Places) -> float:
    """The upper edge in rows: half a row above the first, and above the highest bow."""
    edges = [-0.5]
    for node in nodes:
        for operand in node.operands:
            (x, y), (to_x, to_y) = places[id(operand)], places[id(node)]
            if _bow(x, to_x):
                edges.append((y + to_y) / 2 + _rise(x, to_x) - 0.25)
    return min(edges)


def _arrow(axes: Axes, start: Text, end: Text, slopes: list[float], colour: str) -> None:
    """An arrow from an operand to what it is used for, in a bow if it passes a column; with
    `slopes`, the local derivatives on it."""
    (x, y), (to_x, to_y) = start.get_position(), end.get_position()
    bow = _bow(x, to_x)
    arrow = FancyArrowPatch(
        (x, y),
        (to_x, to_y),
        arrowstyle="-|>",
        mutation_scale=14,
        connectionstyle=f"arc3,rad={bow}",
        patchA=start.get_bbox_patch(),
        patchB=end.get_bbox_patch(),
        shrinkA=2,
        shrinkB=2,
    )
    # Drawn after the boxes, whose places are known only then.
    arrow.set(color=colour, linewidth=1.3, zorder=3.5)
    axes.add_patch(arrow)
    if slopes:
        text = " + ".join(map(bracketed, slopes))
        along = 0.36 if to_y - y > 1 else 0.55  # a steep arrow is crossed by others in its middle
        across, down = x + along * (to_x - x), y + along * (to_y - y)
        middle = across, down + _rise(x, to_x)
        label = axes.text(*middle, f"×({text})" if len(slopes) > 1 else f"×{text}")
        label.set(ha="center", va="center", zorder=4, fontsize=SMALL, color=colour)
        label.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 1.0})


def _box(
    axes: Axes, node: Value, place: tuple[int, float], label: str, valued: bool, gradient: str
) -> Text:
    """A node's value in its box, what it is above and its gradient below."""
    x, y = place
    filled = SKY if node.operands and valued else "white"
    box = {"boxstyle": "round,pad=0.35", "facecolor": filled, "edgecolor": GREY}
    value = axes.text(x, y, number(node.data) if valued else "?", fontsize=LARGE - 2, bbox=box)
    value.set(ha="center", va="center", color=BLACK if valued else GREY, zorder=3)
    for text, height, colour in ((label, -0.33, GREY), (gradient, 0.34, VERMILION)):
        beside = axes.text(x, y + height, text, fontsize=SMALL, color=colour, zorder=4)
        beside.set(ha="center", va="center")
        if text:  # no arrow through it
            beside.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 0.5})
    return value
