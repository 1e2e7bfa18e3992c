"""What pandas computes with crosses by value, whatever is in it, and is made of nothing else."""

import datetime
from decimal import Decimal

import msgpack
import numpy as np
import pandas as pd
import pytest

from autograder.sessions.channel import CannotCross, WireError
from autograder.sessions.table import FRAME, FUNCTION, HANDLE, INSTANCE
from autograder.sessions.wire import pack, unpack
from tests.autograder.sessions.test_wire import Numbered

DAY = datetime.date(2026, 1, 1)
DAYS = pd.date_range("2026-02-27", periods=3)
COLUMNS = {
    "whole numbers": [1, 2, 3],
    "small numbers": np.array([1, 2, 3], "u1"),
    "numbers, one missing": [1.5, None, 3],
    "truths": [True, False, True],
    "texts, one missing": ["a", None, "c"],
    "texts that know NA": pd.array(["a", None, "c"], "string"),
    "whole numbers, one missing": pd.array([1, None, 3], "Int32"),
    "fractions, one missing": pd.array([1.5, None, 3], "Float64"),
    "truths, one missing": pd.array([True, None, False], "boolean"),
    "dates, one missing": pd.to_datetime(["2026-01-01", None, "2026-01-03"]),
    "dates by the nanosecond": pd.to_datetime([1, 2, 3], unit="ns"),
    "dates in Berlin": DAYS.tz_localize("Europe/Berlin"),
    "dates in UTC": DAYS.tz_localize("UTC"),
    "dates with an offset": pd.to_datetime(["2026-01-01T00:00+02:30"] * 3),
    "months": pd.PeriodIndex(["2026-01", None, "2026-03"], freq="M"),
    "weeks": pd.period_range("2026-01-01", periods=3, freq="W"),
    "quarters": pd.period_range("2026-01-01", periods=3, freq="Q"),
    "spans": pd.to_timedelta([1, None, 3], unit="h"),
    "categories": pd.Categorical(["low", None, "high"], ["low", "high"], ordered=True),
    "intervals": pd.cut(pd.Series([1, 2, 3]), 2),
    "lists and the like": [[1], {"a": 2}, None],
    "objects of all sorts": pd.Series([Decimal("0.1"), DAY, pd.NA], dtype=object),
    "texts as objects": pd.Series(["a", "b", None], dtype=object),
}  # fmt: skip
INDICES = {
    "a range": pd.RangeIndex(0, 6, 2, name="i"),
    "numbers that repeat": pd.Index([1, 1, 2]),
    "texts": pd.Index(["a", "b", "c"], name=("x", 1)),
    "tuples": pd.Index([("a", 1), ("b",), ()], tupleize_cols=False),
    "levels": pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)], names=["k", None]),
    "days": DAYS,
    "months": pd.date_range("2026-01-01", periods=3, freq="MS"),
    "years": pd.period_range("2026", periods=3, freq="Y", name="year"),
    "spans": pd.timedelta_range("1h", periods=3, freq="h"),
    "categories": pd.CategoricalIndex(["a", "b", "a"]),
    "intervals": pd.IntervalIndex.from_breaks([0, 1, 2, 3], closed="left"),
    "none": pd.Index([]),
}
ITEMS = {
    "a time": pd.Timestamp("2026-01-01T12:00:00.000000001"),
    "a time by the second": pd.Timestamp("2026-01-01").as_unit("s"),
    "a time in a zone": pd.Timestamp("2026-07-01T12:00", tz="America/New_York"),
    "a month": pd.Period("2026-03", "M"),
    "a span": pd.Timedelta("1 day 2 h"),
    "an interval": pd.Interval(0.5, 1, closed="both"),
    "nothing": pd.NA,
    "no time": pd.NaT,
    "a time of NumPy's": np.datetime64("2026-01-01", "D"),
    "a span of NumPy's": np.timedelta64(3, "s"),
    "a decimal number": Decimal("-0.10"),
    **{f"the type {t}": pd.Series(c).dtype for t, c in COLUMNS.items()},
}


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_comes_back_as_it_was(name):
    frame = pd.DataFrame({name: COLUMNS[name], 2: [1, 2, 3]})
    back = unpack(pack(frame))
    pd.testing.assert_frame_equal(back, frame, check_freq=True, check_column_type="exact")
    assert back.dtypes.tolist() == frame.dtypes.tolist()
    pd.testing.assert_series_equal(unpack(pack(frame[name])), frame[name])
    array = frame[name].array
    if type(array) is not pd.arrays.NumpyExtensionArray:
        pd.testing.assert_extension_array_equal(unpack(pack(array)), array)


