"""Assignments as a new instructor sets them, by the user's commands: each builds, a right answer in
another style keeps all its points, and a wrong one loses those of its question and no others."""

import contextlib
import io
import json

import pytest

from autograder import cli
from tests.conftest import notebook, small_course

CONTEXT = """class Mode:
    active = False
    def __enter__(self):
        self.active = True
        return self
    def __exit__(self, kind, error, traceback):
        self.active = False
        return kind is ZeroDivisionError"""
CONTEXT_TEST = """mode = Mode()
with mode as got:
    assert got.active
    1 / 0
assert not mode.active
try:
    with mode:
        raise KeyError
except KeyError:
    pass
else:
    raise AssertionError("only a division by zero is swallowed")"""
VALUE = """class Value:
    def __init__(self, data):
        self.data = data
    def __add__(self, other):
        return Value(self.data + getattr(other, "data", other))
    __radd__ = __add__
    def __eq__(self, other):
        return isinstance(other, Value) and self.data == other.data
    def __hash__(self):
        return hash(self.data)
    def __lt__(self, other):
        return self.data < other.data
    def __bool__(self):
        return self.data != 0
    def __contains__(self, digit):
        return str(digit) in str(self.data)
    def __float__(self):
        return float(self.data)
    def __repr__(self):
        return f"Value({self.data})"
"""
VALUE_TEST = """a, b = Value(1), Value(2)
assert a + b == Value(3) and a != b and a < b
assert (5 + a).data == 6 and sum([a, b]).data == 3
assert [v.data for v in sorted([Value(3), b, a])] == [1, 2, 3]
assert a and not Value(0) and float(b) == 2.0 and 4 in Value(345)
assert len({Value(1), Value(1), b}) == 2
assert repr(b) == "Value(2)" and f"{a}" == "Value(1)\""""
BATCHES = """def batches(items, size):
    for i in range(0, len(items), size):
        yield items[i:i + size]"""
BATCHES_TEST = """import types
some = batches([1, 2, 3], 2)
assert isinstance(some, types.GeneratorType)
assert next(some) == [1, 2] and next(some) == [3]
try:
    next(some)
except StopIteration:
    pass
else:
    raise AssertionError("there are two batches")"""
SAMPLE = "def sample(rng, n):\n    return rng.normal(size=n)"
SAMPLE_TEST = """a, b = np.random.default_rng(3), np.random.default_rng(3)
np.testing.assert_array_equal(sample(a, 4), b.normal(size=4))
np.testing.assert_array_equal(sample(a, 2), b.normal(size=2))
assert a.random() == b.random()"""
MASK = "def mask(x):\n    return np.ma.masked_less(x, 0)"
MASK_TEST = """m = mask(np.array([-1, 2, 3]))
assert m.mean() == 2.5 and m.count() == 2 and m.mask.tolist() == [True, False, False]"""
TRAIN = """def train(model, loader, optimizer, loss_of, epochs, scheduler=None):
    history = []
    for _ in range(epochs):
        total = 0.0
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_of(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
        if scheduler is not None:
            scheduler.step()
        history.append(total / 20)
    return history"""
TRAIN_TEST = """torch.manual_seed(5)
x, y = torch.randn(20, 2), torch.randint(0, 3, (20,))
loader = DataLoader(TensorDataset(x, y), batch_size=8)
mine, theirs = nn.Linear(2, 3), nn.Linear(2, 3)
theirs.load_state_dict(mine.state_dict())
one = torch.optim.Adam(mine.parameters(), lr=0.05)
expected = []
for _ in range(2):
    total = 0.0
    for a, b in loader:
        one.zero_grad()
        loss = nn.functional.cross_entropy(mine(a), b)
        loss.backward()
        one.step()
        total += loss.item() * len(a)
    expected.append(total / 20)
two = torch.optim.Adam(theirs.parameters(), lr=0.05)
steps = torch.optim.lr_scheduler.StepLR(two, step_size=2, gamma=0.1)
got = train(theirs, loader, two, nn.CrossEntropyLoss(), 2, steps)
torch.testing.assert_close(torch.tensor(got), torch.tensor(expected))
torch.testing.assert_close(theirs.weight, mine.weight)
assert abs(two.param_groups[0]["lr"] - 0.005) < 1e-9 and steps.last_epoch == 2
assert two.state[theirs.bias]["step"] == 6
train(theirs, loader, two, lambda p, t: (p - 7).abs().mean(), 1)
assert two.state[theirs.bias]["step"] == 9"""
GRADIENT = """def gradient(f, x):
    x = x.clone().requires_grad_(True)
    f(x).sum().backward()
    return x.grad"""
GRADIENT_TEST = """x = torch.linspace(-1, 1, 5)
torch.testing.assert_close(gradient(torch.sin, x), torch.cos(x))
torch.testing.assert_close(gradient(lambda t: t**3, x), 3 * x**2)
assert x.grad is None and not x.requires_grad"""
FREEZE = """def transfer(model, n):
    for p in model.parameters():
        p.requires_grad = False
    model[-1] = nn.Linear(model[-1].in_features, n)
    return model"""
