"""Tables that a person changes in a spreadsheet: written harmless, read with care.

A cell that a spreadsheet would take for a formula gets an apostrophe before it (and so does one
that begins with an apostrophe: what was written is what is read). A spreadsheet may save another
delimiter and encoding than it was given, by its language: both are recognised.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from autograder.course.course import CourseError

FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")
DELIMITERS = ",;\t"
ARCHIVE = b"PK\x03\x04"  # how a .zip begins, and what a spreadsheet saves by itself
NO_TEXT = "is a .zip or a workbook (.xlsx), no text: save the table as CSV"


def harmless(text: str) -> str:
    """A cell that no spreadsheet calculates."""
    return f"'{text}" if text.startswith(FORMULA) else text


def meant(cell: str) -> str:
    """What `harmless` was given; a spreadsheet may have taken the apostrophe away itself."""
    return cell[1:] if cell.startswith("'") else cell


def written(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> bytes:
    """A table in UTF-8, marked as such, without which Excel would spoil umlauts."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, columns, lineterminator="\r\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows({key: harmless(value) for key, value in row.items()} for row in rows)
    return buffer.getvalue().encode("utf-8-sig", errors="replace")


def read(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """The rows of a table, those columns of them. CourseError: it cannot be read, or lacks one."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {error.strerror}") from error
    if content.startswith(ARCHIVE):
        raise CourseError(f"{path} {NO_TEXT}")
    try:
        return rows_of(decoded(content), columns)
    except ValueError as error:
        raise CourseError(
            f"{path} {error}: put it back, or remove the file, which is then written anew"
        ) from error


def rows_of(text: str, columns: Sequence[str]) -> list[dict[str, str]]:
    """The rows of a text. ValueError: it is no table, or lacks a column; says which."""
    first = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
        rows = [
            {key: meant((row.get(key) or "").strip()) for key in columns}
            for row in reader
            if any(row.values())
        ]
    except csv.Error as error:
        raise ValueError(f"is no table ({error})") from error
    if missing := [name for name in columns if name not in (reader.fieldnames or ())]:
        raise ValueError(f"lacks the column {', '.join(missing)}")
    return rows


def decoded(content: bytes) -> str:
    """The text of a table, in whatever a spreadsheet has saved it."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")
