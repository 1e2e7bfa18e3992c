"""Attacks on what the student's code may ask back: a test's functions, its input, its prints."""

import pytest

from tests.conftest import notebook

APPLY = "def apply(f, *args):\n    return f(*args)"
CELLS = [
    ("f", "solution", APPLY),
    ("one", "test", "calls = []\nassert apply(lambda v: calls.append(v) or 2 * v, 3) == 6"),
    ("g", "solution", "def g(x):\n    return x + 1"),
    ("two", "test", "assert g(3) == 4"),
]
RIGHT_G = "def g(x):\n    return x + 1"
# What a student's `apply` does with the function that it is given; it earns nothing for it, and
# the next question has its points.
HOSTILE = {
    "calls it without end": "def apply(f, *args):\n    while True:\n        f(1)",
    "calls it too often": "def apply(f, *args):\n    for _ in range(200_000): f(1)\n    return 6",
    "gives it an object that lies": (
        "class Liar:\n    def __rmul__(self, other): return 6\n    __mul__ = __rmul__\n"
        "    def __add__(self, other): return 6\n"
        "def apply(f, *args):\n    return f(Liar())"
    ),
    "gives itself to it": "def apply(f, *args):\n    return f(f)",
    "gives it a number without end": "def apply(f, *args):\n    return f(10 ** 10 ** 7)",
    "gives it more than may cross": "def apply(f, *args):\n    return f('x' * 70_000_000)",
    "gives it what is nested without end": (
        "def apply(f, *args):\n    x = []\n    for _ in range(10**5): x = [x]\n    return f(x)"
    ),
    "gives it names that are none": "def apply(f, *args):\n    return f(**{'v': 3, '': 1})",
    "calls it in a thread": (
        "import threading\ndef apply(f, *args):\n"
        "    t = threading.Thread(target=f, args=args); t.start(); t.join()\n    return 7"
    ),
    "ends in the middle": "import os\ndef apply(f, *args):\n    f(3)\n    os._exit(0)",
    "calls another number": (
        "def apply(f, *args):\n    f._number = 7\n    return f(*args)"
    ),
    "calls a number that is none": (
        "def apply(f, *args):\n    f._number = True\n    return f(*args)"
    ),
    "asks for input where there is none": "def apply(f, *args):\n    input()\n    return 6",
    "names what is to be called": (
        "import msgpack\n"
        "def apply(f, *args):\n"
        "    s = f._call_back.__self__\n"
        "    s.objects.pack = lambda v: msgpack.packb(\n"
        "        ['value', msgpack.ExtType(13, msgpack.packb(['builtins', 'len'])), [], ''])\n"
        "    return 6"
    ),
}  # fmt: skip
# With what comes after it the student's session is lost, by its own doing.
BROKEN = {
    "sends frames of its own": (
        "def apply(f, *args):\n"
        "    channel = f._call_back.__self__.channel\n"
        "    channel.send(b'V', b'\\x06')\n    channel.send(b'V', b'\\x06')\n    return 6"
    ),
    "answers before it is asked": (
        "def apply(f, *args):\n"
        "    channel = f._call_back.__self__.channel\n"
        "    channel.send(b'C', b'\\xc3')\n    return 6"
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def tiny(make_tiny):
    return make_tiny(CELLS)


def test_what_is_attacked_is_there(tiny):
    assert tiny.grade().score == 4


@pytest.mark.parametrize("name", HOSTILE)
def test_a_function_of_the_tests_in_hostile_hands_earns_nothing_and_costs_its_question(tiny, name):
    result = tiny.grade({"f": HOSTILE[name]})
    one, two = result.questions
    assert (one.score, two.score) == (0, 2), (one.message, two.message)
    assert one.state in ("failed", "error", "timeout", "crashed", "memory", "output")


@pytest.mark.parametrize("name", BROKEN)
def test_who_breaks_the_protocol_earns_nothing(tiny, name):
    assert tiny.grade({"f": BROKEN[name]}).score == 0


def test_a_function_of_an_earlier_test_is_called_by_nobody(make_tiny):
    cells = [
        ("f", "solution", APPLY),
        ("one", "test", "log = []\nassert apply(lambda v: log.append(v) or v, 3) == 3"),
        ("g", "solution", "def twice(f):\n    f(1)\n    f(2)"),
        ("two", "test", "log = []\ntwice(lambda v: None)\nlog2 = list(log)\nassert log2 == []"),
        ("h", "solution", "def report(x):\n    return x"),
        ("three", "test", "log = []\nreport(1)\nassert log == [1, 2]"),
    ]
    kept = "kept = []\ndef apply(f, *args):\n    kept.append(f)\n    return f(*args)"
    late = "def report(x):\n    for f in kept:\n        f(1)\n        f(2)\n    return x"
    swallowed = late.replace("f(1)", "try: f(1); f(2)\n        except BaseException: pass")
    tiny = make_tiny(cells)
    for answer in (late, swallowed.replace("        f(2)\n", "")):
        three = tiny.grade({"f": kept, "h": answer}).questions[2]
        assert three.score == 0


def test_what_a_function_of_the_tests_asserts_cannot_be_swallowed(make_tiny):
    test = "def spy(v):\n    assert v == 3, 'not three'\n    return 6\nassert apply(spy, 3) == 6"
    tiny = make_tiny([("f", "solution", APPLY), ("t", "test", test)])
    assert tiny.grade().score == 2
    for swallow in ("Exception", "BaseException"):
        answer = f"def apply(f, *a):\n    try:\n        f(4)\n    except {swallow}:\n        pass\n"
        [question] = tiny.grade({"f": f"{answer}    return 6"}).questions
        assert (question.score, question.message) == (0, "not three")
    other = (
        "def apply(f, *a):\n    try:\n        f(4)\n    except Exception:\n        raise KeyError\n"
    )
    assert tiny.grade({"f": other}).score == 0


def test_nothing_of_a_tests_error_reaches_the_student_but_its_class(make_tiny):
    test = (
        "### BEGIN HIDDEN TESTS\nclass Own(Exception):\n    pass\n"
        "def broken(own):\n    raise Own('4141') if own else ValueError('4141')\n"
        "for own in (True, False):\n    try:\n        apply(broken, own)\n"
        "    except (Own, ValueError):\n        pass\n### END HIDDEN TESTS\n"
        "assert apply(abs, -3) == 3"
    )
    tiny = make_tiny([("f", "solution", APPLY), ("t", "test", test)])
    assert tiny.grade().score == 2
    spy = (
        "import sys, traceback\nseen = []\ndef apply(f, *args):\n"
        "    try:\n        return f(*args)\n"
        "    except Exception as e:\n        seen.append((type(e).__name__, e.args, str(e), "
        "traceback.format_exc(), [repr(x) for x in (e.__cause__, e.__context__)]))\n        raise"
    )
    extra = ("", "", "print(seen)")
    content = notebook([("f", "solution", spy), tiny.cells[1], extra])
    result = tiny.grade_bytes(content)
    assert "4141" not in result.notebooks["tiny"].decode() + repr(result.questions)
    assert "'Own'" not in result.notebooks["tiny"].decode()


def test_functions_that_call_one_another_without_end_are_stopped(make_tiny):
    cells = [
        ("f", "solution", "def bounce(f, n):\n    return f(n - 1) if n else 0"),
        ("t", "test", "def back(n):\n    return bounce(back, n)\nassert bounce(back, 3) == 0"),
    ]
    tiny = make_tiny(cells)
    assert tiny.grade().score == 2
    assert tiny.grade({"f": "def bounce(f, n):\n    return f(n)"}).score == 0


LIES = {
    "an object that is everything": (
        "class Meta(type):\n    def __instancecheck__(cls, x): return True\n"
        "class Int(int, metaclass=Meta): pass\ndef f(x): return Int(7)"
    ),
    "an object whose class is a lie": (
        "class Liar:\n    __class__ = int\n    def __eq__(self, other): return True\n"
        "def f(x): return Liar()"
    ),
}


@pytest.mark.parametrize("name", LIES)
def test_what_an_object_says_of_its_kind_counts_only_where_the_instructors_was_asked(
    make_tiny, name
):
    cells = [
        ("f", "solution", "def f(x): return 2 * x"),
        ("t", "test", "assert isinstance(f(2), int)\nassert f(2) == 4"),
    ]
    tiny = make_tiny(cells)
    assert tiny.grade().score == 2
    assert tiny.grade({"f": LIES[name]}).score == 0


def test_what_is_printed_without_end_is_cut_and_reaches_no_page(make_tiny):
    cells = [("f", "solution", "def f(x): return x"), ("t", "test", "assert f(3141) == 3141")]
    tiny = make_tiny(cells)
    loud = "def f(x):\n    for _ in range(2000): print('x' * 10**4, x * 2)\n    return x"
    result = tiny.grade({"f": loud})
    assert result.score == 2
    assert "6282" not in result.notebooks["tiny"].decode()
