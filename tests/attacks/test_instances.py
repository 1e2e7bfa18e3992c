"""Attacks on what crosses by its state: instances, modules, parameters and gradients."""

import pytest

TENSOR = (
    "setup",
    "locked",
    "class Tensor:\n    rate = 1\n    def __init__(self, data):\n        self.data = data\n"
    "    def __eq__(self, other):\n        return self.data == other.data\n"
    "    def norm(self):\n        return abs(self.data)\n"
    "    @property\n    def half(self):\n        return self.data / 2\n"
    "class Other:\n    def __init__(self, data):\n        self.data = data",
)
CELLS = [
    TENSOR,
    ("f", "solution", "def double(t):\n    return Tensor(2 * t.data)"),
    ("t", "test", "d = double(Tensor(-3))\n"
     "assert type(d) is Tensor and (d.norm(), d.half, d.rate) == (6, -3, 1)\n"
     "assert d == Tensor(-6)"),
]  # fmt: skip
MAKE = (
    "def made(**state):\n    t = object.__new__(Tensor)\n    t.__dict__.update(state)\n"
    "    return t\n"
)
HOSTILE = {
    "a state that hides a method": f"{MAKE}def double(t): return made(data=0, norm=6)",
    "a state that hides a property": f"{MAKE}def double(t): return made(data=0, half=-3)",
    "a state that hides what compares": f"{MAKE}def double(t): return made(data=0, __eq__=1)",
    "a state that names a class": f"{MAKE}def double(t): return made(data=-6, __class__=1)",
    "an attribute of the class": f"{MAKE}def double(t): return made(data=0, rate=9)",
    "no state at all": f"{MAKE}def double(t): return made()",
    "a value that lies": (
        "class Six(int):\n    def __eq__(self, o): return True\n    def __abs__(self): return 6\n"
        "    def __truediv__(self, o): return -3\n"
        "def double(t): return Tensor(Six(0))"
    ),
    "an object in the state": (
        "class Liar:\n    def __eq__(self, o): return True\n    def __abs__(self): return 6\n"
        "    def __truediv__(self, o): return -3\n"
        "def double(t): return Tensor(Liar())"
    ),
    "a subclass": (
        "class Better(Tensor):\n    def __eq__(self, o): return True\n"
        "    def norm(self): return 6\n    half = -3\n"
        "def double(t): return Better(0)"
    ),
    "a class of the same name": (
        "Old = Tensor\nclass Tensor:\n    def __init__(self, data): self.data = 0\n"
        "    rate, half = 1, -3\n    def norm(self): return 6\n"
        "    def __eq__(self, o): return True\n"
        "def double(t): return Tensor(0)"
    ),
    "another class of the instructor's": "def double(t): return Other(-6)",
    "itself within itself": (
        "def double(t):\n    d = Tensor(-6)\n    d.data = d\n    return d"
    ),
    "a class with patched methods": (
        "Tensor.norm = lambda s: 6\nTensor.half = -3\nTensor.__eq__ = lambda s, o: True\n"
        "def double(t): return Tensor(0)"
    ),
}  # fmt: skip


def test_what_is_attacked_is_there(make_tiny):
    assert make_tiny(CELLS).grade().score == 2


@pytest.mark.parametrize("name", HOSTILE)
def test_an_instance_of_the_instructors_class_is_what_its_class_says(make_tiny, name):
    result = make_tiny(CELLS).grade({"f": HOSTILE[name]})
    assert result.score == 0
    assert result.questions[0].state in ("failed", "error"), result.questions[0]


def test_nothing_of_a_class_is_run_when_its_instance_crosses(make_tiny):
    setup = (
        "runs = []\nclass Box:\n    def __init__(self): self.x = 1\n"
        "    def __setstate__(self, s): runs.append('setstate')\n"
        "    def __setattr__(self, n, v):\n        runs.append(n)\n        self.__dict__[n] = v\n"
        "    def __reduce__(self):\n        runs.append('reduce')\n        return (Box, ())"
    )
    test = "b = make()\nseen = list(runs)\nassert b.x == 1 and seen == []"
    cells = [
        ("s", "locked", setup),
        ("f", "solution", "def make(): return Box()"),
        ("t", "test", test),
    ]
    assert make_tiny(cells).grade().score == 2


