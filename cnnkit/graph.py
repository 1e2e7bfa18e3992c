"""A graph of scalars that differentiates itself: backpropagation, node by node.

    x, y, z = Value(-2, "x"), Value(5, "y"), Value(-4, "z")
    f = (x + y) * z
    f.backward()
    x.grad, y.grad, z.grad                  # -4, -4, 3

Every operation keeps its operands and its local derivatives; `backward` walks the graph from the
output to the inputs and applies the chain rule once at each node (Rumelhart, Hinton, Williams,
Learning representations by back-propagating errors, 1986). The form in few lines is Karpathy's
micrograd's. `cnnkit.viz.graph_picture(f)` draws it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Union

Number = Union["Value", int, float]


class Value:
    """A number, and how it was computed: `.data`, and ∂output/∂self in `.grad` after `backward`.

    `operands` are the Values it was computed from, `slopes` the derivatives by each of them.
    """

    __slots__ = ("data", "grad", "name", "operands", "operation", "slopes")

    def __init__(
        self,
        data: float,
        name: str = "",
        operation: str = "",
        operands: tuple[Value, ...] = (),
        slopes: tuple[float, ...] = (),
    ) -> None:
        if not isinstance(data, int | float):
            raise TypeError(f"Value: expected a number, got {type(data).__name__}")
        self.data, self.grad, self.name = float(data), 0.0, name
        self.operation, self.operands, self.slopes = operation, operands, slopes

    def backward(self) -> None:
        """Set `.grad` of every node to the derivative of this one by it.

        Nodes are visited after all that they were used for, so that what comes from several uses
        has been added up: Σ over uses of ∂output/∂use · ∂use/∂node. No recursion: a chain may be
        as long as memory allows.
        """
        order = self.nodes()
        for node in order:
            node.grad = 0.0
        self.grad = 1.0
        for node in reversed(order):
            for operand, slope in zip(node.operands, node.slopes, strict=True):
                operand.grad += node.grad * slope

    def nodes(self) -> list[Value]:
        """Every node of the graph once, operands before what uses them."""
        order: list[Value] = []
        seen: set[int] = {id(self)}
        path: list[tuple[Value, Iterator[Value]]] = [(self, iter(self.operands))]
        while path:
            node, operands = path[-1]
            operand = next((each for each in operands if id(each) not in seen), None)
            if operand is None:
                order.append(node)
                path.pop()
            else:
                seen.add(id(operand))
                path.append((operand, iter(operand.operands)))
        return order

    def __add__(self, other: Number) -> Value:
        return self._binary("+", other, lambda a, b: (a + b, 1.0, 1.0))

    def __sub__(self, other: Number) -> Value:
        return self._binary("−", other, lambda a, b: (a - b, 1.0, -1.0))

    def __mul__(self, other: Number) -> Value:
        return self._binary("×", other, lambda a, b: (a * b, b, a))

    def __truediv__(self, other: Number) -> Value:
        return self._binary("/", other, lambda a, b: (a / b, 1 / b, -(a / b) / b))

    def __pow__(self, exponent: float) -> Value:
        """self^n for a constant n: its derivative is n·self^(n−1), at 0 for n below 1 it is ∞."""
        if not isinstance(exponent, int | float):
            raise TypeError("Value: the exponent must be a constant; write exp(b * log(a))")
        y, slope = self.data**exponent, 0.0
        if exponent:
            steep = self.data == 0 and exponent < 1
            slope = math.inf if steep else exponent * self.data ** (exponent - 1)
        return self._unary(f"^{exponent:g}", y, slope)

    def __neg__(self) -> Value:
        return self._unary("×(−1)", -self.data, -1.0)

    def __radd__(self, other: Number) -> Value:
        return _value(other) + self

    def __rsub__(self, other: Number) -> Value:
        return _value(other) - self

    def __rmul__(self, other: Number) -> Value:
        return _value(other) * self

    def __rtruediv__(self, other: Number) -> Value:
        return _value(other) / self

    def exp(self) -> Value:
        y = math.exp(self.data)
        return self._unary("exp", y, y)

    def log(self) -> Value:
        if self.data <= 0:
            raise ValueError(f"Value: log needs a positive number, got {self.data:g}")
        return self._unary("log", math.log(self.data), 1 / self.data)

    def maximum(self, other: Number) -> Value:
        """max(self, other), NaN if one of them is; of a tie each gets half the gradient, as in
        PyTorch."""

        def compute(a: float, b: float) -> tuple[float, float, float]:
            half = (a == b) / 2
            return (a if a > b or math.isnan(a) else b), (a > b) + half, (b > a) + half

        return self._binary("max", other, compute)

    def tanh(self) -> Value:
        y = math.tanh(self.data)
        return self._unary("tanh", y, 1 - y * y)

    def sigmoid(self) -> Value:
        """1 / (1 + e^−x), whose derivative is y(1 − y); written so that nothing overflows."""
        small = math.exp(-abs(self.data))
        y = 1 / (1 + small) if self.data >= 0 else small / (1 + small)
        return self._unary("sigmoid", y, y * (1 - y))

    def relu(self) -> Value:
        """max(0, x); the derivative at 0 is 0, as in PyTorch."""
        y = 0.0 if self.data <= 0 else self.data  # NaN stays NaN
        return self._unary("ReLU", y, float(self.data > 0))

    def _unary(self, operation: str, data: float, slope: float) -> Value:
        return Value(data, "", operation, (self,), (slope,))

    def _binary(self, operation: str, other: Number, compute) -> Value:
        second = _value(other)
        data, *slopes = compute(self.data, second.data)
        return Value(data, "", operation, (self, second), tuple(slopes))

    def __repr__(self) -> str:
        name = f", {self.name!r}" if self.name else ""
        return f"Value({self.data:g}{name}, grad={self.grad:g})"


def _value(number: Number) -> Value:
    return number if isinstance(number, Value) else Value(number)
