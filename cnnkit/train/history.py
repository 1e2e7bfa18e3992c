"""What happened in training, epoch by epoch."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING

from cnnkit.text import aligned, html_line

if TYPE_CHECKING:
    from cnnkit.viz import Picture


@dataclass
class History:
    """One value for each epoch: mean loss and accuracy on the training batches as they were met,
    loss and accuracy on the validation data behind the epoch (none without such data), the
    learning rate at its end, and seconds. `stopped` says why training ended."""

    loss: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)
    lr: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    stopped: str = ""

    def __len__(self) -> int:
        return len(self.loss)

    @property
    def best_epoch(self) -> int:
        """The number, from 0, of the epoch with the smallest validation loss (without validation,
        training loss). ValueError: there is none."""
        losses = self.validation_loss or self.loss
        if not losses:
            raise ValueError("no epoch has ended yet")
        return min(range(len(losses)), key=losses.__getitem__)

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> History:
        return cls(**json.loads(text))

    def picture(self) -> Picture:
        """Loss and accuracy over the epochs, training and validation."""
        from cnnkit.viz.training import history_picture

        return history_picture(self)

    def _lines(self) -> list[tuple[str, ...]]:
        columns = [f.name for f in fields(self)[:-1] if getattr(self, f.name)]
        head = ("epoch", *(name.replace("_", " ") for name in columns))
        rows = zip(*(getattr(self, name) for name in columns), strict=True)
        return [head, *((str(i + 1), *(f"{v:.4g}" for v in row)) for i, row in enumerate(rows))]

    def __str__(self) -> str:
        return "\n".join([*aligned(self._lines(), ()), *([self.stopped] if self.stopped else [])])

    def _repr_html_(self) -> str:
        head, *rows = self._lines()
        body = "".join(html_line(row, ()) for row in rows)
        return f"<table><thead>{html_line(head, (), 'th')}</thead><tbody>{body}</tbody></table>"
