"""What pandas computes with, by value: frames, series, indices, their arrays, dates and periods.

Each kind of a closed table is taken apart into plain values, arrays and others of the table, and is
put together again by pandas' own constructors from parts whose kinds and lengths have been looked
at. Subclasses are not in the table. Nothing that the sender wrote names a class or is evaluated:
what stands for a choice (a unit, a side, a frequency) is compared with all that it may be.
"""

from __future__ import annotations

import datetime
import functools
import importlib
import re
import sys
import zoneinfo
from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.sessions.channel import MAX_FRAME, CannotCross, WireError

TIMES = frozenset(f"<{kind}8[{unit}]" for kind in "mM" for unit in ("D", "s", "ms", "us", "ns"))
FREQUENCIES = re.compile(
    r"-?\d{0,4}(D|B|h|min|s|ms|us|ns|W-[A-Z]{3}|M|[MQY][ES]|B[MQY][ES]|B?[QY][ES]?-[A-Z]{3})"
)
ZONES = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*")
Kind = tuple[str, Callable[[Any], list[Any]]]  # its name between the sessions, and its parts
NO_KIND: Kind = ("", list)
SIDES = ("left", "right", "both", "neither")


def parts_of(obj: Any) -> list[Any] | None:
    """The kind of an object of pandas' and what it is made of; None for anything else."""
    name, take_apart = _kind_of(obj)
    return [name, *take_apart(obj)] if name else None


def resizes(obj: Any, changed: Any) -> bool:
    """Whether a frame or a series has become longer, wider or shorter."""
    return _kind_of(obj)[0] in ("frame", "series") and obj.shape != changed.shape


def _kind_of(obj: Any) -> Kind:
    if "pandas" not in sys.modules:
        return NO_KIND
    try:
        return _kinds().get(type(obj), NO_KIND)
    except AttributeError:  # a module of the student's own has that name
        return NO_KIND


def _pandas() -> Any:
    return importlib.import_module("pandas")


@functools.cache
def _kinds() -> dict[type, Kind]:
    pd = _pandas()
    dtypes = [f"{kind}{bits}Dtype" for kind in ("Int", "UInt") for bits in (8, 16, 32, 64)]
    dtypes += ["Float32Dtype", "Float64Dtype", "BooleanDtype", "StringDtype"]
    dtypes += ["CategoricalDtype", "IntervalDtype", "DatetimeTZDtype", "PeriodDtype"]
    indices = (pd.Index, pd.CategoricalIndex, pd.IntervalIndex, pd.PeriodIndex)
    timed = (pd.DatetimeIndex, pd.TimedeltaIndex)
    masked = (pd.arrays.IntegerArray, pd.arrays.FloatingArray, pd.arrays.BooleanArray)
    texts = (pd.arrays.StringArray, pd.arrays.ArrowStringArray)
    numpys = (np.dtypes.ObjectDType, np.dtypes.DateTime64DType, np.dtypes.TimeDelta64DType)
    return {
        pd.DataFrame: ("frame", _frame_parts),
        pd.Series: ("series", lambda series: [series.name, series.index, _array_of(series)]),
        pd.RangeIndex: ("range", lambda index: [index.name, index.start, index.stop, index.step]),
        pd.MultiIndex: ("levels", _levels_parts),
        **dict.fromkeys(indices, ("index", lambda index: [index.name, _array_of(index), None])),
        **dict.fromkeys(timed, ("index", lambda i: [i.name, _array_of(i), _frequency(i)])),
        np.ndarray: ("numpy", _numpy_parts),
        np.datetime64: ("item", lambda time: [np.array([time])]),
        np.timedelta64: ("item", lambda span: [np.array([span])]),
        pd.arrays.DatetimeArray: ("dates", _dates_parts),
        pd.arrays.PeriodArray: ("periods", lambda array: [array.asi8, _frequency(array)]),
        pd.arrays.TimedeltaArray: ("spans", lambda array: [array.to_numpy()]),
        pd.Categorical: ("categories", lambda c: [c.codes.copy(), c.categories, c.ordered]),
        pd.arrays.IntervalArray: ("intervals", lambda a: [a.left, a.right, a.closed]),
        **dict.fromkeys(masked, ("masked", _masked_parts)),
        **dict.fromkeys(texts, ("texts", _texts_parts)),
        pd.Timestamp: ("item", lambda time: [pd.DatetimeIndex([time]).array]),
        pd.Period: ("item", lambda period: [pd.PeriodIndex([period]).array]),
        pd.Timedelta: ("item", lambda span: [pd.TimedeltaIndex([span]).array]),
        pd.Interval: ("interval", lambda i: [i.left, i.right, i.closed]),
        type(pd.NA): ("missing", lambda _: []),
        type(pd.NaT): ("no time", lambda _: []),
        **{getattr(pd, n): ("dtype", lambda dtype: [pd.array([], dtype=dtype)]) for n in dtypes},
        **dict.fromkeys(numpys, ("dtype", lambda dtype: [np.empty(0, dtype)])),
    }


