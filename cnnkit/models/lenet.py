"""LeNet-5 (LeCun, Bottou, Bengio, Haffner, Gradient-Based Learning Applied to Document Recognition,
Proceedings of the IEEE, 1998, section II.B)."""

from cnnkit.layers import AvgPool2d, Conv2d, Flatten, Linear, Sequential, Tanh


def lenet5(num_classes: int = 10) -> Sequential:
    """LeNet-5 in its common form, for images (1, 32, 32): 61,706 parameters, 416,520 multiply-adds.

    The paper's network has 60,000: there C3 sees only some of S2's maps, sub-sampling has a weight
    and a bias for each map, and the output layer measures distances to fixed patterns (RBF).
    """
    return Sequential(
        {
            "conv1": Conv2d(1, 6, 5),
            "tanh1": Tanh(),
            "pool1": AvgPool2d(2),
            "conv2": Conv2d(6, 16, 5),
            "tanh2": Tanh(),
            "pool2": AvgPool2d(2),
            "flatten": Flatten(),
            "fc1": Linear(16 * 5 * 5, 120),
            "tanh3": Tanh(),
            "fc2": Linear(120, 84),
            "tanh4": Tanh(),
            "fc3": Linear(84, num_classes),
        }
    )
