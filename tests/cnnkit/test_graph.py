import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cnnkit import viz
from cnnkit.graph import Value

numbers = st.floats(-3, 3).filter(lambda x: abs(x) > 1e-2)
UNARY = {
    "exp": (Value.exp, torch.exp),
    "log": (lambda a: (a * a + 1).log(), lambda a: (a * a + 1).log()),
    "tanh": (Value.tanh, torch.tanh),
    "sigmoid": (Value.sigmoid, torch.sigmoid),
    "relu": (Value.relu, torch.relu),
    "square": (lambda a: a**2, lambda a: a**2),
    "inverse": (lambda a: a**-1, lambda a: a**-1),
    "constants": (lambda a: 1 - 2 / (3 + a * a) - -a, lambda a: 1 - 2 / (3 + a * a) - -a),
}
BINARY = {
    "add": (lambda a, b: a + b,) * 2,
    "sub": (lambda a, b: a - b,) * 2,
    "mul": (lambda a, b: a * b,) * 2,
    "div": (lambda a, b: a / b,) * 2,
    "max": (Value.maximum, torch.maximum),
}


def agree(ours, theirs):
    return ours == pytest.approx(theirs, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("name", UNARY)
@given(x=numbers)
def test_an_operation_of_one_agrees_with_pytorch(name, x):
    ours, theirs = UNARY[name]
    a, b = Value(x), torch.tensor(x, dtype=torch.float64, requires_grad=True)
    y, z = ours(a), theirs(b)
    y.backward()
    z.backward()
    assert agree(y.data, z.item())
    assert agree(a.grad, b.grad.item())


@pytest.mark.parametrize("name", BINARY)
@given(x=numbers, y=numbers)
def test_an_operation_of_two_agrees_with_pytorch(name, x, y):
    ours, theirs = BINARY[name]
    a, b = Value(x), Value(y)
    c, d = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (x, y))
    f, g = ours(a, b), theirs(c, d)
    f.backward()
    g.backward()
    assert agree(f.data, g.item())
    assert agree(a.grad, c.grad.item())
    assert agree(b.grad, d.grad.item())


def test_the_lectures_product_of_a_sum():
    x, y, z = Value(-2, "x"), Value(5, "y"), Value(-4, "z")
    q = x + y
    f = q * z
    f.backward()
    assert (q.data, f.data) == (3, -12)
    assert (x.grad, y.grad, z.grad) == (-4, -4, 3)


def test_the_lectures_neuron_node_by_node_and_with_the_sigmoid_as_one_node():
    def inputs():
        return [Value(v) for v in (2, -1, -3, -2, -3)]

    w0, x0, w1, x1, w2 = steps = inputs()
    f = 1 / (1 + (-(w0 * x0 + w1 * x1 + w2)).exp())
    f.backward()
    w0, x0, w1, x1, w2 = at_once = inputs()
    (w0 * x0 + w1 * x1 + w2).sigmoid().backward()
    assert round(f.data, 2) == 0.73
    assert [round(v.grad, 2) for v in steps] == [-0.2, 0.39, -0.39, -0.59, 0.2]
    assert [v.grad for v in at_once] == pytest.approx([v.grad for v in steps])


def test_a_node_used_several_times_adds_up_its_gradients():
    x = Value(3)
    y = x * x + x + x
    y.backward()
    assert x.grad == 8
    y.backward()
    assert x.grad == 8, "a second backward starts over"


def test_a_chain_of_ten_thousand_nodes_works():
    x = y = Value(1.0)
    for _ in range(10_000):
        y = y * 1.0001
    y.backward()
    assert x.grad == pytest.approx(1.0001**10_000)
    assert len(y.nodes()) == 20_001


def test_ties_and_kinks_are_pytorchs():
    a, b = Value(2), Value(2)
    a.maximum(b).backward()
    assert (a.grad, b.grad) == (0.5, 0.5)
    zero = Value(0)
    zero.relu().backward()
    assert zero.grad == 0


def test_what_is_no_number_stays_none():
    nan, one = Value(math.nan), Value(1.0)
    for result in (nan.relu(), nan.maximum(one), one.maximum(nan), nan.tanh(), nan.sigmoid()):
        assert math.isnan(result.data)


def test_a_root_of_0_has_an_infinite_slope_and_tiny_numbers_can_be_divided_by_as_in_pytorch():
    for f, values in [(lambda a, b: a**0.5, (0.0, 1.0)), (lambda a, b: a / b, (1e-200, 1e-200))]:
        ours = [Value(x) for x in values]
        theirs = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in values]
        y, z = f(*ours), f(*theirs)
        y.backward()
        z.backward()
        assert agree(y.data, z.item())
        for a, b in zip(ours, theirs, strict=True):
            assert a.grad == pytest.approx(0.0 if b.grad is None else b.grad.item(), rel=1e-12)


def test_great_arguments_do_not_overflow():
    assert Value(1000).sigmoid().data == 1
    assert Value(-1000).sigmoid().data == 0


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (lambda: Value("1"), TypeError, "expected a number, got str"),
        (lambda: Value(0).log(), ValueError, "log needs a positive number, got 0"),
        (lambda: Value(2) ** Value(2), TypeError, "the exponent must be a constant"),
        (lambda: Value(2) + "1", TypeError, "expected a number, got str"),
        (lambda: Value(2) / 0, ZeroDivisionError, "division"),
    ],
)
def test_what_cannot_be_computed_is_refused(wrong, error, message):
    with pytest.raises(error, match=message):
        wrong()


def test_a_value_shows_itself():
    x = Value(math.pi, "x")
    assert repr(x) == "Value(3.14159, 'x', grad=0)"


def test_the_picture_holds_every_value_and_gradient():
    from cnnkit.viz import graph_picture

    x, y, z = Value(-2, "x"), Value(5, "y"), Value(-4, "z")
    f = (x + y) * z
    f.backward()
    texts = [text.get_text() for text in graph_picture(f).axes[0].texts]
    for shown in ("x", "y", "z", "v₁ = x + y", "v₂ = v₁ × z", "−2", "5", "−4", "3", "−12"):
        assert shown in texts
    for gradient in ("∂v₂/∂x = −4", "∂v₂/∂y = −4", "∂v₂/∂z = 3", "∂v₂/∂v₁ = −4", "∂v₂/∂v₂ = 1"):
        assert gradient in texts


def test_a_picture_that_nobody_could_read_is_refused():
    from cnnkit.viz import graph_picture

    y = Value(1)
    for _ in range(60):
        y = y + 1
    with pytest.raises(ValueError, match="at most 60 nodes"):
        graph_picture(y)


def test_a_local_derivative_that_was_used_stays_and_the_last_step_has_them_all():
    x, y, z = Value(-2, "x"), Value(5, "y"), Value(-4, "z")
    output = (x + y) * z
    output.backward()
    slopes = [
        [text.get_text() for text in viz.graph_picture(output, step).axes[0].texts]
        for step in range(2 * len(output.nodes()))
    ]
    shown = [sum(text.startswith("×") for text in texts) for texts in slopes]
    assert shown[: len(output.nodes()) + 1] == [0] * (len(output.nodes()) + 1)
    assert shown == sorted(shown)
    assert shown[-1] == 4
