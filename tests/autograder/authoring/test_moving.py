"""docs/moving.md says what of other courses' tests crosses, and what to write instead of the rest:
rows of its tables, built by the user's command."""

import json
from typing import NamedTuple

import pytest

from autograder import cli
from tests.conftest import small_course

pytestmark = pytest.mark.slow


class Example(NamedTuple):
    """An assignment of three cells; `plain` where the first has no marks of nbgrader's."""

    setup: str
    answer: str
    test: str
    plain: bool = False


DRAW = """def draw():
    fig, ax = plt.subplots()
    ax.set_title("a line")
    ax.plot([1, 2])
    return ax"""
NET = """class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 1)
    def forward(self, x):
        return self.fc(x)"""
PYPLOT = "import matplotlib.pyplot as plt"
CROSSES = {
    "a name from a cell without marks": Example(
        "import numpy as np",
        "def f():\n    return np.zeros(3)",
        "assert f().shape == (3,) and np.sum(f()) == 0",
        plain=True,
    ),
    "an import in a solution cell": Example(
        "",
        "import numpy as np\ndef f():\n    return np.zeros(3)",
        "assert f().shape == (3,) and np.sum(f()) == 0",
    ),
    "a variable": Example("", "size = 3", "assert size == 3"),
    "a function of the test's": Example(
        "", "def apply(g, x):\n    return g(x)", "assert apply(lambda v: v + 1, 2) == 3"
    ),
    "a kind of number": Example(
        "import numpy as np",
        "def make(kind):\n    return np.ones(2, kind)",
        "assert make(np.int32).dtype == np.int32",
    ),
    "an object of a class that both have": Example(
        "class Point:\n    def __init__(self, x):\n        self.x = x",
        "def double(p):\n    return Point(2 * p.x)",
        "assert double(Point(2)).x == 4",
    ),
    "an answer that is deleted": Example(
        "import pytest",
        "def inner():\n    return 2\ndef outer():\n    return inner() + 1",
        "assert outer() == 3\ndel inner\ntry:\n    outer()\nexcept NameError:\n    pass\n"
        "else:\n    raise AssertionError('it does not use inner')",
    ),
    "what is printed": Example(
        "import io\nfrom contextlib import redirect_stdout",
        "def hello():\n    print('hello')",
        "out = io.StringIO()\nwith redirect_stdout(out):\n    hello()\n"
        "assert out.getvalue().strip() == 'hello'",
    ),
    "what is asked": Example(
        "from unittest.mock import patch",
        "def ask():\n    return input('name? ')",
        "with patch('builtins.input', return_value='ada'):\n    assert ask() == 'ada'",
    ),
    "what a class has": Example(
        "",
        "class Person:\n    def add(self):\n        return 1",
        "assert 'add' in dir(Person) and Person().add() == 1",
    ),
    "an object's text": Example(
        "", "class P:\n    def __repr__(self):\n        return 'P'", "assert repr(P()) == 'P'"
    ),
    "an object's class": Example(
        "", "class P:\n    x = 1", "assert isinstance(P(), P) and P().x == 1"
    ),
    "an array that an answer writes into": Example(
        "import numpy as np\na = np.arange(9)", "a[-1] = 20", "assert a[-1] == 20", plain=True
    ),
    "a figure": Example(
        PYPLOT, DRAW, "ax = draw()\nassert ax.get_title() == 'a line' and len(ax.lines) == 1"
    ),
    "a file of the answer's": Example(
        "",
        "def save():\n    open('out.txt', 'w').write('7')",
        "save()\nassert open('out.txt').read() == '7'",
    ),
    "a counter": Example(
        "",
        "calls = 0\ndef tick():\n    global calls\n    calls += 1",
        "tick()\nassert calls == 1",
    ),
    "a data frame": Example(
        "import pandas as pd",
        "def total(frame):\n    return frame['a'].sum()",
        "assert total(pd.DataFrame({'a': [1, 2]})) == 3",
    ),
    "a module of PyTorch's": Example(
        "import torch\nfrom torch import nn",
        NET,
        "net = Net()\nassert isinstance(net, nn.Module)\n"
        "assert net(torch.ones(3, 2)).shape == (3, 1)",
    ),
}


