"""A student's Markdown as a page may show it: formatted, and nothing in it is obeyed.

HTML is text, and an address is text, too: no link and no picture leads anywhere, so that nothing is
fetched or followed when somebody opens a page. Only attached pictures that were checked are shown.
Formulas are MathML (formulas.py). In what a grader writes, a link to a page leads there.
`markdown` takes the place of nbconvert's filter "markdown2html" (`etc/nbgrader_config.json`), so
that nbgrader's form-grader and its feedback show the same.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import mistune
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from autograder.course.pictures import picture
from autograder.records.formulas import formula
from autograder.records.legible import legible

PLUGINS = ["table", "math"]
LEADS = re.compile(r"https?://[^\s]+", re.IGNORECASE)
MANY = 500  # formulas of a text that are drawn
PREFIX = "attachment:"


class Words(mistune.HTMLRenderer):
    """Markdown without markup of the student's own, without links, with attached pictures alone."""

    def __init__(self, attachments: Mapping[str, Any] | None = None, links: bool = False) -> None:
        super().__init__(escape=True)
        self.links, self.formulas = links, 0
        self.attachments = attachments if isinstance(attachments, Mapping) else {}

    def link(self, text: str, url: str, title: str | None = None) -> str:
        if self.links and LEADS.match(url):
            return f'<a href="{html.escape(url)}" rel="noopener noreferrer">{text}</a>'
        same = html.unescape(text) in (url, url.removeprefix("mailto:"))
        return text if same else f"{text} ({html.escape(url)})"

    def image(self, text: str, url: str, title: str | None = None) -> str:
        described = html.escape(html.unescape(mistune.util.striptags(text)))
        name = url.removeprefix(PREFIX)
        for key in (name, unquote(name)):
            if source := data_address(self.attachments.get(key)):
                return f'<img class="picture" alt="{described}" src="{source}">'
        return " ".join(filter(None, ["[picture:", described, f"({html.escape(url)})]"]))

    def inline_math(self, text: str) -> str:
        self.formulas += 1
        return formula(text) if self.formulas <= MANY else f"<code>{html.escape(text)}</code>"

    def block_math(self, text: str) -> str:
        self.formulas += 1
        shown = formula(text, display=True) if self.formulas <= MANY else html.escape(text)
        return f'<div class="formula">{shown}</div>\n'


def words(source: str, attachments: Mapping[str, Any] | None = None, links: bool = False) -> Markup:
    """Markdown as HTML that is safe in a page; `links` for a grader's, which may lead to a page."""
    renderer = Words(attachments, links)
    return Markup(mistune.create_markdown(renderer=renderer, plugins=PLUGINS)(legible(source)))


@pass_context
def markdown(context: Context, source: str) -> str:
    """`words` as a filter of nbconvert's templates, with the attachments of the cell at hand.

    MathJax leaves it alone, which would obey \\href, \\style and macros.
    """
    shown = words(source, context.get("cell", {}).get("attachments"))
    return Markup('<div class="tex2jax_ignore">{}</div>').format(shown)


def data_address(bundle: Any) -> str:
    """The data address of an attachment (base64 by type) that is a picture, or nothing."""
    for data in bundle.values() if isinstance(bundle, Mapping) else ():
        for kind, checked in picture(data).items():
            return f"data:{kind};base64,{checked}"
    return ""
