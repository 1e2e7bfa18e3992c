"""What a call does beside its answer: names of the student's that it changes, files that it writes.

A test sees them as they are at that moment; each kind with a right and a wrong answer.
"""

import pytest

from autograder.grading.instructors import conversation

TICK = "calls = 0\ndef tick():\n    global calls\n    calls += 1"
SAVE = "def save(x):\n    with open('out.txt', 'w') as file:\n        file.write(f'{x}\\n')"
KINDS = {
    "a counter": (
        [("f", "solution", TICK), ("t", "test", "tick()\ntick()\nassert calls == 2")],
        {"f": TICK.replace("+= 1", "= 1")},
    ),
    "a counter that is looked at in between": (
        [
            ("f", "solution", TICK),
            ("t", "test", "assert calls == 0\nfor n in (1, 2, 3):\n    tick()\n"
             "    assert calls == n"),
        ],
        {"f": "calls = 0\ndef tick():\n    global calls\n    calls = 1"},
    ),
    "a counter that a function of the test's reads": (
        [
            ("f", "solution", TICK),
            ("t", "test", "def count():\n    return calls\ntick()\nassert count() == 1"),
        ],
        {"f": "calls = 0\ndef tick():\n    pass"},
    ),
    "a counter that a locked helper moves": (
        [
            ("f", "solution", TICK),
            ("help", "locked", "def twice():\n    tick()\n    tick()"),
            ("t", "test", "twice()\nassert calls == 2"),
        ],
        {"f": "calls = 0\ndef tick():\n    pass"},
    ),
    "a counter at the time of a callback": (
        [
            ("f", "solution", "n = 0\ndef run(f):\n    global n\n    n = 1\n    f()\n    n = 2"),
            ("t", "test", "seen = []\nrun(lambda: seen.append(n))\nassert (seen, n) == ([1], 2)"),
        ],
        {"f": "n = 0\ndef run(f):\n    global n\n    n = 2\n    f()"},
    ),
    "a counter where the call raises": (
        [
            ("f", "solution", "tries = 0\ndef attempt():\n    global tries\n    tries += 1\n"
             "    raise ValueError('no')"),
            ("t", "test", "try:\n    attempt()\nexcept ValueError:\n    pass\nassert tries == 1"),
        ],
        {"f": "tries = 0\ndef attempt():\n    raise ValueError('no')"},
    ),
    "a counter that a method moves": (
        [
            ("f", "solution", "made = 0\nclass Layer:\n    def __init__(self):\n"
             "        global made\n        made += 1"),
            ("t", "test", "Layer()\nLayer()\nassert made == 2"),
        ],
        {"f": "made = 0\nclass Layer:\n    pass"},
    ),
    "a list that grows": (
        [
            ("f", "solution", "log = []\ndef note(x):\n    log.append(x)"),
            ("t", "test", "own = log\nnote(3)\nnote(4)\nassert log == [3, 4] and own == log"),
        ],
        {"f": "log = []\ndef note(x):\n    log.insert(0, x)"},
    ),
    "weights that are bound anew": (
        [
            ("f", "solution", "import numpy as np\nw = np.ones(2)\n"
             "def step(rate):\n    global w\n    w = w - rate"),
            ("t", "test", "before = w\nstep(0.5)\nassert np.allclose(before - w, 0.5)"),
        ],
        {"f": "import numpy as np\nw = np.ones(2)\ndef step(rate):\n    pass"},
    ),
    "weights that are changed in place": (
        [
            ("f", "solution", "import numpy as np\nw = np.ones(2)\n"
             "def step(rate):\n    w[:] -= rate"),
            ("t", "test", "before = w.copy()\nstep(0.5)\nassert np.allclose(before - w, 0.5)"),
        ],
        {"f": "import numpy as np\nw = np.ones(2)\ndef step(rate):\n    w[0] -= rate"},
    ),
    "a name that a call takes away": (
        [
            ("f", "solution", "cache = [1]\ndef clear():\n    global cache\n    del cache"),
            ("t", "test", "assert cache == [1]\nclear()\ntry:\n    cache\n"
             "    assert False, 'there'\nexcept NameError:\n    pass"),
        ],
        {"f": "cache = [1]\ndef clear():\n    cache.clear()"},
    ),
    "a function that a call defines": (
        [
            ("f", "solution", "act = abs\ndef choose():\n    global act\n"
             "    act = lambda x: max(x, 0)"),
            ("t", "test", "choose()\nassert (act(-2), act(2)) == (0, 2)"),
        ],
        {"f": "act = abs\ndef choose():\n    pass"},
    ),
    "a text file": (
        [
            ("f", "solution", SAVE),
            ("t", "test", "save(3)\nassert open('out.txt').read() == '3\\n'"),
        ],
        {"f": SAVE.replace("{x}", "{x + 1}")},
    ),
    "a file that is written again": (
        [
            ("f", "solution", SAVE),
            ("t", "test", "from pathlib import Path\nfor x in (1, 22, 3):\n    save(x)\n"
             "    assert Path('out.txt').read_text().strip() == str(x)"),
        ],
        {"f": SAVE.replace("'w'", "'a'")},
    ),
    "a file in a folder": (
        [
            ("f", "solution", "import os\ndef save(x):\n    os.makedirs('out', exist_ok=True)\n"
             "    open('out/x.csv', 'w').write(f'{x},{x}')"),
            ("t", "test", "import os\nsave(2)\nassert os.listdir('out') == ['x.csv']\n"
             "import numpy as np\n"
             "assert np.loadtxt('out/x.csv', delimiter=',').tolist() == [2, 2]"),
        ],
        {"f": "import os\ndef save(x):\n    open('x.csv', 'w').write(f'{x},{x}')"},
    ),
    "arrays": (
        [
            ("f", "solution", "import numpy as np\ndef save(w):\n    np.savez('net.npz', w=2 * w)"),
            ("t", "test", "save(np.ones(3))\nwith np.load('net.npz') as kept:\n"
             "    assert kept['w'].tolist() == [2, 2, 2]"),
        ],
        {"f": "import numpy as np\ndef save(w):\n    np.savez('net.npz', w=w)"},
    ),
    "a file that the answer's cell writes": (
        [
            ("f", "solution", "import json\njson.dump({'rate': 0.5}, open('set.json', 'w'))"),
            ("t", "test", "import json\nassert json.load(open('set.json')) == {'rate': 0.5}"),
            ("u", "test", "import os\nassert os.path.exists('set.json')"),
        ],
        {"f": "import json\njson.dump({'rate': 5}, open('set.json', 'w'))"},
    ),
    "a file that a call removes": (
        [
            ("f", "solution", "import os\ndef save():\n    open('a.txt', 'w').close()\n"
             "def clear():\n    os.remove('a.txt')"),
            ("t", "test", "import os\nsave()\nassert os.path.exists('a.txt')\nclear()\n"
             "assert not os.path.exists('a.txt')"),
        ],
        {"f": "def save():\n    open('a.txt', 'w').close()\ndef clear():\n    pass"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_right_answer_gets_its_points_and_a_wrong_one_none(make_tiny, kind):
    cells, wrong = KINDS[kind]
    tiny = make_tiny(cells)
    right = tiny.grade()
    assert {(q.state, q.score) for q in right.questions} == {("passed", 2)}, right.questions
    question = tiny.grade(wrong).questions[0]
    assert (question.score, question.state) == (0, "failed"), question.message


def test_files_of_one_test_are_there_for_the_next_and_a_test_alone_has_its_own(make_tiny):
    cells = [
        ("f", "solution", SAVE),
        ("t", "test", "save(3)\nassert open('out.txt').read() == '3\\n'"),
        ("g", "solution", "def g():\n    return 4"),
        ("u", "test", "assert g() == 4 and open('out.txt').read() == '3\\n'"),
    ]
    tiny = make_tiny(cells)
    assert tiny.grade().score == 4
    assert [q.score for q in tiny.grade({"g": "def g():\n    return 5"}).questions] == [2, 0]


def test_a_module_that_an_answer_writes_is_refused_with_what_to_do(make_tiny):
    cells = [
        ("f", "solution", "def save():\n    open('out.py', 'w').write('x = 1')"),
        ("t", "test", "save()\nassert open('out.py').read() == 'x = 1'"),
    ]
    tiny = make_tiny(cells)
    [question] = tiny.grade().questions
    assert question.state == "fault"
    [lost] = conversation(tiny.assignment).lost
    assert "the answer writes out.py, and no test is given what can be imported or run" in (
        lost.message
    )
