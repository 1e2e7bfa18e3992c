"""Hostile submissions. Each must earn nothing, and an honest one beside it must get its marks."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from autograder.sandbox.confine import SESSION, Limits
from autograder.sandbox.doctor import HOSTILE, NEEDS_NAMESPACES, attempt, attempt_in, targets
from autograder.sandbox.forkserver import ForkServer

CELLS = [
    ("setup", "locked", "import numpy as np"),
    ("mean", "solution", "def mean(x):\n    return float(np.mean(x))"),
    (
        "test",
        "test",
        "assert mean(np.array([1.0, 3.0])) == 2.0\n"
        "np.testing.assert_allclose(mean(np.arange(5.0)), 2.0)\n"
        "### BEGIN HIDDEN TESTS\nassert mean(np.array([41.0, 43.0])) == 42.0\n### END HIDDEN TESTS",
    ),
]
WRONG = "\ndef mean(x):\n    return -1.0\n"

# Making a test not count, forging its result: each stands in the solution's cell.
FORGERIES = {
    "an always-equal object": (
        "class Any:\n    def __eq__(self, o): return True\n    def __ne__(self, o): return False\n"
        "    __hash__ = None\n    def __array__(self, *a, **k): return np.array(2.0)\n"
        "    def __float__(self): return 2.0\ndef mean(x): return Any()"
    ),
    "a float that is always equal": (
        "class F(float):\n    def __eq__(self, o): return True\n"
        "    def __sub__(self, o): return 0.0\n"
        "    __rsub__ = __sub__\ndef mean(x): return F(1)"
    ),
    "an array that is always equal": (
        "class A(np.ndarray):\n    def __eq__(self, o): return np.True_\n"
        "    def __array_ufunc__(self, *a, **k): return np.True_\n"
        "    def __array_function__(self, *a, **k): return None\n"
        "def mean(x): return np.zeros(()).view(A)"
    ),
    "NumPy's assertions taken out": (
        "np.testing.assert_allclose = lambda *a, **k: None\nnp.allclose = lambda *a, **k: True"
        + WRONG
    ),
    "assert taken out by a transformer": (
        "import ast\nclass T(ast.NodeTransformer):\n"
        "    def visit_Assert(self, n): return ast.Pass()\n"
        "get_ipython().ast_transformers.append(T())" + WRONG
    ),
    "assert and NumPy's assertions taken out": (
        "import ast\nclass T(ast.NodeTransformer):\n"
        "    def visit_Assert(self, n): return ast.Pass()\n"
        "get_ipython().ast_transformers.append(T())\n"
        "np.testing.assert_allclose = lambda *a, **k: None" + WRONG
    ),
    "later cells emptied by a transformer": (
        "get_ipython().input_transformers_post.append(lambda lines: ['\\n'])" + WRONG
    ),
    "errors never shown": (
        "s = type(get_ipython())\ns.showtraceback = s._showtraceback = lambda *a, **k: None" + WRONG
    ),
    "the shell's run_cell replaced": (
        "s = get_ipython()\ntype(s).run_cell = lambda *a, **k: s.run_cell" + WRONG
    ),
    "an event before every cell": (
        "get_ipython().events.register('pre_run_cell', lambda *a: exec('raise SystemExit'))" + WRONG
    ),
    "AssertionError replaced": "import builtins\nbuiltins.AssertionError = Warning" + WRONG,
    "a trace function": "import sys\nsys.settrace(lambda *a: None)" + WRONG,
    "StopIteration": "def mean(x): raise StopIteration",
    "SystemExit": "import sys\ndef mean(x): sys.exit(0)",
    "the process ended in the test": "import os\ndef mean(x): os._exit(0)",
    "a thread that ends the process": (
        "import threading, os, time\n"
        "threading.Thread(target=lambda: (time.sleep(.05), os._exit(0))).start()" + WRONG
    ),
    "the harness found by the garbage collector": (
        "import gc\nfor o in gc.get_objects():\n"
        "    if type(o).__name__ == 'StudentSession': o.handle = lambda k, p: (b'D', b'')" + WRONG
    ),
    "frames of the harness": (
        "import sys\nf = sys._getframe()\nwhile f:\n"
        "    f.f_locals.update(error=None, passed=True)\n    f = f.f_back" + WRONG
    ),
    "answers forged on the socket": (
        "import os, struct\nfor fd in range(3, 64):\n    try:\n"
        "        os.write(fd, struct.pack('<IB', 1, ord('D')) + b'\\x80')\n"
        "        os.write(fd, struct.pack('<IB', 1, ord('V')) + b'\\x01')\n"
        "    except OSError: pass" + WRONG
    ),
    "the socket closed": ("import os\ndef mean(x):\n    os.closerange(3, 64)\n    return 2.0"),
    "half a frame on the socket": (
        "import os\ndef mean(x):\n    for fd in range(3, 64):\n"
        "        try: os.write(fd, b'\\x09\\x00')\n        except OSError: pass\n"
        "    while True: pass"
    ),
    "the end announced on the socket": (
        "import os, struct\nfor fd in range(3, 64):\n    try:\n"
        "        os.write(fd, struct.pack('<IB', 0, ord('O')))\n"
        "        os.write(fd, struct.pack('<IB', 7, ord('G')) + b'crashed')\n"
        "    except OSError: pass" + WRONG
    ),
    "an endless frame on the socket": (
        "import os, struct\nfor fd in range(3, 64):\n    try: os.write(fd, b'\\xff' * 4096)\n"
        "    except OSError: pass" + WRONG
    ),
    "the answer's packer replaced": (
        "import sys\nw = sys.modules['autograder.sessions.handles']\n"
        "w.pack = lambda *a: b'\\xc3'\nw.ObjectTable.pack = lambda *a: b'\\xc3'" + WRONG
    ),
    "the hidden test read from the caller": (
        "import sys\ndef mean(x):\n    f = sys._getframe()\n    while f:\n"
        "        for v in list(f.f_locals.values()):\n"
        "            if isinstance(v, str) and 'assert' in v: return 2.0\n"
        "        f = f.f_back\n    return -1.0"
    ),
    "shadowing NumPy by a file": "open('numpy.py', 'w').write('raise SystemExit')" + WRONG,
    "a huge answer": "def mean(x): return 'x' * (80 * 2**20)",
    "a deep answer": "def mean(x):\n    y = []\n    for _ in range(10**5): y = [y]\n    return y",
    "a fork that returns twice": "import os\ntry: os.fork()\nexcept OSError: pass" + WRONG,
    "signals blocked, for ever": (
        "import signal\nfor n in (2, 15): signal.signal(n, signal.SIG_IGN)\n"
        "def mean(x):\n    while True: pass"
    ),
    "an endless loop in C": "def mean(x):\n    sum(iter(int, 1))",
    "endless recursion": "def mean(x): return mean(x)",
    "a flood of output": "while True: print('x' * 1000)",
    "a flood of threads": (
        "import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(9,)).start()"
    ),
}


@pytest.fixture(scope="module")
def tiny(make_tiny):
    return make_tiny(CELLS)


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_earns_nothing_and_harms_nobody(tiny, name):
    with ThreadPoolExecutor(2) as pool:
        hostile = pool.submit(tiny.grade, {"mean": FORGERIES[name]})
        honest = pool.submit(tiny.grade)
    assert honest.result().score == 2
    result = hostile.result()
    assert result.score == 0
    assert result.questions[0].state not in ("passed", "partial", "fault")
    assert tiny.grade().score == 2


FORGED_NOTEBOOKS = {
    "an edited test": {"test": "assert True"},
    "an emptied test": {"test": ""},
    "a test that gives points": {"test": "2.0"},
}


@pytest.mark.parametrize("name", FORGED_NOTEBOOKS)
def test_a_forged_notebook_is_rebuilt_and_mentioned(tiny, name):
    result = tiny.grade({"mean": WRONG.strip(), **FORGED_NOTEBOOKS[name]})
    assert (result.score, result.state) == (0, "attention")
    assert "test cell test was changed" in result.message


@pytest.fixture(scope="module")
def server():
    os.environ["AUTOGRADER_TEST_SECRET"] = "of-the-instructor"
    server = ForkServer.start({"student": ("numpy",)})[0]
    with targets(server.home) as server.aims:
        yield server
    server.close()


def test_a_session_runs_what_is_harmless(server):
    harmless = "import numpy, tempfile, threading\nt = threading.Thread(target=int)\nt.start()\n"
    harmless += "t.join()\nopen('mine', 'w').write('x')\nassert open('mine').read() == 'x'\n"
    assert attempt(server, harmless + "tempfile.TemporaryFile().write(b'x')") == ""


@pytest.mark.parametrize("name", HOSTILE)
def test_a_session_is_confined(server, name):
    if name in NEEDS_NAMESPACES and server.tier != "namespaces":
        pytest.skip("only where namespaces are granted")
    assert attempt(server, HOSTILE[name].format(**server.aims))


SECRETS = {
    "the instructor's environment": (
        "import os\nassert 'AUTOGRADER_TEST_SECRET' in os.environ, 'not there'"
    ),
    "the course": "open({root!r} + '/nbgrader_config.py').read()",
    "the reference implementation": "import cnnkit",
    "another session's folder": (
        "import os\nif os.listdir({server!r}) == ['session']: raise OSError('only its own')"
    ),
    "the command line": "open('/proc/self/cmdline').read()",
    "the kernel's keys": "import ctypes\nassert ctypes.CDLL(None).syscall(250, 0) >= 0, 'refused'",
}


@pytest.mark.parametrize("name", SECRETS)
def test_a_session_reaches_nothing_else(server, name):
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    assert attempt(server, SECRETS[name].format(root=root, server=server.home))


def test_a_session_reaches_neither_anothers_files_nor_the_servers(server):
    one, other = server.spawn(Limits()), server.spawn(Limits())
    try:
        assert attempt_in(one, "open('mine', 'w').write('x')") == ""
        folder = one.scratch or f"{server.home}/{SESSION}"  # each mounts a folder of its own there
        for path in (f"{folder}/mine", f"{server.home}/secret", f"{server.home}/log"):
            assert attempt_in(other, f"open({path!r}).read()")
        for folder in filter(None, (one.scratch, server.home)):
            assert attempt_in(other, f"open({folder + '/new'!r}, 'w')")
            assert attempt_in(other, SECRETS["another session's folder"].format(server=folder))
    finally:
        one.close()
        other.close()


def test_every_session_leaves_nothing_behind(server, tiny):
    before = set(os.listdir(server.home))
    attempt(server, "open('left', 'w').write('x')")
    assert set(os.listdir(server.home)) == before


def test_nothing_of_a_session_is_seen_by_the_next(server):
    attempt(server, "import builtins, numpy\nbuiltins.len = None; numpy.sum = None")
    assert attempt(server, "import numpy\nassert len([1]) == 1 and numpy.sum([1]) == 1") == ""
