"""What a layer can't do is refused in words that say what was expected and what came."""

import re

import numpy as np
import pytest

from cnnkit.layers import (
    AdaptiveAvgPool2d,
    AvgPool2d,
    BatchNorm1d,
    BatchNorm2d,
    Conv2d,
    ConvTranspose2d,
    FeatureL2Pool,
    Flatten,
    Layer,
    Linear,
    LocalResponseNorm,
    LPPool2d,
    Maxout,
    MaxPool2d,
    PReLU,
    ReLU,
    Reshape,
    Sequential,
    Softmax,
    Upsample,
    ZeroPad2d,
)

CONSTRUCTION = [
    (lambda: Linear(0, 3), "at least one feature in and out, got 0 and 3"),
    (lambda: Conv2d(3, 0, 3), "must be at least 1"),
    (lambda: Conv2d(3, 4, 0), "kernel_size: expected at least 1, got 0"),
    (
        lambda: Conv2d(3, 4, (3, 3, 3)),
        "kernel_size: expected an int or a pair of ints, got (3, 3, 3)",
    ),
    (lambda: Conv2d(3, 4, 2.5), "kernel_size: expected an int or a pair of ints, got 2.5"),
    (lambda: Conv2d(3, 4, 3, stride=0), "stride: expected at least 1, got 0"),
    (lambda: Conv2d(3, 4, 3, padding=-1), "padding: expected at least 0, got -1"),
    (lambda: Conv2d(3, 4, 3, padding="valid"), "padding: expected an int"),
    (lambda: Conv2d(3, 4, 3, dilation=0), "dilation: expected at least 1, got 0"),
    (lambda: Conv2d(3, 4, 3, groups=2), "(3) and out_channels (4) must be divisible by groups (2)"),
    (lambda: Conv2d(4, 3, 3, groups=2), "(4) and out_channels (3) must be divisible by groups (2)"),
    (lambda: Conv2d(3, 4, 3, stride=2, padding="same"), "padding='same' needs stride 1"),
    (lambda: MaxPool2d(2, padding=2), "at most half of kernel_size, got padding (2, 2)"),
    (lambda: AvgPool2d((4, 2), padding=2), "AvgPool2d: padding must be at most half"),
    (lambda: MaxPool2d(2, 0), "stride: expected at least 1, got 0"),
    (lambda: Sequential({"a.b": ReLU()}), "'a.b' can't be a layer's name"),
    (lambda: Sequential({"": ReLU()}), "'' can't be a layer's name"),
    (lambda: Sequential({"forward": ReLU()}), "'forward' can't be a layer's name"),
    (lambda: ConvTranspose2d(4, 3, 3, groups=2), "must be divisible by groups (2)"),
    (
        lambda: ConvTranspose2d(4, 3, 3, 2, output_padding=2),
        "output_padding must be smaller than stride or dilation, got (2, 2)",
    ),
    (lambda: LPPool2d(0, 2), "norm_type must be positive and finite, got 0"),
    (lambda: LPPool2d(float("inf"), 2), "norm_type must be positive and finite, got inf"),
    (lambda: FeatureL2Pool(0), "FeatureL2Pool: group_size must be at least 1, got 0"),
    (lambda: Maxout(0), "Maxout: group_size must be at least 1, got 0"),
    (lambda: PReLU(0), "num_parameters must be at least 1, got 0"),
    (lambda: BatchNorm2d(0), "BatchNorm2d: num_features must be at least 1"),
    (lambda: LocalResponseNorm(0), "size must be at least 1, got 0"),
    (lambda: AdaptiveAvgPool2d(0), "output_size: expected at least 1, got"),
    (lambda: AdaptiveAvgPool2d((1, 2, 3)), "output_size: expected an int or a pair of ints"),
    (lambda: Upsample(), "expected either size or scale_factor"),
    (lambda: Upsample(2, 2), "expected either size or scale_factor"),
    (lambda: Upsample(0), "size: expected at least 1, got 0"),
    (lambda: Upsample(scale_factor=0), "expected one or two positive numbers, got 0"),
    (lambda: Upsample(scale_factor=(2, -1)), "expected one or two positive numbers, got (2, -1)"),
    (lambda: Upsample(2, mode="bicubic"), "mode is 'nearest' or 'bilinear', got 'bicubic'"),
    (lambda: Upsample(2, align_corners=True), "align_corners is an option of mode='bilinear'"),
    (lambda: Reshape((-1, -1)), "expected sizes, at most one of them -1; got (-1, -1)"),
    (lambda: Reshape((-2, 3)), "expected sizes, at most one of them -1; got (-2, 3)"),
    (lambda: ZeroPad2d(-1), "expected a number ≥ 0 or four of them"),
    (lambda: ZeroPad2d((1, 2)), "(left, right, top, bottom); got (1, 2)"),
]

