"""Objects that say of themselves what a test wants to hear; and honest objects, which may speak."""

import pytest

from tests.conftest import Tiny

CELLS = [
    ("setup", "locked", "import numpy as np"),
    (
        "softmax",
        "solution",
        "def softmax(x):\n    e = np.exp(x)\n    return e / e.sum(axis=1, keepdims=True)",
    ),
    ("sums", "test", "np.testing.assert_allclose(softmax(np.zeros((2, 3))).sum(axis=1), 1)"),
    ("differs", "test", "x = np.ones((2, 3))\nassert abs(softmax(x) - x / 3).max() < 1e-9"),
    ("shape", "test", "assert softmax(np.ones((4, 3))).shape == (4, 3)"),
    ("length", "test", "assert len(softmax(np.ones((4, 3)))) == 4"),
    ("first", "test", "assert abs(softmax(np.ones((4, 4)))[0][0] - 0.25) < 1e-9"),
    ("items", "test", "assert all(abs(row.sum() - 1) < 1e-9 for row in softmax(np.ones((4, 3))))"),
]
LIES = {
    "a subclass of an array": """
class Liar(np.ndarray):
    def sum(self, **options): return np.ones(len(self))
    def max(self): return 0.0
    def __sub__(self, other): return self
    def __abs__(self): return self
    def __getitem__(self, key): return self
def softmax(x): return np.zeros(np.shape(x)).view(Liar)
""",
    "an object with an array's attributes": """
class Liar:
    shape = (4, 3)
    def __len__(self): return 4
    def __getitem__(self, key): return self
    def __iter__(self): return iter([])
    def __sub__(self, other): return self
    def __abs__(self): return self
    def __float__(self): return 0.0
    def max(self): return 0.0
    def sum(self, **options): return np.ones(2)
def softmax(x): return Liar()
""",
    "a class in the function's place": """
class softmax:
    shape = (4, 3)
    def __init__(self, x): pass
    def __len__(self): return 4
    def __sub__(self, other): return 0.0
    def sum(self, **options): return np.ones(2)
""",
    "a subclass of a number in a list": """
class Zero(float):
    def __sub__(self, other): return 0.0
def softmax(x): return [[Zero(9)]]
""",
}


@pytest.fixture(scope="module")
def tiny(make_tiny) -> Tiny:
    return make_tiny(CELLS)


@pytest.mark.parametrize("name", LIES)
def test_an_object_cannot_say_that_it_is_right(tiny, name):
    result = tiny.grade({"softmax": LIES[name]})
    assert [(q.id, q.state) for q in result.questions if q.state == "passed"] == []
    assert result.state == "graded"
    assert tiny.grade().score == result.max_score


def test_what_was_expected_stays_with_the_tests(tiny):
    spy = "seen = []\nclass Spy:\n    def __sub__(self, other):\n        seen.append(other)\n"
    spy += "        return 0.0\ndef softmax(x): return Spy()"
    result = tiny.grade({"softmax": spy}, extra="")
    assert result.score == 0
    message = {q.id: q.message for q in result.questions}["differs"]
    assert "a plain value" in message


CLASSES = [
    (
        "value",
        "solution",
        "class Value:\n    def __init__(self, data): self.data = data\n"
        "    def __add__(self, other): return Value(self.data + getattr(other, 'data', other))\n"
        "    def __mul__(self, other): return Value(self.data * getattr(other, 'data', other))",
    ),
    ("adds", "test", "a, b = Value(2), Value(3)\nassert (a + b * a).data == 8"),
]


def test_an_honest_class_is_asked_what_the_instructors_was(make_tiny):
    tiny = make_tiny(CLASSES)
    assert tiny.grade().score == 2
    other = "class Value:\n    def __init__(self, data): self.__dict__['data'] = data\n"
    other += "    def __add__(a, b): return Value(a.data + b.data)\n"
    other += "    def __mul__(a, b): return Value(a.data * b.data)\n"
    assert tiny.grade({"value": other}).score == 2
    wrong = other.replace("a.data * b.data", "a.data + b.data")
    assert tiny.grade({"value": wrong}).score == 0


