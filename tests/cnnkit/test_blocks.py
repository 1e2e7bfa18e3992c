"""Layers that work in blocks: the same on one core and on several, with little memory."""

import os
import tracemalloc
import warnings

import numpy as np
import pytest
from cases import normal

from cnnkit import layers
from cnnkit.layers import blocks

MADE = {
    "max pooling": (lambda: layers.MaxPool2d(3, 2, 1), (4, 16, 40, 40)),
    "average pooling": (lambda: layers.AvgPool2d(2), (4, 16, 40, 40)),
    "depthwise": (lambda: layers.Conv2d(16, 32, 3, padding=1, groups=16), (4, 16, 40, 40)),
    "upsampling": (lambda: layers.Upsample(scale_factor=2), (4, 16, 40, 40)),
    "ReLU": (layers.ReLU, (300, 500)),
}


def on(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnkit.cores._cores", count)


@pytest.mark.parametrize("name", MADE)
def test_what_is_computed_does_not_depend_on_the_number_of_cores(name, monkeypatch):
    make, shape = MADE[name]
    layer, x = make(), normal(shape).astype(np.float32)
    seen = []
    for count in (1, 2, 5):
        on(count, monkeypatch)
        layer.zero_grad()
        y = layer(x)
        dx = layer.backward(np.cos(y))
        seen.append([y, dx, *(parameter.grad for parameter in layer.parameters())])
    for other in seen[1:]:
        for one, two in zip(seen[0], other, strict=True):
            np.testing.assert_array_equal(one, two)


def test_a_fault_on_another_core_is_raised(monkeypatch):
    on(2, monkeypatch)

    def work(part: slice) -> None:
        if part.start:
            raise MemoryError("there")

    with pytest.raises(MemoryError, match="there"):
        blocks.in_parts(work, 4, 2)


def test_what_numpy_is_told_to_ignore_is_ignored_on_each_core(monkeypatch):
    on(2, monkeypatch)

    def work(part: slice) -> None:
        np.float32(1) / np.float32(0)

    with warnings.catch_warnings(), np.errstate(divide="ignore"):
        warnings.simplefilter("error")
        blocks.in_parts(work, 4, 1)
    with np.errstate(divide="raise"), pytest.raises(FloatingPointError):
        blocks.in_parts(lambda part: part.start and work(part), 4, 1)


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_process_has_threads_of_its_own(monkeypatch):
    on(2, monkeypatch)
    layer, x = layers.ReLU(), normal((300, 500))
    layer(x)
    if (child := os.fork()) == 0:
        os._exit(0 if (layer(x) == np.maximum(x, 0)).all() else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_a_convolution_needs_little_memory_whatever_the_pictures_size():
    layer = layers.Conv2d(64, 8, 3, padding=1, bias=False)
    x = np.zeros((1, 64, 224, 224), np.float32)
    dy = np.zeros((1, 8, 224, 224), np.float32)
    tracemalloc.start()
    layer(x)
    layer.learn(dy)
    _, most = tracemalloc.get_traced_memory()
    layer.backward(dy)
    _, most_of_all = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < dy.nbytes + 4e6
    assert most_of_all < x.nbytes + 4e6