def _array_of(column: Any) -> Any:
    """A column's array: NumPy's where that is what is within."""
    is_numpys = type(column.array) is _pandas().arrays.NumpyExtensionArray
    return column.to_numpy() if is_numpys else column.array


def _frame_parts(frame: Any) -> list[Any]:
    columns = [_array_of(frame.iloc[:, i]) for i in range(frame.shape[1])]
    return [frame.columns, frame.index, columns]


def _levels_parts(index: Any) -> list[Any]:
    return [list(index.names), list(index.levels), [np.array(codes) for codes in index.codes]]


def _frequency(times: Any) -> str | None:
    text = times.freqstr
    if text is not None and not FREQUENCIES.fullmatch(text):
        raise CannotCross(f"the frequency {text}")
    return text


def _numpy_parts(array: np.ndarray) -> list[Any]:
    """Objects, or dates and spans of time: what NumPy has beside numbers."""
    if array.dtype.kind == "O":
        return ["O", list(array.shape), array.ravel().tolist()]
    if array.dtype.str not in TIMES:
        raise CannotCross(f"an array of {array.dtype}")
    return [array.dtype.str, list(array.shape), np.ascontiguousarray(array).view("<i8")]


def _dates_parts(array: Any) -> list[Any]:
    zone = array.tz
    if isinstance(zone, zoneinfo.ZoneInfo):
        zone = zone.key
    elif isinstance(zone, datetime.timezone):
        zone = zone.utcoffset(None)
    elif zone is not None:
        raise CannotCross(f"the time zone {zone}")
    return [array.asi8.view(f"<M8[{array.unit}]"), zone]


def _masked_parts(array: Any) -> list[Any]:
    return [array.to_numpy(array.dtype.numpy_dtype, na_value=0), np.asarray(array.isna())]


def _texts_parts(array: Any) -> list[Any]:
    missing = array.isna()
    texts = [None if gone else text for text, gone in zip(array, missing, strict=True)]
    return [texts, array.dtype.na_value is _pandas().NA]


def make(parts: Any) -> Any:
    """An object of pandas' from its kind and parts. WireError, or what pandas itself raises: they
    are none."""
    name, *others = parts
    return _MAKERS[name](*others)


def _check(holds: bool) -> None:
    if not holds:
        raise WireError("the parts of an object of pandas' do not belong together")


def _are(kind: Any, *parts: Any) -> None:
    _check(all(isinstance(part, kind) for part in parts))


def _is_column(array: Any) -> None:
    """One of what a column can hold: an array of one dimension."""
    _are((np.ndarray, _pandas().api.extensions.ExtensionArray), array)
    _check(array.ndim == 1)


def _frame(columns: Any, index: Any, arrays: Any) -> Any:
    pd = _pandas()
    _are(pd.Index, columns, index)
    _check(len(columns) == len(arrays))
    series = {number: _series(None, index, array) for number, array in enumerate(arrays)}
    frame = pd.DataFrame(series, index=index)
    frame.columns = columns
    return frame


def _series(name: Any, index: Any, array: Any) -> Any:
    _are(_pandas().Index, index)
    _is_column(array)
    _check(len(index) == len(array))
    return _pandas().Series(array, index=index, name=name, dtype=array.dtype)


