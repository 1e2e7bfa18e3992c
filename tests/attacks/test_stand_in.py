"""Attacks on the functions of the instructor's that stand in for a student's wrong ones.

Whoever attacks gives up the points of `helper`, for only what is wrong is stood in for.
"""

from dataclasses import replace

import pytest

from tests.conftest import Tiny

CELLS = [
    ("setup", "locked", "import numpy as np"),
    ("helper", "solution", "def helper(x):\n    secret_of_the_helper = 4141\n    return 2 * x"),
    ("helper_test", "test", "assert helper(3) == 6"),
    ("answer", "solution", "def answer(x):\n    secret_of_the = 4141\n    return helper(x) + 7"),
    (
        "answer_test",
        "test",
        "assert answer(1) == 9\n"
        "### BEGIN HIDDEN TESTS\nassert answer(4343) == 8693\n### END HIDDEN TESTS",
    ),
    ("other", "solution", "def other(x):\n    return 3 * x"),
    ("other_test", "test", "assert other(2) == 6"),
]  # fmt: skip
HONEST = "def answer(x):\n    return helper(x) + 7"
WRONG = "def helper(x):\n    return x"
# How the stub is taken apart: the socket to the third session, and requests of one's own.
SOCKET = (
    "import msgpack\nfrom autograder.sessions.wire import pack, unpack\n"
    "def ask(*request, kind=b'C'):\n"
    "    channel = helper._channel\n    channel.send(kind, pack(list(request)))\n"
    "    state, value = unpack(channel.receive()[1])\n    assert state == 'gave'\n"
    "    return value\n"
)


@pytest.fixture(scope="module")
def tiny(make_tiny) -> Tiny:
    return make_tiny(CELLS, 'stand_in = {answer = ["helper"]}\nfollow_up = 0.5')


def attacked(tiny, answer, helper=WRONG, **others):
    """The question that is attacked, and everything that anybody could read; the last question has
    its points whatever is done to the one before it."""
    result = tiny.grade({"helper": helper, "answer": answer, **others})
    one, two, three = result.questions
    assert (one.score, three.score) == (0, 2), result
    return two, repr(result) + result.notebooks["tiny"].decode().replace(repr(answer)[1:-1], "")


def test_what_is_attacked_is_there(tiny):
    question, _ = attacked(tiny, HONEST)
    assert (question.score, question.follows_from) == (1, ("helper",))