class Refused(NamedTuple):
    """Words of the refusal; whether `shared` is proposed for it, and builds."""

    example: Example
    words: str
    shared: bool = True


DOES_NOT = {
    "a class of the test's": Refused(
        Example("", "def x_of(p):\n    return p.x", "class P:\n    x = 3\nassert x_of(P()) == 3"),
        "define the class in a locked cell",
    ),
    "a name that only the test sets": Refused(
        Example("", "def area(r):\n    return PI * r", "PI = 3\nassert area(1) == 3"),
        "name 'PI' is not defined",
    ),
    "a seed": Refused(
        Example(
            "import numpy as np",
            "def draw():\n    return np.random.rand()",
            "np.random.seed(4)\na = draw()\nnp.random.seed(4)\nassert a == np.random.rand()",
        ),
        "hand over a generator",
    ),
    "writing into an object": Refused(
        Example(
            "",
            "class Net:\n    rate = 1\n    def step(self):\n        return self.rate\nnet = Net()",
            "net.rate = 5\nassert net.step() == 5",
        ),
        "a test cannot write into it",
    ),
    "a file of the test's": Refused(
        Example(
            "",
            "def load():\n    return open('in.txt').read()",
            "open('in.txt', 'w').write('7')\nassert load() == '7'",
        ),
        "No such file or directory: 'in.txt'",
    ),
    "the source": Refused(
        Example(
            "import inspect",
            "def f():\n    return 1",
            "assert 'for' not in inspect.getsource(f)\nassert f() == 1",
        ),
        "got Handle",
    ),
    "the signature": Refused(
        Example(
            "import inspect",
            "def f(a, b=2):\n    return a",
            "assert list(inspect.signature(f).parameters) == ['a', 'b']\nassert f(1) == 1",
        ),
        "cannot be compared",
    ),
    "a checker that wants the real object": Refused(
        Example(
            f"{PYPLOT}\nfrom matplotlib.axes import Axes",
            DRAW,
            "ax = draw()\nassert type(ax) is Axes and len(ax.get_children()) > 3",
        ),
        "ask isinstance(x, Net)",
    ),
    "a library that is patched": Refused(
        Example(
            "import numpy as np",
            "def solve(a, b):\n    return b / a",
            "np.linalg.solve = None\nassert solve(2, 4) == 2",
        ),
        '`[[rules]]`, `forbid = ["numpy.linalg.solve"]`, `fails = ["t"]`',
        shared=False,
    ),
    "a cell magic": Refused(
        Example("", "def f():\n    return 1", "%%capture out\nassert f() == 1"),
        "runs code inside of %%capture",
        shared=False,
    ),
}


def built(folder, example, settings=""):
    cells = [("setup", "" if example.plain else "locked", example.setup)]
    cells += [("answer", "solution", example.answer), ("t", "test", example.test)]
    course = small_course(folder, cells)
    text = " ".join(example[:3])
    packages = [
        name for name in ("matplotlib", "numpy", "pandas", "pytest", "torch") if name in text
    ]
    written = f"{settings}\npackages = {json.dumps(packages)}\n[limits]\nmemory_mb = 4096\n"
    (course.solutions / "t" / "assignment.toml").write_text(written)
    return cli.main(["build", "t", "--course", str(folder)])


@pytest.mark.parametrize("kind", CROSSES)
@pytest.mark.sample(3)
def test_a_kind_that_crosses_builds_as_it_is(tmp_path, kind):
    assert built(tmp_path, CROSSES[kind]) == 0


@pytest.mark.parametrize("kind", DOES_NOT)
def test_a_kind_that_does_not_is_refused_with_what_to_do(tmp_path, capsys, kind):
    example, words, shared = DOES_NOT[kind]
    assert built(tmp_path, example) == (3 if shared else 2)
    said = capsys.readouterr().err
    assert words in said
    assert ('shared = ["t"]' in said) == shared


@pytest.mark.parametrize("kind", [kind for kind, row in DOES_NOT.items() if row.shared])
def test_what_is_proposed_to_be_shared_builds_so(tmp_path, kind):
    assert built(tmp_path, DOES_NOT[kind].example, 'shared = ["t"]') == 0
