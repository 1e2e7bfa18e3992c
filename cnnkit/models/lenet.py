"""LeNet-5 (LeCun, Bottou, Bengio, Haffner, Gradient-Based Learning Applied to Document Recognition,
Proceedings of the IEEE, 1998, section II.B)."""

from __future__ import annotations

import numpy as np

from cnnkit.layers import (
    RBF,
    AvgPool2d,
    Concat,
    Conv2d,
    Flatten,
    Linear,
    ScaledTanh,
    Select,
    Sequential,
    SumPool2d,
    Tanh,
)
from cnnkit.models.variants import one_of


def lenet5(num_classes: int = 10, variant: str = "common") -> Sequential:
    """LeNet-5, for images (1, 32, 32). `variant="common"`: as it is mostly drawn today, 61,706
    parameters. `variant="paper"`: that of 1998 with 60,000, where C3 sees only some of S2's maps,
    sub-sampling has a weight and a bias for each map, and the output layer measures how near its
    input is to drawings of the ten digits.
    """
    return one_of(variant, common=_common, paper=_of_1998)(num_classes)


def _common(num_classes: int) -> Sequential:
    return Sequential(
        {
            "conv1": Conv2d(1, 6, 5),
            "tanh1": Tanh(),
            "pool1": AvgPool2d(2),
            "conv2": Conv2d(6, 16, 5),
            "tanh2": Tanh(),
            "pool2": AvgPool2d(2),
            "flatten": Flatten(),
            "fc1": Linear(16 * 5 * 5, 120),
            "tanh3": Tanh(),
            "fc2": Linear(120, 84),
            "tanh4": Tanh(),
            "fc3": Linear(84, num_classes),
        }
    )


# Table I: which of S2's six maps each of C3's sixteen sees.
C3 = (
    *((0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5)),
    *((0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5), (0, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 5)),
    *((0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5)),
    (0, 1, 2, 3, 4, 5),
)


def _subsampling(channels: int) -> Sequential:
    """S2, S4: the sum of four, times a coefficient, plus a bias; both are learned."""
    return Sequential(
        {"sum": SumPool2d(2), "scale": Conv2d(channels, channels, 1, groups=channels)}
    )


def _partly_connected() -> Concat:
    return Concat(
        {
            f"map{i}": Sequential({"select": Select(maps), "conv": Conv2d(len(maps), 1, 5)})
            for i, maps in enumerate(C3)
        }
    )


def _of_1998(num_classes: int) -> Sequential:
    if num_classes != 10:
        raise ValueError(
            f"lenet5: its output layer of 1998 knows the 10 digits, not {num_classes} classes; "
            "take variant='common'"
        )
    net = Sequential(
        {
            "C1": Conv2d(1, 6, 5),
            "tanh1": ScaledTanh(),
            "S2": _subsampling(6),
            "tanh2": ScaledTanh(),
            "C3": _partly_connected(),
            "tanh3": ScaledTanh(),
            "S4": _subsampling(16),
            "tanh4": ScaledTanh(),
            "C5": Conv2d(16, 120, 5),
            "tanh5": ScaledTanh(),
            "flatten": Flatten(),
            "F6": Linear(120, 84),
            "tanh6": ScaledTanh(),
            "output": RBF(84, 10),
        }
    )
    net.output.weight.initialize(lambda _, shape: digits().reshape(shape))
    return net


# In the manner of figure 3, drawn for this course: 7 pixels wide, 12 high.
DIGITS = """
.#####. ...##.. .#####. ####### ....##. ####### ..####. ####### .#####. .#####.
##...## ..###.. ##...## .....## ...###. ##..... .##.... .....## ##...## ##...##
##...## .####.. .....## ....##. ..####. ##..... ##..... .....## ##...## ##...##
##...## ...##.. .....## ...##.. ..#.##. ##..... ##..... ....##. ##...## ##...##
##...## ...##.. ....##. ..####. .##.##. ######. ##.###. ....##. .#####. ##...##
##...## ...##.. ...##.. ....### .#..##. .....## ###..## ...##.. ##...## .######
##...## ...##.. ..##... .....## ##..##. .....## ##...## ...##.. ##...## .....##
##...## ...##.. .##.... .....## ####### .....## ##...## ..##... ##...## .....##
##...## ...##.. ##..... .....## ....##. .....## ##...## ..##... ##...## .....##
##...## ...##.. ##..... ##...## ....##. ##...## ##...## ..##... ##...## ....##.
.#####. .###### ####### .#####. ....##. .#####. .#####. ..##... .#####. .####..
....... ....... ....... ....... ....... ....... ....... ....... ....... .......
"""


def digits() -> np.ndarray:
    """The ten patterns of the output layer, (10, 12, 7): +1 on the strokes, −1 elsewhere."""
    rows = [line.split() for line in DIGITS.split("\n") if line]
    pixels = [[list(row[digit]) for row in rows] for digit in range(10)]
    return np.where(np.array(pixels) == "#", 1.0, -1.0)
