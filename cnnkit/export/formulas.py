"""Markdown as nbconvert reads it, with its formulas as MathML."""

from __future__ import annotations

import logging
from html import escape
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context
from mistune import HTMLRenderer
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from cnnkit.mathml import mathml


class Renderer(IPythonRenderer):
    """What would be left to MathJax is written out; pictures stand in the page."""

    def inline_math(self, body: str) -> str:
        return _formula(body, display=False)

    def block_math(self, body: str) -> str:
        # A box of its own, in which a formula that is too wide for a phone can be moved.
        return f'<span class="formula">{_formula(body, display=True)}</span>'

    # A fold-out's opening tag comes alone: nbconvert, looking for pictures in it, would close it.
    block_html = HTMLRenderer.block_html
    inline_html = HTMLRenderer.inline_html

    def latex_environment(self, name: str, body: str) -> str:
        return self.block_math(rf"\begin{{{name}}}{body}\end{{{name}}}")


@pass_context
def markdown2html(context: Context, source: str) -> str:
    """HTML of a Markdown cell; takes the place of nbconvert's filter of this name."""
    cell: Any = context.get("cell", {})
    path = context.get("resources", {}).get("metadata", {}).get("path", "")
    renderer = Renderer(
        escape=False, embed_images=True, path=path, attachments=cell.get("attachments", {})
    )
    return MarkdownWithMath(renderer=renderer).render(source)


def _formula(tex: str, display: bool) -> str:
    try:
        return mathml(tex, display)
    except ValueError as problem:  # one formula that can be read as TeX, and not no page
        logging.getLogger("traitlets").warning("%s; it is left as TeX", problem)
        return f"<code>{escape(tex)}</code>"
