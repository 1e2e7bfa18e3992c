"""Tables as text and as HTML: columns of words to the left, of numbers to the right."""

from collections.abc import Collection, Sequence
from html import escape


def aligned(lines: Sequence[tuple[str, ...]], words: Collection[int]) -> list[str]:
    """Each line with its cells under one another; the columns in `words` begin at the left."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if i in words else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]


def html_line(cells: tuple[str, ...], words: Collection[int], tag: str = "td") -> str:
    """A row of an HTML table."""
    inner = (
        f'<{tag} style="text-align: {"left" if i in words else "right"}">{escape(cell)}</{tag}>'
        for i, cell in enumerate(cells)
    )
    return f"<tr>{''.join(inner)}</tr>"


def bar(share: float, width: int) -> str:
    """A bar of `share` · `width` characters, to an eighth of one."""
    eighths = round(share * width * 8)
    return "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()
