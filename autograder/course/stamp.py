"""`timestamp.txt`: when a submission was handed in, as nbgrader's exchange writes it.

Read strictly: nbgrader's own reading completes from today's date whatever is missing, and takes a
time zone that it does not know for UTC. A penalty that followed from a guess would be nobody's.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

FILE = "timestamp.txt"
MAX_BYTES = 100
# 2026-11-20 10:00:00.123456 UTC; the zone is a name or an offset, and UTC where there is none.
WRITTEN = re.compile(
    r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?) ?"
    r"(?:([+-]\d\d:?\d\d|Z)|([A-Za-z][\w/+-]*))?"
)
UNREADABLE = (
    f"{FILE} holds no time that can be read: no lateness is counted; "
    "write it as 2026-11-20 10:00:00 UTC"
)


def timestamp(content: bytes) -> datetime | None:
    """The time in UTC; None where the content is no time."""
    try:
        if len(content) > MAX_BYTES:
            return None
        written = WRITTEN.fullmatch(content.decode("utf-8-sig").strip())
        if not written:
            return None
        moment, offset, zone = written.groups(default="")
        time = datetime.fromisoformat(moment + offset)
        if not offset:
            time = time.replace(tzinfo=ZoneInfo(zone) if zone else UTC)
        time = time.astimezone(UTC)
    except (ValueError, OverflowError, LookupError, OSError):  # no such day, hour or zone
        return None
    return time if time.year > 1970 else None
