"""An assignment on networks, from the instructor's notebook to grades.

It asks for a layer, a module of PyTorch, a training loop and a plot.
"""

import json
from contextlib import redirect_stdout
from io import StringIO

import pytest

from autograder import cli
from tests.conftest import notebook, small_course

DENSE = """class Dense:
    def __init__(self, weight, bias):
        ### BEGIN SOLUTION
        self.weight, self.bias = weight, bias
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION
        self.x = x
        return x @ self.weight + self.bias
        ### END SOLUTION

    def backward(self, dy):
        ### BEGIN SOLUTION
        self.dweight, self.dbias = self.x.T @ dy, dy.sum(axis=0)
        return dy @ self.weight.T
        ### END SOLUTION
"""
DENSE_TEST = """layer = Dense(np.array([[1.0, 2], [3, 4], [5, 6]]), np.array([0.5, -0.5]))
np.testing.assert_allclose(layer.forward(np.ones((2, 3))), [[9.5, 11.5], [9.5, 11.5]])
### BEGIN HIDDEN TESTS
rng = np.random.default_rng(3)
w, b, x, dy = rng.normal(size=(4, 3)), rng.normal(size=3), *rng.normal(size=(2, 5, 4))
layer = Dense(w, b)
np.testing.assert_allclose(layer.forward(x), x @ w + b)
np.testing.assert_allclose(layer.backward(dy[:, :3]), dy[:, :3] @ w.T)
np.testing.assert_allclose(layer.dweight, x.T @ dy[:, :3])
np.testing.assert_allclose(layer.dbias, dy[:, :3].sum(axis=0))
### END HIDDEN TESTS
"""
NET = """class Net(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        ### BEGIN SOLUTION
        self.first, self.last = nn.Linear(2, hidden), nn.Linear(hidden, 1)
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION
        return self.last(torch.relu(self.first(x)))
        ### END SOLUTION
"""
NET_TEST = """net = Net(8)
assert isinstance(net, nn.Module)
assert net(torch.zeros(5, 2)).shape == (5, 1)
### BEGIN HIDDEN TESTS
assert sum(p.numel() for p in Net(7).parameters()) == 2 * 7 + 7 + 7 + 1
x = torch.tensor([[1.0, -2.0], [0.5, 3.0]])
state = net.state_dict()
hidden = torch.relu(x @ state["first.weight"].T + state["first.bias"])
assert torch.allclose(net(x), hidden @ state["last.weight"].T + state["last.bias"], atol=1e-6)
### END HIDDEN TESTS
"""
TRAIN = """def train(net, x, y, epochs, lr):
    ### BEGIN SOLUTION
    optimizer = torch.optim.SGD(net.parameters(), lr)
    losses = []
    for _ in range(epochs):
        optimizer.zero_grad()
        loss = ((net(x) - y) ** 2).mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
    ### END SOLUTION
"""
TRAIN_TEST = """torch.manual_seed(0)
net, x = nn.Linear(2, 1), torch.randn(40, 2)
y = x @ torch.tensor([[2.0], [-1.0]]) + 0.5
losses = train(net, x, y, epochs=100, lr=0.1)
assert len(losses) == 100 and losses[-1] < 0.01 < losses[0]
### BEGIN HIDDEN TESTS
assert torch.allclose(net.weight, torch.tensor([[2.0, -1.0]]), atol=0.05)
assert abs(net.bias.item() - 0.5) < 0.05
once = nn.Linear(2, 1)
before = ((once(x) - y) ** 2).mean().item()
assert abs(train(once, x, y, epochs=1, lr=0.1)[0] - before) < 1e-5
### END HIDDEN TESTS
"""
PLOT = """def plot(losses):
    ### BEGIN SOLUTION
    plt.figure()
    plt.plot(losses)
    plt.xlabel("epoch")
    plt.ylabel("loss")
    plt.yscale("log")
    ### END SOLUTION
"""
PLOT_TEST = """plot([1.0, 0.1, 0.01])
assert plt.gca().get_xlabel() == "epoch"
### BEGIN HIDDEN TESTS
plot([4.0, 2.0])
[line] = plt.gca().lines
assert list(line.get_ydata()) == [4, 2] and plt.gca().get_yscale() == "log"
### END HIDDEN TESTS
"""
CELLS = [
    (
        "setup",
        "locked",
        "import numpy as np\nimport torch\nfrom torch import nn\nimport matplotlib.pyplot as plt",
    ),
    ("dense", "solution", DENSE),
    ("dense_test", "test", DENSE_TEST),
    ("net", "solution", NET),
    ("net_test", "test", NET_TEST),
    ("train", "solution", TRAIN),
    ("train_test", "test", TRAIN_TEST),
    ("plot", "solution", PLOT),
    ("plot_test", "test", PLOT_TEST),
]
SETTINGS = """packages = ["numpy", "torch", "matplotlib"]
[limits]
memory_mb = 4096
cell_seconds = 20
total_seconds = 120
"""
# By student: what is changed in which answer, and whether it is right then.
STUDENTS = {
    "right": ("dense", "", "", True),
    "wrong-forward": ("dense", "+ self.bias", "- self.bias", False),
    "wrong-backward": ("dense", "dy.sum(axis=0)", "dy.mean(axis=0)", False),
    "own-dense": ("dense", "x @ self.weight", "np.dot(x, self.weight)", True),
    "no-module": ("net", "nn.Module):", "object):\n    parameters = state_dict = list", False),
    "no-activation": ("net", "torch.relu(self.first(x))", "self.first(x)", False),
    "own-net": ("net", "torch.relu(self.first(x))", "self.first(x).clamp(min=0)", True),
    "never-steps": ("train", "optimizer.step()", "pass", False),
    "never-zeroes": ("train", "optimizer.zero_grad()", "pass", False),
    "only-says-so": ("train", "return losses", "return [4 / 9**n for n in range(epochs)]", False),
    "own-train": ("train", "SGD(net.parameters(), lr)", "Adam(net.parameters(), lr)", True),
    "no-label": ("plot", '"epoch"', '"x"', False),
    "one-figure": ("plot", "plt.figure()", "pass", False),
    "linear": ("plot", '"log"', '"linear"', False),
    "own-plot": ("plot", 'plt.yscale("log")', 'plt.gca().set_yscale("log")\n    plt.show()', True),
}  # fmt: skip


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = small_course(tmp_path_factory.mktemp("networks"), CELLS)
    (course.solutions / "t" / "assignment.toml").write_text(SETTINGS)
    assert cli.main(["build", "t", "--course", str(course.root)]) == 0
    return course


