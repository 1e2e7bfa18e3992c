"""Attacks on what crosses beside an answer: files that the student's code writes, names that its
functions change."""

import io
import json
import pickle
from dataclasses import replace

import numpy as np
import pytest

from autograder.grading.instructors import conversation
from tests.conftest import notebook

G = ("g", "solution", "def g():\n    return 4")
LAST = ("last", "test", "assert g() == 4")


class Evil:
    """What would end the tests' session well, were it ever made there."""

    def __reduce__(self):
        return exec, ("import os; os._exit(0)",)


def saving(name, content):
    return f"def save():\n    open({name!r}, 'wb').write({content!r})"


def npy(obj):
    buffer = io.BytesIO()
    np.save(buffer, obj, allow_pickle=True)
    return buffer.getvalue()


# A test that reads a file in a way that could run it, with the instructor's file and a hostile one.
READ = {
    "a pickle": ("import pickle\nsave()\nx = pickle.load(open('out.bin', 'rb'))\nassert x == [1]",
                 pickle.dumps([1]), pickle.dumps(Evil())),
    "a pickle that is swallowed": (
        "import pickle\nsave()\ntry:\n    x = pickle.load(open('out.bin', 'rb'))\n"
        "except Exception:\n    x = [1]\nassert x == [1]",
        pickle.dumps([1]), pickle.dumps(Evil())),
    "an old pickle": (
        "import pickle\nsave()\nx = pickle._Unpickler(open('out.bin', 'rb')).load()\n"
        "assert x == [1]", pickle.dumps([1]), pickle.dumps(Evil(), protocol=0)),
    "an array of objects": (
        "import numpy as np\nsave()\nx = np.load('out.bin', allow_pickle=True)\n"
        "assert x.tolist() == [1]", npy(np.array([1])), npy(np.array([Evil()], object))),
    "a program": (
        "save()\nexec(open('out.bin').read())\nassert globals()['x'] == 1", None, b"x = 1"),
    "an expression": ("save()\nassert eval(open('out.bin').read()) == 1", None, b"[1][0]"),
    "a program that is run by its name": (
        "import runpy\nsave()\nassert runpy.run_path('out.bin')['x'] == 1", None, b"x = 1"),
    "a program that IPython runs": (
        "save()\nget_ipython().run_cell(open('out.bin').read())\n"
        "assert globals()['x'] == 1", None, b"x = 1"),
}  # fmt: skip


@pytest.mark.parametrize("how", READ)
def test_a_file_of_the_students_is_data_to_a_test(make_tiny, how):
    test, right, hostile = READ[how]
    cells = [("f", "solution", saving("out.bin", right or hostile)), ("t", "test", test), G, LAST]
    tiny = make_tiny(cells)
    if right is None:  # it could only be run, which no test may do
        [lost] = conversation(tiny.assignment).lost
        assert "a file of the student's says is data: a test does not run it" in lost.message
        return
    assert tiny.grade().score == 4
    first, last = tiny.grade({"f": saving("out.bin", hostile)}).questions
    assert (first.score, last.score) == (0, 2)
    assert "a pickle holds code" in first.message


READER = [
    ("f", "solution", "def save(x):\n    open('out.txt', 'w').write(str(2 * x))"),
    ("t", "test", "import colorsys, json\nsave(3)\nassert open('out.txt').read() == '6'\n"
     "assert json.load(open('given.json')) == [1] and open('unseen.txt').read() == 'secret'\n"
     "import this_is_no_module"),
    G,
    LAST,
]  # fmt: skip
FOLDER = (
    "import os, sys\n[folder] = [f.objects.news.folder for f in "
    "__import__('gc').get_objects() if type(f).__name__ == 'StudentSession']\n"
)
# What is written beside, or instead; none of it may reach the tests' session.
PLANTED = {
    "a module that the test imports": "open('this_is_no_module.py', 'w').write('')",
    "a module of its compiled text": (
        "import py_compile\n    open('a.py', 'w').write('')\n"
        "    py_compile.compile('a.py', 'this_is_no_module.pyc')"
    ),
    "a package": (
        "import os\n    os.makedirs('this_is_no_module')\n"
        "    open('this_is_no_module/__init__.py', 'w').write('')"
    ),
    "in the place of a file of the instructor's": "open('given.json', 'w').write('[2]')",
    "in the place of a file that only tests have": "open('unseen.txt', 'w').write('known')",
    "under a name that is sent by hand": (
        "folder.changed = lambda: {'out.txt': b'6', 'this_is_no_module.py': b'', "
        "'../x': b'', '/tmp/x': b'', 'given.json': b'[2]', 'a/../unseen.txt': b'known'}"
    ),
}


