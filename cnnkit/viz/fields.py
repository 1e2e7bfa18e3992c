"""What a network's units see of a photograph."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from cnnkit.summary import Row, Summary
from cnnkit.viz.style import NORMAL, PAGE, VERMILION, Picture, bare_axes, photograph


def receptive_fields_picture(
    photo: np.ndarray,
    summary: Summary,
    names: list[str] | None = None,
    width: float = PAGE,
    called: Mapping[str, str] | None = None,
) -> Picture:
    """What one unit in the middle of each layer sees of a photograph (3, H, W) or (1, H, W) of
    uint8: the framed part is its receptive field, the rest is darkened; the frame is dashed where
    the field reaches beyond the photograph. `names` are the layers
    (default: those whose field is larger than the one before, at most eight), `width` the picture's
    in inches; `called` says by name what a layer is called (`models.papernames`), if not so.
    ValueError: no such layer, or it sees no image."""
    called = called or {}
    rows = {row.name: row for row in summary.rows}
    chosen = [_named(rows, name) for name in names] if names else _spread(growing_rows(summary))
    height, across = photo.shape[1:]
    columns = min(4, len(chosen))
    side = width / columns
    high = side * height / across
    words = "What one unit sees of a photograph: "
    words += ", ".join(f"{called.get(row.name, row.name)} {_field(row)}" for row in chosen)
    picture = Picture(width, -(-len(chosen) // columns) * (high + 0.34), f"{words}.")
    total = picture.get_size_inches()[1]
    for i, row in enumerate(chosen):
        bottom = total - (i // columns + 1) * (high + 0.34)
        box = ((i % columns) * side / width, bottom / total, 0.97 * side / width, high / total)
        axes = bare_axes(picture, box)
        rows_seen, columns_seen = pair_of(row)
        title = f"{called.get(row.name, row.name)}: {_field(row)} px"
        axes.set_title(title, fontsize=NORMAL, loc="left", pad=5)
        photograph(axes, photo)
        larger = columns_seen > across or rows_seen > height
        columns_seen, rows_seen = min(columns_seen, across), min(rows_seen, height)
        left, top = (across - columns_seen) / 2 - 0.5, (height - rows_seen) / 2 - 0.5
        _darken(axes, (left, top, columns_seen, rows_seen), (across, height), larger)
    return picture


def _darken(
    axes: Axes,
    field: tuple[float, float, float, float],
    size: tuple[float, float],
    larger: bool,
) -> None:
    """All but the field (left, top, width, height) of a picture (width, height); a thin frame,
    dashed where the field is `larger` than the picture."""
    left, top, wide, high = field
    width, height = size
    below = height - 0.5 - top - high
    for x, y, across, down in (
        (-0.5, -0.5, width, top + 0.5),
        (-0.5, top + high, width, below),
        (-0.5, top, left + 0.5, high),
        (left + wide, top, width - 0.5 - left - wide, high),
    ):
        shade = Rectangle((x, y), across, down, facecolor="black", edgecolor="none", alpha=0.45)
        axes.add_patch(shade)
    frame = Rectangle((left, top), wide, high, fill=False, linestyle="--" if larger else "-")
    frame.set(edgecolor=VERMILION, linewidth=2.0 if wide > 12 else 1.2)
    axes.add_patch(frame)


def _named(rows: dict[str, Row], name: str) -> Row:
    if name not in rows or rows[name].receptive_field is None:
        known = ", ".join(n for n, row in rows.items() if row.receptive_field is not None)
        raise ValueError(f"no layer {name!r} that sees an image; there are {known}")
    return rows[name]


def pair_of(row: Row) -> tuple[int, int]:
    """The rows and columns of the receptive field."""
    field = row.receptive_field or 1
    return field if isinstance(field, tuple) else (field, field)


def _field(row: Row) -> str:
    return "×".join(map(str, pair_of(row)))


def growing_rows(summary: Summary) -> list[Row]:
    """The rows whose field is larger than all before. ValueError: there is none."""
    chosen: list[Row] = []
    seen = (1, 1)
    for row in summary.rows:
        if row.receptive_field is not None and pair_of(row) > seen:
            chosen.append(row)
            seen = pair_of(row)
    if not chosen:
        raise ValueError("no layer sees more than one pixel of an image")
    return chosen


def _spread(rows: list[Row]) -> list[Row]:
    """At most eight of them, spread over the depth."""
    picks = np.unique(np.linspace(0, len(rows) - 1, min(8, len(rows))).round().astype(int))
    return [rows[i] for i in picks]
