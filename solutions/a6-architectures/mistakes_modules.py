"""Modules that students really build wrongly, each with its hint."""

import torch
from torch import nn
from torch.nn import functional as F


def _filled(net):
    """The net in use, its weights and statistics drawn in the order of their names."""
    state, generator = net.state_dict(), torch.Generator().manual_seed(6)
    for name in sorted(state):
        drawn = torch.rand(state[name].shape, generator=generator)
        if state[name].ndim > 1:
            state[name] = drawn - 0.5
        elif state[name].ndim:
            state[name] = drawn + 0.5 if name.endswith(("var", "weight")) else drawn - 0.5
    net.load_state_dict(state)
    return net.eval()


def _seen(net, C, height=9, width=7):
    """How many weights a net has, and what it gives for maps of an odd size."""
    x = torch.randn(2, C, height, width, generator=torch.Generator().manual_seed(C))
    count = sum(p.numel() for p in net.parameters())
    try:
        return count, _filled(net)(x).detach().numpy()
    except Exception:
        return count, "no output"


PROBES = {
    "vgg_block": [lambda f: _seen(f(2, 3, 1), 2), lambda f: _seen(f(2, 3, 3), 2)],
    "Inception": [
        lambda f: list(f(3, 2, 2, 2, 2, 2, 2).five.padding),
        lambda f: _seen(f(3, 2, 2, 2, 2, 2, 2), 3),
        lambda f: _seen(f(3, 2, 4, 3, 1, 2, 2), 3),
    ],
    "googlenet_stem": [lambda f: _seen(f(), 3, 35, 29)],
    "resnet_stem": [lambda f: _seen(f(), 3, 35, 29)],
    "ResidualBlock": [
        lambda f: _seen(f(3, 3), 3),
        lambda f: _seen(f(2, 3), 2),
        lambda f: list(f(2, 3, 2).downsample[0].stride),
        lambda f: _seen(f(2, 3, 2), 2),
    ],
    "depthwise_separable": [lambda f: _seen(f(3, 4), 3), lambda f: _seen(f(3, 4, 2), 3)],
}


def _slip(right, name, hint, **differs):
    """A mistake that is the right answer, `_module`, but for one thing."""

    def answer(*given):
        return right(*given, **differs)

    answer.__doc__ = hint
    globals()[f"{right.__name__[1:]}__{name}"] = answer


def _vgg_block(C, O, n, padding=1, relu=nn.ReLU):
    layers = []
    for number in range(n):
        layers += [nn.Conv2d(O if number else C, O, 3, padding=padding), relu()]
    return nn.Sequential(*layers, nn.MaxPool2d(2))


_slip(_vgg_block, "no_padding", "Your maps lose a row and a column on each side with every "
      "convolution: what has to stand around them?", padding=0)  # fmt: skip
_slip(_vgg_block, "no_relu", "Without ReLU, convolutions behind each other are one convolution.",
      relu=nn.Identity)  # fmt: skip


class _Branches(nn.Module):
    """Inception's six convolutions, joined along `dim`."""

    def __init__(self, widths, padding, dim, inner, outer):
        super().__init__()
        C, one, reduce3, three, reduce5, five, pooled = widths
        self.dim, self.inner, self.outer = dim, inner, outer
        self.one = nn.Conv2d(C, one, 1)
        self.reduce3 = nn.Conv2d(C, reduce3, 1)
        self.three = nn.Conv2d(reduce3, three, 3, padding=1)
        self.reduce5 = nn.Conv2d(C, reduce5, 1)
        self.five = nn.Conv2d(reduce5, five, 5, padding=padding)
        self.pooled = nn.Conv2d(C, pooled, 1)

    def forward(self, x):
        three = self.three(self.inner(self.reduce3(x)))
        five = self.five(self.inner(self.reduce5(x)))
        branches = self.one(x), three, five, self.pooled(F.max_pool2d(x, 3, 1, 1))
        return torch.cat([self.outer(y) for y in branches], dim=self.dim)


def _Inception(*widths, padding=2, dim=1, inner=torch.relu, outer=torch.relu):
    return _Branches(widths, padding, dim, inner, outer)


def _as_it_is(x):
    return x


_slip(_Inception, "wrong_pad", "Your 5×5 branch gives smaller maps than the others: what keeps the "
      "size for K = 5?", padding=1)  # fmt: skip
_slip(_Inception, "over_the_rows", "You put the branches below one another: along which axis do "
      "maps lie behind each other?", dim=2)  # fmt: skip