INPUTS = [
    (Linear(4, 3), (2, 5), "expected 4 features, an input of shape (N, 4); got (N, 5)"),
    (Linear(12, 3), (2, 3, 2, 2), "got (N, 3, 2, 2); put Flatten() before it"),
    (Linear(4, 3), (4,), "got (N,)"),
    (
        Conv2d(3, 4, 3),
        (2, 1, 8, 8),
        "expected images of 3 channels, an input of shape (N, 3, H, W)",
    ),
    (Conv2d(3, 4, 3), (3, 8, 8), "got (N, 8, 8)"),
    (Conv2d(3, 4, 5), (2, 3, 4, 9), "no output for an image of 4×9: the kernel is larger"),
    (Conv2d(3, 4, 3, dilation=4), (2, 3, 9, 8), "no output for an image of 9×8"),
    (Conv2d(3, 4, 3, padding=2), (2, 3, 0, 4), "no output for an image of 0×4"),
    (MaxPool2d(3), (2, 3, 2, 8), "no output for an image of 2×8: the window is larger"),
    (AvgPool2d(2), (2, 0, 4, 4), "no output"),
    (AvgPool2d(2), (2, 4), "expected images, an input of shape (N, C, H, W); got (N, 4)"),
    (ConvTranspose2d(3, 4, 3), (2, 4, 8, 8), "ConvTranspose2d: expected images of 3 channels"),
    (ConvTranspose2d(1, 1, 2, padding=2), (2, 1, 2, 3), "the padding takes it all away"),
    (FeatureL2Pool(2), (2, 3, 4, 4), "an input of shape (N, C, …), C divisible by 2; got (N, 3, 4"),
    (Maxout(4), (2, 6), "Maxout: expected an input of shape (N, C, …), C divisible by 4"),
    (PReLU(4), (2, 3), "expected 4 channels, an input of shape (N, 4, …); got (N, 3)"),
    (BatchNorm2d(3), (2, 3, 4), "expected an input of shape (N, 3, H, W); got (N, 3, 4)"),
    (BatchNorm2d(3), (2, 4, 5, 5), "expected an input of shape (N, 3, H, W); got (N, 4, 5, 5)"),
    (BatchNorm1d(3), (2, 3, 4, 5), "an input of shape (N, 3) or (N, 3, L); got (N, 3, 4, 5)"),
    (LocalResponseNorm(3), (2, 5), "an input of shape (N, C, …, L); got (N, 5)"),
    (AdaptiveAvgPool2d(1), (2, 5), "expected images, an input of shape (N, C, H, W); got (N, 5)"),
    (Upsample(scale_factor=0.1), (2, 1, 4, 4), "no output for an image of 4×4"),
    (Reshape((2, 4)), (2, 9), "has 9 values for each example, which do not fit into (N, 2, 4)"),
    (ZeroPad2d(1), (2, 9), "expected images, an input of shape (N, C, H, W); got (N, 9)"),
    (Softmax(2), (2, 3), "Softmax(dim=2): there is no dimension 2 in (N, 3)"),
    (
        Sequential({"one": Conv2d(1, 2, 3), "two": Flatten(), "three": Linear(5, 2)}),
        (2, 1, 4, 4),
        "three: Linear: expected 5 features",
    ),
]


@pytest.mark.parametrize(("build", "message"), CONSTRUCTION, ids=[m for _, m in CONSTRUCTION])
def test_impossible_options_are_refused_at_construction(build, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        build()


@pytest.mark.parametrize(("layer", "shape", "message"), INPUTS, ids=[m for *_, m in INPUTS])
def test_impossible_inputs_are_refused_run_and_unrun(layer, shape, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        layer(np.zeros(shape, np.float32))
    with pytest.raises(ValueError, match=re.escape(message)):
        layer.output_shape(shape[1:])
    with pytest.raises(ValueError, match=re.escape(message)):
        layer.summary(shape[1:])


def test_a_refused_input_leaves_the_call_before_in_place():
    layer = Linear(2, 3).double()
    layer(np.ones((4, 2)))
    with pytest.raises(ValueError, match="expected 2 features"):
        layer(np.ones((4, 3)))
    assert layer.backward(np.ones((4, 3))).shape == (4, 2)


def test_the_same_layer_at_two_places_is_refused_at_any_depth():
    shared = ReLU()
    with pytest.raises(ValueError, match=r"'0' and '1\.0' are the same layer object"):
        Sequential(shared, Sequential(shared))


def test_what_is_no_layer_is_refused():
    with pytest.raises(TypeError, match="1: expected a layer, got <class"):
        Sequential(Flatten(), ReLU)


def test_a_layer_without_a_pass_says_so():
    class Half(Layer):
        pass

    for call in (lambda: Half()(np.ones(2)), lambda: Half().backward(np.ones(2))):
        with pytest.raises(NotImplementedError, match="Half has no"):
            call()
    with pytest.raises(NotImplementedError, match="Half has no PyTorch form"):
        Half().to_torch()


def test_numbers_of_numpy_pad_like_others():
    assert ZeroPad2d(np.int64(2)).output_shape((1, 3, 3)) == (1, 7, 7)
    assert repr(ZeroPad2d(tuple(np.arange(4)))) == "ZeroPad2d(padding=(0, 1, 2, 3))"
