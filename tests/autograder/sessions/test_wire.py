"""What crosses between the sessions: exact plain values, and nothing else."""

import contextlib
import socket
import struct
import threading
import time

import msgpack
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from autograder.sessions.channel import CannotCross, Channel, Endless, WireError
from autograder.sessions.table import ARRAY, HANDLE, INSTANCE
from autograder.sessions.wire import MAX_DEPTH, Whole, pack, unpack


class Numbered:
    """An end at which everything that is no plain value has one number."""

    def __init__(self, number=5):
        self.number = number

    def number_of(self, obj):
        return self.number

    def known_as(self, obj):
        return None

    state_of = graph_of = known_as

    def object_of(self, number, type_name):
        return number, type_name

    def instance_of(self, *parts):
        return parts


dtypes = st.sampled_from(["?", "i1", "i4", "i8", "u2", "u8", "f2", "f4", "f8", "c8", "c16", "U3"])
arrays = npst.arrays(dtypes, npst.array_shapes(min_dims=0, min_side=0, max_dims=4))
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**200), 2**200),
    st.floats(),
    st.text(),
    st.binary(),
    st.complex_numbers(),
    st.just(...),
    st.builds(slice, st.integers(-9, 9), st.none(), st.integers(1, 3)),
    st.builds(range, st.integers(-9, 9), st.integers(-9, 9), st.integers(1, 3)),
)
values = st.recursive(
    st.one_of(
        scalars,
        arrays,
        arrays.filter(lambda a: a.size and a.dtype.kind != "U").map(lambda a: a.ravel()[0]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(st.one_of(st.text(), st.integers(-(2**60), 2**60)), inner, max_size=4),
        st.frozensets(st.integers() | st.text(), max_size=4),
        st.sets(st.integers() | st.text(), max_size=4),
    ),
    max_leaves=12,
)


def same(a, b):
    """Equal in type and value, NaN included."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray | np.generic):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b or repr(a) == repr(b)


@pytest.mark.parametrize(
    ("sent", "arrives"),
    [
        (np.arange(3, dtype=">f8"), np.arange(3.0)),
        (np.arange(3, dtype=">i2"), np.arange(3, dtype="i2")),
        (np.longdouble(0.5), np.float64(0.5)),
        (np.array([0.5], dtype=np.longdouble), np.array([0.5])),
        (np.str_("cat"), "cat"),
        ([np.str_("cat")], ["cat"]),
        (np.array(["cat", "tiger"]), np.array(["cat", "tiger"])),
    ],
    ids=str,
)
def test_an_honest_oddity_arrives_as_what_it_means(sent, arrives):
    assert same(unpack(pack(sent, Numbered())), arrives)


def test_a_string_of_no_characters_is_refused():
    forged = msgpack.packb(["<U1", [1], b"\xff\xff\xff\x7f"])
    with pytest.raises(WireError):
        unpack(msgpack.packb(msgpack.ExtType(ARRAY, forged)))


@given(values)
def test_a_plain_value_arrives_as_it_was_sent(value):
    assert same(unpack(pack(value)), value)


@given(st.binary(max_size=200))
def test_bytes_that_are_no_value_are_a_wire_error_and_nothing_worse(data):
    with contextlib.suppress(WireError):
        unpack(data)


def test_a_tensor_arrives_as_a_tensor():
    tensor = torch.arange(6.0).reshape(2, 3)
    assert torch.equal(unpack(pack(tensor)), tensor)


@pytest.mark.parametrize("wants", [True, False])
def test_a_parameter_arrives_as_one_with_its_gradient(wants):
    sent = torch.nn.Parameter(torch.arange(3.0), requires_grad=wants)
    sent.grad = torch.ones(3)
    got = unpack(pack([sent]))[0]
    assert type(got) is torch.nn.Parameter
    assert (got.requires_grad, got.is_leaf) == (wants, True)
    assert torch.equal(got.detach(), sent.detach())
    assert torch.equal(got.grad, sent.grad)


@pytest.mark.parametrize(
    "content",
    [
        [],
        ["m", "C"],
        ["m", "C", [1]],
        ["m", 3, {}],
        ["m", "C", {"a b": b"\x01"}],
        ["m", "C", {1: b"\x01"}],
        ["m", "C", {"x": 1}],
        ["m", "C", {"x": pack(object(), Numbered())}],
        ["m", "C", {"x": pack([object()], Numbered())}],
    ],
)
def test_an_instance_is_a_class_and_a_state_of_plain_values(content):
    data = msgpack.packb(msgpack.ExtType(INSTANCE, msgpack.packb(content)))
    for ends in (None, Numbered()):
        with pytest.raises(WireError):
            unpack(data, ends)


def test_a_subclass_does_not_cross_by_value():
    class Liar(float):
        def __eq__(self, other):
            return True

        __hash__ = float.__hash__

    class Matrix(np.ndarray):
        pass

    Matrix.__module__ = "__main__"  # as of a notebook

    class Special(torch.nn.Parameter):
        pass

    for liar in (Liar(1), np.zeros(3).view(Matrix), Special(torch.ones(1))):
        with pytest.raises(CannotCross):
            pack(liar)
        [handle] = unpack(pack([liar], Numbered()), Numbered())
        assert handle == (5, type(liar).__name__)


def test_objects_cross_as_handles():
    for obj in (print, object(), np.array([object()]), Whole([1])):
        assert unpack(pack(obj, Numbered(7)), Numbered())[0] == 7


def test_what_has_no_end_does_not_cross():
    cycle, deep, nested = [], [], ()
    cycle.append(cycle)
    for _ in range(2000):
        deep = [deep]
    for _ in range(MAX_DEPTH):
        nested = (nested,)
    for obj in (cycle, {"a": cycle}, deep, nested, [1, {2: nested}]):
        for ends in (None, Numbered(7)):
            with pytest.raises(Endless):
                pack(obj, ends)
    assert unpack(pack(nested[0][0])) == nested[0][0]


def test_a_value_nested_too_deeply_is_refused():
    data = pack(1)
    for _ in range(MAX_DEPTH + 1):
        data = msgpack.packb(msgpack.ExtType(1, msgpack.packb([1]) and b"\x91" + data))
    with pytest.raises(WireError):
        unpack(data)


@pytest.mark.parametrize(
    "content",
    [
        ["|O", [1], b"12345678"],  # an array of pointers
        ["<f8", [2**40], b""],  # a shape without its data
        ["<f8", [-1], b"12345678"],
        ["<f8", [[1]], b"12345678"],
        ["<M8[s]", [1], b"12345678"],
        "no list",
    ],
)
def test_an_array_outside_the_table_is_refused(content):
    with pytest.raises(WireError):
        unpack(msgpack.packb(msgpack.ExtType(2, msgpack.packb(content))))


def test_a_handle_is_refused_where_none_is_expected():
    with pytest.raises(WireError):
        unpack(msgpack.packb(msgpack.ExtType(HANDLE, msgpack.packb([0, "x"]))))


def test_frames_have_limits_in_size_and_time():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        channel = Channel(ours, max_frame=10)
        with pytest.raises(TimeoutError):
            channel.receive(time.monotonic() + 0.05)
        with pytest.raises(CannotCross):
            channel.send(b"D", bytes(11))
        Channel(theirs).send(b"D", bytes(11))
        with pytest.raises(WireError):
            channel.receive(time.monotonic() + 1)


def test_the_end_of_a_connection_is_told():
    ours, theirs = socket.socketpair()
    theirs.close()
    with ours, pytest.raises(EOFError):
        Channel(ours).receive()


def test_a_frame_in_pieces_is_put_together_and_nothing_behind_it_is_read():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        channel, payload = Channel(ours), bytes(range(256)) * 9000
        sender = threading.Thread(target=Channel(theirs).send, args=(b"D", payload))
        sender.start()
        assert channel.receive(time.monotonic() + 10) == (b"D", payload)
        sender.join()
        for byte in struct.pack("<IB", 2, ord("D")) + b"ab":
            theirs.send(bytes([byte]))
        Channel(theirs).send(b"V", b"next")
        assert channel.receive() == (b"D", b"ab")
        assert Channel(ours).receive() == (b"V", b"next")  # by whom it may concern


def test_one_byte_at_a_time_does_not_outlast_a_deadline():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        stop = threading.Event()

        def trickle():
            theirs.send(struct.pack("<IB", 10**6, ord("D")))
            while not stop.wait(0.001):
                theirs.send(b"x")

        sender = threading.Thread(target=trickle)
        sender.start()
        start = time.monotonic()
        with pytest.raises(TimeoutError):
            Channel(ours).receive(start + 0.2)
        stop.set()
        sender.join()
        assert time.monotonic() < start + 5


def test_who_does_not_listen_does_not_hold_a_sender_up():
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(TimeoutError):
        Channel(ours).send(b"D", bytes(10**7), time.monotonic() + 0.1)
