"""Formulas in TeX as MathML, which browsers draw themselves: without a script, without a network.

What the library makes of an untrusted text is taken apart and put together again from a closed
table of elements and attributes: no address, no style, no colour, nothing as wide as its writer
likes. It does not escape what stands in `\\text`.
"""

from __future__ import annotations

import functools
import re
from xml.etree import ElementTree

from latex2mathml.converter import convert
from markupsafe import Markup, escape

from autograder.records.legible import legible

MAX_FORMULA = 1000  # characters
ELEMENTS = (
    *("math", "mrow", "mi", "mn", "mo", "ms", "mtext", "mspace", "mfrac", "msqrt", "mroot"),
    *("msub", "msup", "msubsup", "munder", "mover", "munderover", "mtable", "mtr", "mtd"),
    *("mpadded", "mphantom", "menclose", "mstyle"),
)
LENGTH = r"-?\d?\d?(\.\d{1,4})?(em|ex)?"
WORDS = (
    *("stretchy", "fence", "accent", "movablelimits", "largeop", "separator", "symmetric"),
    *("displaystyle", "form", "mathvariant", "notation", "columnalign"),
)
VALUES = {
    "width": LENGTH,
    **dict.fromkeys(("lspace", "rspace", "linethickness"), r"\d?(\.\d{1,4})?(em)?"),
    **dict.fromkeys(("minsize", "maxsize"), r"\d(\.\d{1,4})?(em)?"),
    **dict.fromkeys(WORDS, r"[a-z -]{1,60}"),
    "scriptlevel": r"[+-]?\d",
}


@functools.lru_cache(maxsize=1024)
def formula(tex: str, display: bool = False) -> Markup:
    """MathML of a formula; its text where it is none that is known, or a very long one."""
    try:
        if len(tex) > MAX_FORMULA:
            raise ValueError("too long")
        made = ElementTree.fromstring(convert(tex))
        inner = "".join(_plain(part) for part in made)
        if "\\" in "".join(made.itertext()):  # a command that the library does not know
            raise ValueError("unknown")
    except (Exception, RecursionError):  # what the library refuses has no class in common
        dollars = "$$" if display else "$"
        return Markup('<code class="formula">{}</code>').format(f"{dollars}{tex}{dollars}")
    kind = "block" if display else "inline"
    return Markup(f'<math display="{kind}">{inner}</math>')


def _plain(element: ElementTree.Element) -> str:
    """An element of the table, with all that is in it. ValueError: it is another (a text that the
    library has not escaped)."""
    name = element.tag.rpartition("}")[2]
    if name not in ELEMENTS:
        raise ValueError(name)
    inner = str(escape(legible(element.text or ""))) + "".join(map(_plain, element))
    kept = {
        key: value
        for key, value in element.attrib.items()
        if key in VALUES and re.fullmatch(VALUES[key], value)
    }
    attributes = "".join(f' {key}="{escape(value)}"' for key, value in kept.items())
    return f"<{name}{attributes}>{inner}</{name}>"