@pytest.mark.parametrize("name", INDICES)
def test_an_index_comes_back_as_it_was(name):
    index = INDICES[name]
    back = unpack(pack(index))
    assert type(back) is type(index)
    assert getattr(back, "freq", None) == getattr(index, "freq", None)
    pd.testing.assert_index_equal(back, index, exact=True)
    frame = pd.DataFrame(np.arange(2 * len(index)).reshape(-1, 2), index, ["a", "a"])
    pd.testing.assert_frame_equal(unpack(pack(frame)), frame)
    pd.testing.assert_frame_equal(unpack(pack(frame.T)), frame.T)


@pytest.mark.parametrize("name", ITEMS)
def test_a_single_value_comes_back_as_it_was(name):
    item = ITEMS[name]
    back = unpack(pack(item))
    assert (type(back), str(back)) == (type(item), str(item))
    assert getattr(back, "unit", None) == getattr(item, "unit", None)


def test_an_array_of_objects_or_dates_keeps_its_shape():
    for array in (np.array([[1, "a"], [None, 2.5]], object), DAYS.values.reshape(3, 1)):
        back = unpack(pack(array))
        assert (back.dtype, back.shape) == (array.dtype, array.shape)
        assert back.tolist() == array.tolist()


class OwnFrame(pd.DataFrame):
    pass


class OwnNumber(int):
    pass


@pytest.mark.parametrize(
    "value",
    [
        OwnFrame({"a": [1]}),
        pd.DataFrame({"a": [OwnNumber(1)]}, dtype=object),
        pd.Series([print]),
        pd.Series([1], name=OwnNumber(1)),
        pd.DataFrame({"a": [[1]]}).groupby(level=0),
        pd.date_range("2026-01-01", periods=2, freq=pd.offsets.FY5253(weekday=1)),
        pd.Series(pd.arrays.SparseArray([0, 1])),
    ],
    ids=str,
)
def test_what_is_not_plain_throughout_stays_where_it_is(value):
    with pytest.raises(CannotCross):
        pack(value)
    assert unpack(pack([value], Numbered()), Numbered()) == [(5, type(value).__name__)]


def made(*parts):
    return msgpack.packb(msgpack.ExtType(FRAME, pack(list(parts))))


def own(code):
    return msgpack.ExtType(code, msgpack.packb([1, "x"]))


INTS = np.arange(3)
MALFORMED = {
    "no parts": made(),
    "a kind that is none": made("DataFrame", 1),
    "a kind that is a method": made("to_pickle"),
    "fewer columns than names": made("frame", pd.Index(["a", "b"]), pd.RangeIndex(3), [INTS]),
    "a column that is shorter": made("frame", pd.Index(["a"]), pd.RangeIndex(4), [INTS]),
    "a column of two dimensions": made("series", None, pd.RangeIndex(3), INTS.reshape(3, 1)),
    "a column that is a text": made("series", None, pd.RangeIndex(3), "abc"),
    "an index that is a list": made("series", None, [0, 1, 2], INTS),
    "a name that is a list": made("series", [], pd.RangeIndex(3), INTS),
    "an index that is longer than it can be": made("range", None, 0, 10**15, 1),
    "an endless step": made("range", None, 0, 3, 0),
    "a category that is none": made("categories", INTS.astype("i1"), pd.Index(["a"]), False),
    "a level that is none": made("levels", [None], [pd.Index(["a"])], [INTS]),
    "a frequency that is none": made("index", None, DAYS.array, "__import__('os')"),
    "a frequency that does not hold": made("index", None, DAYS.array, "h"),
    "a frequency of numbers": made("index", None, INTS, "D"),
    "a period of no frequency": made("periods", INTS, "eval"),
    "periods that are texts": made("periods", ["2026-01"], "M"),
    "a zone outside of the zones": made("dates", DAYS.values, "../../etc/passwd"),
    "a zone that is none": made("dates", DAYS.values, "Nowhere/Land"),
    "an offset of a year": made("dates", DAYS.values, datetime.timedelta(365)),
    "a side that is none": made("intervals", pd.Index([1]), pd.Index([2]), "up"),
    "a mask that is longer": made("masked", INTS, np.zeros(4, bool)),
    "a mask of numbers": made("masked", INTS, INTS),
    "masked complex numbers": made("masked", INTS * 1j, np.zeros(3, bool)),
    "texts that are numbers": made("texts", [1, 2], True),
    "two items": made("item", INTS),
    "a unit that is none": made("numpy", "<M8[as]", [3], INTS),
    "objects of a class": made("numpy", "builtins.object", [3], INTS),
    "objects of another shape": made("numpy", "O", [4], [1, 2, 3]),
    "objects of a shape without end": made("numpy", "O", [-1, 0], [1, 2, 3]),
    **{
        f"what is no plain value ({code})": msgpack.packb(
            msgpack.ExtType(FRAME, msgpack.packb(["numpy", "O", [1], [own(code)]]))
        )
        for code in (HANDLE, FUNCTION, INSTANCE)
    },
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_parts_are_refused(name):
    with pytest.raises(WireError):
        unpack(MALFORMED[name], Numbered())
