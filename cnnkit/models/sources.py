"""Tables of layers as papers and slides print them, row by row, and why some rows are wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Line:
    """A row: the source's label, the layer of `cnnkit.models` that it is about ("image" for the
    input), what is printed for each column of the table ("" for nothing), and, where that is wrong,
    why."""

    label: str
    layer: str
    printed: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True)
class Source:
    """A printed table. `columns` are of `cnnkit.models.comparison.QUANTITIES`; `total` is printed
    below them. Figures agree if they round to what is printed, or differ by at most the part
    `rough` of it."""

    title: str
    where: str
    network: str
    input_shape: tuple[int, ...]
    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    total: tuple[str, ...] = ()
    total_note: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    rough: float = 0.0


LENET5 = Source(
    "LeNet-5 of 1998",
    "LeCun, Bottou, Bengio, Haffner, 1998, section II.B",
    *("lenet5", (1, 32, 32), ("size", "parameters", "connections")),
    (
        Line("C1", "C1", ("28×28×6", "156", "122,304")),
        Line("S2", "S2", ("14×14×6", "12", "5,880")),
        Line("C3", "C3", ("10×10×16", "1,516", "151,600")),
        Line("S4", "S4", ("5×5×16", "32", "2,000")),
        Line("C5", "C5", ("1×1×120", "48,120", "48,120")),
        Line("F6", "F6", ("84", "10,164", "")),
        Line("output", "output", ("10", "", "")),
    ),
    total=("", "60,000", "340,908"),
    options={"variant": "paper"},
)

LENET5_COMMON = Source(
    "LeNet-5 as it is drawn today",
    "the course's slides: tanh, average pooling",
    *("lenet5", (1, 32, 32), ("size", "parameters")),
    (
        Line("convolution 5×5", "conv1", ("28×28×6", "156")),
        Line("average pooling 2×2", "pool1", ("14×14×6", "0")),
        Line("convolution 5×5", "conv2", ("10×10×16", "2,416")),
        Line("average pooling 2×2", "pool2", ("5×5×16", "0")),
        Line("fully connected", "fc1", ("120", "48,120")),
        Line("fully connected", "fc2", ("84", "10,164")),
        Line("softmax", "fc3", ("10", "850")),
    ),
    total=("", "61,706"),
)

POOLED = "the paper normalises first and pools then (section 3.5)"
ALEXNET = Source(
    "AlexNet's sizes",
    "the course's slides (after CS231n); neurons: Krizhevsky, Sutskever, Hinton, 2012, section 3.5",
    *("alexnet", (3, 227, 227), ("size", "neurons", "weights")),
    (
        Line(
            *("INPUT", "image", ("227×227×3", "150,528", "")),
            "150,528 is 224×224×3; with 224 CONV1 would not give 55×55",
        ),
        Line(
            *("CONV1 11×11, stride 4", "conv1", ("55×55×96", "253,440", "35K")),
            "253,440 is 55×48×96",
        ),
        Line("NORM1", "norm1", ("27×27×96", "", "0"), POOLED),
        Line("POOL1 3×3, stride 2", "pool1", ("27×27×96", "", "0")),
        Line("CONV2 5×5", "conv2", ("27×27×256", "186,624", "")),
        Line("NORM2", "norm2", ("13×13×256", "", "0"), POOLED),
        Line("POOL2 3×3, stride 2", "pool2", ("13×13×256", "", "0")),
        Line("CONV3 3×3", "conv3", ("13×13×384", "64,896", "")),
        Line("CONV4 3×3", "conv4", ("13×13×384", "64,896", "")),
        Line("CONV5 3×3", "conv5", ("13×13×256", "43,264", "")),
        Line("POOL3 3×3, stride 2", "pool5", ("6×6×256", "", "0")),
        Line("FC6", "fc6", ("4096", "4,096", "")),
        Line("FC7", "fc7", ("4096", "4,096", "")),
        Line("FC8", "fc8", ("1000", "1,000", "")),
    ),
    options={"variant": "paper"},
)

VGG16 = Source(
    "VGG-16's memory and parameters",
    "the course's slides (after CS231n): values for one image, weights without biases",
    *("vgg16", (3, 224, 224), ("size", "memory", "weights")),
    (
        Line("INPUT", "image", ("224×224×3", "150K", "0")),
        Line("CONV3-64", "features.0", ("224×224×64", "3.2M", "1,728")),
        Line("CONV3-64", "features.2", ("224×224×64", "3.2M", "36,864")),
        Line("POOL2", "features.4", ("112×112×64", "800K", "0")),
        Line("CONV3-128", "features.5", ("112×112×128", "1.6M", "73,728")),
        Line("CONV3-128", "features.7", ("112×112×128", "1.6M", "147,456")),
        Line("POOL2", "features.9", ("56×56×128", "400K", "0")),
        Line("CONV3-256", "features.10", ("56×56×256", "800K", "294,912")),
        Line("CONV3-256", "features.12", ("56×56×256", "800K", "589,824")),
        Line("CONV3-256", "features.14", ("56×56×256", "800K", "589,824")),
        Line("POOL2", "features.16", ("28×28×256", "200K", "0")),
        Line("CONV3-512", "features.17", ("28×28×512", "400K", "1,179,648")),
        Line("CONV3-512", "features.19", ("28×28×512", "400K", "2,359,296")),
        Line("CONV3-512", "features.21", ("28×28×512", "400K", "2,359,296")),
        Line("POOL2", "features.23", ("14×14×512", "100K", "0")),
        Line("CONV3-512", "features.24", ("14×14×512", "100K", "2,359,296")),
        Line("CONV3-512", "features.26", ("14×14×512", "100K", "2,359,296")),
        Line("CONV3-512", "features.28", ("14×14×512", "100K", "2,359,296")),
        Line("POOL2", "features.30", ("7×7×512", "25K", "0")),
        Line("FC", "classifier.0", ("4096", "4,096", "102,760,448")),
        Line("FC", "classifier.3", ("4096", "4,096", "16,777,216")),
        Line("FC", "classifier.6", ("1000", "1,000", "4,096,000")),
    ),
    total=("", "24M", "138M"),
    total_note="the rows above add up to 15.2M values, 61 MB in float32 instead of 96 MB",
    rough=0.01,
)

FORM_OF_ZFNET = "shown as ZFNet's in the course's slides; it is FaceNet's form of it"
FACENET_NN1 = Source(
    "FaceNet NN1",
    f"Schroff, Kalenichenko, Philbin, 2015, table 1; {FORM_OF_ZFNET}",
    *("facenet_nn1", (3, 220, 220), ("parameters", "operations")),
    (
        Line("conv1", "conv1", ("9K", "115M")),
        Line("conv2a", "conv2a", ("4K", "13M")),
        Line("conv2", "conv2", ("111K", "335M")),
        Line("conv3a", "conv3a", ("37K", "29M")),
        Line("conv3", "conv3", ("664K", "521M")),
        Line("conv4a", "conv4a", ("148K", "29M")),
        Line("conv4", "conv4", ("885K", "173M")),
        Line("conv5a", "conv5a", ("66K", "13M")),
        Line("conv5", "conv5", ("590K", "116M")),
        Line("conv6a", "conv6a", ("66K", "13M")),
        Line("conv6", "conv6", ("590K", "116M")),
        Line("fc1", "fc1", ("103M", "103M")),
        Line("fc2", "fc2", ("34M", "34M")),
        Line("fc7128", "fc7128", ("524K", "0.5M")),
    ),
    total=("140M", "1.6B"),
)

FACENET_NN2 = Source(
    "FaceNet NN2",
    "Schroff, Kalenichenko, Philbin, 2015, table 2; shown as GoogLeNet's in the course's slides; "
    "it is FaceNet's form of it",
    *("facenet_nn2", (3, 224, 224), ("parameters", "operations")),
    (
        Line("conv1", "conv1", ("9K", "119M")),
        Line("inception (2)", "inception2", ("115K", "360M")),
        Line("inception (3a)", "inception3a", ("164K", "128M")),
        Line("inception (3b)", "inception3b", ("228K", "179M")),
        Line("inception (3c)", "inception3c", ("398K", "108M")),
        Line(
            *("inception (4a)", "inception4a", ("545K", "107M")),
            "545,536 with biases, as every other row is counted, is 546K",
        ),
        Line("inception (4b)", "inception4b", ("595K", "117M")),
        Line("inception (4c)", "inception4c", ("654K", "128M")),
        Line("inception (4d)", "inception4d", ("722K", "142M")),
        Line("inception (4e)", "inception4e", ("717K", "56M")),
        Line("inception (5a)", "inception5a", ("1.6M", "78M")),
        Line("inception (5b)", "inception5b", ("1.6M", "78M")),
        Line("fully connected", "fc", ("131K", "0.1M")),
    ),
    total=("7.5M", "1.6B"),
)

SOURCES = {
    "lenet5": LENET5,
    "lenet5_common": LENET5_COMMON,
    "alexnet": ALEXNET,
    "vgg16": VGG16,
    "facenet_nn1": FACENET_NN1,
    "facenet_nn2": FACENET_NN2,
}
