"""Pictures of what is inside a network: filters, feature maps, and where it looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from cnnkit.viz.style import (
    NORMAL,
    PAGE,
    PHOTOGRAPH,
    SMALL,
    Picture,
    at_least_one,
    bare_axes,
    photograph,
    tint,
)

TITLE = 0.34  # inches above a block
MOST = 4096  # tiles; more can't be seen
HEAT = "inferno"
GAP = 0.86  # grey between tiles: neither a weight of 0 nor a value


def filters_picture(weight: np.ndarray, columns: int = 16) -> Picture:
    """A convolution's filters (O, C, K_h, K_w), a tile each, `columns` in a row. With C = 3 as
    colours, mid-grey being 0 and each filter stretched to its own largest weight; else blue where
    positive and orange where negative, with a column of C tiles for each filter (it reads C maps),
    as strong as its largest weight.

    ValueError: not a convolution's weight.
    """
    if weight.ndim != 4:
        raise ValueError(f"expected filters (O, C, K_h, K_w), got {weight.shape}")
    weight = np.asarray(weight, np.float64)  # in small types |w| and 2·|w| may not fit
    count, channels, *size = weight.shape
    if channels != 3 and count * channels > MOST:
        raise ValueError(f"{count * channels} tiles are more than can be seen")
    words = f"{count} filters of {size[0]}×{size[1]} for {channels} channels"
    if channels == 3:
        largest = np.abs(weight).max(axis=(1, 2, 3), keepdims=True)
        tiles = list((0.5 + weight / np.maximum(2 * largest, 1e-12)).transpose(0, 2, 3, 1))
        return _tiles({"": tiles}, columns, f"{words}, as colours.")
    largest = np.abs(weight).max(axis=(1, 2, 3))
    tiles = [
        tint(tile, top)
        for channel in weight.transpose(1, 0, 2, 3)
        for tile, top in zip(channel, largest, strict=True)
    ]
    title = f"blue positive, orange negative; a tile for each of the {count} filters"
    if channels > 1:
        title = title.replace("tile", "column")
        title += f", a row for each of the {channels} maps that they read"
    return _tiles({title: tiles}, columns if channels == 1 else count, f"{words}: {title}.")


def feature_maps_picture(
    maps: Mapping[str, np.ndarray], columns: int = 16, most: int = 32
) -> Picture:
    """Feature maps (C, H, W) by their layers' names, at most `most` channels of each. A layer's
    maps are on one scale: from 0, black, to the largest, white, or, where some are negative, blue
    where positive and orange where negative.

    ValueError: what is not maps.
    """
    at_least_one(maps, "layer")
    blocks: dict[str, list[np.ndarray]] = {}
    for name, values in maps.items():
        if values.ndim != 3:
            raise ValueError(f"{name}: expected maps (C, H, W), got {values.shape}")
        shown = np.asarray(values[:most], np.float64)
        count = "1 map" if len(values) == 1 else f"{len(values)} maps"
        title = f"{name}: {count} of {values.shape[1]}×{values.shape[2]}"
        if len(values) > most:
            title += f", the first {most}"
        largest = float(np.abs(shown[np.isfinite(shown)]).max(initial=0)) or 1.0
        signed = shown.min() < 0
        if signed:
            title += ", blue positive, orange negative"
        blocks[title] = [tint(one, largest) if signed else one / largest for one in shown]
    return _tiles(blocks, columns, f"Feature maps. {'; '.join(blocks)}.")


def heat_picture(image: np.ndarray, heats: Mapping[str, np.ndarray], columns: int = 4) -> Picture:
    """An image (3, H, W) or (1, H, W) of uint8, and beside it the same under each heat map
    (H', W'), stretched over it: the warmer and the less of the (grey) picture is left, the larger
    the value, as the scale below says; one value in two hundred may be larger than the scale."""
    at_least_one(heats, "heat map")
    heats = {name: np.nan_to_num(np.asarray(heat, np.float64)) for name, heat in heats.items()}
    height, width = image.shape[1:]
    columns = min(columns, len(heats) + 1)
    side = PAGE / columns
    high = side * height / width
    rows = -(-(len(heats) + 1) // columns)
    words = f"A picture of {height}×{width}, and where it matters to: {', '.join(heats)}. "
    words += " ".join(f"{name}: most {_where(heat)}." for name, heat in heats.items())
    picture = Picture(PAGE, rows * (high + TITLE) + TITLE, words)
    _scale(picture)
    for i, (name, heat) in enumerate([("the picture", None), *heats.items()]):
        axes = _tile_axes(picture, i % columns, i // columns, side, high)
        axes.set_title(name, fontsize=NORMAL, loc="left", pad=5)
        if heat is None:
            photograph(axes, image)
            continue
        photograph(axes, image.mean(axis=0), vmin=-100, vmax=255)
        place = (-0.5, width - 0.5, height - 0.5, -0.5)
        share = np.clip(heat / (np.quantile(heat, 0.995) or 1.0), 0, 1)
        # What is small leaves the picture as it is.
        strength = 0.9 * np.clip((share - 0.1) / 0.5, 0, 1)
        axes.imshow(share, HEAT, alpha=strength, interpolation="bicubic", extent=place)
    return picture


def _scale(picture: Picture) -> None:
    """What the colours of heat mean, in the last line."""
    height = picture.get_size_inches()[1]
    axes = bare_axes(picture, (0.36, 0.07 / height, 0.28, 0.16 / height))
    photograph(axes, np.linspace(0, 1, 200)[None], cmap=HEAT, aspect="auto")
    for x, text, side in ((0.35, "matters little", "right"), (0.65, "matters most", "left")):
        picture.text(x, 0.15 / height, text, size=SMALL, ha=side, va="center")


def gradient_as_image(gradient: np.ndarray) -> np.ndarray:
    """A gradient (3, H, W) as colours of uint8, mid-grey where it is 0; 99 of 100 values fit."""
    gradient = np.nan_to_num(np.asarray(gradient, np.float64))
    largest = np.quantile(np.abs(gradient), 0.99) or 1.0
    return np.rint(255 * np.clip(0.5 + gradient / (2 * largest), 0, 1)).astype(np.uint8)


def images_picture(images: Mapping[str, np.ndarray], columns: int = 4) -> Picture:
    """Images (3, H, W) or (1, H, W) of uint8 of one size, side by side under their names."""
    at_least_one(images, "image")
    columns = min(columns, len(images))
    height, width = next(iter(images.values())).shape[1:]
    side = PAGE / columns
    high = side * height / width
    words = f"{len(images)} images side by side: {', '.join(images)}."
    picture = Picture(PAGE, -(-len(images) // columns) * (high + TITLE), words)
    for i, (name, image) in enumerate(images.items()):
        axes = _tile_axes(picture, i % columns, i // columns, side, high)
        axes.set_title(name, fontsize=NORMAL, loc="left", pad=5)
        photograph(axes, image)
    return picture


def _tile_axes(picture: Picture, column: int, row: int, side: float, high: float) -> Axes:
    width, height = picture.get_size_inches()
    bottom = height - (row + 1) * (high + TITLE)
    box = (column * side / width, bottom / height, 0.97 * side / width, 0.98 * high / height)
    return bare_axes(picture, box)


def _tiles(blocks: Mapping[str, Sequence[np.ndarray]], columns: int, words: str) -> Picture:
    """Blocks of equally large tiles below one another, each block under its title."""
    side = PAGE / columns
    tall = {title: side * max(t.shape[0] / t.shape[1] for t in blocks[title]) for title in blocks}
    rows = {title: -(-len(tiles) // columns) for title, tiles in blocks.items()}
    total = sum(rows[title] * tall[title] + TITLE * bool(title) for title in blocks)
    picture = Picture(PAGE, total, words)
    top = total
    for title, tiles in blocks.items():
        if title:
            picture.text(0.003, (top - 0.2) / total, title, size=SMALL)
            top -= TITLE
        # What does not fill its row is a part of its own, as wide as its tiles.
        full = len(tiles) // columns * columns
        for part in (tiles[:full], tiles[full:]):
            if part:
                across = min(columns, len(part))
                high = -(-len(part) // columns) * tall[title]
                top -= high
                box = (0, top / total, across / columns, high / total)
                _draw_sheet(bare_axes(picture, box), part, across)
    return picture


def _draw_sheet(axes: Axes, tiles: Sequence[np.ndarray], columns: int) -> None:
    """One image of all tiles: an axes for each would take seconds."""
    drawn = axes.imshow(sheet(tiles, columns), interpolation="nearest", aspect="auto")
    if tiles[0].ndim == 2 or tiles[0].shape[2] == 3:  # not tinted: from black to white
        drawn.set_gid(PHOTOGRAPH)


def sheet(tiles: Sequence[np.ndarray], columns: int) -> np.ndarray:
    """The tiles in a grid, light grey lines between them."""
    # Small tiles are first made larger, so that a line is narrower than one of their pixels.
    larger = -(-24 // min(tiles[0].shape[:2]))
    tiles = [np.repeat(np.repeat(tile, larger, axis=0), larger, axis=1) for tile in tiles]
    height, width = tiles[0].shape[:2]
    margin = max(1, round(0.06 * width))
    rows = -(-len(tiles) // columns)
    shape = (rows * (height + margin) - margin, columns * (width + margin) - margin, 4)
    whole = np.ones(shape, np.float32)
    whole[..., 3] = 0  # nothing where there is no tile
    for i, tile in enumerate(tiles):
        row, column = (i // columns) * (height + margin), (i % columns) * (width + margin)
        colours = tile if tile.ndim == 3 else np.repeat(tile[..., None], 3, axis=2)
        top, left = max(0, row - margin), max(0, column - margin)
        whole[top : row + height, left : column + width] = (GAP, GAP, GAP, 1)
        whole[row : row + height, column : column + width, : colours.shape[2]] = colours
    return whole


def _where(heat: np.ndarray) -> str:
    """Where the largest value is, in words: at the top left, in the middle, …"""
    if heat.max() == heat.min():
        return "nowhere"
    places = np.unravel_index(int(heat.argmax()), heat.shape)
    row, column = (int(3 * (i + 0.5) / n) for i, n in zip(places, heat.shape, strict=True))
    down, across = ("top", "", "bottom")[row], ("left", "", "right")[column]
    return f"at the {f'{down} {across}'.strip()}" if down or across else "in the middle"


def stretched(values: np.ndarray) -> np.ndarray:
    """From 0, the smallest value, to 1, the largest."""
    low, high = float(values.min()), float(values.max())
    return (values - low) / (high - low or 1.0)
