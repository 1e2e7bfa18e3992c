import re

import numpy as np
import pytest
import torch

from cnnkit.compare import assert_same

ARRAY = np.arange(12.0).reshape(3, 4) + 0.5


def off(*changes):
    changed = ARRAY.copy()
    for index, value in changes:
        changed[index] = value
    return changed


class Liar(float):
    def __eq__(self, other):
        return True

    __hash__ = float.__hash__

    def __sub__(self, other):
        return 0.0


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (ARRAY, ARRAY.copy()),
        (ARRAY * (1 + 1e-7), ARRAY),
        (ARRAY.astype(np.float32), ARRAY),
        (np.array([1, 2], np.int32), np.array([1, 2])),
        (np.array([np.nan, np.inf, -np.inf]), np.array([np.nan, np.inf, -np.inf])),
        (np.array([True, False]), np.array([True, False])),
        (np.zeros((0, 3)), np.zeros((0, 3))),
        (3, 3.0),
        (np.float32(0.5), 0.5),
        (np.array(0.5), 0.5),
        (True, True),
        (1 + 2j, 1 + 2j),
        ((1.0, ARRAY), [1.0, ARRAY]),
    ],
)
def test_the_same_passes(got, expected):
    assert_same(got, expected)


@pytest.mark.parametrize(
    ("got", "expected", "message"),
    [
        (None, ARRAY, "y: type: expected a NumPy array, got None; does the function end with"),
        (ARRAY.tolist(), ARRAY, "y: type: expected a NumPy array, got a list"),
        (
            torch.ones(3),
            np.ones(3),
            "y: type: expected a NumPy array, got a PyTorch Tensor; convert it with .numpy()",
        ),
        (0.5, ARRAY, "y: type: expected a NumPy array, got a float"),
        (ARRAY, 0.5, "y: type: expected a number, got an array of shape (3, 4)"),
        ("0.5", 0.5, "y: type: expected a number, got a str"),
        (ARRAY, (1, 2), "y: type: expected a tuple of 2, got an array of shape (3, 4)"),
        ((1,), (1, 2), "y: length: expected 2, got 1"),
        (ARRAY.T, ARRAY, "y: shape: expected (3, 4), got (4, 3)"),
        (ARRAY[None], ARRAY, "y: shape: expected (3, 4), got (1, 3, 4)"),
        (
            ARRAY.astype(int),
            ARRAY,
            "y: dtype: expected floating point (such as float64), got whole numbers (int64)",
        ),
        (
            np.array([1, 0]),
            np.array([True, False]),
            "y: dtype: expected true or false (such as bool), got whole numbers",
        ),
        (ARRAY.astype(object), ARRAY, "got other (object)"),
        (0.0, 3, "y: dtype: expected whole numbers (such as int64), got floating point (float64)"),
        (off(((2, 1), np.nan)), ARRAY, "y: NaN: 1 of 12 values are NaN (not a number), the first"),
        (
            off(((0, 1), 1.7), ((1, 2), 6.0)),
            ARRAY,
            "y: values: largest difference 0.5 at [1, 2]: expected 6.5, got 6.0; "
            "2 of 12 values differ",
        ),
        (off(((1, 1), np.inf)), ARRAY, "largest difference inf at [1, 1]: expected 5.5, got inf"),
        (off(((1, 1), -np.inf)), off(((1, 1), np.inf)), "at [1, 1]: expected inf, got -inf"),
        (0.25, 0.75, "y: expected 0.75, got 0.25"),
        (False, True, "expected True, got False"),
        (np.array([True]), np.array([False]), "expected False, got True"),
        ((1.0, 2.0), (1.0, 3.0), "y[1]: expected 3.0, got 2.0"),
        (
            np.array([1, 5], np.uint8),
            np.array([1, 7], np.uint8),
            "largest difference 2 at [1]: expected 7, got 5",
        ),
        (Liar(4.0), 1.0, "expected 1.0, got 4.0"),
        (np.ma.masked_all(3), np.ones(3), "y: values"),
        (0.0, np.nan, "expected nan, got 0.0"),
    ],
)
def test_a_difference_is_named_by_its_kind(got, expected, message):
    with pytest.raises(AssertionError, match=re.escape(message)):
        assert_same(got, expected, name="y")


def test_tolerances_are_relative_and_absolute():
    assert_same(1.01, 1.0, rtol=0.02)
    assert_same(0.01, 0.0, atol=0.02)
    with pytest.raises(AssertionError):
        assert_same(1.01, 1.0, rtol=0.001)


def test_a_message_shows_no_expected_value_but_one():
    expected = np.random.default_rng(0).random(20).round(5)
    got = np.zeros(20)
    with pytest.raises(AssertionError) as failure:
        assert_same((got, got), (expected, expected))
    shown = [value for value in expected if str(value) in str(failure.value)]
    assert shown == [expected.max()]