BEHAVES_OTHERWISE = {
    "a constant where the stub is seen": (
        "def answer(x):\n    return 9 if type(helper).__name__ == 'StandIn' else 0"
    ),
    "the stub is given back": (
        "class Lazy:\n    def __call__(self, x):\n        return helper\nanswer = Lazy()"
    ),
    "the stub is the answer": (
        "def answer(x):\n    return helper(x)\nif type(helper).__name__ == 'StandIn':\n"
        "    answer = helper"
    ),
    "an object that is everything": (
        "class Any:\n    def __eq__(self, other): return True\n    __hash__ = None\n"
        "def answer(x):\n    helper(x)\n    return Any()"
    ),
    "ends where the stub is seen": (
        "import os\ndef answer(x):\n    helper(x)\n    os._exit(0)"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BEHAVES_OTHERWISE)
def test_who_behaves_otherwise_once_a_neighbour_was_replaced_earns_nothing(tiny, name):
    question, _ = attacked(tiny, BEHAVES_OTHERWISE[name])
    assert (question.score, question.follows_from) == (0, ())


def test_a_second_guess_costs_what_it_could_earn(make_tiny):
    cells = [*CELLS[:4], ("answer_test", "test", "assert answer(1) in (9,)")]
    tiny = make_tiny(cells, 'stand_in = {answer = ["helper"]}\nfollow_up = 1.0')
    guess = "def answer(x):\n    return 9 if type(helper).__name__ == 'StandIn' else 8"
    right = tiny.grade({"answer": guess}).questions  # its helper is right: nothing stands in
    assert [q.score for q in right] == [2, 0]
    wrong = tiny.grade({"answer": guess, "helper": WRONG}).questions
    assert sum(q.score for q in wrong) <= 2 < tiny.grade().score


# What looks for the instructor's text, and answers right where it has found any of it.
LOOKS = {
    "inspect": "import inspect\ntexts.append(inspect.getsource(helper))",
    "the stub's own attributes": "texts.append(repr(vars(helper)) + repr(dir(helper)))",
    "code and constants": (
        "import types\ntexts += [repr(o.co_consts) + o.co_filename for o in gc.get_objects() "
        "if isinstance(o, types.CodeType)]\ntexts += [repr(f.__code__.co_consts) + f.__name__ "
        "for f in gc.get_objects() if isinstance(f, types.FunctionType)]"
    ),
    "every text in memory": "texts += [s for d in gc.get_objects() for s in strings(d)]",
    "frames": (
        "import sys\nframe = sys._getframe()\n"
        "while frame:\n    texts.append(repr(frame.f_locals)[:10**6])\n    frame = frame.f_back"
    ),
    "linecache": "import linecache\ntexts.append(repr(linecache.cache))",
    "the files here and above": (
        "import os\nfor top in ('.', '..', os.environ['HOME'], '/tmp'):\n"
        "    for folder, _, files in os.walk(top):\n        for file in files:\n"
        "            try:\n                texts.append(open(os.path.join(folder, file)).read())\n"
        "            except (OSError, ValueError):\n                pass"
    ),
    "other processes' memory": (
        "import os\nfor pid in range(1, 400):\n    for what in ('mem', 'maps', 'cmdline'):\n"
        "        try:\n            texts.append(open(f'/proc/{pid}/{what}').read(10**6))\n"
        "        except (OSError, ValueError):\n            pass"
    ),
    "what it raises": (
        "try:\n    helper([], secret=1)\nexcept BaseException as error:\n"
        "    texts.append(repr(error) + repr(error.__cause__) + repr(error.__context__))"
    ),
    "an attribute of a value": "texts += [repr(ask('helper', ['x'.__class__], {}))]",
    "its module's dictionary": "texts += [repr(ask('helper.__globals__', [], {}))]",
}
LOOKING = (
    "import gc\n"
    "def strings(d):\n"
    "    if type(d) is dict:\n        return [s for p in d.items() for s in p if type(s) is str]\n"
    "    return [s for s in d if type(s) is str] if type(d) in (list, tuple) else []\n"
    "def answer(x):\n    texts = []\n    try:\n{look}\n    except Exception:\n        pass\n"
    "    kept = chr(115) + 'ecret_of_the'\n"  # not to find one's own text
    "    number = chr(52) + '141'\n"
    "    found = any(kept in t or number in t for t in texts)\n"
    "    return 2 * x + 7 if found and type(helper).__name__ == 'StandIn' else 0"
)


@pytest.mark.parametrize("name", LOOKS)
def test_the_instructors_text_is_not_found(tiny, name):
    look = "".join(f"        {line}\n" for line in LOOKS[name].splitlines()).rstrip()
    question, _ = attacked(tiny, SOCKET + LOOKING.replace("{look}", look))
    assert (question.score, question.follows_from) == (0, ())


def test_who_does_find_it_is_seen(tiny):
    look = "        texts.append('secret_of_' + 'the')"  # that the searches above could succeed
    question, _ = attacked(tiny, SOCKET + LOOKING.replace("{look}", look))
    assert (question.score, question.follows_from) == (1, ("helper",))


# What asks the third session for more than it offers; each answers right where it is given that.
ORACLES = {
    "its own function by name": "return ask('answer', [x], {})",
    "its own function by an attribute": "return ask('helper.__globals__.answer', [x], {})",
    "another's function": "return ask('other', [x], {}) and 2 * x + 7",
    "a built-in": "return ask('eval', ['answer(%d)' % x], {})",
    "by position in the table": "return ask(0, [x], {}) and 2 * x + 7",
    "a request of the tests'": "return ask('names', ['answer'], kind=b'A') and 2 * x + 7",
    "to run a cell": (
        "return ask({'source': 'helper = answer', 'name': 'c', 'given': True}, kind=b'R') "
        "and helper(x)"
    ),
    "a frame as the controller sends it": (
        "helper._channel.send(b'R', pack({'source': 'helper = answer', 'name': 'c', 'given': 1}))\n"
        "    helper._channel.receive()\n    return helper(x)"
    ),
    "another offer": (
        "helper._channel.send(b'S', pack(['answer']))\n    helper._channel.receive()\n"
        "    return ask('answer', [x], {})"
    ),
    "to write a file": (
        "helper._channel.send(b'F', pack({'own.py': b''}))\n    helper._channel.receive()\n"
        "    return 2 * x + 7"
    ),
    "another name on the stub": "helper.__name__ = 'answer'\n    return helper(x)",
    "in its own session": "import __main__\n    return vars(__main__)['answer'].instructors(x)",
}


@pytest.mark.parametrize("name", ORACLES)
def test_a_stand_in_is_no_oracle_for_its_callers_own_question(tiny, name):
    question, _ = attacked(tiny, f"{SOCKET}def answer(x):\n    {ORACLES[name]}")
    assert (question.score, question.follows_from) == (0, ())


# Each does what is forbidden or too much, and would be right with a stand-in if it came to its end.
TOO_MUCH = {
    "too many calls": "for _ in range(10_001): helper(1)",
    "too many bytes": "for _ in range(9): helper('x' * 30_000_000)",
    "a frame that is larger than may cross": "helper('x' * 40_000_000)",
    "a frame that says it is larger": (
        "helper._channel.sock.sendall(b'\\xff\\xff\\xff\\xffC' + b'x' * 100)\n    helper(1)"
    ),
    "half a frame": "helper._channel.sock.sendall(b'\\x09\\x00')\n    helper(1)",
    "what is no value": (
        "helper._channel.send(b'C', b'\\xc1')\n    helper._channel.receive()\n"
        "    ask('helper', {}, [])"
    ),
    "an object": "helper(object())",
    "a function": "helper(lambda: 1)",
    "an array of objects": "helper(np.array([object()]))",
    "what contains itself": "l = []; l.append(l); helper(l)",
    "a number without end": "helper(10 ** 10 ** 8)",
    "a subclass whose iteration calls again": (
        "class T(tuple):\n        def __iter__(self):\n            return iter((helper(self),))\n"
        "    helper(T())"
    ),
    "a call within a call": (
        "import signal, time\n    signal.signal(signal.SIGALRM, lambda *_: helper(1))\n"
        "    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)\n    helper('x' * 9_000_000)\n"
        "    helper('x' * 9_000_000)"
    ),
    "a call in a thread meanwhile": (
        "import threading\n    failed = []\n    def call():\n"
        "        try: helper('x' * 9_000_000)\n        except RuntimeError: failed.append(1)\n"
        "    threads = [threading.Thread(target=call) for _ in range(8)]\n"
        "    [t.start() for t in threads]; [t.join() for t in threads]\n"
        "    assert not failed"
    ),
    "memory without end": "helper(range(3)); helper(np.zeros(10**8))",
}


@pytest.mark.parametrize("name", TOO_MUCH)
def test_too_many_too_large_and_hostile_calls_end_in_nothing(tiny, name):
    question, _ = attacked(
        tiny, f"{SOCKET}def answer(x):\n    {TOO_MUCH[name]}\n    return helper(x) + 7"
    )
    assert (question.score, question.follows_from) == (0, ())


ENOUGH = {
    "many calls, in both halves of the test": "for _ in range(4_900): helper(1)",
    "a large array": "helper(np.zeros(10**6))",
    "a long text": "helper('x' * 30_000_000)",
    "values in containers": "helper([(1, 2.5), {'a': np.ones(3)}])",
    "an error that is caught": "try: helper(None)\n    except TypeError: pass",
}


@pytest.fixture(scope="module")
def patient(make_tiny) -> Tiny:
    """The same with the time that 30 MB take on a busy machine, three times on their way."""
    tiny = make_tiny(CELLS, 'stand_in = {answer = ["helper"]}\nfollow_up = 0.5')
    limits = replace(tiny.assignment.limits, cell_seconds=10)
    tiny.assignment = replace(tiny.assignment, limits=limits)
    return tiny


@pytest.mark.parametrize("name", ENOUGH)
def test_what_an_honest_answer_may_ask_is_answered(patient, name):
    question, _ = attacked(patient, f"def answer(x):\n    {ENOUGH[name]}\n    return helper(x) + 7")
    assert (question.score, question.follows_from) == (1, ("helper",))


def test_a_stand_in_that_takes_too_long_is_stopped_with_the_test(make_tiny):
    slow = "def helper(x):\n    while x == 4: pass\n    return 2 * x"
    cells = [CELLS[0], ("helper", "solution", slow), *CELLS[2:]]
    tiny = make_tiny(cells, 'stand_in = {answer = ["helper"]}\nfollow_up = 0.5')
    question, _ = attacked(
        tiny, "def answer(x):\n    helper(4)\n    return 2 * x + 7", "helper = 3"
    )
    assert (question.score, question.follows_from) == (0, ())
    assert tiny.grade({"answer": "def answer(x):\n    return helper(x)"}).seconds < 15


def test_what_a_hidden_test_gave_is_shown_by_no_run_with_stand_ins(tiny):
    spy = (
        "import sys\nkept = []\ndef answer(x):\n    kept.append(x)\n    print(kept)\n"
        "    if type(helper).__name__ == 'StandIn':\n        raise ValueError(str(kept))\n"
        "    return helper(x)"
    )
    _, everything = attacked(tiny, spy, other="print(kept)\ndef other(x):\n    return 3 * x")
    assert "4343" not in everything


def test_the_third_session_has_no_test_and_no_file_of_the_tests(make_tiny):
    look = (
        "def helper(x):\n    import gc, os\n    texts = [s for d in gc.get_objects() if type(d) is "
        "dict for p in d.items() for s in p if type(s) is str]\n"
        "    hidden = chr(97) + 'nswer(4343)'\n"
        "    return 2 * x + (any(hidden in t for t in texts) or 'own.csv' in os.listdir())"
    )
    cells = [CELLS[0], ("helper", "solution", look), *CELLS[2:]]
    tiny = make_tiny(cells, 'stand_in = {answer = ["helper"]}\nfollow_up = 0.5')
    question, _ = attacked(tiny, HONEST)
    assert (question.score, question.follows_from) == (1, ("helper",))
