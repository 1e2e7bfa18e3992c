"""Two values beside each other, as little as a reader needs of them: type, shape, values, pictures.

What is made here is plain and bounded, whatever the values are: of a large array there is the part
around its largest difference, of a text its beginning. Of an object of the student's there is the
name of its class; it is asked nothing.
"""

from __future__ import annotations

import contextlib
import reprlib
from typing import Any

import numpy as np

from autograder.sessions.compared import Compared
from autograder.sessions.handles import Handle
from autograder.sessions.table import is_tensor

MAX_TEXT = 300  # characters of a value that is no array
ROWS, COLUMNS = 6, 6  # of the part of an array that is shown
SIDE = 64  # pixels of a picture
SMALLEST, LONGEST = 4, 8  # a picture has as many pixels, and is as many times as long as wide
MAX_ITEMS = 10_000  # of a list that is looked at as an array
PLAIN = (bool, int, float, complex)


def side_by_side(compared: Compared) -> dict[str, Any] | None:
    """What differs ("type", "shape" or "values"), and of both what can be seen of them."""
    try:
        with np.errstate(all="ignore"):
            return _side_by_side(compared)
    except Exception:  # a value of a kind that nobody has thought of: there is the message
        return None


def _side_by_side(compared: Compared) -> dict[str, Any]:
    values = _unwrapped(compared.expected), _unwrapped(compared.got)
    arrays = _array(values[0]), _array(values[1])
    sides = [_facts(*side) for side in zip(values, arrays, strict=True)]
    told: dict[str, Any] = {"expected": sides[0], "got": sides[1]}
    expected, got = arrays
    same_kind = _kind(values[0]) == _kind(values[1])
    if expected is None or got is None:
        return told | {"differs": "values" if same_kind else "type"}
    if expected.shape != got.shape:
        return told | {"differs": "shape" if expected.ndim and got.ndim else "type"}
    off = _off(expected, got, compared)
    if not off.any():
        return told | {"differs": "type"}
    where = _where(expected, got, off) if expected.ndim else {}
    return told | {"differs": "values"} | where


def _unwrapped(value: Any) -> Any:
    """What assertions make an array of no dimension of: a number, `None`, an object."""
    return value[()] if type(value) is np.ndarray and not value.ndim else value


def _array(value: Any) -> np.ndarray | None:
    """A value as an array of numbers, truths or texts, if it is one."""
    if is_tensor(value):
        value = value.detach().cpu()
        value = value.float().numpy() if "bfloat16" in str(value.dtype) else value.numpy()
    elif type(value) in (list, tuple) and _is_plain(value, [MAX_ITEMS]):
        with contextlib.suppress(ValueError, OverflowError):  # not of one shape; beyond all floats
            value = np.array(value)
    elif type(value) in PLAIN or isinstance(value, np.generic):
        with contextlib.suppress(OverflowError):
            value = np.array(value)
    return value if type(value) is np.ndarray and value.dtype.kind in "biufcSU" else None


def _is_plain(value: Any, room: list[int]) -> bool:
    """Whether a list has numbers only, at any depth, and not too many."""
    room[0] -= 1
    if room[0] < 0:
        return False
    if type(value) in (list, tuple):
        return all(_is_plain(item, room) for item in value)
    return type(value) in PLAIN or isinstance(value, np.number | np.bool_)


def _kind(value: Any) -> str:
    """What a reader would call different types: not two kinds of numbers."""
    if type(value) in PLAIN or isinstance(value, np.generic):
        return "number"
    return value._told() if type(value) is Handle else type(value).__name__


def _facts(value: Any, array: np.ndarray | None) -> dict[str, Any]:
    """Type, shape (of what has one) and text of a value."""
    if type(value) is Handle:
        return {"type": f"your {value._type_name}"[:MAX_TEXT], "shape": None, "text": ""}
    told, shape = type(value).__name__, getattr(value, "shape", None)
    if is_tensor(value):
        told = f"PyTorch tensor of {str(value.dtype)[6:]}"
    elif type(value) is np.ndarray:
        told = f"NumPy array of {value.dtype}"
    elif isinstance(value, list | tuple | dict | set | frozenset):
        told, shape = f"{told} of {len(value)}", None if array is None else array.shape
    shape = [int(n) for n in shape] if isinstance(shape, tuple) and shape else None
    text = _Short().text(value) if array is None else _summary(array)
    return {"type": told[:MAX_TEXT], "shape": shape, "text": text[:MAX_TEXT]}


