"""What `layers.py` measures: layers, and the shapes that the networks of the course give them."""

from collections.abc import Callable
from typing import Any, NamedTuple


class Case(NamedTuple):
    """`build` is called with cnnkit's layers and with PyTorch's; `reason` stands beside a result
    that is more than four times slower than PyTorch's."""

    kind: str
    name: str
    build: Callable[[Any], Any]
    shape: tuple[int, ...]
    reason: str = ""


def conv(name: str, shape: tuple[int, ...], out_channels: int, *options: Any) -> Case:
    return Case(
        "convolution", name, lambda m: m.Conv2d(shape[1], out_channels, *options), shape, DEPTHWISE
    )


DEPTHWISE = "NumPy has no fused multiply-add: each tap is one product and one sum through memory"
ELEMENTWISE = "bound by memory: NumPy makes an array for each operation, PyTorch one pass"

CASES = [
    conv("LeNet-5, conv1, batch 1", (1, 1, 32, 32), 6, 5),
    conv("LeNet-5, conv1, batch 128", (128, 1, 32, 32), 6, 5),
    conv("LeNet-5, conv2, batch 1", (1, 6, 14, 14), 16, 5),
    conv("LeNet-5, conv2, batch 128", (128, 6, 14, 14), 16, 5),
    conv("VGG-16, conv1_1, batch 1", (1, 3, 224, 224), 64, 3, 1, 1),
    conv("VGG-16, conv1_2, batch 1", (1, 64, 224, 224), 64, 3, 1, 1),
    conv("VGG-16, conv2_2, batch 2", (2, 128, 112, 112), 128, 3, 1, 1),
    conv("VGG-16, conv3_2, batch 4", (4, 256, 56, 56), 256, 3, 1, 1),
    conv("VGG-16, conv4_2, batch 4", (4, 512, 28, 28), 512, 3, 1, 1),
    conv("VGG-16, conv5_1, batch 1", (1, 512, 14, 14), 512, 3, 1, 1),
    conv("VGG-16, conv5_1, batch 16", (16, 512, 14, 14), 512, 3, 1, 1),
    conv("3×3, CIFAR-10, batch 128", (128, 32, 32, 32), 32, 3, 1, 1),
    conv("3×3, stride 2, batch 8", (8, 64, 56, 56), 128, 3, 2, 1),
    conv("1×1, 64 → 256, batch 8", (8, 64, 56, 56), 256, 1),
    conv("1×1, 256 → 64, batch 16", (16, 256, 28, 28), 64, 1),
    conv("depthwise 3×3, batch 8", (8, 64, 56, 56), 64, 3, 1, 1, 1, 64),
    conv("depthwise 3×3, stride 2, batch 16", (16, 128, 28, 28), 128, 3, 2, 1, 1, 128),
    conv("5×5, batch 16", (16, 32, 28, 28), 64, 5, 1, 2),
    conv("5×5 in two groups, AlexNet, batch 8", (8, 96, 27, 27), 256, 5, 1, 2, 1, 2),
    conv("11×11, stride 4, AlexNet, batch 8", (8, 3, 227, 227), 96, 11, 4),
    Case(
        "other",
        "transposed 4×4, stride 2, batch 16",
        lambda m: m.ConvTranspose2d(128, 64, 4, 2, 1),
        (16, 128, 14, 14),
    ),
    Case("other", "linear 400 → 120, batch 128", lambda m: m.Linear(400, 120), (128, 400)),
    Case("other", "linear 4096 → 4096, batch 1", lambda m: m.Linear(4096, 4096), (1, 4096)),
    Case("other", "linear 4096 → 1000, batch 64", lambda m: m.Linear(4096, 1000), (64, 4096)),
    Case("other", "max pool 2×2", lambda m: m.MaxPool2d(2), (8, 64, 112, 112), ELEMENTWISE),
    Case(
        "other", "max pool 3×3, stride 2", lambda m: m.MaxPool2d(3, 2), (8, 96, 55, 55), ELEMENTWISE
    ),
    Case("other", "average pool 2×2", lambda m: m.AvgPool2d(2), (128, 6, 28, 28), ELEMENTWISE),
    Case("other", "global average", lambda m: m.AdaptiveAvgPool2d(1), (32, 512, 7, 7), ELEMENTWISE),
    Case("other", "batch norm, 64 maps", lambda m: m.BatchNorm2d(64), (8, 64, 56, 56), ELEMENTWISE),
    Case(
        "other",
        "batch norm, 512 maps",
        lambda m: m.BatchNorm2d(512),
        (16, 512, 14, 14),
        ELEMENTWISE,
    ),
    Case(
        "other", "batch norm, 120 features", lambda m: m.BatchNorm1d(120), (128, 120), ELEMENTWISE
    ),
    Case(
        "other",
        "local response, 5 maps",
        lambda m: m.LocalResponseNorm(5, 5e-4, 0.75, 2.0),
        (8, 96, 27, 27),
        ELEMENTWISE,
    ),
    Case("other", "ReLU", lambda m: m.ReLU(), (8, 64, 56, 56), ELEMENTWISE),
    Case("other", "tanh", lambda m: m.Tanh(), (128, 6, 28, 28), ELEMENTWISE),
    Case("other", "softmax, 1000 classes", lambda m: m.Softmax(dim=1), (64, 1000), ELEMENTWISE),
    Case("other", "dropout", lambda m: m.Dropout(), (64, 4096), ELEMENTWISE),
    Case(
        "other", "upsample ×2", lambda m: m.Upsample(scale_factor=2), (4, 64, 56, 56), ELEMENTWISE
    ),
    Case(
        "other",
        "upsample ×2, bilinear",
        lambda m: m.Upsample(scale_factor=2, mode="bilinear"),
        (4, 64, 56, 56),
        ELEMENTWISE,
    ),
]
