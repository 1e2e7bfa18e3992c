"""Text of a student's as a page may show it: without what a terminal or a reader would obey."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

# A terminal's commands: colours and the cursor (CSI), titles and links (OSC), and the shorter ones.
TERMINAL = re.compile(
    r"\x1b(?:\[[0-?]{0,64}[ -/]{0,8}[@-~]|\][^\x07\x1b]{0,4096}(?:\x07|\x1b\\)|[@-_a-z])"
)
OVERWRITTEN = re.compile(
    r"^[^\n]*\r(?=[^\r\n])", re.MULTILINE
)  # by what follows, as a progress bar is
# Of what is left: control characters, halves of surrogate pairs, and what turns the direction of
# writing round, by which a line may read otherwise than it runs (CVE-2021-42574).
OBEYED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)


TICKED = re.compile(r"`([^`\n]{1,120})`")  # a name in a verdict's message


def legible(text: str) -> str:
    """A text without a terminal's commands; what else would be obeyed is named by its number."""
    if text.isascii() and text.isprintable():
        return text
    text = OVERWRITTEN.sub("", TERMINAL.sub("", text).replace("\r\n", "\n")).replace("\r", "")
    return OBEYED.sub(
        lambda found: f"\N{REPLACEMENT CHARACTER}{ord(found[0]):X}\N{REPLACEMENT CHARACTER}", text
    )


def told(message: str) -> Markup:
    """A verdict's message, with the names in it as code."""
    return Markup(TICKED.sub(r"<code>\1</code>", str(escape(legible(message).strip()))))