TORCH = ("setup", "locked", "import torch\nfrom torch import nn")
TRAIN = (
    "f",
    "solution",
    "def train(net, x, y):\n    o = torch.optim.SGD(net.parameters(), 0.1)\n"
    "    for _ in range(100):\n        o.zero_grad()\n"
    "        ((net(x) - y) ** 2).mean().backward()\n        o.step()",
)
TRAINED = [
    TORCH,
    TRAIN,
    ("t", "test", "torch.manual_seed(1)\nnet = nn.Sequential(nn.Linear(2, 1), nn.Identity())\n"
     "x = torch.randn(50, 2)\ny = x.sum(1, keepdim=True)\ntrain(net, x, y)\n"
     "assert ((net(x) - x.sum(1, keepdim=True)) ** 2).mean() < 0.05"),
]  # fmt: skip
UNTRAINED = {
    "the data changed instead of the net": "x.zero_(); y.copy_(net(x).detach())",
    "a forward that knows the answer": "net.forward = lambda x: x.sum(1, keepdim=True)",
    "a layer of its own": "net[1] = type('L', (nn.Module,), {'forward': lambda s, x: y})()",
    "one layer more": "net.append(nn.Linear(1, 1))",
    "a parameter of another shape": "net[0].weight = nn.Parameter(torch.ones(1, 1))",
    "parameters that are views of the answer": "net[0].weight.data = y[:1].expand(1, 2)",
    "a hook": "net.register_forward_hook(lambda m, i, o: i[0].sum(1, keepdim=True))",
    "a parameter that is none": "net[0]._parameters['weight'] = None",
    "a parameter that is a text": "net[0]._parameters['weight'] = 'w'",
    "another class": "net.__class__ = nn.Identity",
    "nan": "net[0].weight.data.fill_(float('nan'))",
}


@pytest.mark.parametrize("name", UNTRAINED)
def test_a_net_of_the_tests_is_trained_or_it_is_not(torch_tiny, name):
    tiny = torch_tiny(TRAINED)
    assert tiny.grade().score == 2
    result = tiny.grade({"f": f"def train(net, x, y):\n    {UNTRAINED[name]}"})
    assert result.score == 0
    assert result.questions[0].state in ("failed", "error"), result.questions[0]


GRADIENT = [
    TORCH,
    ("f", "solution", "def f(x):\n    return x ** 2"),
    ("t", "test", "x = torch.tensor([1.0, 2.0], requires_grad=True)\nf(x).sum().backward()\n"
     "assert torch.equal(x.grad, torch.tensor([2.0, 4.0]))"),
]  # fmt: skip
FALSE = {
    "a gradient of another shape": "ctx.s\n        return torch.ones(1)",
    "a gradient that is none": "return None",
    "a gradient that raises": "raise ValueError",
    "a gradient that is another": "return g * 3",
}


@pytest.mark.parametrize("name", FALSE)
def test_a_false_gradient_earns_nothing(torch_tiny, name):
    answer = (
        "class F(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, x):\n"
        "        return x ** 2\n    @staticmethod\n    def backward(ctx, g):\n"
        f"        {FALSE[name]}\ndef f(x):\n    return F.apply(x)"
    )
    tiny = torch_tiny(GRADIENT)
    assert tiny.grade().score == 2
    assert tiny.grade({"f": answer}).score == 0
    forged = (
        "import sys\nH = sys.modules['autograder.sessions.objects'].ObjectTable\n"
        "H._backward = lambda s, n, g: [torch.ones(7)]\ndef f(x):\n    return x ** 2"
    )
    assert tiny.grade({"f": forged}).score == 0


SENT = [
    ("setup", "locked", "class Point:\n    near = 1e-9\n    def __init__(self, x):\n"
     "        self.x = x\n    def __eq__(self, o):\n        return abs(self.x - o.x) < self.near"),
    ("f", "solution", "def move(p):\n    p.x += 3\ndef moved(p):\n    return Point(p.x + 3)"),
    ("t", "test", "p = Point(1)\nmove(p)\nassert p == Point(4)"),
    ("u", "test", "p = Point(1)\nassert moved(p) == Point(4)"),
]  # fmt: skip


def test_an_instance_that_a_test_has_sent_comes_back_with_what_it_had(make_tiny):
    tiny = make_tiny(SENT)
    assert tiny.grade().score == 4
    lenient = "def move(p):\n    p.near = 1e9\ndef moved(p):\n    p.near = 1e9\n    return p"
    assert tiny.grade({"f": lenient}).score == 0
    more = "def move(p):\n    p.x += 3\n    p.y = 5\ndef moved(p):\n    p.x += 3\n    return p"
    assert tiny.grade({"f": more}).score == 4


