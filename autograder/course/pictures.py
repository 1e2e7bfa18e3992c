"""The pictures in a student's Markdown: attachments, kept only if they are PNG or JPEG.

A picture is known by its own bytes, never by what the notebook calls it, and its data is written
anew: nothing that is not a picture goes on into a page.

Sources: PNG (ISO/IEC 15948), sections 5.2 and 11.2.5; JPEG (ITU-T T.81), annex B.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from typing import Any
from urllib.parse import quote, unquote

Attachments = dict[str, dict[str, str]]  # by name, the data in base64 by type, as notebooks do

PNG_BEGIN, PNG_END = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"IEND\xaeB`\x82"
JPEG_BEGIN, JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"
SHOWING = ("](", "](<", "]: ", "]: <")  # what stands before the address of a picture in Markdown
REFERENCE = re.compile(r"attachment:((?:[^\s()<>\"']|\([^\s()<>\"']*\))*)")


def picture(data: Any) -> dict[str, str]:
    """The data of a PNG or JPEG by its true type; nothing where the base64 is of neither."""
    if isinstance(data, list) and all(isinstance(part, str) for part in data):
        data = "".join(data)
    try:
        content = base64.b64decode(data)
    except (binascii.Error, ValueError, TypeError):
        return {}
    kind = kind_of(content)
    return {kind: base64.b64encode(content).decode()} if kind else {}


def kind_of(content: bytes) -> str:
    """ "image/png", "image/jpeg", or "" for what is neither."""
    ends = (PNG_BEGIN, PNG_END, "image/png"), (JPEG_BEGIN, JPEG_END, "image/jpeg")
    for begin, end, kind in ends:
        if content.startswith(begin) and content.endswith(end):
            return kind
    return ""


def pictures(attachments: Any) -> Attachments:
    """An untrusted cell's attachments: pictures as they are, of all others the name alone."""
    if not isinstance(attachments, dict):
        return {}
    kept: Attachments = {}
    for name, bundle in attachments.items():
        data = bundle.values() if isinstance(bundle, dict) else ()
        kept[str(name)] = next(filter(None, map(picture, data)), {})
    return kept


def with_pictures(source: str, attachments: Attachments) -> tuple[str, Attachments]:
    """A Markdown text and its pictures, under the names by which pages will look for them.

    Those are the names as they stand in an address: quoted. A reference to a picture that is not
    there is no longer one, by a space before its colon: nbconvert refuses the whole page for one.
    A picture that the text does not show, or shows by HTML, which no page obeys, is put below it.
    """
    there = {name: bundle for name, bundle in attachments.items() if bundle}

    def resolve(match: re.Match[str]) -> str:
        quoted = quote(unquote(match[1]))
        for name in (match[1], unquote(match[1])):
            if name in there:
                there[quoted] = there.pop(name)
        return f"attachment:{quoted}" if quoted in there else f"attachment : {match[1]}"

    read = html.unescape(source).replace("\\", "")
    if read.count("attachment:") > source.count("attachment:"):  # one in disguise
        source = source.replace("&", "&amp;").replace("\\", "\\\\")
    source = REFERENCE.sub(resolve, source)
    for name in list(there):
        quoted = quote(unquote(name))
        there[quoted] = there.pop(name)
        if not any(f"{before}attachment:{quoted}" in source for before in SHOWING):
            source += f"\n\n![attached](attachment:{quoted})"
    return source, there


def join_markdown(parts: list[tuple[str, Attachments]]) -> tuple[str, Attachments]:
    """Texts below each other, each with its pictures: two of one name (image.png) get two."""
    sources: list[str] = []
    there: Attachments = {}
    for number, (source, attachments) in enumerate(parts, 1):
        for name, bundle in attachments.items():
            own = name if there.get(name, bundle) == bundle else f"{number}-{name}"
            there[own] = bundle
            source = source.replace(f"attachment:{name}", f"attachment:{own}")
        sources.append(source)
    return "\n\n".join(sources), there
