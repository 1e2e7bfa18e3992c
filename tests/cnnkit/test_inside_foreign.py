"""Looking inside PyTorch modules that others wrote: layers that write in place, one layer under two
names, gradients that are cut off."""

from contextlib import nullcontext

import numpy as np
import pytest
import torch
from foreign_module import METHODS, RNG, Foreign, X
from torch import nn

from cnnkit import inside
from cnnkit.layers import Auxiliary, Conv2d, Flatten, Linear, Sequential

each_method = pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)


IN_PLACE = [nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.ELU, nn.SiLU, nn.Hardswish]


@each_method
@pytest.mark.parametrize("activation", IN_PLACE)
def test_activations_in_place_show_the_same_and_stay_in_place(activation, method):
    beside, over = Foreign(activation), Foreign(activation, inplace=True)
    np.testing.assert_allclose(method(over), method(beside), rtol=1e-9, atol=1e-12)
    assert over.act1.inplace
    assert over.act2.inplace
    assert not beside.act1.inplace


@each_method
def test_no_hook_stays_behind_even_where_the_module_fails(method):
    class Failing(Foreign):
        def forward(self, x):
            super().forward(x)
            raise RuntimeError("broken")

    broken = pytest.raises(RuntimeError, match="broken")
    for module, expected in [
        (Foreign(inplace=True), nullcontext()),
        (Failing(inplace=True), broken),
    ]:
        with expected:
            method(module)
        for layer in module.modules():
            assert not layer._forward_hooks
            assert not layer._backward_hooks
            assert not layer._forward_pre_hooks
        assert module.act1.inplace
        assert all(p.grad is None for p in module.parameters())


class WritesOver(Foreign):
    """Writes into what its layers gave, as torchvision's blocks do."""

    def forward(self, x):
        x -= 0.0
        x = self.norm1(self.conv1(x))
        x += 0.0
        x = self.act1(x)
        y = self.conv2(x)
        y += x
        self.act2(y)
        return self.fc(y.mean((2, 3)))


@each_method
def test_what_a_layer_gave_is_shown_though_the_module_writes_into_it(method):
    np.testing.assert_allclose(
        method(WritesOver(inplace=True)), method(Foreign()), rtol=1e-9, atol=1e-12
    )


def test_a_layer_with_two_names_is_found_by_both():
    module = Foreign()
    module.again = module.conv2
    np.testing.assert_array_equal(
        inside.grad_cam(module, X, "again", 1), inside.grad_cam(module, X, "conv2", 1)
    )


class PassesOn(Foreign):
    """A layer that gives its very input, which a shortcut uses, too."""

    def __init__(self):
        super().__init__()
        self.same = nn.Identity()

    def forward(self, x):
        x = self.act1(self.norm1(self.conv1(x)))
        x = self.act2(self.conv2(self.same(x)) + x)
        return self.fc(x.mean((2, 3)))


def test_a_layer_that_gives_its_very_input_has_only_its_own_gradient():
    module = PassesOn()
    found = inside.trace(module, X, {inside.OUTPUT: np.ones_like}, watch="same")
    shift = 1e-6 * RNG.normal(size=found.activation.shape)

    class Shift(nn.Module):
        def __init__(self, sign):
            super().__init__()
            self.sign = sign

        def forward(self, x):
            return x + self.sign * torch.from_numpy(shift)

    sums = []
    for sign in (1, -1):
        module.same = Shift(sign)
        sums.append(inside.scores(module, X).sum())
    expected = (sums[0] - sums[1]) / 2
    assert (found.activation_gradient * shift).sum() == pytest.approx(expected, rel=1e-5)


class Gives(Foreign):
    def __init__(self, inner, outer):
        super().__init__()
        self.pool, self.aside = nn.MaxPool2d(2, return_indices=True), nn.Linear(1, 1)
        self.inner, self.outer = inner, outer

    def forward(self, x):
        with torch.set_grad_enabled(self.inner):
            x, _ = self.pool(self.conv1(x))
        with torch.set_grad_enabled(self.outer != "cut"):
            y = self.fc(self.conv2(x).mean((2, 3)))
        return {"out": y} if self.outer == "named" else y


@pytest.mark.parametrize(
    ("ask", "complaint"),
    [
        (lambda: inside.grad_cam(Gives(True, ""), X, "pool", 1), "pool gives a tuple; expected a"),
        (lambda: inside.saliency(Gives(True, "named"), X, 1), "the module gives a dict; expected"),
        (lambda: inside.saliency(Gives(True, "cut"), X, 1), "no gradient comes back"),
        (lambda: inside.saliency(Gives(False, ""), X, 1), "no gradient comes back"),
        (lambda: inside.grad_cam(Gives(False, ""), X, "conv1", 1), "no gradient comes back"),
        (lambda: inside.grad_cam(WritesOver(inplace=True), X, "act2", 1), "does not use what"),
        (lambda: inside.grad_cam(Gives(True, ""), X, "aside", 1), "aside did not run in this pass"),
        (lambda: inside.deconvnet(Foreign(), X, "conv2", 6), "channel: expected 0 … 5, got 6"),
        (lambda: inside.deconvnet(Foreign(), X, "conv2", -1), "channel: expected 0 … 5, got -1"),
    ],
)
def test_what_a_foreign_module_cannot_show_is_refused_in_words(ask, complaint):
    with pytest.raises(ValueError, match=complaint):
        ask()


def test_behind_a_frozen_part_a_layer_can_still_be_watched():
    assert inside.grad_cam(Gives(False, ""), X, "conv2", 1).shape == (2, 4, 4)


def test_a_head_that_does_not_run_shows_no_earlier_pass():
    net = Sequential(Auxiliary(Conv2d(3, 2, 3), Sequential(Flatten(), Linear(84, 2)))).double()
    net.train()(X)
    assert "0.head.1" not in net.eval().activations(X)
    with pytest.raises(ValueError, match=r"0\.head did not run in this pass"):
        inside.grad_cam(net, X, "0.head")


def test_gradients_are_recorded_though_the_caller_switched_that_off():
    expected = inside.saliency(Foreign(), X, 1)
    for off in (torch.no_grad, torch.inference_mode):
        with off():
            module = Foreign() if off is torch.no_grad else PREPARED
            np.testing.assert_array_equal(inside.saliency(module, X, 1), expected)


PREPARED = Foreign()


def test_pictures_may_be_views_that_run_backwards():
    mirrored = inside.saliency(PREPARED, X[..., ::-1], 1)
    np.testing.assert_array_equal(mirrored, inside.saliency(PREPARED, X[..., ::-1].copy(), 1))


def test_a_module_in_bfloat16_is_shown_in_float32():
    assert inside.saliency(Foreign().bfloat16(), X, 1).dtype == np.float32
