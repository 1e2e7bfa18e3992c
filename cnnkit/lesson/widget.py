"""A question or a prediction as it is seen: its text, a field or a choice, and what is answered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from cnnkit.lesson.markdown import html, inline
from cnnkit.lesson.verdict import Reply

HERE = Path(__file__).parent
TRIES = 2  # after which the worked solution is offered
Answering = Callable[[str], Reply]


class Asked(anywidget.AnyWidget):
    """The browser sends what was typed and gets `reply`; `worked` is empty until the reader may see
    it. Where no kernel runs the question stands there with its solution folded."""

    alone = traitlets.Bool(False).tag(sync=True)  # an exported page shows its text instead
    _esm = HERE / "widget.js"
    _css = HERE / "widget.css"
    ask = traitlets.Unicode().tag(sync=True)
    field = traitlets.Unicode().tag(sync=True)
    unit = traitlets.Unicode().tag(sync=True)
    button = traitlets.Unicode().tag(sync=True)
    options: traitlets.List[dict[str, str]] = traitlets.List().tag(sync=True)
    typed = traitlets.Unicode().tag(sync=True)
    reply: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)
    worked = traitlets.Unicode().tag(sync=True)

    def __init__(
        self,
        ask: str,
        answering: Answering,
        *,
        field: str,
        unit: str = "",
        button: str = "Check",
        options: tuple[str, ...] = (),
        worked: str = "",
        typed: str = "",
    ) -> None:
        shown = [{"value": option, "html": inline(option)} for option in options]
        super().__init__(
            ask=html(ask), field=field, unit=unit, button=button, options=shown, typed=typed
        )
        self._answering, self._worked, self._tries = answering, worked, 0
        self.on_msg(lambda _, content, __: self.take(str(content.get("typed", ""))))

    def take(self, text: str) -> None:
        """Answer what was typed."""
        said = self._answering(text)
        self._tries += said.verdict in ("mistake", "not yet")
        if said.verdict == "right" or self._tries >= TRIES:
            self.worked = html(self._worked)
        number = self.reply.get("number", 0) + 1  # the same words again are news to the browser
        self.reply = {"verdict": said.verdict, "html": html(said.text), "number": number}

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        view = super()._repr_mimebundle_(**options)
        data, metadata = view if isinstance(view, tuple) else (view or {}, {})
        lines = [f'<div class="cnnkit-question">{self.ask}']
        lines += [f"<p>○ {option['html']}</p>" for option in self.options]
        if self._worked:
            worked = html(self._worked)
            lines.append(f"<details><summary>The worked solution</summary>{worked}</details>")
        return data | {"text/html": "\n".join([*lines, "</div>"])}, metadata
