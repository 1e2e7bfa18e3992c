"""cnnkit: convolutional neural networks, defined once, run in NumPy and in PyTorch, counted unrun.

    from cnnkit.layers import AvgPool2d, Conv2d, Flatten, Linear, Sequential, Tanh
    from cnnkit.losses import CrossEntropyLoss

    net = Sequential(Conv2d(1, 6, 5), Tanh(), AvgPool2d(2), Flatten(), Linear(6 * 14 * 14, 10))
    print(net.summary((1, 32, 32)))         # counted, nothing allocated
    loss = CrossEntropyLoss()
    loss(net(images), labels)               # NumPy, forward
    net.backward(loss.backward())           # NumPy, backward: gradients in net[0].weight.grad
    module = net.to_torch()                 # a torch.nn.Module with the same weights

Neither torch nor matplotlib is imported before it is needed.
"""

from cnnkit import (
    compare,
    functional,
    gradcheck,
    graph,
    initializers,
    layers,
    losses,
    models,
    optim,
    regularizers,
    summary,
)
from cnnkit.cores import use_one_core
from cnnkit.initializers import manual_seed

__all__ = [
    "compare",
    "functional",
    "gradcheck",
    "graph",
    "initializers",
    "layers",
    "losses",
    "manual_seed",
    "models",
    "optim",
    "regularizers",
    "summary",
    "use_one_core",
]
