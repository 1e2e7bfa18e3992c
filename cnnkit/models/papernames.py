"""Layers by the names that papers and books call them: conv3_3 for VGG-16's `features.14`."""

from __future__ import annotations

import re
from collections.abc import Callable

from cnnkit.layers import Conv2d, Layer, Linear, MaxPool2d

Rules = tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...]


def _ahead(text: str, by: int, end: str = "") -> Callable[[re.Match[str]], str]:
    """`text` with the first group's number, counted from another beginning."""
    return lambda found: text.format(int(found[1]) + by) + end


def _stage(end: str) -> Callable[[re.Match[str]], str]:
    """conv3_2 for torchvision's `layer2.1`."""
    return lambda found: f"conv{int(found[1]) + 1}_{int(found[2]) + 1}" + found.expand(end)


# Iandola et al., 2016, whose version 1.1 pools earlier.
_SQUEEZENET: Rules = (
    (r"features\.[01]", "conv1"),
    (r"features\.2", "pool1"),
    (r"features\.5", "pool3"),
    (r"features\.8", "pool5"),
    *(
        (rf"features\.({layers}){part}", _ahead("Fire {}", by, f" · {name}" if name else ""))
        for layers, by in (("[34]", -1), ("[67]", -2), ("9|1[0-2]", -3))
        for part, name in (
            (r"\.squeeze(?:_activation)?", "squeeze"),
            (r"\.expand\.expand1x1", "expand 1×1"),
            (r"\.expand\.expand3x3", "expand 3×3"),
            (r"\.expand(?:_activation)?", "expand"),
            ("", ""),
        )
    ),
    (r"classifier\.[12]", "conv10"),
    (r"classifier\.3", "avgpool10"),
)

# Sandler et al., 2018, table 2, whose bottlenecks are counted here.
_MOBILENET: Rules = (
    (r"features\.0\.\d", "conv 3×3"),
    (r"features\.18\.\d", "conv 1×1"),
    (r"features\.(1)\.body\.0\.\d", "bottleneck 1 · depthwise"),
    (r"features\.(1)\.body\.[12]", "bottleneck 1 · project"),
    (r"features\.(\d+)\.body\.0\.\d", r"bottleneck \1 · expand"),
    (r"features\.(\d+)\.body\.1\.\d", r"bottleneck \1 · depthwise"),
    (r"features\.(\d+)\.body\.[23]", r"bottleneck \1 · project"),
    (r"features\.(\d+)", r"bottleneck \1"),
)

# He et al., 2016, table 1.
_RESNET: Rules = (
    ("bn1|relu", "conv1"),
    ("maxpool", "pool1"),
    (r"layer(\d)\.(\d+)\.residual\.body\.(?:conv|bn|relu)(\d)", _stage(r" · conv \3")),
    (r"layer(\d)\.(\d+)\.residual\.body\.relu", _stage(r" · conv 1")),
    (r"layer(\d)\.(\d+)\.residual\.shortcut.*", _stage(" · shortcut")),
    (r"layer(\d)\.(\d+)(?:\.residual|\.relu)?", _stage("")),
)

# Szegedy et al., 2015, table 1.
_GOOGLENET: Rules = (
    (r"conv1\..*", "conv1"),
    (r"conv2\..*", "conv2 · reduce"),
    (r"conv3\..*", "conv2"),
    (r"maxpool(\d)", r"pool\1"),
    *(
        (rf"inception(\d\w)\.{branch}(?:\..*)?", rf"inception \1 · {name}")
        for branch, name in (
            ("branch1", "1×1"),
            (r"branch2\.0", "3×3 reduce"),
            (r"branch2\.1", "3×3"),
            (r"branch3\.0", "5×5 reduce"),
            (r"branch3\.1", "5×5"),
            (r"branch4\.0", "pool"),
            (r"branch4\.1", "pool proj"),
        )
    ),
    (r"inception(\d\w)", r"inception \1"),
)

RULES = {"squeezenet": _SQUEEZENET, "mobilenet_v2": _MOBILENET, "resnet": _RESNET}
RULES |= {"googlenet": _GOOGLENET}


def paper_names(model: str, net: Layer) -> dict[str, str]:
    """The name of each layer of a network of `cnnkit.models`, by its path; one that papers do not
    name keeps its path. An activation has the name of the layer that it follows."""
    paths = dict(net.named_layers())
    if model.startswith(("vgg", "alexnet")):
        return {path: path for path in paths} | _counted(paths, blocks=model.startswith("vgg"))
    rules = next((rules for start, rules in RULES.items() if model.startswith(start)), ())
    return {path: _renamed(path, rules) for path in paths}


def _renamed(path: str, rules: Rules) -> str:
    for pattern, name in rules:
        if found := re.fullmatch(pattern, path):
            return name(found) if callable(name) else found.expand(name)
    return path


def _counted(paths: dict[str, Layer], blocks: bool) -> dict[str, str]:
    """Convolutions, pools and fully connected layers by their numbers: conv3, pool5, fc6, or, in
    `blocks` that end with a pool, conv3_2, pool3, fc6."""
    named: dict[str, str] = {}
    block, place, current = 1, 0, ""
    for path, layer in paths.items():
        if not path.startswith(("features.", "classifier.")):
            continue
        if isinstance(layer, Conv2d):
            place += 1
            current = f"conv{block}_{place}" if blocks else f"conv{place}"
        elif isinstance(layer, MaxPool2d):
            current = f"pool{block if blocks else place}"
            block += 1
            place = 0 if blocks else place
        elif isinstance(layer, Linear):
            block = max(block, 6)
            current = f"fc{block}"
            block += 1
        named[path] = current or path
    return named
