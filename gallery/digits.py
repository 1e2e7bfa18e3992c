"""What several pictures show: digits, and LeNet-5 trained on them."""

from __future__ import annotations

from functools import cache

from cnnkit import data, models
from cnnkit.layers import Layer


@cache
def mnist(split: str = "train") -> data.Dataset:
    return data.load("mnist5k", split)


@cache
def lenet() -> Layer:
    return models.trained("lenet5-mnist").net
