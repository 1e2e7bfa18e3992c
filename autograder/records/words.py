"""A student's Markdown as a page may show it: formatted, and nothing in it is obeyed.

HTML is text, and an address is text, too: no link and no picture leads anywhere, so that nothing is
fetched or followed when somebody opens a page. Only attached pictures that were checked are shown.
`markdown` takes the place of nbconvert's filter "markdown2html" (`etc/nbgrader_config.json`), so
that nbgrader's form-grader and its feedback show the same.
"""

from __future__ import annotations

import base64
import binascii
import html
from collections.abc import Mapping
from typing import Any

import mistune
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

# What a picture begins with, by its type; no other types are shown (an SVG can hold scripts).
PICTURES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}
PREFIX = "attachment:"


class Words(mistune.HTMLRenderer):
    """Markdown without markup of the student's own, without links, with attached pictures alone."""

    def __init__(self, attachments: Mapping[str, Any] | None = None) -> None:
        super().__init__(escape=True)
        self.attachments = attachments if isinstance(attachments, Mapping) else {}

    def link(self, text: str, url: str, title: str | None = None) -> str:
        same = html.unescape(text) in (url, url.removeprefix("mailto:"))
        return text if same else f"{text} ({html.escape(url)})"

    def image(self, text: str, url: str, title: str | None = None) -> str:
        described = html.escape(html.unescape(mistune.util.striptags(text)))
        if picture := data_address(self.attachments.get(url.removeprefix(PREFIX))):
            return f'<img src="{picture}" alt="{described}">'
        return f"[picture: {described or html.escape(url)}]"


def words(source: str, attachments: Mapping[str, Any] | None = None) -> Markup:
    """Markdown as HTML that is safe in a page."""
    return Markup(mistune.create_markdown(renderer=Words(attachments), plugins=["table"])(source))


@pass_context
def markdown(context: Context, source: str) -> str:
    """`words` as a filter of nbconvert's templates, with the attachments of the cell at hand."""
    return words(source, context.get("cell", {}).get("attachments"))


def data_address(bundle: Any) -> str:
    """The data address of an attachment (base64 by type) that is a picture, or nothing."""
    if isinstance(bundle, Mapping):
        for kind, beginning in PICTURES.items():
            content = decoded(bundle.get(kind))
            if content.startswith(beginning):
                return f"data:{kind};base64,{base64.b64encode(content).decode()}"
    return ""


def decoded(data: Any) -> bytes:
    """Base64 (one text, or lines of it) as bytes; nothing where it is none."""
    try:
        text = "".join(data) if isinstance(data, list) else data
        return base64.b64decode(text) if isinstance(text, str) else b""
    except (TypeError, ValueError, binascii.Error):
        return b""
