"""Markdown with formulas as HTML that needs nothing else: formulas become MathML, which browsers
draw themselves, in JupyterLab, in an export and without a network."""

from __future__ import annotations

import re

import mistune
from mistune.plugins.math import math as math_plugin

from cnnkit.mathml import mathml


class _Renderer(mistune.HTMLRenderer):
    def inline_math(self, text: str) -> str:
        return mathml(text)

    def block_math(self, text: str) -> str:
        return mathml(text, display=True)


_markdown = mistune.create_markdown(renderer=_Renderer(), plugins=["table", math_plugin])


# A formula that goes on in the next line, which Mistune would not take for one.
_BROKEN = re.compile(r"(?<![\\$])\$(?![\s$])(?:[^$\\\n]|\\.|\n(?!\s*\n))+?(?<!\s)\$(?![\d$])")


def html(text: str) -> str:
    """Paragraphs; what looks like HTML in the text is shown as text."""
    whole = _BROKEN.sub(lambda formula: " ".join(formula[0].split("\n")), text)
    return str(_markdown(whole)).strip()


def inline(text: str) -> str:
    """One paragraph, without its tags."""
    return html(text).removeprefix("<p>").removesuffix("</p>")
