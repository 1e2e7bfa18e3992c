"""Backpropagation stepped through a graph, forward and backward."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import ipywidgets as widgets

from cnnkit.explorers.base import Step, StepExplorer
from cnnkit.explorers.screen import Diagram
from cnnkit.graph import Value
from cnnkit.viz.graphs import graph_label, graph_picture, graph_sentence, graph_steps


def _product() -> Value:
    """f = (x + y)·z."""
    x, y, z = Value(-2, "x"), Value(5, "y"), Value(-4, "z")
    return _named(_named(x + y, "q") * z, "f")


def _neuron() -> Value:
    """p = σ(w₁x₁ + w₂x₂ + b), the neuron of logistic regression."""
    w1, x1, w2, x2 = Value(2, "w₁"), Value(-1, "x₁"), Value(-3, "w₂"), Value(-2, "x₂")
    products = _named(w1 * x1, "u"), _named(w2 * x2, "v")
    total = _named(products[0] + products[1], "s")
    return _named(_named(total + Value(-3, "b"), "z").sigmoid(), "p")


def _twice() -> Value:
    """f = x·y + x: what is used twice gets the sum of both gradients."""
    x, y = Value(3, "x"), Value(-2, "y")
    return _named(_named(x * y, "q") + x, "f")


def _loss() -> Value:
    """L = (max(0, w·x + b) − t)²: a ReLU unit and its squared error."""
    w, x, b, t = Value(1.5, "w"), Value(2, "x"), Value(-1, "b"), Value(3, "t")
    z = _named(_named(w * x, "u") + b, "z")
    error = _named(_named(z.relu(), "y") - t, "e")
    return _named(error**2, "L")


def _shared() -> Value:
    """y = e + f, where e = c + d and f = c·d share c = a + b and d = a·b: four paths to a."""
    a, b = Value(2, "a"), Value(3, "b")
    c, d = _named(a + b, "c"), _named(a * b, "d")
    return _named(_named(c + d, "e") + _named(c * d, "f"), "y")


def _named(value: Value, name: str) -> Value:
    value.name = name
    return value


GRAPHS: dict[str, Callable[[], Value]] = {
    "(x + y)·z": _product,
    "x·y + x": _twice,
    "σ(w₁x₁ + w₂x₂ + b)": _neuron,
    "(ReLU(w·x + b) − t)²": _loss,
    "(a + b) + a·b + (a + b)·a·b": _shared,
}


class BackpropagationExplorer(StepExplorer):
    """A formula's graph: step forward and every value is computed, step on and every gradient."""

    def __init__(self) -> None:
        self.formula = widgets.Dropdown(options=list(GRAPHS), description="formula")
        super().__init__([self.formula], "step", 1500)

    def prepare(self) -> Sequence[Step]:
        output = GRAPHS[self.formula.value]()
        output.backward()
        return [
            Step(graph_label(output, step), partial(_draw_step, output, step))
            for step in range(graph_steps(output))
        ]


def _draw_step(output: Value, step: int) -> Diagram:
    return Diagram(graph_picture(output, step), f"<p>{graph_sentence(output, step)}</p>")


def backpropagation() -> BackpropagationExplorer:
    """A computation graph, forward and backward, one node at a time."""
    return BackpropagationExplorer()
