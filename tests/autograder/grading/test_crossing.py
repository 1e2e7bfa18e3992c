"""What a test may do with an answer in another process: each kind with a right and a wrong one."""

import pytest

APPLY = ("f", "solution", "def apply(f, *args):\n    return f(*args)")
KINDS = {
    "a lambda of the test's": (
        [APPLY, ("t", "test", "k = 3\nassert apply(lambda v: v + k, 2) == 5")],
        {"f": "def apply(f, *args):\n    return f(*args) + 1"},
    ),
    "a function of the test's that is called for each element": (
        [
            ("f", "solution", "def total(f, xs):\n    return sum(f(x) for x in xs)"),
            ("t", "test", "calls = []\nassert total(lambda x: calls.append(x) or x, [1, 2]) == 3\n"
             "assert calls == [1, 2]"),
        ],
        {"f": "def total(f, xs):\n    return sum(xs)"},
    ),
    "a function of a library": (
        [APPLY, ("t", "test", "import math\nassert apply(math.hypot, 3.0, 4.0) == 5")],
        {"f": "def apply(f, *args):\n    return 4"},
    ),
    "a ufunc and a type of NumPy's": (
        [
            ("f", "solution", "def cast(f, kind):\n    return f(4.0).astype(kind)"),
            ("t", "test", "import numpy as np\nassert cast(np.sqrt, np.int32).dtype == np.int32"),
        ],
        {"f": "import numpy as np\ndef cast(f, kind):\n    return f(4.0).astype(float)"},
    ),
    "a kind of numbers": (
        [
            ("f", "solution", "import numpy as np\ndef ones(kind):\n    return np.ones(2, kind)"),
            ("t", "test", "import numpy as np\nassert ones(np.dtype('f4')).dtype == np.float32"),
        ],
        {"f": "import numpy as np\ndef ones(kind):\n    return np.ones(2)"},
    ),
    "a kind of numbers that the answer gives": (
        [
            ("f", "solution", "import numpy as np\ndef kind(x):\n    return x.dtype"),
            ("t", "test", "import numpy as np\nassert kind(np.ones(2, 'f4')) == np.float32"),
        ],
        {"f": "import numpy as np\ndef kind(x):\n    return np.dtype('f8')"},
    ),
    "an answer that keeps a function and calls it later": (
        [
            ("f", "solution", "class Layer:\n    def __init__(self, f):\n        self.f = f\n\n"
             "    def forward(self, x):\n        return self.f(x)"),
            ("t", "test", "layer = Layer(lambda x: max(x, 0))\n"
             "assert (layer.forward(-2), layer.forward(2)) == (0, 2)"),
        ],
        {"f": "class Layer:\n    def __init__(self, f):\n        self.f = f\n\n"
         "    def forward(self, x):\n        return x"},
    ),
    "an answer that gives back what it was given": (
        [
            ("f", "solution", "def best(fs, x):\n    return max(fs, key=lambda f: f(x))"),
            ("t", "test", "double, square = (lambda x: 2 * x), (lambda x: x * x)\n"
             "assert best([double, square], 3) is square"),
        ],
        {"f": "def best(fs, x):\n    return fs[0]"},
    ),
    "functions that are called by one another": (
        [
            ("f", "solution", "def compose(f, g):\n    return lambda x: f(g(x))"),
            ("t", "test", "h = compose(lambda x: x + 1, compose(lambda x: 2 * x, abs))\n"
             "assert h(-3) == 7"),
        ],
        {"f": "def compose(f, g):\n    return lambda x: g(f(x))"},
    ),
    "a decorator around a function that the test counts": (
        [
            ("f", "solution", "def memoised(f):\n    seen = {}\n    def g(x):\n"
             "        if x not in seen:\n            seen[x] = f(x)\n        return seen[x]\n"
             "    return g"),
            ("t", "test", "n = 0\ndef slow(x):\n    global n\n    n += 1\n    return x * x\n"
             "fast = memoised(slow)\nassert (fast(3), fast(3), n) == (9, 9, 1)"),
        ],
        {"f": "def memoised(f):\n    return lambda x: f(x)"},
    ),
    "an error that the answer has to handle": (
        [
            ("f", "solution", "def attempt(f):\n    try:\n        return f()\n"
             "    except ZeroDivisionError:\n        return None"),
            ("t", "test", "assert attempt(lambda: 1 / 0) is None\nassert attempt(lambda: 3) == 3"),
        ],
        {"f": "def attempt(f):\n    return 3"},
    ),
    "an error that the answer has to let through": (
        [
            ("f", "solution", "def apply(f):\n    return f()"),
            ("t", "test", "def broken():\n    raise KeyError('a')\ntry:\n    apply(broken)\n"
             "    assert False, 'not raised'\nexcept KeyError:\n    pass"),
        ],
        {"f": "def apply(f):\n    try:\n        return f()\n    except Exception:\n        pass"},
    ),
    "what the answer prints": (
        [
            ("f", "solution", "def greet(name):\n    print('Hello', name)"),
            ("t", "test", "import io\nfrom contextlib import redirect_stdout\n"
             "with redirect_stdout(io.StringIO()) as out:\n    greet('Ada')\n"
             "assert out.getvalue() == 'Hello Ada\\n'"),
        ],
        {"f": "def greet(name):\n    print('Hello')"},
    ),
    "what the answer prints in turn with the test": (
        [
            ("f", "solution", "def around(f):\n    print('a')\n    f()\n    print('c')"),
            ("t", "test", "import io\nfrom contextlib import redirect_stdout\n"
             "with redirect_stdout(io.StringIO()) as out:\n    around(lambda: print('b'))\n"
             "assert out.getvalue().split() == ['a', 'b', 'c']"),
        ],
        {"f": "def around(f):\n    f()\n    print('a')\n    print('c')"},
    ),
    "what the answer asks for": (
        [
            ("f", "solution", "def ask():\n    return int(input('How many? ')) + 1"),
            ("t", "test", "from unittest.mock import patch\n"
             "with patch('builtins.input', return_value='3') as asked:\n    assert ask() == 4\n"
             "asked.assert_called_once_with('How many? ')"),
        ],
        {"f": "def ask():\n    input('How many? ')\n    return 3"},
    ),
    "what the answer reads from the test's stdin": (
        [
            ("f", "solution", "def ask():\n    return [input(), input()]"),
            ("t", "test", "import io\nfrom unittest.mock import patch\n"
             "with patch('sys.stdin', io.StringIO('a\\nb\\n')):\n    assert ask() == ['a', 'b']"),
        ],
        {"f": "def ask():\n    return [input(), 'c']"},
    ),
    "an exception of the instructor's": (
        [
            ("given", "locked", "class TooLarge(ValueError):\n    pass"),
            ("f", "solution", "def check(x):\n    if x > 3:\n        raise TooLarge('too large')"),
            ("t", "test", "try:\n    check(4)\n    assert False, 'not raised'\n"
             "except TooLarge as error:\n    assert 'large' in str(error)"),
        ],
        {"f": "def check(x):\n    if x > 4:\n        raise TooLarge('too large')"},
    ),
    "an exception of a library": (
        [
            ("f", "solution", "import numpy as np\ndef solve(a):\n    return np.linalg.inv(a)"),
            ("t", "test", "import numpy as np\ntry:\n    solve(np.zeros((2, 2)))\n"
             "    assert False, 'not raised'\nexcept np.linalg.LinAlgError:\n    pass"),
        ],
        {"f": "def solve(a):\n    return a"},
    ),
    "a date and a fraction": (
        [
            ("f", "solution", "from datetime import timedelta\nfrom fractions import Fraction\n"
             "def f(day, part):\n    return day + timedelta(days=1), part + Fraction(1, 3)"),
            ("t", "test", "from datetime import date\nfrom fractions import Fraction\n"
             "assert f(date(2026, 2, 28), Fraction(1, 6)) == (date(2026, 3, 1), Fraction(1, 2))"),
        ],
        {"f": "def f(day, part):\n    return day, part"},
    ),
    "whether it is an instance of the student's class": (
        [
            ("f", "solution", "class Shape:\n    pass\nclass Box(Shape):\n    pass"),
            ("t", "test", "assert isinstance(Box(), Shape) and not isinstance(3, Shape)\n"
             "assert issubclass(Box, Shape)"),
        ],
        {"f": "class Shape:\n    pass\nclass Box:\n    pass"},
    ),
    "what an object has": (
        [
            ("f", "solution", "class Person:\n    def add(self):\n        pass"),
            ("t", "test", "assert 'add' in dir(Person) and hasattr(Person, 'add')"),
        ],
        {"f": "class Person:\n    pass"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_right_answer_gets_its_points_and_a_wrong_one_none(make_tiny, kind):
    cells, wrong = KINDS[kind]
    tiny = make_tiny(cells)
    right = tiny.grade()
    assert (right.score, right.questions[0].state) == (2, "passed"), right.questions[0].message
    result = tiny.grade(wrong)
    assert (result.score, result.questions[0].state) == (0, "failed"), result.questions[0].message