def test_a_librarys_containers_arrive_as_plain_ones(make_tiny):
    tiny = make_tiny(
        [
            ("f", "solution", "def f(x):\n    return {'a': x}, [1, 2], (3, 4)"),
            ("t", "test", "d, l, t = f(1)\nassert d == {'a': 1} and l == [1, 2] and t == (3, 4)"),
        ]
    )
    answer = "from collections import OrderedDict, namedtuple\nimport numpy as np\n"
    answer += "def f(x):\n    return OrderedDict(a=x), [1, 2], np.shape(np.zeros((3, 4)))"
    assert tiny.grade({"f": answer}).score == 2


IN_PLACE = [
    ("setup", "locked", "import numpy as np"),
    ("relu", "solution", "def relu(x):\n    return np.maximum(x, 0)"),
    (
        "right",
        "test",
        "x = np.array([-1.0, 2, -3])\nnp.testing.assert_allclose(relu(x), np.where(x > 0, x, 0))",
    ),
    ("untouched", "test", "x = np.array([-1.0])\nrelu(x)\nassert x[0] == -1"),
]


def test_changing_the_arguments_does_not_change_what_is_expected(make_tiny):
    tiny = make_tiny(IN_PLACE)
    assert tiny.grade().score == 4
    forged = tiny.grade({"relu": "def relu(x):\n    x[:] = 0\n    return x"})
    assert [question.state for question in forged.questions] == ["failed", "failed"]
    honest = tiny.grade({"relu": "def relu(x):\n    x[x < 0] = 0\n    return x"})
    assert [question.state for question in honest.questions] == ["passed", "failed"]


def test_an_exercise_in_changing_arguments_works(make_tiny):
    tiny = make_tiny(
        [
            ("f", "solution", "def f(x):\n    x += 1"),
            ("t", "test", "import numpy as np\nx = np.zeros(2)\nf(x)\nassert (x == 1).all()"),
        ]
    )
    assert tiny.grade().score == 2
    assert tiny.grade({"f": "def f(x):\n    x[:] = [1, 1]"}).score == 2
    assert tiny.grade({"f": "def f(x):\n    x = x + 1"}).score == 0


