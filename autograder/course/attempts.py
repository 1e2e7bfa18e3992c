"""What was handed in, attempt by attempt: kept, and the one that counts put where it is graded.

An attempt is an archive in `received/<assignment>/<student>/`, named by the time of its hand-in in
UTC and a digest of where it came from. One of which nobody knows the time is called
"untimed"; where later ones may come from the same place, content is part of that (`digest_of`).
"""

from __future__ import annotations

import hashlib
import io
import re
import shutil
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from autograder.course.stamp import FILE

KEPT = "received"  # below the course's folder: <assignment>/<student>/<time>.zip
STAMP = "%Y-%m-%d %H.%M.%S.%f"
UNTIMED = "untimed"
CHOSEN = ".chosen"  # beside them: the name of the one that a person chose, then of all there were


def digest_of(content: bytes) -> str:
    """By which one archive is known from another; with a letter, or a spreadsheet sees numbers."""
    return f"x{hashlib.sha256(content).hexdigest()[:8]}"


def name_of(time: datetime | None, origin: str) -> str:
    """The archive's name for an attempt of a time (UTC), which came from a place."""
    digest = hashlib.sha256(origin.encode(errors="replace")).hexdigest()[:8]
    return f"{time.astimezone(UTC):{STAMP}} {digest}.zip" if time else f"{UNTIMED} {digest}.zip"


def time_of(path: Path) -> datetime | None:
    """When an archive was handed in; None where nobody knows, or it is none of ours."""
    stamp = re.sub(r" [0-9a-f]{8}$", "", path.stem)
    with suppress(ValueError):
        return datetime.strptime(stamp, STAMP).replace(tzinfo=UTC)
    return None


def attempts(folder: Path) -> dict[datetime, Path]:
    """By their time, what was kept of a student, the earliest first."""
    timed = {time_of(path): path for path in sorted(folder.glob("*.zip"))}
    return {time: path for time, path in timed.items() if time}


def untimed(folder: Path) -> list[Path]:
    """What was kept of a student without a time, in the order in which it came; the same work
    counts once."""
    paths = [path for path in folder.glob("*.zip") if time_of(path) is None]
    paths.sort(key=lambda path: (path.stat().st_mtime_ns, path.name))
    works = {tuple(sorted(unpacked(path).items())): path for path in reversed(paths)}
    return [path for path in paths if path in works.values()]


def chosen(folder: Path) -> Path | None:
    """The attempt that a person chose, unless the student has handed in since."""
    try:
        name, *known = (folder / CHOSEN).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return None
    new = {path.name for path in attempts(folder).values()} - {*known}
    return folder / name if not new and name in known and (folder / name).is_file() else None


def packed(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, content in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(place), content)
    return buffer.getvalue()


def unpacked(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {place: archive.read(place) for place in archive.namelist()}


def clear(target: Path) -> tuple[Path, Path]:
    """Remove what a call that was killed has left beside it; the places that `put` uses."""
    part, old = (target.with_name(f".{target.name}.{end}") for end in ("part", "old"))
    for left in (part, old):
        shutil.rmtree(left, ignore_errors=True)
    return part, old


def put(target: Path, attempt: Path, time: datetime | None) -> None:
    """Put an attempt where it is graded; whoever reads there meanwhile finds one or the other."""
    part, old = clear(target)
    part.mkdir(parents=True)
    with zipfile.ZipFile(attempt) as archive:
        archive.extractall(part)
    if time:
        (part / FILE).write_text(f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f} UTC")
    if target.is_dir():
        target.rename(old)
    part.rename(target)
    shutil.rmtree(old, ignore_errors=True)