FREEZE_TEST = """model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 10))
out = transfer(model, 3)
assert out[-1].out_features == 3 and out(torch.zeros(1, 4)).shape == (1, 3)
assert [p.requires_grad for p in model.parameters()] == [False, False, True, True]"""
MAKE = "def make(n):\n    return nn.Sequential(nn.Linear(n, 4), nn.Tanh(), nn.Linear(4, 1))"
MAKE_TEST = """net = make(5)
assert len(net) == 3 and isinstance(net[1], nn.Tanh)
assert net[0].in_features == 5 and net[-1].out_features == 1"""
QUESTIONS = {  # in plain Python and NumPy
    "context": (CONTEXT, CONTEXT_TEST),
    "value": (VALUE, VALUE_TEST),
    "batches": (BATCHES, BATCHES_TEST),
    "sample": (SAMPLE, SAMPLE_TEST),
    "mask": (MASK, MASK_TEST),
}
NETS = {
    "train": (TRAIN, TRAIN_TEST),
    "gradient": (GRADIENT, GRADIENT_TEST),
    "freeze": (FREEZE, FREEZE_TEST),
    "make": (MAKE, MAKE_TEST),
}
RIGHT = {  # what is written otherwise, question by question
    "context": ("return kind is ZeroDivisionError", "return isinstance(error, ZeroDivisionError)"),
    "value": ('isinstance(other, Value) and self.data == other.data', "not self.data - other.data"),
    "batches": ("yield items[i:i + size]", "yield from [items[i : size + i]]"),
    "sample": ("rng.normal(size=n)", "np.array([rng.normal() for _ in range(n)])"),
    "mask": ("np.ma.masked_less(x, 0)", "np.ma.array(x, mask=x < 0)"),
    "train": ("optimizer.zero_grad()", "model.zero_grad()"),
    "gradient": ("f(x).sum().backward()\n    return x.grad",
                 "return torch.autograd.grad(f(x).sum(), x)[0]"),
    "freeze": ("p.requires_grad = False", "p.requires_grad_(False)"),
    "make": ("nn.Linear(n, 4), nn.Tanh(),", "*[nn.Linear(n, 4), nn.Tanh()],"),
}  # fmt: skip
WRONG = {
    "swallows all": ("context", "kind is ZeroDivisionError", "True"),
    "never leaves": ("context", "self.active = False\n        return", "return"),
    "always equal": ("value", "isinstance(other, Value) and self.data == other.data", "True"),
    "the other way round": ("value", "self.data < other.data", "self.data > other.data"),
    "always true": ("value", "self.data != 0", "True"),
    "no right-hand side": ("value", "    __radd__ = __add__\n", ""),
    "a list": ("batches", "        yield items[i:i + size]", "        pass\n    return [items]"),
    "no last batch": ("batches", "len(items), size", "len(items) - size + 1, size"),
    "a generator of its own": ("sample", "rng.normal", "np.random.default_rng(3).normal"),
    "drawn twice": ("sample", "return rng", "rng.random()\n    return rng"),
    "zeros for a mask": ("mask", "np.ma.masked_less(x, 0)", "np.where(x < 0, 0, x)"),
    "gradients add up": ("train", "optimizer.zero_grad()", "pass"),
    "no schedule": ("train", "scheduler.step()", "pass"),
    "an optimiser of its own": ("train", "optimizer.step()",
                                "torch.optim.Adam(model.parameters(), 0.05).step()"),
    "no gradient": ("gradient", "return x.grad", "return x.grad * 0"),
    "in the given tensor": ("gradient", "x.clone().requires_grad_(True)", "x.requires_grad_()"),
    "nothing frozen": ("freeze", "p.requires_grad = False", "pass"),
    "the last layer kept": ("freeze", "model[-1] = nn", "nn"),
    "another activation": ("make", "nn.Tanh()", "nn.ReLU()"),
}  # fmt: skip


def cells_of(questions, setup, changed=("", "", "")):
    """The notebook's cells, with a part of one answer written otherwise."""
    cells = [("setup", "locked", setup)]
    for name, (answer, test) in questions.items():
        if name == changed[0]:
            assert changed[1] in answer
            answer = answer.replace(changed[1], changed[2])
        solution = f"### BEGIN SOLUTION\n{answer}\n### END SOLUTION"
        cells += [(name, "solution", solution), (f"{name}_test", "test", test)]
    return cells


def graded(root, questions, setup, settings=""):
    """Builds, hands everybody's notebooks in and grades; the questions lost, by student."""
    course = small_course(root, cells_of(questions, setup))
    (course.solutions / "t" / "assignment.toml").write_text(settings)
    assert cli.main(["build", "t", "--course", str(course.root)]) == 0
    students = {name: (q, old, new) for name, (q, old, new) in WRONG.items() if q in questions}
    students |= {f"another {q}": (q, *RIGHT[q]) for q in questions}
    for name, changed in students.items():
        folder = course.root / "submitted" / name.replace(" ", "_") / "t"
        folder.mkdir(parents=True)
        (folder / "t.ipynb").write_bytes(notebook(cells_of(questions, setup, changed)))
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        assert cli.main(["grade", "t", "--json", "--course", str(course.root)]) == 0
    results = map(json.loads, printed.getvalue().splitlines())
    return {
        result["student"].replace("_", " "): {
            q["id"]: q["message"] for q in result["questions"] if q["score"] == 0
        }
        for result in results
    }


@pytest.fixture(scope="module")
def lost(tmp_path_factory):
    numpys = 'packages = ["numpy"]\n'
    nets = 'packages = ["torch"]\n[limits]\nmemory_mb = 4096\ncell_seconds = 20\n'
    imports = (
        "import torch\nfrom torch import nn\nfrom torch.utils.data import DataLoader, TensorDataset"
    )
    root = tmp_path_factory.mktemp("strangers")
    return graded(root / "plain", QUESTIONS, "import numpy as np", numpys) | graded(
        root / "nets", NETS, imports, nets
    )


@pytest.mark.parametrize("question", [*QUESTIONS, *NETS])
def test_a_right_answer_in_another_style_keeps_all_its_points(lost, question):
    assert lost[f"another {question}"] == {}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_answer_loses_its_own_question_and_no_other(lost, name):
    assert set(lost[name]) == {f"{WRONG[name][0]}_test"}, lost[name]
