"""Rosenblatt's perceptron: the unit, its rule, and the widest margin that the rule could find."""

import numpy as np

from cnnkit.layers import Linear, Sequential, Step


def perceptron(in_features: int = 2) -> Sequential:
    """y = 1 where w·x + b > 0, else 0; learned by `rosenblatt_step`.

    Rosenblatt, The Perceptron, Psychological Review, 1958.
    """
    return Sequential({"linear": Linear(in_features, 1), "step": Step()})


def rosenblatt_step(net: Sequential, x: np.ndarray, targets: np.ndarray) -> int:
    """One pass of Rosenblatt's rule over the examples x (N, features) with targets (N,) of 0 and 1:
    w += (t − y)·x, b += (t − y), example by example. The number of examples that were wrong; 0 ends
    the learning, which for classes that a line separates comes after finitely many passes.
    """
    linear, wrong = net.linear, 0
    for example, target in zip(x, targets, strict=True):
        error = target - net(example[None])[0, 0]
        if error:
            linear.weight.data = linear.weight.data + error * example
            linear.bias.data = linear.bias.data + error
            wrong += 1
    return wrong


def widest_margin(x: np.ndarray, targets: np.ndarray, steps: int = 20_000) -> np.ndarray:
    """The unit vector u = (w, b) with the largest margin γ = min_n s_n u·(x_n, 1), s = 2t − 1, for
    examples x (N, features) with targets (N,) of 0 and 1: Rosenblatt's rule, from weights 0, takes
    at most (max ‖(x_n, 1)‖ / γ)² steps. γ ≤ 0: no line separates the classes.

    u points to the place nearest to 0 in the convex hull of s_n (x_n, 1). It is found by moving
    weight between two examples at a time (Mitchell, Dem'yanov, Malozemov, SIAM Journal on Control
    12, 1974), until it is exact to 1e-6 or `steps` have been taken.
    """
    signs = 2.0 * np.asarray(targets) - 1
    corners = signs[:, None] * np.column_stack([x, np.ones(len(x))])
    products = corners @ corners.T
    shares = np.full(len(x), 1 / len(x))
    along = products @ shares  # corner · place
    for _ in range(steps):
        near, far = int(along.argmin()), int(np.where(shares > 0, along, -np.inf).argmax())
        gain = along[far] - along[near]
        if gain <= 1e-6 * abs(shares @ along):
            break
        length = products[near, near] - 2 * products[near, far] + products[far, far]
        move = min(shares[far], gain / length)
        shares[near] += move
        shares[far] -= move
        along += move * (products[near] - products[far])
    place = shares @ corners
    unit: np.ndarray = place / (np.linalg.norm(place) or 1.0)
    return unit
