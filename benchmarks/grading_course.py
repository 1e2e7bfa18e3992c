"""The course that `grading.py` grades: assignments in NumPy and PyTorch, and their hand-ins."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import v4

from autograder.authoring.build import build
from autograder.authoring.demo import Student as HandsIn
from autograder.authoring.demo import notebook_of, perfect_notebook, write
from autograder.course.course import CONFIG, Course

ROOT = Path(__file__).parent.parent
NUMPY, TORCH = "bench-numpy", "bench-torch"
KINDS = {
    "locked": {"grade": False, "solution": False, "locked": True},
    "solution": {"grade": False, "solution": True, "locked": False},
    "test": {"grade": True, "solution": False, "locked": True, "points": 2},
}


def solution(body: str) -> str:
    """A function of which students get the first line."""
    head, *rest = body.splitlines()
    lines = ["    ### BEGIN SOLUTION", *rest, "    ### END SOLUTION"]
    return "\n".join([head, *lines])


# Each function with what its tests say; the last of them are hidden.
FUNCTIONS = {
    NUMPY: {
        "relu": (
            "def relu(x):\n    return np.maximum(x, 0)",
            ["assert relu(np.array([-1.0, 2.0])).tolist() == [0, 2]"],
            [
                "for n in range(1, 7):\n    x = rng.normal(size=(n, 3))",
                "    np.testing.assert_allclose(relu(x), np.where(x > 0, x, 0))",
            ],
        ),
        "softmax": (
            "def softmax(z):\n    e = np.exp(z - z.max(axis=1, keepdims=True))\n"
            "    return e / e.sum(axis=1, keepdims=True)",
            ["np.testing.assert_allclose(softmax(np.zeros((2, 4))), np.full((2, 4), 0.25))"],
            [
                "for n in range(1, 7):\n    z = rng.normal(size=(n, 5))",
                "    np.testing.assert_allclose(softmax(z).sum(axis=1), 1)",
                "assert np.isfinite(softmax(np.array([[1000.0, 0.0]]))).all()",
            ],
        ),
        "one_hot": (
            "def one_hot(labels, classes):\n    return np.eye(classes)[labels]",
            ["assert one_hot([0, 2], 3).tolist() == [[1, 0, 0], [0, 0, 1]]"],
            [
                "for n in range(1, 7):\n    labels = rng.integers(0, 4, n)",
                "    assert (one_hot(labels, 4).argmax(axis=1) == labels).all()",
            ],
        ),
        "linear": (
            "def linear(x, w, b):\n    return x @ w + b",
            ["assert linear(np.eye(2), np.eye(2), 1).tolist() == [[2, 1], [1, 2]]"],
            [
                "for n in range(1, 6):",
                "    x, w = rng.normal(size=(n, 3)), rng.normal(size=(3, 2))",
                "    b = rng.normal(size=2)",
                "    np.testing.assert_allclose(linear(x, w, b), np.einsum('ij,jk->ik', x, w) + b)",
            ],
        ),
        "linear_backward": (
            "def linear_backward(dy, x, w):\n    return dy @ w.T, x.T @ dy, dy.sum(axis=0)",
            [
                "dx, dw, db = linear_backward(np.ones((1, 1)), np.ones((1, 2)), np.ones((2, 1)))",
                "assert dx.shape == (1, 2) and dw.shape == (2, 1) and db.shape == (1,)",
            ],
            [
                "for n in range(1, 6):",
                "    x, w = rng.normal(size=(n, 3)), rng.normal(size=(3, 2))",
                "    dy = rng.normal(size=(n, 2))",
                "    dx, dw, db = linear_backward(dy, x, w)",
                "    np.testing.assert_allclose(dw, np.einsum('ni,nj->ij', x, dy))",
                "    np.testing.assert_allclose(db, dy.sum(axis=0))",
            ],
        ),
        "accuracy": (
            "def accuracy(scores, labels):\n    hits = scores.argmax(axis=1) == labels\n"
            "    return float(hits.mean())",
            ["assert accuracy(np.eye(3), np.arange(3)) == 1"],
            [
                "for n in range(2, 8):\n    scores = rng.normal(size=(n, 4))",
                "    assert accuracy(scores, scores.argmax(axis=1)) == 1",
            ],
        ),
    },
    TORCH: {
        "scaled": (
            "def scaled(x, factor):\n    return x * factor",
            ["assert scaled(torch.ones(2), 3).tolist() == [3, 3]"],
            ["x = torch.randn(4, 5)\ntorch.testing.assert_close(scaled(x, 2.5), x * 2.5)"],
        ),
        "small_net": (
            "def small_net():\n    nn = torch.nn\n"
            "    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))",
            ["assert small_net()(torch.zeros(2, 4)).shape == (2, 3)"],
            ["net = small_net()\nassert sum(p.numel() for p in net.parameters()) == 67"],
        ),
        "mse": (
            "def mse(a, b):\n    return ((a - b) ** 2).mean()",
            ["assert float(mse(torch.ones(3), torch.zeros(3))) == 1"],
            [
                "for n in range(1, 6):\n    a, b = torch.randn(n, 3), torch.randn(n, 3)",
                "    torch.testing.assert_close(mse(a, b), torch.nn.functional.mse_loss(a, b))",
            ],
        ),
        "convolved": (
            "def convolved(x, k):\n    conv2d = torch.nn.functional.conv2d\n"
            "    return conv2d(x[None, None], k[None, None])[0, 0]",
            ["assert convolved(torch.ones(4, 4), torch.ones(3, 3)).tolist() == [[9, 9], [9, 9]]"],
            [
                "for n in range(4, 8):\n    x, k = torch.randn(n, n), torch.randn(3, 3)",
                "    assert convolved(x, k).shape == (n - 2, n - 2)",
            ],
        ),
    },
}
IMPORTS = {
    NUMPY: "import numpy as np\n\nrng = np.random.default_rng(0)",
    TORCH: "import torch\n\n_ = torch.manual_seed(0)",
}


def source_notebook(name: str) -> str:
    """The instructor's notebook, with nbgrader's metadata."""
    cells = [_cell("imports", "locked", IMPORTS[name])]
    for function, (body, visible, hidden) in FUNCTIONS[name].items():
        cells.append(_cell(function, "solution", solution(body)))
        marked = ["### BEGIN HIDDEN TESTS", *hidden, "### END HIDDEN TESTS"]
        cells.append(_cell(f"{function}_test", "test", "\n".join([*visible, *marked])))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return nbformat.writes(v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}))


def _cell(grade_id: str, kind: str, source: str) -> nbformat.NotebookNode:
    settings = {"grade_id": grade_id, "schema_version": 3, "task": False, **KINDS[kind]}
    return v4.new_code_cell(source, metadata={"nbgrader": settings})


def write_course(folder: Path) -> Course:
    """The two assignments, and the repository's configuration of nbgrader."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copy(ROOT / CONFIG, folder)
    for name, package in ((NUMPY, "numpy"), (TORCH, "torch")):
        solutions = folder / "solutions" / name
        solutions.mkdir(parents=True)
        (solutions / f"{name}.ipynb").write_text(source_notebook(name))
        limits = "[limits]\ncell_seconds = 2\ntotal_seconds = 20\nmemory_mb = 2048\n"
        (solutions / "assignment.toml").write_text(f'packages = ["{package}"]\n{limits}')
    return Course(folder)


def answers(name: str, loops: bool) -> Iterator[HandsIn]:
    """Students without end: of ten, seven are right, two wrong somewhere, one's code raises."""
    functions = list(FUNCTIONS[name])
    endless = "while True:\n    pass"
    number = 0
    while True:
        wrong = functions[number % len(functions)]
        texts = {
            7: f"{wrong} = len",
            8: f"def {wrong}(*args):\n    return 0",
            9: "raise ValueError",
        }
        text = endless if loops else texts.get(number % 10)
        edits = (write(wrong, text),) if text else ()
        yield HandsIn(f"student{number:03}", edits)
        number += 1


def hand_in(course: Course, name: str, count: int, loops: bool = False) -> None:
    """Build the assignment and put `count` submissions where nbgrader looks for them."""
    for _ in build(course, name):
        pass
    perfect = json.loads(json.dumps(perfect_notebook(course, course.assignment(name))))
    for student, _ in zip(answers(name, loops), range(count), strict=False):
        folder = course.submitted / student.name / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.ipynb").write_bytes(notebook_of(student, perfect))
