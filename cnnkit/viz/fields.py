"""What a network's units see of a photograph."""

from __future__ import annotations

import numpy as np
from matplotlib.patches import Rectangle

from cnnkit.summary import Row, Summary
from cnnkit.viz.diagrams import LEFT_OUT
from cnnkit.viz.style import NORMAL, PAGE, VERMILION, Picture, bare_axes


def receptive_fields_picture(
    photo: np.ndarray,
    summary: Summary,
    names: list[str] | None = None,
    width: float = PAGE,
) -> Picture:
    """What one unit in the middle of each layer sees of a photograph (3, H, W) or (1, H, W) of
    uint8: the frame is its receptive field. `names` are the layers (default: those whose field is
    larger than the one before, at most eight), `width` the picture's in inches. ValueError: no such
    layer, or it sees no image."""
    rows = {row.name: row for row in summary.rows}
    chosen = [_named(rows, name) for name in names] if names else _growing(summary.rows)
    height, across = photo.shape[1:]
    columns = min(4, len(chosen))
    side = width / columns
    high = side * height / across
    words = "What one unit sees of a photograph: "
    words += ", ".join(f"{row.name} {_field(row)}" for row in chosen)
    picture = Picture(width, -(-len(chosen) // columns) * (high + 0.3), f"{words}.")
    total = picture.get_size_inches()[1]
    shown = photo[0] if len(photo) == 1 else photo.transpose(1, 2, 0)
    for i, row in enumerate(chosen):
        bottom = total - (i // columns + 1) * (high + 0.3)
        box = ((i % columns) * side / width, bottom / total, 0.97 * side / width, high / total)
        axes = bare_axes(picture, box)
        rows_seen, columns_seen = pair_of(row)
        axes.set_title(f"{row.name}: {_field(row)}", fontsize=NORMAL, loc="left", pad=3)
        axes.imshow(shown, cmap="gray", vmin=0, vmax=255, interpolation="antialiased")
        columns_seen, rows_seen = min(columns_seen, across), min(rows_seen, height)
        left, top = (across - columns_seen) / 2 - 0.5, (height - rows_seen) / 2 - 0.5
        frame = Rectangle((left, top), columns_seen, rows_seen, fill=False)
        frame.set(edgecolor=VERMILION, linewidth=2.5)
        axes.add_patch(frame)
    return picture


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


def _growing(rows: list[Row], most: int = 8) -> list[Row]:
    """Rows whose field is larger than all before, spread over the depth."""
    chosen: list[Row] = []
    seen = (1, 1)
    for row in rows:
        field = row.receptive_field
        if field is None or row.layer in LEFT_OUT:
            continue
        if pair_of(row) > seen:
            chosen.append(row)
            seen = pair_of(row)
    if not chosen:
        raise ValueError("no layer sees more than one pixel of an image")
    picks = np.unique(np.linspace(0, len(chosen) - 1, min(most, len(chosen))).round().astype(int))
    return [chosen[i] for i in picks]
