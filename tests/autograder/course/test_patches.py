"""What would pass everybody across two processes is refused: libraries that a test replaces, and
magics that keep its errors."""

import pytest

from autograder.course.assignment import read_assignment
from tests.autograder.course.small import CELLS, said, source, write

PATCHES = {
    "np.linalg.solve = None": "numpy.linalg.solve",
    "np.linalg.solve, rest = None, 1": "numpy.linalg.solve",
    "import numpy.linalg as la\nla.solve = la.inv": "numpy.linalg.solve",
    "from numpy import linalg\ndel linalg.solve": "numpy.linalg.solve",
    "def broken(*a): raise ValueError\nnp.convolve = broken": "numpy.convolve",
    "setattr(np, 'convolve', None)": "numpy.convolve",
    "delattr(np.linalg, 'solve')": "numpy.linalg.solve",
    "np.linalg.__dict__['solve'] = None": "numpy.linalg.solve",
    "import sys\nsys.modules['scipy'] = None": "scipy",
    "import builtins\nbuiltins.sum = None": "sum",
    "__builtins__.sum = None": "sum",
    "from unittest.mock import patch\nwith patch('numpy.dot'): double(1)": "numpy.dot",
    "from unittest import mock\nwith mock.patch.object(np, 'dot'): double(1)": "numpy.dot",
    "from unittest.mock import patch\n@patch('numpy.dot')\ndef t(m): double(1)\nt()": "numpy.dot",
}


@pytest.mark.parametrize("patch", PATCHES)
def test_a_library_that_a_test_replaces_is_refused_with_the_rule_that_forbids_it(tmp_path, patch):
    told = said(tmp_path, cells=source("q1_test", f"{patch}\nassert double(2) == 4"))
    assert "t.ipynb, cell 'q1_test' replaces " in told
    assert f'`[[rules]]`, `forbid = ["{PATCHES[patch]}"]`, `fails = ["q1_test"]`' in told


@pytest.mark.parametrize(
    "harmless",
    [
        "np.set_printoptions(precision=3)",
        "np.random.seed(0)",
        "import matplotlib\nmatplotlib.use_tex = False",
        "class Box:\n    pass\nbox = Box()\nbox.solve = None\nsetattr(box, 'x', 1)",
        "a = np.zeros(3)\na[0] = 1\na.flat[1] = 2",
        "from unittest.mock import patch\nwith patch('builtins.input', return_value='3'): pass",
        "import sys, io\nsys.stdout = sys.stdout",
    ],
)
def test_a_test_may_set_what_is_its_own_and_what_is_no_function(tmp_path, harmless):
    read_assignment(write(tmp_path / "t", source("q1_test", f"{harmless}\nassert double(2) == 4")))


@pytest.mark.parametrize(
    "magic",
    [
        "%%capture\n",
        "%%capture out\n",
        "\n%%time\n",
        "%%timeit -n 1\n",
        "%%bash\n",
        "%time ",
        "%prun ",
    ],
)
def test_a_magic_in_which_a_tests_errors_would_end_is_refused(tmp_path, magic):
    told = said(tmp_path, cells=source("q1_test", f"{magic}assert double(2) == 4"))
    assert f"t.ipynb, cell q1_test runs code inside of {magic.split()[0]}" in told.replace("'", "")
    assert "every answer would pass: take it out" in told


@pytest.mark.parametrize("cell", ["setup", "q1"])
def test_a_magic_in_which_names_cannot_be_read_is_refused_elsewhere(tmp_path, cell):
    text = {name: text for name, _, text in CELLS}[cell]
    told = said(tmp_path, cells=source(cell, f"%%time\n{text}"))
    assert "runs code inside of %%time, where its names cannot be read: take it out" in told


def test_a_magic_that_shows_or_writes_is_left_alone(tmp_path):
    magics = source("setup", "%matplotlib inline\n%precision 3\nimport numpy as np")
    read_assignment(write(tmp_path / "t", magics))
