"""The frame of a lecture as HTML: what one will be able to do, how long it takes, where it stands
in the course; at the end the card."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from cnnkit.lesson.course import About, Entry
from cnnkit.lesson.markdown import inline

BOX = (
    "border:1px solid #767676;border-radius:6px;padding:8px 16px;margin:8px 0;max-width:52em;"
    "line-height:1.5"
)
# Where one is: the colour of all that is chosen in the course, white on it in both themes.
HERE = "background:#0072b2;color:#fff;border-color:#0072b2"


def opening(entry: Entry, about: About, course: Sequence[Entry]) -> str:
    """What stands above a lecture."""
    short, full = about.minutes
    return box(
        f"Lecture {entry.number}",
        "<p><b>Afterwards you can</b></p>",
        bullets(about.able),
        f"<p><b>Time:</b> {full} minutes; {short} on the short path, sections "
        f"{', '.join(inline(section) for section in about.short_path)}.</p>",
        course_map(entry, course),
    )


def course_map(here: Entry, course: Sequence[Entry]) -> str:
    """All lectures in their order, with this one marked; what is not there yet is grey."""
    chips = []
    for entry in course:
        style = "display:inline-block;border:1px solid #767676;border-radius:4px;"
        style += "padding:0 7px;margin:2px 0;"
        if entry == here:
            style += HERE
        name = f"{entry.number} · {escape(entry.title)}" if entry == here else str(entry.number)
        chip = f'<span style="{style}" title="{escape(entry.title)}">{name}</span>'
        if entry.file and entry != here:
            chip = f'<a href="{escape(entry.file)}">{chip}</a>'
        elif not entry.file:
            chip = f'<span style="opacity:.6">{chip}</span>'
        chips.append(chip)
    return f'<p role="navigation" aria-label="The course">{" ".join(chips)}</p>'


def card(entry: Entry, about: About, predictions: dict[str, dict[str, Any]]) -> str:
    """What stands below a lecture."""
    parts = ["<p><b>To remember</b></p>", bullets(about.remember)]
    if predictions:
        parts += ["<p><b>What you guessed</b></p>", guesses(predictions)]
    for title, lines in (
        ("Exercises, each more open than the last", about.exercises),
        ("Sources", about.sources),
        ("Where a source is wrong", about.wrong),
    ):
        if lines:
            parts += [f"<p><b>{title}</b></p>", bullets(lines)]
    return box(f"The card of lecture {entry.number}: {escape(entry.title)}", *parts)


def guesses(predictions: dict[str, dict[str, Any]]) -> str:
    """A table: what was asked, the guess, the outcome."""
    rows = "".join(
        f"<tr><td>{inline(what.get('ask', name))}</td><td>{said(what.get('guess'), what)}</td>"
        f"<td>{said(what.get('outcome'), what)}</td></tr>"
        for name, what in predictions.items()
    )
    head = "<tr><th>question</th><th>your guess</th><th>what it was</th></tr>"
    return f"<table>{head}{rows}</table>"


def said(value: float | None, what: dict[str, Any]) -> str:
    """A guess or an outcome with its unit."""
    if value is None:
        return "–"
    unit = what.get("unit", "")
    if unit == "%":
        return f"{100 * value:.4g} %"
    shown = f"{value:,.0f}" if 1000 <= abs(value) < 1e9 else f"{value:,.4g}"
    return escape(f"{shown} {unit}".strip())


def bullets(lines: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{inline(line)}</li>' for line in lines)}</ul>"


def box(title: str, *parts: str) -> str:
    return f'<div style="{BOX}"><p><b>{title}</b></p>{"".join(parts)}</div>'