_slip(_Inception, "no_relu_inside", "Between the reducing 1×1 and the larger filter nothing "
      "happens: what makes two layers more than one?", inner=_as_it_is)  # fmt: skip
_slip(_Inception, "no_relu_at_the_end", "Negative numbers leave your module: what follows each "
      "convolution?", outer=_as_it_is)  # fmt: skip


def _googlenet_stem(ceil_mode=True):
    return nn.Sequential(
        *(nn.Conv2d(3, 64, 7, 2, 3), nn.ReLU(), nn.MaxPool2d(3, 2, ceil_mode=ceil_mode)),
        *(nn.Conv2d(64, 64, 1), nn.ReLU(), nn.Conv2d(64, 192, 3, padding=1), nn.ReLU()),
        nn.MaxPool2d(3, 2, ceil_mode=ceil_mode),
    )


_slip(_googlenet_stem, "rounded_down", "Your pooling leaves out a last window that the maps do not "
      "fill; here it is used.", ceil_mode=False)  # fmt: skip


def _resnet_stem(bias=False):
    first = nn.Conv2d(3, 64, 7, 2, 3, bias=bias)
    return nn.Sequential(first, nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, padding=1))


_BIASES = (
    "Your convolutions have biases, and batch normalisation has a shift of its own: it is counted "
    "twice."
)
_slip(_resnet_stem, "biases", _BIASES, bias=True)


class _Block(nn.Module):
    """A residual block whose body y and shortcut x are put together by `join`."""

    def __init__(self, C, O, S, join, bias, step, needed):
        super().__init__()
        self.join = join
        self.conv1 = nn.Conv2d(C, O, 3, stride=S, padding=1, bias=bias)
        self.bn1 = nn.BatchNorm2d(O)
        self.conv2 = nn.Conv2d(O, O, 3, padding=1, bias=bias)
        self.bn2 = nn.BatchNorm2d(O)
        self.downsample = nn.Identity()
        if needed(C, O, S):
            projection = nn.Conv2d(C, O, 1, stride=step(S), bias=bias)
            self.downsample = nn.Sequential(projection, nn.BatchNorm2d(O))

    def forward(self, x):
        y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return self.join(y, self.downsample(x))


def _ResidualBlock(
    C, O, S=1, join=lambda y, x: torch.relu(y + x), bias=False, step=lambda S: S,
    needed=lambda C, O, S: S > 1 or C != O,
):  # fmt: skip
    return _Block(C, O, S, join, bias, step, needed)


_slip(_ResidualBlock, "relu_forgotten", "Negative numbers leave your block: what comes after the "
      "sum?", join=lambda y, x: y + x)  # fmt: skip
_slip(_ResidualBlock, "relu_before_the_sum", "You cut the body before the sum, and not the sum: "
      "may a block subtract?", join=lambda y, x: torch.relu(y) + x)  # fmt: skip
_slip(_ResidualBlock, "relu_twice", "You cut the body before it is added: may a block subtract?",
      join=lambda y, x: torch.relu(torch.relu(y) + x))  # fmt: skip
_slip(_ResidualBlock, "no_shortcut", "x does not reach the end of your block but through the "
      "convolutions: which way round is missing?", join=lambda y, x: torch.relu(y))  # fmt: skip
_slip(_ResidualBlock, "projection_without_stride", "Body and shortcut have different sizes: the "
      "body leaves out every second pixel. And the projection?", step=lambda S: 1)  # fmt: skip
_slip(_ResidualBlock, "always_projected", "Your shortcut has weights also where x already has the "
      "right shape.", needed=lambda C, O, S: True)  # fmt: skip
_slip(_ResidualBlock, "biases", _BIASES, bias=True)


def _depthwise_separable(C, O, S=1, groups=lambda C: C, between=nn.ReLU, bias=False):
    return nn.Sequential(
        *(nn.Conv2d(C, C, 3, S, 1, groups=groups(C), bias=bias), nn.BatchNorm2d(C), between()),
        *(nn.Conv2d(C, O, 1, bias=bias), nn.BatchNorm2d(O), nn.ReLU()),
    )


_slip(_depthwise_separable, "no_groups", "Your first filters see all channels: into how many "
      "groups do those of a depthwise layer fall?", groups=lambda C: 1)  # fmt: skip
_slip(_depthwise_separable, "no_relu_between", "What is between the two layers of the pair, beside "
      "batch normalisation?", between=nn.Identity)  # fmt: skip
_slip(_depthwise_separable, "biases", _BIASES, bias=True)
