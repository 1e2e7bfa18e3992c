"""Pictures in files of any size and kind, as arrays (3, H, W) of uint8, red, green, blue."""

from __future__ import annotations

import struct
import warnings
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

PIXELS = 100_000_000  # more would take gigabytes to unpack
WHITE = (255, 255, 255, 255)
# Those that Pillow decodes itself; for others (EPS) it starts a program on what is in the file.
FORMATS = ("JPEG", "PNG", "BMP", "GIF", "WEBP", "TIFF", "PPM")
BROKEN = (SyntaxError, EOFError, ArithmeticError, ValueError, TypeError, LookupError, struct.error)


class _Refused(ValueError):
    """A picture that is whole, but can't be taken."""


def read_picture(file: str | Path | BinaryIO, name: str = "") -> np.ndarray:
    """The picture in a file, (3, H, W) of uint8; `name` is what errors call it.

    Turned upright as its camera noted; grey becomes three equal channels, 16 bits become 8, what is
    transparent lies on white, CMYK is converted; of an animation the first picture is taken.
    ValueError: it is no picture, is broken, has more than 100 million pixels, or values without a
    fixed range (floating point, 32 bits).
    """
    path = name or str(file)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(file, formats=FORMATS)
        with picture:
            width, height = picture.size
            if width * height > PIXELS:
                raise _Refused(
                    f"{path} has {width}×{height} pixels; at most {PIXELS:,} are read: make it "
                    "smaller"
                )
            deep = picture.mode == "I" and picture.format == "PPM"  # 16 bits, in spite of its name
            return _array(ImageOps.exif_transpose(picture), path, deep)
    except _Refused:
        raise
    except UnidentifiedImageError:
        raise ValueError(f"{path} is no picture of a kind that is known here") from None
    except Image.DecompressionBombError:
        raise ValueError(f"{path} has more pixels than are read, {PIXELS:,}") from None
    except (*BROKEN, MemoryError) as error:
        raise ValueError(f"{path} is a broken picture: {error}") from None
    except OSError as error:
        if error.errno is not None:  # the file is missing, or can't be read
            raise
        raise ValueError(f"{path} is a broken picture: {error}") from None


def _array(picture: Image.Image, path: str, deep: bool) -> np.ndarray:
    if picture.mode.startswith("I;16") or deep:
        grey = np.asarray(picture, dtype=np.uint32)
        return np.repeat(((grey + 128) // 257).astype(np.uint8)[None], 3, axis=0)
    if picture.mode in ("I", "F"):
        raise _Refused(
            f"{path} has pixels of 32 bits ({picture.mode}), for which no range is fixed; save it "
            "with 8 or 16 bits"
        )
    if picture.has_transparency_data:
        picture = Image.alpha_composite(
            Image.new("RGBA", picture.size, WHITE), picture.convert("RGBA")
        )
    return np.ascontiguousarray(np.asarray(picture.convert("RGB")).transpose(2, 0, 1))


def crop_and_resize(image: np.ndarray, size: int, margin: float = 1.0) -> np.ndarray:
    """The middle square of an image (3, H, W) of uint8, as (3, size, size).

    Its side is the image's shorter one divided by `margin`, so that `margin=256 / 224` sees what
    resizing the shorter side to 256 and then cropping 224 sees.
    """
    _, height, width = image.shape
    side = min(height, width) / margin
    left, top = (width - side) / 2, (height - side) / 2
    picture = Image.fromarray(np.ascontiguousarray(image.transpose(1, 2, 0)))
    resized = picture.resize(
        (size, size), Image.Resampling.BILINEAR, (left, top, left + side, top + side)
    )
    return np.ascontiguousarray(np.asarray(resized).transpose(2, 0, 1))
