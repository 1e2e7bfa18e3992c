"""Pictures of what is inside a network trained on ImageNet, SqueezeNet 1.1."""

from __future__ import annotations

from functools import cache

import numpy as np

from cnnkit import data, inside, viz
from cnnkit.models.classify import Classifier
from cnnkit.models.pretrained import class_names

CAT, MUG, VOLCANO, DAISY, GOLDFISH = 285, 504, 980, 985, 1  # classes of ImageNet
LAST = "features.12"


@cache
def _squeezenet() -> Classifier:
    return Classifier("squeezenet1_1", "torch")


def _input(name: str) -> np.ndarray:
    return _squeezenet().pretrained.preprocess(data.photograph(name))[None]


def _image(x: np.ndarray) -> np.ndarray:
    return _squeezenet().pretrained.image(x)


def filters() -> viz.Picture:
    """The first layer's filters, trained on ImageNet"""
    weight = _squeezenet().net.features[0].weight
    return viz.filters_picture(weight.detach().numpy())


def heat() -> viz.Picture:
    """Where a network looks"""
    net, x = _squeezenet().net, _input("cat")
    heats = {
        "saliency": inside.saliency(net, x)[0],
        "Grad-CAM": inside.grad_cam(net, x, LAST)[0],
        "occlusion": np.maximum(inside.occlusion(net, x, size=48, stride=12)[0], 0),
    }
    return viz.heat_picture(_image(x[0]), heats)


def gradients() -> viz.Picture:
    """Which pixels speak for the class"""
    net, x = _squeezenet().net, _input("cat")
    pictures = {
        "the picture": _image(x[0]),
        "plain gradient": inside.trace(
            net, x, {inside.OUTPUT: lambda y: (y == y.max()).astype(y.dtype)}
        ).input_gradient[0],
        "guided": inside.guided_backpropagation(net, x)[0],
        "DeconvNet": inside.deconvnet(net, x, "features.7")[0],
    }
    shown = {
        name: values if values.dtype == np.uint8 else viz.gradient_as_image(values)
        for name, values in pictures.items()
    }
    return viz.images_picture(shown)


def class_images() -> viz.Picture:
    """What a class looks like to the network"""
    net = _squeezenet().net
    wanted = {"coffee mug": MUG, "volcano": VOLCANO, "daisy": DAISY, "goldfish": GOLDFISH}
    start = np.random.default_rng(0).normal(0, 0.1, (1, 3, 224, 224)).astype(np.float32)
    images = {
        name: _image(inside.maximize(net, start, label, progress=False)[0])
        for name, label in wanted.items()
    }
    return viz.images_picture(images)


def dream() -> viz.Picture:
    """DeepDream: what two layers see, made stronger"""
    net, x = _squeezenet().net, _input("rocket")
    images = {"the picture": _image(x[0])}
    for layer in ("features.5", "features.9"):
        dreamt = inside.deep_dream(net, x, layer, steps=12, lr=0.06, progress=False)
        images[f"dreamt by {layer}"] = _image(dreamt[0])
    return viz.images_picture(images, 3)


def style() -> viz.Picture:
    """The content of one picture in the style of another"""
    net, content, style = _squeezenet().net, _input("cat"), _input("cells")
    layers = ["features.1", "features.3", "features.4", "features.6"]
    made, _ = inside.style_transfer(net, content, style, "features.6", layers, progress=False)
    named = {"content": content, "style": style, "both": made}
    return viz.images_picture({name: _image(x[0]) for name, x in named.items()}, 3)


def deceived() -> viz.Picture:
    """How little deceives a network"""
    classifier, x = _squeezenet(), _input("coffee")
    black, white = classifier.pretrained.limits()
    images = {}
    for levels in (0, 2, 8, 32):
        step = levels / 255 * (white - black)
        changed = inside.fgsm(classifier.net, x, step, limits=(black, white))
        image = _image(changed[0])
        guess = int(inside.scores(classifier.net, changed)[0].argmax())
        images[f"±{levels}: {class_names()[guess]}"] = image
    return viz.images_picture(images)