def _range(name: Any, start: Any, stop: Any, step: Any) -> Any:
    _are(int, start, stop, step)
    _check(len(range(start, stop, step)) < MAX_FRAME)  # its bytes say nothing of its length
    return _pandas().RangeIndex(start, stop, step, name=name)


def _levels(names: Any, levels: Any, codes: Any) -> Any:
    _are(_pandas().Index, *levels)
    _are(np.ndarray, *codes)
    return _pandas().MultiIndex(levels, codes, names=names)  # which looks at their lengths


def _index(name: Any, array: Any, frequency: Any) -> Any:
    _is_column(array)
    index = _pandas().Index(array, dtype=array.dtype, name=name, tupleize_cols=False)
    if frequency is not None:
        _are((_pandas().DatetimeIndex, _pandas().TimedeltaIndex), index)
        _check(bool(FREQUENCIES.fullmatch(frequency)))
        index.freq = frequency
    return index


def _numpy(kind: Any, shape: Any, content: Any) -> np.ndarray:
    if kind == "O":
        _are(list, content)
        return np.fromiter(content, object, len(content)).reshape(shape)
    _are(np.ndarray, content)
    _check(kind in TIMES and content.dtype == np.int64)
    return content.view(kind).reshape(shape)


def _item(array: Any) -> Any:
    _is_column(array)
    _check(len(array) == 1)
    return array[0]


def _dates(times: Any, zone: Any) -> Any:
    _are(np.ndarray, times)
    _check(times.dtype.kind == "M")
    dates = _pandas().DatetimeIndex(times).array
    if type(zone) is str:
        _check(bool(ZONES.fullmatch(zone)))
        return dates.tz_localize("UTC").tz_convert(zoneinfo.ZoneInfo(zone))
    if zone is not None:
        return dates.tz_localize("UTC").tz_convert(datetime.timezone(zone))
    return dates


def _periods(ordinals: Any, frequency: Any) -> Any:
    _are(np.ndarray, ordinals)
    _check(ordinals.dtype == np.int64 and bool(FREQUENCIES.fullmatch(frequency)))
    return _pandas().arrays.PeriodArray(ordinals, _pandas().PeriodDtype(frequency))


def _spans(spans: Any) -> Any:
    _are(np.ndarray, spans)
    _check(spans.dtype.kind == "m")
    return _pandas().TimedeltaIndex(spans).array


def _categories(codes: Any, categories: Any, ordered: Any) -> Any:
    _are(np.ndarray, codes)
    _are(_pandas().Index, categories)
    _are(bool, ordered)
    return _pandas().Categorical.from_codes(codes, categories, ordered)


def _interval(left: Any, right: Any, closed: Any) -> Any:
    _check(closed in SIDES)
    return _pandas().Interval(left, right, closed)


def _intervals(left: Any, right: Any, closed: Any) -> Any:
    _are(_pandas().Index, left, right)
    _check(closed in SIDES)
    return _pandas().arrays.IntervalArray.from_arrays(left, right, closed)


def _masked(values: Any, mask: Any) -> Any:
    _are(np.ndarray, values, mask)
    arrays = _pandas().arrays
    integer, floating, boolean = arrays.IntegerArray, arrays.FloatingArray, arrays.BooleanArray
    kinds = {"i": integer, "u": integer, "f": floating, "b": boolean}
    return kinds[values.dtype.kind](values, mask)


def _texts(texts: Any, is_na: Any) -> Any:
    _are((str, type(None)), *texts)
    _are(bool, is_na)
    pd = _pandas()
    return pd.array(texts, dtype=pd.StringDtype(na_value=pd.NA if is_na else np.nan))


_MAKERS: dict[str, Callable[..., Any]] = {
    "frame": _frame,
    "series": _series,
    "range": _range,
    "levels": _levels,
    "index": _index,
    "numpy": _numpy,
    "dates": _dates,
    "periods": _periods,
    "spans": _spans,
    "categories": _categories,
    "interval": _interval,
    "intervals": _intervals,
    "masked": _masked,
    "texts": _texts,
    "item": _item,
    "missing": lambda: _pandas().NA,
    "no time": lambda: _pandas().NaT,
    "dtype": lambda array: array.dtype,
}
