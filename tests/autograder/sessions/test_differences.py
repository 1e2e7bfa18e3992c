"""Whatever two values are, what is shown of them is small, true, and asks no object anything."""

import ast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from autograder.sessions.compared import NOTE, Compared, Notes, noting
from autograder.sessions.differences import SIDE, side_by_side
from autograder.sessions.handles import Handle
from autograder.sessions.wire import pack, unpack

DTYPES = st.sampled_from([np.float64, np.float32, np.int64, np.uint8, np.bool_, np.complex128])
PAIRS = DTYPES.flatmap(
    lambda dtype: arrays.array_shapes(max_dims=4, max_side=9).flatmap(
        lambda shape: st.tuples(arrays.arrays(dtype, shape), arrays.arrays(dtype, shape))
    )
)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner),
)


@given(PAIRS)
def test_two_arrays_differ_where_they_differ(pair):
    expected, got = pair
    told = side_by_side(Compared(expected, got))
    off = ~np.isclose(got, expected, 1e-5, 1e-8, equal_nan=True)
    off = off if off.any() else ~np.isclose(got, expected, 0, 0, equal_nan=True)
    if not off.any():
        return
    assert (told["differs"], told["count"], told["size"]) == ("values", off.sum(), off.size)
    assert off[tuple(told["most"])]
    part = tuple(eval(f"np.s_[{step}]", {"np": np}) for step in told["part"])
    shown = np.array([[cell[2] for cell in row] for row in told["values"]])
    assert np.array_equal(shown, np.atleast_2d(off[part]))
    for cell in (cell for row in told["values"] for cell in row):
        assert not cell[2] or cell[0] != cell[1]
    for width, height, pixels in told.get("pictures", {}).values():
        assert len(pixels) == 3 * width * height <= 3 * SIDE**2


@given(PLAIN, PLAIN)
def test_of_any_two_values_there_is_something_small_that_may_cross(expected, got):
    told = side_by_side(Compared(expected, got))
    assert len(pack(told)) < 20_000
    assert unpack(pack(told)) == told


@pytest.mark.parametrize(
    "value",
    [
        "x" * 10**6,
        10**10_000,
        [1] * 10**5,
        [[[]] * 1000] * 1000,
        {str(i): "y" * 10**5 for i in range(100)},
        np.zeros((2000, 2000)),
        np.array(["z" * 10**5]),
        np.full((300, 500, 3), np.nan),
    ],
    ids=lambda value: f"{type(value).__name__} of {np.size(value) if np.ndim(value) else 1}",
)
def test_what_is_huge_is_shown_in_part(value):
    other = np.ones(value.shape) if isinstance(value, np.ndarray) and value.size > 1 else 1
    assert len(pack(side_by_side(Compared(value, other)))) < 60_000


def test_no_object_of_the_students_is_asked_anything():
    def ask(*request):
        raise AssertionError(f"asked {request}")

    handle = Handle(ask, 1, "<b>Net</b>")
    for value in (handle, [handle], {"a": (handle, 1)}, np.fromiter([handle, None], object)):
        for told in (side_by_side(Compared(1.0, value)), side_by_side(Compared(value, value))):
            assert told["got"]["type"]


@given(st.lists(st.integers(-3, 3), min_size=1), st.integers(-3, 3))
def test_an_assertion_that_remembers_holds_where_it_held(values, limit):
    source = "seen = []\nfor v in values:\n    seen.append(v)\n    assert abs(v) == limit, seen"
    results = []
    for tree in (ast.parse(source), noting(ast.parse(source), "<t>")):
        names = {"values": values, "limit": limit, NOTE: Notes()}
        try:
            exec(compile(tree, "<t>", "exec"), names)
            results.append((names["seen"], ""))
        except AssertionError as error:
            results.append((names["seen"], str(error)))
            compared = names[NOTE].of(error)
            if compared:
                assert (compared.expected, compared.got) == (limit, abs(names["seen"][-1]))
    assert results[0] == results[1]
