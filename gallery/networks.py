"""Pictures of what is inside a network trained on ImageNet, SqueezeNet 1.1."""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.ndimage import gaussian_filter

from cnnkit import data, inside, viz
from cnnkit.data.pictures import crop_and_resize
from cnnkit.layers import Softmax
from cnnkit.models.classify import Classifier
from cnnkit.models.pretrained import class_names

PINEAPPLE, STARFISH, GOLDFISH, VOLCANO = 953, 327, 1, 980  # classes of ImageNet
LAST = "features.12"
# Of each Fire module: its layer, and a channel whose strongest unit is not one at the border, where
# the zeros of the padding make an edge.
UNITS = {2: (3, 125), 4: (6, 240), 6: (9, 364), 9: (12, 426)}
TILE = 224
STEPS = 80  # uphill, to what a class looks like


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
    """Why a network says espresso"""
    net, x = _squeezenet().net, _input("coffee")
    heats = {
        "saliency, blurred by σ = 2": gaussian_filter(inside.saliency(net, x)[0], 2),
        "Grad-CAM": inside.grad_cam(net, x, LAST)[0],
        "occlusion": np.maximum(inside.occlusion(net, x, size=48, stride=12)[0], 0),
    }
    return viz.heat_picture(_image(x[0]), heats)


def gradients() -> viz.Picture:
    """Which pixels speak for Egyptian cat: gradients, grey where they are 0"""
    net, x = _squeezenet().net, _input("cat")
    plain = inside.trace(net, x, {inside.OUTPUT: lambda y: (y == y.max()).astype(y.dtype)})
    guided = inside.guided_backpropagation(net, x)[0]
    return viz.images_picture(
        {
            "the picture": _image(x[0]),
            "plain gradient": viz.gradient_as_image(plain.input_gradient[0]),
            "guided backpropagation": viz.gradient_as_image(guided),
        },
        3,
    )


def units() -> viz.Picture:
    """What a unit of each of four layers saw, enlarged, and what of it made it fire: DeconvNet"""
    net, x = _squeezenet().net, _input("cat")
    seen, fired = {}, {}
    for fire, (layer, channel) in UNITS.items():
        gradient = inside.deconvnet(net, x, f"features.{layer}", channel)[0]
        (top, left), side = _square(gradient)
        part = np.s_[:, top : top + side, left : left + side]
        seen[f"Fire {fire} saw {side}×{side} pixels"] = crop_and_resize(_image(x[0])[part], TILE)
        shown = viz.gradient_as_image(gradient[part])
        fired[f"channel {channel} of Fire {fire}"] = crop_and_resize(shown, TILE)
    return viz.images_picture(seen | fired)


def _square(gradient: np.ndarray) -> tuple[np.ndarray, int]:
    """The corner and side of the smallest square of a gradient (3, H, W) that holds what counts."""
    size = np.abs(gradient).max(axis=0)
    places = np.argwhere(size > 0.02 * size.max())
    low, high = places.min(axis=0), places.max(axis=0) + 1
    side = min(int((high - low).max()), *size.shape)
    return np.clip(low, 0, np.array(size.shape) - side), side


def class_images() -> viz.Picture:
    """What a class looks like to the network"""
    net = _squeezenet().net
    wanted = {
        "pineapple": PINEAPPLE,
        "starfish": STARFISH,
        "goldfish": GOLDFISH,
        "volcano": VOLCANO,
    }
    start = np.random.default_rng(0).normal(0, 0.1, (1, 3, 224, 224)).astype(np.float32)
    images = {
        name: _image(inside.maximize(net, start, label, steps=STEPS, lr=0.5, progress=False)[0])
        for name, label in wanted.items()
    }
    return viz.images_picture(images)


def dream() -> viz.Picture:
    """DeepDream: what two layers see, made stronger"""
    net, x = _squeezenet().net, _input("coffee")
    images = {"the picture": _image(x[0])}
    for fire, layer in ((3, "features.4"), (5, "features.7")):
        dreamt = inside.deep_dream(net, x, layer, steps=15, lr=0.03, octaves=4, progress=False)
        images[f"dreamt by Fire {fire}"] = _image(dreamt[0])
    return viz.images_picture(images, 3)


def style() -> viz.Picture:
    """The content of one picture in the style of another"""
    net, content, style = _squeezenet().net, _input("cat"), _input("cells")
    layers = ["features.1", "features.3", "features.4", "features.6"]
    made, _ = inside.style_transfer(
        net, content, style, "features.6", layers, style_weight=1e5, progress=False
    )
    named = {"content": content, "style": style, "the content in that style": made}
    # 224 does not fit windows of 3×3 and stride 2: the last row and column have no gradient.
    return viz.images_picture({name: _image(x[0])[:, :-1, :-1] for name, x in named.items()}, 3)


def deceived() -> viz.Picture:
    """How little deceives a network: every pixel changed by 2 of 255 grey levels"""
    classifier, x = _squeezenet(), _input("coffee")
    black, white = classifier.pretrained.limits()
    changed = inside.fgsm(classifier.net, x, 2 / 255 * (white - black), limits=(black, white))
    said = []
    for each in (x, changed):
        p = Softmax()(inside.scores(classifier.net, each))[0]
        said.append(f"{class_names()[p.argmax()]}, {p.max():.0%}")
    images = {
        f"x: {said[0]}": _image(x[0]),
        "+ ε · sign(∇L), enlarged": viz.gradient_as_image(changed[0] - x[0]),
        f"= x′: {said[1]}": _image(changed[0]),
    }
    return viz.images_picture(images, 3)


def guesses() -> viz.Picture:
    """Five guesses for each photograph, and what is right"""
    right = {"coffee": {"espresso"}, "cat": {"tabby cat", "tiger cat"}, "rocket": {"missile"}}
    images = {name: data.photograph(name) for name in right}
    answers = {name: _squeezenet()(image)[:5] for name, image in images.items()}
    said = {name: {g.name: g.probability for g in five} for name, five in answers.items()}
    shown = {name: crop_and_resize(image, TILE) for name, image in images.items()}
    return viz.guesses_picture(shown, said, right)
