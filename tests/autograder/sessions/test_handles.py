"""A student's objects in a test: used from afar, never compared."""

import math

import numpy as np
import pytest
import torch

from autograder.sessions.changes import read_answer
from autograder.sessions.channel import CannotCross, WireError
from autograder.sessions.handles import Handle, HandleError, StudentError, student_error
from autograder.sessions.news import NO_NEWS, checked_news
from autograder.sessions.objects import ObjectTable
from autograder.sessions.questions import Questions
from autograder.sessions.wire import pack, unpack


class Far(Questions):
    """Both ends in one process: requests are carried out at once."""

    def __init__(self, **namespace):
        self.space = {}
        super().__init__(None, None, {"math", "numpy"}, (), self.space)
        self.table = ObjectTable(namespace, self.call_back, lambda name: None, str, ())

    def _answer(self, request):
        return self.table.carry_out(request)

    def call_back(self, number, args, kwargs):
        request = self.table.call_of(number, args, kwargs)
        return self.table.unpack(self.called(request))[1]

    def get(self, name):
        self.space |= self.names([name], [name])
        return self.space[name]


class Layer:
    size = 3

    def __init__(self, weight):
        self.weight = weight

    def __call__(self, x, *, bias=0):
        return self.weight * x + bias

    def __getitem__(self, i):
        return [10, 20, 30][i]

    def __len__(self):
        return 3

    def __iter__(self):
        return iter([Layer(1), Layer(2)])

    def __add__(self, other):
        return Layer(self.weight + (other.weight if isinstance(other, Layer) else other))


def test_values_cross_and_objects_are_used_by_handle():
    far = Far(Layer=Layer, number=4)
    assert far.get("number") == 4
    layer = far.get("Layer")(np.array([2.0, 3.0]))
    assert isinstance(layer, Handle)
    np.testing.assert_array_equal(layer(5.0, bias=1), [11.0, 16.0])
    np.testing.assert_array_equal(layer.weight, [2.0, 3.0])
    assert (layer.size, len(layer), layer[1]) == (3, 3, 20)
    assert [each.weight for each in layer] == [1, 2]
    np.testing.assert_array_equal((layer + 1).weight, [3.0, 4.0])
    np.testing.assert_array_equal((layer + layer).weight, [4.0, 6.0])


def test_an_argument_changed_in_place_is_changed_in_the_test_too():
    def double(x, *, out):
        out[...] = 2 * x

    x, out = np.arange(3.0), np.zeros(3)
    Far(double=double).get("double")(x, out=out)
    np.testing.assert_array_equal(out, [0, 2, 4])
    np.testing.assert_array_equal(x, [0, 1, 2])


def test_lists_dictionaries_and_tensors_are_changed_in_the_test_too():
    def step(parameters, state, t):
        for p in parameters:
            p -= 1
        parameters.append(7)
        state["steps"] = state.get("steps", 0) + 1
        t.mul_(2)

    p, t = np.zeros(2), torch.ones(2)
    parameters, state = [p], {"rate": 0.1}
    Far(step=step).get("step")(parameters, state, t)
    assert parameters[0] is p
    assert p.tolist() == [-1, -1]
    assert parameters[1:] == [7]
    assert state == {"rate": 0.1, "steps": 1}
    assert t.tolist() == [2, 2]


def test_an_array_whose_shape_was_set_in_place_is_noticed():
    def flatten(x):
        x.shape = x.size

    with pytest.raises(HandleError, match="changed the shape of an array that it was given"):
        Far(flatten=flatten).get("flatten")(np.zeros((2, 3)))


def test_what_has_no_end_is_told_to_have_none():
    def cycle():
        x = [1]
        x.append(x)
        return x

    def deep():
        x = ()
        for _ in range(40):
            x = (x,)
        return x

    far = Far(cycle=cycle, deep=deep, nothing=None)
    for use in (
        lambda: far.get("cycle")() == [1],
        lambda: far.get("deep")() == (),
    ):
        with pytest.raises(HandleError, match="holds itself, or is nested too deeply"):
            use()
    assert far.get("cycle")()[0] == 1  # the instructor's own, which may be asked
    assert far.get("nothing") is None
    endless = []
    endless.append(endless)
    with pytest.raises(CannotCross, match="a list holds itself"):
        far.get("cycle")(endless)


