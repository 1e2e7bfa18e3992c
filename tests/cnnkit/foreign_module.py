"""A PyTorch module as others write them, and what the tests of `cnnkit.inside` ask of it."""

import numpy as np
import torch
from torch import nn

from cnnkit import inside

RNG = np.random.default_rng(0)
X = RNG.normal(size=(2, 3, 8, 9))
METHODS = {
    "saliency": lambda m: inside.saliency(m, X, 1),
    "guided": lambda m: inside.guided_backpropagation(m, X, 1),
    "deconvnet": lambda m: inside.deconvnet(m, X, "conv2"),
    "deconvnet from a ReLU": lambda m: inside.deconvnet(m, X, "act2", 2),
    "grad-cam of what is written over": lambda m: inside.grad_cam(m, X, "norm1", 1),
    "grad-cam of a ReLU": lambda m: inside.grad_cam(m, X, "act1", 1),
    "grad-cam of a convolution": lambda m: inside.grad_cam(m, X, "conv2", 1),
    "dream": lambda m: inside.deep_dream(m, X, "norm1", steps=2, octaves=2, progress=False),
    "fgsm": lambda m: inside.fgsm(m, X, 0.1, 1),
}


class Foreign(nn.Module):
    """Convolution, norm, activation, and a block with a shortcut; `forward` is what differs."""

    def __init__(self, activation=nn.ReLU, inplace=False):
        super().__init__()
        torch.manual_seed(0)
        self.conv1, self.norm1 = nn.Conv2d(3, 6, 3, padding=1), nn.BatchNorm2d(6)
        self.act1, self.act2 = activation(inplace=inplace), activation(inplace=inplace)
        self.conv2, self.fc = nn.Conv2d(6, 6, 3, padding=1), nn.Linear(6, 4)
        self.double()

    def forward(self, x):
        x = self.act1(self.norm1(self.conv1(x)))
        x = self.act2(self.conv2(x) + x)
        return self.fc(x.mean((2, 3)))
