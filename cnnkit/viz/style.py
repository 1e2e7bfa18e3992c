"""How every picture of the course looks; change it here and it changes everywhere.

The colours are those of Okabe and Ito (Color Universal Design, 2008), which people with any of the
common forms of colour blindness can tell apart. Blue is positive, orange negative, white zero; what
is being looked at has a vermilion frame.
"""

import re
from collections.abc import Collection
from fractions import Fraction
from io import BytesIO, StringIO
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from cnnkit.viz.display import Bounds, Bundle, image_bundle

BLACK = "#000000"
ORANGE = "#E69F00"
SKY = "#56B4E9"
VERMILION = "#D55E00"
GREEN = "#009E73"
BLUE = "#0072B2"  # dark enough for a line
GREY = "#767676"
LINE = "#B8B8B8"
HIGHLIGHT = VERMILION
PHOTOGRAPH = "photograph"  # the mark of what a dark theme leaves as it is

TINTS = LinearSegmentedColormap.from_list("tints", [ORANGE, "#FFFFFF", SKY])
PAGE = 9.4  # inches: the width of a notebook's column
CELL = 0.46  # inches: the side of a matrix's cell, where the page has room
# A picture as SVG: texts are not drawn as outlines, and the same picture has always the same names.
TEXT_IS_TEXT: dict[Any, Any] = {"svg.fonttype": "none", "svg.hashsalt": "cnnkit"}
XLINK = "http://www.w3.org/1999/xlink"
UNTOLD = dict.fromkeys(("Date", "Creator", "Format", "Type"))  # in it
# Points. Half as large, the smallest is 5.5 points or 7.6 pixels of a page, which can be read.
SMALL, NORMAL, LARGE = 11.0, 12.5, 16.0


class Picture(Figure):
    """A figure that shows itself in a notebook, without pyplot and its list of open figures.

    `alt` says in words what is seen, for those who can't see it: HTML exports have it as the
    image's alternative text, a console shows it instead of the image.
    """

    def __init__(self, width: float, height: float, alt: str) -> None:
        super().__init__(figsize=(width, height), facecolor="white")
        self.alt = alt

    def __repr__(self) -> str:
        return self.alt

    def png(self, dots_per_inch: float = 200, compression: int = 6) -> bytes:
        """The picture as a PNG file, all of it and always of the same size; `compression` from 1,
        which is quick, to 9, which is small."""
        buffer = BytesIO()
        options = {"compress_level": compression}
        self.savefig(buffer, format="png", dpi=dots_per_inch, pil_kwargs=options)
        return buffer.getvalue()

    def svg(self, dots_per_inch: float = 200) -> str:
        """The picture as an `<svg>` for a page: what is written is text, lines are lines, and
        images have `dots_per_inch`. Its words are `alt`, which the page has to say."""
        buffer = StringIO()
        with matplotlib.rc_context(TEXT_IS_TEXT):
            self.savefig(buffer, format="svg", dpi=dots_per_inch, metadata=UNTOLD)
        whole = buffer.getvalue()
        # Its style is written for a file of its own, and groups are named alike in every picture.
        drawn = re.sub(r"<style.*?</style>|(?<=<g) id=\"[^\"]*\"", "", whole, flags=re.DOTALL)
        _, _, view = drawn.partition("viewBox")
        look = f'class="diagram" aria-hidden="true" style="width:{self.page_width}px"'
        look += f' preserveAspectRatio="xMinYMid" xmlns:xlink="{XLINK}"'
        return f"<svg {look} viewBox{view}"

    def _repr_mimebundle_(self, **_: Any) -> Bundle:
        # Two dots to a pixel of the page: sharp on fine screens.
        plain = self.png(100)
        return image_bundle(self.png(200), self.alt, self.page_width, plain, self.photographs())

    @property
    def page_width(self) -> int:
        """In pixels of the page."""
        return round(100 * self.get_size_inches()[0])

    def photographs(self) -> list[Bounds]:
        """Where `photograph` has drawn: what keeps its colours in a dark theme."""
        found = []
        for axes in self.axes:
            axes.apply_aspect()
            for image in axes.images:
                if image.get_gid() == PHOTOGRAPH:
                    box = image.get_window_extent().transformed(self.transFigure.inverted())
                    found.append((box.x0, 1 - box.y1, box.x1, 1 - box.y0))
        return list(dict.fromkeys(found))


def photograph(axes: Axes, image: np.ndarray, **options: Any) -> AxesImage:
    """Draw what stays as it is in a dark theme: an image of uint8 or of floats from 0 to 1,
    (3, H, W) or (1, H, W) or (H, W) for greys, whose black and white `options` may move."""
    grey = image.ndim == 2 or len(image) == 1
    shown = image.reshape(image.shape[-2:]) if grey else image.transpose(1, 2, 0)
    white = 255 if image.dtype == np.uint8 else 1
    look: dict[str, Any] = {"cmap": "gray", "interpolation": "antialiased"}
    drawn = axes.imshow(shown, **(look | {"vmin": 0, "vmax": white} | options))
    drawn.set_gid(PHOTOGRAPH)
    return drawn


def bare_axes(picture: Picture, rectangle: tuple[float, float, float, float]) -> Axes:
    """Axes without ticks or frame; `rectangle` is left, bottom, width, height, in 0 … 1."""
    axes = picture.add_axes(rectangle)
    axes.set_axis_off()
    return axes


def plain_axes(picture: Picture, rectangle: tuple[float, float, float, float]) -> Axes:
    """Axes for curves: a fine grid, two sides of the frame."""
    axes = picture.add_axes(rectangle)
    axes.grid(color=LINE, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.tick_params(colors=GREY, labelsize=SMALL)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return axes


def at_least_one(things: Collection[Any], what: str) -> None:
    """ValueError: there is nothing to draw."""
    if not things:
        raise ValueError(f"expected at least one {what}, got none")


def tint(values: np.ndarray, largest: float | None = None) -> np.ndarray:
    """A colour (…, 4) for each value: the stronger, the farther from 0; NaN is transparent.
    `largest` (default: the largest here) has the strongest."""
    finite = np.abs(values[np.isfinite(values)])
    largest = largest or finite.max(initial=0) or 1.0
    # 1.4: never so strong that black numbers can't be read.
    colours = TINTS(Normalize(-1.4 * largest, 1.4 * largest)(np.nan_to_num(values)))
    colours[~np.isfinite(values)] = 0
    return colours


def number(value: float) -> str:
    """`value` as it stands in a cell or a sentence: whole, 0.5, 1/9, or rounded to 3 digits."""
    if not np.isfinite(value):
        return ""
    ratio = Fraction(float(value)).limit_denominator(16)
    simple = abs(float(ratio) - value) < 1e-9
    if simple and abs(value) < 1 and ratio.denominator not in (1, 2, 5, 10):
        return str(ratio).replace("-", "−")
    return _rounded(value)


def bracketed(value: float) -> str:
    """`value` as a factor or a summand: negative numbers and fractions in brackets."""
    text = number(value)
    return f"({text})" if text.startswith("−") or "/" in text else text


def _rounded(value: float) -> str:
    if abs(value) >= 100_000:
        return f"{value:.1e}".replace("-", "−")
    digits = 3 if abs(value) < 1 else 2 if abs(value) < 10 else 1 if abs(value) < 100 else 0
    text = f"{value:.{digits}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text.replace("-", "−")