def test_a_name_is_what_it_is_after_each_call():
    space = {"calls": 0, "log": [], "w": np.zeros(2)}

    def tick():
        space["calls"] += 1
        space["log"].append(space["calls"])
        space["w"] = space["w"] + 1

    far = Far(tick=tick)
    far.table.namespace |= space
    space = far.table.namespace
    far.space |= far.names(["tick", "calls", "log", "w"], ["tick", "calls", "log", "w"])
    log, w = far.space["log"], far.space["w"]
    far.space["tick"]()
    far.space["tick"]()
    assert (far.space["calls"], far.space["log"]) == (2, [1, 2])
    assert far.space["log"] is log
    assert (far.space["w"].tolist(), w.tolist()) == ([2, 2], [0, 0])


@pytest.mark.parametrize(
    "news",
    [
        *("", ["", {}, {}], ["", {}, {}, "1"], [b"", {}, {}, 0], ["", [], {}, 0]),
        *(["", {1: []}, {}, 0], ["", {"w": 3}, {}, 0], ["", {"w": [1, 2]}, {}, 0]),
        *(["", {}, {"a": "b"}, 0], ["", {}, {"a": 1.5}, 0], ["", {}, {1: b""}, 0]),
    ],
)
def test_malformed_news_are_refused(news):
    with pytest.raises(WireError):
        checked_news(news)
    checked_news(NO_NEWS)


@pytest.mark.parametrize("changed", [[[0, 1]], [[0, [1, 2]]], [[5, "x"]], [[1, "x"]], [[0, {}]]])
def test_an_argument_cannot_be_changed_into_something_else(changed):
    data = pack(["value", None, changed])
    with pytest.raises(WireError):
        read_answer(data, unpack, id, [np.zeros(2), "text"])


@pytest.mark.parametrize(
    "use",
    [
        lambda h: h == 1,
        lambda h: h != 1,
        lambda h: h < 1,
        lambda h: np.asarray(h),
        lambda h: h.__setitem__(0, 1),
        lambda h: np.testing.assert_allclose(h, 1),
    ],
)
def test_a_handle_is_never_compared_with_a_value_of_the_tests(use):
    with pytest.raises((HandleError, AttributeError)):
        use(Far(layer=Layer(1)).get("layer"))


def test_an_object_of_the_tests_own_cannot_cross():
    with pytest.raises(CannotCross, match="a list_iterator of the test cannot cross"):
        Far(f=len).get("f")([Layer(1)].__iter__())


def test_a_function_of_the_tests_is_called_where_it_stands():
    seen = []
    far = Far(apply=lambda f, *args: f(*args), same=lambda f: f)
    assert far.get("apply")(lambda x: seen.append(x) or 2 * x, 3) == 6
    assert seen == [3]
    assert far.get("apply")(math.hypot, 3.0, 4.0) == 5
    assert far.get("apply")(np.int32, 3).dtype == np.int32
    assert far.get("same")(seen.append) == seen.append


def test_exceptions_are_caught_by_their_own_kind():
    error = student_error("KeyError", "no such key", "the traceback")
    assert isinstance(error, StudentError)
    assert isinstance(error, KeyError)
    assert (str(error), error.traceback) == ("no such key", "the traceback")


@pytest.mark.parametrize(
    ("kind", "base"),
    [
        ("numpy._core._exceptions:_ArrayMemoryError", MemoryError),
        ("numpy.linalg:LinAlgError", np.linalg.LinAlgError),
        ("json.decoder:JSONDecodeError", ValueError),
        ("UnicodeDecodeError", StudentError),
    ],
)
def test_a_librarys_exception_is_caught_as_its_own_or_as_the_one_above_it(kind, base):
    error = student_error(kind, "told", "")
    assert isinstance(error, base)
    assert isinstance(error, StudentError)
    assert str(error) == "told"


@pytest.mark.parametrize("kind", ["StopIteration", "SystemExit", "KeyboardInterrupt", "print", "x"])
def test_an_exception_that_could_end_a_test_early_is_a_plain_error(kind):
    error = student_error(kind, "", "")
    assert type(error) is StudentError


@pytest.mark.parametrize(
    "answer",
    [
        ["value"],
        ["value", 1, [[0, np.zeros(2)]], NO_NEWS],  # no such argument
        ["value", 1, [["x"]], NO_NEWS],
        ["value", 1, []],
        ["pass", 1, [], NO_NEWS],
        {"value": 1},
        7,
    ],
)
def test_a_malformed_answer_is_refused(answer):
    with pytest.raises(WireError):
        read_answer(pack(answer), unpack, id, [])
