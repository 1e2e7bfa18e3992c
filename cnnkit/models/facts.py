"""What is published about each network, once: models, lectures and tests read it here.

`parameters` and `macs` (multiply-adds of convolutions and linear layers for one image, without
biases) are recomputed by a test from the definitions; where a source prints another figure, `note`
says which and why. Errors are test errors in percent, as the paper or the challenge gives them;
`top1` is comparable from network to network, and `top1_of` is where it is published.
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Fact:
    """A network in one of its forms: `models.NAME(**options)` for images of `input_shape`."""

    name: str
    title: str
    year: int
    depth: int  # layers with weights on the longest way from image to scores
    paper: str
    input_shape: tuple[int, ...]
    parameters: int
    macs: int
    options: dict[str, Any] = field(default_factory=dict)
    error: float | None = None
    error_of: str = ""
    note: str = ""
    top1: float | None = None  # accuracy on ImageNet's validation set in percent: one net, one crop
    top1_of: str = ""


LECUN = "LeCun, Bottou, Bengio, Haffner, Gradient-Based Learning Applied to Document Recognition"
KRIZHEVSKY = "Krizhevsky, Sutskever, Hinton, ImageNet Classification with Deep CNNs"
ONE_WEIRD_TRICK = "Krizhevsky, One weird trick for parallelizing convolutional neural networks"
ZEILER = "Zeiler, Fergus, Visualizing and Understanding Convolutional Networks"
SIMONYAN = "Simonyan, Zisserman, Very Deep Convolutional Networks"
LIN = "Lin, Chen, Yan, Network in Network"
SZEGEDY = "Szegedy et al., Going Deeper with Convolutions"
HE = "He, Zhang, Ren, Sun, Deep Residual Learning for Image Recognition"
HOWARD = "Howard et al., MobileNets"
SANDLER = "Sandler et al., MobileNetV2: Inverted Residuals and Linear Bottlenecks"
IANDOLA = "Iandola et al., SqueezeNet"

ROSENBLATT = "Rosenblatt, The Perceptron"
COX = "Cox, The Regression Analysis of Binary Sequences"
RUMELHART = "Rumelhart, Hinton, Williams, Learning Representations by Back-Propagating Errors"
CHOLLET = "the course's own, after an example of Keras"
OWN = "the course's own"
KARPATHY = "the course's own, after CS231n's notes"
SCHROFF = "Schroff, Kalenichenko, Philbin, FaceNet"
BADRINARAYANAN = "Badrinarayanan, Kendall, Cipolla, SegNet"
RADFORD = (
    "Radford, Metz, Chintala, Unsupervised Representation Learning with Deep Convolutional GANs"
)

TORCHVISION = "torchvision's documentation, weights IMAGENET1K_V1"
IMAGENET, CIFAR = (3, 224, 224), (3, 32, 32)
HEADS = (
    "its heads' 1×1 convolutions on 4×4 maps, 2,129,920 multiply-adds, are missing in figures that "
    "count the heads' linear layers only"
)


def _vgg(depth: int, parameters: int, macs: int, top1: float, normalised: bool = False) -> Fact:
    name, title = f"vgg{depth}{'_bn' if normalised else ''}", f"VGG-{depth}"
    error, of = (7.3, "ILSVRC 2014, second: an ensemble") if name == "vgg19" else (None, "")
    title += ", normalised" if normalised else ""
    return Fact(
        *(name, title, 2014, depth, SIMONYAN, IMAGENET, parameters, macs),
        error=error,
        error_of=of,
        top1=top1,
        top1_of=TORCHVISION,
    )


def _resnet(
    depth: int, parameters: int, macs: int, top1: float, error: float | None = None
) -> Fact:
    of = "ILSVRC 2015, first: an ensemble" if error else ""
    title = f"ResNet-{depth}"
    note = "the stride is in a block's 3×3 convolution" if depth >= 50 else ""
    name = f"resnet{depth}"
    return Fact(
        *(name, title, 2015, depth, HE, IMAGENET, parameters, macs, {}, error, of, note),
        top1=top1,
        top1_of=TORCHVISION,
    )


def _small_resnet(depth: int, parameters: int, macs: int, error: float) -> Fact:
    name, of = f"resnet{depth}", "CIFAR-10, table 6"
    return Fact(name, f"ResNet-{depth}", 2015, depth, HE, CIFAR, parameters, macs, {}, error, of)


FACTS = (
    Fact("perceptron", "perceptron", 1958, 1, ROSENBLATT, (2,), 3, 2),
    Fact("logistic_regression", "logistic regression", 1958, 1, COX, (2,), 3, 2),
    Fact("softmax_regression", "softmax regression", 1958, 1, COX, (1, 28, 28), 7_850, 7_840),
    Fact("mlp", "multilayer perceptron", 1986, 3, RUMELHART, (1, 28, 28), 109_386, 109_184),
    Fact(
        "mnist_convnet",
        "three convolutions for MNIST",
        2015,
        4,
        CHOLLET,
        (1, 28, 28),
        80_266,
        5_187_456,
    ),
    Fact("cifar10_walk", "one convolution for CIFAR-10", 2015, 2, KARPATHY, CIFAR, 31_066, 362_496),
    Fact(
        *("fashion_convnet", "six convolutions for clothes", 2015, 7, OWN, (1, 28, 28)),
        *(288_170, 29_128_448),
        note="trained here: cnnkit.models.trained('fashion_convnet-fashion')",
    ),
    Fact(
        *("small_alexnet", "AlexNet at a small scale", 2015, 8, OWN, (1, 28, 28)),
        *(461_962, 20_361_216),
        note="for the ablation of Zeiler and Fergus' table 3",
    ),
    Fact(
        *("lenet5", "LeNet-5", 1998, 7, LECUN, (1, 32, 32), 60_000, 327_256),
        options={"variant": "paper"},
        error=0.95,
        error_of="MNIST",
        note="C3 partly connected, sub-sampling with weights, fixed output layer",
    ),
    Fact(
        *("lenet5", "LeNet-5 as it is drawn today", 1998, 5, LECUN, (1, 32, 32)),
        *(61_706, 416_520),
        note="C3 sees all maps, sub-sampling is plain, the output layer learns",
    ),
    Fact(
        *("alexnet", "AlexNet", 2012, 8, KRIZHEVSKY, (3, 227, 227), 60_965_224, 724_406_816),
        options={"variant": "paper"},
        error=15.3,
        error_of="ILSVRC 2012, first: seven nets",
        note="the paper prints 224, with which the first maps would not be 55×55",
    ),
    Fact(
        *("alexnet", "AlexNet, one column (torchvision)", 2014, 8, ONE_WEIRD_TRICK, IMAGENET),
        *(61_100_840, 714_188_480),
        top1=56.522,
        top1_of=TORCHVISION,
    ),
    Fact(
        *("zfnet", "ZFNet", 2013, 8, ZEILER, IMAGENET, 62_357_608, 1_168_032_896),
        error=14.8,
        error_of="ImageNet 2012: six nets",
        note="11.7, often printed beside it, is Clarifai's of ILSVRC 2013, by the same author",
    ),
    Fact(
        *("nin_cifar10", "NiN", 2013, 9, LIN, CIFAR, 966_986, 222_486_528),
        error=8.81,
        error_of="CIFAR-10, augmented",
    ),
    Fact("nin_imagenet", "NiN", 2013, 12, LIN, IMAGENET, 7_595_176, 969_460_864),
    _vgg(11, 132_863_336, 7_609_090_048, 69.02),
    _vgg(11, 132_868_840, 7_609_090_048, 70.37, normalised=True),
    _vgg(13, 133_047_848, 11_308_466_176, 69.928),
    _vgg(13, 133_053_736, 11_308_466_176, 71.586, normalised=True),
    _vgg(16, 138_357_544, 15_470_264_320, 71.592),
    _vgg(16, 138_365_992, 15_470_264_320, 73.36, normalised=True),
    _vgg(19, 143_667_240, 19_632_062_464, 72.376),
    _vgg(19, 143_678_248, 19_632_062_464, 74.218, normalised=True),
    Fact(
        *("googlenet", "GoogLeNet", 2014, 22, SZEGEDY, IMAGENET, 6_998_552, 1_582_671_872),
        options={"variant": "paper", "aux_logits": False},
        error=6.67,
        error_of="ILSVRC 2014, first: seven nets",
        note="the paper says 12 times fewer parameters than AlexNet; it is about 9 times",
    ),
    Fact(
        *("googlenet", "GoogLeNet with its heads", 2014, 22, SZEGEDY, IMAGENET),
        *(13_378_280, 1_591_044_096),
        options={"variant": "paper"},
        note=HEADS,
    ),
    Fact(
        *("googlenet", "GoogLeNet, normalised", 2014, 22, SZEGEDY, IMAGENET),
        *(6_624_904, 1_498_376_192),
        options={"aux_logits": False},
        note="torchvision's: 3×3 where the paper has 5×5",
        top1=69.778,
        top1_of=TORCHVISION,
    ),
    Fact(
        *("googlenet", "GoogLeNet, normalised, with its heads", 2014, 22, SZEGEDY, IMAGENET),
        *(13_004_888, 1_506_748_416),
        note=HEADS,
    ),
    _resnet(18, 11_689_512, 1_814_073_344, 69.758),
    _resnet(34, 21_797_672, 3_663_761_408, 73.314),
    _resnet(50, 25_557_032, 4_089_184_256, 76.130),
    Fact(
        *("resnet50", "ResNet-50 as in the paper", 2015, 50, HE, IMAGENET),
        *(25_557_032, 3_857_973_248),
        options={"variant": "paper"},
        note="the stride is in a block's first 1×1 convolution",
    ),
    _resnet(101, 44_549_160, 7_801_405_440, 77.374),
    _resnet(152, 60_192_808, 11_513_626_624, 78.312, 3.6),
    Fact("plain18", "18 layers, plain", 2015, 18, HE, IMAGENET, 11_515_688, 1_794_805_760),
    Fact("plain34", "34 layers, plain", 2015, 34, HE, IMAGENET, 21_623_848, 3_644_493_824),
    _small_resnet(20, 269_722, 40_551_040, 8.75),
    _small_resnet(32, 464_154, 68_862_592, 7.51),
    _small_resnet(44, 658_586, 97_174_144, 7.17),
    _small_resnet(56, 853_018, 125_485_696, 6.97),
    _small_resnet(110, 1_727_962, 252_887_680, 6.43),
    Fact(
        *("mobilenet_v1", "MobileNet V1", 2017, 28, HOWARD, IMAGENET, 4_231_976, 568_740_352),
        top1=70.6,
        top1_of="the paper's table 4",
    ),
    Fact(
        *("mobilenet_v2", "MobileNet V2", 2018, 53, SANDLER, IMAGENET, 3_504_872, 300_774_272),
        top1=71.878,
        top1_of=TORCHVISION,
    ),
    Fact(
        *("squeezenet1_1", "SqueezeNet 1.1", 2016, 18, IANDOLA, IMAGENET),
        *(1_235_496, 349_151_936),
        note="2.4 times fewer multiply-adds than the paper's 1.0, as accurate",
        top1=58.178,
        top1_of=TORCHVISION,
    ),
    Fact(
        "facenet_nn1", "FaceNet NN1", 2015, 14, SCHROFF, (3, 220, 220), 140_025_664, 1_605_944_064
    ),
    Fact("facenet_nn2", "FaceNet NN2", 2015, 24, SCHROFF, IMAGENET, 7_456_304, 1_596_530_688),
    Fact("segnet", "SegNet", 2015, 26, BADRINARAYANAN, (3, 360, 480), 29_449_355, 106_287_759_360),
    Fact(
        "dcgan_generator", "DCGAN, generator", 2015, 5, RADFORD, (100, 1, 1), 3_576_704, 104_628_224
    ),
    Fact(
        "dcgan_discriminator",
        "DCGAN, discriminator",
        2015,
        5,
        RADFORD,
        (3, 64, 64),
        2_765_568,
        103_817_216,
    ),
)
