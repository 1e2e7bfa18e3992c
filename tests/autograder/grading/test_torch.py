"""What a test may do with an answer that uses PyTorch: each kind with a right and a wrong one."""

import pytest

TORCH = ("setup", "locked", "import torch\nfrom torch import nn")
NET = (
    "net",
    "solution",
    "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
    "        self.fc = nn.Linear(3, 2)\n\n    def forward(self, x):\n"
    "        return torch.relu(self.fc(x))",
)
NO_MODULE = NET[2].replace("nn.Module", "object").replace("        super().__init__()\n", "")
TRAIN = (
    "train",
    "solution",
    "def train(net, x, y, steps=200):\n    optimizer = torch.optim.SGD(net.parameters(), 0.1)\n"
    "    for _ in range(steps):\n        optimizer.zero_grad()\n"
    "        loss = ((net(x) - y) ** 2).mean()\n        loss.backward()\n        optimizer.step()\n"
    "    return loss.item()",
)
KINDS = {
    "whether it is a module": (
        [TORCH, NET, ("t", "test", "assert isinstance(Net(), nn.Module)")],
        {"net": NO_MODULE},
    ),
    "a module called with a tensor": (
        [TORCH, NET, ("t", "test", "y = Net()(torch.ones(4, 3))\nassert y.shape == (4, 2)\n"
                      "assert (y >= 0).all() and y.requires_grad")],
        {"net": NET[2].replace("torch.relu(self.fc(x))", "self.fc(x).detach() - 9")},
    ),
    "its parameters": (
        [TORCH, NET, ("t", "test", "ps = list(Net().parameters())\n"
                      "assert sum(p.numel() for p in ps) == 8\n"
                      "assert all(p.requires_grad for p in ps)\n"
                      "assert all(isinstance(p, nn.Parameter) for p in ps)")],
        {"net": NET[2].replace("nn.Linear(3, 2)", "nn.Linear(3, 2, bias=False)")},
    ),
    "its state": (
        [TORCH, NET, ("t", "test", "state = Net().state_dict()\n"
                      "assert set(state) == {'fc.weight', 'fc.bias'}\n"
                      "assert state['fc.weight'].shape == (2, 3)")],
        {"net": NET[2].replace("self.fc", "self.fully_connected")},
    ),
    "gradients after backward": (
        [TORCH, NET, ("t", "test", "torch.manual_seed(0)\nnet = Net()\n"
                      "loss = net(torch.ones(4, 3)).sum()\n"
                      "assert net.fc.weight.grad is None\nloss.backward()\n"
                      "g = net.fc.weight.grad\n"
                      "assert g.shape == (2, 3) and net.fc.bias.grad is not None")],
        {"net": NET[2].replace("self.fc(x))", "self.fc(x)).detach()")},
    ),
    "gradients of what it was given": (
        [TORCH, ("f", "solution", "def f(x):\n    return x ** 2"),
         ("t", "test", "x = torch.tensor([1.0, 2.0], requires_grad=True)\ny = f(2 * x).sum()\n"
          "y.backward()\nassert torch.allclose(x.grad, 8 * x.detach())")],
        {"f": "def f(x):\n    return x.detach() ** 2 + 0 * x"},
    ),
    "a loss of the student's on an output of the student's": (
        [TORCH, NET, ("loss", "solution", "def loss(a, b):\n    return ((a - b) ** 2).mean()"),
         ("t", "test", "net = Net()\nwith torch.no_grad():\n    net.fc.bias.numpy()\n"
          "out = net(torch.ones(4, 3))\nloss(out, torch.ones(4, 2) * 9).backward()\n"
          "assert net.fc.weight.grad is not None")],
        {"loss": "def loss(a, b):\n    return ((a.detach() - b) ** 2).mean()"},
    ),
    "a training loop given the test's model and data": (
        [TORCH, TRAIN,
         ("t", "test", "torch.manual_seed(1)\nnet = nn.Sequential(nn.Linear(2, 1))\n"
          "x = torch.randn(50, 2)\ny = x @ torch.tensor([[2.0], [-1.0]]) + 0.5\n"
          "before = net[0].weight.clone()\ntrain(net, x, y)\n"
          "assert not torch.equal(net[0].weight, before)\n"
          "assert torch.allclose(net[0].weight, torch.tensor([[2.0, -1.0]]), atol=0.1)\n"
          "assert abs(net(torch.zeros(1, 2)).item() - 0.5) < 0.1")],
        {"train": TRAIN[2].replace("optimizer.step()", "pass")},
    ),
    "a model of the test's that is put into another mode": (
        [TORCH, ("f", "solution", "def predict(net, x):\n    net.eval()\n    return net(x)"),
         ("t", "test", "net = nn.Dropout(0.5)\nassert torch.equal(predict(net, torch.ones(50)), "
          "torch.ones(50))")],
        {"f": "def predict(net, x):\n    return net(x)"},
    ),
    "a loss function of a library": (
        [TORCH, ("f", "solution", "def apply(f, a, b):\n    return f(a, b)"),
         ("t", "test", "import torch.nn.functional as F\n"
          "assert apply(F.mse_loss, torch.ones(2), torch.zeros(2)) == 1\n"
          "assert apply(nn.MSELoss(), torch.ones(2), torch.zeros(2)) == 1")],
        {"f": "def apply(f, a, b):\n    return f(a, a)"},
    ),
    "a type of numbers": (
        [TORCH, ("f", "solution", "def half(x):\n    return x.to(torch.float16)"),
         ("t", "test", "assert half(torch.ones(2)).dtype == torch.float16")],
        {"f": "def half(x):\n    return x"},
    ),
    "an optimiser of the student's on the test's parameter": (
        [TORCH, ("f", "solution", "class SGD:\n    def __init__(self, params, lr):\n"
                 "        self.params, self.lr = list(params), lr\n\n    def step(self):\n"
                 "        with torch.no_grad():\n            for p in self.params:\n"
                 "                p -= self.lr * p.grad\n        return self.params"),
         ("t", "test", "p = nn.Parameter(torch.ones(2))\np.grad = torch.ones(2)\n"
          "[new] = SGD([p], lr=0.5).step()\n"
          "assert torch.equal(new.detach(), torch.full((2,), 0.5))")],
        {"f": "class SGD:\n    def __init__(self, params, lr):\n"
         "        self.params = list(params)\n\n"
         "    def step(self):\n        return self.params"},
    ),
    "instances of a class of the instructor's": (
        [("setup", "locked", "class Tensor:\n    def __init__(self, data):\n"
          "        self.data = data\n"
          "    def __add__(self, other):\n        return Tensor(self.data + other.data)"),
         ("f", "solution", "def double(t):\n    return Tensor(2 * t.data)"),
         ("t", "test", "t = double(Tensor(3)) + Tensor(1)\n"
          "assert isinstance(t, Tensor) and t.data == 7")],
        {"f": "def double(t):\n    return Tensor(t.data)"},
    ),
    "an instance of the instructor's class that is changed": (
        [("setup", "locked", "class Box:\n    def __init__(self):\n        self.items = []"),
         ("f", "solution", "def put(box, x):\n    box.items.append(x)"),
         ("t", "test", "box = Box()\nput(box, 3)\nassert box.items == [3]")],
        {"f": "def put(box, x):\n    pass"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.sample(2)
def test_a_right_answer_gets_its_points_and_a_wrong_one_none(torch_tiny, kind):
    cells, wrong = KINDS[kind]
    tiny = torch_tiny(cells)
    right = tiny.grade()
    assert (right.score, right.questions[0].state) == (2, "passed"), right.questions[0].message
    result = tiny.grade(wrong)
    assert result.score == 0
    assert result.questions[0].state in ("failed", "error"), result.questions[0].message


def test_a_net_that_is_the_students_own_may_have_other_layers_than_one_that_a_test_hands_over(
    torch_tiny,
):
    answer = """model = nn.Linear(2, 1)
def forget(net):
    with torch.no_grad():
        net.bias.zero_()
def size(net):
    return sum(p.numel() for p in net.parameters())"""
    test = """net = nn.Linear(2, 1)
forget(net)
assert net.bias.item() == 0
assert size(model) > 1"""
    tiny = torch_tiny([TORCH, ("forget", "solution", answer), ("t", "test", test)])
    assert tiny.grade().score == 2
    [question] = tiny.grade({"forget": answer.replace("(2, 1)", "(2, 1, bias=False)")}).questions
    assert question.state == "passed", question.message


def test_comparing_tensors_imports_nothing_that_is_for_several_machines(torch_tiny):
    test = "import sys\ntorch.testing.assert_close(f(), torch.ones(2))\n"
    test += "assert 'sympy' not in sys.modules"
    cells = [TORCH, ("f", "solution", "def f():\n    return torch.ones(2)"), ("t", "test", test)]
    [right] = torch_tiny(cells).grade().questions
    wrong = torch_tiny(cells).grade({"f": "def f():\n    return torch.zeros(2)"}).questions[0]
    assert (right.state, wrong.state) == ("passed", "failed")
    assert "not close" in wrong.message
