"""Arguments that a function of the student's changed in place, in the test's own objects."""

from __future__ import annotations

import operator
from collections.abc import Callable, Container, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from autograder.sessions import companions, frames
from autograder.sessions.channel import Endless, WireError
from autograder.sessions.handles import Handle, HandleError, student_error
from autograder.sessions.instances import update, update_tensor
from autograder.sessions.named import Named
from autograder.sessions.table import is_tensor
from autograder.sessions.wire import Ends, pack

# How an argument was changed in place: what it holds, or how much (a list emptied, a key added).
CHANGED, RESIZED = "changed", "resized"
Change = tuple[str, int]  # how, and which argument
IMMUTABLE = (type(None), bool, int, float, complex, str, bytes)


def content_of(argument: Any, ends: Ends) -> bytes:
    """What changes when an argument does; the objects that it holds are the same or others."""
    if type(argument) is np.ndarray:  # its shape, too, can be set in place
        kind = argument.dtype if argument.dtype.names else argument.dtype.str  # the text is quicker
        return f"{argument.shape} {kind} ".encode() + argument.tobytes()
    try:
        return pack(argument, ends)
    except Endless:  # nobody can tell
        return b""


def read_answer(
    data: bytes,
    read: Callable[[bytes], Any],
    hear: Callable[[Any], None],
    arguments: list[Any],
    copy_back: Container[Change] | None = None,
    given: Mapping[str, Any] = MappingProxyType({}),
) -> tuple[Any, list[Change]]:
    """The value of an answer, and how the callee changed which arguments in place.

    The changes in `copy_back` (None: all) are copied into the test's own objects; `given` are the
    instructor's classes, one of which may have been raised.

    The news that come with it (news.py) are given to `hear` first.

    Raises StudentError where the student's code raised, HandleError where it put something else in
    an argument's place, WireError where the answer is malformed.
    """
    answer = read(data)
    if type(answer) is not list or len(answer) < 2:
        raise WireError("an answer is a list that ends in news")
    hear(answer[-1])
    if answer[0] == "error":
        texts = [str(part) if type(part) is str else "" for part in (answer + [""] * 3)[1:4]]
        raise student_error(texts[0], texts[1], texts[2], given)
    if answer[0] != "value" or len(answer) != 4 or type(answer[2]) is not list:
        raise WireError("an answer is a value or an error")
    try:
        changes = [(_how(arguments[index], new), index) for index, new in answer[2]]
        for change, (index, new) in zip(changes, answer[2], strict=True):
            _copy_back(arguments[index], new, copy_back is None or change in copy_back)
    except HandleError:
        raise
    except (TypeError, ValueError, IndexError) as error:
        raise WireError(f"not a list of changed arguments: {error}") from None
    return answer[1], changes


def restore(argument: Any, content: bytes, read: Callable[[bytes], Any]) -> None:
    """Put into a test's object what was packed of it."""
    if type(argument) not in IMMUTABLE:
        put_into(argument, read(content))


def _how(argument: Any, changed: Any) -> str:
    resized = type(argument) in (list, dict) and len(argument) != len(changed)
    return RESIZED if resized or frames.resizes(argument, changed) else CHANGED


def _copy_back(argument: Any, changed: Any, copy_back: bool) -> None:
    if type(argument) is Handle:
        return  # the student's own object: it has changed where it is
    if companions.kind_of(argument):
        if copy_back:
            companions.take(argument, changed)
        return
    if type(argument) is not type(changed) or type(argument) in IMMUTABLE:
        raise WireError("a changed argument keeps its type")
    if type(argument) is Named:  # the object, too, has changed where it is; what it holds is here
        if copy_back:
            put_into(list(argument), list(changed))
        return
    if copy_back and put_into(argument, changed) is not argument:
        raise HandleError(
            "it changed the shape of an array that it was given, or put something else in its "
            "place: let it change a copy"
        )


def put_into(old: Any, new: Any) -> Any:
    """Put the content of `new` into `old` where that can be; gives what stands there afterwards.

    An array in a list is changed itself, for the test may hold it under another name.
    """
    if type(old) is not type(new):
        return new
    if type(old) is list:
        old[:] = [*map(put_into, old, new), *new[len(old) :]]
    elif type(old) is dict:
        merged = {k: put_into(old[k], v) if k in old else v for k, v in new.items()}
        old.clear()
        old.update(merged)
    elif type(old) is tuple and len(old) == len(new):
        items = tuple(map(put_into, old, new))
        return old if all(map(operator.is_, old, items)) else items
    elif type(old) is np.ndarray and (old.shape, old.dtype) == (new.shape, new.dtype):
        np.copyto(old, new)
    elif hasattr(old, "__dict__") and not is_tensor(old):
        update(old, new)
    elif is_tensor(old) and (old.shape, old.dtype) == (new.shape, new.dtype):
        update_tensor(old, new)
    else:
        return new
    return old
