"""Times as people say them: of a day and a time zone, over changes of clocks (PEP 495).

A time that comes twice, when clocks are put back, is the later one where it ends something, and the
earlier one where something was done: nobody is late by it. One that never comes, when they are put
forward, is refused.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

SPAN = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(week|day|hour|minute)s?\s*", re.IGNORECASE)
EXACT = {"hour": timedelta(hours=1), "minute": timedelta(minutes=1)}


class NoSuchTimeError(ValueError):
    """A time that is no moment there; says why."""


def in_utc(moment: datetime, zone: ZoneInfo, *, later: bool = True) -> datetime:
    """The moment (UTC) of a local time without zone. NoSuchTimeError: clocks pass it over."""
    utc = moment.replace(tzinfo=zone, fold=int(later)).astimezone(UTC)
    if utc.astimezone(zone).replace(tzinfo=None, fold=0) != moment.replace(fold=0):
        raise NoSuchTimeError(
            f"there is no {moment:%H:%M} on {moment:%Y-%m-%d} in {zone}, where clocks are put "
            "forward"
        )
    return utc


def read_time(text: str, zone: ZoneInfo | None, *, later: bool = True) -> datetime:
    """The moment (UTC) that somebody wrote: `2026-10-16 23:59`, with an offset or of the zone.

    ValueError: it is none; says why.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{text!r} is no time: write it as 2026-10-16 23:59") from None
    if len(text.strip()) <= len("2026-10-16"):
        raise ValueError(f"{text!r} has no time of day: write it as '{text.strip()} 23:59'")
    try:
        if moment.tzinfo:
            return moment.astimezone(UTC)
        if zone is None:
            raise ValueError(
                f"{text!r} has no time zone: write an offset behind it (+02:00), or a line "
                'timezone = "Europe/Berlin" into assignment.toml'
            )
        return in_utc(moment, zone, later=later)
    except OverflowError:
        raise ValueError(f"{text!r} is no year of a course") from None


def read_span(text: str) -> tuple[int, timedelta]:
    """Whole days, and a time besides, of `2 days`, `90 minutes`. ValueError: it is none."""
    found = SPAN.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is no span: write it as '2 days', '1 week' or '90 minutes'")
    number, unit = float(found[1]), found[2].lower()
    if unit in EXACT:
        return 0, number * EXACT[unit]
    days = number * (7 if unit == "week" else 1)
    return int(days), timedelta(days=days - int(days))


def after(start: datetime, days: int, more: timedelta, zone: ZoneInfo | None) -> datetime:
    """A moment (UTC) so many days later at the same time of the clock, and some time more.

    Where clocks are put forward over that time, it is as much later as they are.
    """
    if zone is None or not days:
        return start + timedelta(days=days) + more
    there = start.astimezone(zone)
    wall = (there + timedelta(days=days)).replace(fold=1)  # Python adds by the clock on the wall
    try:
        moment = in_utc(wall.replace(tzinfo=None), zone)
    except NoSuchTimeError:
        moment = wall.replace(fold=0).astimezone(UTC)
    return moment + more


def shown(moment: datetime | None, zone: ZoneInfo | None) -> str:
    """A moment as people read it, with its offset, and back by `read_time`; "" for none."""
    return moment.astimezone(zone or UTC).isoformat(" ", "seconds") if moment else ""