REFUSED = {
    "a NumPy number below zero": ("np.float64(-1)", "1.0 * (mean(x) == 2) + 1.0 * (mean(x) == 2)"),
    "a wrong number, averaged": ("-1.0", "2 * np.mean([mean(x) == 2, mean(x) == 2])"),
    "a NaN": ("float('nan')", "2 - abs(mean(x) - 2)"),
    "a number beyond all floats": ("10**6000", "2 - abs(mean(x) - 2)"),
    "an object that the test catches": (
        "object()",
        "try:\n    v = mean(x) == 2\nexcept Exception: pass",
    ),
    "an object that NumPy catches": ("object()", "assert not np.array_equal(mean(x), x)"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_strange_answer_earns_nothing(make_tiny, name):
    answer, test = REFUSED[name]
    cells = [
        ("setup", "locked", "import numpy as np\nx = np.array([1.0, 3])"),
        ("mean", "solution", "def mean(x):\n    return float(np.mean(x))"),
        ("test", "test", test),
    ]
    tiny = make_tiny(cells)
    assert tiny.grade().score == 2
    result = tiny.grade({"mean": f"def mean(x):\n    return {answer}"})
    assert result.score == 0
    assert result.questions[0].state in ("failed", "error")


def test_an_honest_number_of_numpys_earns_points(make_tiny):
    cells = [("f", "solution", "def f(): return 2"), ("t", "test", "import numpy as np\n0.5 * f()")]
    tiny = make_tiny(cells)
    assert tiny.grade({"f": "import numpy as np\ndef f(): return np.int64(4)"}).score == 2


def test_an_object_cannot_pretend_to_be_frozen(make_tiny):
    frozen = "from dataclasses import dataclass\n@dataclass(frozen=True)\nclass P:\n    x: int"
    test = "p = P(1)\nassert p.x == 1\ntry:\n    p.x = 2\nexcept AttributeError:\n    pass\n"
    tiny = make_tiny([("p", "solution", frozen), ("t", "test", test)])
    assert tiny.grade({"p": "class P:\n    def __init__(s, x): s.x = x"}).score == 0


def test_a_module_that_a_solution_cell_imports_is_not_the_tests(tmp_path):
    cells = [
        ("f", "solution", "import numpy as np\ndef f(x):\n    return np.sum(x)"),
        ("t", "test", "np.testing.assert_allclose(f([1, 2]), 3)"),
    ]
    for name, above in (("t", []), ("u", [("setup", "locked", "import numpy as np")])):
        tiny = Tiny(tmp_path / name, [*above, *cells])
        assert tiny.grade().score == 2
        forged = "import numpy as np\nnp.testing.assert_allclose = lambda *a: None\n"
        assert tiny.grade({"f": forged + "def f(x): return -1"}).score == 0


def test_who_can_tell_the_second_run_from_the_first_is_looked_at(make_tiny):
    cells = [
        ("f", "solution", "def f(x):\n    return x"),
        ("first", "test", "assert f(1) == 1"),
        ("g", "solution", "def g(): return False"),
        ("second", "test", "assert g() is False"),
    ]
    guess = {
        "f": "N = []\ndef f(x):\n    N.append(x)\n    return x",
        "g": "def g(): return bool(N)",
    }
    result = make_tiny(cells).grade(guess)
    assert result.state == "attention"
    assert "second passes only if no test runs before it" in result.message


def test_only_the_arguments_that_the_instructors_function_changes_may_change(make_tiny):
    tiny = make_tiny(
        [
            ("step", "solution", "def step(w, g):\n    w -= 0.1 * g"),
            (
                "t",
                "test",
                "import numpy as np\nw, g = np.ones(3), np.arange(3.0)\nstep(w, g)\n"
                "np.testing.assert_allclose(w, 1 - 0.1 * g)",
            ),
        ]
    )
    assert tiny.grade().score == 2
    assert tiny.grade({"step": "def step(w, g):\n    g[:] = 0"}).score == 0
    assert tiny.grade({"step": "def step(w, g):\n    w -= 0.1 * g\n    g[:] = 0"}).score == 0
    assert tiny.grade({"step": "def step(w, g):\n    w[:] = w - g / 10"}).score == 2


def test_a_list_is_not_emptied_where_the_instructors_function_changes_what_is_in_it(make_tiny):
    tiny = make_tiny(
        [
            ("add", "solution", "def add(arrays):\n    for a in arrays:\n        a += 1"),
            (
                "t",
                "test",
                "import numpy as np\narrays = [np.ones(3), np.zeros(2)]\nadd(arrays)\n"
                "assert all((a == b).all() for a, b in zip(arrays, [2, 1]))",
            ),
        ]
    )
    assert tiny.grade().score == 2
    assert tiny.grade({"add": "def add(arrays):\n    arrays.clear()"}).score == 0
    assert (
        tiny.grade({"add": "def add(arrays):\n    arrays[:] = [a + 1 for a in arrays]"}).score == 2
    )


def test_what_one_test_shares_with_the_next_is_not_changed_on_the_way(make_tiny):
    tiny = make_tiny(
        [
            ("shared", "locked", "import numpy as np\nX = np.arange(4.0)"),
            ("f", "solution", "def f(x): return x * 2"),
            ("g", "solution", "def g(x): return 4.0\ndef zero(x): x[:] = 0"),
            ("t", "test", "y = np.ones(2)\nzero(y)\nassert (y == 0).all()\nassert g(X) == 4"),
            ("u", "test", "np.testing.assert_allclose(f(X), X * 2)"),
        ]
    )
    assert tiny.grade().score == 4
    wrong = {"f": "def f(x): return np.zeros(4)"}
    zeroing = "def g(x):\n    x[:] = 0\n    return 4.0\ndef zero(x): x[:] = 0"
    result = tiny.grade(wrong | {"g": zeroing})
    assert [question.state for question in result.questions] == ["passed", "failed"]
    forged = (
        "import sys\nH = sys.modules['autograder.sessions.objects'].ObjectTable\n"
        "def one_number(self, obj, remember=H._remember):\n"
        "    if callable(obj) and obj.__name__ in ('g', 'zero'):\n"
        "        self.both = getattr(self, 'both', None) or remember(self, both) + 1\n"
        "        return self.both - 1\n"
        "    return remember(self, obj)\n"
        "H._remember = one_number\n"
        "def both(x):\n    x[:] = 0\n    return 4.0\n"
        "def g(x): pass\ndef zero(x): pass"
    )
    result = tiny.grade(wrong | {"g": forged})
    assert result.questions[1].state == "failed"
