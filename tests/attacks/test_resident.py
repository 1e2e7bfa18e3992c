"""A submission that is graded by the process of `autograder warm` finds no way to it."""

import os
import shutil
from pathlib import Path

import pytest

from autograder.resident.ask import place
from tests.attacks.test_attacks import CELLS
from tests.autograder.resident.test_warm import run, warm
from tests.conftest import notebook, small_course

RIGHT = "def mean(x):\n    return float(np.mean(x))\n"
# Each puts into `found` what it was not to find.
ATTACKS = {
    "descriptors that it was left": (  # beside its channel, /dev/null and the standard streams
        "import os\nfor number in range(64):\n    try:\n        found.append(os.fstat(number))\n"
        "    except OSError: pass\nfound = found[5:]\n"
    ),
    "the socket's file": (
        "import os\ntry: found.append(os.stat({socket!r}))\nexcept OSError: pass\n"
    ),
    "a connection": (
        "import socket\ntry:\n    sock = socket.socket(socket.AF_UNIX)\n"
        "    sock.connect({socket!r})\n    found.append(1)\nexcept OSError: pass\n"
    ),
    "the servers of the next command": (  # its own has a folder there
        "import os\ntry: found = [n for n in os.listdir({temporary!r}) if 'autograder-' in n]\n"
        "except OSError: pass\nfound = found[1:]\n"
    ),
    "the command's variables": "import os\nfound += [k for k in os.environ if 'XDG' in k]\n",
}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    root = small_course(tmp_path_factory.mktemp("built"), CELLS, "tiny").root
    assert run(["build", "tiny"], root, root)[0] == 0
    return root


@pytest.fixture(scope="module")
def resident(tmp_path_factory):
    folder = tmp_path_factory.mktemp("resident")
    folder.chmod(0o700)
    with warm(folder, TMPDIR=str(folder)):
        yield folder


@pytest.mark.parametrize("name", ATTACKS)
def test_a_session_of_it_holds_and_reaches_nothing_of_it(built, resident, tmp_path, name):
    root = Path(shutil.copytree(built, tmp_path / "course"))
    socket = str(resident / place().name)
    attack = ATTACKS[name].format(socket=socket, temporary=str(resident))
    answer = f"found = []\n{attack}{RIGHT}if found:\n    mean = None\n"
    handed_in = root / "submitted" / "mallory" / "tiny"
    handed_in.mkdir(parents=True)
    content = notebook([CELLS[0], ("mean", "solution", answer), CELLS[2]])
    (handed_in / "tiny.ipynb").write_bytes(content)
    for _ in range(2):  # by servers of its own, and by those that have waited
        code, out, err = run(["grade", "tiny", "--force"], resident, root, TMPDIR=str(resident))
        assert (code, "not by" in err) == (0, False), err
        assert "2.0 / 2" in out, out
    assert os.path.exists(socket)