def hand_in(course, student, content):
    folder = course.root / "submitted" / student / "t"
    folder.mkdir(parents=True)
    (folder / "t.ipynb").write_bytes(content)


@pytest.fixture(scope="module")
def graded(course):
    """All students' results, by student."""
    for student, (cell, old, new, _) in STUDENTS.items():
        assert old in {name: source for name, _, source in CELLS}[cell]
        answers = [(n, k, s.replace(old, new) if n == cell and old else s) for n, k, s in CELLS]
        hand_in(course, student, notebook(answers))
    hand_in(course, "untouched", (course.assignments / "t" / "t.ipynb").read_bytes())
    with redirect_stdout(StringIO()) as printed:
        assert cli.main(["grade", "t", "--json", "--course", str(course.root)]) == 0
    results = [json.loads(line) for line in printed.getvalue().splitlines()]
    return {result["student"]: result for result in results}


@pytest.mark.parametrize("student", STUDENTS)
def test_a_right_answer_gets_its_points_and_a_wrong_one_costs_its_question_alone(graded, student):
    cell, _, _, is_right = STUDENTS[student]
    lost = {q["id"]: q["message"] for q in graded[student]["questions"] if q["state"] != "passed"}
    assert set(lost) == (set() if is_right else {f"{cell}_test"}), lost
    assert graded[student]["score"] == 8 - 2 * len(lost)


def test_who_has_done_nothing_gets_nothing(graded):
    assert graded["untouched"]["score"] == 0


def test_check_says_what_each_test_asks_for(course, capsys):
    assert cli.main(["check", "t", "--course", str(course.root)]) == 0
    told = capsys.readouterr().out
    assert "dense_test: asks for Dense (hidden tests too)" in told
    assert "plot_test: asks for plot, the current figure (hidden tests too)" in told