@pytest.fixture(scope="module")
def reader(make_tiny):
    """A test that ends in an import which fails for everybody, so that only a module of the
    student's could make it pass; all else must hold before."""
    test = READER[1][2].replace("import this_is_no_module", "")
    ends = "try:\n    import this_is_no_module\n    assert False, 'imported'\nexcept ImportError:"
    cells = [READER[0], ("t", "test", f"{test}{ends}\n    pass"), *READER[2:]]
    tiny = make_tiny(cells)
    tiny.assignment = replace(
        tiny.assignment,
        files={"given.json": json.dumps([1]).encode()},
        grader_files={"unseen.txt": b"secret"},
    )
    return tiny


@pytest.mark.parametrize("what", PLANTED)
def test_only_what_the_instructors_answer_writes_comes_and_nothing_else(reader, what):
    assert reader.grade().score == 4
    answer = f"def save(x):\n    open('out.txt', 'w').write(str(2 * x))\n    {PLANTED[what]}"
    result = reader.grade({"f": FOLDER + answer if "folder." in answer else answer})
    assert result.score == 4, result.questions[0].message
    assert reader.grade({"f": answer.replace("2 * x", "x")}).questions[0].score == 0


LINKS = {
    "a link": "import os\n    os.symlink('/etc/passwd', 'out.txt')",
    "a pipe": "import os\n    os.mkfifo('out.txt')",
    "a folder": "import os\n    os.makedirs('out.txt')",
    "more than a test is given": "open('out.txt', 'w').write('6' * 20_000_000)",
    "a name that is long": "open('o' * 200, 'w').write('6')",
    "very many": "[open(f'{n}.txt', 'w').close() for n in range(2000)]",
    "without an end of folders": (
        "import os\n    for _ in range(300):\n        os.mkdir('d'); os.chdir('d')"
    ),
}


@pytest.mark.parametrize("what", LINKS)
def test_what_is_no_plain_file_of_a_usual_size_costs_its_own_question(reader, what):
    first, last = reader.grade({"f": f"def save(x):\n    {LINKS[what]}"}).questions
    assert (first.score, last.score) == (0, 2), (first, last)
    assert "root:" not in first.message


def test_a_hidden_tests_file_names_reach_no_process_of_the_students(make_tiny):
    test = (
        "save(3)\nassert open('out.txt').read() == '6'\n### BEGIN HIDDEN TESTS\n"
        "import os\nassert not os.path.exists('nowhere-4141')\n"
        "open('own-4141.txt', 'w').write('4141')\nsave(4)\n### END HIDDEN TESTS\n"
    )
    tiny = make_tiny([READER[0], ("t", "test", test), ("u", "solution", "x = 1")])
    spy = (
        "import gc, os\ndef save(x):\n    open('out.txt', 'w').write(str(2 * x))\n"
        "    seen.append(os.listdir('.'))\nseen = []"
    )
    assert tiny.grade({"f": spy}).score == 2
    look = "print(seen, any('41' + '41' in repr(o) for o in gc.get_objects() if type(o) is str))"
    content = notebook([("f", "solution", spy), tiny.cells[1], ("u", "solution", look)])
    told = tiny.grade_bytes(content).notebooks["tiny"].decode()
    assert "4141" not in told


# Names of which a student's session says that they have changed.
NAMES = [
    ("f", "solution", "x, n = [0], 0\ndef f(v):\n    return [2 * each for each in v]"),
    ("t", "test", "x = [1, 2]\nexpected = [2, 4]\nassert f(x) == expected\nassert n == 0"),
    G,
    LAST,
]
TELL = (
    "x, n = [0], 0\n[news] = [o.objects.news for o in __import__('gc').get_objects() "
    "if type(o).__name__ == 'StudentSession']\n"
)
LIES = {
    "the test's own variable": "news._names = lambda: {'x': [True, []], 'expected': [True, []]}",
    "the test's own variable, bound anew": (
        "news._names = lambda: {'x': [False, []], 'expected': [False, []]}"
    ),
    "a function of the test's process": (
        "news._names = lambda: {n: [False, []] for n in ('__builtins__', 'isinstance', 'f', 'len')}"
    ),
    "names that are none": "news._names = lambda: {3: [True, []]}",
    "what is no change": "news._names = lambda: {'n': [1, 2, 3]}",
    "without an end": "news._names = lambda: {str(i): [True, i] for i in range(10**6)}",
}


@pytest.mark.parametrize("what", LIES)
def test_a_session_changes_no_name_that_a_test_has_bound_itself(make_tiny, what):
    tiny = make_tiny(NAMES)
    assert tiny.grade().score == 4
    lying = f"{TELL}def f(v):\n    {LIES[what]}\n    return []"
    first, last = tiny.grade({"f": lying}).questions
    assert (first.score, last.score) == (0, 2) or what == "a function of the test's process"
    assert first.score == 0