RETURNED = [
    (*TORCH[:2], TORCH[2] + "\nclass Net(nn.Module):\n    scale = 1.0\n    def __init__(self):\n"
     "        super().__init__()\n        self.layer = nn.Linear(2, 1)\n"
     "    def forward(self, x):\n        return self.layer(x) * self.scale"),
    ("f", "solution", TRAIN[2] + "\n    return net"),
    *(
        (name, "test", f"torch.manual_seed(1)\nnet = {made}\nx = torch.randn(50, 2)\n"
         "y = x.sum(1, keepdim=True)\nbest = train(net, x, y)\n"
         "assert ((best(x) - x.sum(1, keepdim=True)) ** 2).mean() < 0.05")
        for name, made in (
            ("t", "nn.Linear(2, 1)"), ("u", "nn.Sequential(nn.Linear(2, 1))"), ("v", "Net()")
        )
    ),
]  # fmt: skip
LINEAR = (
    "import copy\n    net = copy.deepcopy(net)\n"
    "    layer = next(m for m in net.modules() if isinstance(m, nn.Linear))\n"
    "    layer.weight.data.zero_()\n    layer.bias.data.zero_()\n    "
)
NOT_THE_TESTS = {
    "the answer for a bias": f"{LINEAR}layer.bias = nn.Parameter(y.clone())\n    return net",
    "another net": f"{LINEAR}layer.bias = nn.Parameter(y.clone())\n    return nn.Sequential(layer)",
    "an object that knows the answer": "return lambda x: y",
    "a module that knows the answer": (
        "return type('L', (nn.Module,), {'forward': lambda s, x: y})()"
    ),
    "an object under the number of a function": (
        "import sys\n    T = sys.modules['autograder.sessions.objects'].ObjectTable\n"
        "    T.number_of = lambda s, o: s.objects.__setitem__(0, o) or 0\n    return lambda x: y"
    ),
    "an attribute of the class": f"net.scale = y / net(x).detach()\n    {LINEAR}return net",
    "a hook": "net.register_forward_hook(lambda *_: y)\n    return net",
}


@pytest.mark.parametrize("name", NOT_THE_TESTS)
def test_a_net_that_is_given_back_is_the_tests_own(torch_tiny, name):
    tiny = torch_tiny(RETURNED)
    assert tiny.grade().score == 6
    assert tiny.grade({"f": f"def train(net, x, y):\n    {NOT_THE_TESTS[name]}"}).score == 0


def test_a_student_may_look_into_a_net_of_the_instructors_class_with_a_hook(torch_tiny):
    hooked = TRAIN[2].replace(
        "    o = ", "    net.register_forward_hook(lambda *_: None)\n    o = ", 1
    )
    assert torch_tiny(RETURNED).grade({"f": f"{hooked}\n    return net"}).score == 6


SCALED = (
    "class Scaled(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
    "        self.l, self.act, self.scale = nn.Linear(2, 1), nn.Hardtanh(-9.0, 9.0), 1.0\n"
    "        self.relu, self.shift = torch.relu, torch.zeros(1)\n\n"
    "    def forward(self, x):\n        return self.act(self.l(x)) * self.scale + self.shift"
)
SETTINGS = {
    "a number": "net.scale = y / net.l(x).detach()",
    "another number": "net.l.weight.data.zero_(); net.l.bias.data.fill_(1.0); net.scale = 3.0",
    "a tensor": "[p.data.zero_() for p in net.parameters()]; net.shift.add_(3.0)",
    "a tensor of another shape": "net.shift = y",
    "a setting of a layer": "net.act.min_val = net.act.max_val = 3.0",
}


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("given_back", [True, False])
def test_a_net_of_the_tests_keeps_its_settings(torch_tiny, name, given_back):
    setup = ("setup", "locked", f"import torch\nfrom torch import nn\n{SCALED}")
    take = "net = train(net, x, y)" if given_back else "train(net, x, y)"
    test = (
        "torch.manual_seed(1)\nnet = Scaled()\nx = torch.randn(50, 2)\n"
        f"y = x.sum(1, keepdim=True)\n{take}\n"
        "assert ((net(x) - y) ** 2).mean() < 0.05 or (net(x) - 3).abs().max() < 0.01"
    )
    right = f"{TRAIN[2]}\n    return net"
    tiny = torch_tiny([setup, ("f", "solution", right), ("t", "test", test)])
    assert tiny.grade().score == 2
    hostile = f"import copy\ndef train(net, x, y):\n    {SETTINGS[name]}\n    return net"
    assert tiny.grade({"f": hostile}).score == 0
