"""How little deceives a network: x + ε·sign(∂L/∂x) = x′, on a photograph or the reader's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from html import escape

import numpy as np

from cnnkit import inside
from cnnkit.data.photographs import photograph
from cnnkit.explorers.base import Step, StepExplorer
from cnnkit.explorers.pictures import PictureControls, classifier_of, png
from cnnkit.explorers.screen import Page
from cnnkit.layers import Softmax
from cnnkit.models.classify import Classifier
from cnnkit.models.pretrained import class_names
from cnnkit.viz.maps import images_picture
from cnnkit.viz.style import Picture

STRENGTHS = (0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)  # grey levels, of 255
# What is on a photograph, by ImageNet's numbers: espresso; tabby, tiger, Egyptian cat; tripod.
TRUTHS = {"coffee": (967,), "cat": (281, 282, 285), "camera": (872,)}
ROWS = 5  # classes whose probabilities are shown


@dataclass(frozen=True, eq=False)
class Attack:
    """The fast gradient sign method (Goodfellow et al., 2015) on one picture: every value changed
    by ε, upwards or downwards, as harms the network's answer most. `x` is the network's input (1,
    3, 224, 224), `sign` that of the loss's gradient by it, `before` the probabilities for it."""

    classifier: Classifier
    x: np.ndarray
    sign: np.ndarray
    before: np.ndarray
    truth: tuple[int, ...] = ()

    def at(self, levels: int) -> tuple[np.ndarray, np.ndarray]:
        """The changed input, and its probabilities, for an ε of so many grey levels of 255."""
        black, white = self.classifier.pretrained.limits()
        step = levels / 255 * (white - black)
        changed = np.clip(self.x + self.sign * step, black, white).astype(np.float32)
        return changed, _probabilities(self.classifier, changed)

    def image(self, x: np.ndarray) -> np.ndarray:
        """An input as an image (3, H, W) of uint8."""
        return self.classifier.pretrained.image(x[0])


def attack_on(title: str, image: np.ndarray, truth: tuple[int, ...] = ()) -> Attack:
    """The attack on an image (3, H, W) of uint8, with the network of that title."""
    classifier = classifier_of(title)
    x = classifier.pretrained.preprocess(image)[None]
    sign = np.sign(inside.fgsm(classifier.net, x, 1.0) - x)
    return Attack(classifier, x, sign, _probabilities(classifier, x), truth)


@lru_cache(maxsize=8)
def _known_attack(title: str, name: str) -> Attack:
    return attack_on(title, photograph(name), TRUTHS[name])


class AdversarialExplorer(StepExplorer):
    """A picture, what is added to it, what becomes of it, and what the network then sees."""

    stays = True
    first = STRENGTHS.index(2)

    def __init__(self) -> None:
        self.controls = PictureControls(tuple(TRUTHS))
        super().__init__(self.controls.all, "ε", 900)

    def load(self) -> None:
        self.controls.load()

    def prepare(self) -> Sequence[Step]:
        title, name = self.controls.network.value, self.controls.name
        attack = _known_attack(title, name) if name else attack_on(title, self.controls.image())
        sign = np.rint(127.5 * (1 + attack.sign[0])).astype(np.uint8)
        self.screen.images = {"x": png(attack.image(attack.x)), "sign": png(sign)}
        return [Step(f"{levels} of 255", partial(_draw, attack, levels)) for levels in STRENGTHS]


def _draw(attack: Attack, levels: int) -> Page:
    changed, after = attack.at(levels)
    before, names = attack.before, class_names()
    was, now = int(before.argmax()), int(after.argmax())
    image = attack.image(changed)
    shown = (
        ("x", "x", f"{names[was]}, {before[was]:.1%}"),
        ("sign", f"ε·sign(∂L/∂x), ε = {levels}/255", "which way each value goes"),
        ("changed", "x′", f"{names[now]}, {after[now]:.1%}"),
    )
    figures = [
        f"<figure><figcaption><b>{title}</b><br>{escape(said)}</figcaption>"
        f'<img data-image="{key}" alt="{title}: {escape(said)}"></figure>'
        for key, title, said in shown
    ]
    html = f'<div class="attack">{figures[0]}<span class="sign">+</span>{figures[1]}'
    html += f'<span class="sign">=</span>{figures[2]}</div>{_bars(before, after)}'
    text = _sentence(attack, levels, after)

    def picture() -> Picture:
        named = {f"{title}: {said}": key for key, title, said in (shown[0], shown[2])}
        images = {"x": attack.image(attack.x), "changed": image}
        return images_picture({words: images[key] for words, key in named.items()}, 2)

    return Page(html, text, f"<p>{escape(text)}</p>", picture, {"changed": png(image)})


def _sentence(attack: Attack, levels: int, after: np.ndarray) -> str:
    before, names = attack.before, class_names()
    was, now = int(before.argmax()), int(after.argmax())
    text = f"Every value changed by at most {levels} of 255: {names[was]} "
    text += (
        f"goes from {before[was]:.1%} to {after[was]:.1%}"
        if levels
        else (f"stays at {after[was]:.1%}")
    )
    text += f"; the network now sees {names[now]} ({after[now]:.1%})." if now != was else "."
    if attack.truth and was not in attack.truth:
        right = " or ".join(names[label] for label in attack.truth)
        text += f" The network errs already without a change: this is {right}."
    return text


def _bars(before: np.ndarray, after: np.ndarray) -> str:
    """The classes that were, or now are, the most probable, always as many of them."""
    order = [*np.argsort(-before)[:3], *np.argsort(-after)[:ROWS]]
    rows = ""
    for label in list(dict.fromkeys(map(int, order)))[:ROWS]:
        cells = _bar("before", before[label]) + _bar("after", after[label])
        rows += f'<tr><th scope="row">{escape(class_names()[label])}</th>{cells}</tr>'
    head = "<tr><th>class</th><th>probability for x</th><th>for x′</th></tr>"
    return f'<table class="bars"><thead>{head}</thead><tbody>{rows}</tbody></table>'


def _bar(kind: str, p: float) -> str:
    bar = f'<span class="bar"><span style="width:{p:.1%}"></span></span>'
    return f'<td class="{kind}">{bar}<output>{p:.1%}</output></td>'


def _probabilities(classifier: Classifier, x: np.ndarray) -> np.ndarray:
    return Softmax()(inside.scores(classifier.net, x))[0]


def adversarial() -> AdversarialExplorer:
    """How little deceives a network, on a photograph or on the reader's own picture."""
    return AdversarialExplorer()
