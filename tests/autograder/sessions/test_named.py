"""Named tuples: a tuple where a tuple is wanted, the student's object where its names are used."""

import copy
from collections import namedtuple
from typing import NamedTuple

import msgpack
import numpy as np
import pytest

from autograder.sessions.channel import WireError
from autograder.sessions.table import NAMED
from autograder.sessions.wire import pack, unpack
from tests.autograder.sessions.test_handles import Far

Gradients = namedtuple("Gradients", ["dx", "dw"])


class Cache(NamedTuple):
    x: np.ndarray
    stride: int = 1

    def doubled(self):
        return self.stride * 2


class Sums(namedtuple("Sums", ["first", "second"])):
    pass


@pytest.mark.parametrize("made", [Gradients(1, "a"), Cache(1, "a"), Sums(1, "a")])
def test_a_named_tuple_is_compared_and_unpacked_as_a_tuple(made):
    got = Far(answer=lambda: made).get("answer")()
    assert isinstance(got, tuple)
    assert got == (1, "a")
    assert [*got] == [1, "a"]
    assert len(got) == 2


def test_the_names_of_a_named_tuple_are_asked_of_the_object():
    got = Far(answer=lambda: Cache(np.arange(3.0), 2)).get("answer")()
    np.testing.assert_array_equal(got.x, [0, 1, 2])
    assert got.doubled() == 4
    assert got._asdict()["stride"] == 2
    assert not hasattr(got, "shape")


def test_a_named_tuple_goes_back_as_the_object_that_it_is():
    far = Far(forward=lambda x: (2 * x, Cache(x, 3)), backward=lambda dy, cache: dy * cache.stride)
    _, cache = far.get("forward")(np.ones(2))
    np.testing.assert_array_equal(far.get("backward")(np.ones(2), cache), [3, 3])


def test_an_array_in_a_named_tuple_that_is_changed_in_place_is_changed_in_the_test_too():
    def forget(cache):
        cache.x[:] = 0

    far = Far(forward=lambda x: Cache(x), forget=forget)
    cache = far.get("forward")(np.ones(2))
    far.get("forget")(cache)
    np.testing.assert_array_equal(cache[0], [0, 0])


def test_a_copy_of_a_named_tuple_is_a_tuple():
    got = Far(answer=lambda: Cache([1], 2)).get("answer")()
    assert copy.deepcopy(got) == ([1], 2)
    assert type(copy.deepcopy(got)) is tuple


def test_a_tests_own_named_tuple_crosses_as_a_tuple():
    assert Far(second=lambda pair: pair[1]).get("second")(Gradients(1, 2)) == 2
    assert type(unpack(pack(Gradients(1, 2)))) is tuple


def test_a_field_named_as_a_method_of_tuples_keeps_its_object():
    counted = namedtuple("Counted", ["count", "total"], module="__main__")(3, 4)
    assert Far(answer=lambda: counted).get("answer")().count == 3


@pytest.mark.parametrize(
    "content", [[1, "P", [1]], [None, "P", [1], []], [1, "P", 1, []], [1, "P", [], [[]]]]
)
def test_a_malformed_named_tuple_is_refused(content):
    data = msgpack.packb(msgpack.ExtType(NAMED, msgpack.packb(content)))
    with pytest.raises(WireError):
        unpack(data, lambda number, name: None)
