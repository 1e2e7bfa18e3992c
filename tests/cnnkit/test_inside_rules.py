"""The rules for ReLUs on the way back, in PyTorch modules that others wrote: every ReLU follows, or
is refused."""

import numpy as np
import pytest
import torch
from foreign_module import METHODS, RNG, Foreign, X
from torch import nn
from torch.nn import functional as F

from cnnkit import inside, models
from cnnkit.layers import Flatten, Linear, ReLU, Sequential, Step

FUNCTIONS = {
    "torch.relu": torch.relu,
    "F.relu in place": lambda x: F.relu(x, inplace=True),
    "Tensor.relu_": lambda x: x.relu_(),
    "F.relu6": F.relu6,
    "clamp": lambda x: x.clamp(min=0),
    "clamp_": lambda x: x.clamp_(0, 6),
    "clamp_min": lambda x: torch.clamp_min(x, 0),
    "threshold": lambda x: F.threshold(x, 0, 0),
    "maximum": lambda x: torch.maximum(x, torch.zeros_like(x)),
}


class Functional(Foreign):
    function = staticmethod(torch.relu)

    def forward(self, x):
        x = self.function(self.norm1(self.conv1(x)))
        x = self.act2(self.conv2(x) + x)
        return self.fc(x.mean((2, 3)))


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_a_relu_that_is_no_layer_is_refused_where_a_rule_needs_it_and_nowhere_else(function):
    module = Functional()
    module.function = function
    for name in ("guided", "deconvnet", "deconvnet from a ReLU"):
        with pytest.raises(ValueError, match=r"computes a ReLU by a function .* make it a layer"):
            METHODS[name](module)
    assert inside.deconvnet(module, X, "norm1").any()
    reference = Foreign(nn.ReLU6) if function in (FUNCTIONS["F.relu6"], FUNCTIONS["clamp_"]) else 0
    reference = reference or Foreign()
    reference.act2 = nn.ReLU()
    for name in ("saliency", "grad-cam of what is written over", "grad-cam of a convolution"):
        np.testing.assert_allclose(
            METHODS[name](module), METHODS[name](reference), rtol=1e-9, atol=1e-12
        )


def test_functions_that_are_no_relu_and_relus_of_weights_are_not_refused():
    class Others(Foreign):
        def forward(self, x):
            x = F.hardtanh(self.norm1(self.conv1(x))).clamp(min=-0.5)
            x = F.conv2d(x, self.conv2.weight.relu(), padding=1)
            return self.fc(torch.maximum(self.act2(x), x / 2).mean((2, 3)))

    assert inside.guided_backpropagation(Others(), X, 1).any()


class Reshapes(Foreign):
    """The ReLUs work on another shape of what the layers before gave."""

    def forward(self, x):
        maps = self.conv1(x).shape
        x = self.act1(self.norm1(self.conv1(x)).flatten(1)).reshape(maps)
        x = self.act2((self.conv2(x) + x).flatten(1)).reshape(maps)
        return self.fc(x.mean((2, 3)))


def test_a_relu_in_place_on_another_shape_of_an_array_follows_the_rules():
    for name in ("saliency", "guided", "deconvnet"):
        shown, expected = METHODS[name](Reshapes(inplace=True)), METHODS[name](Foreign())
        np.testing.assert_allclose(shown, expected, rtol=1e-9, atol=1e-12)


def test_a_function_that_hides_in_a_part_of_an_array_is_refused():
    class Hidden(Foreign):
        def forward(self, x):
            x = self.norm1(self.conv1(x))
            x.flatten(1).relu_()
            return self.fc(self.act2(x).mean((2, 3)))

    assert inside.saliency(Hidden(), X, 1).any()
    with pytest.raises(ValueError, match="whether that is a ReLU can't be seen"):
        inside.guided_backpropagation(Hidden(), X, 1)


class Shared(Foreign):
    def forward(self, x):
        x = self.act1(self.norm1(self.conv1(x)))
        x = self.act1(self.conv2(x) + x)
        return self.fc(x.mean((2, 3)))


def test_a_relu_at_two_places_follows_the_rule_at_both_and_the_last_is_watched():
    one, two = Shared(inplace=True), Foreign()
    for name in ("saliency", "guided", "deconvnet", "grad-cam of a convolution"):
        np.testing.assert_allclose(METHODS[name](one), METHODS[name](two), rtol=1e-9, atol=1e-12)
    shown = inside.grad_cam(one, X, "act1", 1)
    np.testing.assert_allclose(shown, inside.grad_cam(two, X, "act2", 1), rtol=1e-9)


def test_a_whole_architecture_follows_the_rules_at_all_its_relus():
    net = models.resnet18(num_classes=4).double()
    x = RNG.normal(size=(1, 3, 32, 32))
    ours, theirs = (inside.guided_backpropagation(m, x, 2) for m in (net, net.to_torch()))
    np.testing.assert_allclose(theirs, ours, rtol=1e-6, atol=1e-12)
    assert ours.any()


def test_a_step_is_no_relu_that_is_refused():
    net = Sequential(Flatten(), Linear(4, 3), Step(), Linear(3, 2)).double()
    x = RNG.normal(size=(2, 1, 2, 2))
    assert not inside.guided_backpropagation(net.to_torch(), x, 0).any()
    assert not inside.guided_backpropagation(net, x, 0).any()


@pytest.mark.parametrize("rule", ["guided", "deconvnet"])
def test_a_relu_that_is_the_whole_network_follows_the_rule_too(rule):
    seeds = {inside.OUTPUT: lambda y: np.array([[1.0, -1, 1, -1]])}
    x = np.array([[1.0, 2, -3, -4]])
    ours, theirs = (inside.trace(m, x, seeds, rule=rule) for m in (ReLU(), nn.ReLU().float()))
    expected = [[1, 0, 0, 0]] if rule == "guided" else [[1, 0, 1, 0]]
    assert ours.input_gradient.tolist() == theirs.input_gradient.tolist() == expected
