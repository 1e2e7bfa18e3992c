"""A table as a learning platform exported it, of which single cells are filled in.

Byte for byte the rest stays as it was: mark of the encoding, delimiter, quotes, line ends, blanks,
and what stands in other cells, whatever a spreadsheet would make of it. A cell keeps the quotes
that it had.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from autograder.course.course import CourseError
from autograder.course.tables import ARCHIVE, NO_TEXT

DELIMITERS = ",;\t"
QUOTED = re.compile(r'(?:^|(?<=[,;\t\r\n]))"(?:[^"]|"")*"')  # with line ends in it, perhaps
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True)
class Cell:
    """A cell's text as it is meant, and where it stands in the file's."""

    text: str
    begin: int
    end: int
    quoted: bool


@dataclass
class Sheet:
    """The table: its rows of cells, and the texts that are written over some of them."""

    mark: bytes
    encoding: str
    text: str
    delimiter: str
    rows: list[list[Cell]]
    filled: dict[tuple[int, int], str] = field(default_factory=dict)

    @classmethod
    def of(cls, content: bytes) -> Sheet:
        """CourseError: it is no text, or a quote in it is not closed."""
        if content.startswith(ARCHIVE):
            raise CourseError(f"it {NO_TEXT}")
        mark, encoding = next(
            ((mark, name) for mark, name in MARKS if content.startswith(mark)), (b"", "utf-8")
        )
        if not mark and content[1:2] == b"\0":
            encoding = "utf-16-le"
        body = content[len(mark) :]
        try:
            text = body.decode(encoding)
        except UnicodeDecodeError:
            if mark or encoding != "utf-8":
                raise CourseError(f"it is damaged: no text in {encoding}") from None
            encoding = "latin-1"  # each byte is a letter: what is not touched stays
            text = body.decode(encoding)
        first = re.split(r"[\r\n]", QUOTED.sub("", text), maxsplit=1)[0]
        delimiter = max(DELIMITERS, key=first.count)
        return cls(mark, encoding, text, delimiter, list(_rows(text, delimiter)))

    @property
    def header(self) -> list[str]:
        return [cell.text.strip() for cell in self.rows[0]] if self.rows else []

    def cell(self, row: int, column: int | None) -> str:
        """The text of a cell; "" where the row has none."""
        cells = self.rows[row]
        return cells[column].text.strip() if column is not None and column < len(cells) else ""

    def has(self, row: int, column: int) -> bool:
        return column < len(self.rows[row])

    def fill(self, row: int, column: int, text: str) -> None:
        """Write over a cell, if it says something else."""
        if self.cell(row, column) != text:
            self.filled[row, column] = text

    def written(self) -> bytes:
        """The file, with what was filled in. CourseError: its encoding has no such letter."""
        parts, at = [], 0
        for (row, column), text in sorted(self.filled.items()):
            cell = self.rows[row][column]
            special = {self.delimiter, '"', "\n", "\r"} & set(text)
            doubled = text.replace('"', '""')
            parts += [
                self.text[at : cell.begin],
                f'"{doubled}"' if cell.quoted or special else text,
            ]
            at = cell.end
        try:
            return self.mark + "".join([*parts, self.text[at:]]).encode(self.encoding)
        except UnicodeEncodeError as error:
            raise CourseError(f"{error.object[error.start]!r} cannot stand in it") from error


def _rows(text: str, delimiter: str) -> Iterator[list[Cell]]:
    """RFC 4180: a quote within quotes is doubled; a line ends in CR, LF or both."""
    at, row = 0, list[Cell]()
    while at < len(text) or row:
        cell = _cell(text, at, delimiter)
        row.append(cell)
        at = cell.end
        if text[at : at + 1] == delimiter:
            at += 1
            continue
        at += 2 if text.startswith("\r\n", at) else 1
        yield row
        row = []


def _cell(text: str, begin: int, delimiter: str) -> Cell:
    ends = {delimiter, "\r", "\n"}
    if text[begin : begin + 1] != '"':
        end = begin
        while end < len(text) and text[end] not in ends:
            end += 1
        return Cell(text[begin:end], begin, end, False)
    at = begin + 1
    while True:
        at = text.find('"', at)
        if at < 0:
            raise CourseError(f"a quote is not closed: {text[begin : begin + 40]!r}")
        if text[at + 1 : at + 2] != '"':
            break
        at += 2
    end = at + 1
    while end < len(text) and text[end] not in ends:  # what stands behind a quote, no one knows why
        end += 1
    inside = text[begin + 1 : at].replace('""', '"')
    return Cell(inside + text[at + 1 : end], begin, end, True)
