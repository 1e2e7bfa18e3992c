"""Attacks on what goes along with a net: an optimiser, a schedule, a loader, random numbers; and on
the gradients of what a test's function has given."""

import pytest

SETUP = (
    "import numpy as np\nimport torch\nfrom torch import nn\n"
    "from torch.utils.data import DataLoader, TensorDataset"
)
TRAIN = """def train(net, loader, optimizer, schedule):
    for x, y in loader:
        optimizer.zero_grad()
        ((net(x) - y) ** 2).mean().backward()
        optimizer.step()
    schedule.step()
"""
TEST = """torch.manual_seed(1)
net = nn.Linear(2, 1)
kept = net.weight.detach().clone()
x = torch.ones(4, 2)
y = torch.full((4, 1), 9.0)
loader = DataLoader(TensorDataset(x, y), batch_size=2)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.5)
schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1)
train(net, loader, optimizer, schedule)
assert abs(optimizer.param_groups[0]["lr"] - 0.01) < 1e-9 and schedule.last_epoch == 1
assert optimizer.state[net.weight]["momentum_buffer"].abs().sum() > 1
assert ((net(x) - y) ** 2).mean() < 8 and not torch.equal(net.weight, kept)
assert optimizer.param_groups[0]["params"][0] is net.weight
assert torch.equal(y, torch.full((4, 1), 9.0)) and torch.equal(loader.dataset.tensors[1], y)
"""
RESULT = "optimizer.param_groups[0]['lr'] = 0.01\n    schedule.last_epoch = 1"
HOSTILE = {
    "does nothing": "pass",
    "only says that it did": RESULT,
    "a rate that is always right": (
        "class R(float):\n        def __sub__(s, o): return s\n        def __abs__(s): return s\n"
        f"    {RESULT.replace('0.01', 'R(0)')}"
    ),
    "answers for the loader": "loader.dataset.tensors[1].zero_()\n    net.weight.data.zero_()",
    "other parameters": "optimizer.param_groups[0]['params'] = [nn.Parameter(torch.ones(1, 2))]",
    "no groups": "optimizer.param_groups.clear()",
    "a state without end": "optimizer.state[net.weight]['x'] = ['x'] * 10**8",
    "a state of another shape": "optimizer.state[net.weight]['momentum_buffer'] = torch.ones(9)",
    "a schedule that is a function": "schedule.last_epoch = schedule.step = print",
    "in a thread, later": (
        "import threading, time\n    def later():\n        time.sleep(0.05)\n"
        f"        {RESULT.replace(chr(10), chr(10) + '    ')}\n"
        "        net.weight.data += 9\n    threading.Thread(target=later).start()"
    ),
    "a hook that answers": (
        f"{RESULT}\n    net.register_forward_hook(lambda m, i, o: o * 0 + 9)\n"
        "    optimizer.register_step_post_hook(print)"
    ),
    "a forged content": (
        "import autograder.sessions.companions as c\n"
        "    c.content_of = lambda o: {'groups': [{'lr': print}], 'states': [[{}, {}]],"
        " 'last_epoch': [[]]}"
    ),
    "a content of nothing": (
        "import autograder.sessions.companions as c\n    c.content_of = lambda o: 3"
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def trained(torch_tiny):
    cells = [("s", "locked", SETUP), ("f", "solution", TRAIN), ("t", "test", TEST)]
    return torch_tiny([*cells, ("g", "solution", "g = 1"), ("u", "test", "assert g == 1")])


def test_what_is_attacked_is_there(trained):
    assert trained.grade().score == 4


@pytest.mark.parametrize("name", HOSTILE)
def test_who_does_not_train_earns_nothing_whatever_the_optimiser_says(trained, name):
    answer = f"def train(net, loader, optimizer, schedule):\n    {HOSTILE[name]}\n"
    result = trained.grade({"f": answer})
    one, two = result.questions
    assert one.score == 0, one
    assert two.score == 2 or one.state in ("memory", "output", "crashed"), two


DRAW = "def draw(rng):\n    return rng.normal(size=3)"
DRAW_TEST = (
    "a, b = np.random.default_rng(3), np.random.default_rng(3)\n"
    "assert (draw(a) == b.normal(size=3)).all() and a.random() == b.random()"
)
FORGED = "import autograder.sessions.companions as c\n    c.content_of = lambda o: "
STATES = [
    "rng.bit_generator.state = np.random.PCG64(9).state",
    FORGED + "{'state': 7}",
    FORGED + "{'state': {'bit_generator': 'PCG64', 'state': {'state': -1, 'inc': 'x'}}}",
    "pass",
]


def test_a_generators_state_is_a_state_or_nothing(make_tiny):
    cells = [
        ("s", "locked", "import numpy as np"),
        ("f", "solution", DRAW),
        ("t", "test", DRAW_TEST),
    ]
    tiny = make_tiny(cells)
    assert tiny.grade().score == 2
    for hostile in STATES:
        answer = (
            f"def draw(rng):\n    {hostile}\n    return np.random.default_rng(3).normal(size=3)"
        )
        assert tiny.grade({"f": answer}).score == 0, hostile


GRADIENT = (
    "def slope(f, x):\n    x = x.clone().requires_grad_()\n    f(x).backward()\n    return x.grad"
)
GRADIENT_TEST = (
    "secret = torch.tensor([3.0, 4.0], requires_grad=True)\n"
    "assert torch.equal(slope(lambda v: (secret * v**2).sum(), torch.ones(2)), 2 * secret)\n"
    "assert secret.grad is None"
)
ASKS = {
    "of a number that is none": "f._call_back(-2, [-9, torch.ones(())], {})",
    "of no number": "f._call_back(-2, [True, torch.ones(())], {})",
    "with no tensor": "f(x.requires_grad_()); f._call_back(-2, [-1, print], {})",
    "with none": "f._call_back(-2, [], {})",
    "without end": (
        "y = f(x.clone().requires_grad_())\n        while True: y.backward(retain_graph=True)"
    ),
}


@pytest.mark.parametrize("name", ASKS)
def test_gradients_are_of_what_a_function_of_the_test_gave_or_none(torch_tiny, name):
    cells = [("s", "locked", SETUP), ("f", "solution", GRADIENT), ("t", "test", GRADIENT_TEST)]
    tiny = torch_tiny(cells)
    assert tiny.grade().score == 2
    swallowed = f"def slope(f, x):\n    try:\n        {ASKS[name]}\n"
    swallowed += "    except Exception:\n        pass\n"
    right = GRADIENT.partition("\n")[2]
    assert tiny.grade({"f": swallowed + right}).score == 0
