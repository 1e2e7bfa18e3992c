"""FaceNet's NN1 and NN2 (Schroff, Kalenichenko, Philbin, FaceNet: A Unified Embedding for Face
Recognition and Clustering, 2015, tables 1 and 2): ZFNet's and GoogLeNet's forms of an embedding."""

from __future__ import annotations

from cnnkit.layers import (
    AdaptiveAvgPool2d,
    Concat,
    Conv2d,
    Flatten,
    L2Normalize,
    Layer,
    Linear,
    LocalResponseNorm,
    LPPool2d,
    Maxout,
    MaxPool2d,
    ReLU,
    Sequential,
    ZeroPad2d,
)


def _conv(channels: int, out_channels: int, size: int, stride: int = 1) -> Sequential:
    return Sequential(
        {"conv": Conv2d(channels, out_channels, size, stride, padding=size // 2), "relu": ReLU()}
    )


def _norm() -> LocalResponseNorm:
    return LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2.0)


def _pool() -> MaxPool2d:
    return MaxPool2d(3, 2, padding=1)


def facenet_nn1(num_features: int = 128) -> Sequential:
    """NN1, for images (3, 220, 220): 22 layers, fully connected ones with maxout of 2."""
    layers: dict[str, Layer] = {
        "conv1": _conv(3, 64, 7, 2),
        "pool1": _pool(),
        "rnorm1": _norm(),
        "conv2a": _conv(64, 64, 1),
        "conv2": _conv(64, 192, 3),
        "rnorm2": _norm(),
        "pool2": _pool(),
        "conv3a": _conv(192, 192, 1),
        "conv3": _conv(192, 384, 3),
        "pool3": _pool(),
        "conv4a": _conv(384, 384, 1),
        "conv4": _conv(384, 256, 3),
    }
    for number in (5, 6):
        layers |= {f"conv{number}a": _conv(256, 256, 1), f"conv{number}": _conv(256, 256, 3)}
    layers |= {"pool4": _pool(), "flatten": Flatten()}
    layers |= {"fc1": Linear(7 * 7 * 256, 2 * 4096), "maxout1": Maxout(2)}
    layers |= {"fc2": Linear(4096, 2 * 4096), "maxout2": Maxout(2)}
    return Sequential(layers | {"fc7128": Linear(4096, num_features), "L2": L2Normalize()})


# Table 2: widths of 1×1; 3×3 reduce, 3×3; 5×5 reduce, 5×5; then the pool ("max" or "L2") with its
# projection. Where there is no projection the module has stride 2 and no 1×1 (0).
NN2 = {
    "inception3a": (64, 96, 128, 16, 32, "max", 32),
    "inception3b": (64, 96, 128, 32, 64, "L2", 64),
    "inception3c": (0, 128, 256, 32, 64, "max", 0),
    "inception4a": (256, 96, 192, 32, 64, "L2", 128),
    "inception4b": (224, 112, 224, 32, 64, "L2", 128),
    "inception4c": (192, 128, 256, 32, 64, "L2", 128),
    "inception4d": (160, 144, 288, 32, 64, "L2", 128),
    "inception4e": (0, 160, 256, 64, 128, "max", 0),
    "inception5a": (384, 192, 384, 48, 128, "L2", 128),
    "inception5b": (384, 192, 384, 48, 128, "max", 128),
}


def facenet_nn2(num_features: int = 128) -> Sequential:
    """NN2, for images (3, 224, 224): GoogLeNet with L2 pooling, and an embedding at its end."""
    layers: dict[str, Layer] = {
        "conv1": _conv(3, 64, 7, 2),
        "pool1": _pool(),
        "norm1": _norm(),
        "inception2": Sequential(_conv(64, 64, 1), _conv(64, 192, 3)),
        "norm2": _norm(),
        "pool2": _pool(),
    }
    channels = 192
    for name, (one, reduce3, three, reduce5, five, kind, projected) in NN2.items():
        stride = 1 if projected else 2
        branches: list[Layer] = [_conv(channels, one, 1)] if one else []
        branches.append(Sequential(_conv(channels, reduce3, 1), _conv(reduce3, three, 3, stride)))
        branches.append(Sequential(_conv(channels, reduce5, 1), _conv(reduce5, five, 5, stride)))
        pool: list[Layer] = [MaxPool2d(3, stride, padding=1)]
        if kind == "L2":
            pool = [ZeroPad2d(1), LPPool2d(2, 3, stride)]
        branches.append(Sequential(*pool, *([_conv(channels, projected, 1)] if projected else [])))
        layers[name] = Concat(*branches)
        channels = one + three + five + (projected or channels)
    layers |= {"avgpool": AdaptiveAvgPool2d(1), "flatten": Flatten()}
    return Sequential(layers | {"fc": Linear(channels, num_features), "L2": L2Normalize()})
