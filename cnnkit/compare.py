"""Expected against got, for tests that teach: each difference has a message of its own."""

from typing import Any

import numpy as np

KINDS = {
    "b": "true or false",
    "i": "whole numbers",
    "u": "whole numbers",
    "f": "floating point",
    "c": "complex numbers",
}


def assert_same(
    got: Any, expected: Any, *, name: str = "result", rtol: float = 1e-5, atol: float = 1e-8
) -> None:
    """Raise an AssertionError that says in what `got` differs from `expected`.

    In this order: type, shape, kind of dtype (float32 and float64 are one kind), NaN, values.
    Numbers are the same if |got − expected| ≤ atol + rtol·|expected|; NaN is the same as NaN.
    `expected` is a number, an array, or a tuple or list of such. A message shows one expected
    value at the most, the one where the difference is largest.
    """
    __tracebackhide__ = True  # IPython and pytest then show the test's own line
    if isinstance(expected, tuple | list):
        if not isinstance(got, tuple | list):
            raise AssertionError(
                f"{name}: type: expected a {type(expected).__name__} of {len(expected)}, "
                f"got {_describe(got)}"
            )
        if len(got) != len(expected):
            raise AssertionError(f"{name}: length: expected {len(expected)}, got {len(got)}")
        for i, (one_got, one_expected) in enumerate(zip(got, expected, strict=True)):
            assert_same(one_got, one_expected, name=f"{name}[{i}]", rtol=rtol, atol=atol)
        return
    _assert_type(got, expected, name)
    got, expected = np.asarray(got), np.asarray(expected)
    if got.shape != expected.shape:
        raise AssertionError(f"{name}: shape: expected {expected.shape}, got {got.shape}")
    got_kind, expected_kind = (KINDS.get(a.dtype.kind, "other") for a in (got, expected))
    whole_number = got.ndim == 0 and got.dtype.kind in "iu" and expected.dtype.kind == "f"
    if got_kind != expected_kind and not whole_number:  # 3 is as good as 3.0
        raise AssertionError(
            f"{name}: dtype: expected {expected_kind} (such as {expected.dtype}), "
            f"got {got_kind} ({got.dtype})"
        )
    _assert_values(got, expected, name, rtol, atol)


def _assert_type(got: Any, expected: Any, name: str) -> None:
    __tracebackhide__ = True
    if isinstance(expected, np.ndarray) and expected.ndim:
        if not isinstance(got, np.ndarray):
            raise AssertionError(f"{name}: type: expected a NumPy array, got {_describe(got)}")
    elif not _is_number(got):
        raise AssertionError(f"{name}: type: expected a number, got {_describe(got)}")


def _assert_values(
    got: np.ndarray, expected: np.ndarray, name: str, rtol: float, atol: float
) -> None:
    __tracebackhide__ = True
    different = ~np.isclose(got, expected, rtol=rtol, atol=atol, equal_nan=True)
    if not different.any():
        return
    nan = np.isnan(got) & different
    if nan.any():
        first = _at(np.argwhere(nan)[0])
        raise AssertionError(
            f"{name}: NaN: {nan.sum()} of {got.size} values are NaN (not a number), "
            f"the first{first}; look for 0/0, log of 0, or an overflow"
        )
    wide = complex if got.dtype.kind == "c" else float
    with np.errstate(invalid="ignore"):
        difference = np.abs(got.astype(wide) - expected.astype(wide))
    difference = np.where(different, np.nan_to_num(difference, nan=np.inf, posinf=np.inf), -1)
    most = np.unravel_index(np.argmax(difference), difference.shape)
    if not got.ndim:
        raise AssertionError(f"{name}: expected {expected}, got {got}")
    count = f"; {different.sum()} of {got.size} values differ" if got.size > 1 else ""
    raise AssertionError(
        f"{name}: values: largest difference {difference[most]:.4g}{_at(most)}: "
        f"expected {expected[most]}, got {got[most]}{count}"
    )


def _is_number(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return value.ndim == 0
    return isinstance(value, bool | int | float | complex | np.number | np.bool_)


def _at(index: Any) -> str:
    return f" at [{', '.join(str(int(i)) for i in index)}]" if len(index) else ""


def _describe(value: Any) -> str:
    if value is None:
        return "None; does the function end with return?"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if type(value).__module__.partition(".")[0] == "torch":
        return f"a PyTorch {type(value).__name__}; convert it with .numpy()"
    return f"a {type(value).__name__}"
