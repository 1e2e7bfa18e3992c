"""Rosenblatt's perceptron: the unit and its rule."""

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
