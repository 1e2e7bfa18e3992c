"""All networks in one table, and one picture."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from cnnkit.models.facts import FACTS, Fact
from cnnkit.summary import format_bytes
from cnnkit.text import aligned, html_line

if TYPE_CHECKING:
    from cnnkit.viz import Picture

CHALLENGE = ("ILSVRC", "ImageNet")  # where an error is of five guesses among 1,000 classes


@dataclass(frozen=True)
class Entry:
    """A network's published facts, and the memory of its activations for one image, computed."""

    fact: Fact
    activation_bytes: int

    @property
    def cells(self) -> tuple[str, ...]:
        fact = self.fact
        error = f"{fact.error:g} %" if fact.error else ""
        top1 = f"{fact.top1:.1f} %" if fact.top1 else ""
        return (
            *(fact.title, str(fact.year), str(fact.depth), "×".join(map(str, fact.input_shape))),
            *(f"{fact.parameters:,}", f"{fact.macs:,}", format_bytes(self.activation_bytes)),
            *(top1, error, fact.error_of),
        )


class Table:
    """The networks of `cnnkit.models`, in the order of their years: prints, and `picture()`s."""

    HEADER = (
        *("network", "year", "depth", "image", "parameters", "multiply-adds", "memory"),
        *("top-1", "error", "on"),
    )
    WORDS = (0, 9)

    @cached_property
    def rows(self) -> list[Entry]:
        from cnnkit import models

        entries = []
        for fact in sorted(FACTS, key=lambda fact: fact.year):
            summary = getattr(models, fact.name)(**fact.options).summary(fact.input_shape)
            entries.append(Entry(fact, summary.activation_bytes))
        return entries

    def __str__(self) -> str:
        head, *rows = aligned([self.HEADER, *(entry.cells for entry in self.rows)], self.WORDS)
        return "\n".join([head, "─" * max(map(len, [head, *rows])), *rows])

    def _repr_html_(self) -> str:
        body = "".join(html_line(entry.cells, self.WORDS) for entry in self.rows)
        head = html_line(self.HEADER, self.WORDS, "th")
        return f"<table><thead>{head}</thead><tbody>{body}</tbody></table>"

    def picture(self) -> Picture:
        """Accuracy on ImageNet against multiply-adds, of the networks for which it is published;
        parameters are areas. VGG-13 and VGGs with batch norm are left out: they would lie on the
        others."""
        from cnnkit.viz.tables import models_picture

        facts = [entry.fact for entry in self.rows if entry.fact.top1 is not None]
        covered = ("vgg13", "vgg11_bn", "vgg13_bn", "vgg16_bn", "vgg19_bn")
        return models_picture([fact for fact in facts if fact.name not in covered])

    def winners(self, own: Fact | None = None) -> Picture:
        """Error, depth, parameters and multiply-adds of the networks that won ILSVRC or were
        measured on its pictures, in the order of their years; `own` stands at the end."""
        from cnnkit.viz.winners import winners_picture

        facts = [entry.fact for entry in self.rows if entry.fact.error_of.startswith(CHALLENGE)]
        return winners_picture(facts, own)


def table() -> Table:
    """Year, depth, parameters, multiply-adds, memory, accuracy and error of every network."""
    return Table()
