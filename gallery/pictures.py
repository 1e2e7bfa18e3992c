"""Pictures of filters, windows and layers, step by step."""

from __future__ import annotations

import numpy as np

from cnnkit import data, viz
from cnnkit.explorers.sliding import CHOICES, IMAGE, POOLED

Seen = viz.Picture | viz.Film


def window() -> Seen:
    """A matrix with a window"""
    return viz.matrix(IMAGE, (0, 1, 3, 3), "image I")


def matrices() -> Seen:
    """Matrices in a row"""
    kernel = CHOICES["cross"]
    part = IMAGE[:3, :3]
    return viz.matrices({"window": part, "kernel": kernel, "products": part * kernel}, "⊙=")


def filtering() -> Seen:
    """Filtering as numbers"""
    return viz.filtering(IMAGE, CHOICES["cross"], window=(0, 0, 3, 3))


def kernels() -> Seen:
    """Kernels on a photograph"""
    head = data.photograph("camera")[0, 60:220, 150:310]  # large enough to see a 3×3 kernel's work
    return viz.filter_gallery(head, viz.KERNELS)


def convolution_step() -> Seen:
    """A step of a convolution, padding 1, stride 2"""
    step = viz.convolution_step(IMAGE, CHOICES["cross"], 2, 1, 4)
    return viz.convolution_step_picture(step)


def dilated_step() -> Seen:
    """A step of a dilated convolution"""
    step = viz.convolution_step(IMAGE, CHOICES["cross"], padding=1, index=5, dilation=2)
    return viz.convolution_step_picture(step)


def pooling_step() -> Seen:
    """A step of maximum pooling"""
    return viz.pooling_step_picture(viz.pooling_step(POOLED, "maximum", 2, 1, 5))


def convolution_strip() -> Seen:
    """A convolution as a strip"""
    steps = [viz.convolution_step(IMAGE, CHOICES["cross"], index=i) for i in (0, 1, 8)]
    return viz.strip_picture(steps)


def convolution_film() -> Seen:
    """A convolution as a film"""
    return viz.convolution_film(IMAGE, CHOICES["cross"])


def layer_step() -> Seen:
    """One output of a layer: three channels, two filters"""
    return viz.layer_step_picture(_layer(13))


def layer_backward() -> Seen:
    """The same output's gradient, run backwards"""
    return viz.layer_backward_picture(_layer(13))


def windows_fit() -> Seen:
    """Does the last window fit?"""
    return viz.windows_fit_picture(7, 3, (1, 2, 3))


def padded_rows() -> Seen:
    """Zeros at the ends of a row"""
    return viz.padded_row_picture(8, 3, 2, {"none": (0, 0), "SAME": (0, 1), "padding 1": (1, 1)})


def cone() -> Seen:
    """What a unit sees through three dilated layers"""
    return viz.cone_picture([(3, 1, 1), (3, 1, 2), (3, 1, 4)])


def cone_with_holes() -> Seen:
    """What it steps over where all are dilated by 2"""
    return viz.cone_picture([(3, 1, 2)] * 3)


def enlarging() -> Seen:
    """A transposed convolution, with the odd row"""
    return viz.enlarging_picture([1, 2, 3, 4], [1, 2, 1], stride=2, padding=1, output_padding=1)


def connections() -> Seen:
    """From a fully connected layer to shared weights"""
    return viz.connections_picture(7, 3)


def commuting_square() -> Seen:
    """Equivariance: shift and filter in either order"""
    pattern = np.zeros((7, 7), int)
    pattern[1:4, 1:4] = [[9, 9, 9], [0, 9, 0], [0, 9, 0]]
    return viz.commuting_square_picture(pattern, viz.KERNELS["vertical edges"], 2, 2)


def _layer(index: int) -> viz.LayerStep:
    """A layer of three channels and two filters whose sums fit on one hand."""
    rng = np.random.default_rng(9)
    x, w = rng.integers(0, 3, (3, 5, 5)), rng.integers(-1, 2, (2, 3, 3, 3))
    return viz.layer_step(x, w, [0, 1], index, rng.integers(-1, 2, (2, 3, 3)))


def pooling_film() -> Seen:
    """Pooling as a film"""
    return viz.pooling_film(POOLED[:4, :4], "maximum", 2, 2)
