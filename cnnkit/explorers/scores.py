"""Softmax and cross-entropy by dragging scores; it runs in the browser, without the kernel."""

from __future__ import annotations

from typing import Any

import anywidget
import traitlets

from cnnkit.explorers.base import StaticPicture
from cnnkit.explorers.screen import HERE, still_of
from cnnkit.viz.scores import softmax_picture

CLASSES = ("cat", "car", "frog")
SCORES = (3.2, 5.1, -1.7)
LIMIT = 8.0


class SoftmaxExplorer(StaticPicture, anywidget.AnyWidget):
    """p = softmax(s), L = −log p_target and ∂L/∂s = p − t, for scores that are dragged.

    `scores` and `target` can be read and set from the notebook.
    """

    _esm = HERE / "softmax.js"
    _css = HERE / "softmax.css"
    scores = traitlets.List(traitlets.Float(), list(SCORES)).tag(sync=True)
    target = traitlets.Int(0).tag(sync=True)
    classes = traitlets.List(traitlets.Unicode(), list(CLASSES)).tag(sync=True)
    limit = traitlets.Float(LIMIT).tag(sync=True)

    def __init__(self) -> None:
        super().__init__()
        self.add_class("softmax-explorer")

    @traitlets.validate("scores", "target")
    def _check(self, proposal: Any) -> Any:
        """ValueError: not one score for each class, or no such class."""
        value, count = proposal["value"], len(self.classes)
        right = 0 <= value < count if proposal["trait"].name == "target" else len(value) == count
        if not right:
            raise ValueError(
                f"expected a score for each of {count} classes and one of them as the target, "
                f"got {value}"
            )
        return value

    def still(self) -> dict[str, Any]:
        picture = softmax_picture(self.scores, self.target, self.classes)
        return still_of(picture)


def softmax() -> SoftmaxExplorer:
    """Scores of three classes to drag, with softmax, loss and gradient beside them."""
    return SoftmaxExplorer()
