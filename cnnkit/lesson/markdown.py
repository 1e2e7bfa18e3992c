"""Markdown with formulas as HTML that needs nothing else: formulas become MathML, which browsers
draw themselves, in JupyterLab, in an export and without a network."""

from __future__ import annotations

import mistune
from mistune.plugins.math import math as math_plugin

from cnnkit.mathml import mathml


class _Renderer(mistune.HTMLRenderer):
    def inline_math(self, text: str) -> str:
        return mathml(text)

    def block_math(self, text: str) -> str:
        return mathml(text, display=True)


_markdown = mistune.create_markdown(renderer=_Renderer(), plugins=["table", math_plugin])


def html(text: str) -> str:
    """Paragraphs; what looks like HTML in the text is shown as text."""
    return str(_markdown(text)).strip()


def inline(text: str) -> str:
    """One paragraph, without its tags."""
    return html(text).removeprefix("<p>").removesuffix("</p>")