def _summary(array: np.ndarray) -> str:
    if not array.ndim:
        return repr(array.item()) if array.dtype.kind in "SU" else str(array[()])
    return np.array2string(array, threshold=12, edgeitems=2, precision=5, max_line_width=72)


class _Short(reprlib.Repr):
    """The beginning of a value's text, without a method of a class that somebody has written."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlist = self.maxtuple = self.maxset = self.maxfrozenset = self.maxdict = 12
        self.maxstring = self.maxother = self.maxlong = MAX_TEXT
        self.maxlevel = 4

    def text(self, value: Any) -> str:
        try:
            return self.repr(value)
        except Exception:
            return f"<{type(value).__name__}>"

    def repr_instance(self, x: Any, level: int) -> str:
        if type(x) is Handle:
            return f"<your {x._type_name}>"
        if isinstance(x, np.ndarray) or is_tensor(x):
            array = _array(x)
            return f"<{type(x).__name__}>" if array is None else _summary(array)
        module = type(x).__module__.partition(".")[0]
        if module == "pandas" and hasattr(x, "head"):  # its cells may be the student's objects
            x = x.head(self.maxlist)
            if any(type(item) is Handle for item in x.to_numpy(object).ravel()):
                return f"<{type(x).__name__}>"
        if module in ("builtins", "numpy", "pandas", "datetime", "decimal", "fractions"):
            return repr(x)[: self.maxother]
        fields = vars(x) if hasattr(x, "__dict__") and level > 0 else {}
        told = ", ".join(f"{name}={self.repr1(item, level - 1)}" for name, item in fields.items())
        return f"{type(x).__name__}({told[: self.maxother]})"


def _off(expected: np.ndarray, got: np.ndarray, compared: Compared) -> np.ndarray:
    """Where two arrays of one shape differ."""
    if "S" in _kinds(expected, got) or "U" in _kinds(expected, got):
        return np.asarray(expected.astype(str) != got.astype(str))
    off = ~np.isclose(got, expected, compared.rtol, compared.atol, equal_nan=True)
    return off if off.any() else ~np.isclose(got, expected, 0.0, 0.0, equal_nan=True)


def _kinds(*arrays: np.ndarray) -> str:
    return "".join(array.dtype.kind for array in arrays)


def _distance(expected: np.ndarray, got: np.ndarray, off: np.ndarray) -> np.ndarray:
    """How far apart two arrays are: 0 where they are the same, infinitely where it is no number."""
    if set(_kinds(expected, got)) & set("SU"):
        return off.astype(float)
    wide = complex if "c" in _kinds(expected, got) else float
    apart = np.abs(got.astype(wide) - expected.astype(wide))
    return np.where(off, np.nan_to_num(apart, nan=np.inf, posinf=np.inf), 0.0)


def _where(expected: np.ndarray, got: np.ndarray, off: np.ndarray) -> dict[str, Any]:
    """Where they differ most, the values around it, and pictures of them."""
    apart = _distance(expected, got, off)
    most = [int(i) for i in np.unravel_index(np.argmax(apart), apart.shape)]
    shown = len(most) - min(len(most), 2)  # the last two dimensions are rows and columns
    part: list[int | slice] = list(most[:shown])
    room = (ROWS, COLUMNS) if len(most) > 1 else (ROWS + 2,)
    for at, size, extent in zip(most[shown:], room, expected.shape[shown:], strict=True):
        begin = max(0, min(at - size // 2, extent - size))
        part.append(slice(begin, min(begin + size, extent)))
    cells = [np.atleast_2d(array[tuple(part)]) for array in (expected, got, off)]
    count = int(off.sum())
    told = {
        "most": most,
        "count": count,
        "size": int(off.size),
        "part": [_index(step) for step in part],
        "values": _texts(*cells),
    }
    return told | _pictures(expected, got, apart, most)


def _index(step: int | slice) -> str:
    return f"{step.start}:{step.stop}" if isinstance(step, slice) else str(step)


def _texts(expected: np.ndarray, got: np.ndarray, off: np.ndarray) -> list[list[list[Any]]]:
    """Rows of what is shown: expected, got, and whether they differ."""
    rows = zip(*(array.tolist() for array in (expected, got, off)), strict=True)
    return [[_pair(*cell) for cell in zip(*row, strict=True)] for row in rows]


def _pair(expected: Any, got: Any, differs: bool) -> list[Any]:
    """Both as short as they still differ."""
    for digits in (4, 7, 17):
        texts = [_number(value, digits) for value in (expected, got)]
        if texts[0] != texts[1] or not differs:
            break
    return [*texts, bool(differs)]


def _number(value: Any, digits: int) -> str:
    text = f"{value:.{digits}g}" if isinstance(value, float | complex) else repr(value)
    return text.replace("-", "−") if isinstance(value, int | float | complex) else text[:40]


def _pictures(
    expected: np.ndarray, got: np.ndarray, apart: np.ndarray, most: list[int]
) -> dict[str, Any]:
    """Both and their difference as pixels, where they are pictures, or have some (the channels of
    a batch): then of the one in which they differ most."""
    if set(_kinds(expected, got)) & set("cSU"):
        return {}
    plane = () if expected.ndim == 3 and expected.shape[2] == 3 else tuple(most[:-2])
    pair = [array[plane].astype(float) for array in (expected, got)]
    height, width = pair[0].shape[:2] if pair[0].ndim > 1 else (0, 0)
    if min(height, width) < SMALLEST or max(height, width) > LONGEST * min(height, width):
        return {}
    apart = apart[plane]
    apart = apart.max(axis=2) if apart.ndim == 3 else apart
    low, high = _range(*pair)
    largest = float(apart[np.isfinite(apart)].max(initial=0.0)) or 1.0
    pixels = [_pixels(picture, low, high) for picture in pair]
    pixels.append(_pixels(np.minimum(apart, largest), 0.0, largest, most=True))
    names = ("expected", "got", "difference")
    return {"plane": list(plane), "pictures": dict(zip(names, pixels, strict=True))}


def _range(expected: np.ndarray, got: np.ndarray) -> tuple[float, float]:
    """What is black and what is white: the least and the largest value of both, or of what is
    expected, where the other would drown it."""
    ranges = []
    for values in (expected[np.isfinite(expected)], got[np.isfinite(got)]):
        ranges.append((values.min(initial=np.inf), values.max(initial=-np.inf)))
    low, high = (float(end) for end in ranges[0])
    if not low < np.inf:
        return 0.0, 1.0
    if expected.ndim == 3:  # as colours are kept: 0 to 255, or 0 to 1
        return (0.0, 255.0) if high > 1 else (0.0, 1.0)
    both = float(min(low, ranges[1][0])), float(max(high, ranges[1][1]))
    drowned = low < high and both[1] - both[0] > 4 * (high - low)
    return (low, high) if drowned else both


def _pixels(picture: np.ndarray, low: float, high: float, most: bool = False) -> list[Any]:
    """Width, height, and the bytes of its pixels, red, green and blue, at most SIDE a side.

    Of what is larger a pixel is the mean of some, or the `most` of them. What is no number is red.
    """
    step = -(-max(picture.shape[:2]) // SIDE)
    rest = [(0, -extent % step) for extent in picture.shape[:2]]
    padded = np.pad(picture, [*rest, *[(0, 0)] * (picture.ndim - 2)], mode="edge")
    height, width = (extent // step for extent in padded.shape[:2])
    blocks = padded.reshape(height, step, width, step, *picture.shape[2:])
    small = blocks.max(axis=(1, 3)) if most else blocks.mean(axis=(1, 3))
    shade = (np.nan_to_num(small, posinf=high, neginf=low) - low) / ((high - low) or 1.0)
    grey = (np.clip(shade, 0, 1) * 255).round().astype(np.uint8)
    colours = grey if grey.ndim == 3 else np.repeat(grey[..., None], 3, axis=2)
    strange = np.isnan(small) if small.ndim == 2 else np.isnan(small).any(axis=2)
    colours[strange] = (213, 94, 0)
    return [width, height, colours.tobytes()]
