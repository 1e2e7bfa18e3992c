"""What a test does beside the student's code in vain is told, with what to do instead."""

import contextlib
import io
import re

import pytest

from autograder import cli
from tests.conftest import small_course

ANSWER = """from dataclasses import dataclass
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 1)
        self.tied = self.fc
        self.scale = np.ones(2)
    def forward(self, x):
        return self.fc(x)
@dataclass
class Point:
    x: int
    y: int
def noise():
    return np.random.normal(size=2)
def torch_noise():
    return torch.randn(2)
def apply(layer, x):
    return x * layer.factor
def total(net):
    return float(net.fc.weight.sum())"""
TESTS = {
    "optimiser": (
        "net = Net()\nwas = total(net)\n"
        "optimizer = torch.optim.SGD(net.parameters(), 0.5)\n"
        "net(torch.ones(1, 2)).sum().backward()\noptimizer.step()\nassert total(net) != was",
        "let the answer make it and step",
    ),
    "fill": (
        "net = Net()\nwith torch.no_grad():\n    net.fc.weight.fill_(1.0)\nassert total(net) == 2",
        "let a function of the answer write",
    ),
    "index": (
        "net = Net()\nnet.scale[0] = 5\nassert net.scale[0] == 5",
        "hand the array over as an argument",
    ),
    "seed": (
        "np.random.seed(4)\na = noise()\nnp.random.seed(4)\nassert np.array_equal(a, noise())",
        "hand over a generator (np.random.default_rng(4))",
    ),
    "torch-seed": (
        "torch.manual_seed(4)\na = torch_noise()\ntorch.manual_seed(4)\n"
        "assert torch.equal(a, torch_noise())",
        "let a function of the answer take the seed",
    ),
    "fields": (
        "import dataclasses\nassert len(dataclasses.fields(Point(1, 2))) == 2",
        "ask for each by its name (point.x)",
    ),
    "asdict": (
        "from dataclasses import asdict\nassert asdict(Point(1, 2)) == {'x': 1, 'y': 2}",
        "or define the class in a locked cell",
    ),
    "type": ("assert type(Net()) is Net", "ask isinstance(x, Net)"),
    "type-name": ("assert type(Point(1, 2)).__name__ == 'Point'", "ask isinstance(x, Net)"),
    "tied": (
        "net = Net()\nassert net.fc.weight is net.tied.weight",
        "let a function of the answer say whether two are one",
    ),
    "own-class": (
        "class Double(nn.Module):\n    factor = 2\nassert apply(Double(), 3) == 6",
        "define the class in a locked cell, which both have",
    ),
}  # fmt: skip


@pytest.fixture(scope="module", params=["build", "check"])
def told(request, tmp_path_factory):
    """What a command says of each test, all of them in one notebook."""
    cells = [
        ("setup", "locked", "import numpy as np\nimport torch\nfrom torch import nn"),
        ("q", "solution", ANSWER),
        *((f"t_{name}", "test", source) for name, (source, _) in TESTS.items()),
    ]
    course = small_course(tmp_path_factory.mktemp("afar"), cells)
    settings = course.root / "solutions" / "t" / "assignment.toml"
    settings.write_text('packages = ["numpy", "torch"]\n[limits]\nmemory_mb = 4096\n')
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        assert cli.main([request.param, "t", "--course", str(course.root)]) == 3
    return said.getvalue()


@pytest.mark.parametrize("name", TESTS)
def test_what_does_not_reach_the_students_process_is_refused_with_what_to_do(told, name):
    _, advice = TESTS[name]
    [line] = [line for line in told.splitlines() if f"t_{name}" in re.split("[ :]", line)]
    assert advice in line
