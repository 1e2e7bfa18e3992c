"""Looking inside a network: what in a picture it looks at, what its units want to see, how little
deceives it. Every function takes a NumPy net and a PyTorch module alike.

    from cnnkit import inside, models

    net = models.squeezenet1_1(weights="imagenet").to_torch()
    heat = inside.grad_cam(net, x, "features.12")
"""

from cnnkit.inside.attribution import (
    deconvnet,
    grad_cam,
    guided_backpropagation,
    occlusion,
    saliency,
)
from cnnkit.inside.images import deep_dream, fgsm, gram, maximize, style_transfer
from cnnkit.inside.probe import trace
from cnnkit.inside.traces import OUTPUT, Trace
from cnnkit.pytorch.either import scores

__all__ = [
    "OUTPUT",
    "Trace",
    "deconvnet",
    "deep_dream",
    "fgsm",
    "grad_cam",
    "gram",
    "guided_backpropagation",
    "maximize",
    "occlusion",
    "saliency",
    "scores",
    "style_transfer",
    "trace",
]
